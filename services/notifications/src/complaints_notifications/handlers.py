"""What notifications does about each event."""

from __future__ import annotations

from complaints_chassis.aggregate import Needs
from complaints_chassis.work import Work
from complaints_contracts.contacts import ContactEvent, ContactPersonErased, ContactReceived
from complaints_notifications.domain.facts import NoticeOpened, RecipientErased
from complaints_notifications.domain.ledger import MailState
from complaints_notifications.domain.notice import decide, notice_id
from complaints_notifications.repository import NOTICES
from complaints_notifications.tables import mails


def its_notice(event: ContactEvent) -> Needs:
    """The stream of the acknowledgement of an event's contact."""
    return Needs(streams=(NOTICES.stream(notice_id(event.contact_id)),))


def acknowledge(event: ContactReceived, work: Work) -> None:
    """A contact came in: queue its acknowledgement, or say why there is none (R11)."""
    id = notice_id(event.contact_id)
    facts = decide(work.state(NOTICES, id), event, work.now)
    work.append(NOTICES, id, *facts, rule="R11")
    for fact in facts:
        if isinstance(fact, NoticeOpened) and fact.address:
            work.copy(
                mails,
                notice_id=id,
                subject=str(fact.person_id),
                recipient=fact.address,
                state=MailState.QUEUED,
                queued_at=work.now,
                next_at=work.now,
            )


def erase_person(event: ContactPersonErased, work: Work) -> None:
    """Intake erased a person: so do we; what was not sent to them yet is not sent."""
    work.erase(event.person_id)
    id = notice_id(event.contact_id)
    opened = work.state(NOTICES, id).opened
    if opened and opened.person_id == event.person_id:
        work.append(NOTICES, id, RecipientErased(person_id=event.person_id))
