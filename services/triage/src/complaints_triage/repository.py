"""Triage's streams, and the rows of its read tables that follow from them."""

from __future__ import annotations

from typing import Final

from complaints_chassis.aggregate import Aggregate, Rows
from complaints_contracts.triage import SortingPersonErased, TriageEvent
from complaints_triage.domain.contact import Contact, evolve
from complaints_triage.tables import sortings


def project(_: str, contact: Contact) -> Rows:
    """One row for each matter of a sorted contact."""
    return {
        sortings: [
            {
                "matter": found.matter,
                "contact_id": found.contact_id,
                "reference": found.reference,
                "channel": found.channel,
                "received_at": found.received_at,
                "declared": found.declared,
                "contact_type": found.contact_type,
                "queue": found.queue,
                "urgency": found.urgency,
                "prompts": len(found.prompts),
            }
            for found in contact.sorted
        ]
    }


CONTACTS: Final = Aggregate(
    "contact",
    Contact(),
    evolve,
    project=project,
    tables=(sortings,),
    erased=lambda id, person: SortingPersonErased(contact_id=id, person_id=person),
    publishes=TriageEvent,
)
