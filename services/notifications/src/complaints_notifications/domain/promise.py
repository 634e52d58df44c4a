"""By when we say that we will be in touch (R12), or that a review will be completed (L42)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from complaints_contracts.codes import Purpose
from complaints_law.calendar import Calendar
from complaints_law.clocks import Clock, derive_clock
from complaints_law.errors import LawError
from complaints_law.london import london_day
from complaints_law.opening_hours import OpeningHours
from complaints_law.rule_sets import ClockKind, RuleSet, rule_set_on
from complaints_notifications.domain.facts import NoticeOpened

_KINDS: Final = {
    Purpose.ACKNOWLEDGEMENT: ClockKind.CALL,
    Purpose.REVIEW_ACKNOWLEDGEMENT: ClockKind.REVIEW_COMPLETE,
}
"""The clock that a notice tells; any other tells none."""


def _kind(opened: NoticeOpened) -> ClockKind | None:
    """The call is for complaints (R12); compliments and concerns have no clock (domain 1.9.10)."""
    return None if opened.thanks_for else _KINDS.get(opened.purpose)


@dataclass(frozen=True)
class Promise:
    """The instant we tell, and what it was counted with; None where nobody can say, or need to.

    `complete_within` is the number of working days that lead to `complete_by`.
    """

    call_by: datetime | None
    calendar_version: str
    rules_version: str
    complete_by: datetime | None = None
    complete_within: int | None = None


@dataclass(frozen=True)
class Law:
    """What dates are counted with."""

    calendar: Calendar
    rule_sets: Sequence[RuleSet]
    hours: OpeningHours

    def promise(self, opened: NoticeOpened, now: datetime) -> Promise:
        """What a notice promises, as it is sent at `now`."""
        kind = _kind(opened)
        clock = self._clock(kind, opened, now) if kind else None
        if clock is None:
            return Promise(None, self.calendar.version, "")
        versions = clock.calendar_version, clock.rules_version
        if kind is ClockKind.CALL:
            return Promise(clock.due_at, *versions)
        return Promise(None, *versions, clock.due_at, clock.working[-1].number)

    def _clock(self, kind: ClockKind, opened: NoticeOpened, now: datetime) -> Clock | None:
        """The clock, from when the complaint was made (domain 5.1.8).

        A review's starts when it reached us, for one that was forwarded counts as made when it was
        forwarded (L34). A date that has passed is nothing to promise: then it counts from when the
        complaint reached us, and at last from now. The clock that is measured stays the first.
        """
        made_at = None if kind is ClockKind.REVIEW_COMPLETE else opened.made_at
        for start in (made_at, opened.received_at, now):
            if start is None or start > now:
                continue
            try:
                rules = rule_set_on(london_day(start), self.rule_sets)
                clock = derive_clock(kind, start, self.calendar, rules, self.hours)
            except LawError:
                continue
            if clock.due_at > now:
                return clock
        return None
