"""What triage notes for itself. Private: none of it leaves the service."""

from __future__ import annotations

from datetime import date
from typing import ClassVar
from uuid import UUID

from complaints_contracts.codes import Criterion
from complaints_contracts.event import Fact, Model
from complaints_contracts.personal import Personal
from complaints_contracts.triage import Prompt


class Reason(Model):
    """Why a criterion was answered as it was, for one allegation."""

    number: str
    criterion: Criterion
    words: Personal[str]


class Advice(Model):
    """What the force's professional standards said of a criterion that somebody was not sure of."""

    number: str
    criterion: Criterion
    by: Personal[str]
    on: date
    words: Personal[str]


class AnswersReasoned(Fact):
    """Why the answers of the assessment before it were given, in a person's words (R43, R60).

    `advice` is what cleared those that it says were advised (domain 6, 1).
    """

    type: ClassVar[str] = "triage.answers-reasoned"

    matter: str
    person_id: UUID
    reasons: tuple[Reason, ...]
    advice: tuple[Advice, ...] = ()

    @property
    def person(self) -> UUID:
        return self.person_id


class AllegationHeard(Fact):
    """Casework found a further allegation in a matter: it waits to be assessed (R43).

    `raised_as` is the number that casework gave it; here another one may have that by now.
    """

    type: ClassVar[str] = "triage.allegation-heard"

    matter: str
    number: str
    raised_as: str
    person_id: UUID
    words: Personal[str]
    prompts: tuple[Prompt, ...]
    prompts_version: str

    @property
    def person(self) -> UUID:
        return self.person_id


class AllegationDropped(Fact):
    """Casework took back an allegation that nobody had assessed yet: it waits no longer."""

    type: ClassVar[str] = "triage.allegation-dropped"

    matter: str
    number: str


FACTS: tuple[type[Fact], ...] = (AnswersReasoned, AllegationHeard, AllegationDropped)
