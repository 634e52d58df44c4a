"""Ending a case that is no complaint: a compliment or a community concern (domain 3.1)."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from complaints_casework.domain.case import PROCEDURE, Case, concerns_attempt
from complaints_casework.domain.facts import ComplimentPassedOn, ConcernThemed, MessageKept
from complaints_contracts.cases import CaseEvent, ComplimentForwarded, ConcernNoted
from complaints_contracts.codes import CaseStatus, CaseStep, ContactType, Queue, Urgency
from complaints_contracts.event import Fact


class Ending(StrEnum):
    """As what a case can end before it was assessed."""

    COMPLIMENT = "COMPLIMENT"
    CONCERN = "CONCERN"


class Obstacle(StrEnum):
    """Why a case cannot end so (now)."""

    CLOSED = "CLOSED"
    ANOTHER_KIND = "ANOTHER_KIND"
    """It was not sorted as what it would end as: there may be a complaint in it."""
    SERIOUS = "SERIOUS"
    """What they wrote since suggests something that somebody has to look at."""
    UNREAD = "UNREAD"
    """They wrote again, and nobody has read it."""


class _Way(NamedTuple):
    queue: Queue
    contact_type: ContactType
    found: CaseStatus
    told: type[ComplimentForwarded | ConcernNoted]
    noted: type[ComplimentPassedOn | ConcernThemed]


RULES: Final = {Ending.COMPLIMENT: "R9", Ending.CONCERN: "R10"}
_STEPS: Final = {
    Ending.COMPLIMENT: CaseStep.COMPLIMENT_FORWARDED,
    Ending.CONCERN: CaseStep.CONCERN_NOTED,
}
_WAYS: Final = {
    Ending.COMPLIMENT: _Way(
        Queue.COMPLIMENTS,
        ContactType.COMPLIMENT,
        CaseStatus.COMPLIMENT,
        ComplimentForwarded,
        ComplimentPassedOn,
    ),
    Ending.CONCERN: _Way(
        Queue.CONCERNS,
        ContactType.COMMUNITY_CONCERN,
        CaseStatus.CONCERN,
        ConcernNoted,
        ConcernThemed,
    ),
}


def ending_of(case: Case) -> Ending | None:
    """As what the case can end, by how it was sorted; None where it has to be assessed."""
    return next((ending for ending, way in _WAYS.items() if _was_found_so(case, way)), None)


def obstacle(case: Case, ending: Ending) -> Obstacle | None:
    """Why the case cannot end so, if it cannot."""
    if case.is_closed:
        return Obstacle.CLOSED
    if not PROCEDURE.allows(case.status, _STEPS[ending]):
        return Obstacle.ANOTHER_KIND
    if not _was_found_so(case, _WAYS[ending]):
        return Obstacle.ANOTHER_KIND
    if case.unread:
        return Obstacle.UNREAD
    if case.urgency is not Urgency.ROUTINE:
        return Obstacle.SERIOUS
    return None


def end(case: Case, ending: Ending, note: str, now: datetime) -> tuple[Fact, ...]:
    """Ends a case that has no obstacle to it, and has the person thanked (domain 3.1).

    `note` is to whom a compliment is passed, or what a concern is about; it stays here.
    """
    opened, way = case.opened, _WAYS[ending]
    assert opened is not None
    told: CaseEvent = way.told(
        case_id=opened.case_id,
        contact_id=opened.contact_id,
        reference=opened.reference,
        received_at=opened.received_at,
        persons=case.persons,
    )
    return (way.noted(at=now, person_id=opened.person, note=note), told)


def concerns_ending(fact: Fact) -> bool:
    """Whether somebody who is about to end a case should know of this first."""
    return concerns_attempt(fact) or isinstance(fact, MessageKept)


def _was_found_so(case: Case, way: _Way) -> bool:
    """Whether it was sorted as that and nobody assessed it otherwise, or assessed as that."""
    if case.status is way.found:
        return True
    opened = case.opened
    return (
        opened is not None
        and case.assessment is None
        and opened.queue is way.queue
        and opened.contact_type is way.contact_type
    )
