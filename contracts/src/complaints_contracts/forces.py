"""What forces and we send each other: a set of topics for each force, which only it may use.

A force's record counts by itself: it has no sequence, and no stream of ours. The same `ce_source`
and `ce_id` mean the same record, however often it is sent.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Final
from uuid import UUID

from pydantic import Field

from complaints_contracts.codes import (
    Adjustment,
    Channel,
    Criterion,
    CriterionAnswer,
    ForceStep,
    HandlingOutcome,
    PersonRole,
    ReachBy,
    ReceiptOutcome,
    RecordingReason,
    RequestKind,
    ReviewBody,
    ReviewLimb,
    RiskFlag,
    Urgency,
    Wish,
)
from complaints_contracts.event import TYPE_PREFIX, Event, Instant, Model
from complaints_contracts.parts import FileRef, Person, Reference
from complaints_contracts.personal import Personal

FORCE_CONTACTS: Final = "force.{force}.contacts.v1"
FORCE_CASES: Final = "force.{force}.cases.v1"
FORCE_TRANSFERS: Final = "force.{force}.transfers.v1"
FORCE_RECEIPTS: Final = "force.{force}.receipts.v1"
FORCE_KEY: Final = r"^[a-z0-9-]+$"
"""What stands for a force in the names of its topics."""
RECORD_ID: Final = r"^[A-Za-z0-9._:/-]{1,100}$"


def force_of(topic: str) -> str:
    """The key of the force whose topic this is."""
    return topic.split(".")[1]


class ForcePerson(Model):
    """Somebody in a contact that a force passes on; the first is the one who got in touch."""

    role: PersonRole = PersonRole.COMPLAINANT
    name: Personal[str | None] = Field(default=None, max_length=320)
    email: Personal[str | None] = Field(default=None, max_length=320)
    telephone: Personal[str | None] = Field(default=None, max_length=320)
    address: Personal[str | None] = Field(default=None, max_length=2000)
    reach_by: ReachBy | None = None
    needs: tuple[Adjustment, ...] = ()
    safe_contact: Personal[str | None] = Field(default=None, max_length=2000)


class ForceRecord(Model):
    """What a force sends: `type` on the wire, and the topic it goes to."""

    topic: ClassVar[str]
    type: ClassVar[str]


class ContactRedirected(ForceRecord):
    """A contact that was made to a force, its professional standards unit, 101 or a front desk.

    `made_at` is when it was made to them: the clocks run from there (domain 5.1, 8); without it
    `ce_time` counts. `channel` is one of FORCE_101, FORCE_STATION, FORCE_DSE, FORCE_WEB and IOPC
    (forwarded). `force_reference` is the force's own number for it.
    """

    topic: ClassVar[str] = FORCE_CONTACTS
    type: ClassVar[str] = f"{TYPE_PREFIX}.force.contact-redirected.v1"

    channel: Channel
    made_at: Instant | None = None
    force_reference: Personal[str | None] = Field(default=None, max_length=320)
    title: Personal[str | None] = Field(default=None, max_length=320)
    words: Personal[str] = Field(min_length=1)
    persons: tuple[ForcePerson, ...] = Field(default=(), max_length=10)
    anonymous: bool = False


class ForceCaseRecord(ForceRecord):
    """About a case that was transferred to the force: `case_id` is that of its transfer."""

    topic: ClassVar[str] = FORCE_CASES

    case_id: UUID


class TransferAccepted(ForceCaseRecord):
    """The force has the complaint, by its own number, and decides how to handle it (R47)."""

    type: ClassVar[str] = f"{TYPE_PREFIX}.force.transfer-accepted.v1"

    force_reference: Personal[str | None] = Field(default=None, max_length=320)


class TransferQueried(ForceCaseRecord):
    """The force cannot take the complaint as it is, and asks (domain 3.4)."""

    type: ClassVar[str] = f"{TYPE_PREFIX}.force.transfer-queried.v1"

    question: Personal[str] = Field(min_length=1, max_length=20_000)


class ProgressReported(ForceCaseRecord):
    """What the complainant can be told of the progress (L29)."""

    type: ClassVar[str] = f"{TYPE_PREFIX}.force.progress-reported.v1"

    words: Personal[str] = Field(min_length=1, max_length=20_000)


class OutcomeIssued(ForceCaseRecord):
    """What the force's handling came to, and the day on which it was decided (L30)."""

    type: ClassVar[str] = f"{TYPE_PREFIX}.force.outcome-issued.v1"

    outcome: HandlingOutcome
    words: Personal[str] = Field(min_length=1, max_length=20_000)
    issued_on: date
    review_body: ReviewBody | None = None
    review_limb: ReviewLimb | None = None


class CaseAdvanced(ForceCaseRecord):
    """What the force, or the IOPC, did about the complaint, and the day on which that was done.

    `words` are what the complainant can be told of it.
    """

    type: ClassVar[str] = f"{TYPE_PREFIX}.force.case-advanced.v1"

    step: ForceStep
    done_on: date
    words: Personal[str | None] = Field(default=None, max_length=20_000)


class RequestAnswered(ForceCaseRecord):
    """What a force says to a request of ours, which it names by its id."""

    type: ClassVar[str] = f"{TYPE_PREFIX}.force.request-answered.v1"

    request_id: UUID
    words: Personal[str] = Field(min_length=1, max_length=20_000)


