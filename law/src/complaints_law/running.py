"""What has become of each clock of a case or a review: a pure function of what happened to it.

The rule set says what starts, meets and drops a clock. Nothing here is remembered between two
calls: the same events at the same moment always give the same runs.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import Final

from pydantic import AwareDatetime, BaseModel, ConfigDict

from complaints_law.calendar import Calendar
from complaints_law.clocks import Clock, derive_clock
from complaints_law.errors import CalendarEnds
from complaints_law.london import london_day
from complaints_law.opening_hours import OpeningHours
from complaints_law.rule_sets import ClockKind, ClockRule, Duty, Happened, RuleSet

_LOST: Final = Happened.OUT_OF_CONTACT
_IN_CONTACT: Final = (Happened.REACHED, Happened.UPDATED, Happened.OUTCOME_TOLD)
"""What shows that there is a way to reach the person after all."""


class State(StrEnum):
    """How a clock stands."""

    RUNNING = "RUNNING"
    MET = "MET"
    """In time."""
    MISSED = "MISSED"
    """Not in time, if it was met at all."""
    SUSPENDED = "SUSPENDED"
    """It stands still, and nobody can say yet when it will be due."""
    NOT_CONTACTABLE = "NOT_CONTACTABLE"
    """There was no way to reach the person that it is about."""
    DROPPED = "DROPPED"
    """What it was for fell away before it was due."""


class Event(BaseModel):
    """Something that happened; `about` tells one task, letter or suspension from another."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: Happened
    at: AwareDatetime
    about: str = ""


@dataclass(frozen=True)
class Basis:
    """What deadlines are counted with."""

    calendar: Calendar
    rule_set: RuleSet
    opening_hours: OpeningHours | None = None
    """Without them every clock ends with its day."""


class Run(BaseModel):
    """One run of a clock, opened by an event.

    `ended_at` is when it was met or dropped. Without a `clock` nobody can say when it is due: it
    stands still, or the calendar ends before, which `refused` then says in words.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ClockKind
    duty: Duty
    state: State
    opened_by: Happened
    opened_at: AwareDatetime
    about: str
    ended_by: Happened | None
    ended_at: AwareDatetime | None
    clock: Clock | None
    refused: str | None = None


class Moved(BaseModel):
    """A deadline that is another one on another basis; None where it cannot be counted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ClockKind
    opened_at: AwareDatetime
    about: str
    before: date | None
    after: date | None


