"""What notifications does about each event."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import replace
from uuid import UUID

from complaints_chassis.aggregate import Needs
from complaints_chassis.work import Work
from complaints_contracts.cases import CaseMoved, CaseOpened, CasePersonErased
from complaints_contracts.codes import Purpose
from complaints_contracts.contacts import ContactPersonErased, ContactReceived, MailReturned
from complaints_contracts.event import Fact
from complaints_notifications import metrics
from complaints_notifications.data import load_catalogue
from complaints_notifications.domain import opening, telling
from complaints_notifications.domain.facts import (
    AcknowledgedAsReview,
    NoticeOpened,
    RecipientErased,
    StepBegun,
    ThanksBegun,
)
from complaints_notifications.domain.ledger import MailState
from complaints_notifications.domain.notice import Notice, come_back, notice_id
from complaints_notifications.domain.opening import Ended
from complaints_notifications.domain.tokens import tokens_in
from complaints_notifications.repository import (
    BY_TOKEN,
    KNOWN_CASES,
    NOTICES,
    NOTICES_ABOUT,
    KnownCase,
)
from complaints_notifications.tables import case_references, mails

logger = logging.getLogger(__name__)


def its_notice(event: ContactReceived) -> Needs:
    """The stream of the acknowledgement of an event's contact, and the one that others look at."""
    ids = (opening.acknowledgement_id(event), notice_id(event.contact_id))
    return Needs(streams=_streams(*dict.fromkeys(ids)))


def acknowledge(event: ContactReceived, work: Work) -> None:
    """A contact came in: queue its acknowledgement, or say why there is none (R11, L42)."""
    id, usual = opening.acknowledgement_id(event), notice_id(event.contact_id)
    facts = opening.acknowledge(work.state(NOTICES, id), event, work.now)
    work.append(NOTICES, id, *facts, rule="R11")
    if facts and id != usual:
        work.append(NOTICES, usual, AcknowledgedAsReview(), rule="L42")
    _queue(facts, work)


def its_thanks(event: Ended) -> Needs:
    """The thank-you about a case; it waits until we have heard of the contact itself."""
    usual, as_review = _acknowledgements(event.contact_id)
    return Needs(streams=_streams(opening.thanks_id(event), as_review), known=_streams(usual))


def thank(event: Ended, work: Work) -> None:
    """An adviser passed a compliment on, or noted a concern: thank for it, once (R9, R10)."""
    id, about = opening.thanks_id(event), notice_id(event.contact_id)
    acknowledged = _acknowledged(event.contact_id, work)
    facts = opening.thank(work.state(NOTICES, id), acknowledged, event, work.now)
    if facts:
        work.append(NOTICES, id, *facts, rule="R9")
        begun = ThanksBegun(thanks_for=opening.thanks_for_what(event))
        work.append(NOTICES, about, begun, rule="R9")
    _queue(facts, work)


def its_case(_: CaseOpened) -> Needs:
    """What we know of other cases, for those that come in the same batch."""
    return Needs(lookups=(KNOWN_CASES,))


def note_case(event: CaseOpened, work: Work) -> None:
    """A case was opened: keep its reference, for whoever is told that theirs is merged with it, and
    what it was taken for, for its own first letters."""
    known = KnownCase(event.reference, event.contact_type)
    work.lookup(KNOWN_CASES)[event.case_id] = known
    work.copy(case_references, case_id=event.case_id, **known._asdict())


def its_step(event: CaseMoved) -> Needs:
    """The notice of a step; it waits until we have heard of the contact itself."""
    if not telling.has_to_tell(event, load_catalogue()):
        return Needs()
    usual, as_review = _acknowledgements(event.contact_id)
    return Needs(
        streams=_streams(telling.step_notice_id(event), as_review),
        known=_streams(usual),
        lookups=(NOTICES_ABOUT, KNOWN_CASES),
        keys=tuple(map(str, telling.cases_to_know(event))),
    )


