"""What casework does about each event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

from complaints_casework.domain.allocation import new_holder
from complaints_casework.domain.breaches import note_breaches
from complaints_casework.domain.case import add_action, note_notice, open_case, record_attempt
from complaints_casework.domain.counting import start_clocks
from complaints_casework.domain.facts import Acknowledgement, ActionKind, How, Reason, StaffNamed
from complaints_casework.domain.naming import staff_named_in
from complaints_casework.repository import CASES, LOADS
from complaints_chassis.aggregate import Needs
from complaints_chassis.commands import Answer
from complaints_chassis.work import Work
from complaints_contracts.cases import AdviserAllocated, CasePersonErased, case_id
from complaints_contracts.codes import Medium, WithheldReason
from complaints_contracts.notices import NoticeEvent, NoticeRefused, NoticeSent, NoticeWithheld
from complaints_contracts.ops import ClockBreached
from complaints_contracts.triage import ContactSorted, SortingPersonErased
from complaints_law.london import london_day
from complaints_law.office import OfficeProfile

_UNTOLD: Final = {
    WithheldReason.SAFE_CONTACT: Medium.AS_ASKED,
    WithheldReason.OTHER: Medium.OTHER,
}
"""What is left to a person even where no way to reach them is given."""


def new_case(event: ContactSorted) -> Needs:
    """The case of a sorted contact, and how many cases each adviser has."""
    return Needs(streams=(CASES.stream(event.case_id),), lookups=(LOADS,))


def sorted_case(event: SortingPersonErased) -> Needs:
    """The case of the contact that triage speaks of."""
    return Needs(streams=(CASES.stream(case_id(event.contact_id)),))


def told_case(event: NoticeEvent) -> Needs:
    """The case of the contact a notice is about; it waits until there is one."""
    return Needs(known=(CASES.stream(case_id(event.contact_id)),))


def open_for(office: OfficeProfile, event: ContactSorted, work: Work) -> None:
    """A contact was sorted: open its case, start its clocks, give it an adviser (R12, R13, R19)."""
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
    match new_holder(id, event.queue, event.contact_type, present, named, loads):
        case Reason() as why:
            action = add_action(work.state(CASES, id), ActionKind.ALLOCATE, why)
            work.append(CASES, id, action, rule="R61")
        case adviser:
            work.append(CASES, id, AdviserAllocated(case_id=id, adviser_id=adviser), rule="R19")
            loads[adviser] += 1


def note_sent(event: NoticeSent, work: Work) -> None:
    """A notice reached the next mail server or the post."""
    id = case_id(event.contact_id)
    facts = note_notice(
        work.state(CASES, id), event, Acknowledgement.SENT, uncertain=event.uncertain
    )
    work.append(CASES, id, *facts, rule="R11")


def note_refused(event: NoticeRefused, work: Work) -> None:
    """A notice will not arrive: somebody has to tell the person in another way."""
    id = case_id(event.contact_id)
    outcome = Acknowledgement.REFUSED
    facts = note_notice(work.state(CASES, id), event, outcome, instead=event.instead)
    work.append(CASES, id, *facts, rule="R11")


def note_withheld(event: NoticeWithheld, work: Work) -> None:
    """A notice was not sent: somebody has to tell the person, where they can be told at all."""
    id = case_id(event.contact_id)
    why = Reason.SAFE_CONTACT if event.reason is WithheldReason.SAFE_CONTACT else Reason.NOT_TOLD
    instead = event.instead or _UNTOLD.get(event.reason)
    outcome = Acknowledgement.WITHHELD
    facts = note_notice(work.state(CASES, id), event, outcome, instead=instead, why=why)
    work.append(CASES, id, *facts, rule="R11")


def erase_person(event: SortingPersonErased, work: Work) -> None:
    """Triage erased a person: so do we, and tell who holds our cases."""
    id = case_id(event.contact_id)
    work.erase(event.person_id)
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
        work.append(CASES, case_id, fact)
        return {"recorded": fact.type, "version": work.version(CASES.stream(case_id))}

    return decide


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
