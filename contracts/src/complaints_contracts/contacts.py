"""Events of `complaints.contacts.v1`: what came in. Owner: intake. Key: the contact."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from complaints_contracts.codes import Channel
from complaints_contracts.event import TYPE_PREFIX, Event, Instant
from complaints_contracts.parts import FileRef, Person, Reference
from complaints_contracts.personal import Personal


class ContactEvent(Event):
    """Belongs to one contact."""

    topic: ClassVar[str] = "complaints.contacts.v1"
    key: ClassVar[str] = "contact_id"

    contact_id: UUID


class ContactReceived(ContactEvent):
    """Somebody got in touch, by any channel (R1 to R10). Enough to acknowledge it alone.

    `received_at` is when it reached us; `made_at`, where known, when it was made to whoever passed
    it on (domain 5.1, 8). Words over 64 KiB are a file. `answerable` is false for automatic mail.
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

    @property
    def person(self) -> UUID:
        return self.persons[0].id


class ContactPersonErased(ContactEvent):
    """A person was erased from this contact; whoever holds a copy erases it too (UK GDPR 17)."""

    type: ClassVar[str] = f"{TYPE_PREFIX}.contact.person-erased.v1"

    person_id: UUID
