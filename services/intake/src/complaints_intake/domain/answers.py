"""What somebody answers on a form, page by page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final

from complaints_contracts.codes import Adjustment, ReachBy, ReviewGround
from complaints_contracts.event import Instant, Model
from complaints_contracts.parts import FileRef
from complaints_intake.domain.typed_date import TypedDate

LONGEST: Final[Mapping[str, int]] = {
    "words": 500_000,
    "reference": 200,
    "name": 200,
    "affected_name": 200,
    "email": 320,
    "telephone": 50,
    "address": 1000,
    "safe_contact": 2000,
}
"""Characters; a longer story is a file."""


class Kind(StrEnum):
    """The forms that the public can fill in; the value is where the pages of one are."""

    COMPLAINT = "form"
    REVIEW = "review"


class Who(StrEnum):
    """Whom the contact is about; nobody has to say who they are."""

    SELF = "SELF"
    SOMEBODY_ELSE = "SOMEBODY_ELSE"
    ANONYMOUS = "ANONYMOUS"


class Step(StrEnum):
    """The pages with a question; the value is the end of the address."""

    WHAT_HAPPENED = "what-happened"
    REFERENCE = "reference"
    LETTER_DATE = "letter-date"
    WHAT_WAS_WRONG = "what-was-wrong"
    FILES = "files"
    WHO = "who"
    NAME = "name"
    CONTACT = "contact"
    SUPPORT = "support"


STEPS: Final[Mapping[Kind, tuple[Step, ...]]] = {
    Kind.COMPLAINT: (
        Step.WHAT_HAPPENED,
        Step.FILES,
        Step.WHO,
        Step.NAME,
        Step.CONTACT,
        Step.SUPPORT,
    ),
    Kind.REVIEW: (
        Step.REFERENCE,
        Step.LETTER_DATE,
        Step.WHAT_WAS_WRONG,
        Step.FILES,
        Step.WHO,
        Step.NAME,
        Step.CONTACT,
        Step.SUPPORT,
    ),
}
"""The pages of each form, in their order."""


class Sent(Model):
    """What is left of a form that was sent: what its confirmation shows."""

    reference: str
    received_at: Instant
    reach_by: ReachBy


class Answers(Model):
    """Everything on a form so far."""

    kind: Kind = Kind.COMPLAINT
    words: str = ""
    """What happened, or what was wrong with the outcome."""
    reference: str = ""
    """As it was copied from the outcome letter."""
    letter_date: TypedDate = TypedDate()
    grounds: tuple[ReviewGround, ...] = ()
    files: tuple[FileRef, ...] = ()
    refused: tuple[str, ...] = ()
    """What was wrong with the files chosen last, in words."""
    who: Who | None = None
    name: str = ""
    affected_name: str = ""
    reach_by: ReachBy | None = None
    email: str = ""
    telephone: str = ""
    address: str = ""
    needs: tuple[Adjustment, ...] = ()
    safe_contact: str = ""
    hidden: bool = False
    """Whether the field that people cannot see was filled in."""
    sent: Sent | None = None


def following(step: Step, answers: Answers) -> Step | None:
    """The page after `step`; None for the last one. Who stays anonymous is asked no more."""
    if step is Step.WHO and answers.who is Who.ANONYMOUS:
        return None
    steps = STEPS[answers.kind]
    return next(iter(steps[steps.index(step) + 1 :]), None)


def sent(answers: Answers, reference: str, received_at: datetime) -> Answers:
    """What is kept of a form once it is a contact."""
    known = answers.who is not Who.ANONYMOUS and answers.reach_by
    reach_by = known or ReachBy.NOT_AT_ALL
    kept = Sent(reference=reference, received_at=received_at, reach_by=reach_by)
    return Answers(kind=answers.kind, sent=kept)
