"""Promises that were not kept in time (R12, R13, L29): when to look, and what is found."""

from __future__ import annotations

from datetime import datetime

from complaints_casework.domain.case import Case
from complaints_casework.domain.facts import ClockBreachNoted
from complaints_contracts.cases import Clock


def to_watch(case: Case) -> tuple[Clock, ...]:
    """The clocks that can still be found breached: not kept in time, and not noted yet.

    What fell away when the case was closed need not be kept any more.
    """
    return tuple(
        clock
        for clock in case.clocks
        if clock.kind not in case.breached | case.stopped
        and (clock.kind not in case.met or case.met[clock.kind] > clock.due_at)
    )


def note_breaches(case: Case, now: datetime) -> tuple[ClockBreachNoted, ...]:
    """Every breach that is due and not noted yet: an early or second look finds nothing."""
    return tuple(
        ClockBreachNoted(clock=clock.kind, due_at=clock.due_at)
        for clock in to_watch(case)
        if clock.due_at <= now
    )
