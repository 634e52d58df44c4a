"""What intake does about whatever comes in: one command for every channel."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from complaints_chassis.aggregate import Needs
from complaints_chassis.commands import Once
from complaints_chassis.journal import Cause
from complaints_chassis.service import Running
from complaints_chassis.work import Work
from complaints_contracts.contacts import ContactReceived
from complaints_intake.domain.contact import Submission, decide
from complaints_intake.domain.reference import BASE, LENGTH, make_receipt_code, make_reference
from complaints_intake.repository import CONTACTS

_random: Final = secrets.SystemRandom()


@dataclass(frozen=True)
class Receipt:
    """What whoever got in touch is told."""

    contact_id: UUID
    reference: str
    received_at: datetime
    is_new: bool
    """False where the same contact had come in before."""


async def receive(
    run: Running,
    contact_id: UUID,
    submission: Submission,
    *,
    prefix: str,
    actor: str,
    receipt_code: str | None = None,
    once: Once | None = None,
    besides: Callable[[Work, ContactReceived], None] = lambda _work, _received: None,
) -> Receipt:
    """Accepts a contact and gives it a reference (R1 to R10); the same contact only once.

    Its files must be in the store already. `besides` is written in the same transaction. A
    reference that is taken already is a conflict, which decides again, with another one.

    Raises:
        KeyReused: the Idempotency-Key stands for another request.
        Transient: the database is away; nothing was saved.
    """

    def accept(work: Work) -> dict[str, Any]:
        contact = work.state(CONTACTS, contact_id)
        reference = new_reference(prefix)
        facts = decide(contact, submission, contact_id, reference, work.now, receipt_code)
        work.append(CONTACTS, contact_id, *facts)

        received = work.state(CONTACTS, contact_id).received
        assert received
        besides(work, received)
        return {
            "contact_id": str(contact_id),
            "reference": received.reference,
            "received_at": received.received_at.isoformat(),
            "is_new": bool(facts),
        }

    needs = Needs(streams=(CONTACTS.stream(contact_id),))
    answer = await run.commands.run(needs, accept, Cause(actor=actor, rule="R8"), once=once)
    return Receipt(
        UUID(answer["contact_id"]),
        answer["reference"],
        datetime.fromisoformat(answer["received_at"]),
        answer["is_new"],
    )


def new_reference(prefix: str) -> str:
    """A random reference; that it is free shows when it is written."""
    return make_reference(prefix, [_random.randrange(BASE) for _ in range(LENGTH - 1)])


def receipt_code(run: Running, contact_id: UUID) -> str:
    """The receipt code of a contact: derived, so that it is kept nowhere, and the same again.

    With the reference it proves that somebody sent the contact; the journal holds its SHA-256.
    """
    secret = run.settings.secret.get_secret_value().encode()
    made = hmac.new(secret, b"receipt:" + contact_id.bytes, hashlib.sha256).digest()
    return make_receipt_code(made)
