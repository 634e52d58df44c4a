"""Which cases may be about the same (R8, domain 3.1): the system proposes, with reasons.

People decide: nothing is merged, linked or closed by itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
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


def alike(case: Case, others: Iterable[Case]) -> Iterator[tuple[Case, tuple[Alike, ...]]]:
    """The cases that may be about the same as one, each with the reasons."""
    known, words = known_by(case), _words(case)
    for other in others:
        found = _same(known, known_by(other))
        if _names(case, other) or _names(other, case):
            found.add(Alike.NAMES_IT)
        if _has_same_force_reference(case, other):
            found.add(Alike.SAME_FORCE_REFERENCE)
        if _are_alike(words, _words(other)):
            found.add(Alike.SAME_WORDS)
        if found:
            yield other, tuple(why for why in Alike if why in found)


def same_complainant(case: Case, other: Case) -> bool:
    """Whether the complainants of two cases are one person, by what both of them told us of
    themselves; of one who told us nothing, and can be told nothing, we do not know otherwise."""
    known = known_by(case)
    return not known or bool(_same(known, known_by(other)))


def known_by(case: Case) -> dict[Alike, str]:
    """By what the complainant of a case is known, in a form that can be compared."""
    person: Person = case.persons[0]
    known = {
        Alike.SAME_EMAIL: (person.email or "").casefold(),
        Alike.SAME_TELEPHONE: re.sub(r"\D", "", person.telephone or "")[-_TELEPHONE_DIGITS:],
        Alike.SAME_NAME: " ".join((person.name or "").casefold().split()),
    }
    return {why: value for why, value in known.items() if value and value != ERASED}


def _same(known: Mapping[Alike, str], others: Mapping[Alike, str]) -> set[Alike]:
    return {why for why, value in known.items() if others.get(why) == value}


def _names(case: Case, other: Case) -> bool:
    if case.kept is None or other.opened is None:
        return False
    return other.opened.reference in case.kept.mentions


def _has_same_force_reference(case: Case, other: Case) -> bool:
    if case.kept is None or other.kept is None or not case.kept.force_reference:
        return False
    return case.kept.force_reference == other.kept.force_reference


def _words(case: Case) -> frozenset[str]:
    text = case.kept.words.casefold() if case.kept else ""
    return frozenset(word for word in re.findall(r"\w+", text) if len(word) >= _LETTERS)


def _are_alike(one: frozenset[str], other: frozenset[str]) -> bool:
    common = len(one & other)
    return common >= _IN_COMMON and common >= _SHARE * min(len(one), len(other))
