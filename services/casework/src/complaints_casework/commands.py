"""What casework does about each command."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from complaints_casework.domain import ending
from complaints_casework.domain.case import PROCEDURE, next_allegation, record_attempt
from complaints_casework.domain.codes import How
from complaints_casework.domain.ending import Ending
from complaints_casework.domain.facts import ContactMade, FirstContactMade, StepTold
from complaints_casework.domain.messages import read_message
from complaints_casework.domain.steps import Given, Obstacle, gives_up_calling, obstacle
from complaints_casework.domain.telling import needs_writing
from complaints_casework.handlers import cases_of, note_late
from complaints_casework.moving import advance
from complaints_casework.repository import CASES
from complaints_casework.wording import (
    IN_WRITING,
    NOTHING_TO_TELL,
    OBSTACLES,
    STEP_OBSTACLES,
)
from complaints_chassis.commands import Answer
from complaints_chassis.errors import Refused
from complaints_chassis.work import Work
from complaints_contracts.cases import AllegationRaised, CaseMoved
from complaints_contracts.codes import CaseStatus, CaseStep, RecordingReason
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
                    _once_reached(id, CaseStep.CONTACTED, work)
        fact = record_attempt(case, person, made=made, how=how, note=note, now=work.now)
        work.append(CASES, case_id, fact)
        if made:
            _once_reached(case_id, CaseStep.CONTACTED, work)
        elif gives_up_calling(work.state(CASES, case_id)):
            _once_reached(case_id, CaseStep.UNREACHABLE, work)
        return {"recorded": fact.type, "version": work.version(CASES.stream(case_id))}

    return decide


def _once_reached(case_id: UUID, step: CaseStep, work: Work) -> None:
    """From LOGGED on: they were reached, or there is no use in calling any more."""
    if obstacle(work.state(CASES, case_id), step, work.now) is None:
        advance(case_id, Given(step), work)


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

    From whatever state: what has not been found to need it is found so with that. The decision
    raises Refused where it is recorded already.
    """
    wished = reason is RecordingReason.COMPLAINANT_WISHES
    first = CaseStep.RECORDING_REQUESTED if wished else CaseStep.SERIOUS_ISSUE_FOUND

    def decide(work: Work) -> Answer:
        case = work.state(CASES, case_id)
        note_late(str(case_id), work)
        if case.recorded:
            raise Refused("L6", STEP_OBSTACLES[Obstacle.RECORDED])
        if case.status is not CaseStatus.RECORDING:
            merged = case.status is CaseStatus.MERGED
            found = CaseStep.RECORDING_REQUESTED if merged else first
            advance(case_id, Given(found, note=note), work)
        given = Given(CaseStep.RECORDED, note=note, recorded_for=reason, force=force)
        return _moved(work, case_id, advance(case_id, given, work))

    return decide


def step(case_id: UUID, given: Given) -> Callable[[Work], Answer]:
    """Takes a step on a case. The decision raises Refused where the rules do not allow it."""

    def decide(work: Work) -> Answer:
        case = work.state(CASES, case_id)
        if found := obstacle(case, given.step, work.now):
            raise Refused(PROCEDURE.steps[given.step].rule, STEP_OBSTACLES[found])
        note_late(str(case_id), work)
        return _moved(work, case_id, advance(case_id, given, work))

    return decide


def tell(case_id: UUID, step_id: UUID, how: How, note: str | None) -> Callable[[Work], Answer]:
    """Somebody of ours told the person of a step, where no notice could, or before it did.

    The decision raises Refused where there is no such step to tell of, or where they have to be
    told in writing (L30).
    """

    def decide(work: Work) -> Answer:
        case = work.state(CASES, case_id)
        assert case.opened is not None
        taken = case.untold.get(step_id)
        if taken is None:
            raise Refused("L29", NOTHING_TO_TELL)
        if needs_writing(case, taken) and how not in (How.EMAIL, How.LETTER):
            raise Refused("L30", IN_WRITING)
        person = case.opened.person
        made = ContactMade(at=work.now, how=how, person_id=person, note=note)
        told = StepTold(step_id=step_id, step=taken, at=work.now, how=how)
        return _recorded(work, case_id, made, told)

    return decide


def raise_allegation(case_id: UUID, words: str) -> Callable[[Work], Answer]:
    """A further allegation came up: triage has it assessed (R43).

    Until it is, the case can neither be recovered nor ended. The decision raises Refused where the
    complaint is recorded: the force then has to be told.
    """

    def decide(work: Work) -> Answer:
        case = work.state(CASES, case_id)
        assert case.opened is not None
        if case.recorded:
            raise Refused("R43", STEP_OBSTACLES[Obstacle.RECORDED])
        raised = AllegationRaised(
            case_id=case_id,
            contact_id=case.opened.contact_id,
            matter=case.matter,
            number=next_allegation(case),
            person_id=case.opened.person,
            words=words,
        )
        return _recorded(work, case_id, raised)

    return decide


def _moved(work: Work, case_id: UUID, moved: CaseMoved) -> Answer:
    return {"recorded": moved.step, "version": work.version(CASES.stream(case_id))}


def _recorded(work: Work, case_id: UUID, *facts: Fact) -> Answer:
    work.append(CASES, case_id, *facts)
    recorded = facts[-1].type if facts else None
    return {"recorded": recorded, "version": work.version(CASES.stream(case_id))}
