"""Kafka in: which event goes to which handler."""

from __future__ import annotations

from typing import Final

from complaints_chassis.subscriptions import On
from complaints_contracts.cases import (
    CaseMoved,
    CaseOpened,
    CasePersonErased,
    ComplimentForwarded,
    ConcernNoted,
)
from complaints_contracts.contacts import ContactPersonErased, ContactReceived, MailReturned
from complaints_notifications import handlers

SUBSCRIPTIONS: Final = (
    On(ContactReceived, handlers.acknowledge, handlers.its_notice),
    On(ContactPersonErased, handlers.erase_person, handlers.notices_of_contact),
    On(MailReturned, handlers.note_returned, handlers.returned_notice),
    On(ComplimentForwarded, handlers.thank, handlers.its_thanks),
    On(ConcernNoted, handlers.thank, handlers.its_thanks),
    On(CaseOpened, handlers.note_case, handlers.its_case),
    On(CaseMoved, handlers.tell_step, handlers.its_step),
    On(CasePersonErased, handlers.erase_told, handlers.notices_of_case),
)
