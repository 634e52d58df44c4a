"""What holds of clocks and of time taken whatever happens, in whatever order it is told."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from complaints_law.calendar import load_calendar
from complaints_law.london import london_day
from complaints_law.office import load_office
from complaints_law.rule_sets import ClockKind, Happened, Unit, load_rule_sets, rule_set_on
from complaints_law.running import Basis, Event, Run, State, run_clocks, time_taken, what_if

CALENDAR = load_calendar()
RULES = rule_set_on(date(2026, 1, 1), load_rule_sets())
BASIS = Basis(CALENDAR, RULES, load_office().opening_hours)
FIRST = datetime(2025, 12, 1, tzinfo=UTC)
IN_CONTACT = (Happened.REACHED, Happened.UPDATED, Happened.OUTCOME_TOLD)
Interval = tuple[datetime, datetime | None]

quick = settings(max_examples=60, deadline=None)


def vocabulary(kind: ClockKind) -> list[Happened]:
    """All that can have to do with the clocks of a kind."""
    rule = RULES.clocks[kind]
    words = [*rule.starts, *rule.counted_from, *rule.met_by, *rule.dropped_by]
    words += rule.stands_still or ()
    words += [rule.only_after] if rule.only_after else []
    words += [Happened.OUT_OF_CONTACT, *IN_CONTACT] if rule.by_contact else []
    words += [Happened.REOPENED] if Happened.CLOSED in words else []
    return list(dict.fromkeys(words))


def minutes(days: int) -> st.SearchStrategy[timedelta]:
    """Whole hours, and the minute before them, which is the last of many deadlines."""
    return st.builds(
        lambda hours, before: timedelta(hours=hours + 1, minutes=-before),
        st.integers(0, 24 * days),
        st.integers(0, 1),
    )


def happenings(words: Iterable[Happened]) -> st.SearchStrategy[list[Event]]:
    moments = minutes(200).map(lambda since: FIRST + since)
    events = st.builds(
        Event, what=st.sampled_from(list(words)), at=moments, about=st.sampled_from(["", "a", "b"])
    )
    return st.lists(events, max_size=8, unique_by=lambda event: event.at)


KINDS = st.sampled_from(ClockKind)
# Also of one clock's own words: of all forty, few would ever meet.
STORIES = st.one_of(happenings(Happened), KINDS.flatmap(lambda kind: happenings(vocabulary(kind))))
NOWS = minutes(900).map(lambda since: FIRST + since)


@quick
@given(STORIES, NOWS)
def test_no_run_is_due_before_what_it_counts_from(events: list[Event], now: datetime) -> None:
    for run in run_clocks(events, now, BASIS):
        if run.clock:
            counts_from = run.clock.working[0].day
            assert counts_from <= london_day(run.opened_at)
            assert counts_from <= run.clock.due_on
            assert counts_from == london_day(run.opened_at) or RULES.clocks[run.kind].counted_from


@quick
@given(STORIES, NOWS)
def test_every_run_is_in_the_one_state_that_its_dates_say(
    events: list[Event], now: datetime
) -> None:
    for run in run_clocks(events, now, BASIS):
        assert run.opened_at <= (run.ended_at or now) <= now
        assert run.state in _possible(run, now)


def _possible(run: Run, now: datetime) -> set[State]:
    rule = RULES.clocks[run.kind]
    late = run.clock is not None and (run.ended_at or now) > run.clock.due_at
    if late:
        return {State.MISSED} | ({State.NOT_CONTACTABLE} if rule.by_contact else set())
    if run.ended_by:
        return ({State.MET} if run.ended_by in rule.met_by else set()) | (
            {State.DROPPED} if run.ended_by in rule.dropped_by else set()
        )
    if not run.clock and not run.refused:
        return {State.SUSPENDED}
    return {State.RUNNING} | ({State.NOT_CONTACTABLE} if rule.by_contact else set())


@quick
@given(STORIES, NOWS)
def test_each_start_opens_each_clock_that_it_starts_once(
    events: list[Event], now: datetime
) -> None:
    found = run_clocks(events, now, BASIS)
    for kind, rule in RULES.clocks.items():
        starts = [event.at for event in events if event.what in rule.starts and event.at <= now]
        opened = [run.opened_at for run in found if run.kind is kind]
        if Happened.MADE in rule.starts:
            starts = [min(starts)] if starts else []
        if rule.only_after or rule.counted_from or rule.then_every:
            assert set(opened) <= set(starts)
        else:
            assert opened == sorted(starts)


REPEATING = [kind for kind, rule in RULES.clocks.items() if rule.then_every]


@quick
@given(st.sampled_from(REPEATING).flatmap(lambda kind: happenings(vocabulary(kind))), NOWS)
def test_what_is_due_again_and_again_runs_once_for_each_thing(
    events: list[Event], now: datetime
) -> None:
    running = [run for run in run_clocks(events, now, BASIS, REPEATING) if run.ended_at is None]
    due = [(run.about, run.clock.due_at) for run in running if run.clock]
    assert len(set(due)) == len(due)
    assert sum(run.state is State.RUNNING for run in running) <= len({r.about for r in running})


@quick
@given(STORIES, NOWS, st.randoms(use_true_random=False))
def test_the_same_events_in_whatever_order_they_are_told_give_the_same_runs(
    events: list[Event], now: datetime, random: Random
) -> None:
    shuffled = list(events)
    random.shuffle(shuffled)
    assert run_clocks(shuffled, now, BASIS) == run_clocks(events, now, BASIS)


@quick
@given(st.data(), KINDS, NOWS)
def test_what_has_nothing_to_do_with_a_clock_does_not_change_it(
    data: st.DataObject, kind: ClockKind, now: datetime
) -> None:
    words = vocabulary(kind)
    related = data.draw(happenings(words))
    others = data.draw(happenings(set(Happened) - set(words)))
    mixed = list(related)
    for other in others:
        mixed.insert(data.draw(st.integers(0, len(mixed))), other)
    assert _of(kind, mixed, now) == _of(kind, related, now)


def _of(kind: ClockKind, events: list[Event], now: datetime) -> list[Run]:
    return [run for run in run_clocks(events, now, BASIS) if run.kind is kind]


@quick
@given(STORIES, NOWS, NOWS)
def test_what_was_met_or_missed_stays_so(events: list[Event], one: datetime, two: datetime) -> None:
    earlier, later = (_numbered(run_clocks(events, now, BASIS)) for now in sorted((one, two)))
    assert earlier.keys() <= later.keys()
    for key, run in earlier.items():
        if run.state in (State.MET, State.MISSED):
            assert later[key].state is run.state


def _numbered(runs: Iterable[Run]) -> dict[tuple[ClockKind, datetime, int], Run]:
    found: dict[tuple[ClockKind, datetime, int], Run] = {}
    for run in runs:
        nth = sum(key[:2] == (run.kind, run.opened_at) for key in found)
        found[run.kind, run.opened_at, nth] = run
    return found


@quick
@given(STORIES, NOWS, st.integers(0, 300))
def test_an_added_holiday_only_puts_off_what_is_counted_in_working_days(
    events: list[Event], now: datetime, offset: int
) -> None:
    holidays = {**CALENDAR.holidays, FIRST.date() + timedelta(days=offset): "Proclaimed"}
    added = replace(BASIS, calendar=replace(CALENDAR, holidays=holidays))
    for moved in what_if(events, now, BASIS, added):
        assert RULES.clocks[moved.kind].unit is Unit.WORKING_DAYS
        assert moved.before
        assert moved.after is None or moved.before < moved.after


@quick
@given(STORIES, NOWS)
def test_on_the_same_basis_nothing_ever_moves(events: list[Event], now: datetime) -> None:
    assert what_if(events, now, BASIS, BASIS) == ()


INTERVALS = st.lists(
    st.builds(
        lambda since, length: (FIRST + since, FIRST + since + length if length else None),
        minutes(120),
        st.none() | minutes(40),
    ),
    max_size=6,
)


def _union(intervals: Iterable[Interval]) -> list[Interval]:
    merged: list[Interval] = []
    for since, until in sorted(intervals, key=lambda each: each[0]):
        if merged and (merged[-1][1] is None or since <= merged[-1][1]):
            begun, ended = merged.pop()
            merged.append((begun, max(ended, until) if ended and until else None))
        else:
            merged.append((since, until))
    return merged


@given(minutes(60), minutes(120), INTERVALS)
def test_suspensions_that_overlap_take_as_much_away_as_their_union(
    offset: timedelta, length: timedelta, intervals: list[Interval]
) -> None:
    start, end = FIRST + offset, FIRST + offset + length
    taken = time_taken(start, end, intervals, CALENDAR)
    assert taken == time_taken(start, end, _union(intervals), CALENDAR)
    assert 0 <= taken.working_days_not_suspended <= taken.working_days
    assert 0 <= taken.calendar_days_not_suspended <= taken.calendar_days
    suspended = taken.calendar_days - taken.calendar_days_not_suspended
    assert suspended >= taken.working_days - taken.working_days_not_suspended


@given(minutes(60), minutes(400))
def test_without_a_suspension_both_figures_are_the_plain_ones(
    offset: timedelta, length: timedelta
) -> None:
    start, end = FIRST + offset, FIRST + offset + length
    first, last = london_day(start), london_day(end)
    taken = time_taken(start, end, (), CALENDAR)
    working_days = CALENDAR.working_days_between(first, last)
    assert taken.working_days == taken.working_days_not_suspended == working_days
    assert taken.calendar_days == taken.calendar_days_not_suspended == (last - first).days
