"""Who has a case: giving it to somebody, declaring a conflict, and how much each adviser has."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from complaints_casework import queries
from complaints_casework.commands import declare_conflict, give_to
from complaints_casework.domain.allocation import still_before
from complaints_casework.routes.commanding import Command, Program, Recorded
from complaints_casework.routes.common import Office, Staff
from complaints_chassis.service import Run
from complaints_chassis.web import Problem, Role
from complaints_contracts.cases import AdviserAllocated
from complaints_contracts.event import Fact, Model
from complaints_law.london import london_day
from complaints_law.office import Role as StaffRole

router = APIRouter()

LONGEST: Final = 2000
AGES: Final = (10, 28, 90)
"""The last days of the bands that open cases are counted in (P15)."""


class SentHolder(Model):
    """Who is to have a case, and why."""

    adviser_id: str = Field(max_length=100)
    note: str = Field(min_length=1, max_length=LONGEST, pattern=r"\S")


class SentConflict(Model):
    """Why somebody should not have a case (R81)."""

    note: str = Field(min_length=1, max_length=LONGEST, pattern=r"\S")


class Load(BaseModel):
    """The open cases of one adviser, or of nobody; `by_age` counts up to 10, 28, 90 and more days.

    `still` are those on which nothing was done for ten working days.
    """

    adviser_id: str | None
    name: str | None
    present: bool
    open_cases: int
    by_age: tuple[int, int, int, int]
    still: int


class Caseload(BaseModel):
    """How much each adviser has at `at` (P15)."""

    at: datetime
    loads: tuple[Load, ...]


@router.post("/api/cases/{case_id}/adviser", status_code=201, tags=["allocation"])
async def api_give(case_id: UUID, sent: SentHolder, program: Program) -> Recorded:
    """Gives a case to an adviser who is neither named in it nor in conflict with it (R19, R61).

    A team leader who is named in it themselves can do this alone, where no other is there for it.
    """
    await program.case(case_id)
    if Role.TEAM_LEADER not in program.principal.roles:
        raise Problem(403, "Only a team leader gives a case to somebody else.", rule="R61")
    advisers = [m.id for m in program.office.staff if StaffRole.ADVISER in m.roles]
    if sent.adviser_id not in advisers:
        raise Problem(
            422, "There is no adviser of that id.", action=f"Send one of: {', '.join(advisers)}."
        )
    decide = give_to(case_id, sent.adviser_id, sent.note.strip())
    return await program.do(Command(case_id, decide, "R61", _concerns, by_named=True))


@router.post("/api/cases/{case_id}/conflict", status_code=201, tags=["allocation"])
async def api_declare(case_id: UUID, sent: SentConflict, program: Program) -> Recorded:
    """Declares that who asks should not have the case, nor see it (R81, R50).

    If they have it, the team leader gives it to somebody else.
    """
    decide = declare_conflict(program.office, case_id, program.principal.subject, sent.note.strip())
    return await program.do(Command(case_id, decide, "R81", lambda _: False))


@router.get("/api/caseload", tags=["allocation"])
async def api_caseload(run: Run, office: Office, principal: Staff) -> Caseload:
    """How many open cases each adviser has, how old they are, and on which nothing happens."""
    now = run.clock.now()
    found = await queries.caseload(run.engine, now, AGES, still_before(now))
    rows = {row.adviser_id: row for row in found}
    today = london_day(now)
    advisers = [m for m in office.staff if StaffRole.ADVISER in m.roles]
    names = {m.id: m.name for m in office.staff}
    present = {m.id for m in advisers if m.is_present(today)}
    ids = dict.fromkeys((*(m.id for m in advisers), *rows))
    return Caseload(
        at=now,
        loads=tuple(
            Load(
                adviser_id=id,
                name=names.get(id) if id else None,
                present=id in present,
                open_cases=sum(rows[id].by_age) if id in rows else 0,
                by_age=rows[id].by_age if id in rows else (0, 0, 0, 0),
                still=rows[id].still if id in rows else 0,
            )
            for id in ids
        ),
    )


def _concerns(fact: Fact) -> bool:
    """Whether somebody who gives a case to another should know of this first."""
    return isinstance(fact, AdviserAllocated)
