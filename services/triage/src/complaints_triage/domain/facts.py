"""What triage notes for itself. Private: none of it leaves the service."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from complaints_contracts.codes import Criterion
from complaints_contracts.event import Fact, Model
from complaints_contracts.personal import Personal


class Reason(Model):
    """Why a criterion was answered as it was, for one allegation."""

    number: str
    criterion: Criterion
    words: Personal[str]


class AnswersReasoned(Fact):
    """Why the answers of the assessment before it were given, in a person's words (R43, R60)."""

    type: ClassVar[str] = "triage.answers-reasoned"

    matter: str
    person_id: UUID
    reasons: tuple[Reason, ...]

    @property
    def person(self) -> UUID:
        return self.person_id


class AllegationHeard(Fact):
    """Casework found a further allegation in a matter: it waits to be assessed (R43)."""

    type: ClassVar[str] = "triage.allegation-heard"

    matter: str
    number: str
    person_id: UUID
    words: Personal[str]

    @property
    def person(self) -> UUID:
        return self.person_id


FACTS: tuple[type[Fact], ...] = (AnswersReasoned, AllegationHeard)
