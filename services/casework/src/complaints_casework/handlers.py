"""What casework does about each event and each command."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final
from uuid import UUID

from complaints_casework.domain.allocation import keep_away, new_holder
from complaints_casework.domain.breaches import note_breaches
from complaints_casework.domain.case import PROCEDURE, Case, add_action, note_review, open_case
from complaints_casework.domain.codes import ActionKind, Reason
from complaints_casework.domain.counting import start_clocks
from complaints_casework.domain.facts import (
    ActionAdded,
    ClockBreachNoted,
    PeriodEnded,
    ReviewSuggested,
)
from complaints_casework.domain.messages import keep_message
from complaints_casework.domain.naming import staff_named_in, without_greetings
from complaints_casework.domain.steps import Given, obstacle
from complaints_casework.domain.timing import to_follow
from complaints_casework.moving import advance
from complaints_casework.repository import CASES, CASES_OF_CONTACTS, LOADS
from complaints_chassis.aggregate import Needs
from complaints_chassis.work import Work
from complaints_contracts.cases import AdviserAllocated, CasePersonErased, case_id
from complaints_contracts.codes import CaseStep, ClockKind, Queue
from complaints_contracts.ops import ClockBreached
from complaints_contracts.reviews import ReviewMatched, ReviewReceived
from complaints_contracts.triage import ContactSorted, MessageSorted, SortingPersonErased
from complaints_law.london import london_day
from complaints_law.office import OfficeProfile
from complaints_law.rule_sets import ClockKind as Kind
from complaints_law.rule_sets import Duty

_LATE: Final = (
    ActionKind.CHASE_FORCE,
    Reason.FORCE_LATE,
    (CaseStep.TASK_ANSWERED, CaseStep.PROGRESS_RECEIVED),
)
_LEFT_TO_DO: Final = {
    Kind.SERVICE_RECOVERY: (
        ActionKind.EXPLAIN_DELAY,
        Reason.TARGET_MISSED,
        (CaseStep.TARGET_MISSED,),
    ),
    Kind.OFFER: (ActionKind.DECIDE_END, Reason.OFFER_UNANSWERED, (CaseStep.NO_ENGAGEMENT,)),
}
"""What somebody has to do once a clock ran out, while one of the steps is still possible."""
_STEPS: Final = {
    Kind.SERVICE_RECOVERY: CaseStep.TARGET_MISSED,
    Kind.SURVEY: CaseStep.SURVEYED,
    Kind.REVIEW_PERIOD: CaseStep.REVIEW_PERIOD_OVER,
}
"""The step that is taken once a clock ran out."""


def new_case(event: ContactSorted) -> Needs:
    """The case of a sorted matter, the contact's other ones, and how many cases each adviser has.

    What reviews alone deals with needs nothing here.
    """
    if event.queue is Queue.REVIEWS:
        return Needs()
    return Needs(
        streams=(CASES.stream(event.case_id),),
        lookups=(LOADS, CASES_OF_CONTACTS),
        keys=(str(event.contact_id),),
    )


def sorted_cases(event: SortingPersonErased) -> Needs:
    """Every case of the contact that triage speaks of."""
    ids = event.case_ids or (case_id(event.contact_id),)
    return Needs(
        streams=tuple(CASES.stream(id) for id in ids),
        lookups=(CASES_OF_CONTACTS,),
        keys=(str(event.contact_id),),
    )


def message_case(event: MessageSorted) -> Needs:
    """The case a message belongs to, and the contact's other ones.

    It waits until there is one, unless it is for reviews.
    """
    if event.queue is Queue.REVIEWS:
        return Needs()
    return Needs(
        known=(CASES.stream(event.case_id),),
        lookups=(CASES_OF_CONTACTS,),
        keys=(str(event.contact_id),),
    )


def reviewed_case(event: ReviewMatched) -> Needs:
    """The case a review is about."""
    return Needs(known=(CASES.stream(event.case_id),))


def suggested_case(event: ReviewReceived) -> Needs:
    """The case of a contact whose words only suggest a review; declared ones are for reviews."""
    return Needs() if event.declared else Needs(known=(CASES.stream(case_id(event.contact_id)),))


def open_for(office: OfficeProfile, event: ContactSorted, work: Work) -> None:
    """A contact was sorted: open its case, start its clocks, give it an adviser (R12, R13, R19)."""
    if event.queue is Queue.REVIEWS:
        return
    id = event.case_id
    clocks, counted = start_clocks(event.received_at, event.made_at, office.opening_hours)
    facts = open_case(work.state(CASES, id), event, clocks, work.now)
    if not facts:
        return
    work.append(CASES, id, *facts, rule="R13")
    if not counted:
        action = add_action(work.state(CASES, id), ActionKind.CHECK_DATES, Reason.DATE_OUT_OF_RANGE)
        work.append(CASES, id, action)
    note_late(str(id), work)
    told = next((case.told for case in cases_of(event.contact_id, work).values()), None)
    if told:
        work.append(CASES, id, told, rule="R11")
    work.lookup(CASES_OF_CONTACTS).setdefault(event.contact_id, []).append(id)
    texts = [event.words, event.title or ""]
    texts += [text for person in event.persons for text in (person.name, person.email) if text]
    keep_named_away(office, event, texts, work)
    if not work.state(CASES, id).adviser_id:
        give_adviser(office, event, work)


def give_adviser(office: OfficeProfile, event: ContactSorted, work: Work) -> None:
    """Gives a new case its single point of contact, or asks the team leader to (R19)."""
    id = event.case_id
    loads = work.lookup(LOADS)
    named = work.state(CASES, id).named
    present = [member.id for member in office.present_advisers(london_day(work.now))]
    holders = (case.adviser_id for case in cases_of(event.contact_id, work).values())
    before = [holder for holder in holders if holder]
    needs = {need for person in event.persons for need in person.reach.needs}
    skilled = [member.id for member in office.staff if needs & {*map(str, member.skills)}]
    match new_holder(id, event.queue, event.contact_type, present, named, loads, before, skilled):
        case Reason() as why:
            action = add_action(work.state(CASES, id), ActionKind.ALLOCATE, why)
            work.append(CASES, id, action, rule="R61")
        case adviser:
            work.append(CASES, id, AdviserAllocated(case_id=id, adviser_id=adviser), rule="R19")
            loads[adviser] += 1


def keep_named_away(
    office: OfficeProfile, event: ContactSorted | MessageSorted, texts: list[str], work: Work
) -> None:
    """Whoever a contact names in a matter or message has, and sees, none of its cases (R24)."""
    cases = cases_of(event.contact_id, work)
    named = staff_named_in(texts, office.staff).union(*(case.named for case in cases.values()))
    keep_staff_away(event.contact_id, named, in_a_day(office, event.received_at), work)


def keep_staff_away(
    contact_id: UUID, named: Collection[str], due_at: datetime | None, work: Work
) -> None:
    """Whoever is named has, and sees, none of the cases of the contact (R24)."""
    for id, case in cases_of(contact_id, work).items():
        work.append(CASES, id, *keep_away(case, named, due_at), rule="R24")


def cases_of(contact_id: UUID, work: Work) -> dict[UUID, Case]:
    """The cases of a contact's matters, in their order."""
    ids = work.lookup(CASES_OF_CONTACTS).get(contact_id, ())
    cases = {id: work.state(CASES, id) for id in ids}
    return dict(sorted(cases.items(), key=lambda item: int(item[1].matter)))


