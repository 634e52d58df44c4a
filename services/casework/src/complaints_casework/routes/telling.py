"""A case told on one page: its story in order, and its clocks day by day (domain 5.1)."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from complaints_casework.explaining import explain
from complaints_casework.routes.common import Office, Staff, read_case
from complaints_casework.story import tell
from complaints_casework.wording import day_words
from complaints_chassis.service import Run
from complaints_chassis.web import render

router = APIRouter()


@router.get("/cases/{case_id}/story", name="story", include_in_schema=False)
async def story(
    request: Request, case_id: UUID, run: Run, office: Office, principal: Staff
) -> HTMLResponse:
    """The briefing for managers: what happened from the first day on, what is to do, the clocks."""
    case, happened = await read_case(run, office, principal, case_id)
    now = run.clock.now()
    told = tell(case, happened, office, now)
    return render(request, "story.html", case=case, story=told, now=now)


@router.get("/cases/{case_id}/clocks", name="clocks", include_in_schema=False)
async def clocks(
    request: Request, case_id: UUID, run: Run, office: Office, principal: Staff
) -> HTMLResponse:
    """Every clock of a case with its rule, its source and its working."""
    case, _ = await read_case(run, office, principal, case_id)
    found = explain(case, run.clock.now())
    return render(request, "clocks.html", case=case, clocks=found, day=day_words)
