"""The cases known here: a page and an API for the adjudicator."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from complaints_chassis.service import Run
from complaints_chassis.web import Role, render, requires
from complaints_contracts.codes import ContactType
from complaints_reviews import queries
from complaints_reviews.queries import PAGE

router = APIRouter(dependencies=[requires(Role.ADJUDICATOR)])

Page = Annotated[int, Query(ge=1, le=1000)]


class KnownCase(BaseModel):
    """A case as far as reviews knows it; the adviser is an id of the staff register."""

    case_id: UUID
    reference: str
    contact_type: ContactType
    received_at: datetime
    adviser_id: str | None


class KnownCases(BaseModel):
    """One page of cases; `total` counts those on other pages too."""

    cases: tuple[KnownCase, ...]
    total: int
    page: int


@router.get("/api/cases", tags=["cases"])
async def api_cases(run: Run, page: Page = 1) -> KnownCases:
    """The cases known here, the one received last first, 50 to a page."""
    found = await queries.known_cases(run.engine, page)
    cases = tuple(KnownCase.model_validate(row, from_attributes=True) for row in found.rows)
    return KnownCases(cases=cases, total=found.total, page=page)


@router.get("/", name="known_cases", include_in_schema=False)
async def known_cases(request: Request, run: Run, page: Page = 1) -> HTMLResponse:
    """The cases known here."""
    found = await queries.known_cases(run.engine, page)
    office = request.app.state.office
    return render(
        request,
        "known_cases.html",
        found=found,
        page=page,
        pages=max(1, -(-found.total // PAGE)),
        names={member.id: member.name for member in office.staff},
    )
