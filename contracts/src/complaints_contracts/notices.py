"""Events of `complaints.notices.v1`: what people were told. Owner: notifications. Key: notice."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from complaints_contracts.cases import Clock
from complaints_contracts.codes import Medium, Purpose, ReturnKind, WithheldReason
from complaints_contracts.event import TYPE_PREFIX, Event, Instant
from complaints_contracts.parts import Reference


class NoticeEvent(Event):
    """Belongs to one notice, about one contact."""

    topic: ClassVar[str] = "complaints.notices.v1"
    key: ClassVar[str] = "notice_id"

    notice_id: UUID
    contact_id: UUID
    reference: Reference
    purpose: Purpose
    case_id: UUID | None = None
    step_id: UUID | None = None
    """Of what was done on the case, where the purpose is to tell that."""


class NoticePrepared(NoticeEvent):
    """A notice was written and waits to be sent. The dates it tells count from `written_at`, and do
    not move any more, unless it is written again because nobody took it on that day."""

    type: ClassVar[str] = f"{TYPE_PREFIX}.notice.prepared.v1"

    medium: Medium
    call_by: Instant | None = None
    dates: tuple[Clock, ...] = ()
    """What else it tells them a date of."""
    written_at: Instant | None = None
    calendar_version: str
    rules_version: str


class NoticeSent(NoticeEvent):
    """The next mail server, or the post, took it. `uncertain`: its last answer was lost once.

    `told_at` is when it was written: who counts what it tells counts from then, and so to the dates
    that are in it.
    """

    type: ClassVar[str] = f"{TYPE_PREFIX}.notice.sent.v1"

    medium: Medium
    attempts: int
    uncertain: bool = False
    told_at: Instant | None = None


class NoticeRefused(NoticeEvent):
    """It will not arrive this way; a person must reach them by `instead`."""

    type: ClassVar[str] = f"{TYPE_PREFIX}.notice.refused.v1"

    medium: Medium
    attempts: int
    answer_code: int | None = None
    instead: Medium


class NoticeWithheld(NoticeEvent):
    """Nothing was sent, and why; `instead` is how a person must reach them, if at all."""

    type: ClassVar[str] = f"{TYPE_PREFIX}.notice.withheld.v1"

    reason: WithheldReason
    instead: Medium | None = None


class NoticeReturned(NoticeEvent):
    """A machine answered a notice that had been sent: what it said, and what that leaves to do.

    `instead` is how a person must reach them, where the notice did not arrive.
    """

    type: ClassVar[str] = f"{TYPE_PREFIX}.notice.returned.v1"

    kind: ReturnKind
    status: str | None = None
    instead: Medium | None = None
