"""Recording that somebody was reached, or could not be: an API, and the form on the case page."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import Field

from complaints_casework.commands import contact_attempt
from complaints_casework.domain.case import concerns_attempt
from complaints_casework.domain.codes import How
from complaints_casework.routes.cases import show
from complaints_casework.routes.commanding import Command, Program, Recorded, by_form, news
from complaints_casework.routes.common import Office, Staff, read_case, viewer
from complaints_casework.views import CaseView
from complaints_chassis.errors import Stale
from complaints_chassis.service import Run
from complaints_chassis.web import redirect
from complaints_contracts.event import Model

router = APIRouter()

LONGEST_NOTE: Final = 5000


class SentAttempt(Model):
    """What came of reaching out to the person."""

    made: bool = Field(description="Whether the person was reached")
    how: How
    note: str | None = Field(default=None, max_length=LONGEST_NOTE)


def _command(case: CaseView, sent: SentAttempt) -> Command:
    decide = contact_attempt(case.case_id, made=sent.made, how=sent.how, note=sent.note)
    return Command(case.case_id, decide, "R12", concerns_attempt, case.contact_id)


@router.post("/api/cases/{case_id}/contact-attempts", status_code=201, tags=["cases"])
async def api_record(case_id: UUID, sent: SentAttempt, program: Program) -> Recorded:
    """Records a call or another attempt (R12).

    What happened since the case was read and does not concern an attempt is no obstacle.
    """
    return await program.do(_command(await program.case(case_id), sent))


@router.post("/cases/{case_id}/contact-attempts", name="record_attempt", include_in_schema=False)
async def record(
    request: Request,
    case_id: UUID,
    run: Run,
    office: Office,
    principal: Staff,
    version: Annotated[int, Form(ge=1, le=999_999_999)],
    once: Annotated[UUID, Form()],
    made: Annotated[str, Form()] = "",
    how: Annotated[str, Form()] = "",
    note: Annotated[str, Form()] = "",
) -> Response:
    """The form on the case page."""
    case, _ = await read_case(run, office, principal, case_id)
    note = note.replace("\0", "").strip()
    given = {"made": made, "how": how, "note": note}
    faults = {}
    if made not in ("yes", "no"):
        faults["made"] = "Select whether you reached them"
    if how not in list(How):
        faults["how"] = "Select how you tried to reach them"
    if len(note) > LONGEST_NOTE:
        faults["note"] = f"Shorten the note to {LONGEST_NOTE} characters"
    if faults:
        return await show(request, principal, case_id, status=422, sent=given, faults=faults)
    sent = SentAttempt(made=made == "yes", how=How(how), note=note or None)
    try:
        asked = by_form(request, once, *given.values())
        await _command(case, sent).run(run, viewer(principal, office), version, asked)
    except Stale as stale:
        told = news(stale)
        return await show(request, principal, case_id, status=409, sent=given, news=told)
    return redirect(request, "case", case_id=case_id)
