"""What casework does about each command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from uuid import UUID

from complaints_casework.domain import ending
from complaints_casework.domain.allocation import keep_away
from complaints_casework.domain.case import PROCEDURE, next_allegation, record_attempt
from complaints_casework.domain.codes import BY_HAND, How
from complaints_casework.domain.ending import Ending
from complaints_casework.domain.facts import (
    ActionDone,
    AllegationDecided,
    AllegationNoted,
    AllocationReasoned,
    ContactMade,
    FirstContactMade,
    LookedAt,
    PersonChanged,
    StepTold,
)
from complaints_casework.domain.messages import read_message
from complaints_casework.domain.outcomes import fault
from complaints_casework.domain.steps import (
    BOTH_SIDES,
    Given,
    Obstacle,
    gives_up_calling,
    may_link,
    may_merge,
    obstacle,
    said_wrong,
)
from complaints_casework.domain.telling import needs_writing
from complaints_casework.handlers import cases_of, in_a_day, note_late
from complaints_casework.moving import advance
from complaints_casework.repository import ALLEGATIONS, CASES
from complaints_casework.wording import (
    IN_WRITING,
    KEPT_AWAY,
    NO_SUCH_PERSON,
    NOT_BY_HAND,
    NOTHING_TO_TELL,
    OBSTACLES,
    OUTCOME_FAULTS,
    STEP_OBSTACLES,
)
from complaints_chassis.commands import Answer
from complaints_chassis.errors import Refused
from complaints_chassis.work import Work
from complaints_contracts.allegations import AllegationRaised
from complaints_contracts.cases import AdviserAllocated, CaseMoved
from complaints_contracts.codes import CaseStatus, CaseStep, RecordingReason
from complaints_contracts.event import Fact
from complaints_law.london import london_day
from complaints_law.office import OfficeProfile


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
            advance(case_id, Given(first, note=note), work)
        given = Given(CaseStep.RECORDED, note=note, recorded_for=reason, force=force)
        return _moved(work, case_id, advance(case_id, given, work))

    return decide


def step(case_id: UUID, given: Given) -> Callable[[Work], Answer]:
    """Takes a step on a case. The decision raises Refused where the rules do not allow it."""

    def decide(work: Work) -> Answer:
        case = work.state(CASES, case_id)
        found = obstacle(case, given.step, work.now)
        if given.step is CaseStep.MERGED and given.about:
            found = found or may_merge(case, work.state(CASES, given.about))
        if given.step in BOTH_SIDES and given.about:
            found = found or may_link(case, work.state(CASES, given.about), given.step)
        found = found or said_wrong(case, given)
        if found:
            raise Refused(PROCEDURE.steps[given.step].rule, STEP_OBSTACLES[found])
        note_late(str(case_id), work)
        if given.step is CaseStep.MERGED and given.about:
            noted = _raise(given.about, case.kept.words if case.kept else "", work)
            work.append(CASES, given.about, noted, rule="R43")
        if given.step in BOTH_SIDES and given.about:
            advance(given.about, replace(given, about=case_id), work)
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
        return _recorded(work, case_id, _raise(case_id, words, work))

    return decide


def do_action(case_id: UUID, number: int, note: str) -> Callable[[Work], Answer]:
    """Somebody did what was to do (R59). The decision raises Refused where there is no such thing,
    or the case knows by itself when it is done."""

    def decide(work: Work) -> Answer:
        case = work.state(CASES, case_id)
        assert case.opened is not None
        there = 1 <= number <= len(case.actions)
        if (
            not there
            or case.actions[number - 1].done
            or case.actions[number - 1].kind not in BY_HAND
        ):
            raise Refused("R59", NOT_BY_HAND)
        done = ActionDone(number=number, person_id=case.opened.person, note=note)
        return _recorded(work, case_id, done)

    return decide


def give_to(case_id: UUID, adviser_id: str, note: str) -> Callable[[Work], Answer]:
    """The team leader gives a case to an adviser. The decision raises Refused where that one is
    named in it or in conflict with it (R24, R81)."""

    def decide(work: Work) -> Answer:
        case = work.state(CASES, case_id)
        assert case.opened is not None
        if adviser_id in case.named:
            raise Refused("R24", KEPT_AWAY)
        reasoned = AllocationReasoned(
            adviser_id=adviser_id, person_id=case.opened.person, note=note
        )
        given = AdviserAllocated(case_id=case_id, adviser_id=adviser_id)
        return _recorded(work, case_id, reasoned, given)

    return decide


def declare_conflict(
    office: OfficeProfile, case_id: UUID, staff_id: str, note: str
) -> Callable[[Work], Answer]:
    """Somebody should not have a case, says so, and does not see it any more (R81)."""

    def decide(work: Work) -> Answer:
        case = work.state(CASES, case_id)
        assert case.opened is not None
        reasoned = AllocationReasoned(adviser_id=staff_id, person_id=case.opened.person, note=note)
        away = keep_away(case, {staff_id}, in_a_day(office, work.now))
        return _recorded(work, case_id, reasoned, *away)

    return decide


def decide_allegation(
    case_id: UUID,
    number: str,
    outcome: str,
    actions: tuple[str, ...],
    factors: tuple[str, ...],
    learning: str | None,
) -> Callable[[Work], Answer]:
    """Says what became of one allegation (4.7). The decision raises Refused with what is wrong."""

    def decide(work: Work) -> Answer:
        case = work.state(CASES, case_id)
        assert case.opened is not None
        decided = AllegationDecided(
            number=number,
            outcome=outcome,
            actions=actions,
            factors=factors,
            learning=learning,
            person_id=case.opened.person,
        )
        if wrong := fault(case, decided, london_day(work.now)):
            raise Refused("L19", OUTCOME_FAULTS[wrong])
        return _recorded(work, case_id, decided)

    return decide


def change_person(
    case_id: UUID, person_id: UUID, given: dict[str, Any]
) -> Callable[[Work], Answer]:
    """How somebody is reached, or what they need, is known better now (R22, R23, L48).

    What goes to them from now on goes by that. The decision raises Refused where there is nobody
    of that id in the case.
    """

    def decide(work: Work) -> Answer:
        case = work.state(CASES, case_id)
        known = next((person for person in case.persons if person.id == person_id), None)
        if known is None:
            raise Refused("R22", NO_SUCH_PERSON)
        changed = PersonChanged(changed=known.model_copy(update=given))
        return _recorded(work, case_id, changed)

    return decide


def looked_at(case_id: UUID, staff_id: str) -> Callable[[Work], Answer]:
    """Somebody looked at a case that few may see (L57)."""

    def decide(work: Work) -> Answer:
        return _recorded(work, case_id, LookedAt(staff_id=staff_id, at=work.now))

    return decide


def _raise(case_id: UUID, words: str, work: Work) -> AllegationNoted:
    """Hands an allegation that came up to triage (R43); what is to be noted of it on the case."""
    case = work.state(CASES, case_id)
    assert case.opened is not None
    raised = AllegationRaised(
        case_id=case_id,
        contact_id=case.opened.contact_id,
        matter=case.matter,
        number=next_allegation(case),
        person_id=case.opened.person,
        words=words,
    )
    work.append(ALLEGATIONS, case_id, raised, rule="R43")
    return AllegationNoted(number=raised.number)


def _moved(work: Work, case_id: UUID, moved: CaseMoved) -> Answer:
    return {"recorded": moved.step, "version": work.version(CASES.stream(case_id))}


def _recorded(work: Work, case_id: UUID, *facts: Fact) -> Answer:
    work.append(CASES, case_id, *facts)
    recorded = facts[-1].type if facts else None
    return {"recorded": recorded, "version": work.version(CASES.stream(case_id))}
