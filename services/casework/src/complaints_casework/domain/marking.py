"""Where in somebody's own words the prompts stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise

from complaints_contracts.codes import Criterion
from complaints_contracts.triage import Prompt


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of the words, and the criteria that it prompts to look at."""

    text: str
    criteria: tuple[Criterion, ...] = ()


def marked(words: str, prompts: Iterable[Prompt]) -> list[Piece]:
    """The words in pieces. What is erased has no place in them any more, and marks nothing."""
    standing = [p for p in prompts if words[p.start : p.end] == p.words and not p.negated]
    cuts = sorted({0, len(words), *(at for p in standing for at in (p.start, p.end))})
    return [
        Piece(
            words[start:end],
            tuple(dict.fromkeys(p.criterion for p in standing if p.start <= start < p.end)),
        )
        for start, end in pairwise(cuts)
    ]
