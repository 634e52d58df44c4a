"""What is still open on a form, and what is wrong with an answer, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final

from complaints_contracts.codes import ReachBy
from complaints_contracts.parts import is_mail_address
from complaints_intake.domain.answers import LONGEST, STEPS, Answers, Kind, Step, Who, following

_DIGITS: Final = 5
"""Fewer digits than this are nobody's telephone number."""

_A_FEW_WORDS: Final = (
    "A few words are enough to start with: what happened, when and where, and what you would like "
    "us to do."
)
_WHO: Final[Mapping[Kind, str]] = {
    Kind.COMPLAINT: "Choose who this is about, or choose not to say who you are.",
    Kind.REVIEW: "Choose whose complaint it was, or choose not to say who you are.",
}

Faults = dict[str, str]
"""Field -> what is wrong and what to do, in words."""


def faults(step: Step, answers: Answers, today: date) -> Faults:
    """What keeps a page from being accepted; as little as possible (R8, R17)."""
    found = _too_long(answers)
    match step:
        case Step.WHAT_HAPPENED if not answers.words and not answers.files:
            found["words"] = f"Write what happened. {_A_FEW_WORDS}"
        case Step.LETTER_DATE if wrong := answers.letter_date.fault(today):
            part, text = wrong
            found[f"letter_date-{part}"] = text
        case Step.WHAT_WAS_WRONG if not answers.words and not answers.grounds:
            found["grounds"] = "Choose what was wrong, or write it in your own words."
        case Step.FILES if (
            answers.kind is Kind.COMPLAINT and not answers.words and not answers.files
        ):
            found["files"] = f"Choose a file, or go back and write what happened. {_A_FEW_WORDS}"
        case Step.WHO if answers.who is None:
            found["who"] = _WHO[answers.kind]
        case Step.CONTACT if answers.who is not Who.ANONYMOUS:
            found = _unreachable(answers) | found
    return {field: text for field, text in found.items() if field in _FIELDS[step]}


def first_open(answers: Answers, today: date) -> Step | None:
    """The first page that still needs an answer; None where the form can be sent."""
    step: Step | None = STEPS[answers.kind][0]
    while step and not faults(step, answers, today):
        step = following(step, answers)
    return step


_FIELDS: Final[Mapping[Step, tuple[str, ...]]] = {
    Step.WHAT_HAPPENED: ("words",),
    Step.REFERENCE: ("reference",),
    Step.LETTER_DATE: ("letter_date-day", "letter_date-month", "letter_date-year"),
    Step.WHAT_WAS_WRONG: ("grounds", "words"),
    Step.FILES: ("files",),
    Step.WHO: ("who",),
    Step.NAME: ("name", "affected_name"),
    Step.CONTACT: ("reach_by", "email", "telephone", "address"),
    Step.SUPPORT: ("safe_contact",),
}


def _too_long(answers: Answers) -> Faults:
    return {
        field: f"This is too long. Use {most} characters or fewer."
        for field, most in LONGEST.items()
        if len(getattr(answers, field)) > most
    }


def _unreachable(answers: Answers) -> Faults:
    match answers.reach_by:
        case ReachBy.EMAIL if not answers.email:
            return {"email": "Enter your email address, or choose another way to reach you."}
        case ReachBy.EMAIL if not is_mail_address(answers.email):
            return {"email": "Enter one email address, like name@example.com."}
        case ReachBy.TELEPHONE if not answers.telephone:
            return {"telephone": "Enter your telephone number, or choose another way to reach you."}
        case ReachBy.TELEPHONE if sum(map(str.isdigit, answers.telephone)) < _DIGITS:
            return {"telephone": "Enter a telephone number with all its digits, like 01632 960001."}
        case ReachBy.LETTER if not answers.address:
            return {"address": "Enter your postal address, or choose another way to reach you."}
        case None:
            return {"reach_by": "Choose how we can reach you, or choose not to be contacted."}
        case _:
            return {}
