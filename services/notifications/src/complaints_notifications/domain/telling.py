"""Telling somebody of a step of their case, or having a person tell them (domain 3.1 to 3.4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from complaints_contracts.cases import CaseMoved
from complaints_contracts.codes import (
    CaseStep,
    ContactType,
    Medium,
    PersonRole,
    Purpose,
    WithheldReason,
)
from complaints_contracts.event import Fact
from complaints_contracts.parts import Person
from complaints_contracts.personal import ERASED
from complaints_law.london import london_day
from complaints_notifications.domain.addressee import (
    asked_for_nothing,
    first_contact,
    instead_on,
    is_at_risk,
    is_erased,
    needs_format,
    not_by_mail,
    told_of_steps,
    usable_address,
)
from complaints_notifications.domain.catalogue import Catalogue, Entry, Once
from complaints_notifications.domain.facts import (
    NOT_ASSESSED,
    NoticeOpened,
    StepToTell,
    ThanksFor,
)
from complaints_notifications.domain.notice import Notice, notice_id
from complaints_notifications.domain.opening import (
    did_not_arrive,
    lasting,
    open_notice,
    reason_against,
)

_NOBODY: Final = frozenset({WithheldReason.ANONYMOUS, WithheldReason.DO_NOT_CONTACT})
"""Why nobody tells them, a person no more than a mail."""
_DECLARED: Final = {
    ThanksFor.COMPLIMENT: ContactType.COMPLIMENT,
    ThanksFor.CONCERN: ContactType.COMMUNITY_CONCERN,
}


def step_notice_id(event: CaseMoved) -> UUID:
    """The id of the one notice about a step of a case."""
    return notice_id(event.step_id, Purpose.CASE_STEP)


def has_to_tell(event: CaseMoved, catalogue: Catalogue) -> bool:
    """Whether the step has a letter, or words for the person that no letter carries."""
    if event.step in catalogue.steps:
        return True
    return bool(_words(event)) and event.step not in catalogue.words_for_others


def cases_to_know(event: CaseMoved) -> tuple[UUID, ...]:
    """The cases of which its letter says, or depends on, what we kept when they were opened."""
    this = (event.case_id,) if event.status in NOT_ASSESSED else ()
    return (*this, event.about) if event.about else this


def once_for_contact(step: CaseStep, catalogue: Catalogue) -> bool:
    """Whether it is told once, however many matters a contact has."""
    entry = catalogue.steps.get(step)
    return entry is not None and entry.once is Once.CONTACT


def rule_of(step: CaseStep, catalogue: Catalogue) -> str:
    """Why it is told; a step that we do not know is told as part of keeping people informed."""
    entry = catalogue.steps.get(step)
    return entry.rule if entry else "L29"


def tell(
    notice: Notice,
    acknowledged: Notice,
    event: CaseMoved,
    catalogue: Catalogue,
    now: datetime,
    *,
    open_reference: str | None = None,
    opened_as: ContactType | None = None,
) -> tuple[Fact, ...]:
    """Opens the notice of a step, once, and withholds it where a person has to tell them.

    That is so wherever a mail cannot say what has to be said: the step is unknown here or has no
    letter for these words, or something is missing that the letter cannot do without. What the
    acknowledgement of the contact taught us counts where it was for the same address or person.
    """
    entry = catalogue.steps.get(event.step)
    if notice.opened or event.step in acknowledged.begun:
        return ()
    persons = [p for p in event.persons if p.id not in acknowledged.gone and not is_erased(p)]
    person = told_of_steps(persons)
    shown = person or _whose_it_is(persons or event.persons)
    told = _to_tell(event, acknowledged, entry).model_copy(
        update={
            "open_reference": open_reference,
            "opened_as": opened_as or _declared(acknowledged),
            "to_representative": shown.role is PersonRole.REPRESENTATIVE,
        }
    )
    known, today = lasting(acknowledged), london_day(now)
    reason = (
        reason_against(
            person,
            anonymous=known is WithheldReason.ANONYMOUS,
            automatic=known is WithheldReason.AUTOMATIC_MAIL,
            neutral=False,
        )
        or _about_them(acknowledged, shown)
        or not_by_mail(shown, today)
        or (None if entry and not entry.missing(told) else WithheldReason.OTHER)
    )
    nobody_may = reason is WithheldReason.DO_NOT_CONTACT and not asked_for_nothing(persons)
    if nobody_may:
        reason = WithheldReason.OTHER
    instead = _instead(reason, shown, entry, today)
    if nobody_may and not (entry and entry.by_mail_only):
        instead = Medium.OTHER
    return open_notice(
        notice,
        NoticeOpened(
            notice_id=step_notice_id(event),
            contact_id=event.contact_id,
            reference=event.reference,
            purpose=Purpose.CASE_STEP,
            at=now,
            received_at=event.received_at,
            made_at=None,
            person_id=shown.id,
            first_contact=first_contact(shown),
            instead=instead,
            case_id=event.case_id,
            step_id=event.step_id,
            told=told.model_copy(update={"words": None}) if reason else told,
        ),
        shown,
        reason,
    )


def _declared(acknowledged: Notice) -> ContactType | None:
    """What they said themselves that it is, where that is no complaint."""
    declared = acknowledged.opened and acknowledged.opened.thanks_for
    return _DECLARED[declared] if declared else None


def _whose_it_is(persons: Sequence[Person]) -> Person:
    return next((p for p in persons if p.role is PersonRole.COMPLAINANT), persons[0])


def _to_tell(event: CaseMoved, acknowledged: Notice, entry: Entry | None) -> StepToTell:
    """What its letter needs; words that have no place in it are told by an adviser, or are for
    others."""
    placed = entry is None or entry.has_words
    return StepToTell(
        step=event.step,
        status=event.status,
        at=event.at,
        person_id=event.person,
        words=_words(event) if placed and event.person not in acknowledged.gone else None,
        adviser_id=event.adviser_id,
        methods=event.methods,
        recorded_for=event.recorded_for,
        force=event.force,
        outcome=event.outcome,
        review_body=event.review_body,
        review_limb=event.review_limb,
    )


def _words(event: CaseMoved) -> str | None:
    """What somebody wrote for them, unless it is nothing, or gone."""
    given = event.words if event.words != ERASED else None
    return given if given and given.strip() else None


def _about_them(acknowledged: Notice, person: Person) -> WithheldReason | None:
    """What the acknowledgement taught us of the address they have now, and of them."""
    opened = acknowledged.opened
    if opened is None:
        return None
    if did_not_arrive(acknowledged) and opened.address == usable_address(person.email):
        return WithheldReason.NO_ADDRESS
    unwanted = acknowledged.is_unwanted and opened.person_id == person.id
    return WithheldReason.OTHER if unwanted else None


def _instead(
    reason: WithheldReason | None, person: Person, entry: Entry | None, day: date
) -> Medium | None:
    """How a person tells them where mail does not: somebody has to, but where nobody may."""
    if reason in _NOBODY or (entry is not None and entry.by_mail_only):
        return None
    if reason is WithheldReason.SAFE_CONTACT or (reason and is_at_risk(person)):
        return Medium.AS_ASKED
    if reason is WithheldReason.FORMAT:
        return Medium.AS_ASKED if needs_format(person) else Medium.LETTER
    way = instead_on(person, day, in_writing=entry is not None and entry.in_writing)
    return way or (Medium.OTHER if reason else None)
