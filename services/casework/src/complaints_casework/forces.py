"""What casework does about each record of a force on a case that it has (R47, L29, L30)."""

from __future__ import annotations

from typing import Final

from complaints_casework.domain.counting import outcome_due
from complaints_casework.domain.transfer import note_force, report_id
from complaints_casework.handlers import in_a_day
from complaints_casework.repository import CASES, TRANSFERS
from complaints_chassis import receipts
from complaints_chassis.aggregate import Needs
from complaints_chassis.errors import Unacceptable
from complaints_chassis.receipts import RECEIPTS
from complaints_chassis.record import Record
from complaints_chassis.work import Work
from complaints_contracts.codes import HeldKind
from complaints_contracts.forces import ForceCaseRecord, OutcomeIssued
from complaints_contracts.foreign import Foreign
from complaints_law.office import OfficeProfile

NOT_TRANSFERRED: Final = (
    "no case of this id was transferred to you: take case_id from the record of its transfer"
)


def needs(record: Record, foreign: Foreign | None) -> Needs:
    """The record's receipt, and the case that it is about."""
    receipt = RECEIPTS.stream(record.place_id)
    if foreign is None:
        return Needs(streams=(receipt,))
    assert isinstance(foreign.event, ForceCaseRecord), "its topic carries nothing else"
    id = foreign.event.case_id
    return Needs(streams=(receipt, CASES.stream(id), TRANSFERS.stream(id)))


def take(office: OfficeProfile, foreign: Foreign, record: Record, work: Work) -> None:
    """A force said something of a case: keep it once, and answer however often it is sent.

    Raises:
        Unacceptable: the case is not that force's, or the same source and id came before with other
            content.
    """
    event = foreign.event
    assert isinstance(event, ForceCaseRecord), "its topic carries nothing else"
    case = work.state(CASES, event.case_id)
    given = work.state(TRANSFERS, event.case_id)
    if case.opened is None or given is None or given.force != foreign.force:
        raise Unacceptable(NOT_TRANSFERRED, HeldKind.UNREADABLE)
    id = report_id(foreign)
    receipts.refuse_other_content(case.heard.get(id), foreign, id)
    by = (
        outcome_due(event.issued_on, office.opening_hours)
        if isinstance(event, OutcomeIssued)
        else None
    )
    soon = in_a_day(office, work.now)
    work.append(CASES, event.case_id, *note_force(case, foreign, work.now, soon, by), rule="R47")
    receipts.accept(record, case.opened.reference, work)
