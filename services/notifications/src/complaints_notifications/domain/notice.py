"""A notice: opened when a contact comes in, then withheld, or composed and sent once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid5

from complaints_contracts.codes import Adjustment, Medium, Purpose, WithheldReason
from complaints_contracts.contacts import ContactReceived
from complaints_contracts.event import Fact
from complaints_contracts.notices import NoticePrepared, NoticeRefused, NoticeSent, NoticeWithheld
from complaints_contracts.parts import Person
from complaints_notifications.domain.addressee import (
    addressee,
    first_contact,
    instead_of_mail,
    needs_a_person,
    usable_address,
)
from complaints_notifications.domain.facts import NoticeDelayed, NoticeOpened, RecipientErased
from complaints_notifications.domain.ledger import Entry, Reply, Result, is_delayed, settles
from complaints_notifications.domain.promise import Promise


class NoticeState(StrEnum):
    """Where a notice stands."""

    QUEUED = "QUEUED"
    DELAYED = "DELAYED"
    SENT = "SENT"
    REFUSED = "REFUSED"
    WITHHELD = "WITHHELD"
    CANCELLED = "CANCELLED"


OPEN: Final = frozenset({NoticeState.QUEUED, NoticeState.DELAYED})


@dataclass(frozen=True)
class Notice:
    """`opened` is None before we heard of the contact."""

    state: NoticeState = NoticeState.QUEUED
    opened: NoticeOpened | None = None
    prepared: NoticePrepared | None = None
    end: NoticeSent | NoticeRefused | NoticeWithheld | None = None

    @property
    def is_open(self) -> bool:
        """Whether it can still be sent."""
        return self.opened is not None and self.state in OPEN


def notice_id(contact_id: UUID, purpose: Purpose = Purpose.ACKNOWLEDGEMENT) -> UUID:
    """The id of the one notice of this purpose about a contact: the same whenever asked for."""
    return uuid5(contact_id, purpose.value)


def decide(notice: Notice, received: ContactReceived, now: datetime) -> tuple[Fact, ...]:
    """Opens the acknowledgement of a contact, once (R11), and withholds it where none may go."""
    if notice.opened:
        return ()
    person = addressee(received.persons)
    reason = _reason(received, person)
    shown = person or received.persons[0]
    opened = NoticeOpened(
        notice_id=notice_id(received.contact_id),
        contact_id=received.contact_id,
        reference=received.reference,
        purpose=Purpose.ACKNOWLEDGEMENT,
        at=now,
        received_at=received.received_at,
        made_at=received.made_at,
        person_id=shown.id,
        name=None if reason else shown.name,
        address=None if reason else usable_address(shown.email),
        first_contact=first_contact(shown),
        instead=_instead(reason, shown),
    )
    return (opened, withhold(opened, reason)) if reason else (opened,)


def _reason(received: ContactReceived, person: Person | None) -> WithheldReason | None:
    """Why nothing is sent, if so; who must not be reached at all comes first."""
    if received.anonymous:
        return WithheldReason.ANONYMOUS
    if person is None:
        return WithheldReason.DO_NOT_CONTACT
    if not received.answerable:
        return WithheldReason.AUTOMATIC_MAIL
    if needs_a_person(person):
        return WithheldReason.SAFE_CONTACT
    if usable_address(person.email) is None or Adjustment.PHONE_ONLY in person.reach.needs:
        return WithheldReason.NO_ADDRESS
    return None


def _instead(reason: WithheldReason | None, person: Person) -> Medium | None:
    """How a person reaches them where mail does not; who gave no way at all is a task too."""
    match reason:
        case WithheldReason.ANONYMOUS | WithheldReason.DO_NOT_CONTACT:
            return None
        case WithheldReason.SAFE_CONTACT:
            return Medium.AS_ASKED
        case WithheldReason.NO_ADDRESS:
            return instead_of_mail(person) or Medium.OTHER
        case _:
            return instead_of_mail(person)


def withhold(opened: NoticeOpened, reason: WithheldReason) -> NoticeWithheld:
    """Nothing is sent, and why; `instead` makes a task for a person."""
    return NoticeWithheld(
        notice_id=opened.notice_id,
        contact_id=opened.contact_id,
        reference=opened.reference,
        purpose=opened.purpose,
        reason=reason,
        instead=opened.instead,
    )


def prepare(opened: NoticeOpened, promise: Promise) -> NoticePrepared:
    """It was written; the date it tells does not move any more."""
    return NoticePrepared(
        notice_id=opened.notice_id,
        contact_id=opened.contact_id,
        reference=opened.reference,
        purpose=opened.purpose,
        medium=Medium.EMAIL,
        call_by=promise.call_by,
        calendar_version=promise.calendar_version,
        rules_version=promise.rules_version,
    )


def conclude(notice: Notice, entry: Entry, reply: Reply, now: datetime) -> tuple[Fact, ...]:
    """What a mail server's reply, or its silence, means for the notice; nothing if it has ended.

    Also of one whose recipient was erased meanwhile: what was sent was sent.
    """
    if notice.opened is None or notice.end:
        return ()
    opened = notice.opened
    result = settles(entry, reply, now)
    if result is Result.ACCEPTED:
        return (
            NoticeSent(
                notice_id=opened.notice_id,
                contact_id=opened.contact_id,
                reference=opened.reference,
                purpose=opened.purpose,
                medium=Medium.EMAIL,
                attempts=entry.attempts,
                uncertain=entry.lost > 0,
            ),
        )
    if not notice.is_open:
        return ()
    if result is Result.REFUSED:
        return (
            NoticeRefused(
                notice_id=opened.notice_id,
                contact_id=opened.contact_id,
                reference=opened.reference,
                purpose=opened.purpose,
                medium=Medium.EMAIL,
                attempts=entry.attempts,
                answer_code=reply.code,
                instead=opened.instead or Medium.OTHER,
            ),
        )
    if notice.state is NoticeState.QUEUED and is_delayed(entry, now):
        return (NoticeDelayed(attempts=entry.attempts, answer_code=reply.code),)
    return ()


def evolve(notice: Notice, fact: Fact) -> Notice:
    """What a notice is after one more event."""
    match fact:
        case NoticeOpened():
            return replace(notice, opened=fact)
        case NoticePrepared():
            return replace(notice, prepared=fact)
        case NoticeDelayed():
            return replace(notice, state=NoticeState.DELAYED)
        case NoticeSent():
            return replace(notice, state=NoticeState.SENT, end=fact)
        case NoticeRefused():
            return replace(notice, state=NoticeState.REFUSED, end=fact)
        case NoticeWithheld():
            return replace(notice, state=NoticeState.WITHHELD, end=fact)
        case RecipientErased() if notice.is_open:
            return replace(notice, state=NoticeState.CANCELLED)
        case _:
            return notice
