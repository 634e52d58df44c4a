"""How values become words on a page."""

from datetime import datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def london(instant: datetime) -> str:
    """An instant as people here say it: `2 April 2026, 5:10pm`."""
    local = instant.astimezone(LONDON)
    half = "am" if local.hour < 12 else "pm"
    return f"{local.day} {local:%B %Y}, {local.hour % 12 or 12}:{local:%M}{half}"


def words(code: str) -> str:
    """A code as words: `COMMUNITY_CONCERN` becomes `Community concern`."""
    return code.replace("_", " ").capitalize()
