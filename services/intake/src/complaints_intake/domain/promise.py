"""By when somebody is told that we will get in touch."""

from __future__ import annotations

from datetime import datetime

from complaints_law.calendar import load_calendar
from complaints_law.clocks import derive_clock
from complaints_law.errors import CalendarEnds
from complaints_law.london import london_day, london_time
from complaints_law.office import OfficeProfile
from complaints_law.rule_sets import ClockKind, load_rule_sets, rule_set_on


def first_call_by(received_at: datetime, office: OfficeProfile) -> str:
    """The end of the second working day (R12), in words: `by 4:30pm on Tuesday 24 November 2026`.

    Beyond the calendar's last year it says the rule instead.
    """
    due_at = first_call_due(received_at, office)
    if due_at is None:
        return "within two working days"
    due = london_time(due_at)
    hour = f"{due.hour % 12 or 12}:{due:%M}{'am' if due.hour < 12 else 'pm'}"
    return f"by {hour} on {due:%A} {due.day} {due:%B %Y}"


def first_call_due(received_at: datetime, office: OfficeProfile) -> datetime | None:
    """The same as an instant; None beyond the calendar's last year."""
    rules = rule_set_on(london_day(received_at), load_rule_sets())
    try:
        return derive_clock(
            ClockKind.CALL, received_at, load_calendar(), rules, office.opening_hours
        ).due_at
    except CalendarEnds:
        return None
