"""Kafka in: which event goes to which handler."""

from __future__ import annotations

from functools import partial
from typing import Any

from complaints_chassis.subscriptions import On
from complaints_contracts.cases import AdviserAllocated, CaseOpened, CasePersonErased
from complaints_contracts.notices import (
    NoticePrepared,
    NoticeRefused,
    NoticeReturned,
    NoticeSent,
    NoticeWithheld,
)
from complaints_contracts.triage import ContactSorted, MessageSorted, SortingPersonErased
from complaints_law.office import OfficeProfile
from complaints_reviews import handlers


def subscriptions(office: OfficeProfile) -> tuple[On[Any], ...]:
    """What reviews listens to; which days it promises is for the office's hours to say."""
    return (
        On(ContactSorted, partial(handlers.open_for, office), handlers.its_review),
        On(MessageSorted, handlers.keep_words, handlers.message_review),
        On(SortingPersonErased, handlers.erase_person, handlers.sorted_review),
        On(CaseOpened, handlers.note_case, handlers.its_reviews),
        On(AdviserAllocated, handlers.copy_allocation, handlers.nothing),
        On(CasePersonErased, handlers.erase_case_person, handlers.anybody),
        On(NoticePrepared, handlers.note_prepared, handlers.told_review),
        On(NoticeSent, handlers.note_sent, handlers.told_review),
        On(NoticeRefused, handlers.note_refused, handlers.told_review),
        On(NoticeWithheld, handlers.note_withheld, handlers.told_review),
        On(NoticeReturned, handlers.note_returned, handlers.told_review),
    )