def in_a_day(office: OfficeProfile, start: datetime) -> datetime | None:
    """The end of the working day after `start`, as for logging (R13), if it can be counted."""
    clocks, _ = start_clocks(start, None, office.opening_hours)
    return next((clock.due_at for clock in clocks if clock.kind is ClockKind.LOG), None)


def keep(office: OfficeProfile, event: MessageSorted, work: Work) -> None:
    """Somebody added to a contact: keep it on its case, for the adviser to read in a day (R13)."""
    if event.queue is Queue.REVIEWS:
        return
    due_at = in_a_day(office, event.received_at)
    facts = keep_message(work.state(CASES, event.case_id), event, due_at)
    if not facts:
        return
    work.append(CASES, event.case_id, *facts, rule="R13")
    reopens = not event.automatic and CaseStep.REOPENED
    if reopens and obstacle(work.state(CASES, event.case_id), reopens, work.now) is None:
        advance(event.case_id, Given(reopens), work)
    texts = [without_greetings(event.words), event.title or ""]
    keep_named_away(office, event, texts, work)


def note_reviewed(event: ReviewMatched, work: Work) -> None:
    """Somebody asked for a review of how a case was handled: those who work on it see that."""
    facts = note_review(work.state(CASES, event.case_id), event)
    work.append(CASES, event.case_id, *facts, rule="R50")


