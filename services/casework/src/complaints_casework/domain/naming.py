"""Which members of staff a contact seems to name, so that none of them is given its case.

Being wrong here costs only the choice of an adviser, so doubt counts as naming. People write names
as they heard them: without capitals, accents or a first name, turned round, with a letter wrong.
A family name may also be a word (Price, Young): alone it counts where it is written as a name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from complaints_law.office import StaffMember

TITLES: Final = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "sir", "madam"})

_SHORTEST_WITH_SLIP: Final = 5
"""In shorter names one wrong letter is too often another word."""
_PARTICLE: Final = 3
_NOT_INITIALS: Final = frozenset({"a", "i"})
"""Words by themselves: `a young man` is not A. Young, whose capital Y is enough."""
_WORD: Final = re.compile(r"[^\W_]+(?:['’‘][^\W_]+)*")
_APOSTROPHE: Final = re.compile("['’‘]")


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    capital: bool


@dataclass(frozen=True)
class _Text:
    words: tuple[_Word, ...]
    cased: bool
    """False where nothing has a capital letter, which then says nothing about names."""

    def holds(self, run: tuple[str, ...]) -> bool:
        """Whether these words stand in a row."""
        texts = tuple(word.text for word in self.words)
        return any(texts[at : at + len(run)] == run for at in range(len(texts)))


@dataclass(frozen=True)
class _Name:
    first: str
    family: tuple[str, ...]
    """The parts that say who it is: both of a double name, but no `van` or `de`."""
    runs: tuple[tuple[str, ...], ...]
    """What says it exactly: the id, and what stands before the @."""


def staff_named_in(texts: Iterable[str], staff: Iterable[StaffMember]) -> frozenset[str]:
    """The register ids of those whom one of the texts seems to name."""
    read = [_read(text) for text in texts]
    names = {member.id: _name_of(member) for member in staff}
    return frozenset(id for id, name in names.items() if any(_named(name, t) for t in read))


def _read(text: str) -> _Text:
    """The words, folded: no case, accents or apostrophes."""
    decomposed = unicodedata.normalize("NFKD", text)
    bare = "".join(c for c in decomposed if unicodedata.category(c) not in ("Mn", "Cf"))
    written = _WORD.findall(bare)
    return _Text(
        tuple(_Word(_APOSTROPHE.sub("", w.casefold()), w[0].isupper()) for w in written),
        cased=any(w[0].isupper() for w in written),
    )


def _name_of(member: StaffMember) -> _Name:
    first, *rest = _texts(member.name)
    family = tuple(part for part in rest if len(part) > _PARTICLE) or tuple(rest[-1:]) or (first,)
    return _Name(first, family, (_texts(member.id), _texts(member.email.partition("@")[0])))


def _texts(text: str) -> tuple[str, ...]:
    return tuple(word.text for word in _read(text).words) or (text,)


def _named(name: _Name, text: _Text) -> bool:
    if any(text.holds(run) for run in name.runs):
        return True
    if any(_alone(word, name, text.cased) for word in text.words):
        return True
    return any(_pair(one, other, name) for one, other in pairwise(text.words))


def _alone(word: _Word, name: _Name, cased: bool) -> bool:
    if not cased:
        return word.text == name.first or word.text in name.family
    return word.capital and (
        word.text == name.first or any(_alike(word.text, family) for family in name.family)
    )


def _pair(one: _Word, other: _Word, name: _Name) -> bool:
    """Whether two words in a row are both names, or an initial or title and the family name."""
    return any(
        any(_alike(family.text, known) for known in name.family)
        and (
            given.text in TITLES
            or _alike(given.text, name.first)
            or (given.text == name.first[0] and given.text not in _NOT_INITIALS)
        )
        for given, family in ((one, other), (other, one))
    )


def _alike(written: str, name: str) -> bool:
    """Whether `written` is `name`, or `name` with one letter wrong, missing, added or swapped."""
    if written == name:
        return True
    if len(name) < _SHORTEST_WITH_SLIP or abs(len(written) - len(name)) > 1:
        return False
    start = next((i for i, (a, b) in enumerate(zip(written, name, strict=False)) if a != b), None)
    if start is None:
        return True
    a, b = written[start:], name[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
