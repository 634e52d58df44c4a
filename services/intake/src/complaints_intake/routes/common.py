"""What the public routes share."""

from __future__ import annotations

from datetime import date
from typing import Final, cast

from fastapi import Depends, Request
from fastapi.params import Depends as Dependency

from complaints_chassis.service import Run, Running
from complaints_chassis.web import Problem
from complaints_intake.limits import Limits
from complaints_law.london import london_day
from complaints_law.office import OfficeProfile


def office_of(request: Request) -> OfficeProfile:
    """Whose service this is."""
    return cast(OfficeProfile, request.app.state.office)


def today(run: Running) -> date:
    """The day it is here."""
    return london_day(run.clock.now())


def prefix_of(request: Request) -> str:
    """What the office's references begin with."""
    return prefix(office_of(request))


def prefix(office: OfficeProfile) -> str:
    """What an office's references begin with: two letters of its key."""
    return office.key[:2].upper()


def other_ways(request: Request) -> str:
    """How else to reach the office, in a sentence (R2 to R4)."""
    office = office_of(request)
    return (
        f"You can also telephone {office.telephone}, {office.opening_hours_text()}, "
        f"email {office.addresses.complaints}, or write to {', '.join(office.postal_address)}."
    )


async def _limit(request: Request, run: Run) -> None:
    limits = cast(Limits, request.app.state.limits)
    address = request.client.host if request.client else ""
    if wait := limits.take(address, run.clock.now()):
        raise Problem(
            429,
            "Too much has come from your internet connection in a short time, so this was not "
            "taken. What you typed before is kept.",
            action=f"Wait {wait} seconds, go back and send it again. {other_ways(request)}",
            headers={"Retry-After": str(wait)},
        )


limited: Final = cast(Dependency, Depends(_limit))
"""Dependency of every route by which the public can send something."""
