"""The clocks of handling and of reviews: when each is due, and the working that shows why.

A deadline is derived, never stored as a figure of its own: the same events, calendar, rule set
and opening hours always give the same answer. What has been told to a person is an event of the
service that told it, and does not move when a newer calendar answers otherwise.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime, time, timedelta

from pydantic import AwareDatetime, BaseModel, ConfigDict

from complaints_law.calendar import Calendar, Step
from complaints_law.london import LAST_MINUTE, instant_on, london_day
from complaints_law.opening_hours import OpeningHours
from complaints_law.rule_sets import FIRST_HANDLING, ClockKind, ClockRule, RuleSet, Unit, Until


class Clock(BaseModel):
    """A deadline with its rule and its working.

    `due_at` is the UTC instant, `due_on` the day in London. `do_by` is the last working day on or
    before it, but never before the count began: a statutory date does not move off a weekend, but
    nobody is there to act on it (domain.md 5.1.4). `working` starts with the day it counts from,
    number 0.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ClockKind
    due_at: AwareDatetime
    due_on: date
    do_by: date
    rule: str
    source: str
    unit: Unit
    calendar_version: str
    rules_version: str
    working: tuple[Step, ...]


def derive_clock(
    kind: ClockKind,
    start: datetime,
    calendar: Calendar,
    rule_set: RuleSet,
    opening_hours: OpeningHours | None,
    *,
    times: int = 0,
    still: Collection[date] = (),
) -> Clock:
    """The clock `kind` that counts from the instant `start`.

    The day it counts from is the true one, also outside opening hours (domain.md 5.1.3). After a
    merge it is the earliest contact's, after a hand-in from a force or the IOPC the day the
    complaint reached that body (5.1.8).

    Args:
        times: how often it was due before, where it is due again and again.
        still: the days that are passed over.

    Raises CalendarEnds if the count leaves the calendar's years, ValueError if `start` has no time
    zone.
    """
    rule = rule_set.clocks[kind]
    working = _count(rule, start, calendar, rule.days + times * (rule.then_every or 0), still)
    due_on = working[-1].day
    if rule.unit is Unit.HOURS:
        due_at = start + timedelta(hours=rule.days)
    else:
        due_at = instant_on(due_on, _end(rule.until, due_on, opening_hours))
    return Clock(
        kind=kind,
        due_at=due_at,
        due_on=due_on,
        do_by=max(calendar.last_working_day_on_or_before(due_on), working[0].day),
        rule=rule.rule,
        source=rule.source,
        unit=rule.unit,
        calendar_version=calendar.version,
        rules_version=rule_set.version,
        working=working,
    )


def derive_clocks(
    received_at: datetime,
    calendar: Calendar,
    rule_set: RuleSet,
    opening_hours: OpeningHours,
    kinds: Iterable[ClockKind] = FIRST_HANDLING,
) -> tuple[Clock, ...]:
    """The clocks `kinds` for a contact, soonest first; raises as `derive_clock` does."""
    clocks = (derive_clock(kind, received_at, calendar, rule_set, opening_hours) for kind in kinds)
    return tuple(sorted(clocks, key=lambda clock: clock.due_at))


def _count(
    rule: ClockRule, start: datetime, calendar: Calendar, length: int, still: Collection[date]
) -> tuple[Step, ...]:
    day = london_day(start)
    match rule.unit:
        case Unit.WORKING_DAYS:
            return calendar.count_working_days(day, length, still)
        case Unit.CALENDAR_DAYS:
            return calendar.count_calendar_days(day, length, still)
        case Unit.MONTHS:
            return calendar.count_months(day, length)
        case Unit.HOURS:
            days = dict.fromkeys((day, london_day(start + timedelta(hours=length))))
            return tuple(calendar.step(each, 0 if each == day else None) for each in days)


def _end(until: Until, day: date, opening_hours: OpeningHours | None) -> time:
    at_closing = opening_hours if until is Until.END_OF_OPENING_HOURS else None
    hours = at_closing.of_weekday(day) if at_closing else None
    return hours.closes if hours else LAST_MINUTE
