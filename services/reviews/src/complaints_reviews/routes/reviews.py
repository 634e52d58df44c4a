"""The reviews there are, and one of them: pages, and the same for programs."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID, uuid4

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from complaints_chassis.service import Run, running
from complaints_chassis.web import Principal, render
from complaints_chassis.web.filters import london, words
from complaints_law.codes import ListName, load_codes
from complaints_law.london import london_day
from complaints_law.office import OfficeProfile
from complaints_reviews import queries, views, wording
from complaints_reviews.routes.common import (
    Page,
    Staff,
    names_of,
    office_of,
    pages_of,
    read_review,
)
from complaints_reviews.timeline import timeline, who
from complaints_reviews.views import ListedReview, ReviewView

router = APIRouter()

Asked = Annotated[str, Query(max_length=64, description="A reference whose cases to show as well")]


class Listed(BaseModel):
    """One page of reviews; `total` counts those on other pages too."""

    reviews: tuple[ListedReview, ...]
    total: int
    page: int


async def _listed(run: Run, principal: Principal, page: int) -> Listed:
    found = await queries.listed(run.engine, principal.subject, page)
    now = run.clock.now()
    reviews = tuple(views.listed(row, now) for row in found.rows)
    return Listed(reviews=reviews, total=found.total, page=page)


@router.get("/api/reviews", tags=["reviews"])
async def api_reviews(run: Run, principal: Staff, page: Page = 1) -> Listed:
    """Reviews, the urgent first, then what has to be complete first; 50 to a page."""
    return await _listed(run, principal, page)


@router.get("/", name="reviews", include_in_schema=False)
async def page_of_reviews(
    request: Request, run: Run, principal: Staff, page: Page = 1
) -> HTMLResponse:
    """The reviews there are."""
    found = await _listed(run, principal, page)
    return render(request, "reviews.html", found=found, pages=pages_of(found.total))


@router.get("/api/reviews/{review_id}", tags=["reviews"])
async def api_review(
    review_id: UUID, run: Run, principal: Staff, response: Response, reference: Asked = ""
) -> ReviewView:
    """A review, and the cases it may be about. The ETag is its version, for `If-Match`."""
    review, _ = await read_review(run, principal, review_id, reference)
    response.headers["ETag"] = f'"{review.version}"'
    return review


@router.get("/reviews/{review_id}", name="review", include_in_schema=False)
async def page(
    request: Request, review_id: UUID, principal: Staff, reference: Asked = ""
) -> HTMLResponse:
    """A review: which case it is about, what they say is wrong, what is to do."""
    return await show(request, principal, review_id, asked=reference)


async def show(
    request: Request,
    principal: Principal,
    review_id: UUID,
    *,
    asked: str = "",
    status: int = 200,
    sent: dict[str, str] | None = None,
    faults: dict[str, str] | None = None,
    news: list[str] | None = None,
) -> HTMLResponse:
    """The page of a review; after a form that was not taken, with what was sent and why not."""
    run, office = running(request), office_of(request)
    review, happened = await read_review(run, principal, review_id, asked)
    today = london_day(run.clock.now())
    return render(
        request,
        "review.html",
        status=status,
        review=review,
        facts=_facts(review, office),
        wording=wording,
        grounds=_labels(ListName.REVIEW_GROUND, today),
        needs=_labels(ListName.ADJUSTMENT, today),
        kinds=_labels(ListName.REPRESENTATIVE, today),
        names=names_of(office),
        lines=timeline(happened, office),
        asked=asked,
        once=uuid4(),
        sent=sent or {},
        faults=faults or {},
        news=news or [],
    )


def _labels(name: ListName, day: date) -> dict[str, str]:
    return {code.code: code.label for code in load_codes(name).on(day)}


def _facts(review: ReviewView, office: OfficeProfile) -> list[tuple[str, str]]:
    """What stands beside a review: where it stands, how and when it came."""
    return [
        ("Status", wording.STATES[review.state]),
        ("Came by", words(review.channel)),
        ("Received", london(review.received_at)),
        *([("Made", london(review.made_at))] if review.made_at else []),
        *([("Letter dated", wording.day_words(review.dated_on))] if review.dated_on else []),
        *([("Taken by", who(review.taken_by, office))] if review.taken_by else []),
        ("They call it a review", "Yes" if review.declared else "No, their words suggest it"),
        ("Acknowledgement", review.acknowledgement_words),
    ]
