"""What reviews keeps of casework's events, so that a review need not ask anybody."""

from __future__ import annotations

from complaints_chassis.aggregate import Needs
from complaints_chassis.work import Work
from complaints_contracts.cases import AdviserAllocated, CaseEvent, CaseOpened, CasePersonErased
from complaints_reviews.tables import copied_allocations, copied_cases


def nothing(_: CaseEvent) -> Needs:
    """A copy is written over the one before it, whatever that was."""
    return Needs()


def copy_case(event: CaseOpened, work: Work) -> None:
    """A case was opened: whether it can be reviewed is asked later."""
    work.copy(
        copied_cases,
        case_id=event.case_id,
        reference=event.reference,
        contact_type=event.contact_type,
        received_at=event.received_at,
    )


def copy_allocation(event: AdviserAllocated, work: Work) -> None:
    """A case got an adviser, whose decisions an adjudicator may have to look at."""
    work.copy(copied_allocations, case_id=event.case_id, adviser_id=event.adviser_id)


def erase_person(event: CasePersonErased, work: Work) -> None:
    """Casework erased a person: so do we."""
    work.erase(event.person_id)
