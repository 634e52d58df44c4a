"""Who becomes the single point of contact (R19): present, not named in the contact, lightest load.

Allocation never waits and never drops: where nobody may have the case, the team leader is asked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from complaints_casework.domain.case import Case
from complaints_casework.domain.codes import ActionKind, Reason
from complaints_casework.domain.facts import ActionAdded, StaffNamed
from complaints_contracts.codes import ContactType, Queue
from complaints_contracts.event import Fact
from complaints_law.calendar import load_calendar
from complaints_law.errors import CalendarEnds
from complaints_law.london import end_of_day, london_day

FOR_TEAM_LEADER: Final = {
    Queue.STAFF: Reason.ABOUT_OUR_STAFF,
    Queue.SUSPECTED_SPAM: Reason.SUSPECTED_SPAM,
    Queue.OTHER: Reason.UNKNOWN_SORTING,
}
"""The queues whose cases the team leader gives to somebody; of the others an adviser has each."""

STILL: Final = 10
"""So many working days without anything done on a case are too many (P15)."""


def new_holder(
    case_id: UUID,
    queue: Queue,
    contact_type: ContactType,
    present: Collection[str],
    named: Collection[str],
    loads: Mapping[str, int],
    before: Sequence[str] = (),
    skilled: Collection[str] = (),
) -> str | Reason:
    """The adviser of a new case, or why the team leader has to decide: never nobody.

    Everybody who writes is promised a call by a date (R11, R12), whichever queue they wait in.
    `before` are those who have other matters of the same contact: the first of them who may have
    this one too has it, so that there is one person to deal with (R19).
    """
    asked = needs_team_leader(queue, contact_type)
    same = next((one for one in before if one in present and one not in named), None)
    return asked or same or allocate(case_id, present, named, loads, skilled)


def needs_team_leader(queue: Queue, contact_type: ContactType) -> Reason | None:
    """Why a new case is not for an adviser, if it is not; one about our own staff never is."""
    if contact_type is ContactType.STAFF_COMPLAINT:
        return Reason.ABOUT_OUR_STAFF
    if contact_type is ContactType.OTHER:
        return Reason.UNKNOWN_SORTING
    return FOR_TEAM_LEADER.get(queue)


def allocate(
    case_id: UUID,
    present: Collection[str],
    named: Collection[str],
    loads: Mapping[str, int],
    skilled: Collection[str] = (),
) -> str | Reason:
    """The adviser with the fewest open cases of those who may have this one, or why nobody may.

    Of those, the ones who are `skilled` in what the person needs go first, if any may (R22).

    Among equals a digest of case and adviser decides: the same on every run, and fair over many
    cases, which the order of the register would not be.
    """
    eligible = [adviser for adviser in present if adviser not in named]
    if not eligible:
        return Reason.EVERYBODY_NAMED if present else Reason.NOBODY_PRESENT
    return min(
        [adviser for adviser in eligible if adviser in skilled] or eligible,
        key=lambda adviser: (
            loads.get(adviser, 0),
            sha256(f"{case_id} {adviser}".encode()).digest(),
        ),
    )


def keep_away(case: Case, named: Collection[str], due_at: datetime | None) -> tuple[Fact, ...]:
    """Keeps a case from the staff whom its contact names (R24), each once.

    Where one of them has it and it is open, the team leader gives it to somebody else by `due_at`.
    """
    facts: list[Fact] = []
    if new := sorted(set(named).difference(case.named)):
        facts.append(StaffNamed(staff_ids=tuple(new)))
    asked = any(action.kind is ActionKind.ALLOCATE for action in case.open_actions)
    if case.adviser_id in {*case.named, *new} and not (case.is_closed or asked):
        facts.append(
            ActionAdded(kind=ActionKind.ALLOCATE, reason=Reason.HOLDER_NAMED, due_at=due_at)
        )
    return tuple(facts)


def still_before(now: datetime) -> datetime:
    """On a case that was touched before this moment, nothing was done for ten working days (P15).

    Beyond the calendar, where nobody knows the bank holidays, a fortnight has ten of them.
    """
    calendar, day, left = load_calendar(), london_day(now), STILL
    try:
        while left:
            left -= calendar.is_working_day(day)
            day -= timedelta(days=1)
    except CalendarEnds:
        day = london_day(now) - timedelta(days=14)
    return end_of_day(day)
