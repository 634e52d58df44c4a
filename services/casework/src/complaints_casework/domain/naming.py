"""Which members of staff a contact seems to name, so that none of them is given its case.

Being wrong here costs only the choice of an adviser, so doubt counts as naming. People write names
as they heard them: without capitals, accents or a first name, turned round, with a letter wrong.
A family name may also be a word (Price, Young): alone it counts where it is written as a name.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from typing import Final

from complaints_law.office import StaffMember

TITLES: Final = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "sir", "madam"})

_SHORTEST_WITH_SLIP: Final = 5
"""In shorter names one wrong letter is too often another word."""
_PARTICLE: Final = 3
_NOT_INITIALS: Final = frozenset({"a", "i"})
"""Words by themselves: `a young man` is not A. Young, whose capital Y is enough."""
_WORD: Final = re.compile(r"[^\W_]+(?:['’‘][^\W_]+)*")
_GREETING: Final = re.compile(
    r"\b(?:dear|hi|hiya|hello|hey|morning|afternoon|evening|thanks|thank you|cheers|regards)\b"
    r"[ \t,]*(?:(?:mr|mrs|ms|miss|mx|dr)\b\.?[ \t]+)?[^\W\d_]+(?:[ \t]+(?!for\b)[^\W\d_]+)?"
    r"(?=[ \t]*(?:[,.!;:\n–-]|for\b|$))",
    re.IGNORECASE,
)
_APOSTROPHE: Final = re.compile("['’‘]")


@dataclass(frozen=True)
class _Text:
    """The words, folded: no case, accents or apostrophes."""

    words: tuple[str, ...]
    capitals: frozenset[str]
    """Those that are written with a capital letter; all, where a text has none at all."""
    cased: bool
    distinct: frozenset[str]
    by_length: Mapping[int, Sequence[str]]
    """The distinct ones: only words of nearly a name's length can be that name."""

    def holds(self, run: tuple[str, ...]) -> bool:
        """Whether these words stand in a row."""
        return run[0] in self.distinct and any(
            self.words[at : at + len(run)] == run for at in range(len(self.words))
        )

    def alike(self, name: str) -> set[str]:
        """The words that are `name`, or nearly."""
        lengths = range(len(name) - 1, len(name) + 2)
        near = chain.from_iterable(self.by_length.get(length, ()) for length in lengths)
        return {word for word in near if _alike(word, name)}


@dataclass(frozen=True)
class _Name:
    first: str
    family: tuple[str, ...]
    """The parts that say who it is: both of a double name, but no `van` or `de`."""
    runs: tuple[tuple[str, ...], ...]
    """What says it exactly: the id, and what stands before the @."""


def without_greetings(text: str) -> str:
    """A message without `Dear Ms Hollins,` and `Thank you, Marta.`: who writes to their adviser by
    name does not complain about them."""
    return _GREETING.sub(" ", text)


def staff_named_in(texts: Iterable[str], staff: Iterable[StaffMember]) -> frozenset[str]:
    """The register ids of those whom one of the texts seems to name."""
    read = [_read(text) for text in texts]
    return frozenset(m.id for m in staff if any(_named(_name_of(m), text) for text in read))


def _read(text: str) -> _Text:
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(c for c in decomposed if unicodedata.category(c) not in ("Mn", "Cf"))
    written = _WORD.findall(text)
    words = tuple(map(str.casefold, written))
    if _APOSTROPHE.search(text):
        words = tuple(_APOSTROPHE.sub("", word) for word in words)
    capitals = {word for word, raw in zip(words, written, strict=True) if raw[0].isupper()}
    distinct = frozenset(words)
    by_length: defaultdict[int, list[str]] = defaultdict(list)
    for word in distinct:
        by_length[len(word)].append(word)
    return _Text(words, frozenset(capitals) or distinct, bool(capitals), distinct, by_length)


@lru_cache
def _name_of(member: StaffMember) -> _Name:
    first, *rest = _read(member.name).words or (member.id,)
    family = tuple(part for part in rest if len(part) > _PARTICLE) or tuple(rest[-1:]) or (first,)
    mailbox = member.email.partition("@")[0]
    runs = tuple(run for known in (member.id, mailbox) if (run := _read(known).words))
    return _Name(first, family, runs)


def _named(name: _Name, text: _Text) -> bool:
    """Whether a text has what says it exactly, a name by itself, or two words that make one."""
    alike: set[str] = set().union(*(text.alike(part) for part in name.family))
    alone = alike if text.cased else alike.intersection(name.family)
    if not text.capitals.isdisjoint({name.first, *alone}):
        return True
    if any(text.holds(run) for run in name.runs):
        return True
    return bool(alike) and any(
        family in alike and _goes_before_or_after(given, name)
        for one, other in pairwise(text.words)
        for given, family in ((one, other), (other, one))
    )


def _goes_before_or_after(given: str, name: _Name) -> bool:
    """Whether with a word beside it a family name is this person's: title, first name, initial."""
    return (
        given in TITLES
        or _alike(given, name.first)
        or (given == name.first[0] and given not in _NOT_INITIALS)
    )


def _alike(written: str, name: str) -> bool:
    """Whether `written` is `name`, or `name` with one letter wrong, missing, added or swapped."""
    if written == name:
        return True
    if len(name) < _SHORTEST_WITH_SLIP or abs(len(written) - len(name)) > 1:
        return False
    start = 0
    while written[start] == name[start]:
        start += 1
        if start == min(len(written), len(name)):
            return True
    a, b = written[start:], name[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])
