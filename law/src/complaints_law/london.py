"""Instants are UTC; days are Europe/London's (domain.md 5.1.1)."""

from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

LONDON: Final = ZoneInfo("Europe/London")
LAST_MINUTE: Final = time(23, 59)
"""A day that is counted ends at 23:59 (domain.md 5.1.3, 5.1.6)."""


def london_time(instant: datetime) -> datetime:
    """What the clock on a London wall shows at `instant`.

    Raises ValueError if `instant` has no time zone.
    """
    if instant.tzinfo is None:
        raise ValueError("The instant has no time zone: give one, such as UTC.")
    return instant.astimezone(LONDON)


def london_day(instant: datetime) -> date:
    """The day it is in London at `instant`; late on a summer evening UTC it is the next one.

    Raises ValueError if `instant` has no time zone.
    """
    return london_time(instant).date()


def instant_on(day: date, at: time) -> datetime:
    """The UTC instant at which London's clocks show `at` on `day`."""
    return datetime.combine(day, at, tzinfo=LONDON).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """The UTC instant at which `day` ends in London, to the minute."""
    return instant_on(day, LAST_MINUTE)
