"""A review, from the moment somebody asks for one (domain 3.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from complaints_contracts.codes import ContactType, MatchedBy, Medium, Queue, RiskFlag, Urgency
from complaints_contracts.event import Fact
from complaints_contracts.reviews import ReviewMatched, ReviewReceived, review_id
from complaints_contracts.triage import ContactSorted, MessageSorted
from complaints_law.opening_hours import OpeningHours
from complaints_law.rule_sets import ClockKind
from complaints_reviews.domain.counting import promises
from complaints_reviews.domain.facts import (
    Acknowledgement,
    AcknowledgementNoted,
    ApplicationKept,
    How,
    KeptForPerson,
    MatchReasoned,
    MatterKept,
    PersonErased,
    Promise,
    ToldByHand,
    Why,
    WroteAgain,
)
from complaints_reviews.domain.identity import Identity, identity_of
from complaints_reviews.domain.matching import KnownCase, find_case


class State(StrEnum):
    """Where a review stands (domain 3.5)."""

    REV_RECEIVED = "REV_RECEIVED"


@dataclass(frozen=True)
class Review:
    """A review. `version` counts its facts, published and private, as the journal does."""

    version: int = 0
    received: ReviewReceived | None = None
    kept: ApplicationKept | None = None
    matters: tuple[MatterKept, ...] = ()
    """Those beside the one that `kept` tells."""
    why: Why | None = None
    matched: ReviewMatched | None = None
    reason: str | None = None
    """Why whoever matched it by hand is sure."""
    messages: tuple[WroteAgain, ...] = ()
    acknowledgement: Acknowledgement = Acknowledgement.WAITING
    instead: Medium | None = None
    """How a person must reach the applicant, where the acknowledgement did not."""
    erased: frozenset[UUID] = frozenset()

    state: State = State.REV_RECEIVED

    @property
    def applicants(self) -> tuple[Identity, ...]:
        """Whoever asks, as they are recognised; nobody who was erased."""
        persons = self.kept.persons if self.kept else ()
        return tuple(identity_of(person) for person in persons if person.id not in self.erased)

    @property
    def urgency(self) -> Urgency:
        """The greatest of the application's and of what they, not a machine, wrote since."""
        said = [told.urgency for told in self._told]
        return max(said, key=_PRESSING.index, default=Urgency.ROUTINE)

    @property
    def risks(self) -> tuple[RiskFlag, ...]:
        """Those of the application and of what they, not a machine, wrote since, each once."""
        return tuple(dict.fromkeys(risk for told in self._told for risk in told.risks))

    @property
    def _told(self) -> tuple[ApplicationKept | MatterKept | WroteAgain, ...]:
        first = (self.kept,) if self.kept else ()
        since = (message for message in self.messages if not message.automatic)
        return (*first, *self.matters, *since)

    def promise(self, kind: ClockKind) -> Promise | None:
        """What was promised of a kind, where a date could be counted."""
        found = self.kept.promises if self.kept else ()
        return next((promise for promise in found if promise.kind is kind), None)


_PRESSING = (Urgency.ROUTINE, Urgency.OTHER, Urgency.URGENT, Urgency.IMMEDIATE)
"""From the least to the most pressing; what is not known here may press."""


_ANSWERED = (Acknowledgement.REPORTED, Acknowledgement.RETURNED, Acknowledgement.BY_HAND)
"""What is said of an acknowledgement after it was sent; what stands later counts for more."""


def asks_for_review(event: ContactSorted) -> bool:
    """Whether a sorted contact, or one of its matters, asks for a review."""
    return ContactType.REVIEW_APPLICATION in (event.declared, event.contact_type)


def open_review(review: Review, event: ContactSorted, hours: OpeningHours) -> tuple[Fact, ...]:
    """Opens the review that a contact asks for, once (R52), with what is promised of it (L42).

    What a contact was declared to be is said of all its matters: the further ones belong to the
    same review, and would else be with nobody. One that is there without its application was taken
    back from its topic: what never left us is kept again.
    """
    if not asks_for_review(event):
        return ()
    if review.kept:
        return _keep_matter(review, event)
    received = ReviewReceived(
        review_id=review_id(event.contact_id),
        contact_id=event.contact_id,
        reference=event.reference,
        channel=event.channel,
        received_at=event.received_at,
        declared=event.declared is ContactType.REVIEW_APPLICATION,
    )
    return (
        *(() if review.received else (received,)),
        ApplicationKept(
            matter=event.matter,
            made_at=event.made_at,
            persons=event.persons,
            anonymous=event.anonymous,
            title=event.title,
            words=event.words,
            words_file=event.words_file,
            attachments=event.attachments,
            contact_type=event.contact_type,
            queue=event.queue,
            urgency=event.urgency,
            risks=event.risks,
            prompts=event.prompts,
            prompts_version=event.prompts_version,
            mentions=event.mentions,
            asked=event.review,
            unread=event.unread,
            taken_by=event.taken_by,
            dated_on=event.dated_on,
            promises=promises(event.received_at, hours),
        ),
    )


