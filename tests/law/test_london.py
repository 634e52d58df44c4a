"""UTC instants and London days."""

from datetime import UTC, date, datetime, time

import pytest

from complaints_law.london import end_of_day, instant_on, london_day


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        (datetime(2026, 3, 29, 0, 30, tzinfo=UTC), date(2026, 3, 29)),
        (datetime(2026, 3, 28, 23, 30, tzinfo=UTC), date(2026, 3, 28)),
        (datetime(2026, 3, 29, 23, 30, tzinfo=UTC), date(2026, 3, 30)),
        (datetime(2026, 10, 24, 23, 30, tzinfo=UTC), date(2026, 10, 25)),
        (datetime(2026, 10, 25, 23, 30, tzinfo=UTC), date(2026, 10, 25)),
    ],
)
def test_the_london_day_follows_the_change_of_the_clocks(instant: datetime, day: date) -> None:
    assert london_day(instant) == day


def test_the_end_of_the_following_day_is_the_last_minute_before_midnight_in_london() -> None:
    """S2: what became clear on 23 May is to be referred by the end of Sunday 24 May (L26)."""
    assert end_of_day(date(2026, 5, 24)) == datetime(2026, 5, 24, 22, 59, tzinfo=UTC)


def test_a_time_on_a_day_becomes_a_utc_instant() -> None:
    assert instant_on(date(2026, 1, 12), time(16, 30)).isoformat() == "2026-01-12T16:30:00+00:00"


def test_an_instant_without_a_zone_has_no_day() -> None:
    with pytest.raises(ValueError, match="no time zone"):
        london_day(datetime(2026, 1, 12, 16, 30))  # noqa: DTZ001
