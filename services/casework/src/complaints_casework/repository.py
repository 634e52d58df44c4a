"""Casework's streams, what follows from them, and the adviser's loads."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence, Set
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from complaints_casework.domain.breaches import to_watch
from complaints_casework.domain.case import Case
from complaints_casework.domain.evolving import evolve
from complaints_casework.domain.timing import to_follow
from complaints_casework.domain.transfer import HandedOver, given
from complaints_casework.domain.upcoming import what_is_next
from complaints_casework.tables import actions, cases
from complaints_chassis.aggregate import Aggregate, Lookup, Rows, Timer
from complaints_contracts.allegations import AllegationEvent
from complaints_contracts.cases import CaseEvent, CasePersonErased
from complaints_contracts.forces import TransferEvent


def project(_: str, case: Case) -> Rows:
    """One row for the case, and one for each of its actions."""
    opened, kept = case.opened, case.kept
    if opened is None or kept is None:
        return {}
    following = what_is_next(case)
    return {
        cases: [
            {
                "case_id": opened.case_id,
                "version": case.version,
                "contact_id": opened.contact_id,
                "matter": opened.matter,
                "reference": opened.reference,
                "channel": opened.channel,
                "contact_type": opened.contact_type,
                "queue": opened.queue,
                "urgency": case.urgency,
                "risks": json.dumps(case.risks),
                "prompts": len(kept.prompts),
                "received_at": opened.received_at,
                "status": case.status,
                "restricted": case.is_restricted,
                "touched_at": _touched_at(case),
                "is_open": case.is_open,
                "adviser_id": case.adviser_id,
                "named": json.dumps(case.named),
                "acknowledgement": case.acknowledgement,
                "next_clock": following.clock if following else None,
                "next_action": following.action if following else None,
                "next_due_at": following.due_at if following else None,
                "next_do_by": following.do_by if following else None,
                "open_actions": len(case.open_actions),
                "unread_messages": len(case.unread),
            }
        ],
        actions: [
            {
                "number": number,
                "case_id": opened.case_id,
                "kind": action.kind,
                "reason": action.reason,
                "due_at": action.due_at,
                "done": action.done,
            }
            for number, action in enumerate(case.actions, start=1)
        ],
    }


def _touched_at(case: Case) -> datetime | None:
    """When something was last done on the case, or became known of it."""
    assessed = [case.assessment.assessed_at] if case.assessment else []
    return max((*(event.at for event in case.happened), *case.tried, *assessed), default=None)


def timers(case: Case) -> Sequence[Timer]:
    """One for each kind of clock that can still run out, soonest first."""
    found = {clock.kind.value: (clock.due_at, clock.rules_version) for clock in to_watch(case)}
    seen = case.happened_at
    for run in to_follow(case, seen) if seen else ():
        if run.clock:
            found.setdefault(run.kind, (run.clock.due_at, run.clock.rules_version))
    return [Timer(kind, due_at, version) for kind, (due_at, version) in found.items()]


CASES: Final = Aggregate(
    "case",
    Case(),
    evolve,
    due=timers,
    project=project,
    tables=(cases, actions),
    erased=lambda id, person: CasePersonErased(case_id=id, person_id=person),
    publishes=CaseEvent,
)


TRANSFERS: Final = Aggregate("transfer", HandedOver(), given, publishes=TransferEvent)
"""What the force was given of each case, on its own topic."""


ALLEGATIONS: Final = Aggregate(
    "allegations", None, lambda _, __: None, publishes=AllegationEvent, folded=False
)
"""What came up on each case later, for triage to have assessed."""


async def _count_cases(connection: AsyncConnection, _: Set[str]) -> Counter[str]:
    """Open cases by adviser. The lock, held to the end of the transaction, makes whoever allocates
    at the same time elsewhere wait, so that they count what is allocated here."""
    await connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('allocation'))"))
    found = await connection.execute(
        text(
            "SELECT adviser_id, count(*) AS load FROM cases"
            " WHERE is_open AND adviser_id IS NOT NULL GROUP BY adviser_id"
        )
    )
    return Counter({row.adviser_id: row.load for row in found})


LOADS: Final = Lookup(_count_cases)
"""Open cases by adviser (R58); whoever allocates adds to it, so that a batch counts itself."""


async def _find_cases(connection: AsyncConnection, contacts: Set[str]) -> dict[UUID, list[UUID]]:
    query = select(cases.c.contact_id, cases.c.case_id).where(
        cases.c.contact_id.in_([UUID(contact) for contact in contacts])
    )
    found: dict[UUID, list[UUID]] = {}
    for row in await connection.execute(query.order_by(cases.c.stream)):
        found.setdefault(row.contact_id, []).append(row.case_id)
    return found


CASES_OF_CONTACTS: Final = Lookup(
    _find_cases,
    streams=lambda found: (CASES.stream(id) for ids in found.values() for id in ids),
)
"""The cases that each of the contacts asked about has."""
