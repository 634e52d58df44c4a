"""A day that somebody types in three fields."""

from __future__ import annotations

import re
from datetime import date
from typing import ClassVar, Final

from complaints_contracts.event import Model

_MONTHS: Final = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_SHORTEST_NAME: Final = 3
_YEAR: Final = re.compile(r"2[0-9]{3}")


class TypedDate(Model):
    """What was typed, right or not: who has to put it right sees it again."""

    PARTS: ClassVar[tuple[str, ...]] = ("day", "month", "year")

    day: str = ""
    month: str = ""
    year: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """The parts that are empty."""
        return tuple(part for part in self.PARTS if not getattr(self, part))

    @property
    def value(self) -> date | None:
        """The day; None where it is none."""
        try:
            return date(int(self.year), _month(self.month), int(self.day))
        except (ValueError, OverflowError):
            return None

    def fault(self, today: date) -> tuple[str, str] | None:
        """The part that has to be put right, and what is wrong; nothing at all is right too."""
        match self.missing:
            case ("day", "month", "year"):
                return None
            case (first, *_) as missing:
                return (
                    first,
                    f"Enter the {' and the '.join(missing)} too, or leave all three empty.",
                )
        if not _YEAR.fullmatch(self.year):
            return "year", "Enter the year with all its four digits, like 2026."
        if self.value is None:
            return "day", "Enter a date that exists, like 27 3 2026."
        if self.value > today:
            return "day", "Enter a date that is not in the future: the date on the letter."
        return None


def _month(typed: str) -> int:
    """The number of a month that is written as a number, a name or the beginning of one."""
    if len(typed) >= _SHORTEST_NAME:
        for number, name in enumerate(_MONTHS, start=1):
            if name.startswith(typed.casefold()):
                return number
    return int(typed)
