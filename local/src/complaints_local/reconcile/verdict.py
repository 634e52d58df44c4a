"""What is said of one invariant."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    """Whether it holds."""

    HOLDS = "holds"
    BROKEN = "BROKEN"
    NOT_JUDGED = "not judged"


@dataclass(frozen=True)
class Verdict:
    """One invariant: the counts that show it, and what breaks it, by tag or id."""

    id: str
    title: str
    state: State
    counts: Mapping[str, int] = field(default_factory=dict)
    exceptions: tuple[str, ...] = ()
    missing: str = ""
    """What it takes to judge it."""


def judged(id: str, title: str, counts: Mapping[str, int], exceptions: Iterable[str]) -> Verdict:
    """It holds where there is no exception."""
    found = tuple(dict.fromkeys(exceptions))
    return Verdict(id, title, State.BROKEN if found else State.HOLDS, counts, found)


def not_judged(id: str, title: str, missing: str) -> Verdict:
    """Nothing can be said of it without what is missing."""
    return Verdict(id, title, State.NOT_JUDGED, missing=missing)
