"""What reviews notes for itself. Private: none of it leaves the service."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from complaints_contracts.codes import (
    Channel,
    ContactType,
    Medium,
    Queue,
    RiskFlag,
    Unread,
    Urgency,
)
from complaints_contracts.event import Fact, Instant, Model
from complaints_contracts.parts import FileRef, Person, Reference, ReviewAsked
from complaints_contracts.personal import Personal
from complaints_contracts.triage import Prompt
from complaints_law.rule_sets import ClockKind


class Why(StrEnum):
    """Why a person has to find the case that a review is about."""

    NO_REFERENCE = "NO_REFERENCE"
    UNKNOWN_REFERENCE = "UNKNOWN_REFERENCE"
    """No case is known here for a reference they gave; it may still be on its way."""
    PERSON_DIFFERS = "PERSON_DIFFERS"
    """Whoever asks is not recognised as a person of the case."""
    SEVERAL_CASES = "SEVERAL_CASES"
    ONLY_SUGGESTED = "ONLY_SUGGESTED"
    """Nobody said that it is an application; their words alone suggest it."""
    ALSO_A_CASE = "ALSO_A_CASE"
    """It is urgent, or looks like spam, so that an adviser has it as well, as a case."""


class Acknowledgement(StrEnum):
    """Whether the applicant knows that we have their application (L42)."""

    WAITING = "WAITING"
    AS_CASE = "AS_CASE"
    """Nobody said that it is an application, so it is acknowledged as the case that it also is."""
    PREPARED = "PREPARED"
    """It was written, with the dates that it tells, and waits to be sent."""
    SENT = "SENT"
    REFUSED = "REFUSED"
    WITHHELD = "WITHHELD"
    REPORTED = "REPORTED"
    """It arrived, and was reported as abuse: mail is not how they want to be reached."""
    RETURNED = "RETURNED"
    """It was sent, and came back."""
    BY_HAND = "BY_HAND"
    """A person told them."""


class How(StrEnum):
    """How a person told an applicant."""

    TELEPHONE = "TELEPHONE"
    LETTER = "LETTER"
    EMAIL = "EMAIL"
    IN_PERSON = "IN_PERSON"


class Promise(Model):
    """A date that the office's standards give a review, and the calendar and rules it is from."""

    kind: ClockKind
    due_at: Instant
    do_by: date
    calendar_version: str
    rules_version: str


class ApplicationKept(Fact):
    """What an applicant told us, who they are, and what triage saw in it."""

    type: ClassVar[str] = "reviews.application-kept"

    matter: str = "1"
    made_at: Instant | None = None
    persons: tuple[Person, ...]
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
    mentions: tuple[Reference, ...] = ()
    asked: ReviewAsked | None = None
    unread: Unread | None = None
    taken_by: str | None = None
    dated_on: date | None = None
    promises: tuple[Promise, ...] = ()

    @property
    def person(self) -> UUID:
        return self.persons[0].id


class MatterKept(Fact):
    """A further matter of the same application, told apart by its number."""

    type: ClassVar[str] = "reviews.matter-kept"

    matter: str
    person_id: UUID
    words: Personal[str]
    urgency: Urgency
    risks: tuple[RiskFlag, ...] = ()
    prompts: tuple[Prompt, ...] = ()

    @property
    def person(self) -> UUID:
        return self.person_id


class KeptForPerson(Fact):
    """No case was found for the review by itself."""

    type: ClassVar[str] = "reviews.kept-for-person"

    why: Why


class MatchReasoned(Fact):
    """Why whoever matched the review to its case is sure; the journal says who."""

    type: ClassVar[str] = "reviews.match-reasoned"

    person_id: UUID
    reason: Personal[str]

    @property
    def person(self) -> UUID:
        return self.person_id


class WroteAgain(Fact):
    """Somebody of the application wrote again."""

    type: ClassVar[str] = "reviews.wrote-again"

    message_id: UUID
    person_id: UUID
    channel: Channel
    received_at: Instant
    automatic: bool = False
    title: Personal[str | None] = None
    words: Personal[str]
    words_file: FileRef | None = None
    attachments: tuple[FileRef, ...] = ()
    unread: Unread | None = None
    urgency: Urgency
    risks: tuple[RiskFlag, ...] = ()
    prompts: tuple[Prompt, ...] = ()

    @property
    def person(self) -> UUID:
        return self.person_id


class AcknowledgementNoted(Fact):
    """What became of the acknowledgement, and how else a person must reach the applicant.

    `uncertain`: the mail server's last word was lost.
    """

    type: ClassVar[str] = "reviews.acknowledgement-noted"

    notice_id: UUID
    outcome: Acknowledgement
    instead: Medium | None = None
    uncertain: bool = False


class ToldByHand(Fact):
    """A person told the applicant what no notice could; the journal says who."""

    type: ClassVar[str] = "reviews.told-by-hand"

    person_id: UUID
    how: How
    note: Personal[str | None] = None

    @property
    def person(self) -> UUID:
        return self.person_id


class PersonErased(Fact):
    """A person of the application was erased (UK GDPR 17)."""

    type: ClassVar[str] = "reviews.person-erased"

    person_id: UUID


FACTS: tuple[type[Fact], ...] = (
    ApplicationKept,
    MatterKept,
    KeptForPerson,
    MatchReasoned,
    WroteAgain,
    AcknowledgementNoted,
    ToldByHand,
    PersonErased,
)
