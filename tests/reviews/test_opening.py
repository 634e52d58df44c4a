"""An application becomes a review, and finds its case: whichever of the two is known first."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from toy import record

from complaints_chassis.database import connect
from complaints_contracts.cases import CaseOpened, CasePersonErased
from complaints_contracts.codes import ContactType, HeldKind, PersonRole, Queue, ReachBy, Urgency
from complaints_contracts.parts import Person, Reach
from complaints_contracts.reviews import review_id
from complaints_contracts.triage import ContactSorted, SortingPersonErased
from complaints_reviews.domain.facts import Why

if TYPE_CHECKING:
    from conftest import Reviews

Applied = Callable[..., ContactSorted]
Opened = Callable[..., CaseOpened]

CANARIES = ("Moira", "moira", "Tansley", "okonjo", "film of the yard")


def somebody_else() -> tuple[Person]:
    reach = Reach(preferred=ReachBy.EMAIL)
    return (
        Person(id=uuid4(), role=PersonRole.COMPLAINANT, email="ian@people.example", reach=reach),
    )


async def test_an_application_opens_a_review_with_its_dates(
    reviews: Reviews, applied: Applied
) -> None:
    event = applied()
    await reviews.hear(event)
    row = await reviews.review(event.contact_id)
    assert (row.review_id, row.reference) == (review_id(event.contact_id), event.reference)
    assert (row.state, row.declared, row.why) == ("REV_RECEIVED", True, "UNKNOWN_REFERENCE")
    # Easter lies between: domain 5.1 has the fifth working day, tests/law the 28th
    assert (row.acknowledge_by, row.complete_by) == (date(2026, 4, 13), date(2026, 5, 15))
    [published] = await reviews.rows("SELECT * FROM journal WHERE topic LIKE '%reviews%'")
    assert (published.type, published.rule) == ("uk.police-complaints.review.received.v1", "R52")
    data = json.loads(published.record)["data"]
    assert (data["contact_id"], data["declared"]) == (str(event.contact_id), True)


async def test_it_is_matched_at_once_where_its_case_is_known(
    reviews: Reviews, applied: Applied, opened: Opened
) -> None:
    case, event = opened(), applied()
    await reviews.hear(case)
    await reviews.hear(event)
    row = await reviews.review(event.contact_id)
    assert (row.case_id, row.case_reference) == (case.case_id, case.reference)
    assert (row.matched_by, row.why) == ("REFERENCE_AND_PERSON", None)
    assert await reviews.facts(event.contact_id) == [
        "review.received.v1",
        "reviews.application-kept",
        "review.matched.v1",
    ]


@pytest.mark.parametrize("batches", [1, 2])
async def test_it_is_matched_when_its_case_becomes_known(
    reviews: Reviews, applied: Applied, opened: Opened, batches: int
) -> None:
    case, event = opened(), applied()
    if batches == 1:
        await reviews.hear(event, case)
    else:
        await reviews.hear(event)
        await reviews.hear(case)
    row = await reviews.review(event.contact_id)
    assert (row.case_id, row.why) == (case.case_id, None)


async def test_a_case_and_an_application_that_arrive_at_the_same_moment_find_each_other(
    reviews: Reviews, applied: Applied, opened: Opened
) -> None:
    pairs = [(applied(mentions=(f"RACE-{n}",)), opened(reference=f"RACE-{n}")) for n in range(10)]
    for event, case in pairs:
        await asyncio.gather(reviews.hear(event), reviews.hear(case))
    for event, case in pairs:
        assert (await reviews.review(event.contact_id)).case_id == case.case_id


async def test_every_review_that_waited_for_a_case_is_matched(
    reviews: Reviews, applied: Applied, opened: Opened
) -> None:
    events = [applied() for _ in range(3)]
    other = applied(persons=somebody_else())
    await reviews.hear(*events, other)
    case = opened()
    await reviews.hear(case)
    assert {(await reviews.review(e.contact_id)).case_id for e in events} == {case.case_id}
    row = await reviews.review(other.contact_id)
    assert (row.case_id, row.why) == (None, "PERSON_DIFFERS")
    assert (await reviews.facts(other.contact_id)).count("reviews.kept-for-person") == 2


async def test_the_other_matters_of_a_contact_do_not_make_it_uncertain(
    reviews: Reviews, applied: Applied, opened: Opened
) -> None:
    event, first = applied(), opened()
    second = opened(first.contact_id, matter="2")
    await reviews.hear(event, second)
    assert (await reviews.review(event.contact_id)).why == "UNKNOWN_REFERENCE"
    await reviews.hear(first)
    assert (await reviews.review(event.contact_id)).case_id == first.case_id


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"mentions": ()}, Why.NO_REFERENCE),
        ({"mentions": ("CL-9999-9999",)}, Why.UNKNOWN_REFERENCE),
        ({"persons": somebody_else()}, Why.PERSON_DIFFERS),
        ({"declared": None, "queue": Queue.RESOLUTION}, Why.ONLY_SUGGESTED),
        ({"queue": Queue.URGENT, "urgency": Urgency.URGENT}, Why.ALSO_A_CASE),
    ],
)
async def test_what_is_not_certain_is_kept_for_a_person_with_the_reason(
    reviews: Reviews, applied: Applied, opened: Opened, fields: dict[str, Any], why: Why
) -> None:
    event = applied(**fields)
    await reviews.hear(opened())
    await reviews.hear(event)
    row = await reviews.review(event.contact_id)
    assert (row.case_id, row.why) == (None, why)


@pytest.mark.parametrize(
    ("declared", "contact_type", "opens"),
    [
        (ContactType.REVIEW_APPLICATION, ContactType.REVIEW_APPLICATION, True),
        (ContactType.REVIEW_APPLICATION, ContactType.COMPLAINT, True),
        (ContactType.REVIEW_APPLICATION, ContactType.SPAM_ABUSE, True),
        (None, ContactType.REVIEW_APPLICATION, True),
        (ContactType.COMPLAINT, ContactType.COMPLAINT, False),
        (ContactType.OTHER, ContactType.COMPLAINT, False),
        (None, ContactType.COMPLAINT, False),
    ],
)
async def test_only_what_asks_for_a_review_opens_one(
    reviews: Reviews,
    applied: Applied,
    declared: ContactType | None,
    contact_type: ContactType,
    opens: bool,
) -> None:
    await reviews.hear(applied(declared=declared, contact_type=contact_type))
    assert bool(await reviews.rows("SELECT 1 FROM reviews")) is opens


async def test_several_matters_of_one_contact_are_one_review_that_keeps_them_all(
    reviews: Reviews, applied: Applied
) -> None:
    event = applied()
    second = applied(event.contact_id, matter="2", words="And Ottoline was not asked.")
    grave = applied(
        event.contact_id, matter="3", queue=Queue.URGENT, urgency=Urgency.URGENT, words="Third"
    )
    await reviews.hear(event, (second, 2))
    await reviews.hear((grave, 3))
    facts = await reviews.facts(event.contact_id)
    assert (facts.count("review.received.v1"), facts.count("reviews.matter-kept")) == (1, 2)
    assert (await reviews.review(event.contact_id)).urgency == "URGENT"
    answer = await reviews.client.get(
        f"/api/reviews/{review_id(event.contact_id)}", headers=reviews.bearer()
    )
    words = [matter["words"] for matter in answer.json()["matters"]]
    assert words == ["And Ottoline was not asked.", "Third"]


async def test_a_review_that_a_later_matter_asks_for_is_opened_by_it(
    reviews: Reviews, applied: Applied
) -> None:
    first = applied(declared=None, contact_type=ContactType.COMPLAINT, queue=Queue.RESOLUTION)
    second = applied(first.contact_id, matter="2", declared=None, queue=Queue.RESOLUTION)
    await reviews.hear(first, (second, 2))
    row = await reviews.review(first.contact_id)
    assert (row.why, row.acknowledgement) == ("ONLY_SUGGESTED", "AS_CASE")


async def test_a_date_that_cannot_be_counted_from_keeps_no_review_from_being_opened(
    reviews: Reviews, applied: Applied
) -> None:
    event = applied(received_at=datetime(1998, 4, 2, tzinfo=UTC))
    await reviews.hear(event)
    row = await reviews.review(event.contact_id)
    assert (row.acknowledge_by, row.complete_by) == (None, None)


async def test_a_second_delivery_changes_nothing(
    reviews: Reviews, applied: Applied, opened: Opened
) -> None:
    first, case = record(applied()), record(opened())
    await reviews.apply(first, case)
    before = await reviews.rows("SELECT count(*) FROM journal")
    await reviews.apply(case, first, first)
    assert await reviews.rows("SELECT count(*) FROM journal") == before


async def test_copies_come_back_when_casework_publishes_again(
    reviews: Reviews, applied: Applied, opened: Opened
) -> None:
    case, event = opened(), applied()
    await reviews.hear(case, event)
    before = await reviews.rows("SELECT * FROM copied_people")
    facts = await reviews.facts(event.contact_id)
    owner = connect(reviews.urls.owner)  # who may make the service forget what it has read
    async with owner.begin() as connection:
        await connection.execute(text("TRUNCATE copied_cases, copied_people, progress"))
    await owner.dispose()
    await reviews.hear(case, event)
    assert await reviews.rows("SELECT * FROM copied_people") == before
    assert await reviews.facts(event.contact_id) == facts


async def test_an_erasure_before_its_contact_waits(reviews: Reviews, applied: Applied) -> None:
    event = applied()
    erased = SortingPersonErased(contact_id=event.contact_id, person_id=event.person)
    await reviews.hear((erased, 2))
    assert [r.kind for r in await reviews.rows("SELECT kind FROM held")] == [HeldKind.BEHIND]
    await reviews.hear(event)
    assert await reviews.rows("SELECT * FROM held") == []
    assert (await reviews.facts(event.contact_id))[-1] == "reviews.person-erased"


async def test_a_record_that_cannot_be_read_costs_itself_only(
    reviews: Reviews, applied: Applied, opened: Opened
) -> None:
    good = applied()
    bad = (replace(record(applied()), value=b"{"), replace(record(opened()), value=b"[]"))
    await reviews.apply(*bad, record(good))
    assert {r.kind for r in await reviews.rows("SELECT kind FROM held")} == {"UNREADABLE"}
    assert await reviews.review(good.contact_id)


@pytest.mark.parametrize("together", [True, False])
async def test_an_applicant_who_is_erased_is_nowhere_and_never_matched(
    reviews: Reviews, applied: Applied, opened: Opened, together: bool
) -> None:
    event = applied()
    erased = SortingPersonErased(contact_id=event.contact_id, person_id=event.person)
    if together:
        await reviews.hear(event, (erased, 2), opened(persons=event.persons))
    else:
        await reviews.hear(event)
        await reviews.hear((erased, 2))
        await reviews.hear(opened(persons=event.persons))
    row = await reviews.review(event.contact_id)
    assert (row.case_id, row.why) == (None, "PERSON_DIFFERS")
    await reviews.hear((CasePersonErased(case_id=uuid4(), person_id=event.person), 1))
    found = await reviews.dump()
    assert not [canary for canary in CANARIES if canary in found]


@pytest.mark.parametrize("together", [True, False])
async def test_a_person_erased_from_a_case_is_nowhere_and_nobody_is_recognised_as_them(
    reviews: Reviews, applied: Applied, opened: Opened, together: bool
) -> None:
    case, event = opened(), applied()
    erased = CasePersonErased(case_id=case.case_id, person_id=case.person)
    if together:
        await reviews.hear(case, (erased, 2), event)
    else:
        await reviews.hear(case, (erased, 2))
        assert await reviews.rows("SELECT * FROM copied_people") == []
        await reviews.hear(event)
    assert (await reviews.review(event.contact_id)).why == "PERSON_DIFFERS"
    assert str(case.person) not in json.dumps(
        [row.subject for row in await reviews.rows("SELECT subject FROM copied_people")]
    )


async def test_what_comes_again_of_an_erased_person_is_not_kept(
    reviews: Reviews, opened: Opened
) -> None:
    gone = [
        person.model_copy(update={"name": "[erased]", "email": "[erased]"})
        for person in opened().persons
    ]
    await reviews.hear(opened(persons=tuple(gone)))
    assert await reviews.rows("SELECT * FROM copied_people") == []
    assert len(await reviews.rows("SELECT * FROM copied_cases")) == 1
