"""What casework notes for itself. Private: none of it leaves the service."""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from uuid import UUID

from complaints_casework.domain.codes import Acknowledgement, ActionKind, How, Reason
from complaints_contracts.codes import (
    CaseStep,
    Channel,
    ClockKind,
    ContactType,
    ForceStep,
    HandlingOutcome,
    MatchedBy,
    ReturnKind,
    ReviewBody,
    ReviewLimb,
    RiskFlag,
    Route,
    Unread,
    Urgency,
    Wish,
)
from complaints_contracts.event import Fact, Instant, Model
from complaints_contracts.parts import FileRef, Person, Reference, ReviewAsked
from complaints_contracts.personal import Personal
from complaints_contracts.triage import AssessedAllegation, Prompt


class WordsKept(Fact):
    """What the person told us, what it was declared to be, and what triage saw in it."""

    type: ClassVar[str] = "casework.words-kept"

    person_id: UUID
    made_at: Instant | None = None
    anonymous: bool = False
    title: Personal[str | None] = None
    words: Personal[str]
    words_file: FileRef | None = None
    attachments: tuple[FileRef, ...] = ()
    risks: tuple[RiskFlag, ...] = ()
    prompts: tuple[Prompt, ...] = ()
    prompts_version: str
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
        return self.person_id


class StaffNamed(Fact):
    """The contact seems to name these members of staff (by register id): not theirs to handle."""

    type: ClassVar[str] = "casework.staff-named"

    staff_ids: tuple[str, ...]


class CaseLogged(Fact):
    """The contact is logged: it has its case (R13)."""

    type: ClassVar[str] = "casework.case-logged"

    at: Instant


class ActionAdded(Fact):
    """Something has to be done, and by when where a clock says so (R59)."""

    type: ClassVar[str] = "casework.action-added"

    kind: ActionKind
    reason: Reason
    due_at: Instant | None = None
    message_id: UUID | None = None
    step_id: UUID | None = None


class AcknowledgementNoted(Fact):
    """What became of the acknowledgement. `uncertain`: the mail server's last word was lost."""

    type: ClassVar[str] = "casework.acknowledgement-noted"

    notice_id: UUID
    outcome: Acknowledgement
    uncertain: bool = False


class NoticeReturnNoted(Fact):
    """A machine answered a notice of ours; `status` is the mail system's code, like 5.1.1."""

    type: ClassVar[str] = "casework.notice-return-noted"

    notice_id: UUID
    kind: ReturnKind
    status: str | None = None


class ClockBreachNoted(Fact):
    """A promised moment passed without the promise being kept; operations were told."""

    type: ClassVar[str] = "casework.clock-breach-noted"

    clock: ClockKind
    due_at: Instant


class _Attempt(Fact):
    """Somebody of ours tried to reach the person; the journal says who."""

    at: Instant
    how: How
    person_id: UUID
    note: Personal[str | None] = None

    @property
    def person(self) -> UUID:
        return self.person_id


class FirstContactMade(_Attempt):
    """The person was reached for the first time, which keeps the promise of a call (R12)."""

    type: ClassVar[str] = "casework.first-contact-made"


class ContactMade(_Attempt):
    """The person was reached again (R20)."""

    type: ClassVar[str] = "casework.contact-made"


class ContactAttemptFailed(_Attempt):
    """The person was not reached."""

    type: ClassVar[str] = "casework.contact-attempt-failed"


class MessageKept(Fact):
    """What somebody added to their contact, and what triage saw in it; `automatic`: a machine's."""

    type: ClassVar[str] = "casework.message-kept"

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
    prompts_version: str

    @property
    def person(self) -> UUID:
        return self.person_id


class MessageRead(Fact):
    """Somebody of ours read what was added; the journal says who."""

    type: ClassVar[str] = "casework.message-read"

    at: Instant
    message_id: UUID


class _Ending(Fact):
    """What is kept of a case that ends without having been a complaint."""

    at: Instant
    person_id: UUID
    note: Personal[str]

    @property
    def person(self) -> UUID:
        return self.person_id


class ComplimentPassedOn(_Ending):
    """A compliment was read to the end and passed on; `note` says to whom (R9)."""

    type: ClassVar[str] = "casework.compliment-passed-on"


class ConcernThemed(_Ending):
    """A community concern was noted; `note` says what it is about, in an adviser's words (R63)."""

    type: ClassVar[str] = "casework.concern-themed"


class ReviewNoted(Fact):
    """Somebody asked for a review of how this case was handled (R50)."""

    type: ClassVar[str] = "casework.review-noted"

    review_id: UUID
    received_at: Instant
    by: MatchedBy


class ReviewSuggested(Fact):
    """The words of this contact may ask for a review; reviews look at it as well (R52)."""

    type: ClassVar[str] = "casework.review-suggested"

    review_id: UUID


class AssessmentKept(Fact):
    """What triage's assessment says (R43): with it casework decides, and it goes with a transfer.

    Casework holds the answers itself: no path leads round them (domain 6, 1).
    """

    type: ClassVar[str] = "casework.assessment-kept"

    person_id: UUID
    assessed_at: Instant
    contact_type: ContactType
    wish: Wish
    allegations: tuple[AssessedAllegation, ...] = ()
    raised: tuple[str, ...] = ()
    route: Route
    row: str
    second_look: bool
    table_version: str
    criteria_version: str

    @property
    def person(self) -> UUID:
        return self.person_id


class AllegationNoted(Fact):
    """A further allegation came up; its words are with triage, to be assessed (R43).

    `merged` is the case whose words they are, where that was merged into this one.
    """

    type: ClassVar[str] = "casework.allegation-noted"

    number: str
    merged: UUID | None = None


