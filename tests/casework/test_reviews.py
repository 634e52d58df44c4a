"""A case shows that a review of it was asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from toy import record

from complaints_contracts.codes import Channel, MatchedBy
from complaints_contracts.reviews import ReviewMatched, ReviewReceived, review_id
from complaints_contracts.triage import ContactSorted

if TYPE_CHECKING:
    from conftest import Casework, Web

Contact = Callable[..., ContactSorted]
ASKED = datetime(2026, 4, 20, 9, 0, tzinfo=UTC)


def matched(event: ContactSorted) -> ReviewMatched:
    return ReviewMatched(
        review_id=uuid4(),
        case_id=event.case_id,
        case_reference=event.reference,
        received_at=ASKED,
        by=MatchedBy.REFERENCE_AND_PERSON,
    )


async def test_a_case_says_that_a_review_was_asked_for(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    review = record(matched(event))
    await casework.hear(event)
    await casework.apply([review, review])
    await casework.apply([review])
    assert (await casework.facts(event.contact_id)).count("casework.review-noted") == 1
    await web.sign_in("team-leader-1")
    page = (await web.client.get(f"/cases/{event.case_id}")).text
    assert "A review was asked for on 20 April 2026, 10:00am." in page


async def test_a_review_that_overtakes_its_case_waits_for_it(
    casework: Casework, contact: Contact
) -> None:
    event = contact()
    await casework.hear(matched(event))
    assert await casework.held() == ["WAITING"]
    await casework.hear(event)
    assert await casework.held() == []
    assert "casework.review-noted" in await casework.facts(event.contact_id)


async def test_a_review_that_cannot_be_read_costs_itself_only(
    casework: Casework, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    poison = replace(record(matched(event)), value=b"{")
    await casework.apply([poison, record(matched(event))])
    assert await casework.held() == ["UNREADABLE"]
    assert "casework.review-noted" in await casework.facts(event.contact_id)


def received(contact_id: UUID, *, declared: bool) -> ReviewReceived:
    return ReviewReceived(
        review_id=review_id(contact_id),
        contact_id=contact_id,
        reference="2222-2222-2",
        channel=Channel.WEB,
        received_at=ASKED,
        declared=declared,
    )


async def test_a_review_that_has_no_case_yet_is_not_ours(
    casework: Casework, contact: Contact
) -> None:
    event, asked = contact(), received(uuid4(), declared=True)
    later = matched(event).model_copy(update={"review_id": asked.review_id})
    await casework.hear(event, asked, (later, 2))
    assert await casework.held() == []
    assert "casework.review-noted" in await casework.facts(event.contact_id)


async def test_a_case_says_that_its_words_may_ask_for_a_review(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    suggested = record(received(event.contact_id, declared=False))
    await casework.apply([suggested])
    assert await casework.held() == ["WAITING"]
    await casework.hear(event)
    await casework.apply([suggested])
    assert await casework.held() == []
    assert (await casework.facts(event.contact_id)).count("casework.review-suggested") == 1
    await web.sign_in("team-leader-1")
    page = (await web.client.get(f"/cases/{event.case_id}")).text
    assert "They may be asking for a review" in page
    assert "reviews look at it as well" in page
