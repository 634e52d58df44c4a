"""What becomes of each clock as things happen: scenarios S1, S2, S3 and S6, and every state."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from complaints_law.calendar import load_calendar
from complaints_law.errors import CalendarEnds
from complaints_law.london import LONDON
from complaints_law.office import load_office
from complaints_law.rule_sets import ClockKind, Happened, load_rule_sets, rule_set_on
from complaints_law.running import (
    Basis,
    Event,
    Moved,
    Run,
    State,
    Taken,
    run_clocks,
    suspensions,
    time_taken,
    what_if,
)

BASIS = Basis(
    load_calendar(),
    rule_set_on(date(2026, 1, 1), load_rule_sets()),
    load_office().opening_hours,
)


def london(text: str) -> datetime:
    """The instant at which London's clocks show `2026-04-02 17:10`."""
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


def story(*lines: str) -> list[Event]:
    """Events from lines such as `2026-04-08 17:05 TASK_SENT van`, in London time."""
    events = []
    for line in lines:
        day, time, what, *about = line.split()
        events.append(Event(what=Happened(what), at=london(f"{day} {time}"), about=" ".join(about)))
    return events


def runs(kind: ClockKind, events: list[Event], now: str, basis: Basis = BASIS) -> list[Run]:
    return [run for run in run_clocks(events, london(now), basis) if run.kind is kind]


def one(kind: ClockKind, events: list[Event], now: str, basis: Basis = BASIS) -> Run:
    [run] = runs(kind, events, now, basis)
    return run


def state(kind: ClockKind, events: list[Event], now: str) -> State:
    return one(kind, events, now).state


def due(run: Run) -> str:
    assert run.clock
    return f"{run.clock.due_at.astimezone(LONDON):%Y-%m-%d %H:%M}"


def told(events: list[Event], now: str) -> dict[str, tuple[str, str]]:
    """Due and state of every clock of a story in which each opens once."""
    found = run_clocks(events, london(now), BASIS)
    assert len({run.kind for run in found}) == len(found)
    return {run.kind.value: (due(run), run.state.value) for run in found}


S1 = (
    "2026-04-02 17:10 MADE",
    "2026-04-07 10:00 LOGGED",
    "2026-04-08 16:30 REACHED",
    "2026-04-08 17:00 SERVICE_RECOVERY_STARTED",
    "2026-04-08 17:05 TASK_SENT van",
    "2026-04-13 12:00 TASK_ANSWERED van",
    "2026-04-14 11:00 SERVICE_RECOVERY_ENDED",
    "2026-04-14 11:00 OUTCOME",
    "2026-04-21 12:00 OUTCOME_TOLD",
)


def test_s1_a_complaint_over_easter_is_put_right_in_time_and_has_no_review() -> None:
    assert told(story(*S1), "2026-04-22 09:00") == {
        "LOG": ("2026-04-07 23:59", "MET"),
        "CALL": ("2026-04-08 16:30", "MET"),
        "FIRST_UPDATE": ("2026-04-30 23:59", "MET"),
        "SERVICE_RECOVERY": ("2026-04-30 23:59", "MET"),
        "FORCE_TASK": ("2026-04-15 23:59", "MET"),
        "OUTCOME_NOTICE": ("2026-04-21 23:59", "MET"),
        "SURVEY": ("2026-04-28 23:59", "RUNNING"),
    }


def test_s1_took_six_working_days_to_resolve() -> None:
    taken = time_taken(london("2026-04-02 17:10"), london("2026-04-14 11:00"), (), BASIS.calendar)
    assert (taken.working_days, taken.calendar_days) == (6, 12)


