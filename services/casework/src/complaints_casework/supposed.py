"""The calendars and rule sets that somebody supposes: from files, or with days added (L49)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MappingProxyType

import yaml
from pydantic import ValidationError

from complaints_chassis.plain import plain
from complaints_law.calendar import Calendar, DayKind, load_calendar
from complaints_law.calendar import read_calendar as calendar_of
from complaints_law.errors import LawError
from complaints_law.rule_sets import RuleSet


class NotUsable(LawError):
    """A file or a day that nothing can be counted with; the text says what to do."""


def read_calendar(path: Path) -> Calendar:
    """The calendar in a file. Raises NotUsable."""
    try:
        return calendar_of(_text(path))
    except ValidationError as error:
        raise NotUsable(_wrong(path, error)) from None


def read_rules(path: Path) -> RuleSet:
    """The rule set in a file. Raises NotUsable."""
    try:
        return RuleSet.model_validate(yaml.safe_load(_text(path)))
    except yaml.YAMLError:
        raise NotUsable(f"{path} is not YAML. Take a shipped rule set and change that.") from None
    except ValidationError as error:
        raise NotUsable(_wrong(path, error)) from None


def with_holidays(calendar: Calendar | None, days: Collection[date]) -> Calendar | None:
    """The calendar, or the shipped one, with more bank holidays. Raises NotUsable."""
    if not days:
        return calendar
    calendar = calendar or load_calendar()
    for day in days:
        match calendar.kind_of(day):  # raises CalendarEnds beyond its years
            case DayKind.WEEKEND:
                raise NotUsable(
                    f"{day} is a {day:%A}, which is no working day anyway: leave it out."
                )
            case DayKind.BANK_HOLIDAY:
                raise NotUsable(f"{day} is {calendar.holidays[day]} already: leave it out.")
    more = {day: "Supposed bank holiday" for day in days}
    version = f"{calendar.version} with {', '.join(map(str, sorted(more)))}"
    return replace(
        calendar, version=version, holidays=MappingProxyType({**calendar.holidays, **more})
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise NotUsable(f"{path} cannot be read as text. Is it the right file?") from None


def _wrong(path: Path, error: ValidationError) -> str:
    """The first thing that is wrong, and where; never the value."""
    first = error.errors(include_input=False)[0]
    where = ".".join(map(str, first["loc"]))
    said = f"{where} {plain(first)}" if where else f"it {plain(first)}"
    return f"{path} cannot be used: {said}. Take the shipped file and change that."