def note_suggested(event: ReviewReceived, work: Work) -> None:
    """The words of a contact may ask for a review: who works on its case sees that."""
    id = case_id(event.contact_id)
    if not event.declared and event.review_id not in work.state(CASES, id).suggested:
        work.append(CASES, id, ReviewSuggested(review_id=event.review_id), rule="R52")


def erase_person(event: SortingPersonErased, work: Work) -> None:
    """Triage erased a person: so do we, and tell who holds our cases of that contact."""
    work.erase(event.person_id)
    named = event.case_ids or (case_id(event.contact_id),)
    known = work.lookup(CASES_OF_CONTACTS).get(event.contact_id, ())
    for id in dict.fromkeys((*named, *known)):
        if work.state(CASES, id).opened:
            work.append(CASES, id, CasePersonErased(case_id=id, person_id=event.person_id))


def note_late(id: str, work: Work) -> None:
    """Notes every promise on a case that was not kept in time, once, and tells operations."""
    for breach in note_breaches(work.state(CASES, id), work.now):
        _breached(id, breach, work)


def _breached(id: str, breach: ClockBreachNoted, work: Work) -> None:
    work.append(CASES, id, breach)
    opened = work.state(CASES, id).opened
    assert opened is not None
    work.tell_operations(
        ClockBreached(
            speaker="casework",
            case_id=opened.case_id,
            clock=breach.clock,
            due_at=breach.due_at,
        )
    )


def run_out(office: OfficeProfile, id: str, work: Work) -> None:
    """Something on a case ran out: note it once, and ask somebody for what that leaves to do.

    What was somebody's own time ends with it; what ours or the force's was is late.
    """
    note_late(id, work)
    case_id = UUID(id)
    for run in to_follow(work.state(CASES, id), work.now, office.opening_hours):
        if run.clock is None or run.clock.due_at > work.now:
            continue
        kind, due_at = ClockKind(run.kind), run.clock.due_at
        if run.duty is Duty.COMPLAINANT:
            ended = PeriodEnded(clock=kind, due_at=due_at)
            work.append(CASES, id, ended, rule=run.clock.rule)
        else:
            _breached(id, ClockBreachNoted(clock=kind, due_at=due_at), work)
        if run.ended_at is not None:
            continue
        if asks := _LEFT_TO_DO.get(run.kind) or (_LATE if run.duty is Duty.FORCE else None):
            what, why, steps = asks
            status = work.state(CASES, id).status
            if any(PROCEDURE.allows(status, step) for step in steps):
                action = ActionAdded(kind=what, reason=why, due_at=in_a_day(office, work.now))
                work.append(CASES, id, action, rule=run.clock.rule)
        step = _STEPS.get(run.kind) if due_at > run.opened_at else None
        if step and obstacle(work.state(CASES, id), step, work.now) is None:
            advance(case_id, Given(step), work)
