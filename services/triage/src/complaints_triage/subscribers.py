"""Kafka in: which event goes to which handler."""

from __future__ import annotations

from typing import Final

from complaints_chassis.subscriptions import On
from complaints_contracts.allegations import AllegationRaised, AllegationWithdrawn
from complaints_contracts.contacts import ContactPersonErased, ContactReceived, MessageAdded
from complaints_triage import handlers

SUBSCRIPTIONS: Final = (
    On(ContactReceived, handlers.sort_contact, handlers.its_contact),
    On(MessageAdded, handlers.sort_message, handlers.known_contact),
    On(AllegationRaised, handlers.hear_allegation, handlers.raised_matter),
    On(AllegationWithdrawn, handlers.drop_allegation, handlers.raised_matter),
    On(ContactPersonErased, handlers.erase_person, handlers.its_contact),
)
