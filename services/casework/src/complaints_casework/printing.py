"""A case, its clocks and what would move, as lines for the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Final

from complaints_casework.explaining import Explained, explain
from complaints_casework.queries import Happening
from complaints_casework.recounting import Recounted
from complaints_casework.story import tell
from complaints_casework.terminal import heading, named, one_line, table, wrapped
from complaints_casework.timeline import Line
from complaints_casework.views import CaseView
from complaints_casework.what_if import Found, Other, Shift
from complaints_casework.wording import CLOCKS
from complaints_chassis.web.filters import london
from complaints_law.london import london_day
from complaints_law.office import OfficeProfile

_IN: Final = "  "


def story(
    case: CaseView,
    happened: Iterable[Happening],
    office: OfficeProfile,
    now: datetime,
    matters: int,
) -> Iterator[str]:
    """The story of a case, as the page tells it."""
    told = tell(case, happened, office, now)
    yield from _title(case, matters, told.title)
    yield from named([*told.head, ("Case", str(case.case_id))])
    yield from heading("What happened")
    for line in told.lines:
        yield from _line(line)
    yield from heading("To do")
    for action in told.to_do:
        by = f", by {action.due.by}" if action.due else ""
        late = " (overdue)" if action.due and action.due.overdue else ""
        yield from wrapped(f"{action.words}{by}{late}. {action.why}.")
    for step in told.untold:
        yield from wrapped(f"They were not told of this yet, as far as we know: {step}.")
    if not told.to_do and not told.untold:
        yield "Nothing besides what the clocks ask for."
    yield from heading("Clocks")
    rows = [
        (clock.words, clock.due.by_short if clock.due else "no date", clock.standing.words)
        for clock in told.clocks
    ]
    yield from table(("What", "By", "State"), rows) if rows else ["No date could be counted."]
    yield ""


def clocks(case: CaseView, now: datetime, matters: int) -> Iterator[str]:
    """Every clock with its working, one below the other."""
    found = explain(case, now)
    yield from _title(case, matters, "Its clocks, day by day")
    yield from named([("Case", str(case.case_id)), ("Counted at", london(now))])
    if not found:
        yield from ("", "No date could be counted. `case show` says what there is to do.")
    for clock in found:
        yield from _clock(clock)
    yield ""


def shifts(found: Found, other: Other) -> Iterator[str]:
    """What would move, what was told and stays, and of how many cases."""
    supposed = [("Calendar", other.calendar.version)] if other.calendar else []
    supposed += [("Rules", other.rules.version)] if other.rules else []
    yield from named([(f"{name} supposed", version) for name, version in supposed])
    moved = [each for each in found.shifts if not each[1].told]
    told = [each for each in found.shifts if each[1].told]
    if moved:
        yield from heading("Dates that would move")
        yield from _shifts(moved, "Now", "Then")
    if told:
        yield from heading("Told when the case was opened")
        yield from _shifts(told, "Told, and stays", "Would be")
    cases = f"{found.looked_at} open case{'' if found.looked_at == 1 else 's'}"
    dates = f"{len(moved)} date{'' if len(moved) == 1 else 's'} would move"
    stays = {0: "", 1: "; 1 date that was told would be another one, and stays"}.get(
        len(told), f"; {len(told)} dates that were told would be other ones, and stay"
    )
    yield from ("", *wrapped(f"Looked at {cases}: {dates}{stays}."))
    if found.left_out:
        yield from wrapped(
            f"{found.left_out} of them could not be counted: no rule set reaches the day on which "
            "they were made."
        )
    yield "Nothing is changed."


def recounted(found: Recounted) -> Iterator[str]:
    """What moved, and of how many cases."""
    rows = [
        (reference, CLOCKS[date.clock], _day_of(date.before), _day_of(date.after))
        for reference, date in found.moved
    ]
    if rows:
        yield from table(("Reference", "Clock", "Was", "Is"), rows)
        yield ""
    cases = f"{found.looked_at} case{'' if found.looked_at == 1 else 's'}"
    dates = f"{len(rows)} date{'' if len(rows) == 1 else 's'} moved"
    yield f"Counted {cases} again: {dates}."


def _title(case: CaseView, matters: int, words: str) -> Iterator[str]:
    matter = f", matter {case.matter}" if matters > 1 or case.matter != "1" else ""
    first, *rest = wrapped(f"{case.reference}{matter}: {one_line(words)}")
    yield from (first, *rest, "=" * len(first))


def _line(line: Line) -> Iterator[str]:
    rule = f", by {line.rule}" if line.rule else ""
    yield from ("", *wrapped(f"{london(line.at)}, {line.who}{rule}"))
    yield from wrapped(one_line(line.what + (f": {line.detail}" if line.detail else "")), _IN)
    if line.note:
        yield from _words("Note", line.note)
    for quote in line.quotes:
        yield from _words(quote.label, quote.words)


def _words(label: str, words: str) -> Iterator[str]:
    """What somebody wrote: every line of it is marked, so that none looks like one of ours."""
    yield from wrapped(one_line(f"{label}:"), _IN)
    yield from wrapped(words, f"{_IN}> ")


def _clock(clock: Explained) -> Iterator[str]:
    yield from heading(f"{clock.words}: {clock.standing.words.lower()}")
    do_by = clock.due.do_by if clock.due and clock.due.last_day else None
    rows = [
        ("Due", clock.due_words),
        ("Do it by", _day(do_by) if do_by else None),
        ("Since", clock.since),
        ("Ended", clock.ended),
        ("Whose", clock.duty),
        ("Counted in", clock.counts),
        ("Rule", clock.rule_words),
        ("Counted with", clock.versions if clock.due else None),
        ("Told", "When the case was opened, so it does not move" if clock.told else None),
    ]
    yield from named([(name, words) for name, words in rows if words])
    if clock.why_not:
        yield from wrapped(clock.why_not)
    if clock.days:
        days = [(str(each.day), f"{each.day:%A}", each.count, each.what) for each in clock.days]
        yield ""
        yield from table(("Date", "Weekday", "Counts as", "What it is"), days, _IN)


def _shifts(found: Sequence[tuple[str, Shift]], before: str, after: str) -> Iterator[str]:
    rows = [
        (
            reference,
            CLOCKS[shift.clock] + (": do it by" if shift.do_by else ""),
            "over" if shift.over else "running",
            _day(shift.before),
            _day(shift.after),
        )
        for reference, shift in found
    ]
    yield from table(("Reference", "Clock", "State", before, after), rows)


def _day_of(at: datetime | None) -> str:
    return _day(london_day(at) if at else None)


def _day(day: date | None) -> str:
    return f"{day:%a} {day.day} {day:%b %Y}" if day else "no date"
