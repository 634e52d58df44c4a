"""Recording a complaint under Schedule 3, with which it goes to the force (domain 3.4)."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from complaints_casework.commands import record
from complaints_casework.domain.transfer import concerns_recording
from complaints_casework.repository import TRANSFERS
from complaints_casework.routes.commanding import Command, Program, Recorded
from complaints_chassis.web import Problem
from complaints_contracts.codes import RecordingReason
from complaints_contracts.event import Model

router = APIRouter()

LONGEST: Final = 2000


class SentRecording(Model):
    """Why a complaint is recorded; `force` is the key of the force that handles it."""

    reason: RecordingReason
    force: str = Field(max_length=100)
    note: str = Field(
        min_length=1, max_length=LONGEST, pattern=r"\S", description="Why, in your words (R60)"
    )


@router.post("/api/cases/{case_id}/recorded-complaint", status_code=201, tags=["cases"])
async def api_record(case_id: UUID, sent: SentRecording, program: Program) -> Recorded:
    """Records the complaint and hands it to the force, in whatever state the case is (L6, R42)."""
    await program.case(case_id)
    keys = [force.key for force in program.office.forces]
    if sent.force not in keys:
        raise Problem(
            422,
            "This office deals with no force of that key.",
            action=f"Send one of: {', '.join(keys)}.",
        )
    if sent.reason is RecordingReason.OTHER:
        known = (reason.value for reason in RecordingReason if reason is not RecordingReason.OTHER)
        raise Problem(
            422, "That is no reason for recording.", action=f"Send one of: {', '.join(known)}."
        )
    decide = record(case_id, sent.reason, sent.force, sent.note.strip())
    given = (TRANSFERS.stream(case_id),)
    return await program.do(Command(case_id, decide, "R42", concerns_recording, streams=given))
