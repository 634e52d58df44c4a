"""Prompts for the mandatory criteria, and signs of risk (R43, R44, L7, L22, L24).

A prompt is a question put to a person, on the allegation and not its merit. Nothing here answers
one: that nothing was found is an empty tuple, and there is no value for "no".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from complaints_contracts.codes import Criterion, RiskFlag
from complaints_triage.domain.phrases import Mention


@dataclass(frozen=True, slots=True)
class Bearing:
    """What a phrase bears on, why in words for staff, and where the rule stands."""

    criteria: tuple[Criterion, ...]
    risks: tuple[RiskFlag, ...]
    why: str
    source: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """Words, at `start` to `end` of the contact's text, to look at for one criterion.

    A negated one ("nobody was hurt") is shown too; it only does not make the contact urgent.
    """

    criterion: Criterion
    phrase_id: str
    start: int
    end: int
    negated: bool


@dataclass(frozen=True, slots=True)
class RiskSign:
    """Words, at `start` to `end` of the contact's text, that may mean somebody is in danger."""

    flag: RiskFlag
    phrase_id: str
    start: int
    end: int
    negated: bool


def prompts_of(mentions: Iterable[Mention], bearings: Mapping[str, Bearing]) -> tuple[Prompt, ...]:
    """One prompt for each criterion that each mention bears on."""
    return tuple(
        Prompt(criterion, found.phrase_id, found.start, found.end, found.negated)
        for found in mentions
        for criterion in bearings[found.phrase_id].criteria
    )


def risk_signs_of(
    mentions: Iterable[Mention], bearings: Mapping[str, Bearing]
) -> tuple[RiskSign, ...]:
    """One sign for each risk that each mention bears on."""
    return tuple(
        RiskSign(flag, found.phrase_id, found.start, found.end, found.negated)
        for found in mentions
        for flag in bearings[found.phrase_id].risks
    )
