"""What pages and refusals call things."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

from complaints_casework.domain.codes import Acknowledgement, ActionKind, How, Reason
from complaints_casework.domain.ending import Obstacle
from complaints_casework.domain.facts import (
    AcknowledgementNoted,
    ActionAdded,
    CaseLogged,
    ClockBreachNoted,
    ComplaintRecorded,
    ComplimentPassedOn,
    ConcernThemed,
    ContactAttemptFailed,
    ContactMade,
    FirstContactMade,
    ForceAccepted,
    ForceDecided,
    ForceQueried,
    ForceReported,
    MessageKept,
    MessageRead,
    NoticeReturnNoted,
    ReviewNoted,
    ReviewSuggested,
    StaffNamed,
    WordsKept,
)
from complaints_chassis.private import Erased
from complaints_contracts.cases import (
    AdviserAllocated,
    CaseOpened,
    CasePersonErased,
    ComplimentForwarded,
    ConcernNoted,
)
from complaints_contracts.codes import (
    Adjustment,
    ClockKind,
    Consent,
    HandlingOutcome,
    RecordingReason,
    RepresentativeKind,
    ReturnKind,
    Unread,
)
from complaints_law.codes import ListName, load_codes

HAPPENED: Final = {
    CaseOpened.type: "Case opened",
    WordsKept.type: "What they told us was put on file",
    CaseLogged.type: "Complaint logged",
    StaffNamed.type: "A member of our staff seems to be named",
    AdviserAllocated.type: "Adviser allocated",
    ActionAdded.type: "Something to do was added",
    AcknowledgementNoted.type: "Acknowledgement",
    ClockBreachNoted.type: "A promised date passed",
    FirstContactMade.type: "First contact made",
    ContactMade.type: "Contact made",
    ContactAttemptFailed.type: "Attempt to reach them failed",
    MessageKept.type: "They wrote again",
    MessageRead.type: "What they wrote was read",
    NoticeReturnNoted.type: "A mail system answered our email",
    ComplimentPassedOn.type: "Compliment read to the end",
    ComplimentForwarded.type: "Compliment passed on, case closed",
    ConcernThemed.type: "Concern read",
    ConcernNoted.type: "Concern noted, case closed",
    ReviewNoted.type: "A review was asked for",
    ReviewSuggested.type: "They may be asking for a review",
    ComplaintRecorded.type: "Recorded under Schedule 3 and sent to the force",
    ForceAccepted.type: "The force has taken it over",
    ForceQueried.type: "The force asks something",
    ForceReported.type: "The force says how far it is",
    ForceDecided.type: "The force has decided",
    CasePersonErased.type: "A person was erased",
    Erased.type: "A person was erased",
}

CLOCKS: Final = {
    ClockKind.LOG: "Log the complaint",
    ClockKind.CALL: "Make the first call",
    ClockKind.FIRST_UPDATE: "Send the first update",
    ClockKind.OTHER: "Another promise",
}

ACTIONS: Final = {
    ActionKind.CALL: "Call them",
    ActionKind.WRITE: "Write a letter",
    ActionKind.EMAIL: "Send an email",
    ActionKind.REACH: "Find a way to tell them",
    ActionKind.READ_FIRST: "Read what they told us, then decide how to reach them",
    ActionKind.ALLOCATE: "Decide who has this case",
    ActionKind.CHECK_DATES: "Check the dates",
    ActionKind.READ_MESSAGE: "Read what they wrote since",
    ActionKind.ANSWER_FORCE: "Answer the force",
    ActionKind.TELL_PROGRESS: "Tell them how far the force is",
    ActionKind.TELL_OUTCOME: "Tell them the outcome in writing",
}

REASONS: Final = {
    Reason.NOT_TOLD: "What we sent did not, or could not, reach them",
    Reason.SAFE_CONTACT: (
        "How they can be reached safely is for a person to judge, so nothing was sent"
    ),
    Reason.NOBODY_PRESENT: "No adviser was present when the case was opened",
    Reason.EVERYBODY_NAMED: "Every adviser who was present seems to be named in the contact",
    Reason.HOLDER_NAMED: "The adviser who has this case seems to be named by the person",
    Reason.ABOUT_OUR_STAFF: "The complaint is about our own staff",
    Reason.REVIEW_ASKED: "A review of an outcome seems to be asked for",
    Reason.SUSPECTED_SPAM: "It looks like spam or abuse, and a person has to look before it rests",
    Reason.UNKNOWN_SORTING: "The contact was sorted in a way that this service does not know",
    Reason.DATE_OUT_OF_RANGE: "The clocks could not be counted from the date that came in",
    Reason.WROTE_AGAIN: "They wrote again, giving the reference",
    Reason.FORCE_ASKS: "The force cannot take the complaint as it is",
    Reason.FORCE_REPORTED: "The force has reported progress, and keeping them informed is ours",
    Reason.FORCE_DECIDED: "The force has decided, and they are told within five working days",
    Reason.UNWANTED: (
        "Their mail provider was told that our email is unwanted: ask how we may reach them"
    ),
}

ACKNOWLEDGEMENTS: Final = {
    Acknowledgement.WAITING: "Not yet known",
    Acknowledgement.SENT: "Sent",
    Acknowledgement.REFUSED: "Did not arrive",
    Acknowledgement.WITHHELD: "Not sent",
    Acknowledgement.RETURNED: "Sent, and came back",
    Acknowledgement.AS_REVIEW: "As an application for a review: see there",
}

RETURNED: Final = {
    ReturnKind.BOUNCED: "It could not be delivered",
    ReturnKind.DELAYED: "It is late, and still being tried",
    ReturnKind.DELIVERED: "It was delivered",
    ReturnKind.READ: "It was opened",
    ReturnKind.REPORTED: "It was reported as unwanted",
    ReturnKind.LOOPED: "It came back to us unopened",
    ReturnKind.OTHER: "It said something that this service does not know",
}

OUTCOMES: Final = {
    HandlingOutcome.SERVICE_ACCEPTABLE: "The service was acceptable",
    HandlingOutcome.SERVICE_NOT_ACCEPTABLE: "The service was not acceptable",
    HandlingOutcome.UNABLE_TO_DETERMINE: "It could not be determined whether it was acceptable",
    HandlingOutcome.NO_CASE_TO_ANSWER: "No case to answer",
    HandlingOutcome.CASE_TO_ANSWER_MISCONDUCT: "A case to answer for misconduct",
    HandlingOutcome.CASE_TO_ANSWER_GROSS: "A case to answer for gross misconduct",
    HandlingOutcome.NFA: "No further action",
    HandlingOutcome.OTHER: "An outcome that this service does not know: read it",
}

RECORDED_FOR: Final = {
    RecordingReason.COMPLAINANT_WISHES: "The complainant wishes it",
    RecordingReason.DISSATISFIED_AFTER_INITIAL_HANDLING: "Dissatisfied after initial handling",
    RecordingReason.AA_DECIDES: "The appropriate authority, or who handled it first, decided so",
    RecordingReason.NATURE_OF_ALLEGATION: "The nature of what is alleged",
    RecordingReason.OTHER: "A reason that this service does not know",
}

RECORDED_ALREADY: Final = "This complaint is recorded already, and the force has it."

UNREAD: Final = {
    Unread.ENCRYPTED: "It is encrypted, and we have no key that opens it",
    Unread.UNREADABLE: "It could not be read by our system",
    Unread.EMPTY: "There were no words in it",
    Unread.OTHER: "It could not be read, for a reason that this service does not know",
}

CONSENTS: Final = {
    Consent.NONE: "No consent yet",
    Consent.REQUESTED: "Consent asked for",
    Consent.HELD: "Consent held",
    Consent.NOT_REQUIRED: "No consent needed",
    Consent.WITHDRAWN: "Consent withdrawn",
    Consent.OTHER: "Consent: look it up",
}

OBSTACLES: Final = {
    Obstacle.CLOSED: "This case is closed already.",
    Obstacle.ANOTHER_KIND: (
        "This case was not sorted as a compliment or a community concern alone, so there may be a "
        "complaint in it. It cannot be closed this way."
    ),
    Obstacle.SERIOUS: (
        "Something they wrote since may be serious, so it cannot be closed this way. "
        "Look at the criteria it suggests."
    ),
    Obstacle.UNREAD: "They wrote again. Read that first, and mark it as read.",
}

HOWS: Final = {
    How.TELEPHONE: "By telephone",
    How.EMAIL: "By email",
    How.LETTER: "By letter",
    How.IN_PERSON: "In person",
}


def day_words(day: date) -> str:
    """`Wednesday 8 April 2026`."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def needs_words(needs: Iterable[Adjustment], day: date) -> list[str]:
    """Reasonable adjustments (R22) as the code list of `day` calls them."""
    labels = _labels(ListName.ADJUSTMENT, day)
    return [labels.get(need, "Something else: ask them") for need in needs]


def agent_words(kind: RepresentativeKind, day: date) -> str:
    """What somebody who acts for a complainant is to them, as the code list of `day` calls it."""
    return _labels(ListName.REPRESENTATIVE, day).get(kind, "Something else: ask them")


def _labels(name: ListName, day: date) -> dict[str, str]:
    return {entry.code: entry.label for entry in load_codes(name).on(day)}
