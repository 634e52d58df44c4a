"""The pages before the forms, and the way out of them."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from complaints_chassis.service import Run
from complaints_chassis.web import public, render
from complaints_intake.domain.review import review_times
from complaints_intake.routes.common import office_of, today
from complaints_intake.routes.drafts import forget

router = APIRouter(dependencies=[public], include_in_schema=False)

ELSEWHERE: Final = "https://www.bbc.co.uk/weather"
"""Where `Exit this page` leads: the address GOV.UK's component names for it."""


@router.get("/", name="start")
async def start(request: Request) -> Response:
    """What this service is for, and where to turn when it is urgent."""
    return render(request, "start.html", office=office_of(request))


@router.get("/review", name="review_start")
async def review_start(request: Request, run: Run) -> Response:
    """What a review is and is not, by when to ask for one, and where else to turn (R49 to R57)."""
    times = review_times(today(run))
    return render(request, "review-start.html", office=office_of(request), times=times)


@router.get("/leave", name="leave")
async def leave(request: Request) -> Response:
    """Goes elsewhere at once, and lets nobody at this browser see what was typed (R23)."""
    response = RedirectResponse(ELSEWHERE, status_code=303)
    forget(request, response)
    return response
