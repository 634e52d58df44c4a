"""When something is due, as it is said to those who have to do it."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel

from complaints_casework import wording
from complaints_law.calendar import load_calendar
from complaints_law.errors import CalendarEnds
from complaints_law.london import LAST_MINUTE, london_day, london_time


class Due(BaseModel):
    """When something is due. `days_left` counts working days to `do_by`; none once overdue."""

    due_at: datetime
    do_by: date
    days_left: int | None
    overdue: bool

    @property
    def by(self) -> str:
        """The day to do it by, with the time of day where that ends before the day does."""
        return wording.day_words(self.do_by) + self._until

    @property
    def by_short(self) -> str:
        """The same for tables."""
        return f"{self.do_by:%a} {self.do_by.day} {self.do_by:%b %Y}" + self._until

    @property
    def _until(self) -> str:
        end = london_time(self.due_at)
        if end.date() != self.do_by or end.time() == LAST_MINUTE:
            return ""
        return f", {end.hour % 12 or 12}:{end:%M}{'am' if end.hour < 12 else 'pm'}"

    @property
    def last_day(self) -> str | None:
        """The last day itself, where nobody is there to do it on that day."""
        last = london_day(self.due_at)
        return wording.day_words(last) if last != self.do_by else None

    @property
    def text(self) -> str:
        """`Overdue`, `Today`, `1 working day left` ..."""
        if self.overdue:
            return "Overdue"
        match self.days_left:
            case None:
                return ""
            case 0:
                return "Today"
            case 1:
                return "1 working day left"
            case days:
                return f"{days} working days left"

    @property
    def colour(self) -> str | None:
        """Of the tag; none where nothing presses."""
        if self.overdue:
            return "red"
        return "orange" if self.days_left == 0 else None


def due(due_at: datetime, do_by: date, now: datetime) -> Due:
    """How `due_at` stands at `now`."""
    today = london_day(now)
    try:
        days = load_calendar().working_days_between(min(today, do_by), do_by)
    except CalendarEnds:
        days = None
    overdue = due_at <= now
    return Due(due_at=due_at, do_by=do_by, days_left=None if overdue else days, overdue=overdue)
