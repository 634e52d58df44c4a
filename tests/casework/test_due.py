"""When something is due, in words."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from complaints_casework.due import due

CALL = (datetime(2026, 4, 8, 15, 30, tzinfo=UTC), date(2026, 4, 8))
# domain.md 5.1: received Saturday 23 May 2026, the 28th day is a Saturday, to be done by Friday.
UPDATE = (datetime(2026, 6, 20, 22, 59, tzinfo=UTC), date(2026, 6, 19))


@pytest.mark.parametrize(
    ("now", "text", "colour"),
    [
        (datetime(2026, 4, 2, 17, tzinfo=UTC), "2 working days left", None),
        (datetime(2026, 4, 7, 8, tzinfo=UTC), "1 working day left", None),
        (datetime(2026, 4, 8, 15, 29, tzinfo=UTC), "Today", "orange"),
        (datetime(2026, 4, 8, 15, 30, tzinfo=UTC), "Overdue", "red"),
        (datetime(2026, 5, 8, tzinfo=UTC), "Overdue", "red"),
    ],
)
def test_how_long_there_is_left(now: datetime, text: str, colour: str | None) -> None:
    found = due(*CALL, now)
    assert (found.text, found.colour) == (text, colour)
    assert found.by == "Wednesday 8 April 2026, 4:30pm"
    assert found.last_day is None


def test_a_last_day_at_the_weekend_is_told_beside_the_day_to_do_it_by() -> None:
    found = due(*UPDATE, datetime(2026, 6, 20, 9, tzinfo=UTC))
    assert (found.by, found.last_day) == ("Friday 19 June 2026", "Saturday 20 June 2026")
    assert (found.text, found.overdue) == ("Today", False)