def test_s2_an_injury_at_a_bank_holiday_weekend_is_recorded_and_referred_without_waiting() -> None:
    events = story(
        "2026-05-23 23:40 MADE",
        "2026-05-23 23:45 MUST_BE_RECORDED",
        "2026-05-23 23:45 MUST_BE_REFERRED",
        "2026-05-23 23:50 RECORDED",
        "2026-05-23 23:55 TRANSFERRED",
        "2026-05-23 23:55 TRANSFERRED_URGENTLY",
        "2026-05-24 02:00 FORCE_ACCEPTED",
        "2026-05-24 14:00 REFERRED",
        "2026-05-26 09:00 LOGGED",
        "2026-05-27 10:00 REACHED",
        "2026-06-15 10:00 FORCE_REPORTED",
    )
    assert told(events, "2026-06-19 09:00") == {
        "LOG": ("2026-05-26 23:59", "MET"),
        "CALL": ("2026-05-27 16:30", "MET"),
        "FIRST_UPDATE": ("2026-06-20 23:59", "RUNNING"),
        "RECORD": ("2026-05-23 23:59", "MET"),
        "TRANSFER": ("2026-05-23 23:59", "MET"),
        "FORCE_ACKNOWLEDGEMENT": ("2026-05-26 23:59", "MET"),
        "URGENT_FORCE_ACKNOWLEDGEMENT": ("2026-05-24 01:55", "MISSED"),
        "FORCE_PROGRESS": ("2026-06-15 23:59", "MET"),
        "REFERRAL": ("2026-05-24 23:59", "MET"),
    }
    update = one(ClockKind.FIRST_UPDATE, events, "2026-06-19 09:00")
    assert update.clock
    assert update.clock.do_by == date(2026, 6, 19)


def test_s3_the_force_refers_discrimination_by_the_next_day_and_the_call_explains_why() -> None:
    events = story(
        "2026-06-10 09:00 MADE",
        "2026-06-10 11:00 MUST_BE_RECORDED",
        "2026-06-10 11:00 RECORDED",
        "2026-06-10 12:00 TRANSFERRED",
        "2026-06-10 15:00 MUST_BE_REFERRED",
        "2026-06-12 00:05 REFERRED",
        "2026-06-12 16:29 REACHED",
    )
    found = told(events, "2026-06-12 17:00")
    assert found["CALL"] == ("2026-06-12 16:30", "MET")
    assert found["REFERRAL"] == ("2026-06-11 23:59", "MISSED")


S6 = (
    "2026-03-02 10:00 MADE",
    "2026-03-03 10:00 LOGGED",
    "2026-03-04 10:00 REACHED",
    "2026-03-04 10:00 SERVICE_RECOVERY_STARTED",
    "2026-03-13 09:00 MUST_BE_RECORDED",
    "2026-03-13 10:00 RECORDED",
    "2026-03-13 11:00 TRANSFERRED",
    "2026-03-13 15:00 FORCE_ACCEPTED",
    "2026-03-31 10:00 OUTCOME",
    "2026-04-01 10:00 OUTCOME_TOLD",
)


def test_s6_recording_ends_service_recovery_and_the_letter_opens_the_time_for_a_review() -> None:
    assert told(story(*S6), "2026-04-29 12:00") == {
        "LOG": ("2026-03-03 23:59", "MET"),
        "CALL": ("2026-03-04 16:30", "MET"),
        "FIRST_UPDATE": ("2026-03-30 23:59", "MISSED"),
        "SERVICE_RECOVERY": ("2026-03-30 23:59", "DROPPED"),
        "RECORD": ("2026-03-13 23:59", "MET"),
        "TRANSFER": ("2026-03-13 23:59", "MET"),
        "FORCE_ACKNOWLEDGEMENT": ("2026-03-16 23:59", "MET"),
        "FORCE_PROGRESS": ("2026-03-25 23:59", "MISSED"),
        "OUTCOME_NOTICE": ("2026-04-09 23:59", "MET"),
        "REVIEW_PERIOD": ("2026-04-29 23:59", "RUNNING"),
    }


