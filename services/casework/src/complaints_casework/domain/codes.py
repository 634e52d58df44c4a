"""The codes that casework keeps to itself."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


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
    READ_MESSAGE = "READ_MESSAGE"
    """Read what they wrote since."""
    ANSWER_FORCE = "ANSWER_FORCE"
    """Answer what the force asks about a complaint that was transferred to it."""
    TELL_PROGRESS = "TELL_PROGRESS"
    """Tell them what the force says of the progress: the duty to is ours (L29)."""
    TELL_OUTCOME = "TELL_OUTCOME"
    """Tell them what the force's handling came to, in writing (L30)."""
    RECORD = "RECORD"
    """Record the complaint under Schedule 3 (L6, L7)."""
    SECOND_LOOK = "SECOND_LOOK"
    """For the team leader: look at an assessment again (R45)."""
    REDIRECT = "REDIRECT"
    """Tell them who can deal with this (L17)."""
    LOOK = "LOOK"
    """Look at what was said of the case, which did not follow from where it stands."""
    CALL_FORCE = "CALL_FORCE"
    """Telephone the force about what is urgent, whoever is on call there (domain 3.4)."""
    CHASE_FORCE = "CHASE_FORCE"
    """Ask the force for what it should have done by now."""
    EXPLAIN_DELAY = "EXPLAIN_DELAY"
    """For the team leader: see why service recovery takes longer than promised (R36)."""
    DECIDE_END = "DECIDE_END"
    """For the team leader: nobody answered the offer; end it, or have it recorded (R34)."""


REACHING: Final = frozenset(
    {
        ActionKind.CALL,
        ActionKind.WRITE,
        ActionKind.EMAIL,
        ActionKind.REACH,
        ActionKind.READ_FIRST,
        ActionKind.TELL_PROGRESS,
    }
)
"""What is done once the person was reached, however that was."""


BY_HAND: Final = frozenset(
    {
        ActionKind.LOOK,
        ActionKind.CHECK_DATES,
        ActionKind.CALL_FORCE,
        ActionKind.CHASE_FORCE,
        ActionKind.EXPLAIN_DELAY,
        ActionKind.ANSWER_FORCE,
    }
)
"""What is done once somebody says so; of all else the case itself knows."""


class Reason(StrEnum):
    """Why there is an action."""

    NOT_TOLD = "NOT_TOLD"
    """What we wrote did not, or could not, reach the person."""
    SAFE_CONTACT = "SAFE_CONTACT"
    """They told us how they can be reached safely, or wish it in a way we cannot read."""
    NOBODY_PRESENT = "NOBODY_PRESENT"
    EVERYBODY_NAMED = "EVERYBODY_NAMED"
    HOLDER_NAMED = "HOLDER_NAMED"
    """Who has the case is named in its contact, here or in another matter or message."""
    ABOUT_OUR_STAFF = "ABOUT_OUR_STAFF"
    REVIEW_ASKED = "REVIEW_ASKED"
    """Given before reviews had their own service; the journals of then still say it."""
    SUSPECTED_SPAM = "SUSPECTED_SPAM"
    UNKNOWN_SORTING = "UNKNOWN_SORTING"
    DATE_OUT_OF_RANGE = "DATE_OUT_OF_RANGE"
    WROTE_AGAIN = "WROTE_AGAIN"
    FORCE_ASKS = "FORCE_ASKS"
    FORCE_REPORTED = "FORCE_REPORTED"
    FORCE_DECIDED = "FORCE_DECIDED"
    CRITERION = "CRITERION"
    """An answer to a mandatory criterion is not no (L7)."""
    URGENT = "URGENT"
    """The force must hear of it at once (R42)."""
    URGENT_SINCE = "URGENT_SINCE"
    """It was assessed as urgent after the force was given it (R42)."""
    WISHED = "WISHED"
    """The complainant wants it recorded, or was not satisfied (L6, R34)."""
    CATEGORY = "CATEGORY"
    """What it is about asks for a second look (R45)."""
    NOT_OURS = "NOT_OURS"
    UNEXPECTED = "UNEXPECTED"
    """It did not follow from where the case stood."""
    TAKEN_APART = "TAKEN_APART"
    """A case that was merged into it was taken out again, and its words were assessed here."""
    FORCE_LATE = "FORCE_LATE"
    FORCE_ANSWERED = "FORCE_ANSWERED"
    TARGET_MISSED = "TARGET_MISSED"
    OFFER_UNANSWERED = "OFFER_UNANSWERED"
    UNWANTED = "UNWANTED"
    """Their mail provider was told that they do not want our email."""


class Acknowledgement(StrEnum):
    """Whether the person knows that we have their contact (R11)."""

    WAITING = "WAITING"
    SENT = "SENT"
    REFUSED = "REFUSED"
    WITHHELD = "WITHHELD"
    RETURNED = "RETURNED"
    """It was sent, and came back."""
    AS_REVIEW = "AS_REVIEW"
    """It is a review's, because they declared that they ask for one."""


class How(StrEnum):
    """How an adviser reached, or tried to reach, somebody (R12, R22)."""

    TELEPHONE = "TELEPHONE"
    EMAIL = "EMAIL"
    LETTER = "LETTER"
    IN_PERSON = "IN_PERSON"
