"""Cases that may be about the same as one, for whoever merges or links them (R8)."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from complaints_casework import queries
from complaints_casework.domain.alike import Alike
from complaints_casework.routes.common import Office, Staff, read_file, viewer
from complaints_casework.wording import ALIKE
from complaints_chassis.service import Run
from complaints_contracts.codes import CaseStatus

router = APIRouter()

SHOWN: Final = 20


class Proposal(BaseModel):
    """A case that may be about the same, and why; `words` say the reasons to people."""

    case_id: UUID
    reference: str
    matter: str
    received_at: datetime
    status: CaseStatus
    reasons: tuple[Alike, ...]
    words: tuple[str, ...]


@router.get("/api/cases/{case_id}/alike", tags=["cases"])
async def api_alike(
    case_id: UUID, run: Run, office: Office, principal: Staff
) -> tuple[Proposal, ...]:
    """The open cases that may be about the same, with the reasons, the likeliest first.

    Nothing follows from it: people merge or link, by the steps MERGED and LINKED, and undo both.
    """
    case, _ = await read_file(run, office, principal, case_id)
    asks = viewer(principal, office)
    proposed = await queries.alike_to(run.engine, run.book, asks, case)
    return tuple(
        Proposal(
            case_id=other.opened.case_id,
            reference=other.opened.reference,
            matter=other.matter,
            received_at=other.opened.received_at,
            status=other.status,
            reasons=reasons,
            words=tuple(ALIKE[reason] for reason in reasons),
        )
        for other, reasons in proposed[:SHOWN]
        if other.opened
    )
