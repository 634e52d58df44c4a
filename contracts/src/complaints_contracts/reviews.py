"""Events of `complaints.reviews.v1`: what happens to reviews. Owner: reviews. Key: the review."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID, uuid5

from complaints_contracts.codes import Channel, MatchedBy
from complaints_contracts.event import TYPE_PREFIX, Event, Instant
from complaints_contracts.parts import Reference


def review_id(contact_id: UUID) -> UUID:
    """The id of the review that a contact asks for: the same for everybody who asks for it."""
    return uuid5(contact_id, "review")


class ReviewEvent(Event):
    """Belongs to one review."""

    topic: ClassVar[str] = "complaints.reviews.v1"
    key: ClassVar[str] = "review_id"

    review_id: UUID


class ReviewReceived(ReviewEvent):
    """Somebody asked for a review of an outcome (R52, domain 3.5): it waits to be looked at.

    `declared` says that they, or who took it, said so; else only their words suggest it.
    """

    type: ClassVar[str] = f"{TYPE_PREFIX}.review.received.v1"

    contact_id: UUID
    reference: Reference
    channel: Channel
    received_at: Instant
    declared: bool


class ReviewMatched(ReviewEvent):
    """The case is known that a review is about."""

    type: ClassVar[str] = f"{TYPE_PREFIX}.review.matched.v1"

    case_id: UUID
    case_reference: Reference
    received_at: Instant
    by: MatchedBy
