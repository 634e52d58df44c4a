"""By when we say that we will be in touch (R12), that a review will be completed (L42), or what
else a letter tells the last day of (L29, L33, R34)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final

from complaints_contracts import cases, codes
from complaints_contracts.codes import Purpose
from complaints_contracts.notices import NoticePrepared
from complaints_law.calendar import Calendar
from complaints_law.clocks import Clock, derive_clock
from complaints_law.errors import LawError
from complaints_law.london import london_day
from complaints_law.opening_hours import OpeningHours
from complaints_law.rule_sets import ClockKind, RuleSet, rule_set_on
from complaints_notifications.data import load_catalogue
from complaints_notifications.domain.catalogue import Catalogue
from complaints_notifications.domain.facts import NoticeOpened, StepToTell

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

    `complete_within` is the number of working days that lead to `complete_by`. `dates` are those
    that a letter about a step tells the last day of, `lengths` how long every clock runs.
    """

    call_by: datetime | None
    calendar_version: str
    rules_version: str
    complete_by: datetime | None = None
    complete_within: int | None = None
    dates: tuple[cases.Clock, ...] = ()
    lengths: Mapping[ClockKind, int] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Law:
    """What dates are counted with."""

    calendar: Calendar
    rule_sets: Sequence[RuleSet]
    hours: OpeningHours
    catalogue: Catalogue = field(default_factory=load_catalogue)

    def promise(
        self, opened: NoticeOpened, now: datetime, before: NoticePrepared | None = None
    ) -> Promise:
        """What a notice promises, as it is sent at `now`.

        The dates of one that was written `before` do not move any more. Raises LawError where
        nobody can say what a letter about a step has to tell.
        """
        if opened.told:
            return self._of_step(opened, opened.told, now, before)
        kind = _kind(opened)
        clock = self._clock(kind, opened, now) if kind else None
        if clock is None:
            return Promise(None, self.calendar.version, "")
        versions = clock.calendar_version, clock.rules_version
        if kind is ClockKind.CALL:
            return Promise(clock.due_at, *versions)
        return Promise(None, *versions, clock.due_at, clock.working[-1].number)

    def _of_step(
        self, opened: NoticeOpened, told: StepToTell, now: datetime, before: NoticePrepared | None
    ) -> Promise:
        """Counted from when it is sent, by the law of the day on which the complaint was made."""
        rules = rule_set_on(london_day(opened.received_at), self.rule_sets)
        entry = self.catalogue.steps.get(told.step)
        kinds = entry.dates_for(told) if entry else ()
        counted = (derive_clock(kind, now, self.calendar, rules, self.hours) for kind in kinds)
        return Promise(
            None,
            self.calendar.version,
            rules.version,
            dates=before.dates if before else tuple(_published(clock) for clock in counted),
            lengths={kind: rule.days for kind, rule in rules.clocks.items()},
        )

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


def _published(clock: Clock) -> cases.Clock:
    return cases.Clock(
        kind=codes.ClockKind(clock.kind.value),
        due_at=clock.due_at,
        do_by=clock.do_by,
        calendar_version=clock.calendar_version,
        rules_version=clock.rules_version,
    )
