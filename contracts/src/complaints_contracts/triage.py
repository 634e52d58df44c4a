"""Events of `complaints.triage.v1`: how contacts were sorted. Owner: triage. Key: the contact."""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from uuid import UUID

from pydantic import Field

from complaints_contracts.codes import (
    Channel,
    ContactType,
    Criterion,
    CriterionAnswer,
    Eligibility,
    Queue,
    RiskFlag,
    Route,
    Subject,
    Unread,
    Urgency,
    Wish,
)
from complaints_contracts.event import TYPE_PREFIX, Event, Instant, Model
from complaints_contracts.parts import FileRef, Person, Reference, ReviewAsked
from complaints_contracts.personal import Personal


class TriageEvent(Event):
    """Belongs to one contact."""

    topic: ClassVar[str] = "complaints.triage.v1"
    key: ClassVar[str] = "contact_id"

    contact_id: UUID


class Prompt(Model):
    """Words that suggest a person should look at a criterion; never an answer to it (R44).

    `start` and `end` are character offsets into the contact's words; `negated` says that the
    words around it deny it.
    """

    criterion: Criterion
    phrase: str
    words: Personal[str]
    start: int = Field(ge=0)
    end: int = Field(ge=0)
    negated: bool = False


class ContactSorted(TriageEvent):
    """A contact was sorted on arrival (R28, R29): everything casework needs to open its case.

    Where a contact holds several matters there is one such event for each, with its number and its
    own words. What the queue REVIEWS holds is for reviews alone: it opens no case.
    """

    type: ClassVar[str] = f"{TYPE_PREFIX}.triage.contact-sorted.v1"

    case_id: UUID
    reference: Reference
    channel: Channel
    received_at: Instant
    made_at: Instant | None = None
    persons: tuple[Person, ...] = Field(min_length=1)
    anonymous: bool = False
    title: Personal[str | None] = None
    words: Personal[str]
    words_file: FileRef | None = None
    attachments: tuple[FileRef, ...] = ()
    contact_type: ContactType
    queue: Queue
    urgency: Urgency
    risks: tuple[RiskFlag, ...] = ()
    prompts: tuple[Prompt, ...] = ()
    prompts_version: str
    matter: str = "1"
    declared: ContactType | None = None
    mentions: tuple[Reference, ...] = ()
    review: ReviewAsked | None = None
    unread: Unread | None = None
    taken_by: str | None = None
    dated_on: date | None = None
    force: str | None = None
    force_reference: Personal[str | None] = None

    @property
    def person(self) -> UUID:
        return self.persons[0].id


class MessageSorted(TriageEvent):
    """Somebody known in a contact wrote again; what the words suggest (R44).

    `queue` is the contact's: REVIEWS says that reviews has it, not casework.
    """

    type: ClassVar[str] = f"{TYPE_PREFIX}.triage.message-sorted.v1"

    case_id: UUID
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
    queue: Queue
    urgency: Urgency
    risks: tuple[RiskFlag, ...] = ()
    prompts: tuple[Prompt, ...] = ()
    prompts_version: str

    @property
    def person(self) -> UUID:
        return self.person_id


class AssessedAllegation(Model):
    """One allegation, what category it falls in, and the answers to the mandatory criteria.

    `answers` holds one for every criterion. `advised` are those to which the force's professional
    standards unit said no after a person was not sure (domain 6, 1).
    """

    number: str = Field(pattern=r"^[1-9][0-9]?$")
    category: str = Field(pattern=r"^[A-Z][0-9]{0,2}$")
    words: Personal[str]
    answers: dict[Criterion, CriterionAnswer]
    advised: tuple[Criterion, ...] = ()


class MatterAssessed(TriageEvent):
    """A person assessed one matter of a contact (R28, R43): where it goes, and what decided that.

    The last one of a matter counts. Why each answer was given stays in triage. `raised` are the
    numbers under which casework raised those further allegations that are among these.
    """

    type: ClassVar[str] = f"{TYPE_PREFIX}.triage.matter-assessed.v1"

    case_id: UUID
    reference: Reference
    matter: str = "1"
    person_id: UUID
    assessed_at: Instant
    contact_type: ContactType
    subject: Subject
    eligibility: Eligibility
    wish: Wish
    allegations: tuple[AssessedAllegation, ...] = ()
    raised: tuple[str, ...] = ()
    route: Route
    row: str
    second_look: bool = False
    table_version: str
    criteria_version: str

    @property
    def person(self) -> UUID:
        return self.person_id


class SortingPersonErased(TriageEvent):
    """A person was erased from this contact's sorting (UK GDPR 17).

    `case_ids` are the cases of its matters; where there are none, the one of the first.
    """

    type: ClassVar[str] = f"{TYPE_PREFIX}.triage.person-erased.v1"

    person_id: UUID
    case_ids: tuple[UUID, ...] = ()
