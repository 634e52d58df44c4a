"""Events of `complaints.contacts.v1`: what came in. Owner: intake. Key: the contact."""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from complaints_contracts.codes import Channel, ContactType, ReturnKind, Unread
from complaints_contracts.event import TYPE_PREFIX, Event, Instant
from complaints_contracts.parts import FileRef, Matter, Person, Reference, ReviewAsked
from complaints_contracts.personal import Personal


class ContactEvent(Event):
    """Belongs to one contact."""

    topic: ClassVar[str] = "complaints.contacts.v1"
    key: ClassVar[str] = "contact_id"

    contact_id: UUID


class ContactReceived(ContactEvent):
    """Somebody got in touch, by any channel (R1 to R10). Enough to acknowledge it alone.

    `received_at` is when it reached us; `made_at`, where known, when it was made to whoever passed
    it on (domain 5.1, 8). `words_file` holds all they wrote where `words` is not all of it: over
    64 KiB, or without the mail it replies to. `answerable` is false for automatic mail.

    `declared` is what the sender, or who took it, says it is; `mentions` are references of ours in
    it; `taken_by` is a member of staff, by register id; `dated_on` the date on a letter; `force`
    the key of the force that passed it on, with its own reference for it.
    """

    type: ClassVar[str] = f"{TYPE_PREFIX}.contact.received.v1"

    reference: Reference
    channel: Channel
    received_at: Instant
    made_at: Instant | None = None
    persons: tuple[Person, ...] = Field(min_length=1)
    anonymous: bool = False
    answerable: bool = True
    title: Personal[str | None] = None
    words: Personal[str]
    words_file: FileRef | None = None
    attachments: tuple[FileRef, ...] = ()
    declared: ContactType | None = None
    mentions: tuple[Reference, ...] = ()
    matters: tuple[Matter, ...] = ()
    review: ReviewAsked | None = None
    unread: Unread | None = None
    taken_by: str | None = None
    dated_on: date | None = None
    force: str | None = None
    force_reference: Personal[str | None] = None

    @property
    def person(self) -> UUID:
        return self.persons[0].id


class MessageAdded(ContactEvent):
    """Somebody known in a contact wrote again, with its reference (reliability 2.2)."""

    type: ClassVar[str] = f"{TYPE_PREFIX}.contact.message-added.v1"

    message_id: UUID
    person_id: UUID
    reference: Reference
    channel: Channel
    received_at: Instant
    automatic: bool = False
    title: Personal[str | None] = None
    words: Personal[str]
    words_file: FileRef | None = None
    attachments: tuple[FileRef, ...] = ()
    unread: Unread | None = None

    @property
    def person(self) -> UUID:
        return self.person_id


class MailReturned(ContactEvent):
    """A mail came back about one of ours: a report of a machine, never a contact (RFC 3464).

    Its `contact_id` names nothing but the report itself. `token` is from the address it was sent
    to; `message_ids` are those of ours in it; `status` is the enhanced code, like 5.1.1.
    """

    type: ClassVar[str] = f"{TYPE_PREFIX}.contact.mail-returned.v1"

    kind: ReturnKind
    received_at: Instant
    token: str | None = Field(default=None, pattern=r"^[0-9a-f]{1,64}$")
    message_ids: tuple[str, ...] = ()
    status: str | None = Field(default=None, pattern=r"^[245]\.[0-9]{1,3}\.[0-9]{1,3}$")


class ContactPersonErased(ContactEvent):
    """A person was erased from this contact; whoever holds a copy erases it too (UK GDPR 17)."""

    type: ClassVar[str] = f"{TYPE_PREFIX}.contact.person-erased.v1"

    person_id: UUID
