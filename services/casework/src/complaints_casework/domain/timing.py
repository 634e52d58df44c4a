"""The clocks that a case runs by besides those it was opened with, and what runs out (domain 5)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from complaints_casework.domain.case import Case
from complaints_contracts.codes import ClockKind
from complaints_law.calendar import load_calendar
from complaints_law.errors import NoRuleSet
from complaints_law.london import london_day
from complaints_law.opening_hours import OpeningHours
from complaints_law.rule_sets import FIRST_HANDLING, REVIEW, load_rule_sets, rule_set_on
from complaints_law.rule_sets import ClockKind as Kind
from complaints_law.running import Basis, Run, State, run_clocks

KINDS: Final = frozenset(Kind) - {*FIRST_HANDLING, *REVIEW, Kind.RECOMMENDATION_REPLY}
"""Those of a case that start while it is handled; what it is opened with was told, and stands."""


def basis_of(case: Case, hours: OpeningHours | None) -> Basis | None:
    """What the case's clocks are counted with: the law of the day on which it was made.

    Where no rule set reaches that day, a person was asked to look at the dates, and it is the law
    of the day on which it came in; None where none reaches that either.
    """
    if case.opened is None:
        return None
    for start in (case.made_at, case.opened.received_at):
        try:
            rules = rule_set_on(london_day(start), load_rule_sets())
        except NoRuleSet:
            continue
        return Basis(load_calendar(), rules, hours)
    return None


def runs(case: Case, now: datetime, hours: OpeningHours | None = None) -> tuple[Run, ...]:
    """Every run of every such clock up to `now`."""
    basis = basis_of(case, hours)
    return run_clocks(case.happened, now, basis, KINDS) if basis else ()


def to_follow(case: Case, now: datetime, hours: OpeningHours | None = None) -> tuple[Run, ...]:
    """The runs that can still run out, or did and nobody noted it; soonest first.

    What is due again and again has its next run once the one before was noted.
    """
    noted = max((due_at for _, due_at in case.followed), default=now)
    found = [
        run
        for run in runs(case, max(now, noted + timedelta.resolution), hours)
        if run.clock
        and run.state in (State.RUNNING, State.MISSED, State.NOT_CONTACTABLE)
        and (run.ended_at is None or run.ended_at > run.clock.due_at)
        and (ClockKind(run.kind), run.clock.due_at) not in case.followed
    ]
    return tuple(sorted(found, key=_due_at))


def has_lapsed(case: Case, kind: Kind, now: datetime) -> bool:
    """Whether the last run of a clock ran out without having been met."""
    of_kind = [run for run in runs(case, now) if run.kind is kind]
    return bool(of_kind) and of_kind[-1].state is State.MISSED and of_kind[-1].ended_at is None


def _due_at(run: Run) -> datetime:
    assert run.clock
    return run.clock.due_at
