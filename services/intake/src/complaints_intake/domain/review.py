"""What the public is told of a review, and what an application for one says."""

from __future__ import annotations

from datetime import date
from typing import Final, NamedTuple

from complaints_intake.domain.reference import NotAReference, parse_reference, references_in
from complaints_law.rule_sets import ClockKind, load_rule_sets, rule_set_on

APPLY_WITHIN_DAYS: Final = 28
"""Counted from the day after the letter: CMR 2020 reg 29(2), L33."""


class ReviewTimes(NamedTuple):
    """How long things take, in days to apply and then in working days."""

    apply: int
    acknowledge: int
    complete: int


def review_times(on: date) -> ReviewTimes:
    """What somebody who applies on the day `on` is told (L33, L42)."""
    clocks = rule_set_on(on, load_rule_sets()).clocks
    return ReviewTimes(
        APPLY_WITHIN_DAYS,
        clocks[ClockKind.REVIEW_ACKNOWLEDGE].days,
        clocks[ClockKind.REVIEW_COMPLETE].days,
    )


def is_late(letter_of: date | None, today: date) -> bool:
    """Whether the last day has passed, so that it counts why (L33, L35); it is taken all the same.

    The letter may have come days after its date: whoever decides about it asks.
    """
    return letter_of is not None and (today - letter_of).days > APPLY_WITHIN_DAYS


def references_on_letter(prefix: str, written: str) -> tuple[tuple[str, ...], str | None]:
    """What somebody copied from the outcome letter: references of ours, and else the force's."""
    try:
        return (parse_reference(prefix, written),), None
    except NotAReference:
        return references_in(prefix, written), written or None
