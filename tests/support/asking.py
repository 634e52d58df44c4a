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


def assessed(event: ContactSorted, category: str) -> MatterAssessed:
    """That all of its criteria are answered no, in an allegation of that category."""
    return MatterAssessed(
        contact_id=event.contact_id,
        case_id=event.case_id,
        reference=event.reference,
        person_id=event.person,
        assessed_at=event.received_at,
        contact_type=ContactType.COMPLAINT,
        subject=Subject.FORCE,
        eligibility=Eligibility.ELIGIBLE,
        wish=Wish.CONTENT,
        allegations=(
            AssessedAllegation(
                number="1",
                category=category,
                words="He was paid.",
                answers=dict.fromkeys(set(Criterion) - {Criterion.OTHER}, CriterionAnswer.NO),
            ),
        ),
        route=Route.SERVICE_RECOVERY,
        row="x",
        table_version="1",
        criteria_version="1",
    )
