"""When each clock is due and by which working (R13, R12, L29, L30c, L42, scenarios S1 and S2)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints_law.calendar import DayKind, load_calendar
from complaints_law.clocks import Clock, derive_clock, derive_clocks
from complaints_law.errors import CalendarEnds, NoRuleSet
from complaints_law.london import london_day
from complaints_law.office import load_office
from complaints_law.rule_sets import (
    FIRST_HANDLING,
    REVIEW,
    ClockKind,
    Happened,
    RuleSet,
    Unit,
    Until,
    load_rule_sets,
    rule_set_on,
)

CALENDAR = load_calendar()
HOURS = load_office().opening_hours
RULES = rule_set_on(date(2026, 1, 1), load_rule_sets())
LONDON = ZoneInfo("Europe/London")


def london(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=LONDON).astimezone(UTC)


def clock(kind: ClockKind, received_at: datetime) -> Clock:
    return derive_clock(kind, received_at, CALENDAR, RULES, HOURS)


# received, then due: log, call, first update, and the day to do the first update by
VECTORS = {
    "S1: over Easter, after closing time": (
        (2026, 4, 2, 17, 10),
        (2026, 4, 7),
        (2026, 4, 8),
        (2026, 4, 30),
        (2026, 4, 30),
    ),
    "S2: late on a Saturday of a bank holiday weekend": (
        (2026, 5, 23, 23, 40),
        (2026, 5, 26),
        (2026, 5, 27),
        (2026, 6, 20),
        (2026, 6, 19),
    ),
    "over Christmas": (
        (2026, 12, 21, 9, 0),
        (2026, 12, 22),
        (2026, 12, 23),
        (2027, 1, 18),
        (2027, 1, 18),
    ),
    "on Christmas Day": (
        (2026, 12, 25, 11, 0),
        (2026, 12, 29),
        (2026, 12, 30),
        (2027, 1, 22),
        (2027, 1, 22),
    ),
    "before the Platinum Jubilee weekend": (
        (2022, 6, 1, 10, 0),
        (2022, 6, 6),
        (2022, 6, 7),
        (2022, 6, 29),
        (2022, 6, 29),
    ),
    "before the State Funeral, first update due on a Friday": (
        (2022, 9, 16, 10, 0),
        (2022, 9, 20),
        (2022, 9, 21),
        (2022, 10, 14),
        (2022, 10, 14),
    ),
    "before the Coronation, first update due on a Friday": (
        (2023, 5, 5, 10, 0),
        (2023, 5, 9),
        (2023, 5, 10),
        (2023, 6, 2),
        (2023, 6, 2),
    ),
    "first update due on Easter Monday": (
        (2026, 3, 9, 10, 0),
        (2026, 3, 10),
        (2026, 3, 11),
        (2026, 4, 6),
        (2026, 4, 2),
    ),
    "28 days as the letters of L45 and L46 count them": (
        (2026, 11, 2, 10, 0),
        (2026, 11, 3),
        (2026, 11, 4),
        (2026, 11, 30),
        (2026, 11, 30),
    ),
}


@pytest.mark.parametrize(
    ("received", "log", "call", "update", "do_by"), VECTORS.values(), ids=VECTORS.keys()
)
def test_the_clocks_fall_due_as_the_vectors_say(
    received: tuple[int, int, int, int, int],
    log: tuple[int, int, int],
    call: tuple[int, int, int],
    update: tuple[int, int, int],
    do_by: tuple[int, int, int],
) -> None:
    clocks = derive_clocks(london(*received), CALENDAR, RULES, HOURS)
    assert [(c.kind, c.due_on, c.do_by, c.due_at) for c in clocks] == [
        (ClockKind.LOG, date(*log), date(*log), london(*log, 23, 59)),
        (ClockKind.CALL, date(*call), date(*call), london(*call, 16, 30)),
        (ClockKind.FIRST_UPDATE, date(*update), date(*do_by), london(*update, 23, 59)),
    ]


# received, then due: acknowledge, complete
REVIEW_VECTORS = {
    "over Easter and the early May holiday": (
        (2026, 4, 2, 17, 10),
        (2026, 4, 13),
        (2026, 5, 15),
    ),
    "on a Saturday of a bank holiday weekend": (
        (2026, 5, 23, 23, 40),
        (2026, 6, 1),
        (2026, 7, 2),
    ),
    "over Christmas and New Year": ((2026, 12, 21, 9, 0), (2026, 12, 30), (2027, 2, 2)),
    "before the Platinum Jubilee weekend": ((2022, 6, 1, 10, 0), (2022, 6, 10), (2022, 7, 13)),
    "in six weeks without a holiday": ((2026, 7, 6, 10, 0), (2026, 7, 13), (2026, 8, 13)),
}


@pytest.mark.parametrize(
    ("received", "acknowledge", "complete"), REVIEW_VECTORS.values(), ids=REVIEW_VECTORS.keys()
)
def test_the_clocks_of_a_review_fall_due_as_the_vectors_say(
    received: tuple[int, int, int, int, int],
    acknowledge: tuple[int, int, int],
    complete: tuple[int, int, int],
) -> None:
    clocks = derive_clocks(london(*received), CALENDAR, RULES, HOURS, REVIEW)
    assert [(c.kind, c.rule, c.do_by, c.due_at) for c in clocks] == [
        (ClockKind.REVIEW_ACKNOWLEDGE, "L42", date(*acknowledge), london(*acknowledge, 23, 59)),
        (ClockKind.REVIEW_COMPLETE, "L42", date(*complete), london(*complete, 23, 59)),
    ]


def _started_by(what: Happened) -> set[ClockKind]:
    return {kind for kind, rule in RULES.clocks.items() if what in rule.starts}


def test_first_handling_starts_with_a_complaint_and_a_review_with_the_application() -> None:
    assert _started_by(Happened.MADE) == set(FIRST_HANDLING)
    assert _started_by(Happened.REVIEW_APPLIED) == set(REVIEW)


def test_due_instants_are_utc_and_an_hour_apart_in_summer_and_winter() -> None:
    summer = clock(ClockKind.CALL, london(2026, 7, 6, 10, 0))
    winter = clock(ClockKind.CALL, london(2026, 11, 30, 10, 0))
    assert summer.due_at.isoformat() == "2026-07-08T15:30:00+00:00"
    assert winter.due_at.isoformat() == "2026-12-02T16:30:00+00:00"


def test_a_count_across_the_start_of_summer_time_counts_days_and_not_hours() -> None:
    found = clock(ClockKind.LOG, datetime(2026, 3, 27, 12, 0, tzinfo=UTC))
    assert found.due_at == datetime(2026, 3, 30, 22, 59, tzinfo=UTC)


def test_a_count_across_the_end_of_summer_time_counts_days_and_not_hours() -> None:
    found = clock(ClockKind.FIRST_UPDATE, datetime(2026, 10, 1, 23, 30, tzinfo=UTC))
    assert found.working[0].day == date(2026, 10, 2)
    assert found.due_at == datetime(2026, 10, 30, 23, 59, tzinfo=UTC)


def test_late_on_a_summer_evening_utc_it_is_already_the_next_day_in_london() -> None:
    before = clock(ClockKind.LOG, datetime(2026, 7, 6, 22, 59, tzinfo=UTC))
    after = clock(ClockKind.LOG, datetime(2026, 7, 6, 23, 0, tzinfo=UTC))
    assert (before.due_on, after.due_on) == (date(2026, 7, 7), date(2026, 7, 8))


def test_late_on_a_winter_evening_utc_it_is_the_same_day_in_london() -> None:
    found = clock(ClockKind.LOG, datetime(2026, 1, 12, 23, 59, tzinfo=UTC))
    assert found.due_on == date(2026, 1, 13)


def test_an_instant_in_any_zone_gives_the_same_clock() -> None:
    utc = datetime(2026, 4, 2, 16, 10, tzinfo=UTC)
    elsewhere = utc.astimezone(ZoneInfo("Pacific/Auckland"))
    assert clock(ClockKind.CALL, elsewhere) == clock(ClockKind.CALL, utc)


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        clock(ClockKind.LOG, datetime(2026, 4, 2, 16, 10))  # noqa: DTZ001


def test_a_clock_names_its_rule_its_source_and_its_versions() -> None:
    found = clock(ClockKind.FIRST_UPDATE, london(2026, 4, 2, 17, 10))
    assert found.rule == "L29"
    assert "reg 34(2)(a)" in found.source
    assert found.calendar_version == "govuk-bank-holidays-0.19"
    assert found.rules_version == "2020-02-01"
    assert [clock(kind, london(2026, 4, 2)).rule for kind in (ClockKind.LOG, ClockKind.CALL)] == [
        "R13",
        "R12",
    ]


def test_the_working_of_a_call_shows_each_day_of_easter() -> None:
    found = clock(ClockKind.CALL, london(2026, 4, 2, 17, 10))
    assert found.unit is Unit.WORKING_DAYS
    assert [(step.day.day, step.number, step.holiday) for step in found.working] == [
        (2, 0, None),
        (3, None, "Good Friday"),
        (4, None, None),
        (5, None, None),
        (6, None, "Easter Monday"),
        (7, 1, None),
        (8, 2, None),
    ]


def test_the_working_of_an_update_counts_every_day_and_still_shows_the_weekend_it_ends_on() -> None:
    found = clock(ClockKind.FIRST_UPDATE, london(2026, 5, 23, 23, 40))
    assert [step.number for step in found.working] == list(range(29))
    assert found.working[0].kind is DayKind.WEEKEND
    assert found.working[-1].kind is DayKind.WEEKEND
    assert found.working[2].holiday == "Spring bank holiday"


@pytest.mark.parametrize("kind", ClockKind)
def test_a_clock_survives_the_way_through_json(kind: ClockKind) -> None:
    found = clock(kind, london(2026, 4, 2, 17, 10))
    assert Clock.model_validate_json(found.model_dump_json()) == found


def test_a_first_update_beyond_the_calendar_is_refused_while_the_call_is_not() -> None:
    received = london(2028, 12, 18, 10, 0)
    assert clock(ClockKind.CALL, received).due_on == date(2028, 12, 20)
    with pytest.raises(CalendarEnds, match="2029-01-01"):
        clock(ClockKind.FIRST_UPDATE, received)


@pytest.mark.parametrize("kind", [ClockKind.RECORD, ClockKind.TRANSFER])
def test_what_is_due_on_the_same_day_is_due_by_its_end_also_on_a_weekend(kind: ClockKind) -> None:
    found = clock(kind, london(2026, 5, 23, 23, 40))
    assert found.due_at == london(2026, 5, 23, 23, 59)
    assert [step.number for step in found.working] == [0]


def test_an_urgent_acknowledgement_is_due_two_hours_later_by_any_clock() -> None:
    found = clock(ClockKind.URGENT_FORCE_ACKNOWLEDGEMENT, london(2026, 3, 28, 23, 30))
    assert found.due_at == london(2026, 3, 29, 2, 30)
    assert [(step.day.day, step.number) for step in found.working] == [(28, 0), (29, None)]


@pytest.mark.parametrize(
    ("times", "months", "due"),
    [(0, 12, (2027, 3, 10)), (1, 18, (2027, 9, 10)), (2, 24, (2028, 3, 10))],
)
def test_a_local_investigation_is_reported_after_twelve_months_and_then_every_six(
    times: int, months: int, due: tuple[int, int, int]
) -> None:
    found = derive_clock(
        ClockKind.REG_13, london(2026, 3, 10, 9), CALENDAR, RULES, HOURS, times=times
    )
    assert found.due_at == london(*due, 23, 59)
    assert [step.number for step in found.working] == list(range(months + 1))


def test_a_count_in_months_shows_the_last_day_of_a_month_that_is_too_short() -> None:
    found = clock(ClockKind.REG_13, london(2026, 10, 31, 10))
    assert [str(step.day) for step in found.working][:5] == [
        "2026-10-31",
        "2026-11-30",
        "2026-12-31",
        "2027-01-31",
        "2027-02-28",
    ]
    assert found.due_on == date(2027, 10, 31)


def test_days_that_stand_still_are_passed_over_and_marked() -> None:
    still = {date(2026, 7, 8), date(2026, 7, 11)}
    acknowledge, period = (
        derive_clock(kind, london(2026, 7, 6, 10), CALENDAR, RULES, HOURS, still=still)
        for kind in (ClockKind.REVIEW_ACKNOWLEDGE, ClockKind.REVIEW_PERIOD)
    )
    assert acknowledge.due_on == date(2026, 7, 14)
    assert period.due_on == date(2026, 8, 5)
    for found in (acknowledge, period):
        assert {step.day for step in found.working if step.still} == still
        assert not any(step.counted for step in found.working if step.still)


def test_a_call_is_due_at_the_end_of_that_weekdays_own_hours() -> None:
    friday = HOURS.friday.model_copy(update={"closes": HOURS.friday.closes.replace(hour=13)})
    hours = HOURS.model_copy(update={"friday": friday})
    found = derive_clock(ClockKind.CALL, london(2026, 7, 8, 10, 0), CALENDAR, RULES, hours)
    assert found.due_at == london(2026, 7, 10, 13, 30)


def test_opening_hours_end_with_the_day_where_the_office_does_not_open() -> None:
    call = RULES.clocks[ClockKind.CALL].model_copy(update={"unit": Unit.CALENDAR_DAYS})
    rules = RULES.model_copy(update={"clocks": {ClockKind.CALL: call}})
    found = derive_clock(ClockKind.CALL, london(2026, 7, 10, 10, 0), CALENDAR, rules, HOURS)
    assert call.until is Until.END_OF_OPENING_HOURS
    assert found.due_at == london(2026, 7, 12, 23, 59)


def _shorter_call_from(day: date) -> RuleSet:
    call = RULES.clocks[ClockKind.CALL].model_copy(update={"days": 1})
    clocks = {**RULES.clocks, ClockKind.CALL: call}
    return RuleSet(version="shorter call", valid_from=day, clocks=clocks)


def test_a_complaint_keeps_the_rule_set_of_its_own_date() -> None:
    rule_sets = (_shorter_call_from(date(2026, 7, 1)), *load_rule_sets())
    assert rule_set_on(date(2026, 6, 30), rule_sets) is RULES
    assert rule_set_on(date(2026, 7, 1), rule_sets).version == "shorter call"


def test_another_rule_set_gives_another_date_and_names_itself() -> None:
    rules = _shorter_call_from(date(2026, 1, 1))
    found = derive_clock(ClockKind.CALL, london(2026, 4, 2, 17, 10), CALENDAR, rules, HOURS)
    assert (found.due_on, found.rules_version) == (date(2026, 4, 7), "shorter call")


def test_a_complaint_older_than_every_rule_set_is_refused() -> None:
    assert rule_set_on(date(2020, 2, 1), load_rule_sets()) is RULES
    with pytest.raises(NoRuleSet, match="2020-01-31"):
        rule_set_on(date(2020, 1, 31), load_rule_sets())


def test_every_kind_of_clock_has_a_rule_in_every_rule_set() -> None:
    assert all(set(rules.clocks) == set(ClockKind) for rules in load_rule_sets())


# Until the last day from which a year is within the calendar.
INSTANTS = st.datetimes(
    datetime(2020, 2, 1),  # noqa: DTZ001
    datetime(2027, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)
A_MINUTE = timedelta(minutes=1)


@given(INSTANTS, st.sampled_from(ClockKind))
def test_nothing_is_ever_due_before_it_was_received(received: datetime, kind: ClockKind) -> None:
    found = clock(kind, received)
    assert received < found.due_at + A_MINUTE  # a day ends with its minute 23:59
    assert found.working[0].day == london_day(received) <= found.due_on
    assert found.do_by <= found.due_on == london_day(found.due_at) == found.working[-1].day


@given(INSTANTS, st.sampled_from(ClockKind))
def test_the_working_numbers_each_of_the_days_or_months_allowed(
    received: datetime, kind: ClockKind
) -> None:
    found, rule = clock(kind, received), RULES.clocks[kind]
    numbers = [step.number for step in found.working if step.number is not None]
    assert numbers == list(range(1 + (0 if rule.unit is Unit.HOURS else rule.days)))
    if rule.unit is Unit.HOURS:
        assert found.due_at - received == timedelta(hours=rule.days)


@given(INSTANTS, INSTANTS, st.sampled_from(ClockKind))
def test_what_came_later_is_never_due_earlier(
    one: datetime, other: datetime, kind: ClockKind
) -> None:
    first, second = sorted((one, other))
    assert clock(kind, first).due_at <= clock(kind, second).due_at


@given(INSTANTS, st.integers(0, 40), st.sampled_from(ClockKind))
def test_an_added_holiday_never_brings_a_deadline_forward(
    received: datetime, offset: int, kind: ClockKind
) -> None:
    holiday = london_day(received) + timedelta(days=offset)
    added = replace(CALENDAR, holidays={**CALENDAR.holidays, holiday: "Proclaimed"})
    found, later = clock(kind, received), derive_clock(kind, received, added, RULES, HOURS)
    assert later.due_at >= found.due_at
    assert later.due_at == found.due_at or found.unit is Unit.WORKING_DAYS
