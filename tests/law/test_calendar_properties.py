"""What holds for any day and any count, and an independent way to the same answers."""

import json
from bisect import bisect_right
from dataclasses import replace
from datetime import date, timedelta
from importlib.resources import files

from hypothesis import given
from hypothesis import strategies as st

from complaints_law.calendar import load_calendar

CALENDAR = load_calendar()
DAYS = st.dates(date(2012, 1, 3), date(2027, 6, 30))
COUNTS = st.integers(0, 300)


def _every_working_day() -> list[date]:
    """All working days of the file's years in order, by a table and not by stepping from a day."""
    text = (files("complaints_law") / "data/calendars/england-and-wales.json").read_text("utf-8")
    closed = {event["date"] for event in json.loads(text)["events"]}
    first, end = date(2012, 1, 1).toordinal(), date(2029, 1, 1).toordinal()
    days = (date.fromordinal(n) for n in range(first, end))
    return [d for d in days if d.strftime("%a") not in {"Sat", "Sun"} and str(d) not in closed]


TABLE = _every_working_day()


@given(DAYS, COUNTS)
def test_adding_agrees_with_a_look_up_in_the_table_of_working_days(start: date, n: int) -> None:
    expected = TABLE[bisect_right(TABLE, start) + n - 1] if n else start
    assert CALENDAR.add_working_days(start, n) == expected


@given(DAYS, st.integers(0, 400))
def test_counting_agrees_with_a_look_up_in_the_table_of_working_days(start: date, n: int) -> None:
    end = start + timedelta(days=n)
    expected = bisect_right(TABLE, end) - bisect_right(TABLE, start)
    assert CALENDAR.working_days_between(start, end) == expected


@given(DAYS, COUNTS)
def test_between_is_the_inverse_of_add(start: date, n: int) -> None:
    assert CALENDAR.working_days_between(start, CALENDAR.add_working_days(start, n)) == n


@given(DAYS, COUNTS)
def test_one_more_day_is_always_later(start: date, n: int) -> None:
    earlier, later = (CALENDAR.add_working_days(start, count) for count in (n, n + 1))
    assert start <= earlier < later
    assert CALENDAR.is_working_day(later)


@given(DAYS, DAYS, COUNTS)
def test_a_later_start_is_never_due_earlier(one: date, other: date, n: int) -> None:
    first, second = sorted((one, other))
    assert CALENDAR.add_working_days(first, n) <= CALENDAR.add_working_days(second, n)


@given(DAYS, COUNTS, st.integers(0, 450))
def test_adding_a_holiday_never_makes_a_date_earlier(start: date, n: int, offset: int) -> None:
    holiday = start + timedelta(days=offset)
    added = replace(CALENDAR, holidays={**CALENDAR.holidays, holiday: "Proclaimed"})
    assert added.add_working_days(start, n) >= CALENDAR.add_working_days(start, n)


@given(DAYS)
def test_the_do_by_day_is_a_working_day_with_none_between_it_and_the_deadline(day: date) -> None:
    do_by = CALENDAR.last_working_day_on_or_before(day)
    assert CALENDAR.is_working_day(do_by)
    assert CALENDAR.working_days_between(do_by, day) == 0


@given(DAYS, COUNTS)
def test_the_working_lists_every_day_once_and_numbers_those_that_count(start: date, n: int) -> None:
    steps = CALENDAR.count_working_days(start, n)
    assert [step.day for step in steps] == [start + timedelta(days=i) for i in range(len(steps))]
    assert [step.number for step in steps if step.counted] == list(range(1, n + 1))
    assert all(CALENDAR.is_working_day(step.day) == step.counted for step in steps[1:])
