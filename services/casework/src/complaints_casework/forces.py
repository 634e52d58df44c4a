"""What casework does about each record of a force on a case that it has (R47, L29, L30)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from complaints_casework.domain.case import Case
from complaints_casework.domain.codes import ActionKind, Reason
from complaints_casework.domain.facts import ActionAdded, ForceAdvanced, ForceDecided
from complaints_casework.domain.reported import Said, read, report_id
from complaints_casework.domain.steps import Given, obstacle
from complaints_casework.domain.transfer import may_say
from complaints_casework.handlers import in_a_day
from complaints_casework.moving import advance, due
from complaints_casework.repository import CASES, TRANSFERS
from complaints_chassis import receipts
from complaints_chassis.aggregate import Needs
from complaints_chassis.errors import Unacceptable
from complaints_chassis.receipts import RECEIPTS
from complaints_chassis.record import Record
from complaints_chassis.work import Work
from complaints_contracts.codes import CaseStatus, CaseStep, HeldKind
from complaints_contracts.forces import ForceCaseRecord
from complaints_contracts.foreign import Foreign
from complaints_law.office import OfficeProfile
from complaints_law.rule_sets import ClockKind as Kind

NOT_TRANSFERRED: Final = (
    "no case of this id was transferred to you: take case_id from the record of its transfer"
)


_ACCEPTED: Final = frozenset(
    {CaseStatus.FORCE_HANDLING, CaseStatus.FORCE_INVESTIGATING, CaseStatus.FORCE_OTBI}
)
"""Where a complaint stands that the force works on: it need not say that it has it."""


def needs(record: Record, foreign: Foreign | None) -> Needs:
    """The record's receipt, and the case that it is about."""
    receipt = RECEIPTS.stream(record.place_id)
    if foreign is None:
        return Needs(streams=(receipt,))
    assert isinstance(foreign.event, ForceCaseRecord), "its topic carries nothing else"
    id = foreign.event.case_id
    return Needs(streams=(receipt, CASES.stream(id), TRANSFERS.stream(id)))


def take(office: OfficeProfile, foreign: Foreign, record: Record, work: Work) -> None:
    """A force said something of a case: keep it once, and answer however often it is sent.

    Raises:
        Unacceptable: the case is not that force's, or the same source and id came before with other
            content.
    """
    event = foreign.event
    assert isinstance(event, ForceCaseRecord), "its topic carries nothing else"
    id = event.case_id
    case, given = work.state(CASES, id), work.state(TRANSFERS, id)
    if case.opened is None or not may_say(given, foreign):
        raise Unacceptable(NOT_TRANSFERRED, HeldKind.UNREADABLE)
    known = report_id(foreign)
    receipts.refuse_other_content(case.heard.get(known), foreign, known)
    if known not in case.heard:
        _note(office, read(foreign, case.opened.person, given.requests, work.now), id, work)
    receipts.accept(record, case.opened.reference, work)


def _follows_accepting(case: Case, step: CaseStep, now: datetime) -> bool:
    """Whether the force does what it can only do with a complaint that it has taken."""
    accepted = replace(case, status=CaseStatus.FORCE_HANDLING)
    return (
        case.status is CaseStatus.TRANSFERRED
        and obstacle(case, step, now) is not None
        and obstacle(accepted, step, now) is None
    )


def _note(office: OfficeProfile, said: Said, id: UUID, work: Work) -> None:
    """Keeps what was said, takes the step that it is, and asks somebody for what that leaves.

    What does not follow from where the case stands is kept all the same, and somebody looks at it.
    """
    work.append(CASES, id, said.fact, rule="R47")
    case, step = work.state(CASES, id), said.given.step if said.given else None
    if step and _follows_accepting(case, step, work.now):
        advance(id, Given(CaseStep.ACCEPTED), work, said.at)
    follows = step is not None and obstacle(work.state(CASES, id), step, work.now) is None
    at = max(said.at, min(event.at for event in case.happened))
    if step is CaseStep.OUTCOME_ISSUED and case.recorded:
        at = max(at, case.recorded.at)  # or it would count as the outcome of what was before
    if follows and said.given:
        advance(id, said.given, work, at)
    late = step is CaseStep.ACCEPTED and case.status in _ACCEPTED
    looks = None if follows or late else ActionKind.LOOK
    action = looks if looks and isinstance(said.fact, ForceAdvanced) else said.action or looks
    if action is None:
        return
    why = said.reason if action is said.action else Reason.UNEXPECTED
    by = in_a_day(office, work.now)
    if isinstance(said.fact, ForceDecided) and follows:
        by = due(id, Kind.OUTCOME_NOTICE, work)
    work.append(CASES, id, ActionAdded(kind=action, reason=why, due_at=by), rule="R47")
