"""What somebody answers on the form, what is still open, and the submission it makes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from complaints_contracts.codes import Adjustment, Channel, PersonRole, ReachBy
from complaints_contracts.event import Instant, Model
from complaints_contracts.parts import FileRef, Person, Reach, is_mail_address
from complaints_intake.domain.contact import Submission, Suspicion

_DIGITS: Final = 5
"""Fewer digits than this are nobody's telephone number."""

LONGEST: Final[Mapping[str, int]] = {
    "words": 500_000,
    "name": 200,
    "affected_name": 200,
    "email": 320,
    "telephone": 50,
    "address": 1000,
    "safe_contact": 2000,
}
"""Characters; a longer story is a file."""


class Who(StrEnum):
    """Whom the contact is about; nobody has to say who they are."""

    SELF = "SELF"
    SOMEBODY_ELSE = "SOMEBODY_ELSE"
    ANONYMOUS = "ANONYMOUS"


class Step(StrEnum):
    """The pages of the form with a question, in their order; the value is the address."""

    WHAT_HAPPENED = "what-happened"
    FILES = "files"
    WHO = "who"
    NAME = "name"
    CONTACT = "contact"
    SUPPORT = "support"


class Sent(Model):
    """What is left of a form that was sent: what its confirmation shows."""

    reference: str
    received_at: Instant
    reach_by: ReachBy


class Answers(Model):
    """Everything on the form so far."""

    words: str = ""
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


_A_FEW_WORDS: Final = (
    "A few words are enough to start with: what happened, when and where, and what you would like "
    "us to do."
)

Faults = dict[str, str]
"""Field -> what is wrong and what to do, in words."""


def faults(step: Step, answers: Answers) -> Faults:
    """What keeps a page from being accepted; as little as possible (R8, R17)."""
    found = _too_long(answers)
    match step:
        case Step.WHAT_HAPPENED if not answers.words and not answers.files:
            found["words"] = f"Write what happened. {_A_FEW_WORDS}"
        case Step.FILES if not answers.words and not answers.files:
            found["files"] = f"Choose a file, or go back and write what happened. {_A_FEW_WORDS}"
        case Step.WHO if answers.who is None:
            found["who"] = "Choose who this is about, or choose not to say who you are."
        case Step.CONTACT if answers.who is not Who.ANONYMOUS:
            found = _unreachable(answers) | found
    return {field: text for field, text in found.items() if field in _FIELDS[step]}


_FIELDS: Final[Mapping[Step, tuple[str, ...]]] = {
    Step.WHAT_HAPPENED: ("words",),
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


def following(step: Step, answers: Answers) -> Step | None:
    """The page after `step`; None for the last one. Who stays anonymous is asked no more."""
    if step is Step.WHO and answers.who is Who.ANONYMOUS:
        return None
    steps = list(Step)
    return next(iter(steps[steps.index(step) + 1 :]), None)


def first_open(answers: Answers) -> Step | None:
    """The first page that still needs an answer; None where the form can be sent."""
    step: Step | None = Step.WHAT_HAPPENED if not answers.files else Step.FILES
    while step and not faults(step, answers):
        step = following(step, answers)
    return step


def submission(
    answers: Answers,
    words: str,
    words_file: FileRef | None,
    person_id: UUID,
    affected_id: UUID,
    too_fast: bool,
) -> Submission:
    """What the form sends. `words` and `words_file` are the answer's, cut where it is long.

    Whoever acts for somebody else comes first and is the one to reach; that the other person agrees
    is asked later, by an adviser.
    """
    marks = (Suspicion.HIDDEN_FIELD, answers.hidden), (Suspicion.TOO_FAST, too_fast)
    return Submission(
        channel=Channel.WEB,
        persons=_persons(answers, person_id, affected_id),
        words=words,
        words_file=words_file,
        attachments=answers.files,
        anonymous=answers.who is Who.ANONYMOUS,
        suspicions=tuple(mark for mark, is_so in marks if is_so),
    )


def sent(answers: Answers, reference: str, received_at: datetime) -> Answers:
    """What is kept of a form once it is a contact."""
    known = answers.who is not Who.ANONYMOUS and answers.reach_by
    reach_by = known or ReachBy.NOT_AT_ALL
    return Answers(sent=Sent(reference=reference, received_at=received_at, reach_by=reach_by))


def _persons(answers: Answers, person_id: UUID, affected_id: UUID) -> tuple[Person, ...]:
    if answers.who is Who.ANONYMOUS:
        reach = Reach(preferred=ReachBy.NOT_AT_ALL)
        return (Person(id=person_id, role=PersonRole.COMPLAINANT, reach=reach),)
    writer = Person(
        id=person_id,
        role=PersonRole.COMPLAINANT,
        name=answers.name or None,
        email=answers.email or None,
        telephone=answers.telephone or None,
        address=answers.address or None,
        reach=Reach(
            preferred=answers.reach_by or ReachBy.NOT_AT_ALL,
            needs=answers.needs,
            safe_contact=answers.safe_contact or None,
        ),
    )
    if answers.who is not Who.SOMEBODY_ELSE:
        return (writer,)
    affected = Person(
        id=affected_id,
        role=PersonRole.COMPLAINANT,
        name=answers.affected_name or None,
        reach=Reach(preferred=ReachBy.OTHER),
    )
    return (writer.model_copy(update={"role": PersonRole.REPRESENTATIVE}), affected)
