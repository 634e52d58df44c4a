"""A sorted contact becomes a case: opened, logged, with clocks and an adviser."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from toy import record

from complaints_casework.domain.allocation import FOR_TEAM_LEADER
from complaints_contracts.cases import case_id
from complaints_contracts.codes import ContactType, HeldKind, Queue
from complaints_contracts.triage import ContactSorted, SortingPersonErased
from complaints_law.calendar import load_calendar
from complaints_law.office import OfficeProfile
from complaints_law.rule_sets import load_rule_sets, rule_set_on

if TYPE_CHECKING:
    from conftest import Casework

Contact = Callable[..., ContactSorted]

ADVISERS = ("adviser-1", "adviser-2", "adviser-3", "adviser-4")


async def test_a_sorted_contact_gets_a_case_with_clocks_and_an_adviser(
    casework: Casework, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    assert await casework.facts(event.contact_id) == [
        "case.opened.v1",
        "casework.words-kept",
        "casework.case-logged",
        "case.adviser-allocated.v1",
    ]
    [opened] = await casework.rows("SELECT * FROM journal WHERE type LIKE '%opened%'")
    clocks = {c["kind"]: c for c in json.loads(opened.record)["data"]["clocks"]}
    # domain.md 5.1 and S1: Easter lies between Thursday 2 and Wednesday 8 April 2026.
    assert clocks["CALL"]["due_at"] == "2026-04-08T15:30:00Z"
    assert clocks["LOG"]["due_at"] == "2026-04-07T22:59:00Z"
    assert clocks["FIRST_UPDATE"]["do_by"] == "2026-04-30"
    # Invariant 7 of domain 6: what they were counted with.
    shipped = load_calendar().version, rule_set_on(RECEIVED.date(), load_rule_sets()).version
    assert {(c["calendar_version"], c["rules_version"]) for c in clocks.values()} == {shipped}
    row = await casework.case(event.contact_id)
    assert (row.next_clock, row.next_do_by) == ("CALL", date(2026, 4, 8))
    assert (row.status, row.version) == ("LOGGED", 4)


async def test_a_second_delivery_changes_nothing(casework: Casework, contact: Contact) -> None:
    event = record(contact())
    await casework.apply([event])
    before = await casework.rows("SELECT count(*) FROM journal")
    await casework.apply([event, event])
    assert await casework.rows("SELECT count(*) FROM journal") == before


async def test_events_that_come_out_of_order_wait_for_each_other(
    casework: Casework, contact: Contact
) -> None:
    event = contact()
    erased = SortingPersonErased(contact_id=event.contact_id, person_id=event.person)
    await casework.hear((erased, 2))
    assert [r.kind for r in await casework.rows("SELECT kind FROM held")] == [HeldKind.BEHIND]
    await casework.hear(event)
    assert await casework.rows("SELECT * FROM held") == []
    assert (await casework.facts(event.contact_id))[-1] == "case.person-erased.v1"


async def test_a_record_that_cannot_be_read_costs_itself_only(
    casework: Casework, contact: Contact
) -> None:
    good, poison = contact(), record(contact())
    poison = type(poison)(**{f: getattr(poison, f) for f in poison.__slots__} | {"value": b"{"})
    await casework.apply([poison, record(good)])
    assert [r.kind for r in await casework.rows("SELECT kind FROM held")] == ["UNREADABLE"]
    assert await casework.case(good.contact_id)


async def test_a_batch_counts_the_load_that_it_makes_itself(
    casework: Casework, contact: Contact
) -> None:
    await casework.hear(*(contact() for _ in range(42)))
    loads = Counter(r.adviser_id for r in await casework.rows("SELECT adviser_id FROM cases"))
    assert sorted(loads.values()) == [10, 10, 11, 11]


async def test_the_load_of_earlier_batches_counts(
    casework: Casework, contact: Contact, with_absences: Callable[..., OfficeProfile]
) -> None:
    casework.use(with_absences("adviser-4"))
    await casework.hear(*(contact() for _ in range(9)))
    casework.use(with_absences())
    await casework.hear(*(contact() for _ in range(3)))
    loads = Counter(r.adviser_id for r in await casework.rows("SELECT adviser_id FROM cases"))
    assert set(loads.values()) == {3}
    assert loads["adviser-4"] == 3


async def test_whoever_is_named_in_the_contact_does_not_get_its_case(
    casework: Casework, contact: Contact, with_absences: Callable[..., OfficeProfile]
) -> None:
    casework.use(with_absences("adviser-1", "adviser-2"))
    words = "Your Ms Brandret put the phone down on me."
    await casework.hear(*(contact(words=words) for _ in range(4)))
    rows = await casework.rows("SELECT adviser_id, named FROM cases")
    assert {row.adviser_id for row in rows} == {"adviser-4"}
    assert all(row.named == ["adviser-3"] for row in rows)


@pytest.mark.parametrize(
    ("away", "words", "reason"),
    [
        (ADVISERS, "Nobody called", "NOBODY_PRESENT"),
        (
            (),
            "Marta Hollins, Devan Pryce, Oluchi Brandreth and Tomasz Eddowes ignored me",
            "EVERYBODY_NAMED",
        ),
    ],
)
async def test_where_nobody_may_have_the_case_the_team_leader_is_asked(
    casework: Casework,
    contact: Contact,
    with_absences: Callable[..., OfficeProfile],
    away: tuple[str, ...],
    words: str,
    reason: str,
) -> None:
    casework.use(with_absences(*away))
    event = contact(words=words)
    await casework.hear(event)
    row = await casework.case(event.contact_id)
    assert (row.adviser_id, row.open_actions) == (None, 1)
    [action] = await casework.rows("SELECT * FROM actions")
    assert (action.kind, action.reason, action.due_at) == ("ALLOCATE", reason, row.next_due_at)


async def test_a_complaint_about_our_staff_goes_to_the_team_leader(
    casework: Casework, contact: Contact
) -> None:
    event = contact(
        contact_type=ContactType.STAFF_COMPLAINT,
        queue=Queue.URGENT,
        words="marta hollins from your office was rude to me",
    )
    await casework.hear(event)
    row = await casework.case(event.contact_id)
    assert (row.adviser_id, row.named) == (None, ["adviser-1"])
    assert [a.reason for a in await casework.rows("SELECT * FROM actions")] == ["ABOUT_OUR_STAFF"]


@pytest.mark.parametrize("present", [True, False])
@pytest.mark.parametrize("queue", sorted(set(Queue) - {Queue.REVIEWS}))
async def test_whatever_queue_a_case_waits_in_somebody_holds_the_promise_of_a_call(
    casework: Casework,
    contact: Contact,
    with_absences: Callable[..., OfficeProfile],
    queue: Queue,
    present: bool,
) -> None:
    casework.use(with_absences(*(() if present else ADVISERS)))
    event = contact(queue=queue)
    await casework.hear(event)
    row = await casework.case(event.contact_id)
    asked = [
        (action.kind, action.due_at) for action in await casework.rows("SELECT * FROM actions")
    ]
    assert (row.queue, row.next_clock) == (queue, "CALL")
    if present and queue not in FOR_TEAM_LEADER:
        assert (row.adviser_id in ADVISERS, asked) == (True, [])
    else:
        assert (row.adviser_id, asked) == (None, [("ALLOCATE", row.next_due_at)])


async def test_the_clocks_start_when_the_complaint_was_made_to_another_body(
    casework: Casework, contact: Contact
) -> None:
    event = contact(made_at=datetime(2026, 3, 31, 9, 0, tzinfo=UTC))
    await casework.hear(event)
    assert (await casework.case(event.contact_id)).next_do_by == date(2026, 4, 2)


async def test_a_date_out_of_reach_starts_the_clocks_on_receipt_and_asks_a_person(
    casework: Casework, contact: Contact
) -> None:
    event = contact(made_at=datetime(1998, 3, 31, 9, 0, tzinfo=UTC))
    await casework.hear(event)
    row = await casework.case(event.contact_id)
    assert (row.next_do_by, row.open_actions) == (date(2026, 4, 8), 1)
    late = contact(received_at=datetime(2126, 4, 2, tzinfo=UTC))
    await casework.hear(late)
    row = await casework.case(late.contact_id)
    assert (row.next_do_by, row.open_actions) == (None, 1)
    assert row.adviser_id


async def test_an_erased_person_is_gone_and_the_case_stays(
    casework: Casework, contact: Contact
) -> None:
    event = contact()
    erased = SortingPersonErased(contact_id=event.contact_id, person_id=event.person)
    await casework.hear(event, (erased, 2))
    assert await casework.rows("SELECT * FROM personal") == []
    assert (await casework.facts(event.contact_id))[-1] == "case.person-erased.v1"
    [told] = await casework.rows("SELECT * FROM journal WHERE type LIKE '%case.person-erased%'")
    data = json.loads(told.record)["data"]
    assert data == {
        "case_id": str(case_id(event.contact_id)),
        "person_id": str(event.person),
    }


async def test_an_unkept_promise_is_told_to_operations_once(
    casework: Casework, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    assert not await casework.upkeep()
    casework.clock.set(datetime(2026, 4, 8, 15, 30, tzinfo=UTC), frozen=True)
    assert await casework.upkeep()
    assert not await casework.upkeep()
    breaches = await casework.rows("SELECT * FROM journal WHERE type LIKE '%clock-breached%'")
    assert [json.loads(b.record)["data"]["clock"] for b in breaches] == ["CALL"]
    assert (await casework.facts(event.contact_id))[-1] == "casework.clock-breach-noted"
    row = await casework.case(event.contact_id)
    assert row.next_clock == "CALL"  # still owed
    casework.clock.set(RECEIVED_PLUS_A_MONTH, frozen=True)
    assert await casework.upkeep()
    breaches = await casework.rows("SELECT * FROM journal WHERE type LIKE '%clock-breached%'")
    assert len(breaches) == 2
    assert await casework.rows("SELECT * FROM timers") == []


RECEIVED = datetime(2026, 4, 2, 16, 10, tzinfo=UTC)
RECEIVED_PLUS_A_MONTH = RECEIVED + timedelta(days=31)


async def test_a_case_that_is_opened_too_late_says_so_at_once(
    casework: Casework, contact: Contact
) -> None:
    casework.clock.set(datetime(2026, 4, 9, 8, 0, tzinfo=UTC), frozen=True)
    event = contact()
    await casework.hear(event)
    assert (await casework.facts(event.contact_id)).count("casework.clock-breach-noted") == 2
    assert await casework.upkeep() is False


async def test_two_services_at_once_count_each_others_cases(
    casework: Casework, contact: Contact
) -> None:
    await asyncio.gather(*(casework.hear(contact(uuid4())) for _ in range(8)))
    loads = Counter(r.adviser_id for r in await casework.rows("SELECT adviser_id FROM cases"))
    assert set(loads.values()) == {2}