@pytest.mark.parametrize(
    ("applied", "expected"),
    [
        ("2026-04-27 09:00", State.MET),
        ("2026-04-29 23:59", State.MET),
        ("2026-04-30 00:00", State.MISSED),
        ("2026-05-06 09:00", State.MISSED),
    ],
)
def test_s6_a_review_is_in_time_until_the_end_of_29_april(applied: str, expected: State) -> None:
    events = story(*S6, f"{applied} REVIEW_APPLIED")
    assert state(ClockKind.REVIEW_PERIOD, events, "2026-05-06 12:00") is expected


def test_s6_the_days_at_the_wrong_body_are_left_out_and_marked() -> None:
    events = story(
        *S6,
        "2026-04-27 09:00 REVIEW_APPLIED",
        "2026-04-27 09:00 REVIEW_FORWARDED",
        "2026-05-01 09:00 REVIEW_RETURNED",
    )
    run = one(ClockKind.REVIEW_COMPLETE, events, "2026-05-01 10:00")
    assert (due(run), run.state) == ("2026-06-12 23:59", State.RUNNING)
    assert run.clock
    assert [str(step.day) for step in run.clock.working if step.still] == [
        "2026-04-28",
        "2026-04-29",
        "2026-04-30",
        "2026-05-01",
    ]


def test_nothing_has_happened_before_now() -> None:
    assert run_clocks(story(*S1), london("2026-04-02 17:09"), BASIS) == ()


def test_runs_are_in_the_order_they_were_opened() -> None:
    found = run_clocks(reversed(story(*S1)), london("2026-06-01 09:00"), BASIS)
    assert [run.opened_at for run in found] == sorted(run.opened_at for run in found)


def test_only_the_kinds_that_are_asked_for_are_run() -> None:
    now = london("2026-04-22 09:00")
    found = run_clocks(story(*S1), now, BASIS, {ClockKind.LOG, ClockKind.CALL})
    asked = [run for run in run_clocks(story(*S1), now, BASIS) if run.kind in ("LOG", "CALL")]
    assert list(found) == asked
    assert len(found) == 2


def test_where_nobody_says_when_the_office_is_open_a_call_is_due_by_the_end_of_the_day() -> None:
    basis = replace(BASIS, opening_hours=None)
    run = one(ClockKind.CALL, story("2026-04-02 17:10 MADE"), "2026-04-03 09:00", basis)
    assert due(run) == "2026-04-08 23:59"


def test_a_clock_runs_until_its_last_minute_and_is_missed_after_it() -> None:
    events = story("2026-04-02 17:10 MADE")
    assert state(ClockKind.CALL, events, "2026-04-08 16:30") is State.RUNNING
    assert state(ClockKind.CALL, events, "2026-04-08 16:31") is State.MISSED


def test_what_is_done_late_stays_missed_and_says_when_it_was_done() -> None:
    events = story("2026-04-02 17:10 MADE", "2026-04-08 16:31 REACHED")
    run = one(ClockKind.CALL, events, "2026-04-09 09:00")
    assert run.state is State.MISSED
    assert (run.ended_by, run.ended_at) == (Happened.REACHED, london("2026-04-08 16:31"))


def test_what_falls_away_in_time_is_dropped_and_what_was_late_by_then_is_missed() -> None:
    events = story("2026-04-02 17:10 MADE", "2026-04-09 09:00 CLOSED")
    run = one(ClockKind.FIRST_UPDATE, events, "2026-06-01 09:00")
    assert (run.state, run.ended_by) == (State.DROPPED, Happened.CLOSED)
    assert state(ClockKind.CALL, events, "2026-06-01 09:00") is State.MISSED


def test_whatever_came_first_of_being_met_and_falling_away_counts() -> None:
    closed, updated = "2026-04-09 09:00 CLOSED", "2026-04-09 09:00 UPDATED"
    for first, second, expected in (
        (closed, updated, State.DROPPED),
        (updated, closed, State.MET),
    ):
        events = story("2026-04-02 17:10 MADE", first, second)
        assert state(ClockKind.FIRST_UPDATE, events, "2026-04-10 09:00") is expected


