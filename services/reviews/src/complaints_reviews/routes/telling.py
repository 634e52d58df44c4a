"""Saying that an applicant was told by hand: an API, and the form on the review's page."""

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
from complaints_reviews.domain.facts import Acknowledgement, How
from complaints_reviews.domain.review import concerns_telling
from complaints_reviews.handlers import told_so
from complaints_reviews.repository import REVIEWS
from complaints_reviews.routes.commanding import WHAT, changed, news_of
from complaints_reviews.routes.common import Staff, read_review
from complaints_reviews.routes.reviews import show

router = APIRouter()

LONGEST_NOTE: Final = 1000


class SentTelling(Model):
    """How the applicant was told, and a note on it."""

    how: How
    note: (
        Annotated[
            str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_NOTE)
        ]
        | None
    ) = None


class Told(BaseModel):
    """How the acknowledgement stands now, and the version of the review with it."""

    acknowledgement: Acknowledgement
    version: int


@router.post("/api/reviews/{review_id}/tellings", status_code=201, tags=["reviews"])
async def api_tell(
    request: Request,
    response: Response,
    review_id: UUID,
    sent: SentTelling,
    run: Run,
    principal: Staff,
    if_match: IfMatchHeader = None,
    idempotency_key: KeyHeader = None,
) -> Told:
    """Says that the applicant was told by hand what no notice could tell them.

    `If-Match` is the ETag of the review as it was read. The same `Idempotency-Key` gives the same
    answer for 7 days.
    """
    version, key = version_of(if_match, WHAT), key_of(idempotency_key)
    review, _ = await read_review(run, principal, review_id)
    if version > review.version:
        raise not_an_etag(WHAT)
    body = b"%d %s" % (version, await request.body())
    try:
        answer = await _tell(run, principal, review_id, sent, version, Once(key, body))
    except Stale as stale:
        raise changed(stale) from None
    response.headers["ETag"] = f'"{answer["version"]}"'
    return Told.model_validate(answer)


@router.post("/reviews/{review_id}/tellings", name="tell_applicant", include_in_schema=False)
async def tell(
    request: Request,
    review_id: UUID,
    run: Run,
    principal: Staff,
    version: Annotated[int, Form(ge=1, le=999_999_999)],
    once: Annotated[UUID, Form()],
    how: Annotated[str, Form(max_length=64)] = "",
    note: Annotated[str, Form()] = "",
) -> Response:
    """The form on the review's page."""
    await read_review(run, principal, review_id)
    note = note.replace("\0", "").strip()
    given, faults = {"how": how, "note": note}, {}
    if how not in list(How):
        faults["how"] = "Select how they were told"
    if len(note) > LONGEST_NOTE:
        faults["note"] = f"Shorten the note to {LONGEST_NOTE} characters"
    try:
        if not faults:
            sent = SentTelling(how=How(how), note=note or None)
            key = Once(f"form:{once}", sent.model_dump_json().encode())
            await _tell(run, principal, review_id, sent, version, key)
            return redirect(request, "review", review_id=review_id)
    except Stale as stale:
        return await show(
            request, principal, review_id, status=409, sent=given, news=news_of(stale)
        )
    except Refused as refused:
        faults["to-do"] = str(refused)
    return await show(request, principal, review_id, status=422, sent=given, faults=faults)


async def _tell(
    run: Running,
    principal: Principal,
    review_id: UUID,
    sent: SentTelling,
    version: int,
    once: Once,
) -> Answer:
    stream = REVIEWS.stream(review_id)
    return await run.commands.run(
        Needs(streams=(stream,)),
        told_so(review_id, sent.how, sent.note),
        Cause(actor=principal.subject, rule="L42"),
        once=Once(f"{principal.subject}:{stream}:telling:{once.key}", once.request),
        if_match=IfMatch(stream, version, _concerns),
    )


def _concerns(fact: Fact) -> bool:
    """Also that a person was erased from this review together with another one."""
    return concerns_telling(fact) or isinstance(fact, Erased)
