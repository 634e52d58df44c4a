"""When an office is open, by the day of the week."""

from datetime import date, datetime, time
from itertools import groupby
from typing import Final

from pydantic import BaseModel, ConfigDict, model_validator

from complaints_law.calendar import Calendar, DayKind
from complaints_law.london import london_time

_WEEKDAYS: Final = (
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
)


class Hours(BaseModel):
    """From when until when, in London time; at `closes` the office is closed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    opens: time
    closes: time

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        """Reads `08:30 to 16:30`: a time alone would be a number to base 60 in YAML."""
        if not isinstance(value, str):
            return value
        try:
            opens, closes = (time.fromisoformat(part) for part in value.split(" to "))
        except ValueError:
            raise ValueError("write the hours like 08:30 to 16:30") from None
        return {"opens": opens, "closes": closes}

    @model_validator(mode="after")
    def _opens_first(self) -> "Hours":
        if self.opens >= self.closes:
            raise ValueError("the office closes before it opens: swap the two times")
        return self

    def __str__(self) -> str:
        return f"{_spoken(self.opens)} to {_spoken(self.closes)}"


class OpeningHours(BaseModel):
    """Opening hours by weekday (R2); on a bank holiday the office is closed.

    Monday to Friday are required: a call is promised by the end of opening hours of a working day
    (R12), and any of the five can be that day.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    monday: Hours
    tuesday: Hours
    wednesday: Hours
    thursday: Hours
    friday: Hours
    saturday: Hours | None = None
    sunday: Hours | None = None

    def of_weekday(self, day: date) -> Hours | None:
        """The hours of the weekday that `day` is, or None if the office is closed on it."""
        return self._week()[day.weekday()]

    def is_open(self, at: datetime, calendar: Calendar) -> bool:
        """Whether the office is open at the instant `at`.

        Raises CalendarEnds beyond the calendar's years, ValueError if `at` has no time zone.
        """
        local = london_time(at)
        if calendar.kind_of(local.date()) is DayKind.BANK_HOLIDAY:
            return False
        hours = self.of_weekday(local.date())
        return hours is not None and hours.opens <= local.time() < hours.closes

    def text(self) -> str:
        """The hours in words for letters and pages, days with equal hours together."""
        week = [(day, hours) for day, hours in zip(_WEEKDAYS, self._week(), strict=True)]
        spans = []
        for hours, group in groupby(week, key=lambda entry: entry[1]):
            days = [day for day, _ in group]
            span = days[0] if len(days) == 1 else f"{days[0]} to {days[-1]}"
            if hours is not None:
                spans.append(f"{span}, {hours}")
        return "; ".join(spans) + " (closed on bank holidays)"

    def _week(self) -> tuple[Hours | None, ...]:
        return (
            self.monday,
            self.tuesday,
            self.wednesday,
            self.thursday,
            self.friday,
            self.saturday,
            self.sunday,
        )


def _spoken(at: time) -> str:
    hour = at.hour % 12 or 12
    minutes = f":{at.minute:02}" if at.minute else ""
    return f"{hour}{minutes}{'am' if at.hour < 12 else 'pm'}"
