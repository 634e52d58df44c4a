"""Takes steps on a case, with all that follows from each (domain 3.1 to 3.4)."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from complaints_casework.domain import steps, timing
from complaints_casework.domain.case import PROCEDURE
from complaints_casework.domain.codes import ActionKind, Reason
from complaints_casework.domain.facts import ActionAdded
from complaints_casework.domain.steps import Given
from complaints_casework.domain.transfer import REQUESTS, is_urgent, pack, request, supplements
from complaints_casework.repository import CASES, TRANSFERS
from complaints_chassis.work import Work
from complaints_contracts.cases import CaseMoved
from complaints_contracts.codes import CaseStatus, CaseStep, Urgency
from complaints_law.rule_sets import ClockKind as Kind

_ASKED_FOR: Final = {
    CaseStep.RECORDING_REQUESTED: Reason.WISHED,
    CaseStep.DISSATISFIED: Reason.WISHED,
}
"""Why something has to be recorded, where it is not an answer to a criterion."""


def advance(id: UUID, given: Given, work: Work, at: datetime | None = None) -> CaseMoved:
    """Takes a step that has no obstacle, then what follows from it by itself."""
    step = PROCEDURE.steps[given.step]
    was = work.state(CASES, id).status
    step_id = uuid5(id, str(work.version(CASES.stream(id))))
    *reasons, moved = steps.take(work.state(CASES, id), given, step_id, work.now, at)
    assert isinstance(moved, CaseMoved)
    work.append(CASES, id, *reasons, moved, rule=step.rule)
    if step.to == CaseStatus.RECORDING != was:
        why = _ASKED_FOR.get(given.step, Reason.CRITERION)
        _ask(id, ActionKind.RECORD, why, Kind.RECORD, work)
    if given.step in REQUESTS:
        _request(id, moved, work)
    if given.step is CaseStep.RECORDED:
        _transfer(id, moved, work)
    return moved


def _ask(id: UUID, kind: ActionKind, why: Reason, clock: Kind, work: Work) -> None:
    """Something to do, by when its clock says."""
    work.append(CASES, id, ActionAdded(kind=kind, reason=why, due_at=due(id, clock, work)))


def due(id: UUID, kind: Kind, work: Work) -> datetime | None:
    """When the last run of a clock of the case is due, if it has one that can be counted."""
    runs = (run for run in timing.runs(work.state(CASES, id), work.now) if run.kind is kind)
    return next((run.clock.due_at for run in reversed(list(runs)) if run.clock), None)


def _request(id: UUID, moved: CaseMoved, work: Work) -> None:
    case, handed = work.state(CASES, id), work.state(TRANSFERS, id)
    force = moved.force or handed.force
    assert force is not None
    by = due(id, Kind.FORCE_TASK, work) if moved.step is CaseStep.TASK_SENT else None
    asked = request(case, moved, force, by)
    work.append(TRANSFERS, id, asked, rule=PROCEDURE.steps[moved.step].rule)


def _transfer(id: UUID, recorded: CaseMoved, work: Work) -> None:
    """Hands a recorded complaint over; one that was taken back from its topic was handed over."""
    case, handed = work.state(CASES, id), work.state(TRANSFERS, id)
    if handed.transferred is None:
        work.append(TRANSFERS, id, *pack(case, recorded, handed), rule="R46")
    urgently = CaseStep.TRANSFERRED_URGENTLY if is_urgent(case) else CaseStep.TRANSFERRED
    advance(id, Given(urgently, force=recorded.force), work)
    if is_urgent(case):
        _ask(id, ActionKind.CALL_FORCE, Reason.URGENT, Kind.URGENT_FORCE_ACKNOWLEDGEMENT, work)


def supplement(id: UUID, work: Work) -> bool:
    """Tells the force what was assessed after it was given the case (R43, R46).

    True where it has to hear of it at once, and did not before (domain 3.4).
    """
    case, handed = work.state(CASES, id), work.state(TRANSFERS, id)
    if handed.transferred is None:
        return False
    work.append(TRANSFERS, id, *supplements(case, handed), rule="R46")
    return handed.urgency is Urgency.ROUTINE and is_urgent(case)
