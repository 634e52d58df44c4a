"""By when a review is acknowledged and complete (L42)."""

from __future__ import annotations

from datetime import datetime

from complaints_law.calendar import load_calendar
from complaints_law.clocks import Clock, derive_clocks
from complaints_law.errors import CalendarEnds, NoRuleSet
from complaints_law.london import london_day
from complaints_law.opening_hours import OpeningHours
from complaints_law.rule_sets import REVIEW, load_rule_sets, rule_set_on
from complaints_reviews.domain.facts import Promise


def work_out(received_at: datetime, hours: OpeningHours) -> tuple[Clock, ...]:
    """The clocks of an application that came at `received_at`, with their working day by day.

    They start when it reached us, wherever it was before: one that was forwarded counts as made
    when it was forwarded (L34).

    Raises CalendarEnds or NoRuleSet where calendar or rules do not reach.
    """
    rule_set = rule_set_on(london_day(received_at), load_rule_sets())
    return derive_clocks(received_at, load_calendar(), rule_set, hours, REVIEW)


def promises(received_at: datetime, hours: OpeningHours) -> tuple[Promise, ...]:
    """The dates of a review; none where its date cannot be counted from, for it is kept anyway."""
    try:
        counted = work_out(received_at, hours)
    except (CalendarEnds, NoRuleSet):
        return ()
    return tuple(
        Promise(
            kind=clock.kind,
            due_at=clock.due_at,
            do_by=clock.do_by,
            calendar_version=clock.calendar_version,
            rules_version=clock.rules_version,
        )
        for clock in counted
    )