def test_what_can_be_done_without_the_person_runs_on_when_contact_is_lost() -> None:
    events = story("2026-04-02 17:10 MADE", "2026-04-03 09:00 OUT_OF_CONTACT")
    assert state(ClockKind.LOG, events, "2026-04-04 09:00") is State.RUNNING


def test_nobody_is_late_with_whom_there_is_no_way_to_reach() -> None:
    events = story("2026-04-02 17:10 MADE", "2026-04-08 09:00 OUT_OF_CONTACT")
    for now in ("2026-04-08 10:00", "2026-06-01 09:00"):
        assert state(ClockKind.CALL, events, now) is State.NOT_CONTACTABLE
        assert state(ClockKind.FIRST_UPDATE, events, now) is State.NOT_CONTACTABLE
    assert state(ClockKind.LOG, events, "2026-06-01 09:00") is State.MISSED


def test_contact_that_was_lost_after_the_deadline_excuses_nothing() -> None:
    events = story("2026-04-02 17:10 MADE", "2026-04-08 16:31 OUT_OF_CONTACT")
    assert state(ClockKind.CALL, events, "2026-04-09 09:00") is State.MISSED


def test_once_they_are_reached_again_the_update_is_due_again() -> None:
    events = story(
        "2026-04-02 17:10 MADE", "2026-04-08 09:00 OUT_OF_CONTACT", "2026-04-20 09:00 REACHED"
    )
    assert state(ClockKind.FIRST_UPDATE, events, "2026-04-21 09:00") is State.RUNNING


def test_of_several_receipts_the_earliest_counts() -> None:
    events = story("2026-05-23 23:40 MADE", "2026-04-02 17:10 MADE")
    assert due(one(ClockKind.CALL, events, "2026-06-01 09:00")) == "2026-04-08 16:30"


def test_the_update_clock_goes_on_at_the_force_and_while_handling_is_suspended() -> None:
    events = story(
        "2026-03-02 10:00 MADE",
        "2026-03-03 10:00 RECORDED",
        "2026-03-03 10:00 TRANSFERRED",
        "2026-03-04 10:00 INVESTIGATED",
        "2026-03-09 10:00 SUSPENDED",
    )
    run = one(ClockKind.FIRST_UPDATE, events, "2026-03-20 09:00")
    assert (due(run), run.state) == ("2026-03-30 23:59", State.RUNNING)
    assert state(ClockKind.FIRST_UPDATE, events, "2026-03-31 09:00") is State.MISSED

    events += story("2026-03-30 10:00 UPDATED")
    run = one(ClockKind.NEXT_UPDATE, events, "2026-04-20 09:00")
    assert (due(run), run.state) == ("2026-04-27 23:59", State.RUNNING)
    assert state(ClockKind.NEXT_UPDATE, events, "2026-04-28 09:00") is State.MISSED


def test_the_next_update_is_due_four_weeks_from_each_until_the_outcome_is_told() -> None:
    events = story(
        "2026-03-02 10:00 MADE",
        "2026-03-20 10:00 UPDATED",
        "2026-04-18 00:00 UPDATED",
        "2026-05-01 10:00 OUTCOME_TOLD",
    )
    found = runs(ClockKind.NEXT_UPDATE, events, "2026-06-01 09:00")
    assert [(due(run), run.state) for run in found] == [
        ("2026-04-17 23:59", State.MISSED),
        ("2026-05-16 23:59", State.MET),
    ]


