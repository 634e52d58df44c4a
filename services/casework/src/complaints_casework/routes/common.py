"""What casework's routes share: who may, for which office, and one case as it is shown."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Final, cast
from uuid import UUID

from fastapi import Depends, Request

from complaints_casework import queries
from complaints_casework.commands import looked_at
from complaints_casework.domain.case import Case
from complaints_casework.queries import Happening, Viewer
from complaints_casework.repository import CASES
from complaints_casework.views import CaseView, case_view
from complaints_chassis.aggregate import Needs
from complaints_chassis.journal import Cause
from complaints_chassis.service import Running
from complaints_chassis.web import Principal, Problem, Role, requires
from complaints_law.office import OfficeProfile
from complaints_law.office import Role as StaffRole

LOOK_AGAIN: Final = timedelta(hours=1)
"""Who looks again within this is not written down again."""

Staff = Annotated[Principal, requires(Role.ADVISER, Role.TEAM_LEADER)]
"""For routes: who asks, an adviser or a team leader."""


def office_of(request: Request) -> OfficeProfile:
    """Whose cases these are."""
    return cast(OfficeProfile, request.app.state.office)


Office = Annotated[OfficeProfile, Depends(office_of)]


def viewer(principal: Principal, office: OfficeProfile) -> Viewer:
    """Whom queries hide cases from."""
    leaders = (member.id for member in office.staff if StaffRole.TEAM_LEADER in member.roles)
    return Viewer(principal.subject, Role.TEAM_LEADER in principal.roles, frozenset(leaders))


def not_found() -> Problem:
    """There is no such case, or none that who asks may know of."""
    return Problem(
        404,
        "There is no case here that you can see.",
        title="Case not found",
        action="Check the address, or look for the reference in all work.",
    )


async def read_case(
    run: Running, office: OfficeProfile, principal: Principal, case_id: UUID
) -> tuple[CaseView, list[Happening]]:
    """A case as it is shown, and what happened on it. Raises as `read_file` does."""
    case, happened = await read_file(run, office, principal, case_id)
    return case_view(case, office, run.clock.now()), happened


async def read_file(
    run: Running, office: OfficeProfile, principal: Principal, case_id: UUID
) -> tuple[Case, list[Happening]]:
    """A case and what happened on it. Raises `Problem` 404 where there is none to be seen."""
    found = await queries.case_file(run.engine, run.book, viewer(principal, office), case_id)
    if found is None:
        raise not_found()
    case, happened = found
    await _write_down(run, case, case_id, principal.subject)
    return case, happened


async def _write_down(run: Running, case: Case, case_id: UUID, staff_id: str) -> None:
    """Journals who looks at a restricted case, once in an hour for each (L57)."""
    last, now = case.looked.get(staff_id), run.clock.now()
    if case.is_restricted and (last is None or now - last >= LOOK_AGAIN):
        stream = CASES.stream(case_id)
        await run.commands.run(
            Needs(streams=(stream,)), looked_at(case_id, staff_id), Cause(staff_id, "L57")
        )
