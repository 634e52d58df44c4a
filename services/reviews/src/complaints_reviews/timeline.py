"""What happened on a review, in words, newest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from complaints_chassis.private import Erased
from complaints_contracts.event import Fact
from complaints_contracts.reviews import ReviewMatched, ReviewReceived
from complaints_law.office import OfficeProfile
from complaints_reviews.domain.facts import (
    AcknowledgementNoted,
    KeptForPerson,
    MatchReasoned,
    PersonErased,
    ToldByHand,
)
from complaints_reviews.queries import Happening
from complaints_reviews.wording import ACKNOWLEDGEMENTS, HAPPENED, HOWS, MATCHED, WHYS, task_words


@dataclass(frozen=True)
class Line:
    """One thing that happened; `note` is what somebody wrote about it."""

    at: datetime
    who: str
    what: str
    detail: str
    note: str | None


def timeline(happened: Iterable[Happening], office: OfficeProfile) -> list[Line]:
    """The lines of a review's timeline."""
    return [
        Line(
            item.at,
            who(item.actor, office),
            HAPPENED[item.fact.type],
            _detail(item.fact),
            _note(item.fact),
        )
        for item in reversed(list(happened))
    ]


def who(actor: str, office: OfficeProfile) -> str:
    """A member of staff by name; another service, the clock or the system as `System`."""
    return next((member.name for member in office.staff if member.id == actor), "System")


def _note(fact: Fact) -> str | None:
    match fact:
        case MatchReasoned():
            return fact.reason
        case ToldByHand():
            return fact.note
        case _:
            return None


def _detail(fact: Fact) -> str:
    match fact:
        case ReviewReceived():
            return f"Reference {fact.reference}."
        case KeptForPerson():
            return f"{WHYS[fact.why]}."
        case ReviewMatched():
            return f"Case {fact.case_reference}. {MATCHED[fact.by]}."
        case AcknowledgementNoted():
            doubt = " The mail server’s last answer was lost; it may have arrived twice."
            words = task_words(fact.outcome, fact.instead)
            task = f" {words}." if words else ""
            return f"{ACKNOWLEDGEMENTS[fact.outcome]}.{task}{doubt if fact.uncertain else ''}"
        case ToldByHand():
            return f"{HOWS[fact.how]}."
        case PersonErased() | Erased():
            return "What was personal to them is gone; what was done and decided stays."
        case _:
            return ""
