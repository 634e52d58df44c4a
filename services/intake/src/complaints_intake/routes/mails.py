"""What became of mails, for staff; who wrote and what they said is not here."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel

from complaints_chassis.service import Run
from complaints_chassis.web import Problem, render
from complaints_intake.domain.mail import Became
from complaints_intake.mailbox import find_mail, latest_mails
from complaints_intake.routes.api import STAFF

router = APIRouter(dependencies=[STAFF])


class Mail(BaseModel):
    """A mail, and the contact that it became or is part of."""

    mail_id: UUID
    became: Became
    contact_id: UUID | None
    reference: str | None
    received_at: datetime


@router.get("/api/mails/{mail_id}", tags=["mails"])
async def show(run: Run, mail_id: UUID) -> Mail:
    """What a mail became, by the id that whoever delivered it was told."""
    row = await find_mail(run.engine, mail_id)
    if row is None:
        raise Problem(404)
    return Mail.model_validate(row, from_attributes=True)


@router.get("/mails", name="mails", include_in_schema=False)
async def latest(request: Request, run: Run) -> HTMLResponse:
    """The mails that wait to be read, and those that came last."""
    return render(request, "mails.html", mails=await latest_mails(run.engine))
