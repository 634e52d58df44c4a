"""What casework does about each command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from complaints_casework.domain import ending
from complaints_casework.domain.allocation import keep_away
from complaints_casework.domain.case import PROCEDURE, Case, record_attempt
from complaints_casework.domain.codes import BY_HAND, How
from complaints_casework.domain.ending import Ending
from complaints_casework.domain.facts import (
    ActionDone,
    AllegationDecided,
    AllocationReasoned,
    ContactMade,
    FirstContactMade,
    LookedAt,
    PersonChanged,
    StepTold,
)
from complaints_casework.domain.messages import read_message
from complaints_casework.domain.naming import staff_named_in
from complaints_casework.domain.outcomes import fault
from complaints_casework.domain.steps import (
    BOTH_SIDES,
    Given,
    Obstacle,
    gives_up_calling,
    may_link,
    obstacle,
    said_wrong,
)
from complaints_casework.domain.telling import needs_writing
from complaints_casework.handlers import cases_of, in_a_day, keep_staff_away, note_late
from complaints_casework.merging import merge, raise_on, take_apart
from complaints_casework.moving import advance
from complaints_casework.repository import CASES
from complaints_casework.wording import (
    AS_WHAT,
    IN_WRITING,
    KEPT_AWAY,
    NO_SUCH_PERSON,
    NOT_BY_HAND,
    NOTHING_TO_TELL,
    OBSTACLES,
    OUTCOME_FAULTS,
    STEP_OBSTACLES,
    WAS_ERASED,
)
from complaints_chassis.commands import Answer
from complaints_chassis.errors import Refused
from complaints_chassis.work import Work
from complaints_contracts.cases import AdviserAllocated, CaseMoved
from complaints_contracts.codes import CaseStatus, CaseStep, RecordingReason
from complaints_contracts.event import Fact
from complaints_contracts.parts import Person
from complaints_contracts.personal import ERASED
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


def step(office: OfficeProfile, case_id: UUID, given: Given) -> Callable[[Work], Answer]:
    """Takes a step on a case. The decision raises Refused where the rules do not allow it."""

    def decide(work: Work) -> Answer:
        case = work.state(CASES, case_id)
        found = obstacle(case, given.step, work.now)
        if given.step in BOTH_SIDES and given.about:
            found = found or may_link(case, work.state(CASES, given.about), given.step)
        found = found or said_wrong(case, given)
        if found:
            raise Refused(PROCEDURE.steps[given.step].rule, STEP_OBSTACLES[found])
        note_late(str(case_id), work)
        if given.step is CaseStep.MERGED and given.about:
            merge(office, case_id, given.about, work)
        if given.step is CaseStep.UNMERGED:
            take_apart(office, case_id, work)
        if given.step in BOTH_SIDES and given.about:
            advance(given.about, Given(given.step, about=case_id), work)
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


def raise_allegation(office: OfficeProfile, case_id: UUID, words: str) -> Callable[[Work], Answer]:
    """A further allegation came up: triage has it assessed (R43), and whom of our staff its words
    name does not have the case (R24).

    Until it is, the case can neither be recovered nor ended. Where the force has it, it is told of
    what was assessed since. The decision raises Refused once a recorded complaint has its outcome:
    what comes up then is a complaint of its own, or is for a review.
    """

    def decide(work: Work) -> Answer:
        case = work.state(CASES, case_id)
        assert case.opened is not None
        if case.recorded and (case.is_closed or case.outcome_issued):
            raise Refused("R43", STEP_OBSTACLES[Obstacle.RECORDED])
        noted = raise_on(case_id, words, case.opened.person, work)
        named = staff_named_in([words], office.staff)
        keep_staff_away(case.opened.contact_id, named, in_a_day(office, work.now), work)
        return _recorded(work, case_id, noted)

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

    What goes to them from now on, of every matter of their contact, goes by that. The decision
    raises Refused where there is nobody of that id in the case, or they were erased.
    """

    def decide(work: Work) -> Answer:
        case = work.state(CASES, case_id)
        assert case.opened is not None
        if all(person.id != person_id for person in case.persons):
            raise Refused("R22", NO_SUCH_PERSON)
        for id, each in cases_of(case.opened.contact_id, work).items():
            for known in each.persons:
                if known.id == person_id:
                    if _is_erased(each, known):
                        raise Refused("R22", WAS_ERASED)
                    work.append(CASES, id, PersonChanged(changed=_changed(known, given)))
        return {"recorded": PersonChanged.type, "version": work.version(CASES.stream(case_id))}

    return decide


def _changed(known: Person, given: Mapping[str, Any]) -> Person:
    """What is left out stays as it is, also inside how they are reached and for whom they act."""
    parts = {
        name: {**dict(getattr(known, name) or {}), **said} if isinstance(said, dict) else said
        for name, said in given.items()
    }
    if isinstance(part := parts.get("representation"), dict) and "kind" not in part:
        raise Refused("L12", AS_WHAT)
    return Person.model_validate({**dict(known), **parts})


def _is_erased(case: Case, person: Person) -> bool:
    """Whether what we knew of somebody is gone from a case."""
    told = case.kept.words if case.kept and case.kept.person == person.id else None
    return ERASED in (told, *dict(person).values(), *dict(person.reach).values())


def looked_at(case_id: UUID, staff_id: str) -> Callable[[Work], Answer]:
    """Somebody looked at a case that few may see (L57)."""

    def decide(work: Work) -> Answer:
        return _recorded(work, case_id, LookedAt(staff_id=staff_id, at=work.now))

    return decide


def _moved(work: Work, case_id: UUID, moved: CaseMoved) -> Answer:
    return {"recorded": moved.step, "version": work.version(CASES.stream(case_id))}


def _recorded(work: Work, case_id: UUID, *facts: Fact) -> Answer:
    work.append(CASES, case_id, *facts)
    recorded = facts[-1].type if facts else None
    return {"recorded": recorded, "version": work.version(CASES.stream(case_id))}
