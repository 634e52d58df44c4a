"""Rule sets: how long each clock runs, and by which rule, for complaints made from a given day."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Final

from pydantic import BaseModel, ConfigDict, NonNegativeInt, PositiveInt

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
    NEXT_UPDATE = "NEXT_UPDATE"
    """The complainant is told of the progress again, after every time that they were (L29)."""
    SERVICE_RECOVERY = "SERVICE_RECOVERY"
    """Service recovery is completed and closed, where practicable (R36)."""
    FORCE_TASK = "FORCE_TASK"
    """The force does what service recovery asks one of its units for (R41, domain 3.3)."""
    OFFER = "OFFER"
    """Whoever cannot be reached answers the written offer (domain 3.3, NoEngagement)."""
    RECORD = "RECORD"
    """What must be recorded is recorded (domain 3.4)."""
    TRANSFER = "TRANSFER"
    """What is recorded is handed to the force (R46)."""
    FORCE_ACKNOWLEDGEMENT = "FORCE_ACKNOWLEDGEMENT"
    """The force says that it has what was handed to it (domain 3.4)."""
    URGENT_FORCE_ACKNOWLEDGEMENT = "URGENT_FORCE_ACKNOWLEDGEMENT"
    """The same, where it was handed over as urgent (domain 3.4)."""
    FORCE_PROGRESS = "FORCE_PROGRESS"
    """The force reports how far it is, in time for the next update (domain 3.4)."""
    REFERRAL = "REFERRAL"
    """The force refers to the IOPC what it must (L26)."""
    REG_13 = "REG_13"
    """The force writes why a local investigation is not complete (L30c)."""
    OUTCOME_NOTICE = "OUTCOME_NOTICE"
    """The complainant is told what the handling came to (L30)."""
    SURVEY = "SURVEY"
    """The complainant may come back before the case is closed and they are surveyed (R71)."""
    WITHDRAWAL_REPLY = "WITHDRAWAL_REPLY"
    """The complainant says how they wish to proceed, having seemed to withdraw (L45)."""
    RESUMPTION_REPLY = "RESUMPTION_REPLY"
    """The complainant says whether handling should go on after proceedings ended (L46)."""
    REVIEW_PERIOD = "REVIEW_PERIOD"
    """The complainant may apply for a review (L33)."""
    REVIEW_ACKNOWLEDGE = "REVIEW_ACKNOWLEDGE"
    """An application for a review is acknowledged (L42)."""
    REVIEW_COMPLETE = "REVIEW_COMPLETE"
    """The review is decided (L42)."""
    RECOMMENDATION_REPLY = "RECOMMENDATION_REPLY"
    """The force answers a recommendation (L40)."""


FIRST_HANDLING: Final = (ClockKind.LOG, ClockKind.CALL, ClockKind.FIRST_UPDATE)
"""The clocks that start with a complaint."""
REVIEW: Final = (ClockKind.REVIEW_ACKNOWLEDGE, ClockKind.REVIEW_COMPLETE)
"""The clocks that start with an application for a review."""


class Happened(StrEnum):
    """What starts, meets or ends clocks. A service says which of its events are which of these."""

    MADE = "MADE"
    """The complaint reached us, or the force or body that it was made to (domain 5.1.8)."""
    LOGGED = "LOGGED"
    REACHED = "REACHED"
    """Somebody spoke with the complainant, or reached them as they wish."""
    UPDATED = "UPDATED"
    """The complainant was told of the progress."""
    OUT_OF_CONTACT = "OUT_OF_CONTACT"
    """There is no way left to reach the complainant."""
    SERVICE_RECOVERY_STARTED = "SERVICE_RECOVERY_STARTED"
    SERVICE_RECOVERY_ENDED = "SERVICE_RECOVERY_ENDED"
    TASK_SENT = "TASK_SENT"
    TASK_ANSWERED = "TASK_ANSWERED"
    OFFERED = "OFFERED"
    OFFER_ANSWERED = "OFFER_ANSWERED"
    MUST_BE_RECORDED = "MUST_BE_RECORDED"
    """A criterion, or the complainant, asks for it (L6, L7)."""
    RECORDED = "RECORDED"
    TRANSFERRED = "TRANSFERRED"
    TRANSFERRED_URGENTLY = "TRANSFERRED_URGENTLY"
    """It was handed over on the urgent path, which is a transfer as well."""
    FORCE_ACCEPTED = "FORCE_ACCEPTED"
    FORCE_REPORTED = "FORCE_REPORTED"
    MUST_BE_REFERRED = "MUST_BE_REFERRED"
    """It first became clear to the force that the IOPC must be told."""
    SEEMS_REFERABLE = "SEEMS_REFERABLE"
    """It was handed over with an answer that says so, whatever the force says (L24)."""
    REFERRED = "REFERRED"
    IOPC_TOOK_OVER = "IOPC_TOOK_OVER"
    """It directs or makes the investigation, and keeps the complainant informed (L28)."""
    INVESTIGATED = "INVESTIGATED"
    """The force decided that a local investigation is made."""
    REG_13_LETTER = "REG_13_LETTER"
    SUSPENDED = "SUSPENDED"
    RESUMED = "RESUMED"
    OUTCOME = "OUTCOME"
    """The handling came to its end."""
    OUTCOME_TOLD = "OUTCOME_TOLD"
    NOBODY_TO_TELL = "NOBODY_TO_TELL"
    """Of the outcome: the complainant is anonymous, or wants to hear nothing."""
    WITHDRAWAL_LETTER = "WITHDRAWAL_LETTER"
    WITHDRAWAL_ANSWERED = "WITHDRAWAL_ANSWERED"
    RESUMPTION_LETTER = "RESUMPTION_LETTER"
    RESUMPTION_ANSWERED = "RESUMPTION_ANSWERED"
    CLOSED = "CLOSED"
    REOPENED = "REOPENED"
    REVIEW_APPLIED = "REVIEW_APPLIED"
    REVIEW_ACKNOWLEDGED = "REVIEW_ACKNOWLEDGED"
    REVIEW_FORWARDED = "REVIEW_FORWARDED"
    """To the body whose it is; it may come back (L34)."""
    REVIEW_RETURNED = "REVIEW_RETURNED"
    REVIEW_DECIDED = "REVIEW_DECIDED"
    RECOMMENDED = "RECOMMENDED"
    RECOMMENDATION_ANSWERED = "RECOMMENDATION_ANSWERED"


class Unit(StrEnum):
    """What is counted."""

    WORKING_DAYS = "WORKING_DAYS"
    CALENDAR_DAYS = "CALENDAR_DAYS"
    MONTHS = "MONTHS"
    """To the same day of the month, or its last (domain 5.1.7)."""
    HOURS = "HOURS"
    """Of whatever day: somebody is on call."""


class Until(StrEnum):
    """When on its last day a clock runs out (domain.md 5.1.3)."""

    END_OF_DAY = "END_OF_DAY"
    END_OF_OPENING_HOURS = "END_OF_OPENING_HOURS"
    THE_MINUTE = "THE_MINUTE"
    """Of what is counted in hours."""


class Duty(StrEnum):
    """Who has to act before a clock runs out."""

    OFFICE = "OFFICE"
    FORCE = "FORCE"
    COMPLAINANT = "COMPLAINANT"
    """It is their time, and nobody's fault when it passes."""


class ClockRule(BaseModel):
    """How long one clock runs, from what to what, and in words where that stands.

    `starts` open it, once for each; it counts from then or, where `counted_from` names something,
    from the latest of that before. `only_after` has to have happened for it to open at all.
    `met_by` meets it, `dropped_by` takes its reason away. Between the two of `stands_still` no day
    counts.
    Where `then_every` is given it is due again and again after the first time, in the same unit.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    days: NonNegativeInt
    unit: Unit
    until: Until
    rule: str
    source: str
    duty: Duty = Duty.OFFICE
    starts: tuple[Happened, ...]
    counted_from: tuple[Happened, ...] = ()
    only_after: Happened | None = None
    met_by: tuple[Happened, ...]
    dropped_by: tuple[Happened, ...] = ()
    stands_still: tuple[Happened, Happened] | None = None
    then_every: PositiveInt | None = None
    by_contact: bool = False
    """Whether it can only be met by reaching the complainant."""


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
