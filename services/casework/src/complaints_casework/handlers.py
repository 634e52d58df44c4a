"""What casework does about each event and each command."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final
from uuid import UUID

from complaints_casework.domain import ending
from complaints_casework.domain.allocation import new_holder
from complaints_casework.domain.breaches import note_breaches
from complaints_casework.domain.case import add_action, note_review, open_case, record_attempt
from complaints_casework.domain.codes import Acknowledgement, ActionKind, How, Reason
from complaints_casework.domain.counting import start_clocks
from complaints_casework.domain.ending import Ending
from complaints_casework.domain.facts import StaffNamed
from complaints_casework.domain.messages import keep_message, read_message
from complaints_casework.domain.naming import staff_named_in
from complaints_casework.domain.telling import note_notice, note_return
from complaints_casework.repository import CASES, CASES_OF_CONTACTS, LOADS
from complaints_casework.wording import OBSTACLES
from complaints_chassis.aggregate import Needs
from complaints_chassis.commands import Answer
from complaints_chassis.errors import Refused
from complaints_chassis.work import Work
from complaints_contracts.cases import AdviserAllocated, CasePersonErased, case_id
from complaints_contracts.codes import ClockKind, Medium, Purpose, Queue, WithheldReason
from complaints_contracts.event import Fact
from complaints_contracts.notices import (
    NoticeEvent,
    NoticeRefused,
    NoticeReturned,
    NoticeSent,
    NoticeWithheld,
)
from complaints_contracts.ops import ClockBreached
from complaints_contracts.reviews import ReviewMatched
from complaints_contracts.triage import ContactSorted, MessageSorted, SortingPersonErased
from complaints_law.london import london_day
from complaints_law.office import OfficeProfile

_UNTOLD: Final = {
    WithheldReason.SAFE_CONTACT: Medium.AS_ASKED,
    WithheldReason.OTHER: Medium.OTHER,
}
"""What is left to a person even where no way to reach them is given."""


def new_case(event: ContactSorted) -> Needs:
    """The case of a sorted matter, the contact's earlier ones, and how many cases each adviser has.

    What reviews alone deals with needs nothing here.
    """
    if event.queue is Queue.REVIEWS:
        return Needs()
    ids = (event.case_id, *_earlier_matters(event))
    return Needs(streams=tuple(CASES.stream(id) for id in ids), lookups=(LOADS,))


def sorted_cases(event: SortingPersonErased) -> Needs:
    """Every case of the contact that triage speaks of."""
    ids = event.case_ids or (case_id(event.contact_id),)
    return Needs(
        streams=tuple(CASES.stream(id) for id in ids),
        lookups=(CASES_OF_CONTACTS,),
        keys=(str(event.contact_id),),
    )


def message_case(event: MessageSorted) -> Needs:
    """The case a message belongs to; it waits until there is one, unless it is for reviews."""
    known = () if event.queue is Queue.REVIEWS else (CASES.stream(event.case_id),)
    return Needs(known=known)


def told_case(event: NoticeEvent) -> Needs:
    """The case of the contact a notice is about; it waits until there is one.

    A review's acknowledgement is not ours: there may never be a case.
    """
    if event.purpose is Purpose.REVIEW_ACKNOWLEDGEMENT:
        return Needs()
    return Needs(known=(CASES.stream(case_id(event.contact_id)),))


def reviewed_case(event: ReviewMatched) -> Needs:
    """The case a review is about."""
    return Needs(known=(CASES.stream(event.case_id),))


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
    give_adviser(office, event, work)


def give_adviser(office: OfficeProfile, event: ContactSorted, work: Work) -> None:
    """Gives a new case its single point of contact, or asks the team leader to (R19)."""
    id = event.case_id
    texts = [event.words, event.title or ""]
    texts += [text for person in event.persons for text in (person.name, person.email) if text]
    named = staff_named_in(texts, office.staff)
    if named:
        work.append(CASES, id, StaffNamed(staff_ids=tuple(sorted(named))), rule="R24")
    loads = work.lookup(LOADS)
    present = [member.id for member in office.present_advisers(london_day(work.now))]
    holders = (work.state(CASES, other).adviser_id for other in _earlier_matters(event))
    before = [holder for holder in holders if holder]
    match new_holder(id, event.queue, event.contact_type, present, named, loads, before):
        case Reason() as why:
            action = add_action(work.state(CASES, id), ActionKind.ALLOCATE, why)
            work.append(CASES, id, action, rule="R61")
        case adviser:
            work.append(CASES, id, AdviserAllocated(case_id=id, adviser_id=adviser), rule="R19")
            loads[adviser] += 1


def _earlier_matters(event: ContactSorted) -> Iterator[UUID]:
    """The ids of the cases that the contact's matters before this one have, if they have any."""
    for number in range(1, int(event.matter)):
        yield case_id(event.contact_id, str(number))


