"""What goes with a case into the one it is merged with, and comes back when they are taken apart.

What comes up on a case later goes to triage, whoever finds it (R43).
"""

from __future__ import annotations

from uuid import UUID

from complaints_casework.domain.alike import same_complainant
from complaints_casework.domain.case import next_allegation
from complaints_casework.domain.codes import ActionKind, Reason
from complaints_casework.domain.facts import ActionAdded, AllegationDropped, AllegationNoted
from complaints_casework.domain.steps import may_merge
from complaints_casework.handlers import in_a_day, keep_staff_away
from complaints_casework.repository import ALLEGATIONS, CASES
from complaints_casework.wording import LINK_INSTEAD, STEP_OBSTACLES
from complaints_chassis.errors import Refused
from complaints_chassis.work import Work
from complaints_contracts.allegations import AllegationRaised, AllegationWithdrawn
from complaints_contracts.codes import Urgency
from complaints_law.office import OfficeProfile


def merge(office: OfficeProfile, case_id: UUID, into: UUID, work: Work) -> None:
    """What goes with a case into another one: their words, to be assessed there (R43), who must not
    have it (R24), and that somebody looks now where it was urgent or a risk.

    Raises Refused where the two cannot be merged (R8).
    """
    merged, other = work.state(CASES, case_id), work.state(CASES, into)
    if found := may_merge(merged, other):
        raise Refused("R8", STEP_OBSTACLES[found])
    if not same_complainant(merged, other):
        raise Refused("R8", LINK_INSTEAD)
    assert merged.opened is not None
    assert merged.kept is not None
    assert other.opened is not None
    words, person = merged.kept.words, merged.opened.person
    work.append(CASES, into, raise_on(into, words, person, work, case_id), rule="R43")
    due_at = in_a_day(office, work.now)
    keep_staff_away(other.opened.contact_id, merged.named, due_at, work)
    if merged.urgency is not Urgency.ROUTINE or merged.risks:
        look = ActionAdded(kind=ActionKind.LOOK, reason=Reason.WROTE_AGAIN, due_at=work.now)
        work.append(CASES, into, look, rule="R44")


def take_apart(office: OfficeProfile, case_id: UUID, work: Work) -> None:
    """Takes back what a merged case handed over; where it was assessed there, somebody looks."""
    into = work.state(CASES, case_id).merged_into
    if into is None:
        return
    other = work.state(CASES, into)
    number = other.taken_over.get(case_id)
    if number in other.raised:
        assert other.opened is not None
        back = AllegationWithdrawn(
            case_id=into,
            contact_id=other.opened.contact_id,
            matter=other.matter,
            number=number,
        )
        work.append(ALLEGATIONS, into, back, rule="R43")
        work.append(CASES, into, AllegationDropped(number=number), rule="R43")
        return
    due_at = in_a_day(office, work.now)
    look = ActionAdded(kind=ActionKind.LOOK, reason=Reason.TAKEN_APART, due_at=due_at)
    work.append(CASES, into, look, rule="R43")


def raise_on(
    case_id: UUID, words: str, person_id: UUID, work: Work, merged: UUID | None = None
) -> AllegationNoted:
    """Hands an allegation that came up to triage (R43); what is to be noted of it on the case.

    The words go when `person_id` is erased.
    """
    case = work.state(CASES, case_id)
    assert case.opened is not None
    raised = AllegationRaised(
        case_id=case_id,
        contact_id=case.opened.contact_id,
        matter=case.matter,
        number=next_allegation(case),
        person_id=person_id,
        words=words,
    )
    work.append(ALLEGATIONS, case_id, raised, rule="R43")
    return AllegationNoted(number=raised.number, merged=merged)
