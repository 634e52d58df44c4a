"""Rule sets: how long each clock runs, and by which rule, for complaints made from a given day."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Final

from pydantic import BaseModel, ConfigDict, PositiveInt

from complaints_law.errors import NoRuleSet
from complaints_law.resources import names_in, read_yaml


class ClockKind(StrEnum):
    """What has to be done by the time a clock runs out."""

    LOG = "LOG"
    """The complaint is logged and answered (R13)."""
    CALL = "CALL"
    """The complainant is called (R12)."""
    FIRST_UPDATE = "FIRST_UPDATE"
    """The complainant is told of the progress for the first time (L29)."""
    REVIEW_ACKNOWLEDGE = "REVIEW_ACKNOWLEDGE"
    """An application for a review is acknowledged (L42)."""
    REVIEW_COMPLETE = "REVIEW_COMPLETE"
    """The review is decided (L42)."""
    OUTCOME_NOTICE = "OUTCOME_NOTICE"
    """The complainant is told what the handling came to (L30)."""


FIRST_HANDLING: Final = (ClockKind.LOG, ClockKind.CALL, ClockKind.FIRST_UPDATE)
"""The clocks that start with a complaint."""
REVIEW: Final = (ClockKind.REVIEW_ACKNOWLEDGE, ClockKind.REVIEW_COMPLETE)
"""The clocks that start with an application for a review."""


class Unit(StrEnum):
    """Which days count."""

    WORKING_DAYS = "WORKING_DAYS"
    CALENDAR_DAYS = "CALENDAR_DAYS"


class Until(StrEnum):
    """When on its last day a clock runs out (domain.md 5.1.3)."""

    END_OF_DAY = "END_OF_DAY"
    END_OF_OPENING_HOURS = "END_OF_OPENING_HOURS"


class ClockRule(BaseModel):
    """How long one clock runs, the id of the rule that says so and, in words, its source."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: PositiveInt
    unit: Unit
    until: Until
    rule: str
    source: str


class RuleSet(BaseModel):
    """The rules for complaints made on `valid_from` or later, until the next rule set's day."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    valid_from: date
    clocks: dict[ClockKind, ClockRule]


@cache
def load_rule_sets() -> tuple[RuleSet, ...]:
    """The rule sets that this package ships, oldest first."""
    rule_sets = (RuleSet.model_validate(read_yaml(name)) for name in names_in("rule_sets"))
    return tuple(sorted(rule_sets, key=lambda rules: rules.valid_from))


def rule_set_on(complaint_date: date, rule_sets: Iterable[RuleSet]) -> RuleSet:
    """The rule set in force on the day the complaint was made; a later one does not reach back.

    Raises NoRuleSet if the complaint is older than all of them.
    """
    in_force = [rules for rules in rule_sets if rules.valid_from <= complaint_date]
    if not in_force:
        raise NoRuleSet(
            f"No rule set was in force on {complaint_date.isoformat()}: check the date of the "
            "complaint, or add the rule set of that time."
        )
    return max(in_force, key=lambda rules: rules.valid_from)