def tell_step(event: CaseMoved, work: Work) -> None:
    """A step was taken on a case: tell the person, or have them told (domain 3.1 to 3.4)."""
    catalogue = load_catalogue()
    if not telling.has_to_tell(event, catalogue):
        return
    id, rule = telling.step_notice_id(event), telling.rule_of(event.step, catalogue)
    cases = work.lookup(KNOWN_CASES)
    this, other = cases.get(event.case_id), cases.get(event.about) if event.about else None
    facts = telling.tell(
        work.state(NOTICES, id),
        _acknowledged(event.contact_id, work),
        event,
        catalogue,
        work.now,
        open_reference=other and other.reference,
        opened_as=this and this.opened_as,
    )
    if facts:
        work.append(NOTICES, id, *facts, rule=rule)
        for about in (event.contact_id, event.case_id):
            work.lookup(NOTICES_ABOUT).setdefault(about, set()).add(id)
        if telling.once_for_contact(event.step, catalogue):
            work.append(NOTICES, notice_id(event.contact_id), StepBegun(step=event.step), rule=rule)
    _queue(facts, work)


def _queue(facts: Iterable[Fact], work: Work) -> None:
    """Queues the mail of a notice that was opened and is not withheld.

    One that was prepared before was taken back from its topic: its mail may have been sent.
    """
    for fact in facts:
        if isinstance(fact, NoticeOpened) and fact.address:
            others = fact.about - {fact.person_id}
            work.copy(
                mails,
                notice_id=fact.notice_id,
                subject=str(fact.person_id),
                words_of=next((str(other) for other in others), None),
                is_step=fact.told is not None,
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
    """The acknowledgements that a contact can have, and whatever else its people are told."""
    return Needs(
        streams=_streams(*_acknowledgements(event.contact_id)),
        lookups=(NOTICES_ABOUT,),
        keys=(str(event.contact_id),),
    )


def erase_person(event: ContactPersonErased, work: Work) -> None:
    """Intake erased a person: so do we; what was not sent to them yet is not sent."""
    work.erase(event.person_id)
    acknowledgements = _acknowledgements(event.contact_id)
    for id in acknowledgements:
        if work.state(NOTICES, id).opened:
            work.append(NOTICES, id, RecipientErased(person_id=event.person_id))
    others = work.lookup(NOTICES_ABOUT).get(event.contact_id, set())
    _cancel(others.difference(acknowledgements), event.person_id, work)


def notices_of_case(event: CasePersonErased) -> Needs:
    """The thank-you about a case, and the notices of its steps."""
    thanks = notice_id(event.case_id, Purpose.THANKS)
    return Needs(streams=_streams(thanks), lookups=(NOTICES_ABOUT,), keys=(str(event.case_id),))


def erase_told(event: CasePersonErased, work: Work) -> None:
    """Casework erased a person: also what they were to be thanked with, or told."""
    work.erase(event.person_id)
    thanks = notice_id(event.case_id, Purpose.THANKS)
    _cancel({thanks, *work.lookup(NOTICES_ABOUT).get(event.case_id, ())}, event.person_id, work)


def _acknowledgements(contact_id: UUID) -> tuple[UUID, UUID]:
    return notice_id(contact_id), notice_id(contact_id, Purpose.REVIEW_ACKNOWLEDGEMENT)


def _acknowledged(contact_id: UUID, work: Work) -> Notice:
    """What became of the acknowledgement of a contact, and what was told since."""
    usual, as_review = (work.state(NOTICES, id) for id in _acknowledgements(contact_id))
    if usual.opened or as_review.opened is None:
        return usual
    return replace(as_review, thanked=usual.thanked, begun=usual.begun)


def _streams(*ids: UUID) -> tuple[str, ...]:
    return tuple(NOTICES.stream(id) for id in ids)


def _cancel(ids: Iterable[UUID], person_id: UUID, work: Work) -> None:
    """Cancels what is for a person, or repeats words about them."""
    for id in sorted(ids):
        opened = work.state(NOTICES, id).opened
        if opened and person_id in opened.about:
            work.append(NOTICES, id, RecipientErased(person_id=person_id))