def keep(office: OfficeProfile, event: MessageSorted, work: Work) -> None:
    """Somebody added to a contact: keep it on its case, for the adviser to read in a day (R13)."""
    if event.queue is Queue.REVIEWS:
        return
    clocks, _ = start_clocks(event.received_at, None, office.opening_hours)
    due_at = next((clock.due_at for clock in clocks if clock.kind is ClockKind.LOG), None)
    facts = keep_message(work.state(CASES, event.case_id), event, due_at)
    work.append(CASES, event.case_id, *facts, rule="R13")


def note_sent(event: NoticeSent, work: Work) -> None:
    """A notice reached the next mail server or the post."""
    _note(event, work, Acknowledgement.SENT, uncertain=event.uncertain)


def note_refused(event: NoticeRefused, work: Work) -> None:
    """A notice will not arrive: somebody has to tell the person in another way."""
    _note(event, work, Acknowledgement.REFUSED, instead=event.instead)


def note_withheld(event: NoticeWithheld, work: Work) -> None:
    """A notice was not sent: somebody has to tell the person, where they can be told at all."""
    why = Reason.SAFE_CONTACT if event.reason is WithheldReason.SAFE_CONTACT else Reason.NOT_TOLD
    instead = event.instead or _UNTOLD.get(event.reason)
    _note(event, work, Acknowledgement.WITHHELD, instead=instead, why=why)


def note_returned(event: NoticeReturned, work: Work) -> None:
    """A machine answered a notice: somebody has to tell the person where it did not arrive."""
    if event.purpose is not Purpose.REVIEW_ACKNOWLEDGEMENT:
        id = case_id(event.contact_id)
        work.append(CASES, id, *note_return(work.state(CASES, id), event), rule="R11")


def _note(
    event: NoticeEvent,
    work: Work,
    outcome: Acknowledgement,
    *,
    instead: Medium | None = None,
    why: Reason = Reason.NOT_TOLD,
    uncertain: bool = False,
) -> None:
    if event.purpose is Purpose.REVIEW_ACKNOWLEDGEMENT:
        return
    id = case_id(event.contact_id)
    facts = note_notice(
        work.state(CASES, id), event, outcome, instead=instead, why=why, uncertain=uncertain
    )
    work.append(CASES, id, *facts, rule="R11")


def note_reviewed(event: ReviewMatched, work: Work) -> None:
    """Somebody asked for a review of how a case was handled: those who work on it see that."""
    facts = note_review(work.state(CASES, event.case_id), event)
    work.append(CASES, event.case_id, *facts, rule="R50")


def erase_person(event: SortingPersonErased, work: Work) -> None:
    """Triage erased a person: so do we, and tell who holds our cases of that contact."""
    work.erase(event.person_id)
    named = event.case_ids or (case_id(event.contact_id),)
    known = work.lookup(CASES_OF_CONTACTS).get(event.contact_id, ())
    for id in dict.fromkeys((*named, *known)):
        if work.state(CASES, id).opened:
            work.append(CASES, id, CasePersonErased(case_id=id, person_id=event.person_id))


def contact_attempt(
    case_id: UUID, *, made: bool, how: How, note: str | None
) -> Callable[[Work], Answer]:
    """Somebody reached the person, or tried to (R12)."""

    def decide(work: Work) -> Answer:
        case = work.state(CASES, case_id)
        assert case.opened is not None
        person = case.opened.person
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


def _recorded(work: Work, case_id: UUID, *facts: Fact) -> Answer:
    work.append(CASES, case_id, *facts)
    recorded = facts[-1].type if facts else None
    return {"recorded": recorded, "version": work.version(CASES.stream(case_id))}


def note_late(id: str, work: Work) -> None:
    """Notes every promise on a case that was not kept in time, once, and tells operations."""
    for breach in note_breaches(work.state(CASES, id), work.now):
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
