"""What notifications keeps to itself about a notice."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from complaints_contracts.codes import Medium, Purpose, Unread
from complaints_contracts.event import Fact, Instant
from complaints_contracts.personal import Personal


class ThanksFor(StrEnum):
    """What somebody is thanked for (domain 3.1)."""

    COMPLIMENT = "COMPLIMENT"
    CONCERN = "CONCERN"


class NoticeOpened(Fact):
    """We heard of something, at `at`, and thought about telling the person who it is from.

    `address` is where it goes, none where nothing is sent. `first_contact` is how we told them we
    will reach them first (domain 1.9.9). `instead` is how a person can reach them where mail
    cannot. `unread` says that we could not read their message, and why. `thanks_for` is what they
    are thanked for, or declared: who does not complain is promised no call (R9, R10, R12).
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
    unread: Unread | None = None
    thanks_for: ThanksFor | None = None

    @property
    def person(self) -> UUID:
        return self.person_id


class ThanksBegun(Fact):
    """A thank-you for this kind of matter in a contact was opened; kept with its acknowledgement.

    Another matter of the same kind needs no second one.
    """

    type: ClassVar[str] = "notifications.thanks-begun"

    thanks_for: ThanksFor


class NoticeComposed(Fact):
    """The bytes that are sent, however often: `digest` is their SHA-256, as proof.

    Without a digest it was sent before an older database was put back, which has no more of it.
    `complete_by` is when we told them that a review will be completed.
    """

    type: ClassVar[str] = "notifications.notice-composed"

    person_id: UUID
    message_id: str
    digest: Personal[str | None] = None
    complete_by: Instant | None = None

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
