"""Kafka in: which event goes to which handler."""

from __future__ import annotations

from typing import Final

from complaints_chassis.subscriptions import On
from complaints_contracts.contacts import ContactPersonErased, ContactReceived
from complaints_notifications import handlers

SUBSCRIPTIONS: Final = (
    On(ContactReceived, handlers.acknowledge, handlers.its_notice),
    On(ContactPersonErased, handlers.erase_person, handlers.its_notice),
)
