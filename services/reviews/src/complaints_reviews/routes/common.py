"""What reviews' routes share: who may, for which office, and one review as it is shown."""

from __future__ import annotations

import re
from typing import Annotated, cast
from uuid import UUID

from fastapi import Depends, Query, Request

from complaints_chassis.service import Running
from complaints_chassis.web import Principal, Problem, Role, requires
from complaints_law.office import OfficeProfile
from complaints_reviews import queries
from complaints_reviews.queries import Happening
from complaints_reviews.views import ReviewView, review_view

Staff = Annotated[Principal, requires(Role.ADJUDICATOR, Role.TEAM_LEADER)]
"""For routes: who asks, somebody of the adjudicator's office or a team leader."""

Page = Annotated[int, Query(ge=1, le=1000)]


def office_of(request: Request) -> OfficeProfile:
    """Whose reviews these are."""
    return cast(OfficeProfile, request.app.state.office)


Office = Annotated[OfficeProfile, Depends(office_of)]


def names_of(office: OfficeProfile) -> dict[str, str]:
    """The staff's names by register id."""
    return {member.id: member.name for member in office.staff}


def pages_of(total: int) -> int:
    """How many pages a list has."""
    return max(1, -(-total // queries.PAGE))


async def read_review(
    run: Running, principal: Principal, review_id: UUID, asked: str = ""
) -> tuple[ReviewView, list[Happening]]:
    """A review and what happened on it, with the cases of the reference `asked` beside its own.

    Raises `Problem` 404 where there is none to be seen.
    """
    found = await queries.review_file(run.engine, run.book, principal.subject, review_id)
    if found is None:
        raise Problem(
            404,
            "There is no review here that you can see.",
            title="Review not found",
            action="Check the address, or look for the reference in the list of reviews.",
        )
    review, happened = found
    assert review.kept is not None
    matched = (review.matched.case_reference,) if review.matched else ()
    references = dict.fromkeys((*matched, *review.kept.mentions, as_reference(asked)))
    cases = await queries.cases_of(run.engine, [r for r in references if r])
    return review_view(review, cases, run.clock.now()), happened


def as_reference(written: str) -> str:
    """A reference as somebody types it, with its hyphens and capitals."""
    return re.sub(r"[\s-]+", "-", written.replace("\0", "").strip()).upper()
