"""How the words of a contact are read: words with their places, spelling, negation.

Whatever is found is shown where it stands, so every word keeps its offsets into the text as it
was written, whatever folding did to it.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Generic, NamedTuple, TypeVar

T = TypeVar("T")

# Left out of words, so that didn't, didn’t and didnt are one word.
_APOSTROPHES: Final = frozenset("'’‘‛`´ʼ＇")
_ENDS_SENTENCE: Final = frozenset(".!?")
_ENDS_CLAUSE: Final = frozenset('.!?,;:()[]"“”„«»…–—\u2028\u2029')

# What folding changes in nothing but its case; what only parts words; one character by itself.
_RUN: Final = re.compile("([A-Za-z0-9]+)|( +)|.", re.DOTALL)

_SHORTEST_SLIPPED: Final = 6


class Word(NamedTuple):
    """One word, folded and respelled; `text[start:end]` is what was written."""

    text: str
    start: int
    end: int
    clause: int
    sentence: int


@lru_cache(maxsize=4096)
def fold_character(character: str) -> str:
    """Letters and digits without case, accents and invisible marks; "" where nothing is left."""
    if character in _APOSTROPHES:
        return ""
    folded = unicodedata.normalize("NFKD", character).casefold()
    return "".join(c for c in folded if unicodedata.category(c) not in ("Mn", "Me", "Cf"))


def fold(text: str) -> str:
    """`text` as phrases are compared with it."""
    return "".join(map(fold_character, text))


def slips(word: str) -> set[str]:
    """`word` with an inner letter left out, doubled or changed places with the next.

    Of short words there are none: too many slips of those are words of their own.
    """
    if len(word) < _SHORTEST_SLIPPED:
        return set()
    inner = range(1, len(word) - 1)
    left_out = {word[:i] + word[i + 1 :] for i in inner}
    doubled = {word[: i + 1] + word[i:] for i in inner}
    swapped = {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in inner}
    return (left_out | doubled | swapped) - {word}


@dataclass(frozen=True)
class Beginnings(Generic[T]):
    """What goes with beginnings of words: found by the letters that the shortest has."""

    length: int
    by_letters: Mapping[str, Sequence[tuple[str, T]]]

    @classmethod
    def of(cls, items: Iterable[tuple[str, T]]) -> Beginnings[T]:
        """Of equal beginnings all count; longer ones come first."""
        ordered = sorted(items, key=lambda item: -len(item[0]))
        length = min((len(beginning) for beginning, _ in ordered), default=0)
        by_letters: defaultdict[str, list[tuple[str, T]]] = defaultdict(list)
        for beginning, meant in ordered:
            by_letters[beginning[:length]].append((beginning, meant))
        return cls(length, dict(by_letters))

    def of_word(self, word: str) -> list[tuple[str, T]]:
        """The beginnings that `word` has."""
        near = self.by_letters.get(word[: self.length], ())
        return [item for item in near if word.startswith(item[0])]


@dataclass(frozen=True)
class Language:
    """Spelling and negation, as language.yaml has them."""

    spellings: Mapping[str, str]
    beginnings: Beginnings[str]
    negators: Mapping[str, int]
    denials: frozenset[str]
    breakers: frozenset[str]

    @classmethod
    def of(
        cls,
        *,
        spellings: Mapping[str, Sequence[str]],
        negators: Mapping[str, int],
        denials: Iterable[str],
        breakers: Iterable[str],
        vocabulary: Collection[str],
    ) -> Language:
        """Turns the spellings round, from how people write a word to how phrases spell it.

        Slips of the pen in the `vocabulary` of the phrases (`assault*` is any word that begins so)
        are read as what was meant, unless they are words of it themselves.
        """
        words = {word for word in vocabulary if not word.endswith("*")}
        stems = {word[:-1] for word in vocabulary if word.endswith("*")}
        variants = [(variant, word) for word, some in spellings.items() for variant in some]
        beginnings = {slip: stem for stem in sorted(stems) for slip in slips(stem)}
        beginnings |= {v[:-1]: word for v, word in variants if v.endswith("*")}
        meant = {slip: word for word in sorted(words) for slip in slips(word) if slip not in words}
        return cls(
            spellings=meant | {v: word for v, word in variants if not v.endswith("*")},
            beginnings=Beginnings.of(beginnings.items()),
            negators=negators,
            denials=frozenset(denials),
            breakers=frozenset(breakers),
        )

    def respell(self, word: str) -> str:
        """`word` as phrases spell it."""
        if word in self.spellings:
            return self.spellings[word]
        for beginning, stem in self.beginnings.of_word(word):  # the longest comes first
            return stem + word[len(beginning) :]
        return word

    def read(self, text: str) -> list[Word]:
        """The words of `text`, in order, in time proportional to its length."""
        words: list[Word] = []
        letters: list[str] = []
        start = end = clause = sentence = newlines = 0

        def close() -> None:
            if letters:
                word = self.respell("".join(letters))
                words.append(Word(word, start, end, clause, sentence))
                letters.clear()

        for run in _RUN.finditer(text):
            at, character = run.start(), run[0]
            if run.lastindex == 1:
                if not letters:
                    start = at
                letters.append(character.lower())
                end, newlines = run.end(), 0
                continue
            if run.lastindex == 2:
                close()
                continue
            for folded in fold_character(character):
                if folded.isalnum():
                    if not letters:
                        start = at
                    letters.append(folded)
                    end, newlines = at + 1, 0
                else:
                    close()
            if character in _ENDS_CLAUSE:
                close()
                clause += 1
                sentence += _ends_sentence(text, at)
            elif character == "\n":
                close()
                newlines += 1
                if newlines == 2:  # a blank line; a single one may be where a mail was wrapped
                    clause += 1
                    sentence += 1
        close()
        return words

    def negated(self, words: Sequence[Word], at: int) -> bool:
        """Whether what is mentioned from word `at` on is said not to have happened.

        Two negations in one clause are not counted out against each other: such a mention stands.
        """
        found = 0
        broken = False
        for back in range(at - 1, max(-1, at - 2 - max(self.negators.values())), -1):
            word = words[back]
            if word.clause != words[at].clause:
                break
            reach = self.negators.get(word.text)
            denies = back + 1 < at and words[back + 1].text in self.denials
            if reach is not None and at - back - 1 <= reach and (denies or not broken):
                found += 1
            broken = broken or word.text in self.breakers
        return found == 1


def _ends_sentence(text: str, at: int) -> bool:
    """Whether the mark at `at` ends a sentence: not in 4.30, nor in three dots for a pause."""
    if text[at] not in _ENDS_SENTENCE:
        return False
    after = text[at + 1 : at + 2]
    return (not after or after.isspace()) and text[at - 1 : at + 1] != ".."
