"""What casework does about an assessment of triage (R28, R43; architecture 1, two services)."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from complaints_casework.domain.case import PROCEDURE, Case
from complaints_casework.domain.codes import ActionKind, Reason
from complaints_casework.domain.facts import ActionAdded, AssessmentKept
from complaints_casework.domain.steps import Given, Obstacle, not_clear, obstacle
from complaints_casework.domain.timing import basis_of
from complaints_casework.handlers import in_a_day
from complaints_casework.moving import advance, supplement
from complaints_casework.repository import CASES, TRANSFERS
from complaints_chassis.aggregate import Needs
from complaints_chassis.work import Work
from complaints_contracts.codes import CaseStatus, CaseStep, Eligibility, Route, Subject
from complaints_contracts.triage import MatterAssessed
from complaints_law.clocks import derive_clock
from complaints_law.errors import CalendarEnds
from complaints_law.office import OfficeProfile
from complaints_law.rule_sets import ClockKind as Kind

_RECORDS: Final = frozenset({Route.RECORD, Route.RECORD_URGENTLY})
_RECOVERS: Final = frozenset({Route.SERVICE_RECOVERY, Route.SEEK_VIEWS})
_OURS: Final = frozenset({Subject.FORCE, Subject.OTHER})
_FOUND: Final = {
    Route.SERVICE_RECOVERY: CaseStep.FOUND_COMPLAINT,
    Route.SEEK_VIEWS: CaseStep.FOUND_COMPLAINT,
    Route.COMPLIMENT: CaseStep.FOUND_COMPLIMENT,
    Route.COMMUNITY_CONCERN: CaseStep.FOUND_CONCERN,
    Route.STAFF_COMPLAINT: CaseStep.FOUND_STAFF_COMPLAINT,
    Route.REVIEW: CaseStep.FOUND_REVIEW,
    Route.OTHER_BODY: CaseStep.FOUND_OUT_OF_REMIT,
    Route.CONDUCT_MATTER: CaseStep.FOUND_OUT_OF_REMIT,
    Route.SIGNPOST: CaseStep.FOUND_OUT_OF_REMIT,
    Route.POLICE_NOW: CaseStep.FOUND_OUT_OF_REMIT,
}
"""Where a case stands that was looked at; of the rest a person decides what to do."""
_AT_ONCE: Final = frozenset({Route.POLICE_NOW, Route.CONDUCT_MATTER})
"""What is passed on at once: danger, and what may be grave, whoever may complain of it (L23)."""
_BEFORE: Final = frozenset({CaseStatus.LOGGED, CaseStatus.ASSESSING})
"""Where a complaint stands that was found to be one: there is nothing to find again."""


def assessed_case(event: MatterAssessed) -> Needs:
    """The case of the matter, and what the force has of it."""
    id = event.case_id
    return Needs(known=(CASES.stream(id),), streams=(TRANSFERS.stream(id),))


def follow(office: OfficeProfile, event: MatterAssessed, work: Work) -> None:
    """A matter was assessed: keep the answers, and go where they lead.

    What must be recorded goes to be recorded by itself, from wherever the case is; recovery only
    becomes possible. What cannot follow from where the case stands is for a person to look at.
    A force that has the case is told what was assessed; by telephone too, where it is urgent now.
    """
    id = event.case_id
    kept = AssessmentKept(
        person_id=event.person_id,
        assessed_at=event.assessed_at,
        contact_type=event.contact_type,
        wish=event.wish,
        allegations=event.allegations,
        raised=event.raised,
        route=event.route,
        row=event.row,
        second_look=event.second_look,
        table_version=event.table_version,
        criteria_version=event.criteria_version,
    )
    work.append(CASES, id, kept, rule="R43")
    case = work.state(CASES, id)
    soon = in_a_day(office, work.now)
    asked = any(action.kind is ActionKind.SECOND_LOOK for action in case.open_actions)
    if event.second_look and not asked:
        look = ActionAdded(kind=ActionKind.SECOND_LOOK, reason=Reason.CATEGORY, due_at=soon)
        work.append(CASES, id, look, rule="R45")
    if supplement(id, work):
        by = urgent_by(case, office, work.now)
        call = ActionAdded(kind=ActionKind.CALL_FORCE, reason=Reason.URGENT_SINCE, due_at=by)
        work.append(CASES, id, call, rule="R42")
    step = _step(event, id, work)
    if step is None:
        look = ActionAdded(kind=ActionKind.LOOK, reason=Reason.UNEXPECTED, due_at=soon)
        work.append(CASES, id, look, rule="R43")
        return
    found_before = PROCEDURE.steps[step].to == case.status
    if found_before or (step is CaseStep.FOUND_COMPLAINT and case.status in _BEFORE):
        return
    if case.recorded and PROCEDURE.steps[step].to == CaseStatus.RECORDING:
        return  # and the force was told
    if obstacle(case, step, work.now) is None:
        advance(id, Given(step), work)
        if step is CaseStep.FOUND_OUT_OF_REMIT:
            due_at = urgent_by(case, office, work.now) if event.route in _AT_ONCE else soon
            tell = ActionAdded(kind=ActionKind.REDIRECT, reason=Reason.NOT_OURS, due_at=due_at)
            work.append(CASES, id, tell, rule="L17")
    elif step is not CaseStep.FOUND_COMPLAINT and case.status is not CaseStatus.RECORDING:
        look = ActionAdded(kind=ActionKind.LOOK, reason=Reason.UNEXPECTED, due_at=soon)
        work.append(CASES, id, look, rule="R43")


def urgent_by(case: Case, office: OfficeProfile, now: datetime) -> datetime:
    """By when somebody has to know of what is urgent, as a force would have to answer it (R46)."""
    kind, basis = Kind.URGENT_FORCE_ACKNOWLEDGEMENT, basis_of(case, office.opening_hours)
    if basis is None:
        return now
    try:
        return derive_clock(kind, now, basis.calendar, basis.rule_set, office.opening_hours).due_at
    except CalendarEnds:
        return now


def _step(event: MatterAssessed, id: UUID, work: Work) -> CaseStep | None:
    """The step that an assessment is.

    A criterion goes before whatever route the event names: casework asks the answers themselves.
    Only what is said not to be about the force, or not theirs to complain of, goes elsewhere.
    """
    met = not_clear(work.state(CASES, id)) is Obstacle.CRITERION
    ours = event.subject in _OURS and event.eligibility is not Eligibility.NOT_ELIGIBLE
    if met and (ours or event.route in _RECOVERS):
        return CaseStep.CRITERION_MET
    if event.route in _RECORDS:
        return CaseStep.CRITERION_MET if met else CaseStep.RECORDING_REQUESTED
    return _FOUND.get(event.route)