def test_the_force_reports_five_days_before_each_update_that_it_is_asked_for() -> None:
    events = story(
        "2026-03-02 10:00 MADE",
        "2026-03-03 10:00 TRANSFERRED",
        "2026-03-24 10:00 FORCE_REPORTED",
        "2026-03-26 10:00 UPDATED",
        "2026-04-20 10:00 UPDATED",
    )
    found = runs(ClockKind.FORCE_PROGRESS, events, "2026-04-21 09:00")
    assert [(due(run), run.state) for run in found] == [
        ("2026-03-25 23:59", State.MET),
        ("2026-04-18 23:59", State.MISSED),
        ("2026-05-13 23:59", State.RUNNING),
    ]


def test_no_report_of_progress_is_asked_of_a_force_that_has_nothing() -> None:
    events = story("2026-03-02 10:00 MADE", "2026-03-20 10:00 UPDATED")
    assert runs(ClockKind.FORCE_PROGRESS, events, "2026-06-01 09:00") == []


def test_nobody_is_late_with_what_was_over_before_they_were_asked() -> None:
    events = story("2026-03-02 10:00 MADE", "2026-03-26 10:00 TRANSFERRED")
    assert runs(ClockKind.FORCE_PROGRESS, events, "2026-06-01 09:00") == []


INVESTIGATION = ("2025-01-31 10:00 MADE", "2025-02-10 10:00 INVESTIGATED")


def test_a_local_investigation_is_reported_at_twelve_months_and_then_every_six() -> None:
    events = story(
        *INVESTIGATION, "2026-01-31 10:00 REG_13_LETTER", "2026-08-01 10:00 REG_13_LETTER"
    )
    found = runs(ClockKind.REG_13, events, "2026-09-01 09:00")
    assert [(due(run), run.state) for run in found] == [
        ("2026-01-31 23:59", State.MET),
        ("2026-07-31 23:59", State.MISSED),
        ("2027-01-31 23:59", State.RUNNING),
    ]


def test_an_outcome_ends_the_notices_under_regulation_13() -> None:
    events = story(*INVESTIGATION, "2026-03-02 10:00 OUTCOME")
    found = runs(ClockKind.REG_13, events, "2028-01-01 09:00")
    assert [(due(run), run.state) for run in found] == [
        ("2026-01-31 23:59", State.MISSED),
        ("2026-07-31 23:59", State.DROPPED),
    ]


def test_an_investigation_that_began_after_twelve_months_is_first_reported_at_eighteen() -> None:
    events = story(
        "2025-01-31 10:00 MADE",
        "2026-03-10 10:00 INVESTIGATED",
        "2026-07-20 10:00 REG_13_LETTER",
    )
    found = runs(ClockKind.REG_13, events, "2026-09-01 09:00")
    assert [(due(run), run.state) for run in found] == [
        ("2026-07-31 23:59", State.MET),
        ("2027-01-31 23:59", State.RUNNING),
    ]


def reported(now: str, *lines: str) -> list[tuple[str, str]]:
    """Each notice under regulation 13 (L30c): the day it is due, and its state."""
    events = story("2024-01-10 09:00 MADE", "2024-02-01 09:00 INVESTIGATED", *lines)
    return [(due(run)[:10], run.state.value) for run in runs(ClockKind.REG_13, events, now)]


def test_l30c_a_corrected_letter_is_not_that_of_the_next_six_months() -> None:
    letters = ("2025-01-08 09:00 REG_13_LETTER", "2025-01-09 09:00 REG_13_LETTER")
    assert reported("2025-08-01 09:00", *letters) == [
        ("2025-01-10", "MET"),
        ("2025-07-10", "MISSED"),
        ("2026-01-10", "RUNNING"),
    ]
    assert reported("2025-08-01 09:00", *letters, "2025-01-11 09:00 REG_13_LETTER")[1:2] == [
        ("2025-07-10", "MET")
    ]


