"""What there is to do, by when."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field

from complaints_casework import queries
from complaints_casework.queries import PAGE, Found, Sought
from complaints_casework.routes.common import Office, Staff, viewer
from complaints_casework.views import ListedCase, listed
from complaints_chassis.service import Run, Running
from complaints_chassis.web import Problem, render
from complaints_contracts.codes import CaseStatus, Queue
from complaints_law.office import Role as StaffRole

router = APIRouter()

Page = Annotated[int, Query(ge=1, le=1000)]


class Search(Sought):
    """Which cases, and which page of them."""

    page: int = Field(default=1, ge=1, le=1000)


class Listed(BaseModel):
    """Cases, soonest due first; `total` counts those on other pages too."""

    cases: tuple[ListedCase, ...]
    total: int
    page: int = 1


def _listed(run: Running, found: Found, page: int = 1) -> Listed:
    now = run.clock.now()
    return Listed(cases=tuple(listed(row, now) for row in found.rows), total=found.total, page=page)


@router.get("/api/worklist", tags=["cases"])
async def api_worklist(
    run: Run,
    principal: Staff,
    office: Office,
    adviser: Annotated[
        str | None, Query(description="An id of the staff register, `me` or `unallocated`")
    ] = None,
    queue: Queue | None = None,
    status: CaseStatus | None = None,
    asked: Annotated[
        bool, Query(description="Only those that wait for a team leader's decision")
    ] = False,
    page: Page = 1,
) -> Listed:
    """Open cases by what is due next, 50 to a page; with a status all that stand there."""
    adviser = principal.subject if adviser == "me" else adviser
    found = await queries.worklist(
        run.engine,
        viewer(principal, office),
        adviser=adviser,
        queue=queue,
        status=status,
        asked=asked,
        page=page,
    )
    return _listed(run, found, page)


@router.get("/api/cases", tags=["cases"])
async def api_find(
    run: Run, principal: Staff, office: Office, sought: Annotated[Search, Query()]
) -> Listed:
    """Cases, closed ones too, that are all of what is asked; 50 to a page, soonest due first."""
    if sought.model_fields_set <= {"page"}:
        raise Problem(
            400,
            "Nothing was asked.",
            action="Say in the address which cases: see the list in /docs.",
        )
    found = await queries.search(
        run.engine, viewer(principal, office), sought, run.clock.now(), sought.page
    )
    return _listed(run, found, sought.page)


@router.get("/", name="my_work", include_in_schema=False)
async def my_work(
    request: Request,
    run: Run,
    principal: Staff,
    office: Office,
    page: Page = 1,
    asked_page: Page = 1,
) -> HTMLResponse:
    """The cases of who asks; for a team leader, what waits for their decision."""
    who = viewer(principal, office)
    mine = await queries.worklist(run.engine, who, adviser=who.id, page=page)
    asked = (
        await queries.worklist(run.engine, who, asked=True, page=asked_page) if who.leads else None
    )
    return render(
        request,
        "my_work.html",
        mine=_listed(run, mine, page),
        asked=_listed(run, asked, asked_page) if asked else None,
        names=_names(office),
        pages=_pages(mine),
        asked_pages=_pages(asked) if asked else 1,
    )


@router.get("/worklist", name="all_work", include_in_schema=False)
async def all_work(
    request: Request,
    run: Run,
    principal: Staff,
    office: Office,
    adviser: str = "",
    queue: str = "",
    reference: str = "",
    page: Page = 1,
) -> HTMLResponse:
    """Everybody's cases, chosen by adviser, queue or reference."""
    who = viewer(principal, office)
    if reference.strip():
        found = await queries.find(run.engine, who, contact_id=None, reference=reference)
    else:
        found = await queries.worklist(
            run.engine, who, adviser=adviser or None, queue=queue or None, page=page
        )
    return render(
        request,
        "all_work.html",
        found=_listed(run, found, page),
        names=_names(office),
        advisers=[member for member in office.staff if StaffRole.ADVISER in member.roles],
        queues=[q for q in Queue if q is not Queue.OTHER],
        chosen={"adviser": adviser, "queue": queue, "reference": reference},
        pages=_pages(found),
    )


def _names(office: Office) -> dict[str, str]:
    return {member.id: member.name for member in office.staff}


def _pages(found: Found) -> int:
    return max(1, -(-found.total // PAGE))
