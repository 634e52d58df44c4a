"""What is due next on a case, for worklists."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from complaints_casework.domain.case import Case
from complaints_casework.domain.codes import ActionKind
from complaints_casework.domain.timing import runs
from complaints_contracts.codes import ClockKind
from complaints_law.london import london_day
from complaints_law.rule_sets import Duty


@dataclass(frozen=True, slots=True)
class Next:
    """What is due next on a case: a promise, or something to do."""

    due_at: datetime
    do_by: date
    clock: ClockKind | None = None
    action: ActionKind | None = None


def what_is_next(case: Case) -> Next | None:
    """What is due first; of what is due together, the promise."""
    found = [Next(clock.due_at, clock.do_by, clock=clock.kind) for clock in case.running]
    seen = case.happened_at
    found += [
        Next(run.clock.due_at, run.clock.do_by, clock=ClockKind(run.kind))
        for run in (runs(case, seen) if seen else ())
        if run.clock and run.ended_at is None and run.duty is Duty.OFFICE
    ]
    found += [
        Next(action.due_at, london_day(action.due_at), action=action.kind)
        for action in case.open_actions
        if action.due_at
    ]
    return min(found, key=lambda item: (item.do_by, item.due_at), default=None)
