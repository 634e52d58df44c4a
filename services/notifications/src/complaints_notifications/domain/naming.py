"""Names that strangers give, made safe to greet with; and a promised moment in words."""

from __future__ import annotations

import unicodedata
from datetime import datetime
from itertools import pairwise
from typing import Final

from complaints_law.london import london_time

MAX_NAME: Final = 60
_PUNCTUATION: Final = frozenset(" .'’-")


def greeting_name(name: str | None) -> str | None:
    """A name to greet with, or None where it is missing or does not look like one.

    Letters of any script and what stands between them. A stranger's words must not travel in our
    mail: no addresses, no digits, no direction marks, no line ends (S20).
    """
    plain = " ".join(unicodedata.normalize("NFC", name or "").split())
    fits = 0 < len(plain) <= MAX_NAME and plain[0].isalpha()
    dotted = any(a == "." and b != " " for a, b in pairwise(plain))
    ok = all(c in _PUNCTUATION or unicodedata.category(c)[0] in "LM" for c in plain)
    return plain if fits and ok and not dotted else None


def moment_in_words(instant: datetime) -> str:
    """An instant as it is promised: `4:30pm on Wednesday 8 April 2026`."""
    local = london_time(instant)
    minutes = f":{local:%M}" if local.minute else ""
    half = "am" if local.hour < 12 else "pm"
    return f"{local.hour % 12 or 12}{minutes}{half} on {day_in_words(instant)}"


def day_in_words(instant: datetime) -> str:
    """The day it is in London: `Wednesday 8 April 2026`."""
    local = london_time(instant)
    return f"{local:%A} {local.day} {local:%B %Y}"
