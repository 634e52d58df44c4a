"""Commands on a case, as programs of staff give them, and what triage says of it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from httpx import Response
from staffed import Web

from complaints_contracts.codes import (
    ContactType,
    Criterion,
    CriterionAnswer,
    Eligibility,
    Route,
    Subject,
    Wish,
)
from complaints_contracts.triage import AssessedAllegation, ContactSorted, MatterAssessed


async def ask(
    casework: Any,
    web: Web,
    event: ContactSorted,
    what: str,
    body: dict[str, Any],
    who: str = "team-leader-1",
) -> Response:
    """Gives a command, having read the case."""
    row = await casework.case(event.contact_id, event.matter)
    proof = {"If-Match": f'"{row.version}"', "Idempotency-Key": str(uuid4())}
    path = f"/api/cases/{event.case_id}/{what}"
    return await web.client.post(path, json=body, headers=web.bearer(who, **proof))


NO = dict.fromkeys(set(Criterion) - {Criterion.OTHER}, CriterionAnswer.NO)


def allegation(category: str = "A1", number: str = "1", **given: Any) -> AssessedAllegation:
    """One of which every criterion is answered no, unless more is given."""
    fields: dict[str, Any] = {"words": "He was paid.", "answers": NO} | given
    return AssessedAllegation(number=number, category=category, **fields)


def assessed(
    event: ContactSorted, *allegations: AssessedAllegation, **given: Any
) -> MatterAssessed:
    """An assessment that leads to service recovery, unless more is given."""
    fields: dict[str, Any] = {
        "contact_id": event.contact_id,
        "case_id": event.case_id,
        "reference": event.reference,
        "person_id": event.person,
        "assessed_at": event.received_at,
        "contact_type": ContactType.COMPLAINT,
        "subject": Subject.FORCE,
        "eligibility": Eligibility.ELIGIBLE,
        "wish": Wish.CONTENT,
        "allegations": allegations or (allegation(),),
        "route": Route.SERVICE_RECOVERY,
        "row": "x",
        "table_version": "1",
        "criteria_version": "1",
    }
    return MatterAssessed(**(fields | given))
