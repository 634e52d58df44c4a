"""What pages and refusals call things."""

from __future__ import annotations

from datetime import date
from typing import Final

from complaints_chassis.private import Erased
from complaints_contracts.codes import Consent, MatchedBy, Medium, Unread
from complaints_contracts.reviews import ReviewMatched, ReviewReceived
from complaints_law.rule_sets import ClockKind
from complaints_reviews.domain.facts import (
    Acknowledgement,
    AcknowledgementNoted,
    ApplicationKept,
    How,
    KeptForPerson,
    MatchReasoned,
    MatterKept,
    PersonErased,
    ToldByHand,
    Why,
    WroteAgain,
)
from complaints_reviews.domain.review import State

STATES: Final = {State.REV_RECEIVED: "Received"}

HAPPENED: Final = {
    ReviewReceived.type: "Application received",
    ApplicationKept.type: "What they told us was put on file",
    MatterKept.type: "A further matter was put on file",
    KeptForPerson.type: "Kept for a person to match",
    ReviewMatched.type: "Matched to its case",
    MatchReasoned.type: "Why it is this case was noted",
    WroteAgain.type: "The applicant wrote again",
    AcknowledgementNoted.type: "Acknowledgement",
    ToldByHand.type: "They were told",
    PersonErased.type: "A person was erased",
    Erased.type: "A person was erased",
}

WHYS: Final = {
    Why.NO_REFERENCE: "They gave no reference of ours",
    Why.UNKNOWN_REFERENCE: "No case is known here for a reference they gave",
    Why.PERSON_DIFFERS: "They are not recognised as a person of the case they named",
    Why.SEVERAL_CASES: "They named several cases of theirs",
    Why.ONLY_SUGGESTED: "Only their words suggest that they ask for a review",
    Why.ALSO_A_CASE: "An adviser has it as a case as well: it is urgent, or looks like spam",
}

MATCHED: Final = {
    MatchedBy.REFERENCE_AND_PERSON: "By itself: the reference and the person agree",
    MatchedBy.STAFF: "By hand",
    MatchedBy.OTHER: "In another way",
}

PROMISES: Final = {
    ClockKind.REVIEW_ACKNOWLEDGE: "Acknowledge the application",
    ClockKind.REVIEW_COMPLETE: "Complete the review",
}

ACKNOWLEDGEMENTS: Final = {
    Acknowledgement.WAITING: "Not yet known",
    Acknowledgement.AS_CASE: "As a case, not as a review",
    Acknowledgement.PREPARED: "Written, waits to be sent",
    Acknowledgement.SENT: "Sent",
    Acknowledgement.REFUSED: "Did not arrive",
    Acknowledgement.WITHHELD: "Not sent",
    Acknowledgement.REPORTED: "Reported as unwanted mail",
    Acknowledgement.RETURNED: "Came back",
    Acknowledgement.BY_HAND: "They were told by a person",
}

HOWS: Final = {
    How.TELEPHONE: "By telephone",
    How.LETTER: "By letter",
    How.EMAIL: "By email",
    How.IN_PERSON: "In person",
}

TASKS: Final = {
    Medium.TELEPHONE: "Telephone them",
    Medium.LETTER: "Write them a letter",
    Medium.EMAIL: "Send them an email",
    Medium.AS_ASKED: "Read first how they can be reached safely",
    Medium.OTHER: "Find a way to tell them",
}

ASK_HOW: Final = "Ask how they may be reached"
"""What to do where a mail was unwanted."""

UNREAD: Final = {
    Unread.ENCRYPTED: "It was encrypted, so nobody has read it yet.",
    Unread.UNREADABLE: "It could not be read by the system. Open the file it came in.",
    Unread.EMPTY: "There were no words in it. Look at what was sent with it.",
    Unread.OTHER: "It could not be read by the system.",
}

CONSENTS: Final = {
    Consent.NONE: "no consent yet",
    Consent.REQUESTED: "consent asked for",
    Consent.HELD: "consent held",
    Consent.NOT_REQUIRED: "no consent needed",
    Consent.WITHDRAWN: "consent withdrawn",
    Consent.OTHER: "ask whether they agreed",
}


def task_words(told: Acknowledgement, instead: Medium | None) -> str | None:
    """What a person has to do after what became of an acknowledgement."""
    if instead is None:
        return None
    return ASK_HOW if told is Acknowledgement.REPORTED else TASKS[instead]


def day_words(day: date) -> str:
    """`Wednesday 8 April 2026`."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def short_day(day: date) -> str:
    """`Wed 8 Apr 2026`, for tables."""
    return f"{day:%a} {day.day} {day:%b %Y}"
