"""Which cases may be about the same (R8, domain 3.1): the system proposes, with reasons.

People decide: nothing is merged, linked or closed by itself.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final

from complaints_casework.domain.case import Case
from complaints_contracts.parts import Person
from complaints_contracts.personal import ERASED

_TELEPHONE_DIGITS: Final = 9
"""So many at its end make a number: what stands before them, 0, +44 or 0044, is the country's."""
_LETTERS: Final = 4
"""Words with fewer say nothing about what somebody speaks of."""
_IN_COMMON: Final = 5
_SHARE: Final = 0.6
"""How many words, and which share of the shorter text's, make two texts alike."""


class Alike(StrEnum):
    """Why two cases may be about the same, the strongest reason first."""

    NAMES_IT = "NAMES_IT"
    """One of them names the other's reference."""
    SAME_FORCE_REFERENCE = "SAME_FORCE_REFERENCE"
    SAME_WORDS = "SAME_WORDS"
    """Most of the words of one are words of the other."""
    SAME_EMAIL = "SAME_EMAIL"
    SAME_TELEPHONE = "SAME_TELEPHONE"
    SAME_NAME = "SAME_NAME"


def alike(case: Case, other: Case) -> tuple[Alike, ...]:
    """The reasons why two cases may be about the same; none where nothing says so."""
    found = {why for why, value in known_by(case).items() if known_by(other).get(why) == value}
    if case.kept and other.kept:
        if _names(case, other) or _names(other, case):
            found.add(Alike.NAMES_IT)
        theirs = case.kept.force_reference
        if theirs and theirs == other.kept.force_reference:
            found.add(Alike.SAME_FORCE_REFERENCE)
        if _are_alike(_words(case.kept.words), _words(other.kept.words)):
            found.add(Alike.SAME_WORDS)
    return tuple(why for why in Alike if why in found)


def same_complainant(case: Case, other: Case) -> bool:
    """Whether the complainants of two cases are one person, by what both of them told us of
    themselves; of one who told us nothing, and can be told nothing, we do not know otherwise."""
    known, others = known_by(case), known_by(other)
    return not known or any(others.get(why) == value for why, value in known.items())


def known_by(case: Case) -> dict[Alike, str]:
    """By what the complainant of a case is known, in a form that can be compared."""
    person: Person = case.persons[0]
    known = {
        Alike.SAME_EMAIL: (person.email or "").casefold(),
        Alike.SAME_TELEPHONE: re.sub(r"\D", "", person.telephone or "")[-_TELEPHONE_DIGITS:],
        Alike.SAME_NAME: " ".join((person.name or "").casefold().split()),
    }
    return {why: value for why, value in known.items() if value and value != ERASED}


def _names(case: Case, other: Case) -> bool:
    assert case.kept is not None
    return other.opened is not None and other.opened.reference in case.kept.mentions


def _words(text: str) -> frozenset[str]:
    return frozenset(word for word in re.findall(r"\w+", text.casefold()) if len(word) >= _LETTERS)


def _are_alike(one: frozenset[str], other: frozenset[str]) -> bool:
    common = len(one & other)
    return common >= _IN_COMMON and common >= _SHARE * min(len(one), len(other))
