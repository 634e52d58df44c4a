"""Saying that somebody read what people added to their contact: an API, and a button."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from complaints_casework.commands import message_read
from complaints_casework.routes.commanding import Command, Program, Recorded, by_form
from complaints_casework.routes.common import Office, Staff, read_case, viewer
from complaints_casework.views import CaseView
from complaints_chassis.service import Run
from complaints_chassis.web import Problem, redirect

router = APIRouter()


def _command(case: CaseView, message_id: UUID) -> Command:
    """Nothing that happens meanwhile makes unread what was read. Raises `Problem` 404."""
    if all(message.message_id != message_id for message in case.messages):
        raise Problem(
            404,
            "There is no such message on this case.",
            title="Message not found",
            action="Check the address, or open the case to see its messages.",
        )
    return Command(case.case_id, message_read(case.case_id, message_id), "R13", lambda _: False)


@router.post("/api/cases/{case_id}/messages/{message_id}/read", tags=["cases"])
async def api_read(case_id: UUID, message_id: UUID, program: Program) -> Recorded:
    """Says that who asks has read a message (R13). Saying so twice changes nothing."""
    return await program.do(_command(await program.case(case_id), message_id))


@router.post(
    "/cases/{case_id}/messages/{message_id}/read", name="read_message", include_in_schema=False
)
async def read(
    request: Request,
    case_id: UUID,
    message_id: UUID,
    run: Run,
    office: Office,
    principal: Staff,
    version: Annotated[int, Form(ge=1, le=999_999_999)],
    once: Annotated[UUID, Form()],
) -> Response:
    """The button below a message."""
    case, _ = await read_case(run, office, principal, case_id)
    await _command(case, message_id).run(
        run, viewer(principal, office), version, by_form(request, once)
    )
    return redirect(request, "case", case_id=case_id)
