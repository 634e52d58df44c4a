"""What triage does about each event."""

from __future__ import annotations

from complaints_chassis.aggregate import Needs
from complaints_chassis.work import Work
from complaints_contracts.allegations import AllegationRaised, AllegationWithdrawn
from complaints_contracts.contacts import (
    ContactEvent,
    ContactPersonErased,
    ContactReceived,
    MessageAdded,
)
from complaints_contracts.triage import SortingPersonErased
from complaints_triage.data import load_rules
from complaints_triage.domain.allegations import drop, hear
from complaints_triage.domain.contact import decide, decide_message
from complaints_triage.repository import CONTACTS


def its_contact(event: ContactEvent) -> Needs:
    """The stream an event of intake is about."""
    return Needs(streams=(CONTACTS.stream(event.contact_id),))


def known_contact(event: ContactEvent) -> Needs:
    """The same, where it must have been sorted: else the event waits for that."""
    return Needs(known=(CONTACTS.stream(event.contact_id),))


def sort_contact(event: ContactReceived, work: Work) -> None:
    """A contact came in: suggest what it is, and show what a person should look at (R28, R44)."""
    contact = work.state(CONTACTS, event.contact_id)
    facts = decide(contact, event, load_rules())
    work.append(CONTACTS, event.contact_id, *facts, rule="R28")


def sort_message(event: MessageAdded, work: Work) -> None:
    """Somebody added to a contact: show what a person should look at in it (R44)."""
    contact = work.state(CONTACTS, event.contact_id)
    facts = decide_message(contact, event, load_rules())
    work.append(CONTACTS, event.contact_id, *facts, rule="R44")


def raised_matter(event: AllegationRaised | AllegationWithdrawn) -> Needs:
    """The contact that casework found a further allegation in, or took it back from."""
    return Needs(known=(CONTACTS.stream(event.contact_id),))


def hear_allegation(event: AllegationRaised, work: Work) -> None:
    """Casework found a further allegation: it waits to be assessed with the others (R43)."""
    facts = hear(work.state(CONTACTS, event.contact_id), event, load_rules())
    work.append(CONTACTS, event.contact_id, *facts, rule="R43")


def drop_allegation(event: AllegationWithdrawn, work: Work) -> None:
    """Casework took an allegation back: it is not assessed, unless it has been already (R43)."""
    facts = drop(work.state(CONTACTS, event.contact_id), event.matter, event.number)
    work.append(CONTACTS, event.contact_id, *facts, rule="R43")


def erase_person(event: ContactPersonErased, work: Work) -> None:
    """Intake erased a person: so do we, and tell casework."""
    work.erase(event.person_id)
    contact = work.state(CONTACTS, event.contact_id)
    told = SortingPersonErased(
        contact_id=event.contact_id,
        person_id=event.person_id,
        case_ids=tuple(matter.case_id for matter in contact.sorted),
    )
    work.append(CONTACTS, event.contact_id, told)
