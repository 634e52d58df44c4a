"""What reviews knows of casework's cases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from toy import record

from complaints_contracts.cases import AdviserAllocated, CaseOpened, CasePersonErased
from complaints_contracts.codes import (
    Channel,
    ContactType,
    HeldKind,
    PersonRole,
    Queue,
    ReachBy,
    Urgency,
)
from complaints_contracts.parts import Person, Reach

if TYPE_CHECKING:
    from conftest import Reviews

CANARY = "Zephaniah Quill"


def opened(case: UUID, **more: str) -> CaseOpened:
    reach = Reach(preferred=ReachBy.EMAIL)
    person = Person(id=uuid4(), role=PersonRole.COMPLAINANT, name=CANARY, reach=reach)
    return CaseOpened(
        case_id=case,
        contact_id=uuid4(),
        reference=more.get("reference", "7K3M-9QX4-D"),
        channel=Channel.WEB,
        received_at=datetime(2026, 4, 2, 16, 10, tzinfo=UTC),
        contact_type=ContactType.COMPLAINT,
        queue=Queue.RESOLUTION,
        urgency=Urgency.ROUTINE,
        persons=(person,),
        clocks=(),
    )


def allocated(case: UUID, adviser: str = "adviser-1") -> AdviserAllocated:
    return AdviserAllocated(case_id=case, adviser_id=adviser)


async def known(reviews: Reviews) -> list[tuple[str, str | None]]:
    answer = await reviews.client.get("/api/cases", headers=reviews.bearer())
    return [(case["reference"], case["adviser_id"]) for case in answer.json()["cases"]]


async def test_a_case_and_its_adviser_are_known(reviews: Reviews) -> None:
    case = uuid4()
    await reviews.apply(record(opened(case)))
    assert await known(reviews) == [("7K3M-9QX4-D", None)]
    await reviews.apply(record(allocated(case), 2))
    assert await known(reviews) == [("7K3M-9QX4-D", "adviser-1")]


async def test_the_adviser_given_last_is_the_one_known(reviews: Reviews) -> None:
    case = uuid4()
    batch = [opened(case), allocated(case), allocated(case, "adviser-2")]
    await reviews.apply(*(record(event, n) for n, event in enumerate(batch, start=1)))
    assert await known(reviews) == [("7K3M-9QX4-D", "adviser-2")]


async def test_a_second_delivery_changes_nothing(reviews: Reviews) -> None:
    first = record(opened(uuid4()))
    await reviews.apply(first, first)
    await reviews.apply(first)
    assert len(await known(reviews)) == 1
    assert len(await reviews.rows("SELECT * FROM progress")) == 1


async def test_an_allocation_before_its_case_waits(reviews: Reviews) -> None:
    case = uuid4()
    await reviews.apply(record(allocated(case), 2))
    assert [r.kind for r in await reviews.rows("SELECT kind FROM held")] == [HeldKind.BEHIND]
    await reviews.apply(record(opened(case)))
    assert await known(reviews) == [("7K3M-9QX4-D", "adviser-1")]
    assert await reviews.rows("SELECT * FROM held") == []


async def test_a_record_that_cannot_be_read_costs_itself_only(reviews: Reviews) -> None:
    poison = replace(record(opened(uuid4())), value=b"{")
    await reviews.apply(poison, record(opened(uuid4())))
    assert len(await known(reviews)) == 1
    assert [r.kind for r in await reviews.rows("SELECT kind FROM held")] == ["UNREADABLE"]


async def test_of_an_erased_person_nothing_is_kept(reviews: Reviews) -> None:
    case = uuid4()
    event = opened(case)
    await reviews.apply(record(event))
    assert "quill zephaniah" in await reviews.dump()
    erased = CasePersonErased(case_id=case, person_id=event.person)
    await reviews.apply(record(erased, 2))
    assert len(await known(reviews)) == 1
    assert "zephaniah" not in (await reviews.dump()).casefold()


async def test_the_page_shows_them_with_the_adviser_by_name(reviews: Reviews) -> None:
    page = reviews.bearer(Accept="text/html")
    assert "No case is known here yet" in (await reviews.client.get("/cases", headers=page)).text
    case = uuid4()
    await reviews.apply(record(opened(case)), record(allocated(case), 2))
    shown = (await reviews.client.get("/cases", headers=page)).text
    assert "Zephaniah" not in shown
    assert "7K3M-9QX4-D" in shown
    assert "Marta Hollins" in shown
