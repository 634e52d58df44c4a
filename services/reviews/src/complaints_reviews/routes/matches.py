"""Saying which case a review is about: an API, and the form on the review's page."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, StringConstraints

from complaints_chassis.aggregate import Needs
from complaints_chassis.commands import Answer, IfMatch, Once
from complaints_chassis.errors import Refused, Stale
from complaints_chassis.journal import Cause
from complaints_chassis.private import Erased
from complaints_chassis.service import Run, Running
from complaints_chassis.web import Principal, redirect
from complaints_chassis.web.asked import IfMatchHeader, KeyHeader, key_of, not_an_etag, version_of
from complaints_contracts.event import Fact, Model
from complaints_reviews import queries
from complaints_reviews.domain.review import concerns_match
from complaints_reviews.handlers import this_case
from complaints_reviews.repository import REVIEWS
from complaints_reviews.routes.commanding import WHAT, changed, news_of
from complaints_reviews.routes.common import Staff, read_review
from complaints_reviews.routes.reviews import show

router = APIRouter()

LONGEST_REASON: Final = 1000


class SentMatch(Model):
    """Which case a review is about, and how whoever says so knows it."""

    case_id: UUID
    reason: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_REASON)
    ]


class Matched(BaseModel):
    """The case that the review has now, and the version of the review with it."""

    case_id: UUID
    case_reference: str
    version: int


@router.post("/api/reviews/{review_id}/matches", status_code=201, tags=["reviews"])
async def api_match(
    request: Request,
    response: Response,
    review_id: UUID,
    sent: SentMatch,
    run: Run,
    principal: Staff,
    if_match: IfMatchHeader = None,
    idempotency_key: KeyHeader = None,
) -> Matched:
    """Says which case a review is about; a later answer takes the place of an earlier one.

    `If-Match` is the ETag of the review as it was read; what happened since and does not concern
    its case is no obstacle. The same `Idempotency-Key` gives the same answer for 7 days.
    """
    version, key = version_of(if_match, WHAT), key_of(idempotency_key)
    review, _ = await read_review(run, principal, review_id)
    if version > review.version:
        raise not_an_etag(WHAT)
    body = b"%d %s" % (version, await request.body())
    try:
        answer = await _match(run, principal, review_id, sent, version, key, body)
    except Stale as stale:
        raise changed(stale) from None
    response.headers["ETag"] = f'"{answer["version"]}"'
    return Matched.model_validate(answer)


@router.post("/reviews/{review_id}/matches", name="match_review", include_in_schema=False)
async def match(
    request: Request,
    review_id: UUID,
    run: Run,
    principal: Staff,
    version: Annotated[int, Form(ge=1, le=999_999_999)],
    once: Annotated[UUID, Form()],
    case_id: Annotated[str, Form(max_length=64)] = "",
    reason: Annotated[str, Form()] = "",
    reference: Annotated[str, Form(max_length=64)] = "",
) -> Response:
    """The form on the review's page."""
    review, _ = await read_review(run, principal, review_id, reference)
    reason = reason.replace("\0", "").strip()
    given = {"case_id": case_id, "reason": reason}
    faults = {}
    chosen = next((case for case in review.cases if str(case.case_id) == case_id), None)
    if chosen is None:
        faults["case_id"] = "Select the case that this review is about"
    if not reason:
        faults["reason"] = "Say how you know that it is this case"
    elif len(reason) > LONGEST_REASON:
        faults["reason"] = f"Shorten the reason to {LONGEST_REASON} characters"
    try:
        if chosen and not faults:
            sent = SentMatch(case_id=chosen.case_id, reason=reason)
            body = sent.model_dump_json().encode()
            await _match(run, principal, review_id, sent, version, f"form:{once}", body)
            return redirect(request, "review", review_id=review_id)
    except Stale as stale:
        return await show(
            request,
            principal,
            review_id,
            asked=reference,
            status=409,
            sent=given,
            news=news_of(stale),
        )
    except Refused as refused:
        faults["case_id"] = str(refused)
    return await show(
        request, principal, review_id, asked=reference, status=422, sent=given, faults=faults
    )


async def _match(
    run: Running,
    principal: Principal,
    review_id: UUID,
    sent: SentMatch,
    version: int,
    key: str,
    body: bytes,
) -> Answer:
    found = await queries.case_of(run.engine, sent.case_id)
    if found is None:
        raise Refused("R49", "No such case is known here. Look for it by its reference.")
    if principal.subject in found.involved:
        raise Refused(
            "R50",
            "You handled this case as its adviser, or another of the same contact, so its review "
            "is not yours to look at. Ask a colleague to match it.",
        )
    stream = REVIEWS.stream(review_id)
    return await run.commands.run(
        Needs(streams=(stream,)),
        this_case(review_id, found.case, sent.reason),
        Cause(actor=principal.subject, rule="R49"),
        once=Once(f"{principal.subject}:{stream}:{key}", body),
        if_match=IfMatch(stream, version, _concerns),
    )


def _concerns(fact: Fact) -> bool:
    """Also that a person was erased from this review together with another one."""
    return concerns_match(fact) or isinstance(fact, Erased)
