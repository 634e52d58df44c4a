"""What notifications keeps to itself about a notice."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from complaints_contracts.codes import (
    CaseStatus,
    CaseStep,
    ContactType,
    HandlingOutcome,
    Medium,
    Purpose,
    RecordingReason,
    RecoveryMethod,
    ReviewBody,
    ReviewLimb,
    Unread,
)
from complaints_contracts.event import Fact, Instant, Model
from complaints_contracts.personal import Personal

NOT_ASSESSED: Final = frozenset({CaseStatus.LOGGED, CaseStatus.ASSESSING})
"""Where a case is still what it was taken for when it was opened."""


class ThanksFor(StrEnum):
    """What somebody is thanked for (domain 3.1)."""

    COMPLIMENT = "COMPLIMENT"
    CONCERN = "CONCERN"


class StepToTell(Model):
    """What the letter about a step of a case needs, as casework said it.

    `words` are about whoever complains, which need not be who is written to; they are not kept
    where a person tells them. `open_reference` is that of the other case, where this one is merged.
    `opened_as` is what the case was taken for when it was opened, where we heard of that.
    """

    step: CaseStep
    status: CaseStatus
    at: Instant
    person_id: UUID
    words: Personal[str | None] = None
    adviser_id: str | None = None
    methods: tuple[RecoveryMethod, ...] = ()
    recorded_for: RecordingReason | None = None
    force: str | None = None
    outcome: HandlingOutcome | None = None
    review_body: ReviewBody | None = None
    review_limb: ReviewLimb | None = None
    open_reference: str | None = None
    opened_as: ContactType | None = None
    to_representative: bool = False

    @property
    def person(self) -> UUID:
        return self.person_id


class NoticeOpened(Fact):
    """We heard of something, at `at`, and thought about telling the person who it is from.

    `address` is where it goes, none where nothing is sent. `first_contact` is how we told them we
    will reach them first (domain 1.9.9). `instead` is how a person can reach them where mail
    cannot. `unread` says that we could not read their message, and why. `thanks_for` is what they
    are thanked for, or declared: who does not complain is promised no call (R9, R10, R12). `told`
    is the step that it tells of, which `case_id` and `step_id` name.
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
    case_id: UUID | None = None
    step_id: UUID | None = None
    told: StepToTell | None = None

    @property
    def person(self) -> UUID:
        return self.person_id

    @property
    def about(self) -> frozenset[UUID]:
        """Who is named in it: who is told, and whose words it repeats."""
        words = {self.told.person_id} if self.told and self.told.words is not None else set()
        return frozenset({self.person_id, *words})


class ThanksBegun(Fact):
    """A thank-you for this kind of matter in a contact was opened; kept with its acknowledgement.

    Another matter of the same kind needs no second one.
    """

    type: ClassVar[str] = "notifications.thanks-begun"

    thanks_for: ThanksFor


class StepBegun(Fact):
    """A step that is told once for a contact was; kept with its acknowledgement."""

    type: ClassVar[str] = "notifications.step-begun"

    step: CaseStep


class AcknowledgedAsReview(Fact):
    """A contact is acknowledged as an application for a review, by a notice of its own (L42).

    It stands where the acknowledgement would be, so that what waits for the contact finds it there.
    """

    type: ClassVar[str] = "notifications.acknowledged-as-review"


class NoticeComposed(Fact):
    """The bytes that are sent, however often: `digest` is their SHA-256, as proof.

    Without a digest it was sent before an older database was put back, which has no more of it.
    `complete_by` is when we told them that a review will be completed; `catalogue_version` is that
    of the words of a letter about a step.
    """

    type: ClassVar[str] = "notifications.notice-composed"

    person_id: UUID
    message_id: str
    digest: Personal[str | None] = None
    complete_by: Instant | None = None
    catalogue_version: str | None = None

    @property
    def person(self) -> UUID:
        return self.person_id


class NoticeDelayed(Fact):
    """It could not be handed over for hours: a person should look. It is still being tried."""

    type: ClassVar[str] = "notifications.notice-delayed"

    attempts: int
    answer_code: int | None


class RecipientErased(Fact):
    """Somebody was erased; what was not sent yet for them, or in words about them, is not sent.

    An acknowledgement keeps it of everybody in its contact, for what is opened about it later.
    """

    type: ClassVar[str] = "notifications.recipient-erased"

    person_id: UUID
