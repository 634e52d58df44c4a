"""What triage does about each event."""

from __future__ import annotations

from complaints_chassis.aggregate import Needs
from complaints_chassis.work import Work
from complaints_contracts.contacts import ContactEvent, ContactPersonErased, ContactReceived
from complaints_contracts.triage import SortingPersonErased
from complaints_triage.data import load_rules
from complaints_triage.domain.contact import decide
from complaints_triage.domain.sorting import sort
from complaints_triage.repository import CONTACTS


def its_contact(event: ContactEvent) -> Needs:
    """The stream an event of intake is about."""
    return Needs(streams=(CONTACTS.stream(event.contact_id),))


def sort_contact(event: ContactReceived, work: Work) -> None:
    """A contact came in: suggest what it is, and show what a person should look at (R28, R44)."""
    sorting = sort(event.words, load_rules(), channel=event.channel, automatic=not event.answerable)
    contact = work.state(CONTACTS, event.contact_id)
    work.append(CONTACTS, event.contact_id, *decide(contact, event, sorting), rule="R28")


def erase_person(event: ContactPersonErased, work: Work) -> None:
    """Intake erased a person: so do we, and tell casework."""
    work.erase(event.person_id)
    told = SortingPersonErased(contact_id=event.contact_id, person_id=event.person_id)
    work.append(CONTACTS, event.contact_id, told)
