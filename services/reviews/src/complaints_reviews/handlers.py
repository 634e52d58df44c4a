"""What reviews does about each event."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

from complaints_chassis.aggregate import Needs
from complaints_chassis.commands import Answer
from complaints_chassis.errors import Refused
from complaints_chassis.work import Work
from complaints_contracts.cases import AdviserAllocated, CaseOpened, CasePersonErased
from complaints_contracts.codes import Medium, Purpose, Queue, ReturnKind, WithheldReason
from complaints_contracts.notices import (
    NoticeEvent,
    NoticePrepared,
    NoticeRefused,
    NoticeReturned,
    NoticeSent,
    NoticeWithheld,
)
from complaints_contracts.reviews import review_id
from complaints_contracts.triage import ContactSorted, MessageSorted, SortingPersonErased
from complaints_law.office import OfficeProfile
from complaints_reviews.domain.facts import Acknowledgement, AcknowledgementNoted, How, PersonErased
from complaints_reviews.domain.identity import identity_of
from complaints_reviews.domain.matching import KnownCase
from complaints_reviews.domain.review import (
    asks_for_review,
    keep_message,
    look_for_case,
    match_by_hand,
    open_review,
    tell_by_hand,
)
from complaints_reviews.repository import DOCKET, REVIEWS, copy_case
from complaints_reviews.tables import copied_advisers, copied_allocations

_UNTOLD: Final = {
    WithheldReason.SAFE_CONTACT: Medium.AS_ASKED,
    WithheldReason.OTHER: Medium.OTHER,
}
"""What is left to a person even where no way to reach them is given."""


def nothing(_: AdviserAllocated) -> Needs:
    """A copy is written over the one before it, whatever that was."""
    return Needs()


def its_reviews(event: CaseOpened) -> Needs:
    """The reviews that wait for a case of this reference."""
    return Needs(lookups=(DOCKET,), keys=(event.reference,))


def anybody(_: CasePersonErased) -> Needs:
    """The persons whom the batch may recognise somebody as."""
    return Needs(lookups=(DOCKET,))


def its_review(event: ContactSorted) -> Needs:
    """The review of a contact that asks for one, and the cases it mentions."""
    if not asks_for_review(event):
        return Needs()
    return Needs(
        streams=(REVIEWS.stream(review_id(event.contact_id)),),
        lookups=(DOCKET,),
        keys=event.mentions,
    )


def message_review(event: MessageSorted) -> Needs:
    """The review of the contact somebody wrote to again, if it has one.

    Where reviews alone has the contact, there must be one: else the message waits.
    """
    stream = (REVIEWS.stream(review_id(event.contact_id)),)
    return Needs(known=stream) if event.queue is Queue.REVIEWS else Needs(streams=stream)


def sorted_review(event: SortingPersonErased) -> Needs:
    """The review of the contact that triage speaks of, if it has one."""
    return Needs(streams=(REVIEWS.stream(review_id(event.contact_id)),), lookups=(DOCKET,))


def told_review(event: NoticeEvent) -> Needs:
    """The review whose acknowledgement a notice is; it waits until there is one."""
    if event.purpose is not Purpose.REVIEW_ACKNOWLEDGEMENT:
        return Needs()
    return Needs(known=(REVIEWS.stream(review_id(event.contact_id)),))


def open_for(office: OfficeProfile, event: ContactSorted, work: Work) -> None:
    """A contact was sorted: where it asks for a review, open it and look for its case (R52)."""
    id = review_id(event.contact_id)
    facts = open_review(work.state(REVIEWS, id), event, office.opening_hours)
    if not facts:
        return
    work.append(REVIEWS, id, *facts, rule="R52")
    _find_case(id, work)
    work.lookup(DOCKET).wait(id, event.mentions)


def note_case(event: CaseOpened, work: Work) -> None:
    """A case was opened: keep who its persons are, and match the reviews that waited for it."""
    identities = (identity_of(person) for person in event.persons)
    case = KnownCase(
        case_id=event.case_id,
        contact_id=event.contact_id,
        reference=event.reference,
        matter=event.matter,
        contact_type=event.contact_type,
        received_at=event.received_at,
        persons=tuple(identity for identity in identities if identity.is_known),
    )
    copy_case(case, work)
    docket = work.lookup(DOCKET)
    docket.add(case)
    for id in docket.waiting_for(event.reference):
        _find_case(id, work)


def copy_allocation(event: AdviserAllocated, work: Work) -> None:
    """A case got an adviser: whoever has ever handled it has no part in its review (R50)."""
    work.copy(copied_allocations, case_id=event.case_id, adviser_id=event.adviser_id)
    work.copy(copied_advisers, case_id=event.case_id, adviser_id=event.adviser_id)


def keep_words(event: MessageSorted, work: Work) -> None:
    """Somebody wrote again: where it is to an application for a review, it belongs with it."""
    id = review_id(event.contact_id)
    work.append(REVIEWS, id, *keep_message(work.state(REVIEWS, id), event))


def erase_case_person(event: CasePersonErased, work: Work) -> None:
    """Casework erased a person: so do we."""
    work.erase(event.person_id)
    work.lookup(DOCKET).forget(event.person_id)


def erase_person(event: SortingPersonErased, work: Work) -> None:
    """Triage erased a person: so do we."""
    work.erase(event.person_id)
    work.lookup(DOCKET).forget(event.person_id)
    id = review_id(event.contact_id)
    if work.state(REVIEWS, id).received:
        work.append(REVIEWS, id, PersonErased(person_id=event.person_id))


def note_prepared(event: NoticePrepared, work: Work) -> None:
    """A notice was written, and waits to be sent."""
    _note_notice(event, work, Acknowledgement.PREPARED)


def note_sent(event: NoticeSent, work: Work) -> None:
    """A notice reached the next mail server or the post."""
    _note_notice(event, work, Acknowledgement.SENT, uncertain=event.uncertain)


def note_refused(event: NoticeRefused, work: Work) -> None:
    """A notice will not arrive: somebody has to tell the applicant in another way."""
    _note_notice(event, work, Acknowledgement.REFUSED, instead=event.instead)


def note_withheld(event: NoticeWithheld, work: Work) -> None:
    """A notice was not sent: somebody has to tell the applicant, where that can be done at all."""
    instead = event.instead or _UNTOLD.get(event.reason)
    _note_notice(event, work, Acknowledgement.WITHHELD, instead=instead)


def note_returned(event: NoticeReturned, work: Work) -> None:
    """A machine answered a notice: somebody must act where it did not arrive, or is unwanted."""
    if event.kind is ReturnKind.REPORTED:
        _note_notice(event, work, Acknowledgement.REPORTED, instead=Medium.OTHER)
    elif event.instead:
        _note_notice(event, work, Acknowledgement.RETURNED, instead=event.instead)


def this_case(review_id: UUID, case: KnownCase, reason: str) -> Callable[[Work], Answer]:
    """Somebody is sure which case a review is about."""

    def decide(work: Work) -> Answer:
        facts = match_by_hand(work.state(REVIEWS, review_id), case, reason)
        work.append(REVIEWS, review_id, *facts)
        return {
            "case_id": str(case.case_id),
            "case_reference": case.reference,
            "version": work.version(REVIEWS.stream(review_id)),
        }

    return decide


def told_so(review_id: UUID, how: How, note: str | None) -> Callable[[Work], Answer]:
    """Somebody told the applicant by hand."""

    def decide(work: Work) -> Answer:
        facts = tell_by_hand(work.state(REVIEWS, review_id), how, note)
        if not facts:
            raise Refused(
                "L42", "Nobody has to tell them by hand. Read what became of the acknowledgement."
            )
        work.append(REVIEWS, review_id, *facts)
        return {
            "acknowledgement": work.state(REVIEWS, review_id).acknowledgement,
            "version": work.version(REVIEWS.stream(review_id)),
        }

    return decide


def _note_notice(
    event: NoticeEvent,
    work: Work,
    outcome: Acknowledgement,
    *,
    instead: Medium | None = None,
    uncertain: bool = False,
) -> None:
    """Notes what became of an acknowledgement (L42); other notices are not about a review."""
    if event.purpose is Purpose.REVIEW_ACKNOWLEDGEMENT:
        fact = AcknowledgementNoted(
            notice_id=event.notice_id, outcome=outcome, instead=instead, uncertain=uncertain
        )
        work.append(REVIEWS, review_id(event.contact_id), fact, rule="L42")


def _find_case(id: UUID, work: Work) -> None:
    facts = look_for_case(work.state(REVIEWS, id), work.lookup(DOCKET).cases)
    work.append(REVIEWS, id, *facts, rule="R49")
