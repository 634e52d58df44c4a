"""What is shown of reviews, on pages and by the API alike."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Row

from complaints_contracts.codes import (
    Channel,
    ContactType,
    MatchedBy,
    Medium,
    RiskFlag,
    Unread,
    Urgency,
)
from complaints_contracts.parts import FileRef, Person, ReviewAsked
from complaints_contracts.triage import Prompt
from complaints_law.rule_sets import ClockKind
from complaints_reviews import wording
from complaints_reviews.domain.facts import Acknowledgement, Promise, Why
from complaints_reviews.domain.matching import are_of
from complaints_reviews.domain.review import Review, State
from complaints_reviews.due import Due, due
from complaints_reviews.queries import Handled


class _Standing(BaseModel):
    """What a list and a page both say of a review."""

    review_id: UUID
    version: int
    contact_id: UUID
    reference: str
    channel: Channel
    received_at: datetime
    state: State
    declared: bool
    urgency: Urgency
    risks: tuple[RiskFlag, ...]
    why: Why | None
    case_id: UUID | None
    case_reference: str | None
    matched_by: MatchedBy | None
    acknowledgement: Acknowledgement
    instead: Medium | None
    """How a person must reach the applicant, where the acknowledgement did not."""
    acknowledge: Due | None
    complete: Due | None

    @property
    def why_words(self) -> str | None:
        """Why a person has to find its case."""
        return wording.WHYS[self.why] if self.why else None

    @property
    def acknowledgement_words(self) -> str:
        return wording.ACKNOWLEDGEMENTS[self.acknowledgement]

    @property
    def task_words(self) -> str | None:
        """What a person has to do so that the applicant is told."""
        return wording.task_words(self.acknowledgement, self.instead)


class ListedReview(_Standing):
    """A review in a list; `messages` counts what the applicant wrote since."""

    messages: int


_ARRIVED: Final = (Acknowledgement.SENT, Acknowledgement.REPORTED, Acknowledgement.BY_HAND)


def listed(row: Row[Any], now: datetime) -> ListedReview:
    """A row of the read table as it is shown."""
    values = dict(row._mapping)
    told = Acknowledgement(values["acknowledgement"])
    return ListedReview.model_validate(
        {
            **values,
            "acknowledge": _acknowledge(values["acknowledge_by"], told, values["instead"], now),
            "complete": due(values["complete_by"], now),
        }
    )


def _acknowledge(
    by: date | None, told: Acknowledgement, instead: Medium | None, now: datetime
) -> Due | None:
    """By when it is acknowledged; nothing where casework does that, or nobody can be told."""
    if told is Acknowledgement.AS_CASE or (told is Acknowledgement.WITHHELD and instead is None):
        return None
    return due(by, now, done=told in _ARRIVED)


class Candidate(BaseModel):
    """A case that a review may be about. `recognised`: whoever asks is a person of it."""

    case_id: UUID
    reference: str
    matter: str
    contact_type: ContactType
    received_at: datetime
    adviser_id: str | None
    recognised: bool


class Matter(BaseModel):
    """A further matter of the application, in their words."""

    matter: str
    words: str
    prompts: tuple[Prompt, ...]


class Message(BaseModel):
    """What the applicant wrote since."""

    message_id: UUID
    channel: Channel
    received_at: datetime
    automatic: bool
    title: str | None
    words: str
    words_file: FileRef | None
    attachments: tuple[FileRef, ...]
    unread: Unread | None
    urgency: Urgency


class ReviewView(_Standing):
    """A review as those who work on it see it. `version` is what `If-Match` wants."""

    reason: str | None
    """Why whoever matched it by hand is sure."""
    made_at: datetime | None
    dated_on: date | None
    taken_by: str | None
    anonymous: bool
    persons: tuple[Person, ...]
    title: str | None
    words: str
    words_file: FileRef | None
    attachments: tuple[FileRef, ...]
    unread: Unread | None
    asked: ReviewAsked | None
    mentions: tuple[str, ...]
    prompts: tuple[Prompt, ...]
    matters: tuple[Matter, ...]
    messages: tuple[Message, ...]
    cases: tuple[Candidate, ...]
    """The case it is about, those of the references in it, and of one that was asked for."""

    @property
    def case(self) -> Candidate | None:
        """The case it is about, as far as it is known here."""
        return next((case for case in self.cases if case.case_id == self.case_id), None)

    @property
    def others(self) -> tuple[Candidate, ...]:
        """The cases that it may be about as well."""
        return tuple(case for case in self.cases if case.case_id != self.case_id)


def review_view(review: Review, cases: Iterable[Handled], now: datetime) -> ReviewView:
    """A review as it is shown at `now`."""
    received, kept, matched = review.received, review.kept, review.matched
    assert received is not None
    assert kept is not None

    def by(promise: Promise | None) -> date | None:
        return promise.do_by if promise else None

    acknowledge_by = by(review.promise(ClockKind.REVIEW_ACKNOWLEDGE))
    return ReviewView(
        review_id=received.review_id,
        version=review.version,
        contact_id=received.contact_id,
        reference=received.reference,
        channel=received.channel,
        received_at=received.received_at,
        state=review.state,
        declared=received.declared,
        urgency=review.urgency,
        risks=review.risks,
        why=review.why,
        case_id=matched.case_id if matched else None,
        case_reference=matched.case_reference if matched else None,
        matched_by=matched.by if matched else None,
        reason=review.reason,
        acknowledgement=review.acknowledgement,
        instead=review.instead,
        acknowledge=_acknowledge(acknowledge_by, review.acknowledgement, review.instead, now),
        complete=due(by(review.promise(ClockKind.REVIEW_COMPLETE)), now),
        made_at=kept.made_at,
        dated_on=kept.dated_on,
        taken_by=kept.taken_by,
        anonymous=kept.anonymous,
        persons=kept.persons,
        title=kept.title,
        words=kept.words,
        words_file=kept.words_file,
        attachments=kept.attachments,
        unread=kept.unread,
        asked=kept.asked,
        mentions=kept.mentions,
        prompts=kept.prompts,
        matters=tuple(
            Matter.model_validate(matter, from_attributes=True) for matter in review.matters
        ),
        messages=tuple(
            Message.model_validate(message, from_attributes=True) for message in review.messages
        ),
        cases=tuple(_candidate(handled, review) for handled in cases),
    )


def _candidate(handled: Handled, review: Review) -> Candidate:
    case = handled.case
    return Candidate(
        case_id=case.case_id,
        reference=case.reference,
        matter=case.matter,
        contact_type=case.contact_type,
        received_at=case.received_at,
        adviser_id=handled.adviser_id,
        recognised=are_of(review.applicants, case),
    )
