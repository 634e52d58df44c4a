"""What notifications keeps to itself about a notice."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from complaints_contracts.codes import Medium, Purpose
from complaints_contracts.event import Fact, Instant
from complaints_contracts.personal import Personal


class NoticeOpened(Fact):
    """We heard of a contact, at `at`, and thought about an acknowledgement.

    `address` is where it goes, none where nothing is sent. `first_contact` is how we told them we
    will reach them first (domain 1.9.9). `instead` is how a person can reach them where mail
    cannot.
    """

    type: ClassVar[str] = "notifications.notice-opened"

    notice_id: UUID
    contact_id: UUID
    reference: str
    purpose: Purpose
    at: Instant
    received_at: Instant
    made_at: Instant | None
    person_id: UUID
    name: Personal[str | None] = None
    address: Personal[str | None] = None
    first_contact: Medium
    instead: Medium | None

    @property
    def person(self) -> UUID:
        return self.person_id


class NoticeComposed(Fact):
    """The bytes that are sent, however often: `digest` is their SHA-256, as proof."""

    type: ClassVar[str] = "notifications.notice-composed"

    person_id: UUID
    message_id: str
    digest: Personal[str]

    @property
    def person(self) -> UUID:
        return self.person_id


class NoticeDelayed(Fact):
    """It could not be handed over for hours: a person should look. It is still being tried."""

    type: ClassVar[str] = "notifications.notice-delayed"

    attempts: int
    answer_code: int | None


class RecipientErased(Fact):
    """Whom it was for was erased; what was not sent yet is not sent."""

    type: ClassVar[str] = "notifications.recipient-erased"

    person_id: UUID