class AllegationDropped(Fact):
    """A merged case was taken apart again before its words were assessed here (R8)."""

    type: ClassVar[str] = "casework.allegation-dropped"

    number: str


class StepReasoned(Fact):
    """Why a step was taken, in the words of whoever took it; it stays here (R60)."""

    type: ClassVar[str] = "casework.step-reasoned"

    step_id: UUID
    step: CaseStep
    person_id: UUID
    note: Personal[str]

    @property
    def person(self) -> UUID:
        return self.person_id


class StepTold(Fact):
    """The person was told of a step: by a notice, or by somebody of ours and how."""

    type: ClassVar[str] = "casework.step-told"

    step_id: UUID
    step: CaseStep
    at: Instant
    how: How | None = None


class AllocationReasoned(Fact):
    """Why somebody has a case, or should not; `adviser_id` is who that is about (R61, R81)."""

    type: ClassVar[str] = "casework.allocation-reasoned"

    adviser_id: str
    person_id: UUID
    note: Personal[str]

    @property
    def person(self) -> UUID:
        return self.person_id


class AllegationDecided(Fact):
    """What became of one allegation; `learning` is what there is to learn, in words (4.5 to 4.9).

    The last one of an allegation counts.
    """

    type: ClassVar[str] = "casework.allegation-decided"

    number: str
    outcome: str
    actions: tuple[str, ...]
    factors: tuple[str, ...] = ()
    learning: Personal[str | None] = None
    person_id: UUID

    @property
    def person(self) -> UUID:
        return self.person_id


class PersonChanged(Fact):
    """How somebody is reached, or what they need, became known or changed since (R22, R23, L48)."""

    type: ClassVar[str] = "casework.person-changed"

    changed: Person

    @property
    def person(self) -> UUID:
        return self.changed.id


class LookedAt(Fact):
    """Somebody of ours looked at a case that few may see (L57)."""

    type: ClassVar[str] = "casework.looked-at"

    staff_id: str
    at: Instant


class StepNotTold(Fact):
    """The person cannot be told of a step: they are anonymous, or want to hear nothing."""

    type: ClassVar[str] = "casework.step-not-told"

    step_id: UUID
    step: CaseStep
    at: Instant


class ActionDone(Fact):
    """Somebody did what was to do, or saw that it need not be done; `number` counts from 1."""

    type: ClassVar[str] = "casework.action-done"

    number: int
    person_id: UUID
    note: Personal[str]

    @property
    def person(self) -> UUID:
        return self.person_id


class DateMoved(Model):
    """A date that is another one now; None where there was, or is, none that can be counted."""

    clock: ClockKind
    before: Instant | None
    after: Instant | None


class ClocksRecounted(Fact):
    """Another calendar or rule set was taken in, and what runs was counted again (L49)."""

    type: ClassVar[str] = "casework.clocks-recounted"

    calendar_version: str
    moved: tuple[DateMoved, ...]


class PeriodEnded(Fact):
    """The time that somebody had to come back to us is over, and they did not."""

    type: ClassVar[str] = "casework.period-ended"

    clock: ClockKind
    due_at: Instant


class _ForceSaid(Fact):
    """The force said something about the case; `record_id` stands for its own record.

    `note` is the force's words, and is about the complainant.
    """

    record_id: UUID
    content_sha256: Personal[str]
    at: Instant
    person_id: UUID
    note: Personal[str | None] = None

    @property
    def person(self) -> UUID:
        return self.person_id


class ForceAccepted(_ForceSaid):
    """The force has the complaint; `note` is its own number for it (R47)."""

    type: ClassVar[str] = "casework.force-accepted"


class ForceQueried(_ForceSaid):
    """The force asks something before it takes the complaint (domain 3.4)."""

    type: ClassVar[str] = "casework.force-queried"


class ForceReported(_ForceSaid):
    """The force says how far it is (L29)."""

    type: ClassVar[str] = "casework.force-reported"


class ForceDecided(_ForceSaid):
    """The force's handling is over (L30)."""

    type: ClassVar[str] = "casework.force-decided"

    outcome: HandlingOutcome
    issued_on: date
    review_body: ReviewBody | None = None
    review_limb: ReviewLimb | None = None


class ForceAdvanced(_ForceSaid):
    """The force, or the IOPC, did something about the complaint; `note` may be told of it."""

    type: ClassVar[str] = "casework.force-advanced"

    step: ForceStep
    done_on: date


class ForceAnswered(_ForceSaid):
    """The force answered a request of ours; `note` is its answer (R41, L15)."""

    type: ClassVar[str] = "casework.force-answered"

    request_id: UUID


FACTS: tuple[type[Fact], ...] = (
    WordsKept,
    StaffNamed,
    CaseLogged,
    ActionAdded,
    AcknowledgementNoted,
    NoticeReturnNoted,
    ClockBreachNoted,
    FirstContactMade,
    ContactMade,
    ContactAttemptFailed,
    MessageKept,
    MessageRead,
    ComplimentPassedOn,
    ConcernThemed,
    ReviewNoted,
    ReviewSuggested,
    AssessmentKept,
    AllegationNoted,
    AllegationDropped,
    StepReasoned,
    StepTold,
    StepNotTold,
    ActionDone,
    PeriodEnded,
    ClocksRecounted,
    AllocationReasoned,
    LookedAt,
    PersonChanged,
    AllegationDecided,
    ForceAccepted,
    ForceQueried,
    ForceReported,
    ForceDecided,
    ForceAdvanced,
    ForceAnswered,
)
