"""What came in last: a page for staff, with nothing personal on it."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from complaints_chassis.service import Run
from complaints_chassis.web import render
from complaints_intake import queries
from complaints_intake.routes.api import STAFF

router = APIRouter(dependencies=[STAFF], include_in_schema=False)


@router.get("/contacts", name="latest")
async def latest(request: Request, run: Run) -> HTMLResponse:
    """The contacts that came in last."""
    return render(request, "latest.html", contacts=await queries.latest(run.engine))
