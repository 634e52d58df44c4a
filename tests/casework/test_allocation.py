"""Who gets a case."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints_casework.domain.allocation import (
    FOR_TEAM_LEADER,
    allocate,
    needs_team_leader,
    new_holder,
    still_before,
)
from complaints_casework.domain.codes import Reason
from complaints_contracts.codes import ContactType, Queue

ADVISERS = [f"adviser-{number}" for number in range(1, 8)]
some = st.lists(st.sampled_from(ADVISERS), unique=True)
loads_of = st.dictionaries(st.sampled_from(ADVISERS), st.integers(0, 50))
ids = st.uuids()


@given(case=ids, present=some, named=st.sets(st.sampled_from(ADVISERS)), loads=loads_of)
def test_only_somebody_present_and_not_named_gets_a_case_and_has_the_lightest_load(
    case: UUID, present: list[str], named: set[str], loads: dict[str, int]
) -> None:
    chosen = allocate(case, present, named, loads)
    eligible = set(present) - named
    if not eligible:
        assert chosen is (Reason.EVERYBODY_NAMED if present else Reason.NOBODY_PRESENT)
    else:
        assert chosen in eligible
        assert loads.get(chosen, 0) == min(loads.get(adviser, 0) for adviser in eligible)


@given(cases=st.lists(ids, max_size=60), present=some.filter(bool), start=st.integers(0, 9))
def test_within_a_batch_loads_differ_by_one_at_most(
    cases: list[UUID], present: list[str], start: int
) -> None:
    loads = Counter(dict.fromkeys(present, start))
    for case in cases:
        loads[allocate(case, present, (), loads)] += 1
    assert max(loads.values()) - min(loads.values()) <= 1


@given(case=ids, present=some.filter(bool), loads=loads_of)
def test_the_order_of_the_register_decides_nothing(
    case: UUID, present: list[str], loads: dict[str, int]
) -> None:
    assert allocate(case, present, (), loads) == allocate(case, present[::-1], (), loads)


def test_equal_loads_are_shared_out_fairly() -> None:
    got = Counter(allocate(UUID(int=n), ADVISERS, (), {}) for n in range(7000))
    assert set(got) == set(ADVISERS)
    assert min(got.values()) > 850


def test_a_complaint_about_our_staff_is_never_given_to_an_adviser() -> None:
    for queue in Queue:
        assert needs_team_leader(queue, ContactType.STAFF_COMPLAINT) is Reason.ABOUT_OUR_STAFF


def test_what_we_do_not_know_how_to_route_is_put_before_a_person() -> None:
    assert needs_team_leader(Queue.OTHER, ContactType.COMPLAINT) is Reason.UNKNOWN_SORTING
    assert needs_team_leader(Queue.RESOLUTION, ContactType.OTHER) is Reason.UNKNOWN_SORTING


@pytest.mark.parametrize("queue", Queue)
@pytest.mark.parametrize("contact_type", ContactType)
@given(case=ids, present=some, named=st.sets(st.sampled_from(ADVISERS)), loads=loads_of)
def test_every_case_has_an_adviser_or_waits_for_the_team_leader(
    queue: Queue,
    contact_type: ContactType,
    case: UUID,
    present: list[str],
    named: set[str],
    loads: dict[str, int],
) -> None:
    holder = new_holder(case, queue, contact_type, present, named, loads)
    eligible = set(present) - named
    ours = contact_type not in (ContactType.STAFF_COMPLAINT, ContactType.OTHER)
    if eligible and ours and queue not in FOR_TEAM_LEADER:
        assert holder in eligible
    else:
        assert isinstance(holder, Reason)


def test_only_our_staff_spam_and_the_unknown_wait_for_the_team_leader() -> None:
    assert set(FOR_TEAM_LEADER) == {
        Queue.STAFF,
        Queue.SUSPECTED_SPAM,
        Queue.OTHER,
    }


@pytest.mark.parametrize(
    ("now", "before"),
    [
        (datetime(2026, 4, 20, 9, tzinfo=UTC), datetime(2026, 4, 6, 22, 59, tzinfo=UTC)),
        (datetime(2026, 4, 19, 23, 30, tzinfo=UTC), datetime(2026, 4, 6, 22, 59, tzinfo=UTC)),
        (datetime(2099, 6, 20, 9, tzinfo=UTC), datetime(2099, 6, 6, 22, 59, tzinfo=UTC)),
    ],
    ids=["over Easter", "already Monday in London", "beyond the calendar"],
)
def test_ten_working_days_are_counted_back_on_the_calendar(now: datetime, before: datetime) -> None:
    assert still_before(now) == before