class TransferEvent(Event):
    """What is handed to a force, about one case."""

    topic: ClassVar[str] = FORCE_TRANSFERS
    key: ClassVar[str] = "case_id"

    case_id: UUID
    force: str = Field(pattern=FORCE_KEY)

    @property
    def topic_name(self) -> str:
        return self.topic.format(force=self.force)


class TransferredAllegation(Model):
    """One allegation of a complaint that is handed over, with the answers that it was given.

    `advised` are those to which the force's professional standards unit said no after a person was
    not sure (domain 6, 1).
    """

    number: str
    category: str
    words: Personal[str]
    answers: dict[Criterion, CriterionAnswer]
    advised: tuple[Criterion, ...] = ()


class TransferredRequest(Model):
    """Evidence that a force, not always this one, was asked to preserve (L15)."""

    request_id: UUID
    force: str
    person_id: UUID
    words: Personal[str]
    made_at: Instant

    @property
    def person(self) -> UUID:
        return self.person_id


class TransferredMessage(Model):
    """What somebody added to their complaint; one with the id of the contact is all of its words.

    Where the words are long, `words_file` holds all of them.
    """

    message_id: UUID
    person_id: UUID
    channel: Channel
    received_at: Instant
    title: Personal[str | None] = None
    words: Personal[str]
    words_file: FileRef | None = None
    attachments: tuple[FileRef, ...] = ()

    @property
    def person(self) -> UUID:
        return self.person_id


class CaseTransferred(TransferEvent):
    """A complaint was recorded under Schedule 3 and goes to the force to be handled (R42, R46).

    Its words are those of the complainant; files are named, and fetched from the office. What is
    too much for one event comes in the supplements that follow it at once. `assessed_at` says which
    assessment the allegations are of.
    """

    type: ClassVar[str] = f"{TYPE_PREFIX}.force.case-transferred.v1"

    contact_id: UUID
    reference: Reference
    received_at: Instant
    made_at: Instant | None = None
    recorded_at: Instant
    reason_recorded: RecordingReason
    urgency: Urgency
    risks: tuple[RiskFlag, ...] = ()
    persons: tuple[Person, ...] = Field(min_length=1)
    anonymous: bool = False
    title: Personal[str | None] = None
    words: Personal[str]
    words_file: FileRef | None = None
    attachments: tuple[FileRef, ...] = ()
    force_reference: Personal[str | None] = None
    wish: Wish | None = None
    assessed_at: Instant | None = None
    allegations: tuple[TransferredAllegation, ...] = ()
    evidence: tuple[TransferredRequest, ...] = ()
    messages: tuple[TransferredMessage, ...] = ()

    @property
    def person(self) -> UUID:
        return self.persons[0].id


class CaseSupplemented(TransferEvent):
    """More of a complaint that was transferred: another assessment of it, or what was too much.

    `urgency` and `wish` are what they are now. Allegations of one `assessed_at` belong together,
    whichever events they came in; with a later one, those of an earlier one no longer count, also
    where there are none. Without `assessed_at` nothing is said of allegations.
    """

    type: ClassVar[str] = f"{TYPE_PREFIX}.force.case-supplemented.v1"

    reference: Reference
    person_id: UUID
    urgency: Urgency
    wish: Wish | None = None
    assessed_at: Instant | None = None
    allegations: tuple[TransferredAllegation, ...] = ()
    evidence: tuple[TransferredRequest, ...] = ()
    messages: tuple[TransferredMessage, ...] = ()

    @property
    def person(self) -> UUID:
        return self.person_id


class RequestMade(TransferEvent):
    """Something that the office asks the force for, whether or not it has the complaint (R41, L15).

    `reference` and `words` say all that its units need; `answer_by` is when we look for an answer.
    """

    type: ClassVar[str] = f"{TYPE_PREFIX}.force.request-made.v1"

    request_id: UUID
    kind: RequestKind
    reference: Reference
    person_id: UUID
    words: Personal[str]
    made_at: Instant
    answer_by: Instant | None = None

    @property
    def person(self) -> UUID:
        return self.person_id


class RecordAnswered(Event):
    """The receipt for one record that a force sent: accepted with our reference, or held and why.

    A held record may be accepted later: the receipt of the same `receipt_id` that comes last
    counts. `record_id` is the force's `ce_id`, where it could be read and is no longer than an id;
    `record_topic` is where the record lies, that of contacts where it is not said.
    """

    topic: ClassVar[str] = FORCE_RECEIPTS
    key: ClassVar[str] = "receipt_id"
    type: ClassVar[str] = f"{TYPE_PREFIX}.force.record-answered.v1"

    receipt_id: UUID
    force: str = Field(pattern=FORCE_KEY)
    outcome: ReceiptOutcome
    reason: str | None = None
    reference: Reference | None = None
    record_id: str | None = Field(default=None, pattern=RECORD_ID)
    partition: int = Field(ge=0)
    offset: int = Field(ge=0)
    answered_at: Instant
    record_topic: str | None = Field(default=None, pattern=r"^force\.[a-z0-9-]+\.[a-z]+\.v[0-9]+$")

    @property
    def topic_name(self) -> str:
        return self.topic.format(force=self.force)