def test_l30c_letters_are_those_of_the_periods_in_their_order_also_where_they_are_late() -> None:
    assert reported(
        "2025-08-01 09:00", "2025-02-03 09:00 REG_13_LETTER", "2025-07-10 09:00 REG_13_LETTER"
    ) == [("2025-01-10", "MISSED"), ("2025-07-10", "MET"), ("2026-01-10", "RUNNING")]
    assert reported("2025-08-01 09:00", "2025-07-01 09:00 REG_13_LETTER") == [
        ("2025-01-10", "MISSED"),
        ("2025-07-10", "MISSED"),
        ("2026-01-10", "RUNNING"),
    ]


def test_l30c_an_investigation_that_comes_back_from_the_iopc_is_reported_once() -> None:
    assert reported(
        "2025-02-01 09:00", "2024-05-01 09:00 REFERRED", "2024-06-01 09:00 INVESTIGATED"
    ) == [("2025-01-10", "MISSED"), ("2025-07-10", "RUNNING")]


@pytest.mark.parametrize("end", ["OUTCOME", "CLOSED", "IOPC_TOOK_OVER"])
def test_l30c_an_investigation_after_one_that_ended_is_reported_anew(end: str) -> None:
    ended = f"2024-05-01 09:00 {end}"
    assert reported("2025-02-01 09:00", ended) == [("2025-01-10", "DROPPED")]
    again = (ended, "2024-06-01 09:00 INVESTIGATED")
    anew = [("2025-01-10", "DROPPED"), ("2025-01-10", "MISSED"), ("2025-07-10", "RUNNING")]
    assert reported("2025-02-01 09:00", *again) == anew
    assert reported("2025-02-01 09:00", *again, "2024-07-01 09:00 REOPENED") == anew


def test_l30c_a_case_that_is_reopened_is_reported_again_from_the_next_period_on() -> None:
    assert reported(
        "2026-08-01 09:00",
        "2024-12-01 09:00 CLOSED",
        "2025-08-01 09:00 REOPENED",
        "2025-12-01 09:00 REG_13_LETTER",
    ) == [
        ("2025-01-10", "DROPPED"),
        ("2026-01-10", "MET"),
        ("2026-07-10", "MISSED"),
        ("2027-01-10", "RUNNING"),
    ]


def test_l30c_an_outcome_after_a_case_was_reopened_ends_the_notices() -> None:
    closed = ("2024-12-01 09:00 CLOSED", "2025-02-01 09:00 REOPENED")
    both = [("2025-01-10", "DROPPED"), ("2025-07-10", "DROPPED")]
    assert reported("2027-01-01 09:00", *closed, "2025-03-01 09:00 OUTCOME") == both
    assert reported("2027-01-01 09:00", *closed, "2025-01-20 09:00 OUTCOME") == both


def test_two_tasks_at_once_are_told_apart_by_what_they_are_about() -> None:
    events = story(
        "2026-04-08 10:00 TASK_SENT van",
        "2026-04-08 10:00 TASK_SENT door",
        "2026-04-09 10:00 TASK_ANSWERED door",
    )
    found = runs(ClockKind.FORCE_TASK, events, "2026-04-16 09:00")
    assert {run.about: (due(run), run.state) for run in found} == {
        "van": ("2026-04-15 23:59", State.MISSED),
        "door": ("2026-04-15 23:59", State.MET),
    }


def test_a_closing_that_was_undone_in_time_dropped_nothing() -> None:
    events = story("2026-04-02 17:10 MADE", "2026-04-09 09:00 CLOSED", "2026-04-10 09:00 REOPENED")
    assert state(ClockKind.FIRST_UPDATE, events, "2026-04-09 10:00") is State.DROPPED
    assert state(ClockKind.FIRST_UPDATE, events, "2026-04-10 10:00") is State.RUNNING
    assert state(ClockKind.FIRST_UPDATE, events, "2026-05-01 10:00") is State.MISSED


