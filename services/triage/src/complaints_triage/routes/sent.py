"""What is sent to assess a matter, or to split one off."""

from __future__ import annotations

from datetime import date
from typing import Final

from pydantic import Field

from complaints_chassis.web import Problem
from complaints_contracts.codes import (
    ContactType,
    Criterion,
    CriterionAnswer,
    Eligibility,
    Subject,
    Wish,
)
from complaints_contracts.event import Model
from complaints_contracts.triage import AssessedAllegation
from complaints_law.codes import ListName, load_codes
from complaints_triage.domain.assessment import Answers
from complaints_triage.domain.facts import Advice, Reason

LONGEST: Final = 5000
CATEGORIES: Final = load_codes(ListName.ALLEGATION_CATEGORY)


class SentAnswer(Model):
    """An answer to one criterion, on the allegation and not on its merit, and why (R44)."""

    answer: CriterionAnswer
    reason: str = Field(min_length=1, max_length=LONGEST, pattern=r"\S")


class SentAdvice(Model):
    """Who of the force's professional standards said that a criterion is not met, when, and how."""

    by: str = Field(min_length=1, max_length=200, pattern=r"\S")
    on: date
    words: str = Field(min_length=1, max_length=LONGEST, pattern=r"\S")


class SentAllegation(Model):
    """One allegation: its number, its category (such as B4), what is alleged, the answers.

    `advice` is what the force's professional standards said, by criterion, where somebody was not
    sure in the assessment before this one, and still is.
    """

    number: str = Field(pattern=r"^[1-9][0-9]?$")
    category: str = Field(
        pattern=r"^[A-Z][0-9]{0,2}$",
        description=f"One of {', '.join(code.code for code in CATEGORIES.codes)}.",
    )
    words: str = Field(min_length=1, max_length=LONGEST, pattern=r"\S")
    answers: dict[Criterion, SentAnswer]
    advice: dict[Criterion, SentAdvice] = Field(default_factory=dict)


class SentAssessment(Model):
    """All that decides where a matter goes."""

    contact_type: ContactType
    subject: Subject = Subject.FORCE
    eligibility: Eligibility
    wish: Wish
    allegations: tuple[SentAllegation, ...] = Field(default=(), max_length=99)

    def answers(self) -> Answers:
        """The same, as it is decided on."""
        return Answers(
            contact_type=self.contact_type,
            subject=self.subject,
            eligibility=self.eligibility,
            wish=self.wish,
            allegations=tuple(
                AssessedAllegation(
                    number=each.number,
                    category=each.category,
                    words=each.words,
                    answers={name: given.answer for name, given in each.answers.items()},
                    advised=tuple(each.advice),
                )
                for each in self.allegations
            ),
            reasons=tuple(
                Reason(number=each.number, criterion=name, words=given.reason)
                for each in self.allegations
                for name, given in each.answers.items()
            ),
            advice=tuple(
                Advice(
                    number=each.number, criterion=name, by=given.by, on=given.on, words=given.words
                )
                for each in self.allegations
                for name, given in each.advice.items()
            ),
        )


class SentMatter(Model):
    """The words of a matter that was told together with another one."""

    words: str = Field(min_length=1, max_length=LONGEST * 4, pattern=r"\S")


def refuse_unknown(answers: Answers, today: date) -> None:
    """Codes of ours are never taken for another one: what is not known is said back."""
    listed = {code.code for code in CATEGORIES.on(today)}
    for each in answers.allegations:
        if each.category not in listed:
            raise Problem(
                422,
                f"Allegation {each.number} has the category {each.category}, which is not in the "
                "list of allegation categories.",
                action="Take one that is listed with SentAllegation in /docs, such as B4, or the "
                "letter alone where it has no numbers, such as C.",
                rule="R43",
            )
    given = [answers.contact_type, answers.subject, answers.eligibility, answers.wish]
    for each in answers.allegations:
        given += [*each.answers, *each.answers.values(), *each.advised]
    if any(code == "OTHER" for code in given):
        raise Problem(422, "One of the codes is not known.", action="See the lists in /docs.")
