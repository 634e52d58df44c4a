"""What notifications does about each event."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from uuid import UUID

from complaints_chassis.aggregate import Needs
from complaints_chassis.work import Work
from complaints_contracts.cases import CasePersonErased
from complaints_contracts.codes import Purpose
from complaints_contracts.contacts import ContactPersonErased, ContactReceived, MailReturned
from complaints_contracts.event import Fact
from complaints_notifications import metrics
from complaints_notifications.domain import opening
from complaints_notifications.domain.facts import NoticeOpened, RecipientErased, ThanksBegun
from complaints_notifications.domain.ledger import MailState
from complaints_notifications.domain.notice import come_back, notice_id
from complaints_notifications.domain.opening import Ended
from complaints_notifications.domain.tokens import tokens_in
from complaints_notifications.repository import BY_TOKEN, NOTICES
from complaints_notifications.tables import mails

logger = logging.getLogger(__name__)


def its_notice(event: ContactReceived) -> Needs:
    """The stream of the acknowledgement of an event's contact."""
    return Needs(streams=(NOTICES.stream(opening.acknowledgement_id(event)),))


def acknowledge(event: ContactReceived, work: Work) -> None:
    """A contact came in: queue its acknowledgement, or say why there is none (R11, L42)."""
    id = opening.acknowledgement_id(event)
    facts = opening.acknowledge(work.state(NOTICES, id), event, work.now)
    work.append(NOTICES, id, *facts, rule="R11")
    _queue(facts, work)


def its_thanks(event: Ended) -> Needs:
    """The thank-you about a case; it waits until we have heard of the contact itself."""
    return Needs(
        streams=(NOTICES.stream(opening.thanks_id(event)),),
        known=(NOTICES.stream(notice_id(event.contact_id)),),
    )


def thank(event: Ended, work: Work) -> None:
    """An adviser passed a compliment on, or noted a concern: thank for it, once (R9, R10)."""
    id, about = opening.thanks_id(event), notice_id(event.contact_id)
    facts = opening.thank(work.state(NOTICES, id), work.state(NOTICES, about), event, work.now)
    if facts:
        work.append(NOTICES, id, *facts, rule="R9")
        begun = ThanksBegun(thanks_for=opening.thanks_for_what(event))
        work.append(NOTICES, about, begun, rule="R9")
    _queue(facts, work)


def _queue(facts: Iterable[Fact], work: Work) -> None:
    """Queues the mail of a notice that was opened and is not withheld.

    One that was prepared before was taken back from its topic: its mail may have been sent.
    """
    for fact in facts:
        if isinstance(fact, NoticeOpened) and fact.address:
            work.copy(
                mails,
                notice_id=fact.notice_id,
                subject=str(fact.person_id),
                recipient=fact.address,
                state=MailState.QUEUED,
                queued_at=work.now,
                next_at=work.now,
                lost=int(work.state(NOTICES, fact.notice_id).prepared is not None),
            )


def returned_notice(event: MailReturned) -> Needs:
    """The notice that a report is about, by what the report says of the mail."""
    return Needs(lookups=(BY_TOKEN,), keys=tokens_in(event))


def note_returned(event: MailReturned, work: Work) -> None:
    """A machine answered a mail of ours: say what that means for its notice (reliability 2.6)."""
    notices = work.lookup(BY_TOKEN)
    id = next((notices[token] for token in tokens_in(event) if token in notices), None)
    metrics.RETURNED.labels(event.kind, "no" if id is None else "yes").inc()
    if id is None:
        logger.warning(
            "a report about a mail is about none of ours", extra={"report": str(event.contact_id)}
        )
        return
    facts = come_back(work.state(NOTICES, id), event.kind, event.status)
    work.append(NOTICES, id, *facts, rule="R11")


def notices_of_contact(event: ContactPersonErased) -> Needs:
    """Both acknowledgements that a contact can have; it has one of them."""
    return Needs(streams=tuple(NOTICES.stream(id) for id in _acknowledgements(event.contact_id)))


def erase_person(event: ContactPersonErased, work: Work) -> None:
    """Intake erased a person: so do we; what was not sent to them yet is not sent."""
    work.erase(event.person_id)
    for id in _acknowledgements(event.contact_id):
        _cancel(id, event.person_id, work)


def notices_of_case(event: CasePersonErased) -> Needs:
    """The thank-you about a case."""
    return Needs(streams=(NOTICES.stream(notice_id(event.case_id, Purpose.THANKS)),))


def erase_thanked(event: CasePersonErased, work: Work) -> None:
    """Casework erased a person: also what they were to be thanked with."""
    work.erase(event.person_id)
    _cancel(notice_id(event.case_id, Purpose.THANKS), event.person_id, work)


def _acknowledgements(contact_id: UUID) -> tuple[UUID, UUID]:
    return notice_id(contact_id), notice_id(contact_id, Purpose.REVIEW_ACKNOWLEDGEMENT)


def _cancel(id: UUID, person_id: UUID, work: Work) -> None:
    opened = work.state(NOTICES, id).opened
    if opened and opened.person_id == person_id:
        work.append(NOTICES, id, RecipientErased(person_id=person_id))