def test_a_second_closing_drops_what_the_first_did_not() -> None:
    events = story(
        "2026-04-02 17:10 MADE",
        "2026-04-09 09:00 CLOSED",
        "2026-04-10 09:00 REOPENED",
        "2026-04-20 09:00 CLOSED",
    )
    run = one(ClockKind.FIRST_UPDATE, events, "2026-06-01 09:00")
    assert (run.state, run.ended_at) == (State.DROPPED, london("2026-04-20 09:00"))


def test_a_case_that_is_reopened_after_a_deadline_was_not_late_with_it_and_has_a_new_one() -> None:
    events = story("2026-04-02 17:10 MADE", "2026-04-09 09:00 CLOSED", "2026-06-01 09:00 REOPENED")
    run = one(ClockKind.FIRST_UPDATE, events, "2026-06-02 09:00")
    assert (run.state, run.ended_at) == (State.DROPPED, london("2026-04-09 09:00"))
    run = one(ClockKind.NEXT_UPDATE, events, "2026-06-02 09:00")
    assert (due(run), run.state) == ("2026-06-29 23:59", State.RUNNING)


def test_a_review_that_is_with_another_body_stands_still_and_goes_on_when_it_is_back() -> None:
    applied = story("2026-07-06 10:00 REVIEW_APPLIED", "2026-07-08 10:00 REVIEW_FORWARDED")
    run = one(ClockKind.REVIEW_COMPLETE, applied, "2026-12-01 09:00")
    assert (run.state, run.clock, run.refused) == (State.SUSPENDED, None, None)

    back = applied + story("2026-07-10 10:00 REVIEW_RETURNED")
    run = one(ClockKind.REVIEW_COMPLETE, back, "2026-07-13 09:00")
    assert (due(run), run.state) == ("2026-08-17 23:59", State.RUNNING)
    assert run.clock
    assert [step.day.day for step in run.clock.working if step.still] == [9, 10]

    decided = back + story("2026-08-17 10:00 REVIEW_DECIDED")
    assert state(ClockKind.REVIEW_COMPLETE, decided, "2026-12-01 09:00") is State.MET


@pytest.mark.parametrize(
    "afterwards", [(), ("2026-08-17 10:00 REVIEW_RETURNED",), ("2026-08-17 10:00 REVIEW_DECIDED",)]
)
def test_a_review_that_was_late_before_it_was_forwarded_stays_late(
    afterwards: tuple[str, ...],
) -> None:
    events = story(
        "2026-07-06 10:00 REVIEW_APPLIED", "2026-08-14 10:00 REVIEW_FORWARDED", *afterwards
    )
    run = one(ClockKind.REVIEW_COMPLETE, events, "2026-08-18 09:00")
    assert (due(run), run.state) == ("2026-08-13 23:59", State.MISSED)


def test_beyond_the_calendar_a_run_has_no_date_but_words() -> None:
    events = story("2028-12-18 10:00 MADE", "2028-12-18 10:00 INVESTIGATED")
    now = "2028-12-19 09:00"
    run = one(ClockKind.FIRST_UPDATE, events, now)
    assert (run.state, run.clock) == (State.RUNNING, None)
    assert run.refused
    assert "2029-01-01" in run.refused
    assert one(ClockKind.CALL, events, now).refused is None
    assert one(ClockKind.REG_13, events, now).refused


def test_beyond_the_calendar_a_closing_that_was_undone_dropped_nothing() -> None:
    events = story("2028-12-18 10:00 MADE", "2028-12-19 10:00 CLOSED", "2028-12-20 10:00 REOPENED")
    run = one(ClockKind.FIRST_UPDATE, events, "2028-12-21 09:00")
    assert (run.state, run.ended_by) == (State.RUNNING, None)


def test_beyond_the_calendar_a_review_that_came_back_runs_and_does_not_stand_still() -> None:
    events = story(
        "2028-12-01 10:00 REVIEW_APPLIED",
        "2028-12-04 10:00 REVIEW_FORWARDED",
        "2028-12-06 10:00 REVIEW_RETURNED",
    )
    run = one(ClockKind.REVIEW_COMPLETE, events, "2028-12-07 09:00")
    assert (run.state, run.clock) == (State.RUNNING, None)
    assert run.refused


