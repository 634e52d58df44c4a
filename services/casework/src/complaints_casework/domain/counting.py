"""Starting the clocks of a case (R12, R13, L29; domain 5.1)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from functools import lru_cache

from complaints_contracts.cases import Clock
from complaints_contracts.codes import ClockKind
from complaints_law.calendar import load_calendar
from complaints_law.clocks import Clock as Working
from complaints_law.clocks import derive_clocks
from complaints_law.errors import CalendarEnds, NoRuleSet
from complaints_law.london import LAST_MINUTE, instant_on, london_day
from complaints_law.opening_hours import OpeningHours
from complaints_law.rule_sets import load_rule_sets, rule_set_on


def started_at(received_at: datetime, made_at: datetime | None) -> datetime:
    """When the clocks start: when the complaint was made, to whomever (domain 5.1.8)."""
    return min(received_at, made_at or received_at)


def work_out(start: datetime, hours: OpeningHours) -> tuple[Working, ...]:
    """The clocks of a complaint that was made at `start`, with their working day by day.

    Raises CalendarEnds or NoRuleSet where calendar or rules do not reach.
    """
    return _of_day(london_day(start), hours)


@lru_cache(maxsize=64)  # all that came on one day has the same clocks
def _of_day(day: date, hours: OpeningHours) -> tuple[Working, ...]:
    rule_set = rule_set_on(day, load_rule_sets())
    return derive_clocks(instant_on(day, LAST_MINUTE), load_calendar(), rule_set, hours)


def start_clocks(
    received_at: datetime, made_at: datetime | None, hours: OpeningHours
) -> tuple[tuple[Clock, ...], bool]:
    """The clocks of a case, and whether the date they should start from could be counted from.

    A date that calendar or rules do not reach must not keep a case from being opened: the clocks
    then start on receipt, or not at all, and a person is asked to look at the dates.
    """
    asked = started_at(received_at, made_at)
    for start in dict.fromkeys((asked, received_at)):
        try:
            return tuple(_told(work_out(start, hours))), start == asked
        except (CalendarEnds, NoRuleSet):
            continue
    return (), False


def _told(clocks: tuple[Working, ...]) -> Iterator[Clock]:
    for clock in clocks:
        yield Clock(
            kind=ClockKind(clock.kind),
            due_at=clock.due_at,
            do_by=clock.do_by,
            calendar_version=clock.calendar_version,
            rules_version=clock.rules_version,
        )


def workings(
    clocks: tuple[Clock, ...],
    received_at: datetime,
    made_at: datetime | None,
    hours: OpeningHours,
) -> dict[ClockKind, Working]:
    """The working of each clock that today's calendar and rules still count to the same moment.

    What was told does not move (domain 6, 8): where a newer calendar counts differently, the clock
    stands as it is, and there is no working that would lead to it.
    """
    due = {clock.kind: clock.due_at for clock in clocks}
    found: dict[ClockKind, Working] = {}
    for start in (received_at, started_at(received_at, made_at)):
        try:
            counted = work_out(start, hours)
        except (CalendarEnds, NoRuleSet):
            continue
        for working in counted:
            kind = ClockKind(working.kind)
            if due.get(kind) == working.due_at:
                found[kind] = working
    return found
