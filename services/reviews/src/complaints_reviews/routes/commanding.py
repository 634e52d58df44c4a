"""What commands on a review share: what changed meanwhile, in words."""

from __future__ import annotations

from complaints_chassis.errors import Stale
from complaints_chassis.web import Problem, asked
from complaints_reviews.wording import HAPPENED

WHAT = "review"


def changed(stale: Stale) -> Problem:
    """Something happened since that whoever sends a command should know of first."""
    return asked.changed(stale, WHAT, news_of(stale))


def news_of(stale: Stale) -> list[str]:
    """What happened since, in words."""
    return [HAPPENED[type].lower() for type in dict.fromkeys(stale.events)]
