"""Working-day arithmetic of domain.md 5.1, against its published rows and worked vectors."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from complaints_law.calendar import DayKind, add_months, load_calendar
from complaints_law.errors import CalendarEnds

CALENDAR = load_calendar()

# Domain 5.1.2, copied from the page and not from the data under test.
CHECK_ROWS = {
    2026: "01-01 04-03 04-06 05-04 05-25 08-31 12-25 12-28",
    2027: "01-01 03-26 03-29 05-03 05-31 08-30 12-27 12-28",
}


@pytest.mark.parametrize(("year", "days"), CHECK_ROWS.items())
def test_the_bank_holidays_are_those_of_the_check_rows(year: int, days: str) -> None:
    expected = {date.fromisoformat(f"{year}-{day}") for day in days.split()}
    assert {day for day in CALENDAR.holidays if day.year == year} == expected


@pytest.mark.parametrize(
    "moved_or_added",
    [date(2022, 6, 2), date(2022, 6, 3), date(2022, 9, 19), date(2023, 5, 8), date(2020, 5, 8)],
)
def test_a_day_that_was_moved_or_added_by_proclamation_is_a_holiday(moved_or_added: date) -> None:
    assert CALENDAR.kind_of(moved_or_added) is DayKind.BANK_HOLIDAY


@pytest.mark.parametrize("usual", [date(2022, 5, 30), date(2020, 5, 4)])
def test_the_usual_monday_of_a_moved_holiday_is_a_working_day(usual: date) -> None:
    assert CALENDAR.is_working_day(usual)


def test_the_shipped_calendar_covers_whole_years() -> None:
    years = range(CALENDAR.first_year, CALENDAR.last_year + 1)
    in_year = {year: sum(day.year == year for day in CALENDAR.holidays) for year in years}
    assert min(in_year.values()) >= 8  # England and Wales never have fewer
    assert sum(in_year.values()) == len(CALENDAR.holidays)


def test_a_substitute_day_says_that_it_is_one() -> None:
    assert CALENDAR.holidays[date(2026, 12, 28)] == "Boxing Day (substitute day)"
    assert CALENDAR.holidays[date(2026, 4, 3)] == "Good Friday"


@pytest.mark.parametrize(
    ("start", "days", "expected"),
    [
        (date(2026, 4, 2), 1, date(2026, 4, 7)),
        (date(2026, 4, 2), 2, date(2026, 4, 8)),
        (date(2026, 4, 2), 5, date(2026, 4, 13)),
        (date(2026, 5, 23), 1, date(2026, 5, 26)),
        (date(2026, 5, 23), 2, date(2026, 5, 27)),
        (date(2026, 12, 21), 2, date(2026, 12, 23)),
        (date(2026, 12, 21), 5, date(2026, 12, 30)),
        (date(2026, 4, 14), 5, date(2026, 4, 21)),  # S1: written outcome, L30
        (date(2022, 6, 1), 1, date(2022, 6, 6)),
        (date(2022, 9, 16), 1, date(2022, 9, 20)),
        (date(2023, 5, 5), 2, date(2023, 5, 10)),
        (date(2026, 12, 24), 3, date(2026, 12, 31)),
    ],
)
def test_working_days_are_added_as_the_vectors_say(start: date, days: int, expected: date) -> None:
    assert CALENDAR.add_working_days(start, days) == expected


@pytest.mark.parametrize("start", [date(2026, 4, 2), date(2026, 4, 4), date(2026, 4, 6)])
def test_day_zero_is_the_day_itself_whatever_kind_of_day_it_is(start: date) -> None:
    assert CALENDAR.add_working_days(start, 0) == start


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (date(2026, 4, 2), date(2026, 4, 14), 6),  # S1: 7, 8, 9, 10, 13 and 14 April
        (date(2026, 4, 2), date(2026, 4, 2), 0),
        (date(2026, 4, 2), date(2026, 4, 6), 0),
        (date(2026, 5, 23), date(2026, 5, 26), 1),
    ],
)
def test_working_days_between_leave_out_the_start_and_count_the_end(
    start: date, end: date, expected: int
) -> None:
    assert CALENDAR.working_days_between(start, end) == expected


@pytest.mark.parametrize(
    ("due", "do_by"),
    [
        (date(2026, 4, 30), date(2026, 4, 30)),
        (date(2026, 6, 20), date(2026, 6, 19)),
        (date(2026, 4, 6), date(2026, 4, 2)),
        (date(2023, 1, 2), date(2022, 12, 30)),
    ],
)
def test_the_do_by_day_is_the_last_working_day_on_or_before(due: date, do_by: date) -> None:
    assert CALENDAR.last_working_day_on_or_before(due) == do_by


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        (date(2026, 3, 10), 12, date(2027, 3, 10)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
        (date(2026, 12, 15), 0, date(2026, 12, 15)),
    ],
)
def test_a_month_later_is_the_same_day_number_or_the_last_day(
    start: date, count: int, expected: date
) -> None:
    assert add_months(start, count) == expected


def test_a_count_says_of_every_day_why_it_did_or_did_not_count() -> None:
    steps = CALENDAR.count_working_days(date(2026, 4, 2), 2)
    assert [(s.day.day, s.number, s.counted, s.kind, s.holiday) for s in steps] == [
        (2, 0, False, DayKind.WORKING_DAY, None),
        (3, None, False, DayKind.BANK_HOLIDAY, "Good Friday"),
        (4, None, False, DayKind.WEEKEND, None),
        (5, None, False, DayKind.WEEKEND, None),
        (6, None, False, DayKind.BANK_HOLIDAY, "Easter Monday"),
        (7, 1, True, DayKind.WORKING_DAY, None),
        (8, 2, True, DayKind.WORKING_DAY, None),
    ]


def test_a_count_that_leaves_the_calendar_is_refused_and_says_what_to_do() -> None:
    last_day = date(CALENDAR.last_year, 12, 29)
    assert CALENDAR.add_working_days(last_day, 0) == last_day
    with pytest.raises(CalendarEnds) as refused:
        CALENDAR.add_working_days(last_day, 1)
    assert str(refused.value) == (
        "Calendar govuk-bank-holidays-0.19 covers 2012 to 2028, not 2029-01-01: "
        "install newer bank holiday data."
    )


def test_a_day_before_the_calendar_is_refused_even_if_it_is_a_sunday() -> None:
    with pytest.raises(CalendarEnds):
        CALENDAR.is_working_day(date(2011, 12, 25))
    with pytest.raises(CalendarEnds):
        CALENDAR.last_working_day_on_or_before(date(2012, 1, 1))


def test_working_days_between_is_refused_across_the_end_of_the_calendar() -> None:
    with pytest.raises(CalendarEnds):
        CALENDAR.working_days_between(date(2028, 12, 1), date(2029, 1, 3))


def test_counting_backwards_is_refused() -> None:
    day = date(2026, 4, 2)
    with pytest.raises(ValueError, match="forwards"):
        CALENDAR.add_working_days(day, -1)
    with pytest.raises(ValueError, match="forwards"):
        CALENDAR.count_calendar_days(day, -1)
    with pytest.raises(ValueError, match="forwards"):
        add_months(day, -1)
    with pytest.raises(ValueError, match="swap"):
        CALENDAR.working_days_between(day, day - timedelta(days=1))


def test_a_calendar_with_an_added_holiday_answers_with_it() -> None:
    added = replace(CALENDAR, holidays={**CALENDAR.holidays, date(2026, 4, 7): "Proclaimed"})
    assert added.add_working_days(date(2026, 4, 2), 1) == date(2026, 4, 8)
