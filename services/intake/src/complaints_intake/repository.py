"""Intake's streams, and the rows of its read table that follow from them."""

from __future__ import annotations

from typing import Final

from complaints_chassis.aggregate import Aggregate, Rows
from complaints_contracts.contacts import ContactPersonErased
from complaints_intake.domain.contact import Contact, evolve
from complaints_intake.tables import contacts


def project(_: str, contact: Contact) -> Rows:
    """One row for each contact, without anything personal."""
    received = contact.received
    if received is None:
        return {}
    return {
        contacts: [
            {
                "contact_id": received.contact_id,
                "reference": received.reference,
                "channel": received.channel,
                "received_at": received.received_at,
                "anonymous": received.anonymous,
                "attachments": len(received.attachments),
                "suspicions": " ".join(contact.suspicions),
            }
        ]
    }


CONTACTS: Final = Aggregate(
    "contact",
    Contact(),
    evolve,
    project=project,
    tables=(contacts,),
    erased=lambda id, person: ContactPersonErased(contact_id=id, person_id=person),
)
