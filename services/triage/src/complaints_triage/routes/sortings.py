"""How contacts were sorted: a page and an API for staff."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict

from complaints_chassis.service import Run
from complaints_chassis.web import Problem, Role, render, requires
from complaints_contracts.codes import Channel, ContactType, Queue, Urgency
from complaints_triage import queries

STAFF = requires(Role.ADVISER, Role.TEAM_LEADER)
router = APIRouter(dependencies=[STAFF])


class Sorting(BaseModel):
    """How one matter of a contact was sorted: a suggestion until a person confirms it.

    `declared` is what its sender, the mailbox it came to, or who took it says it is.
    """

    model_config = ConfigDict(from_attributes=True)

    contact_id: UUID
    matter: str
    reference: str
    channel: Channel
    received_at: datetime
    declared: ContactType | None
    contact_type: ContactType
    queue: Queue
    urgency: Urgency
    prompts: int


@router.get("/", name="latest", include_in_schema=False)
async def latest(request: Request, run: Run) -> HTMLResponse:
    """The contacts that came in last, and how they were sorted."""
    return render(request, "latest.html", sortings=await queries.latest(run.engine))


@router.get("/api/contacts/{contact_id}", tags=["sortings"])
async def of_contact(contact_id: UUID, run: Run) -> list[Sorting]:
    """How one contact was sorted: one sorting for each of its matters."""
    rows = await queries.of_contact(run.engine, contact_id)
    if not rows:
        raise Problem(404)
    return [Sorting.model_validate(row) for row in rows]
