"""By when we say that we will be in touch (R12)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from complaints_law.calendar import Calendar
from complaints_law.clocks import derive_clock
from complaints_law.errors import LawError
from complaints_law.london import london_day
from complaints_law.opening_hours import OpeningHours
from complaints_law.rule_sets import ClockKind, RuleSet, rule_set_on
from complaints_notifications.domain.facts import NoticeOpened


@dataclass(frozen=True)
class Promise:
    """The instant we tell, and what it was counted with; None where nobody can say."""

    call_by: datetime | None
    calendar_version: str
    rules_version: str


@dataclass(frozen=True)
class Law:
    """What dates are counted with."""

    calendar: Calendar
    rule_sets: Sequence[RuleSet]
    hours: OpeningHours

    def promise(self, opened: NoticeOpened, now: datetime) -> Promise:
        """The call clock, from when the complaint was made (domain 5.1.8).

        A date that has passed is nothing to promise: then it counts from when the complaint
        reached us, and at last from now. The clock that is measured stays the first.
        """
        for start in (opened.made_at, opened.received_at, now):
            if start is None or start > now:
                continue
            try:
                rules = rule_set_on(london_day(start), self.rule_sets)
                clock = derive_clock(ClockKind.CALL, start, self.calendar, rules, self.hours)
            except LawError:
                continue
            if clock.due_at > now:
                return Promise(clock.due_at, clock.calendar_version, clock.rules_version)
        return Promise(None, self.calendar.version, "")
