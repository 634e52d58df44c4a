"""Phrases, and where they stand in a text.

A pattern is a row of words, each with alternatives, and with at most so many words between one and
the next. There are no regular expressions: the time is the number of words times what the patterns
that begin with a word may span, whatever the text.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Final

from complaints_triage.domain.language import Beginnings, Language, Word, fold

SHOWN_OF_EACH: Final = 5
"""Mentions kept for each phrase, negated and not counted apart: enough to see it, and bounded."""

_LONGEST_GAP: Final = 25


@dataclass(frozen=True, slots=True)
class Mention:
    """A phrase found in a text: `text[start:end]`, said or denied."""

    phrase_id: str
    start: int
    end: int
    negated: bool


@dataclass(frozen=True, slots=True)
class Step:
    """The next word of a pattern: one of `words` or beginning as one of `beginnings`."""

    words: frozenset[str]
    beginnings: tuple[str, ...]
    gap: int

    def holds(self, word: str) -> bool:
        return word in self.words or word.startswith(self.beginnings)


Pattern = tuple[Step, ...]


def parse_pattern(source: str, lists: Mapping[str, tuple[str, ...]]) -> Pattern:
    """A pattern as written in the data.

    Raises ValueError if it could never be found, or names a list that is not there.
    """
    steps: list[Step] = []
    gap = 0
    for part in source.split():
        if part.startswith("~"):
            gap = int(part[1:])
            if not steps or not 0 < gap <= _LONGEST_GAP:
                raise ValueError(f"a gap must be 1 to {_LONGEST_GAP}, and not first: {source}")
            continue
        words: list[str] = []
        for alternative in part.split("|"):
            if alternative.startswith("$") and alternative[1:] not in lists:
                raise ValueError(f"there is no list {alternative} in language.yaml: {source}")
            words += lists[alternative[1:]] if alternative.startswith("$") else [alternative]
        if any(fold(word) != word or not word.removesuffix("*").isalnum() for word in words):
            raise ValueError(f"only small letters and digits, no marks inside a word: {source}")
        steps.append(
            Step(
                words=frozenset(word for word in words if not word.endswith("*")),
                beginnings=tuple(word[:-1] for word in words if word.endswith("*")),
                gap=gap,
            )
        )
        gap = 0
    if not steps or gap:
        raise ValueError(f"a pattern is at least one word and ends with one: {source!r}")
    return tuple(steps)


@dataclass(frozen=True)
class Phrase:
    """Patterns that mean the same to whoever reads them."""

    id: str
    patterns: tuple[Pattern, ...]

    @classmethod
    def of(cls, id: str, patterns: Iterable[str], lists: Mapping[str, tuple[str, ...]]) -> Phrase:
        return cls(id, tuple(parse_pattern(pattern, lists) for pattern in patterns))

    @property
    def vocabulary(self) -> set[str]:
        """Every word that the patterns know, beginnings with their `*`."""
        steps = [step for pattern in self.patterns for step in pattern]
        return {word for step in steps for word in step.words} | {
            f"{beginning}*" for step in steps for beginning in step.beginnings
        }


@dataclass(frozen=True)
class PhraseBook:
    """Phrases by the word that they begin with."""

    by_word: Mapping[str, Sequence[tuple[str, Pattern]]]
    by_beginning: Beginnings[tuple[str, Pattern]]

    @classmethod
    def of(cls, phrases: Iterable[Phrase]) -> PhraseBook:
        """Raises ValueError if two phrases have the same id."""
        by_word: defaultdict[str, list[tuple[str, Pattern]]] = defaultdict(list)
        by_beginning: list[tuple[str, tuple[str, Pattern]]] = []
        seen: set[str] = set()
        for phrase in phrases:
            if phrase.id in seen:
                raise ValueError(f"two phrases have the id {phrase.id}")
            seen.add(phrase.id)
            for pattern in phrase.patterns:
                for word in pattern[0].words:
                    by_word[word].append((phrase.id, pattern))
                for beginning in pattern[0].beginnings:
                    by_beginning.append((beginning, (phrase.id, pattern)))
        return cls(dict(by_word), Beginnings.of(by_beginning))

    def find(self, words: Sequence[Word], language: Language) -> tuple[Mention, ...]:
        """What is mentioned, in the order in which it stands.

        A phrase counts once where its patterns overlap, and `SHOWN_OF_EACH` times at most.
        """
        mentions: list[Mention] = []
        shown: Counter[tuple[str, bool]] = Counter()
        reached: dict[tuple[str, bool], int] = {}
        texts = {word.text for word in words}
        begun = {
            text: [p for p in self._beginning_with(text) if _may_fit(p, texts)] for text in texts
        }
        stop = 0
        for at, word in enumerate(words):
            if not begun[word.text]:
                continue
            while stop < len(words) and words[stop].sentence <= word.sentence:
                stop += 1
            ends: dict[str, int] = {}
            for phrase_id, pattern in begun[word.text]:
                end = _shortest(pattern, words, at, stop)
                if end is not None:
                    ends[phrase_id] = min(end, ends.get(phrase_id, end))
            negated = bool(ends) and language.negated(words, at)
            for phrase_id, last in sorted(ends.items()):
                sense = (phrase_id, negated)
                if at <= reached.get(sense, -1) or shown[sense] == SHOWN_OF_EACH:
                    continue
                shown[sense] += 1
                reached[sense] = last
                mentions.append(Mention(phrase_id, word.start, words[last].end, negated))
        return tuple(mentions)

    def _beginning_with(self, word: str) -> Iterable[tuple[str, Pattern]]:
        beginning = [found for _, found in self.by_beginning.of_word(word)]
        return [*self.by_word.get(word, ()), *beginning]


def _may_fit(candidate: tuple[str, Pattern], texts: Set[str]) -> bool:
    """Whether no later word of a pattern is missing altogether: what spares nearly all the rest."""
    return all(step.beginnings or not step.words.isdisjoint(texts) for step in candidate[1][1:])


def _shortest(pattern: Pattern, words: Sequence[Word], at: int, stop: int) -> int | None:
    """The last word of the shortest run from `at` on, before `stop`, that fits `pattern`."""
    places = {at}
    for step in pattern[1:]:
        reached = set()
        for before in places:
            for place in range(before + 1, min(before + 2 + step.gap, stop)):
                if step.holds(words[place].text):
                    reached.add(place)
        if not reached:
            return None
        places = reached
    return min(places)
