"""A person tells an applicant what no notice could, and says so."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from httpx import Response

from complaints_contracts.codes import Medium, Purpose, ReturnKind, WithheldReason
from complaints_contracts.notices import (
    NoticePrepared,
    NoticeRefused,
    NoticeReturned,
    NoticeSent,
    NoticeWithheld,
)
from complaints_contracts.reviews import review_id
from complaints_contracts.triage import ContactSorted, SortingPersonErased

if TYPE_CHECKING:
    from conftest import Reviews

Applied = Callable[..., ContactSorted]
NOTE = "Ottoline took the call."


def about(contact: UUID, **fields: Any) -> dict[str, Any]:
    return {
        "notice_id": uuid4(),
        "contact_id": contact,
        "reference": "CL-2222-2222",
        "purpose": Purpose.REVIEW_ACKNOWLEDGEMENT,
        **fields,
    }


def refused(event: ContactSorted) -> NoticeRefused:
    return NoticeRefused(
        **about(event.contact_id, medium=Medium.EMAIL, attempts=1, instead=Medium.TELEPHONE)
    )


async def tell(
    reviews: Reviews, event: ContactSorted, version: int, *, key: str = "k1", **body: str
) -> Response:
    headers = reviews.bearer(**{"If-Match": f'"{version}"', "Idempotency-Key": key})
    return await reviews.client.post(
        f"/api/reviews/{review_id(event.contact_id)}/tellings",
        json={"how": "TELEPHONE", "note": NOTE} | body,
        headers=headers,
    )


async def shown(reviews: Reviews, event: ContactSorted) -> dict[str, Any]:
    path = f"/api/reviews/{review_id(event.contact_id)}"
    answer: dict[str, Any] = (await reviews.client.get(path, headers=reviews.bearer())).json()
    return answer


async def test_who_was_told_by_hand_is_acknowledged_and_the_task_is_gone(
    reviews: Reviews, applied: Applied
) -> None:
    event = applied()
    await reviews.hear(event, refused(event))
    assert (await reviews.review(event.contact_id)).instead == "TELEPHONE"
    first, again = await tell(reviews, event, 4), await tell(reviews, event, 4)
    assert (first.status_code, first.headers["etag"]) == (201, '"5"')
    assert first.json() == again.json() == {"acknowledgement": "BY_HAND", "version": 5}
    row = await reviews.review(event.contact_id)
    assert (row.acknowledgement, row.instead) == ("BY_HAND", None)
    assert (await shown(reviews, event))["acknowledge"]["done"] is True
    assert (await reviews.facts(event.contact_id)).count("reviews.told-by-hand") == 1
    [told] = await reviews.rows("SELECT * FROM journal WHERE type = 'reviews.told-by-hand'")
    assert (told.topic, told.actor, told.rule) == (None, "adjudicator", "L42")


async def test_what_is_heard_of_the_notice_later_makes_no_new_task(
    reviews: Reviews, applied: Applied
) -> None:
    event = applied()
    back = NoticeReturned(**about(event.contact_id, kind=ReturnKind.BOUNCED, instead=Medium.LETTER))
    await reviews.hear(event, refused(event))
    assert (await tell(reviews, event, 4)).status_code == 201
    await reviews.hear(back)
    row = await reviews.review(event.contact_id)
    assert (row.acknowledgement, row.instead) == ("BY_HAND", None)


async def test_an_acknowledgement_that_is_written_waits_to_be_sent(
    reviews: Reviews, applied: Applied
) -> None:
    event, notice = applied(), uuid4()
    written = NoticePrepared(
        **about(event.contact_id, notice_id=notice, medium=Medium.EMAIL),
        calendar_version="2026",
        rules_version="2026",
    )
    await reviews.hear(event, written)
    assert (await reviews.review(event.contact_id)).acknowledgement == "PREPARED"
    assert (await shown(reviews, event))["acknowledge"]["done"] is False
    sent = NoticeSent(**about(event.contact_id, notice_id=notice, medium=Medium.EMAIL, attempts=1))
    await reviews.hear((sent, 2))
    assert (await reviews.review(event.contact_id)).acknowledgement == "SENT"


async def test_where_nothing_is_to_do_by_hand_it_is_refused(
    reviews: Reviews, applied: Applied
) -> None:
    event = applied()
    sent = NoticeSent(**about(event.contact_id, medium=Medium.EMAIL, attempts=1))
    await reviews.hear(event, sent)
    answer = await tell(reviews, event, 4)
    assert (answer.status_code, answer.json()["rule"]) == (409, "L42")


async def test_who_read_an_old_version_is_told_what_happened_since(
    reviews: Reviews, applied: Applied
) -> None:
    event = applied()
    await reviews.hear(event, refused(event))
    assert (await tell(reviews, event, 4)).status_code == 201
    late = await tell(reviews, event, 4, key="k2")
    assert late.status_code == 409
    assert late.json()["detail"] == "Since you read this review: they were told."


@pytest.mark.parametrize(
    "body", [{"how": "PIGEON"}, {"note": "PIGEON" * 200}, {"note": "  "}, {"note": "PIGEON \0"}]
)
async def test_what_cannot_be_meant_is_refused_without_repeating_it(
    reviews: Reviews, applied: Applied, body: dict[str, str]
) -> None:
    event = applied()
    await reviews.hear(event, refused(event))
    answer = await tell(reviews, event, 4, **body)
    assert answer.status_code == 422
    assert "PIGEON" not in answer.text


async def test_the_note_goes_with_the_person_it_is_about(
    reviews: Reviews, applied: Applied
) -> None:
    event = applied()
    await reviews.hear(event, refused(event))
    await tell(reviews, event, 4)
    assert "Ottoline" in await reviews.dump()
    erased = SortingPersonErased(contact_id=event.contact_id, person_id=event.person)
    await reviews.hear((erased, 2))
    assert "Ottoline" not in await reviews.dump()


@pytest.mark.parametrize("reason", [WithheldReason.ANONYMOUS, WithheldReason.DO_NOT_CONTACT])
async def test_where_nobody_can_be_told_there_is_no_day_to_do_it_by(
    reviews: Reviews, applied: Applied, reason: WithheldReason
) -> None:
    event = applied()
    await reviews.hear(event, NoticeWithheld(**about(event.contact_id, reason=reason)))
    review = await shown(reviews, event)
    assert (review["acknowledge"], review["instead"]) == (None, None)
    assert review["complete"] is not None


async def test_the_form_on_the_page_ticks_it_off(reviews: Reviews, applied: Applied) -> None:
    event = applied()
    await reviews.hear(event, refused(event))
    reviews.client.headers["Accept"] = "text/html"
    asked = await reviews.client.get("/")
    granted = await reviews.client.get(f"{asked.headers['location']}&person=adjudicator-1")
    assert (await reviews.client.get(granted.headers["location"])).status_code == 303
    address = f"/reviews/{review_id(event.contact_id)}"
    page = (await reviews.client.get(address)).text
    form = {
        name: unescape(found[1])
        for name in ("csrf_token", "version", "once")
        if (found := re.search(rf'name="{name}" value="([^"]+)"', page))
    }
    path = f"{address}/tellings"
    empty = await reviews.client.post(path, data={**form, "note": "kept"})
    assert empty.status_code == 422
    assert "Select how they were told" in empty.text
    assert ">kept</textarea>" in empty.text
    done = await reviews.client.post(path, data={**form, "how": "IN_PERSON", "note": NOTE})
    assert done.status_code == 303
    after = (await reviews.client.get(address)).text
    assert "How were they told?" not in after
    assert "In person." in after
    assert NOTE in after
    late = {**form, "once": str(uuid4()), "how": "LETTER"}
    assert (await reviews.client.post(path, data=late)).status_code == 409
    elsewhere = {**late, "csrf_token": "x"}
    assert (await reviews.client.post(path, data=elsewhere)).status_code == 403
