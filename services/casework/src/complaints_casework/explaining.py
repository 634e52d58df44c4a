"""Every clock of a case in words: how it stands, by which rule, and its working day by day."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from complaints_casework.due import Due, due
from complaints_casework.views import CaseView, Promise
from complaints_casework.wording import CLOCKS, day_words
from complaints_chassis.web.filters import london, words
from complaints_contracts.codes import ClockKind
from complaints_law.calendar import DayKind, Step
from complaints_law.london import london_day
from complaints_law.rule_sets import ClockRule, Duty, Unit, load_rule_sets
from complaints_law.running import Run, State

UNITS: Final = {
    Unit.WORKING_DAYS: "Working days: weekends and bank holidays do not count",
    Unit.CALENDAR_DAYS: "Days: weekends and bank holidays count as well",
    Unit.MONTHS: "Months: to the same day of the month, or its last",
    Unit.HOURS: "Hours, on whatever day",
}
DUTIES: Final = {
    Duty.OFFICE: "Ours to keep",
    Duty.FORCE: "The force’s to keep",
    Duty.COMPLAINANT: "Their own time",
}
COUNTED_OTHERWISE: Final = "Newer data would count differently; what was promised stands."
NO_DAY: Final = "–"


@dataclass(frozen=True)
class Standing:
    """How a clock stands, in words; `colour` is that of a tag, `left` the time that there is."""

    words: str
    colour: str
    left: str = ""


@dataclass(frozen=True)
class Day:
    """One line of the working: `count` is the number that the day got, or a dash."""

    day: date
    count: str
    what: str


@dataclass(frozen=True)
class Explained:
    """A clock. `told`: the person was told of it when the case was opened, so it does not move.

    `why_not` says why there is no date, or no working that leads to it.
    """

    anchor: str
    kind: ClockKind
    told: bool
    standing: Standing
    duty: str
    since: str
    due: Due | None
    ended: str | None
    rule: str
    source: str
    counts: str
    calendar_version: str
    rules_version: str
    days: tuple[Day, ...]
    why_not: str | None

    @property
    def words(self) -> str:
        return CLOCKS[self.kind]

    @property
    def due_words(self) -> str:
        left = f" ({self.standing.left})" if self.standing.left else ""
        return london(self.due.due_at) + left if self.due else "No date"

    @property
    def rule_words(self) -> str:
        """The rule with its source, where there is one."""
        return f"{self.rule}: {self.source}" if self.rule else ""

    @property
    def versions(self) -> str:
        """The calendar and the rule set, where there is a date that was counted with them."""
        return f"Calendar {self.calendar_version}, rules {self.rules_version}"


def explain(case: CaseView, now: datetime) -> list[Explained]:
    """The clocks that the person was told of when the case was opened, then all that ran since."""
    told = [_promised(promise, case.received_at) for promise in case.promises]
    return [*told, *(_run(run, nth, now) for nth, run in enumerate(case.clocks, start=1))]


def _promised(promise: Promise, received_at: datetime) -> Explained:
    rule = _rule(promise.kind, promise.rules_version)
    met = promise.met_at
    return Explained(
        anchor=f"told-{promise.kind.lower()}",
        kind=promise.kind,
        told=True,
        standing=_standing_of(promise),
        duty=DUTIES[rule.duty] if rule else DUTIES[Duty.OFFICE],
        since=f"Received on {london(received_at)}" + _from(promise.working, received_at),
        due=promise.due,
        ended=f"Done on {london(met)}" if met else None,
        rule=rule.rule if rule else "",
        source=rule.source if rule else "",
        counts=UNITS[rule.unit] if rule else "",
        calendar_version=promise.calendar_version,
        rules_version=promise.rules_version,
        days=_days(promise.working, rule.unit if rule else None),
        why_not=None if promise.working else COUNTED_OTHERWISE,
    )


def _run(run: Run, nth: int, now: datetime) -> Explained:
    clock = run.clock
    when = due(clock.due_at, clock.do_by, now) if clock else None
    ended = (
        f"{words(run.ended_by)} on {london(run.ended_at)}"
        if run.ended_by and run.ended_at
        else None
    )
    return Explained(
        anchor=f"clock-{nth}",
        kind=ClockKind(run.kind),
        told=False,
        standing=_standing(run, when),
        duty=DUTIES[run.duty],
        since=f"{words(run.opened_by)} on {london(run.opened_at)}"
        + (_from(clock.working, run.opened_at) if clock else ""),
        due=when,
        ended=ended,
        rule=clock.rule if clock else "",
        source=clock.source if clock else "",
        counts=UNITS[clock.unit] if clock else "",
        calendar_version=clock.calendar_version if clock else "",
        rules_version=clock.rules_version if clock else "",
        days=_days(clock.working, clock.unit) if clock else (),
        why_not=None if clock else run.refused or "It stands still: nobody can say yet when.",
    )


def _from(working: Sequence[Step], opened_at: datetime) -> str:
    """The day that it counts from, where that is another one than that of what opened it."""
    if not working or working[0].day == london_day(opened_at):
        return ""
    return f", counted from {day_words(working[0].day)}"


def _rule(kind: ClockKind, version: str) -> ClockRule | None:
    """What the rule set of that version says of a clock, where this service still has it."""
    found = next((rules for rules in load_rule_sets() if rules.version == version), None)
    names = {each.value: each for each in found.clocks} if found else {}
    return found.clocks[names[kind.value]] if found and kind.value in names else None


def _standing_of(promise: Promise) -> Standing:
    if promise.met_at:
        late = promise.breached or promise.met_at > promise.due.due_at
        return Standing("Late", "red") if late else Standing("Kept", "green")
    if promise.stopped:
        return Standing("No longer needed", "grey")
    return _running(promise.due)


def _running(when: Due | None) -> Standing:
    if when and when.colour:
        return Standing(when.text, when.colour)
    return Standing("Running", "blue", when.text if when else "")


def _standing(run: Run, when: Due | None) -> Standing:
    theirs = run.duty is Duty.COMPLAINANT
    match run.state:
        case State.MET:
            return Standing("They came back in time" if theirs else "Kept", "green")
        case State.MISSED if theirs:
            return Standing("Their time is over", "grey")
        case State.MISSED:
            return Standing("Late" if run.ended_at else "Overdue", "red")
        case State.SUSPENDED:
            return Standing("Stands still", "yellow")
        case State.NOT_CONTACTABLE:
            return Standing("They cannot be reached", "grey")
        case State.DROPPED:
            return Standing("No longer needed", "grey")
        case State.RUNNING:
            return _running(when)


def _days(working: Iterable[Step], unit: Unit | None) -> tuple[Day, ...]:
    """The working as lines; the last is the day on which the clock runs out (domain 5.1.3)."""
    return tuple(Day(step.day, _count(step, unit), _what(step)) for step in working)


def _count(step: Step, unit: Unit | None) -> str:
    if step.number == 0:
        return "Start"
    if unit is Unit.HOURS:
        return "The hours end"
    return NO_DAY if step.number is None else str(step.number)


def _what(step: Step) -> str:
    """Why a day does not count, or what day it is where it does."""
    kind = step.holiday or words(step.kind)
    if step.still:
        return "Stood still" if step.kind is DayKind.WORKING_DAY else f"Stood still ({kind})"
    return kind
