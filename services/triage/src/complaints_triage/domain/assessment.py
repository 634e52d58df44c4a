"""Assessing a matter: what a person answered, and where that leads (R28, R43, R44).

Every answer is a person's, on the allegation and not on its merit. What follows from the answers is
the decision table's, and nobody's choice.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from complaints_contracts.codes import (
    ContactType,
    Criterion,
    CriterionAnswer,
    Eligibility,
    Route,
    Subject,
    Wish,
)
from complaints_contracts.triage import AssessedAllegation, ContactSorted, MatterAssessed
from complaints_law import routing
from complaints_triage.domain.contact import Contact
from complaints_triage.domain.facts import AnswersReasoned, Reason


class Obstacle(StrEnum):
    """Why an assessment is not taken."""

    UNKNOWN = "UNKNOWN"
    """A code is not known, or an answer missing."""
    ALLEGATION_GONE = "ALLEGATION_GONE"
    """One that was assessed, or came up, is not among them."""
    NOT_CLEARED = "NOT_CLEARED"
    """What was yes or not sure became no without advice (domain 6, 1)."""
    ADVICE_UNASKED = "ADVICE_UNASKED"
    """Advice settles what somebody is not sure of, and nothing else."""


class Answers(NamedTuple):
    """What a person says of one matter."""

    contact_type: ContactType
    subject: Subject
    eligibility: Eligibility
    wish: Wish
    allegations: tuple[AssessedAllegation, ...]
    reasons: tuple[Reason, ...]


_BLOCKING: Final = frozenset({CriterionAnswer.YES, CriterionAnswer.NOT_SURE})


def obstacle(contact: Contact, matter: str, answers: Answers) -> Obstacle | None:
    """Why the answers are not taken, if they are not.

    An answer that led to recording is not taken back by answering again: only the advice of the
    force's professional standards clears it, and it was not sure then (domain 6, 1).
    """
    before = contact.assessed.get(matter)
    numbers = {each.number for each in answers.allegations}
    known = {each.number for each in before.allegations} if before else set()
    if not numbers >= known | set(contact.raised.get(matter, ())):
        return Obstacle.ALLEGATION_GONE
    for each in answers.allegations:
        advised = {each.answers.get(criterion) for criterion in each.advised}
        if advised - {CriterionAnswer.NOT_SURE}:
            return Obstacle.ADVICE_UNASKED
    was = {each.number: each.answers for each in before.allegations} if before else {}
    for each in answers.allegations:
        for criterion, answer in was.get(each.number, {}).items():
            now = each.answers.get(criterion)
            if answer in _BLOCKING and now is CriterionAnswer.NO:
                return Obstacle.NOT_CLEARED
    return None


def assess(
    sorted_as: ContactSorted,
    answers: Answers,
    table: routing.RouteTable,
    criteria_version: str,
    now: datetime,
) -> tuple[MatterAssessed, AnswersReasoned]:
    """The assessment of a matter that has no obstacle, and why each answer was given.

    Raises LawError where something that the route depends on has not been answered.
    """
    decision = routing.decide_route(_asked(answers), table)
    return (
        MatterAssessed(
            contact_id=sorted_as.contact_id,
            case_id=sorted_as.case_id,
            reference=sorted_as.reference,
            matter=sorted_as.matter,
            person_id=sorted_as.person,
            assessed_at=now,
            contact_type=answers.contact_type,
            subject=answers.subject,
            eligibility=answers.eligibility,
            wish=answers.wish,
            allegations=answers.allegations,
            route=Route(decision.route.value),
            row=decision.row,
            second_look=decision.second_look,
            table_version=decision.table_version,
            criteria_version=criteria_version,
        ),
        AnswersReasoned(
            matter=sorted_as.matter, person_id=sorted_as.person, reasons=answers.reasons
        ),
    )


def missing_reasons(answers: Answers) -> tuple[tuple[str, Criterion], ...]:
    """The answers that nobody gave a reason for: each has to have one (R43)."""
    given = {(reason.number, reason.criterion) for reason in answers.reasons}
    asked = ((each.number, criterion) for each in answers.allegations for criterion in each.answers)
    return tuple(sorted(set(asked) - given))


def _asked(answers: Answers) -> routing.Assessment:
    return routing.Assessment(
        contact_type=answers.contact_type.value,
        subject=answers.subject.value,
        eligibility=routing.Eligibility(answers.eligibility.value),
        wish=routing.Wish(answers.wish.value),
        allegations=tuple(
            routing.Allegation(
                number=int(each.number),
                category=each.category,
                answers={
                    criterion.value: routing.Answer(answer.value)
                    for criterion, answer in each.answers.items()
                },
                advised=frozenset(criterion.value for criterion in each.advised),
            )
            for each in answers.allegations
        ),
    )
