"""A contact as intake knows it: received, once."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from complaints_contracts.codes import Channel, ContactType, Unread
from complaints_contracts.contacts import ContactReceived
from complaints_contracts.event import Fact, Instant
from complaints_contracts.parts import FileRef, Matter, Person, ReviewAsked
from complaints_contracts.personal import Personal
from complaints_intake.domain.authentication import Authentication

EARLIEST_MADE: Final = datetime(1990, 1, 1, tzinfo=UTC)
"""A contact that is passed on was not made before: programs say so that have no date."""


class Suspicion(StrEnum):
    """Why a contact may have been sent by a machine. It marks; it never drops (S16)."""

    HIDDEN_FIELD = "HIDDEN_FIELD"
    """A field that people cannot see was filled in."""
    TOO_FAST = "TOO_FAST"
    """The form was sent sooner than anybody can fill it in."""


class ReceiptIssued(Fact):
    """Private: whoever sent the contact was given a receipt code, whose SHA-256 this is."""

    type: ClassVar[str] = "intake.receipt-issued"

    code_sha256: str


class Suspected(Fact):
    """Private: a machine may have sent the contact; a person decides."""

    type: ClassVar[str] = "intake.suspected"

    suspicions: tuple[Suspicion, ...]


class CameByMail(Fact):
    """Private: what is known of the mail that a contact, or a message to it, came by.

    `sender` is the envelope's, `writer` whom the mail says that it is from, which may be another
    than wants the answer; `defects` are codes of what was wrong with how the mail was made.
    """

    type: ClassVar[str] = "intake.came-by-mail"

    mail_id: UUID
    person_id: UUID
    sender: Personal[str | None]
    writer: Personal[str | None] = None
    authentication: Authentication
    defects: tuple[str, ...] = ()

    @property
    def person(self) -> UUID:
        return self.person_id


class ArrivedAgain(Fact):
    """Private: the same mail came once more, by another way or sent twice; `original` is it."""

    type: ClassVar[str] = "intake.arrived-again"

    mail_id: UUID
    person_id: UUID
    at: Instant
    original: FileRef

    @property
    def person(self) -> UUID:
        return self.person_id


class Taken(Fact):
    """Private: a member of staff took the contact; its page was opened at `began_at`."""

    type: ClassVar[str] = "intake.taken"

    began_at: Instant


class Redirected(Fact):
    """Private: a force passed the contact on; by the digest another record of its id is known."""

    type: ClassVar[str] = "intake.redirected"

    person_id: UUID
    content_sha256: Personal[str]

    @property
    def person(self) -> UUID:
        return self.person_id


@dataclass(frozen=True, kw_only=True)
class Submission:
    """What came in, whatever it came by: normalised, not yet a contact.

    The first person is the one who got in touch. `words` are theirs, unchanged but for what cannot
    be stored; where they are long, `words_file` holds all of them. `received_at` is when it reached
    us, where that was before now; `began_at` when whoever took it began to write it down. The rest
    is as in `ContactReceived`.
    """

    channel: Channel
    persons: tuple[Person, ...]
    words: str
    title: str | None = None
    words_file: FileRef | None = None
    attachments: tuple[FileRef, ...] = ()
    received_at: datetime | None = None
    made_at: datetime | None = None
    anonymous: bool = False
    answerable: bool = True
    declared: ContactType | None = None
    mentions: tuple[str, ...] = ()
    matters: tuple[Matter, ...] = ()
    review: ReviewAsked | None = None
    unread: Unread | None = None
    taken_by: str | None = None
    dated_on: date | None = None
    force: str | None = None
    force_reference: str | None = None
    suspicions: tuple[Suspicion, ...] = ()
    began_at: datetime | None = None


@dataclass(frozen=True)
class Contact:
    """`received` holds the event that it began with, once there is one."""

    received: ContactReceived | None = None
    code_sha256: str | None = None
    content_sha256: str | None = None
    suspicions: tuple[Suspicion, ...] = ()
    came: tuple[CameByMail, ...] = ()
    arrived_again: tuple[ArrivedAgain, ...] = ()

    def wrote_from(self, person: Person, address: str) -> bool:
        """Whether a mail from `address`, in small letters, may be the person's."""
        known = [person.email, *(mail.writer for mail in self.came if mail.person_id == person.id)]
        return address in ((one or "").casefold() for one in known)


def decide(
    contact: Contact,
    submission: Submission,
    contact_id: UUID,
    reference: str,
    now: datetime,
    receipt_code: str | None,
) -> tuple[Fact, ...]:
    """Accepts whatever came, however vague (R7 to R10), once."""
    if contact.received:
        return ()
    facts: list[Fact] = [
        ContactReceived(
            contact_id=contact_id,
            reference=reference,
            channel=submission.channel,
            received_at=min(submission.received_at or now, now),
            made_at=submission.made_at,
            persons=submission.persons,
            anonymous=submission.anonymous,
            answerable=submission.answerable,
            title=submission.title,
            words=submission.words,
            words_file=submission.words_file,
            attachments=submission.attachments,
            declared=submission.declared,
            mentions=submission.mentions,
            matters=submission.matters,
            review=submission.review,
            unread=submission.unread,
            taken_by=submission.taken_by,
            dated_on=submission.dated_on,
            force=submission.force,
            force_reference=submission.force_reference,
        )
    ]
    if receipt_code:
        facts.append(ReceiptIssued(code_sha256=_digest(receipt_code)))
    if submission.suspicions:
        facts.append(Suspected(suspicions=submission.suspicions))
    if submission.began_at:
        facts.append(Taken(began_at=submission.began_at))
    return tuple(facts)


class ReceiptCheck(StrEnum):
    """What a receipt code says about a contact."""

    MATCHES = "MATCHES"
    DIFFERS = "DIFFERS"
    NONE_GIVEN = "NONE_GIVEN"
    """The contact came by a way that gives no receipt code."""


def check_receipt(contact: Contact, receipt_code: str) -> ReceiptCheck:
    """Whether `receipt_code`, as it was given, is the contact's."""
    if contact.code_sha256 is None:
        return ReceiptCheck.NONE_GIVEN
    same = hmac.compare_digest(contact.code_sha256, _digest(receipt_code))
    return ReceiptCheck.MATCHES if same else ReceiptCheck.DIFFERS


def evolve(contact: Contact, fact: Fact) -> Contact:
    """What a contact is after one more event."""
    match fact:
        case ContactReceived():
            return replace(contact, received=fact)
        case ReceiptIssued(code_sha256=digest):
            return replace(contact, code_sha256=digest)
        case Redirected(content_sha256=digest):
            return replace(contact, content_sha256=digest)
        case Suspected(suspicions=suspicions):
            return replace(contact, suspicions=suspicions)
        case CameByMail():
            return replace(contact, came=(*contact.came, fact))
        case ArrivedAgain():
            return replace(contact, arrived_again=(*contact.arrived_again, fact))
        case _:
            return contact


def _digest(receipt_code: str) -> str:
    return hashlib.sha256(receipt_code.encode()).hexdigest()
