"""What people were told: a page and an API for staff."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict

from complaints_chassis.service import Run
from complaints_chassis.web import Role, render, requires
from complaints_contracts.codes import CaseStep, Medium, Purpose, ReturnKind, WithheldReason
from complaints_notifications import queries
from complaints_notifications.domain.notice import NoticeState

STAFF = requires(Role.ADVISER, Role.TEAM_LEADER, Role.OPERATIONS)
router = APIRouter(dependencies=[STAFF])


class Notice(BaseModel):
    """One notice; `instead` is how a person must reach them, where there is something to do.

    `returned` is what a machine answered to it, with the mail system's code. `last_day` is the day
    that a letter about a step of a case tells.
    """

    model_config = ConfigDict(from_attributes=True)

    notice_id: UUID
    contact_id: UUID
    reference: str
    purpose: Purpose
    case_id: UUID | None
    step_id: UUID | None
    step: CaseStep | None
    medium: Medium | None
    state: NoticeState
    reason: WithheldReason | None
    is_task: bool
    instead: Medium | None
    attempts: int
    uncertain: bool
    opened_at: datetime
    sent_at: datetime | None
    call_by: datetime | None
    complete_by: datetime | None
    last_day: date | None
    returned: ReturnKind | None
    returned_status: str | None


@router.get("/", name="notices", include_in_schema=False)
async def page(request: Request, run: Run) -> HTMLResponse:
    """What a person must do because mail does not, then the latest notices."""
    tasks = await queries.tasks(run.engine)
    return render(request, "notices.html", tasks=tasks, latest=await queries.latest(run.engine))


@router.get("/api/notices", tags=["notices"])
async def of_contact(contact_id: UUID, run: Run) -> list[Notice]:
    """The notices about one contact; none where we have not heard of it."""
    return [Notice.model_validate(row) for row in await queries.of_contact(run.engine, contact_id)]
