"""Closing what is no complaint: a compliment passed on, a community concern noted (domain 3.1)."""

from __future__ import annotations

from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from pydantic import Field

from complaints_casework.commands import end_case
from complaints_casework.domain.ending import RULES, Ending, concerns_ending
from complaints_casework.routes.cases import show
from complaints_casework.routes.commanding import Command, Program, Recorded, by_form, news
from complaints_casework.routes.common import Office, Staff, read_case, viewer
from complaints_chassis.errors import Stale
from complaints_chassis.service import Run
from complaints_chassis.web import redirect
from complaints_contracts.event import Model

router = APIRouter()

LONGEST: Final = 500
_MISSING: Final = {
    Ending.COMPLIMENT: "Say to whom you pass it on",
    Ending.CONCERN: "Say what the concern is about",
}


class SentCompliment(Model):
    """A compliment that an adviser read to the end."""

    passed_to: str = Field(min_length=1, max_length=LONGEST, pattern=r"\S")
    no_dissatisfaction: Literal[True] = Field(
        description="That they found no dissatisfaction in it (R9)"
    )


class SentConcern(Model):
    """A community concern that an adviser read."""

    theme: str = Field(min_length=1, max_length=LONGEST, pattern=r"\S")


def _command(case_id: UUID, way: Ending, note: str) -> Command:
    return Command(case_id, end_case(case_id, way, note), RULES[way], concerns_ending)


@router.post("/api/cases/{case_id}/forwarded-compliment", status_code=201, tags=["cases"])
async def api_forward(case_id: UUID, sent: SentCompliment, program: Program) -> Recorded:
    """Passes a compliment on and closes its case; whoever wrote it is thanked (R9)."""
    await program.case(case_id)
    return await program.do(_command(case_id, Ending.COMPLIMENT, sent.passed_to.strip()))


@router.post("/api/cases/{case_id}/noted-concern", status_code=201, tags=["cases"])
async def api_note(case_id: UUID, sent: SentConcern, program: Program) -> Recorded:
    """Notes a community concern and closes its case; whoever raised it gets a reply (R10, R63)."""
    await program.case(case_id)
    return await program.do(_command(case_id, Ending.CONCERN, sent.theme.strip()))


@router.post("/cases/{case_id}/ending", name="end_case", include_in_schema=False)
async def end(
    request: Request,
    case_id: UUID,
    run: Run,
    office: Office,
    principal: Staff,
    version: Annotated[int, Form(ge=1, le=999_999_999)],
    once: Annotated[UUID, Form()],
    way: Annotated[Ending, Form()],
    ending_note: Annotated[str, Form()] = "",
    no_dissatisfaction: Annotated[str, Form()] = "",
) -> Response:
    """The form on the page of a case that may be no complaint."""
    await read_case(run, office, principal, case_id)
    note = ending_note.replace("\0", "").strip()
    given = {"ending_note": note, "no_dissatisfaction": no_dissatisfaction}
    faults = {}
    if not note:
        faults["ending_note"] = _MISSING[way]
    if len(note) > LONGEST:
        faults["ending_note"] = f"Shorten this to {LONGEST} characters"
    if way is Ending.COMPLIMENT and no_dissatisfaction != "yes":
        faults["no_dissatisfaction"] = "Read it to the end and confirm that nobody is unhappy in it"
    if faults:
        return await show(request, principal, case_id, status=422, sent=given, faults=faults)
    try:
        asked = by_form(request, once, way, *given.values())
        await _command(case_id, way, note).run(run, viewer(principal, office), version, asked)
    except Stale as stale:
        told = news(stale)
        return await show(request, principal, case_id, status=409, sent=given, news=told)
    return redirect(request, "case", case_id=case_id)
