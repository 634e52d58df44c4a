"""Events of `complaints.cases.v1`: what happens to cases. Owner: casework. Key: the case."""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from uuid import UUID, uuid5

from pydantic import Field

from complaints_contracts.codes import (
    CaseStatus,
    CaseStep,
    Channel,
    ClockKind,
    ContactType,
    HandlingOutcome,
    Queue,
    RecordingReason,
    RecoveryMethod,
    ReviewBody,
    ReviewLimb,
    Urgency,
)
from complaints_contracts.event import TYPE_PREFIX, Event, Instant, Model
from complaints_contracts.parts import Person, Reference
from complaints_contracts.personal import Personal


def case_id(contact_id: UUID, matter: str = "1") -> UUID:
    """The id of the case for one matter of a contact: the same for everybody who asks for it."""
    return uuid5(contact_id, matter)


class CaseEvent(Event):
    """Belongs to one case."""

    topic: ClassVar[str] = "complaints.cases.v1"
    key: ClassVar[str] = "case_id"

    case_id: UUID


class Clock(Model):
    """A promise with a date, and the calendar and rule set it was counted by."""

    kind: ClockKind
    due_at: Instant
    do_by: date
    calendar_version: str
    rules_version: str


class CaseOpened(CaseEvent):
    """A case was opened for a sorted contact, and its clocks started (R12, R13, L29)."""

    type: ClassVar[str] = f"{TYPE_PREFIX}.case.opened.v1"

    contact_id: UUID
    reference: Reference
    channel: Channel
    received_at: Instant
    contact_type: ContactType
    queue: Queue
    urgency: Urgency
    persons: tuple[Person, ...] = Field(min_length=1)
    clocks: tuple[Clock, ...]
    matter: str = "1"

    @property
    def person(self) -> UUID:
        return self.persons[0].id


class AdviserAllocated(CaseEvent):
    """A case got its single point of contact (R19); the id is that of the staff register."""

    type: ClassVar[str] = f"{TYPE_PREFIX}.case.adviser-allocated.v1"

    adviser_id: str


class ComplimentForwarded(CaseEvent):
    """An adviser read a compliment, found no dissatisfaction in it and passed it on (R9)."""

    type: ClassVar[str] = f"{TYPE_PREFIX}.case.compliment-forwarded.v1"

    contact_id: UUID
    reference: Reference
    received_at: Instant
    persons: tuple[Person, ...] = Field(min_length=1)

    @property
    def person(self) -> UUID:
        return self.persons[0].id


class ConcernNoted(CaseEvent):
    """An adviser read a community concern and noted it for those who plan policing (R10, R63)."""

    type: ClassVar[str] = f"{TYPE_PREFIX}.case.concern-noted.v1"

    contact_id: UUID
    reference: Reference
    received_at: Instant
    persons: tuple[Person, ...] = Field(min_length=1)

    @property
    def person(self) -> UUID:
        return self.persons[0].id


class CaseMoved(CaseEvent):
    """A step was taken on a case: where it stands now, and what the person is told of it, if told.

    `words` are those for them, as an adviser wrote them. `about` is what the step belongs to: a
    request to the force, or the case that this one is merged with. Why it was taken, in our own
    words, stays in casework.
    """

    type: ClassVar[str] = f"{TYPE_PREFIX}.case.moved.v1"

    step_id: UUID
    contact_id: UUID
    reference: Reference
    received_at: Instant
    persons: tuple[Person, ...] = Field(min_length=1)
    adviser_id: str | None = None
    step: CaseStep
    status: CaseStatus
    at: Instant
    procedure_version: str
    words: Personal[str | None] = None
    about: UUID | None = None
    methods: tuple[RecoveryMethod, ...] = ()
    recorded_for: RecordingReason | None = None
    force: str | None = None
    outcome: HandlingOutcome | None = None
    review_body: ReviewBody | None = None
    review_limb: ReviewLimb | None = None

    @property
    def person(self) -> UUID:
        return self.persons[0].id


class CasePersonErased(CaseEvent):
    """A person was erased from this case (UK GDPR 17)."""

    type: ClassVar[str] = f"{TYPE_PREFIX}.case.person-erased.v1"

    person_id: UUID