def _keep_matter(review: Review, event: ContactSorted) -> tuple[Fact, ...]:
    if event.matter in {kept.matter for kept in (review.kept, *review.matters) if kept}:
        return ()
    return (
        MatterKept(
            matter=event.matter,
            person_id=event.person,
            words=event.words,
            urgency=event.urgency,
            risks=event.risks,
            prompts=event.prompts,
        ),
    )


def look_for_case(review: Review, known: Mapping[str, Iterable[KnownCase]]) -> tuple[Fact, ...]:
    """Matches a review to its case where that is certain; else says, once, why a person must."""
    if review.received is None or review.kept is None or review.matched:
        return ()
    if not review.received.declared:
        found: KnownCase | Why = Why.ONLY_SUGGESTED
    elif review.kept.queue is not Queue.REVIEWS:
        found = Why.ALSO_A_CASE
    else:
        found = find_case(review.applicants, review.kept.mentions, known)
    if isinstance(found, Why):
        return () if found is review.why else (KeptForPerson(why=found),)
    return (_matched(review.received, found, MatchedBy.REFERENCE_AND_PERSON),)


def match_by_hand(review: Review, case: KnownCase, reason: str) -> tuple[Fact, ...]:
    """Somebody is sure which case a review is about. A later match takes an earlier one's place.

    Nothing where it has that case already.
    """
    assert review.received is not None
    assert review.kept is not None
    if review.matched and review.matched.case_id == case.case_id:
        return ()
    return (
        _matched(review.received, case, MatchedBy.STAFF),
        MatchReasoned(person_id=review.kept.person, reason=reason),
    )


def concerns_match(fact: Fact) -> bool:
    """Whether somebody who is about to match a review should know of this first."""
    return isinstance(fact, ReviewMatched | MatterKept | WroteAgain | PersonErased)


def tell_by_hand(review: Review, how: How, note: str | None) -> tuple[Fact, ...]:
    """Somebody told the applicant what no notice could (L42); nothing where that is not to do."""
    if review.kept is None or review.instead is None:
        return ()
    return (ToldByHand(person_id=review.kept.person, how=how, note=note),)


def concerns_telling(fact: Fact) -> bool:
    """Whether somebody who has told an applicant should know of this before they say so."""
    return isinstance(fact, AcknowledgementNoted | ToldByHand | PersonErased)


def keep_message(review: Review, event: MessageSorted) -> tuple[Fact, ...]:
    """Keeps what somebody of the application wrote since, once."""
    if review.received is None or any(m.message_id == event.message_id for m in review.messages):
        return ()
    return (
        WroteAgain(
            message_id=event.message_id,
            person_id=event.person_id,
            channel=event.channel,
            received_at=event.received_at,
            automatic=event.automatic,
            title=event.title,
            words=event.words,
            words_file=event.words_file,
            attachments=event.attachments,
            unread=event.unread,
            urgency=event.urgency,
            risks=event.risks,
            prompts=event.prompts,
        ),
    )


def evolve(review: Review, fact: Fact) -> Review:
    """What a review is after one more fact."""
    review = replace(review, version=review.version + 1)
    match fact:
        case ReviewReceived():
            told = Acknowledgement.WAITING if fact.declared else Acknowledgement.AS_CASE
            return replace(review, received=fact, acknowledgement=told)
        case ApplicationKept():
            return replace(review, kept=fact)
        case MatterKept():
            return replace(review, matters=(*review.matters, fact))
        case KeptForPerson():
            return replace(review, why=fact.why)
        case ReviewMatched():
            return replace(review, matched=fact, why=None, reason=None)
        case MatchReasoned():
            return replace(review, reason=fact.reason)
        case WroteAgain():
            return replace(review, messages=(*review.messages, fact))
        case AcknowledgementNoted():
            if _stays(review.acknowledgement, fact.outcome):
                return review
            return replace(review, acknowledgement=fact.outcome, instead=fact.instead)
        case ToldByHand():
            return replace(review, acknowledgement=Acknowledgement.BY_HAND, instead=None)
        case PersonErased():
            return replace(review, erased=review.erased | {fact.person_id})
        case _:
            return review


def _stays(known: Acknowledgement, heard: Acknowledgement) -> bool:
    """Whether what is heard of the acknowledgement changes nothing: an answer to it may be known
    before it is known to be sent."""
    if heard is Acknowledgement.PREPARED:
        return known is not Acknowledgement.WAITING
    if known not in _ANSWERED:
        return False
    return heard not in _ANSWERED or _ANSWERED.index(heard) < _ANSWERED.index(known)


def _matched(received: ReviewReceived, case: KnownCase, by: MatchedBy) -> ReviewMatched:
    return ReviewMatched(
        review_id=received.review_id,
        case_id=case.case_id,
        case_reference=case.reference,
        received_at=received.received_at,
        by=by,
    )
