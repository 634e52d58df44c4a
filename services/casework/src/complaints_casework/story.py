"""The story of a case for somebody who has not followed it: on one page, and on the terminal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from complaints_casework.domain.transfer import REQUESTS
from complaints_casework.due import Due, due
from complaints_casework.explaining import Explained, explain
from complaints_casework.queries import Happening
from complaints_casework.timeline import Line, force_name, in_order, who
from complaints_casework.views import CaseView, ToDo
from complaints_casework.wording import CLOCKS, RECORDED_FOR, STEPS
from complaints_chassis.web.filters import london, words
from complaints_contracts.codes import ClockKind, Urgency
from complaints_law.office import OfficeProfile
from complaints_law.rule_sets import Duty
from complaints_law.running import Taken


class Coming(NamedTuple):
    """What is next on a case, and when it is due."""

    words: str
    due: Due

    def __str__(self) -> str:
        left = f" ({self.due.text.lower()})" if self.due.text else ""
        return f"{self.words}, by {self.due.by}{left}"


@dataclass(frozen=True)
class Story:
    """A case in order. `head` are names with what they say; `untold` the steps nobody told of."""

    title: str
    head: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]
    to_do: tuple[ToDo, ...]
    untold: tuple[str, ...]
    clocks: tuple[Explained, ...]


def tell(
    case: CaseView, happened: Iterable[Happening], office: OfficeProfile, now: datetime
) -> Story:
    """The story of a case as it stands at `now`."""
    untold = (each.step for each in case.untold if each.step not in REQUESTS)
    return Story(
        title=case.title or words(case.contact_type),
        head=tuple(_head(case, office, now)),
        lines=tuple(in_order(happened, office)),
        to_do=tuple(action for action in case.actions if not action.done),
        untold=tuple(STEPS[step] for step in untold),
        clocks=tuple(explain(case, now)),
    )


def coming(case: CaseView, now: datetime) -> Coming | None:
    """What we have to do next: a promise, something to do, or a clock of ours that runs."""
    found = [Coming(p.words, p.due) for p in case.promises if p.met_at is None and not p.stopped]
    found += [Coming(a.words, a.due) for a in case.actions if a.due and not a.done]
    found += [
        Coming(CLOCKS[ClockKind(run.kind)], due(run.clock.due_at, run.clock.do_by, now))
        for run in case.clocks
        if run.clock and run.ended_at is None and run.duty is Duty.OFFICE
    ]
    return min(found, key=lambda each: (each.due.do_by, each.due.due_at), default=None)


def nothing_coming(case: CaseView) -> str:
    """What is said where there is nothing next."""
    return "Nothing with a date" if case.is_open else "Nothing: it is closed"


def _head(case: CaseView, office: OfficeProfile, now: datetime) -> Iterable[tuple[str, str]]:
    yield "Status", f"{case.public_status} ({case.status})"
    yield "Adviser", who(case.adviser_id, office) if case.adviser_id else "Nobody yet"
    yield "Next", str(coming(case, now) or nothing_coming(case))
    yield "From", ", ".join(_person(case))
    yield "Received", f"{london(case.received_at)}, by {words(case.channel).lower()}"
    if case.urgency is not Urgency.ROUTINE:
        risks = ", ".join(words(risk).lower() for risk in case.risks)
        yield "Urgency", words(case.urgency) + (f": {risks}" if risks else "")
    if case.taken:
        yield "Taken", _length(case.taken)
    if case.recorded:
        why = RECORDED_FOR[case.recorded.reason]
        force = force_name(case.recorded.force, office)
        yield "Recorded", f"{london(case.recorded.at)}. {why}. {force}."


def _length(taken: Taken) -> str:
    """Both units that it is reported in, and without suspensions where there were any."""
    said = f"{_days(taken.working_days, 'working day')} ({_days(taken.calendar_days, 'day')})"
    if taken.calendar_days == taken.calendar_days_not_suspended:
        return said
    without = _days(taken.working_days_not_suspended, "working day")
    return f"{said}, {without} without suspensions"


def _days(count: int, unit: str) -> str:
    return f"{count} {unit}{'' if count == 1 else 's'}"


def _person(case: CaseView) -> Iterable[str]:
    for person in case.persons:
        name = person.name or ("Anonymous" if case.anonymous else "No name given")
        yield f"{name} ({words(person.role).lower()})"
