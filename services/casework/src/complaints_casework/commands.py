"""What casework does about each command."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from complaints_casework.domain import ending
from complaints_casework.domain.case import record_attempt
from complaints_casework.domain.codes import How
from complaints_casework.domain.ending import Ending
from complaints_casework.domain.facts import FirstContactMade
from complaints_casework.domain.messages import read_message
from complaints_casework.domain.transfer import record_complaint
from complaints_casework.handlers import cases_of, note_late
from complaints_casework.repository import CASES, TRANSFERS
from complaints_casework.wording import OBSTACLES, RECORDED_ALREADY
from complaints_chassis.commands import Answer
from complaints_chassis.errors import Refused
from complaints_chassis.work import Work
from complaints_contracts.codes import RecordingReason
from complaints_contracts.event import Fact


def contact_attempt(
    case_id: UUID, *, made: bool, how: How, note: str | None
) -> Callable[[Work], Answer]:
    """Somebody reached the person, or tried to (R12).

    Who is reached is reached for all the matters of their contact; the note stays on one.
    """

    def decide(work: Work) -> Answer:
        case = work.state(CASES, case_id)
        assert case.opened is not None
        person = case.opened.person
        if made:
            for id, other in cases_of(case.opened.contact_id, work).items():
                if id != case_id and other.awaits_call:
                    first = FirstContactMade(at=work.now, how=how, person_id=person)
                    work.append(CASES, id, first)
        fact = record_attempt(case, person, made=made, how=how, note=note, now=work.now)
        return _recorded(work, case_id, fact)

    return decide


def message_read(case_id: UUID, message_id: UUID) -> Callable[[Work], Answer]:
    """Somebody read what was added to a contact; saying so twice changes nothing."""

    def decide(work: Work) -> Answer:
        facts = read_message(work.state(CASES, case_id), message_id, work.now)
        return _recorded(work, case_id, *facts)

    return decide


def end_case(case_id: UUID, way: Ending, note: str) -> Callable[[Work], Answer]:
    """Passes a compliment on, or notes a community concern, and closes the case (domain 3.1).

    The decision raises Refused where the case is something else, or there is more to read.
    """

    def decide(work: Work) -> Answer:
        case = work.state(CASES, case_id)
        if obstacle := ending.obstacle(case, way):
            raise Refused(ending.RULES[way], OBSTACLES[obstacle])
        note_late(str(case_id), work)
        return _recorded(work, case_id, *ending.end(case, way, note, work.now))

    return decide


def record(
    case_id: UUID, reason: RecordingReason, force: str, note: str
) -> Callable[[Work], Answer]:
    """Records a complaint under Schedule 3 and transfers it to the force (R42, L6).

    The decision raises Refused where it is recorded already.
    """

    def decide(work: Work) -> Answer:
        case = work.state(CASES, case_id)
        if case.recorded:
            raise Refused("L6", RECORDED_ALREADY)
        note_late(str(case_id), work)
        fact, transferred = record_complaint(case, reason, force, note, work.now)
        if work.state(TRANSFERS, case_id) is None:  # else it was taken back from its topic
            work.append(TRANSFERS, case_id, transferred)
        return _recorded(work, case_id, fact)

    return decide


def _recorded(work: Work, case_id: UUID, *facts: Fact) -> Answer:
    work.append(CASES, case_id, *facts)
    recorded = facts[-1].type if facts else None
    return {"recorded": recorded, "version": work.version(CASES.stream(case_id))}