class Taken(BaseModel):
    """How long handling took, in both units that people report it in (domain 5.2)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    working_days: int
    working_days_not_suspended: int
    calendar_days: int
    calendar_days_not_suspended: int


def run_clocks(
    events: Iterable[Event],
    now: datetime,
    basis: Basis,
    kinds: Collection[ClockKind] = frozenset(ClockKind),
) -> tuple[Run, ...]:
    """Every run of every clock that the events up to `now` opened, in the order they were opened.

    Events of one moment count in the order given. Of several receipts the earliest counts (5.1.8).
    """
    past = sorted((event for event in events if event.at <= now), key=lambda event: event.at)
    first = next((event for event in past if event.what is Happened.MADE), None)
    past = [event for event in past if event.what is not Happened.MADE or event is first]
    runs = [
        run
        for kind, rule in basis.rule_set.clocks.items()
        if kind in kinds
        for at in _openings(rule, past)
        for run in _runs(kind, rule, past, at, now, basis)
    ]
    return tuple(sorted(runs, key=lambda run: run.opened_at))


def what_if(
    events: Iterable[Event], now: datetime, before: Basis, after: Basis
) -> tuple[Moved, ...]:
    """Which deadlines of the same events move from one calendar or rule set to another."""
    events = tuple(events)
    one, other = (
        {(run.kind, run.opened_at, run.about, nth): run for nth, run in _numbered(runs)}
        for runs in (run_clocks(events, now, basis) for basis in (before, after))
    )
    moved = (
        Moved(
            kind=key[0],
            opened_at=key[1],
            about=key[2],
            before=_due_on(one.get(key)),
            after=_due_on(other.get(key)),
        )
        for key in dict.fromkeys((*one, *other))
    )
    return tuple(item for item in moved if item.before != item.after)


def suspensions(events: Iterable[Event]) -> tuple[tuple[datetime, datetime | None], ...]:
    """The intervals of every suspension; one that goes on has no end."""
    return _intervals(sorted(events, key=lambda e: e.at), Happened.SUSPENDED, Happened.RESUMED)


def time_taken(
    start: datetime,
    end: datetime,
    suspended: Iterable[tuple[datetime, datetime | None]],
    calendar: Calendar,
) -> Taken:
    """The days after the one of `start`, up to and including that of `end` (domain 5.1.5).

    A day counts as suspended from the one after suspension began to the one on which it ended, and
    once only however many suspensions it lies in.

    Raises CalendarEnds if the calendar does not cover them, ValueError if `end` comes first.
    """
    if end < start:
        raise ValueError("The end is before the start: swap them.")
    first, last = london_day(start), london_day(end)
    days = [first + timedelta(days=n) for n in range(1, (last - first).days + 1)]
    still = _still(suspended, last)
    working = [day for day in days if calendar.is_working_day(day)]
    return Taken(
        working_days=len(working),
        working_days_not_suspended=sum(day not in still for day in working),
        calendar_days=len(days),
        calendar_days_not_suspended=sum(day not in still for day in days),
    )


def _openings(rule: ClockRule, past: Sequence[Event]) -> Iterator[int]:
    """Where among the events it is opened: one that repeats is not while it is running already."""
    opened: list[int] = []
    for at, event in enumerate(past):
        if event.what not in rule.starts:
            continue
        if rule.only_after and all(e.what is not rule.only_after for e in past[: at + 1]):
            continue
        if rule.then_every and any(
            _same(event, past[one]) and not _dropped(rule, past[one + 1 : at], past[one])
            for one in opened
        ):
            continue
        opened.append(at)
        yield at


def _runs(
    kind: ClockKind,
    rule: ClockRule,
    past: Sequence[Event],
    at: int,
    now: datetime,
    basis: Basis,
) -> Iterator[Run]:
    """The run that the event at `at` opens, and those that follow it by themselves."""
    opening, before, after = past[at], past[: at + 1], past[at + 1 :]
    start = next((e.at for e in reversed(before) if e.what in rule.counted_from), opening.at)
    meeting = [e for e in after if e.what in rule.met_by and _same(e, opening)]
    still = _intervals(past, *rule.stands_still) if rule.stands_still else ()
    days = _still([each for each in still if each[1]], london_day(now))
    since = next((begun for begun, ended in still if not ended), None)
    gone = _dropped(rule, after, opening)
    due: datetime | None = None
    for times in count() if rule.then_every else (0,):
        if gone and due and gone.at <= due:
            return
        clock, refused, begun = None, None, due
        try:
            clock = derive_clock(
                kind,
                start,
                basis.calendar,
                basis.rule_set,
                basis.opening_hours,
                times=times,
                still=days,
            )
        except CalendarEnds as ends:
            refused = str(ends)
        standing = since is not None and not (clock and clock.due_at < since)
        if standing:
            clock, refused = None, None
        due = clock.due_at if clock else None
        if due and due < opening.at and rule.duty is not Duty.OFFICE:
            continue  # it was over before anybody could be late with it
        dropped = _dropped(rule, after, opening, due)
        if dropped and begun and dropped.at <= begun:
            continue  # it was closed all the time since the one before was due
        # A letter from before the last one was due reports nothing of the time since (L30c).
        meeting = [e for e in meeting if not begun or e.at > begun]
        met = next(iter(meeting), None)
        ended = min((e for e in (met, dropped) if e), key=past.index, default=None)
        if ended is met:
            meeting = meeting[1:]
        yield Run(
            kind=kind,
            duty=rule.duty,
            state=_state(rule, ended, met, due, past, now, standing=standing),
            opened_by=opening.what,
            opened_at=opening.at,
            about=opening.about,
            ended_by=ended.what if ended else None,
            ended_at=ended.at if ended else None,
            clock=clock,
            refused=refused,
        )
        if due is None or due >= now:
            return


def _dropped(
    rule: ClockRule, after: Sequence[Event], opening: Event, due: datetime | None = None
) -> Event | None:
    """What dropped it first, or for good where it is not said when it was due.

    A closing that was undone before it was due dropped nothing. What was opened anew since is not
    taken up again.
    """
    anew = rule.starts if rule.then_every else ()
    for at, event in enumerate(after):
        if event.what not in rule.dropped_by or not _same(event, opening):
            continue
        again = next((e for e in after[at + 1 :] if e.what in (Happened.REOPENED, *anew)), None)
        undone = event.what is Happened.CLOSED and again and again.what is Happened.REOPENED
        if again and undone and (due is None or again.at < due):
            continue
        return event
    return None


def _state(
    rule: ClockRule,
    ended: Event | None,
    met: Event | None,
    due: datetime | None,
    past: Sequence[Event],
    now: datetime,
    *,
    standing: bool,
) -> State:
    over = ended.at if ended else now
    if due and over > due:
        lost = rule.by_contact and _is_out_of_contact(past, due)
        return State.NOT_CONTACTABLE if lost else State.MISSED
    if ended:
        return State.MET if ended is met else State.DROPPED
    if standing:
        return State.SUSPENDED
    if rule.by_contact and _is_out_of_contact(past, now):
        return State.NOT_CONTACTABLE
    return State.RUNNING


def _is_out_of_contact(past: Sequence[Event], at: datetime) -> bool:
    """Whether there was no way to reach the person at that moment."""
    said = (e.what for e in reversed(past) if e.at <= at and e.what in (_LOST, *_IN_CONTACT))
    return next(said, None) is _LOST


def _same(event: Event, opening: Event) -> bool:
    return not event.about or not opening.about or event.about == opening.about


def _intervals(
    past: Sequence[Event], begins: Happened, ends: Happened
) -> tuple[tuple[datetime, datetime | None], ...]:
    """From each beginning to the next end of the same thing."""
    open_since: dict[str, datetime] = {}
    found: list[tuple[datetime, datetime | None]] = []
    for event in past:
        if event.what is begins:
            open_since.setdefault(event.about, event.at)
        elif event.what is ends and event.about in open_since:
            found.append((open_since.pop(event.about), event.at))
    return (*found, *((since, None) for since in open_since.values()))


def _still(intervals: Iterable[tuple[datetime, datetime | None]], today: date) -> frozenset[date]:
    """The days on which a count stands still, each once."""
    return frozenset(
        london_day(since) + timedelta(days=n)
        for since, until in intervals
        for n in range(1, ((london_day(until) if until else today) - london_day(since)).days + 1)
    )


def _numbered(runs: Iterable[Run]) -> Iterator[tuple[int, Run]]:
    """Each run with how many like it came before."""
    seen: dict[tuple[ClockKind, datetime, str], int] = {}
    for run in runs:
        key = (run.kind, run.opened_at, run.about)
        seen[key] = seen.get(key, 0) + 1
        yield seen[key], run


def _due_on(run: Run | None) -> date | None:
    return run.clock.due_on if run and run.clock else None
