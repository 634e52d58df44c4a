"""Dates that others counted: domain.md by hand, and PostgreSQL by tables of days (domain 5.1)."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import golden
import pytest
from golden import Row, Story

from complaints_law.calendar import load_calendar
from complaints_law.clocks import derive_clock
from complaints_law.office import load_office
from complaints_law.rule_sets import ClockKind, Happened, load_rule_sets, rule_set_on
from complaints_law.running import Basis, Event, Run, run_clocks
from complaints_local.postgres import Postgres

ROWS = golden.read()
STORIES = golden.read_stories()
HOURS = load_office().opening_hours
ORIGINS = {"domain.md 5.1", "S1", "S2", "S3", "S6", "sql"}


def first_day(row: Row) -> date:
    return row.counts_from.astimezone(ZoneInfo("Europe/London")).date()


def ours(row: Row) -> Row:
    found = derive_clock(
        ClockKind(row.clock),
        row.counts_from,
        load_calendar(),
        rule_set_on(first_day(row), load_rule_sets()),
        HOURS,
        times=row.times,
    )
    return row._replace(due_at=found.due_at, due_on=found.due_on, do_by=found.do_by)


def test_the_clocks_are_due_when_the_golden_file_says() -> None:
    assert [ours(row) for row in ROWS] == ROWS


async def test_postgresql_counts_the_same_dates(postgres: Postgres) -> None:
    connection = await postgres.connect()
    try:
        counted = await golden.counted(connection, {row.counts_from for row in ROWS})
    finally:
        await connection.close()
    found = {row[:3]: row for row in counted}
    assert [found[row[:3]]._replace(origin=row.origin) for row in ROWS] == ROWS


def test_the_golden_file_has_every_start_and_every_clock_from_each() -> None:
    counted = [row for row in ROWS if row.origin == "sql"]
    starts = {datetime.fromisoformat(start) for start in golden.STARTS}
    assert {row.counts_from for row in counted} == starts
    assert len(ROWS) >= 250
    for start in starts:
        assert {row.clock for row in counted if row.counts_from == start} == set(ClockKind)


def test_a_notice_under_regulation_13_is_there_for_the_first_time_and_for_later_ones() -> None:
    assert {row.times for row in ROWS if row.clock == ClockKind.REG_13} == {0, 1, 2}


def test_no_row_is_there_twice_and_every_origin_has_rows() -> None:
    assert len({(row[:3], row.origin) for row in ROWS}) == len(ROWS)
    assert {row.origin for row in ROWS} == ORIGINS


def spans(first: str, last: str) -> Callable[[Row], bool]:
    """Rows whose count begins before the days from `first` to `last` and ends after them."""
    return lambda row: (
        first_day(row) < date.fromisoformat(first) <= date.fromisoformat(last) < row.due_on
    )


def begins_on(*days: str) -> Callable[[Row], bool]:
    return lambda row: first_day(row).isoformat() in days


PERIODS = {
    "a Saturday": lambda row: first_day(row).weekday() == 5,
    "a Sunday": lambda row: first_day(row).weekday() == 6,
    "Easter": spans("2022-04-15", "2022-04-18"),
    "Easter Sunday": begins_on("2026-04-05"),
    "Christmas and New Year": spans("2021-12-25", "2022-01-03"),
    "Christmas Day": begins_on("2026-12-25"),
    "New Year's Eve": begins_on("2025-12-31"),
    "the moved early May holiday of 2020": spans("2020-05-08", "2020-05-08"),
    "the Platinum Jubilee": spans("2022-06-02", "2022-06-03"),
    "a day of the Platinum Jubilee": begins_on("2022-06-02"),
    "the State Funeral": spans("2022-09-19", "2022-09-19"),
    "the day of the State Funeral": begins_on("2022-09-19"),
    "the Coronation": spans("2023-05-08", "2023-05-08"),
    "the day of the Coronation": begins_on("2023-05-08"),
    "a leap day": begins_on("2020-02-29", "2024-02-29"),
    "over a leap day": spans("2024-02-29", "2024-02-29"),
    "to a leap day": lambda row: row.due_on == date(2024, 2, 29) and row.clock == "REG_13",
    "to the 28th from a 31st": lambda row: (first_day(row).day, row.due_on.day) == (31, 28),
    "the start of summer time": spans("2026-03-29", "2026-03-29"),
    "the day summer time starts": begins_on("2026-03-29"),
    "the end of summer time": spans("2026-10-25", "2026-10-25"),
    "the day summer time ends": begins_on("2026-10-25"),
    "the last of January": begins_on("2025-01-31", "2026-01-31"),
    "late in UTC and the next day in London": (
        lambda row: first_day(row) == row.counts_from.date() + timedelta(days=1)
    ),
    "late in UTC and the same day in London": (
        lambda row: (row.counts_from.hour, first_day(row)) == (23, row.counts_from.date())
    ),
}


@pytest.mark.parametrize("period", PERIODS.values(), ids=PERIODS.keys())
def test_the_golden_file_covers(period: Callable[[Row], bool]) -> None:
    assert any(map(period, ROWS))


def test_the_golden_file_is_in_utc() -> None:
    assert {row.counts_from.tzinfo for row in ROWS} | {row.due_at.tzinfo for row in ROWS} == {UTC}


def test_nobody_is_asked_to_act_before_the_count_began_or_on_another_day_off() -> None:
    calendar = load_calendar()
    for row in ROWS:
        assert first_day(row) <= row.do_by <= row.due_on
        assert calendar.is_working_day(row.do_by) or row.do_by == first_day(row)
    assert any(row.do_by == first_day(row) and row.do_by.weekday() == 5 for row in ROWS)


def words(run: Run) -> str:
    return f"{run.clock.due_on if run.clock else 'no day'} {run.state}"


def retold(story: Story) -> Story:
    lines = (line.split() for line in story.events.split("; "))
    events = [Event(what=Happened(what), at=datetime.fromisoformat(at)) for at, what in lines]
    rules = rule_set_on(events[0].at.date(), load_rule_sets())
    basis = Basis(load_calendar(), rules, HOURS)
    found = run_clocks(events, story.now, basis, {ClockKind(story.clock)})
    return story._replace(runs="; ".join(map(words, found)))


@pytest.mark.parametrize("story", STORIES, ids=lambda story: f"{story.clock}: {story.story}")
def test_the_clocks_of_a_golden_story_are_as_it_says(story: Story) -> None:
    assert retold(story).runs == story.runs


async def test_postgresql_finds_the_same_runs(postgres: Postgres) -> None:
    connection = await postgres.connect()
    try:
        assert await golden.run(connection, STORIES) == STORIES
    finally:
        await connection.close()


def test_the_golden_stories_cover_every_state_of_each_of_their_clocks() -> None:
    states: dict[str, set[str]] = {}
    for story in STORIES:
        found = {run.split()[-1] for run in story.runs.split("; ")}
        states[story.clock] = states.get(story.clock, set()) | found
    for_a_case = {"RUNNING", "MET", "MISSED", "DROPPED"}
    for_a_review = {"RUNNING", "MET", "MISSED", "SUSPENDED"}
    assert states == {
        "NEXT_UPDATE": for_a_case,
        "REG_13": for_a_case,
        "REVIEW_ACKNOWLEDGE": for_a_review,
        "REVIEW_COMPLETE": for_a_review,
    }
    assert len({(story.clock, story.story) for story in STORIES}) == len(STORIES) >= 30
