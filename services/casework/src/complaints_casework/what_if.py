"""Which dates would move on another calendar or rule set; asking changes nothing (domain 5.1).

What a person was told when their case was opened stays as it was told, whatever is counted since.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from sqlalchemy import select

from complaints_casework.domain.case import Case
from complaints_casework.domain.timing import KINDS, basis_of
from complaints_casework.tables import cases
from complaints_chassis.book import read_states
from complaints_chassis.service import Running
from complaints_contracts.codes import ClockKind
from complaints_law.calendar import Calendar
from complaints_law.errors import NoRuleSet
from complaints_law.london import london_day
from complaints_law.opening_hours import OpeningHours
from complaints_law.rule_sets import (
    FIRST_HANDLING,
    RuleSet,
    load_rule_sets,
    rule_set_on,
)
from complaints_law.rule_sets import ClockKind as Kind
from complaints_law.running import Basis, Run, run_clocks, what_if

_AT_ONCE: Final = 200
"""Cases: how many are read, and held, together."""
_OURS: Final = KINDS | {*FIRST_HANDLING}
_Key = tuple[Kind, datetime, str, date | None]


@dataclass(frozen=True)
class Other:
    """What is counted with instead: a calendar, a rule set, or both."""

    calendar: Calendar | None = None
    rules: RuleSet | None = None

    def basis(self, case: Case, now: Basis) -> Basis | None:
        """What a case would be counted with, by the rules for the day on which it was made.

        A rule set that is tried takes the place of the shipped one with the same first day, or
        comes beside those there are: it never reaches back. None where no rules reach that day.
        """
        rules = now.rule_set
        if self.rules:
            first = self.rules.valid_from
            known = [each for each in load_rule_sets() if each.valid_from != first]
            try:
                rules = rule_set_on(london_day(case.made_at), (*known, self.rules))
            except NoRuleSet:
                return None
        return Basis(self.calendar or now.calendar, rules, now.opening_hours)


@dataclass(frozen=True)
class Shift:
    """A date that would be another one; None where there would be none.

    `told`: the person was told the first one, which stays. `do_by`: the day itself stays, but the
    last working day on or before it is another one (domain 5.1.4).
    """

    clock: ClockKind
    told: bool
    do_by: bool
    over: bool
    before: date | None
    after: date | None


@dataclass(frozen=True)
class Found:
    """What would move, of how many open cases; `left_out` are those that no rules reach."""

    shifts: tuple[tuple[str, Shift], ...]
    looked_at: int
    left_out: int


async def look(run: Running, hours: OpeningHours, other: Other) -> Found:
    """Runs what happened on every open case on the other basis, and says what would move."""
    now = run.clock.now()
    found: list[tuple[str, Shift]] = []
    looked_at = left_out = 0
    async with run.engine.connect() as connection:
        chosen = select(cases.c.stream).where(cases.c.is_open).order_by(cases.c.stream)
        streams = list(await connection.scalars(chosen))
        for start in range(0, len(streams), _AT_ONCE):
            states = await read_states(connection, run.book, streams[start : start + _AT_ONCE])
            for case in states.values():
                shifts = shifts_of(case, now, hours, other)
                looked_at += 1
                left_out += shifts is None
                found += [(name_of(case), shift) for shift in shifts or ()]
    found.sort(key=lambda item: item[0])
    return Found(tuple(found), looked_at, left_out)


def shifts_of(
    case: Case, now: datetime, hours: OpeningHours, other: Other
) -> tuple[Shift, ...] | None:
    """What would move of one case; None where its clocks cannot be counted at all."""
    before = basis_of(case, hours)
    after = other.basis(case, before) if before else None
    if before is None or after is None:
        return None
    return (*_due(case, now, before, after), *_do_by(case, now, before, after))


def _due(case: Case, now: datetime, before: Basis, after: Basis) -> Iterator[Shift]:
    """The days that would be other ones."""
    runs = {_key(run): run for run in run_clocks(case.happened, now, before, _OURS)}
    for moved in what_if(case.happened, now, before, after):
        kind, due_on = ClockKind(moved.kind), moved.before
        if moved.kind in FIRST_HANDLING:
            clock = case.clock(kind)
            if clock and london_day(clock.due_at) != moved.after:
                told = london_day(clock.due_at)
                yield Shift(kind, True, False, _is_over(case, kind), told, moved.after)
        elif moved.kind in _OURS:
            run = runs.get((moved.kind, moved.opened_at, moved.about, due_on))
            over = run is not None and run.ended_at is not None
            yield Shift(kind, False, False, over, due_on, moved.after)


def _do_by(case: Case, now: datetime, before: Basis, after: Basis) -> Iterator[Shift]:
    """The days by which to act that would be other ones, where the last day itself stays."""
    runs = run_clocks(case.happened, now, after, _OURS)
    do_by = {_key(run): run.clock.do_by for run in runs if run.clock}
    for run in run_clocks(case.happened, now, before, _OURS):
        other = do_by.get(_key(run))
        if run.clock is None or other is None:
            continue
        kind = ClockKind(run.kind)
        if run.kind not in FIRST_HANDLING:
            if other != run.clock.do_by:
                over = run.ended_at is not None
                yield Shift(kind, False, True, over, run.clock.do_by, other)
            continue
        clock = case.clock(kind)
        if clock and london_day(clock.due_at) == run.clock.due_on and clock.do_by != other:
            yield Shift(kind, True, True, _is_over(case, kind), clock.do_by, other)


def _is_over(case: Case, kind: ClockKind) -> bool:
    return kind in case.met or kind in case.stopped


def _key(run: Run) -> _Key:
    return run.kind, run.opened_at, run.about, run.clock.due_on if run.clock else None


def name_of(case: Case) -> str:
    """The reference, with the matter where it is not the only one."""
    assert case.opened is not None
    matter = f" ({case.matter})" if case.matter != "1" else ""
    return f"{case.opened.reference}{matter}"