def _with_holiday(day: date) -> Basis:
    holidays = {**BASIS.calendar.holidays, day: "Proclaimed"}
    return replace(BASIS, calendar=replace(BASIS.calendar, holidays=holidays))


def test_on_the_same_basis_nothing_moves() -> None:
    assert what_if(story(*S1), london("2026-06-01 09:00"), BASIS, BASIS) == ()


def test_an_added_holiday_moves_the_clocks_that_count_working_days_over_it_and_no_other() -> None:
    added = _with_holiday(date(2026, 4, 8))
    moved = what_if(story(*S1), london("2026-06-01 09:00"), BASIS, added)
    assert moved == (
        Moved(
            kind=ClockKind.CALL,
            opened_at=london("2026-04-02 17:10"),
            about="",
            before=date(2026, 4, 8),
            after=date(2026, 4, 9),
        ),
    )
    tuesday = what_if(
        story(*S1), london("2026-06-01 09:00"), BASIS, _with_holiday(date(2026, 4, 7))
    )
    assert [(move.kind, move.after) for move in tuesday] == [
        (ClockKind.LOG, date(2026, 4, 8)),
        (ClockKind.CALL, date(2026, 4, 9)),
    ]


def test_a_date_that_only_the_newer_calendar_can_count_is_shown_as_one_that_was_not_there() -> None:
    shorter = replace(BASIS, calendar=replace(BASIS.calendar, last_year=2025))
    events = story("2025-12-10 09:00 MADE")
    moved = what_if(events, london("2025-12-11 09:00"), shorter, BASIS)
    assert [(move.kind, move.before, move.after) for move in moved] == [
        (ClockKind.FIRST_UPDATE, None, date(2026, 1, 7))
    ]


def test_suspensions_are_told_apart_and_one_that_goes_on_has_no_end() -> None:
    events = story(
        "2026-03-09 10:00 SUSPENDED trial",
        "2026-03-11 10:00 SUSPENDED appeal",
        "2026-03-12 10:00 SUSPENDED trial",
        "2026-03-16 10:00 RESUMED trial",
        "2026-03-17 10:00 RESUMED trial",
    )
    assert suspensions(reversed(events)) == (
        (london("2026-03-09 10:00"), london("2026-03-16 10:00")),
        (london("2026-03-11 10:00"), None),
    )


def test_time_taken_is_given_with_and_without_suspension_in_both_units() -> None:
    taken = time_taken(
        london("2026-03-02 10:00"),
        london("2026-03-31 10:00"),
        [
            (london("2026-03-09 10:00"), london("2026-03-16 10:00")),
            (london("2026-03-11 10:00"), london("2026-03-18 10:00")),
            (london("2026-03-30 10:00"), None),
        ],
        BASIS.calendar,
    )
    assert taken == Taken(
        working_days=21,
        working_days_not_suspended=13,
        calendar_days=29,
        calendar_days_not_suspended=19,
    )


def test_a_suspension_that_ended_on_the_day_it_began_takes_no_day_away() -> None:
    day = (london("2026-03-09 10:00"), london("2026-03-09 15:00"))
    taken = time_taken(
        london("2026-03-02 10:00"), london("2026-03-10 10:00"), [day], BASIS.calendar
    )
    assert taken.calendar_days == taken.calendar_days_not_suspended == 8


def test_time_taken_from_an_end_to_a_beginning_is_refused() -> None:
    start = london("2026-03-02 10:00")
    with pytest.raises(ValueError, match="swap"):
        time_taken(start, start - timedelta(minutes=1), (), BASIS.calendar)


def test_time_taken_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(CalendarEnds):
        time_taken(london("2028-12-01 10:00"), london("2029-01-02 10:00"), (), BASIS.calendar)
