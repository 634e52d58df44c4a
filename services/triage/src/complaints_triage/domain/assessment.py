"""Assessing a matter: what a person answered, and where that leads (R28, R43, R44).

Every answer is a person's, on the allegation and not on its merit. What follows from the answers is
the decision table's, and nobody's choice.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from enum import StrEnum
from typing import NamedTuple

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
from complaints_law.london import london_day
from complaints_triage.domain.contact import Contact
from complaints_triage.domain.facts import Advice, AllegationHeard, AnswersReasoned, Reason


class Obstacle(StrEnum):
    """Why an assessment is not taken."""

    ALLEGATION_GONE = "ALLEGATION_GONE"
    """One that was assessed, or came up, is not among them."""
    YES_STAYS = "YES_STAYS"
    """What was yes became something else (domain 6, 1)."""
    NOT_CLEARED = "NOT_CLEARED"
    """What was not sure became no, which only advice can say (domain 6, 1)."""
    ADVICE_UNASKED = "ADVICE_UNASKED"
    """Advice settles what somebody is not sure of, and was before they asked."""
    ADVICE_MISDATED = "ADVICE_MISDATED"
    """It was given before the contact came in, or after today."""


class Answers(NamedTuple):
    """What a person says of one matter."""

    contact_type: ContactType
    subject: Subject
    eligibility: Eligibility
    wish: Wish
    allegations: tuple[AssessedAllegation, ...]
    reasons: tuple[Reason, ...]
    advice: tuple[Advice, ...]


def obstacle(contact: Contact, matter: str, answers: Answers, today: date) -> Obstacle | None:
    """Why the answers are not taken, if they are not.

    An answer that led to recording is not taken back by answering again. A yes stays; what is not
    sure is cleared only by the advice of the force's professional standards, and only where the
    assessment before this one was not sure either (domain 6, 1).
    """
    before = contact.assessed.get(matter)
    numbers = {each.number for each in answers.allegations}
    known = {each.number for each in before.allegations} if before else set()
    if not numbers >= known | set(contact.raised.get(matter, ())):
        return Obstacle.ALLEGATION_GONE
    was = {
        (each.number, criterion): answer
        for each in (before.allegations if before else ())
        for criterion, answer in each.answers.items()
    }
    for each in answers.allegations:
        for criterion, answer in each.answers.items():
            earlier = was.get((each.number, criterion))
            if earlier is CriterionAnswer.YES and answer is not CriterionAnswer.YES:
                return Obstacle.YES_STAYS
            if earlier is CriterionAnswer.NOT_SURE and answer is CriterionAnswer.NO:
                return Obstacle.NOT_CLEARED
        for criterion in each.advised:
            both = {was.get((each.number, criterion)), each.answers.get(criterion)}
            if both != {CriterionAnswer.NOT_SURE}:
                return Obstacle.ADVICE_UNASKED
    came_in = min(london_day(one.received_at) for one in contact.sorted)
    if any(not came_in <= advice.on <= today for advice in answers.advice):
        return Obstacle.ADVICE_MISDATED
    return None


def assess(
    sorted_as: ContactSorted,
    answers: Answers,
    heard: Iterable[AllegationHeard],
    table: routing.RouteTable,
    criteria_version: str,
    now: datetime,
) -> tuple[MatterAssessed, AnswersReasoned]:
    """The assessment of a matter that has no obstacle, and why each answer was given.

    `heard` is what casework ever found in the matter.

    Raises LawError where something that the route depends on has not been answered.
    """
    numbers = {each.number for each in answers.allegations}
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
            raised=tuple(one.raised_as for one in heard if one.number in numbers),
            route=Route(decision.route.value),
            row=decision.row,
            second_look=decision.second_look,
            table_version=decision.table_version,
            criteria_version=criteria_version,
        ),
        AnswersReasoned(
            matter=sorted_as.matter,
            person_id=sorted_as.person,
            reasons=answers.reasons,
            advice=answers.advice,
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
