"""The web form."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from complaints_chassis.web import public, render

router = APIRouter(dependencies=[public], include_in_schema=False)


@router.get("/", name="start")
async def start(request: Request) -> HTMLResponse:
    """What this service is for, and where to turn when it is urgent."""
    return render(request, "start.html")
