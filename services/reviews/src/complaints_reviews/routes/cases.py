"""The cases known here: a page and an API."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from complaints_chassis.service import Run
from complaints_chassis.web import render
from complaints_contracts.codes import ContactType
from complaints_reviews import queries
from complaints_reviews.routes.common import Office, Page, Staff, names_of, pages_of

router = APIRouter()


class KnownCase(BaseModel):
    """A case as far as reviews knows it; the adviser is an id of the staff register."""

    case_id: UUID
    reference: str
    matter: str
    contact_type: ContactType
    received_at: datetime
    adviser_id: str | None


class KnownCases(BaseModel):
    """One page of cases; `total` counts those on other pages too."""

    cases: tuple[KnownCase, ...]
    total: int
    page: int


@router.get("/api/cases", tags=["cases"])
async def api_cases(run: Run, _: Staff, page: Page = 1) -> KnownCases:
    """The cases known here, the one received last first, 50 to a page."""
    found = await queries.known_cases(run.engine, page)
    cases = tuple(KnownCase.model_validate(row, from_attributes=True) for row in found.rows)
    return KnownCases(cases=cases, total=found.total, page=page)


@router.get("/cases", name="known_cases", include_in_schema=False)
async def known_cases(
    request: Request, run: Run, _: Staff, office: Office, page: Page = 1
) -> HTMLResponse:
    """The cases known here."""
    found = await queries.known_cases(run.engine, page)
    return render(
        request,
        "known_cases.html",
        found=found,
        page=page,
        pages=pages_of(found.total),
        names=names_of(office),
    )
