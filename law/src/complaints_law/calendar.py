"""Working days in England and Wales, counted day by day (domain.md 5.1, L49).

Bank holidays are data that GOV.UK publishes, never computed: a rule would miss the days that were
moved or added in 2022 and 2023. Beyond its years a calendar refuses rather than guess.
"""

from calendar import monthrange
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Final, Self

from pydantic import BaseModel, ConfigDict, model_validator

from complaints_law.errors import CalendarEnds
from complaints_law.resources import read_text

_ONE_DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5
DIVISION: Final = "england-and-wales"
"""GOV.UK's name for whose bank holidays count (L49)."""


class DayKind(StrEnum):
    """What a day is to whoever counts working days."""

    WORKING_DAY = "WORKING_DAY"
    WEEKEND = "WEEKEND"
    BANK_HOLIDAY = "BANK_HOLIDAY"


class Step(BaseModel):
    """One day of a count: what it is, and which number it got.

    `number` is 0 on the day the count starts from and None on a day that does not count.
    `holiday` names the bank holiday, if `kind` says that it is one. On a day with `still` the count
    stood still, whatever kind of day it is.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    day: date
    number: int | None
    kind: DayKind
    holiday: str | None = None
    still: bool = False

    @property
    def counted(self) -> bool:
        """Whether the day used up one of the days allowed."""
        return bool(self.number)


@dataclass(frozen=True)
class Calendar:
    """The bank holidays of one division, by day, from `first_year` to `last_year` inclusive.

    Every method raises CalendarEnds if it has to look at a day outside those years.
    """

    version: str
    division: str
    holidays: Mapping[date, str]
    first_year: int
    last_year: int

    def kind_of(self, day: date) -> DayKind:
        """Whether `day` is a working day and, if not, why not."""
        if not self.first_year <= day.year <= self.last_year:
            raise CalendarEnds(
                f"Calendar {self.version} covers {self.first_year} to {self.last_year}, "
                f"not {day.isoformat()}: install newer bank holiday data."
            )
        if day.weekday() >= _SATURDAY:
            return DayKind.WEEKEND
        return DayKind.BANK_HOLIDAY if day in self.holidays else DayKind.WORKING_DAY

    def is_working_day(self, day: date) -> bool:
        """Whether `day` is no Saturday, Sunday or bank holiday (L49)."""
        return self.kind_of(day) is DayKind.WORKING_DAY

    def count_working_days(
        self, start: date, days: int, still: Collection[date] = ()
    ) -> tuple[Step, ...]:
        """The count from `start`, day 0, to the `days`th working day after it (domain.md 5.1.3).

        The days in `still` are passed over. Raises ValueError if `days` is negative.
        """
        return self._count(start, days, still, self.is_working_day)

    def count_calendar_days(
        self, start: date, days: int, still: Collection[date] = ()
    ) -> tuple[Step, ...]:
        """The count from `start`, day 0, to the `days`th day after it (domain.md 5.1.4).

        The days in `still` are passed over. Raises ValueError if `days` is negative.
        """
        return self._count(start, days, still, lambda _: True)

    def count_months(self, start: date, months: int) -> tuple[Step, ...]:
        """The count from `start` to the same day `months` months later (domain.md 5.1.7): its
        steps are that day of each month, or the month's last.

        Raises ValueError if `months` is negative.
        """
        _refuse_negative(months)
        return tuple(self.step(add_months(start, n), n) for n in range(months + 1))

    def step(self, day: date, number: int | None, *, still: bool = False) -> Step:
        """One day of a count, with the number it got."""
        kind = self.kind_of(day)
        holiday = self.holidays[day] if kind is DayKind.BANK_HOLIDAY else None
        return Step(day=day, number=number, kind=kind, holiday=holiday, still=still)

    def add_working_days(self, start: date, days: int) -> date:
        """The `days`th working day after `start`, which is day 0 whatever kind of day it is.

        Raises ValueError if `days` is negative.
        """
        return self.count_working_days(start, days)[-1].day

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days lie after `start`, up to and including `end` (domain.md 5.1.5).

        Raises ValueError if `end` is before `start`.
        """
        if end < start:
            raise ValueError("The end is before the start: swap them.")
        return sum(
            self.is_working_day(start + timedelta(days=offset))
            for offset in range(1, (end - start).days + 1)
        )

    def last_working_day_on_or_before(self, day: date) -> date:
        """The "do by" date of a deadline on `day`, which itself does not move (domain.md 5.1.4)."""
        while not self.is_working_day(day):
            day -= _ONE_DAY
        return day

    def _count(
        self, start: date, days: int, still: Collection[date], counts: Callable[[date], bool]
    ) -> tuple[Step, ...]:
        _refuse_negative(days)
        steps = [self.step(start, 0)]
        day, number = start, 0
        while number < days:
            day += _ONE_DAY
            stands = day in still
            counted = not stands and counts(day)
            number += counted
            steps.append(self.step(day, number if counted else None, still=stands))
        return tuple(steps)


def add_months(start: date, count: int) -> date:
    """The same day of the month `count` months later, or that month's last day (domain.md 5.1.7).

    Raises ValueError if `count` is negative.
    """
    _refuse_negative(count)
    years, month = divmod(start.month - 1 + count, 12)
    year, month = start.year + years, month + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))


@cache
def load_calendar() -> Calendar:
    """The calendar of England and Wales that this package ships."""
    return read_calendar(read_text("calendars/england-and-wales.json"))


def read_calendar(text: str) -> Calendar:
    """The calendar in a file like the one that this package ships: GOV.UK's JSON of the division,
    with a version and the first and last year that it covers.

    Raises ValidationError if it is none.
    """
    file = _CalendarFile.model_validate_json(text)
    return Calendar(
        version=file.version,
        division=file.division,
        holidays=MappingProxyType({event.date: event.name for event in file.events}),
        first_year=file.first_year,
        last_year=file.last_year,
    )


def _refuse_negative(count: int) -> None:
    if count < 0:
        raise ValueError("The count is negative: deadlines are counted forwards only.")


class _Event(BaseModel):
    """One bank holiday, in GOV.UK's own fields."""

    title: str
    date: date
    notes: str = ""

    @property
    def name(self) -> str:
        return f"{self.title} ({self.notes.lower()})" if self.notes else self.title


class _CalendarFile(BaseModel):
    version: str
    division: str
    first_year: int
    last_year: int
    events: tuple[_Event, ...]

    @model_validator(mode="after")
    def _can_be_counted_with(self) -> Self:
        if self.division != DIVISION:
            raise ValueError(f"is not the calendar of {DIVISION}")
        if any(not self.first_year <= event.date.year <= self.last_year for event in self.events):
            raise ValueError("has bank holidays outside its own years")
        return self
