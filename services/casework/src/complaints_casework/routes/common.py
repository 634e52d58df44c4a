"""What casework's routes share: who may, for which office, and one case as it is shown."""

from __future__ import annotations

from typing import Annotated, cast
from uuid import UUID

from fastapi import Depends, Request

from complaints_casework import queries
from complaints_casework.queries import Happening
from complaints_casework.views import CaseView, case_view
from complaints_chassis.service import Running
from complaints_chassis.web import Principal, Problem, Role, requires
from complaints_law.office import OfficeProfile

Staff = Annotated[Principal, requires(Role.ADVISER, Role.TEAM_LEADER)]
"""For routes: who asks, an adviser or a team leader."""


def office_of(request: Request) -> OfficeProfile:
    """Whose cases these are."""
    return cast(OfficeProfile, request.app.state.office)


Office = Annotated[OfficeProfile, Depends(office_of)]


def viewer(principal: Principal) -> str | None:
    """Whom queries hide cases from: an adviser from those that name them, a team leader never."""
    return None if Role.TEAM_LEADER in principal.roles else principal.subject


async def read_case(
    run: Running, office: OfficeProfile, principal: Principal, case_id: UUID
) -> tuple[CaseView, list[Happening]]:
    """A case and what happened on it. Raises `Problem` 404 where there is none to be seen."""
    found = await queries.case_file(run.engine, run.book, viewer(principal), case_id)
    if found is None:
        raise Problem(
            404,
            "There is no case here that you can see.",
            title="Case not found",
            action="Check the address, or look for the reference in all work.",
        )
    case, happened = found
    return case_view(case, office, run.clock.now()), happened
