"""The API for programs: reviews, and the command that matches one to its case."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from httpx import Response

from complaints_chassis.web import Role
from complaints_contracts.cases import AdviserAllocated, CaseOpened
from complaints_contracts.codes import Medium, Purpose
from complaints_contracts.notices import NoticeSent
from complaints_contracts.reviews import review_id
from complaints_contracts.triage import ContactSorted

if TYPE_CHECKING:
    from conftest import Reviews

Applied = Callable[..., ContactSorted]
Opened = Callable[..., CaseOpened]


def path(event: ContactSorted) -> str:
    return f"/api/reviews/{review_id(event.contact_id)}"


async def match(
    reviews: Reviews,
    event: ContactSorted,
    version: int,
    case: CaseOpened,
    *,
    key: str = "k1",
    person: str = "adjudicator-1",
    reason: str = "She gave its date.",
) -> Response:
    headers = reviews.bearer(
        Role.ADJUDICATOR, person, **{"If-Match": f'"{version}"', "Idempotency-Key": key}
    )
    body = {"case_id": str(case.case_id), "reason": reason}
    return await reviews.client.post(f"{path(event)}/matches", json=body, headers=headers)


async def test_reviews_are_listed_and_read_with_their_version(
    reviews: Reviews, applied: Applied, opened: Opened
) -> None:
    event, case = applied(), opened()
    await reviews.hear(case, event)
    listed = (await reviews.client.get("/api/reviews", headers=reviews.bearer())).json()
    assert (listed["total"], listed["reviews"][0]["case_id"]) == (1, str(case.case_id))
    answer = await reviews.client.get(path(event), headers=reviews.bearer())
    assert answer.headers["etag"] == '"3"'
    review = answer.json()
    assert review["words"] == event.words
    assert [c["recognised"] for c in review["cases"]] == [True]


async def test_a_review_is_matched_by_hand(
    reviews: Reviews, applied: Applied, opened: Opened
) -> None:
    event, case = applied(mentions=()), opened()
    await reviews.hear(event, case)
    answer = await match(reviews, event, 3, case)
    assert (answer.status_code, answer.headers["etag"]) == (201, '"5"')
    assert answer.json()["case_reference"] == case.reference
    row = await reviews.review(event.contact_id)
    assert (row.case_id, row.matched_by) == (case.case_id, "STAFF")


async def test_the_same_request_twice_matches_once(
    reviews: Reviews, applied: Applied, opened: Opened
) -> None:
    event, case = applied(mentions=()), opened()
    await reviews.hear(event, case)
    first, second = await match(reviews, event, 3, case), await match(reviews, event, 3, case)
    assert first.json() == second.json()
    assert (await reviews.facts(event.contact_id)).count("review.matched.v1") == 1
    other = await match(reviews, event, 3, case, reason="Another")
    assert (other.status_code, other.json()["rule"]) == (409, "Idempotency-Key")


async def test_a_later_match_takes_the_place_of_an_earlier_one(
    reviews: Reviews, applied: Applied, opened: Opened
) -> None:
    event, wrong, right = applied(), opened(), opened(reference="CL-3333-3333")
    await reviews.hear(event, wrong, right)
    assert (await reviews.review(event.contact_id)).case_id == wrong.case_id
    assert (await match(reviews, event, 4, right)).status_code == 201
    again = await match(reviews, event, 6, right, key="k2")
    assert (again.status_code, again.json()["version"]) == (201, 6)
    row = await reviews.review(event.contact_id)
    assert (row.case_id, row.matched_by) == (right.case_id, "STAFF")


async def test_who_read_an_old_version_is_told_what_happened_since(
    reviews: Reviews, applied: Applied, opened: Opened
) -> None:
    event, case = applied(mentions=()), opened()
    await reviews.hear(event, case)
    await match(reviews, event, 3, case)
    late = await match(reviews, event, 3, case, key="k2")
    assert late.status_code == 409
    assert late.json()["detail"] == "Since you read this review: matched to its case."
    assert late.json()["events"] == ["uk.police-complaints.review.matched.v1"]


async def test_what_does_not_concern_the_case_is_no_obstacle(
    reviews: Reviews, applied: Applied, opened: Opened
) -> None:
    event, case = applied(mentions=()), opened()
    sent = NoticeSent(
        notice_id=uuid4(),
        contact_id=event.contact_id,
        reference=event.reference,
        purpose=Purpose.REVIEW_ACKNOWLEDGEMENT,
        medium=Medium.EMAIL,
        attempts=1,
    )
    await reviews.hear(event, case, sent)
    assert (await match(reviews, event, 3, case)).status_code == 201


async def test_a_case_that_is_not_known_here_is_refused(
    reviews: Reviews, applied: Applied, opened: Opened
) -> None:
    event = applied()
    await reviews.hear(event)
    answer = await match(reviews, event, 3, opened())
    assert (answer.status_code, answer.json()["rule"]) == (409, "R49")
    assert "No such case is known here" in answer.json()["detail"]


async def test_whoever_handled_a_case_does_not_match_a_review_to_it(
    reviews: Reviews, applied: Applied, opened: Opened
) -> None:
    event, case = applied(mentions=()), opened()
    allocated = AdviserAllocated(case_id=case.case_id, adviser_id="both")
    await reviews.hear(event, case, (allocated, 2))
    refused = await match(reviews, event, 3, case, person="both")
    assert (refused.status_code, refused.json()["rule"]) == (409, "R50")
    assert (await match(reviews, event, 3, case, key="k2")).status_code == 201
    hidden = await reviews.client.get(path(event), headers=reviews.bearer(Role.ADJUDICATOR, "both"))
    assert hidden.status_code == 404


async def test_whoever_ever_handled_a_case_of_the_contact_has_no_part_in_the_review(
    reviews: Reviews, applied: Applied, opened: Opened
) -> None:
    event, case = applied(mentions=()), opened()
    beside, elsewhere = opened(case.contact_id, matter="2"), opened(reference="CL-3333-3333")

    def given(case: CaseOpened, adviser: str, sequence: int) -> tuple[AdviserAllocated, int]:
        return AdviserAllocated(case_id=case.case_id, adviser_id=adviser), sequence

    await reviews.hear(
        *(event, case, given(case, "earlier", 2), given(case, "now", 3)),
        *(beside, given(beside, "beside", 2), elsewhere, given(elsewhere, "elsewhere", 2)),
    )
    involved = ("earlier", "now", "beside")
    for person in involved:
        refused = await match(reviews, event, 3, case, person=person)
        assert (refused.status_code, refused.json()["rule"]) == (409, "R50")
    assert (await match(reviews, event, 3, case, person="elsewhere")).status_code == 201
    for person, status, total in (*((p, 404, 0) for p in involved), ("elsewhere", 200, 1)):
        headers = reviews.bearer(Role.ADJUDICATOR, person)
        assert (await reviews.client.get(path(event), headers=headers)).status_code == status
        listed = (await reviews.client.get("/api/reviews", headers=headers)).json()
        assert (listed["total"], len(listed["reviews"])) == (total, total)
    review = (await reviews.client.get(path(event), headers=reviews.bearer())).json()
    assert [shown["adviser_id"] for shown in review["cases"]] == ["now", "beside"]


@pytest.mark.parametrize(
    ("headers", "status", "word"),
    [
        ({"Idempotency-Key": "k"}, 428, "If-Match"),
        ({"If-Match": "3", "Idempotency-Key": "k"}, 400, "ETag"),
        ({"If-Match": '"99"', "Idempotency-Key": "k"}, 400, "ETag"),
        ({"If-Match": '"3"'}, 400, "Idempotency-Key"),
    ],
)
async def test_a_command_without_proof_of_what_was_read_is_refused_in_words(
    reviews: Reviews, applied: Applied, headers: dict[str, str], status: int, word: str
) -> None:
    event = applied()
    await reviews.hear(event)
    answer = await reviews.client.post(
        f"{path(event)}/matches",
        json={"case_id": str(uuid4()), "reason": "x"},
        headers=reviews.bearer(**headers),
    )
    assert answer.status_code == status
    assert word in answer.json()["detail"]
    assert answer.json()["action"]


@pytest.mark.parametrize(
    "body",
    [
        {"case_id": "PIGEON", "reason": "x"},
        {"case_id": str(uuid4()), "reason": "   "},
        {"case_id": str(uuid4()), "reason": "PIGEON" * 200},
        {"case_id": str(uuid4()), "reason": "PIGEON \0"},
        {"case_id": str(uuid4())},
    ],
)
async def test_what_cannot_be_meant_is_refused_without_repeating_it(
    reviews: Reviews, applied: Applied, body: dict[str, Any]
) -> None:
    event = applied()
    await reviews.hear(event)
    headers = reviews.bearer(**{"If-Match": '"3"', "Idempotency-Key": "k"})
    answer = await reviews.client.post(f"{path(event)}/matches", json=body, headers=headers)
    assert answer.status_code == 422
    assert "PIGEON" not in answer.text


async def test_a_review_that_is_not_there_is_not_found(
    reviews: Reviews, applied: Applied, opened: Opened
) -> None:
    assert (await match(reviews, applied(), 1, opened())).status_code == 404
    answer = await reviews.client.get(path(applied()), headers=reviews.bearer())
    assert answer.status_code == 404


async def test_pages_beyond_the_first_are_there(reviews: Reviews, applied: Applied) -> None:
    await reviews.hear(*(applied(mentions=()) for _ in range(51)))
    for page, count in ((1, 50), (2, 1), (3, 0)):
        answer = await reviews.client.get(f"/api/reviews?page={page}", headers=reviews.bearer())
        assert (len(answer.json()["reviews"]), answer.json()["total"]) == (count, 51)
