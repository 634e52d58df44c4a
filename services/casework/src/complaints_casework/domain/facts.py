"""What casework notes for itself. Private: none of it leaves the service."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar
from uuid import UUID

from complaints_contracts.codes import ClockKind, RiskFlag
from complaints_contracts.event import Fact, Instant
from complaints_contracts.parts import FileRef
from complaints_contracts.personal import Personal
from complaints_contracts.triage import Prompt


class ActionKind(StrEnum):
    """What somebody has to do on a case, beside keeping its clocks."""

    CALL = "CALL"
    WRITE = "WRITE"
    EMAIL = "EMAIL"
    REACH = "REACH"
    """Tell them in a way that the adviser finds."""
    READ_FIRST = "READ_FIRST"
    """Tell them, once the adviser has read how they can be reached safely."""
    ALLOCATE = "ALLOCATE"
    """For the team leader: give the case to somebody."""
    CHECK_DATES = "CHECK_DATES"
    """For the team leader: the clocks could not be counted from the date that came in."""


class Reason(StrEnum):
    """Why there is an action."""

    NOT_TOLD = "NOT_TOLD"
    """What we wrote did not, or could not, reach the person."""
    SAFE_CONTACT = "SAFE_CONTACT"
    """They told us how they can be reached safely, or wish it in a way we cannot read."""
    NOBODY_PRESENT = "NOBODY_PRESENT"
    EVERYBODY_NAMED = "EVERYBODY_NAMED"
    ABOUT_OUR_STAFF = "ABOUT_OUR_STAFF"
    REVIEW_ASKED = "REVIEW_ASKED"
    SUSPECTED_SPAM = "SUSPECTED_SPAM"
    UNKNOWN_SORTING = "UNKNOWN_SORTING"
    DATE_OUT_OF_RANGE = "DATE_OUT_OF_RANGE"


class Acknowledgement(StrEnum):
    """Whether the person knows that we have their contact (R11)."""

    WAITING = "WAITING"
    SENT = "SENT"
    REFUSED = "REFUSED"
    WITHHELD = "WITHHELD"


class How(StrEnum):
    """How an adviser reached, or tried to reach, somebody (R12, R22)."""

    TELEPHONE = "TELEPHONE"
    EMAIL = "EMAIL"
    LETTER = "LETTER"
    IN_PERSON = "IN_PERSON"


class WordsKept(Fact):
    """What the person told us, and what triage saw in it."""

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


class AcknowledgementNoted(Fact):
    """What became of the acknowledgement. `uncertain`: the mail server's last word was lost."""

    type: ClassVar[str] = "casework.acknowledgement-noted"

    notice_id: UUID
    outcome: Acknowledgement
    uncertain: bool = False


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


FACTS: tuple[type[Fact], ...] = (
    WordsKept,
    StaffNamed,
    CaseLogged,
    ActionAdded,
    AcknowledgementNoted,
    ClockBreachNoted,
    FirstContactMade,
    ContactMade,
    ContactAttemptFailed,
)
