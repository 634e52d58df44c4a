"""Which case a review is about: where reference and person agree, and never by one of them alone.

A wrong match would show one person's complaint to those who review another's, so whatever is not
certain is left to a person.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from complaints_contracts.codes import ContactType
from complaints_reviews.domain.facts import Why
from complaints_reviews.domain.identity import Identity

FIRST_MATTER: Final = "1"


@dataclass(frozen=True)
class KnownCase:
    """A case as far as reviews knows it."""

    case_id: UUID
    contact_id: UUID
    reference: str
    matter: str
    contact_type: ContactType
    received_at: datetime
    persons: tuple[Identity, ...] = ()


def find_case(
    applicants: Iterable[Identity],
    mentions: Sequence[str],
    known: Mapping[str, Iterable[KnownCase]],
) -> KnownCase | Why:
    """The case that applicants mean by the references they gave, or why that is not certain.

    Several matters of one contact have one reference; the case of the first stands for them. While
    one of the references is not known, it may be the one that is meant.
    """
    if not mentions:
        return Why.NO_REFERENCE
    firsts = [
        [case for case in known.get(reference, ()) if case.matter == FIRST_MATTER]
        for reference in dict.fromkeys(mentions)
    ]
    if not all(firsts):
        return Why.UNKNOWN_REFERENCE
    who = tuple(applicants)
    agreeing = [case for cases in firsts for case in cases if are_of(who, case)]
    match agreeing:
        case []:
            return Why.PERSON_DIFFERS
        case [only]:
            return only
        case _:
            return Why.SEVERAL_CASES


def are_of(applicants: Iterable[Identity], case: KnownCase) -> bool:
    """Whether one of the applicants is a person of the case.

    Whoever acts for others may do so for many people in many cases. They count only where they act
    for the same person in both: one of the same name.
    """
    pairs = [(one, other) for one in applicants for other in case.persons]
    acting = [pair for pair in pairs if pair[0].acts and pair[1].acts]
    themselves = [pair for pair in pairs if not pair[0].acts and not pair[1].acts]
    return any(one.is_same_as(other) for one, other in themselves) or (
        any(one.is_same_as(other) for one, other in acting)
        and any(one.is_called_as(other) for one, other in themselves)
    )
