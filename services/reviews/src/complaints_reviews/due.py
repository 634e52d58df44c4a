"""When something is due, as it is said to those who have to do it."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel

from complaints_law.calendar import load_calendar
from complaints_law.errors import CalendarEnds
from complaints_law.london import london_day
from complaints_reviews.wording import day_words, short_day


class Due(BaseModel):
    """The last day for something. `days_left` counts working days; none once it is done or over."""

    do_by: date
    done: bool
    overdue: bool
    days_left: int | None

    @property
    def by(self) -> str:
        return day_words(self.do_by)

    @property
    def by_short(self) -> str:
        return short_day(self.do_by)

    @property
    def text(self) -> str:
        """`Done`, `Overdue`, `Today`, `1 working day left` ..."""
        if self.done:
            return "Done"
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
        if self.done:
            return "green"
        if self.overdue:
            return "red"
        return "orange" if self.days_left == 0 else None


def due(do_by: date | None, now: datetime, *, done: bool = False) -> Due | None:
    """How a last day stands at `now`."""
    if do_by is None:
        return None
    today = london_day(now)
    overdue = today > do_by and not done
    days = None
    if not done and not overdue:
        try:
            days = load_calendar().working_days_between(today, do_by)
        except CalendarEnds:
            days = None
    return Due(do_by=do_by, done=done, overdue=overdue, days_left=days)
