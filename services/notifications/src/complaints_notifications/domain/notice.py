"""A notice: opened once, then withheld, or composed and sent once; it may come back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID, uuid5

from complaints_contracts.codes import CaseStep, Medium, Purpose, ReturnKind, WithheldReason
from complaints_contracts.event import Fact
from complaints_contracts.notices import (
    NoticePrepared,
    NoticeRefused,
    NoticeReturned,
    NoticeSent,
    NoticeWithheld,
)
from complaints_notifications.domain.facts import (
    NoticeComposed,
    NoticeDelayed,
    NoticeOpened,
    RecipientErased,
    StepBegun,
    ThanksBegun,
    ThanksFor,
)
from complaints_notifications.domain.ledger import (
    MAILBOX_FULL,
    Entry,
    Reply,
    Result,
    is_delayed,
    settles,
)
from complaints_notifications.domain.promise import Promise


class NoticeState(StrEnum):
    """Where a notice stands."""

    QUEUED = "QUEUED"
    DELAYED = "DELAYED"
    SENT = "SENT"
    REFUSED = "REFUSED"
    RETURNED = "RETURNED"
    """It was sent, and did not arrive."""
    WITHHELD = "WITHHELD"
    CANCELLED = "CANCELLED"


OPEN: Final = frozenset({NoticeState.QUEUED, NoticeState.DELAYED})


@dataclass(frozen=True)
class Notice:
    """`opened` is None before we heard of what it is about; `returned` is all that came back."""

    ledger: NoticeState = NoticeState.QUEUED
    """What became of it until the mail server had it."""
    opened: NoticeOpened | None = None
    prepared: NoticePrepared | None = None
    composed: NoticeComposed | None = None
    end: NoticeSent | NoticeRefused | NoticeWithheld | None = None
    returned: tuple[NoticeReturned, ...] = ()
    erased: bool = False
    """Whom it was for was erased, or whose words it repeats."""
    gone: frozenset[UUID] = frozenset()
    """Everybody who was erased from it, or from the contact that it acknowledges."""
    thanked: frozenset[ThanksFor] = frozenset()
    """What the contact that it acknowledges was thanked for since."""
    begun: frozenset[CaseStep] = frozenset()
    """What that contact was told of since, and is told of once."""

    @property
    def state(self) -> NoticeState:
        return NoticeState.RETURNED if self.came_back else self.ledger

    @property
    def is_open(self) -> bool:
        """Whether it can still be sent."""
        return self.opened is not None and self.ledger in OPEN

    @property
    def came_back(self) -> NoticeReturned | None:
        """The report that it did not arrive, where there is one."""
        return next(
            (report for report in self.returned if _failed(report.kind, report.status)), None
        )

    @property
    def is_unwanted(self) -> bool:
        """Whether the recipient's provider reported it as abuse (RFC 5965)."""
        return any(report.kind is ReturnKind.REPORTED for report in self.returned)


def notice_id(about: UUID, purpose: Purpose = Purpose.ACKNOWLEDGEMENT) -> UUID:
    """The id of the one notice of this purpose about a contact, case or step: always the same."""
    return uuid5(about, purpose.value)


def _names(opened: NoticeOpened) -> dict[str, Any]:
    """What every event about a notice repeats."""
    return {
        "notice_id": opened.notice_id,
        "contact_id": opened.contact_id,
        "reference": opened.reference,
        "purpose": opened.purpose,
        "case_id": opened.case_id,
        "step_id": opened.step_id,
    }


def withhold(opened: NoticeOpened, reason: WithheldReason) -> NoticeWithheld:
    """Nothing is sent, and why; `instead` makes a task for a person."""
    return NoticeWithheld(
        **_names(opened),
        reason=reason,
        instead=opened.instead,
    )


def prepare(opened: NoticeOpened, promise: Promise, now: datetime) -> NoticePrepared:
    """It was written; the dates it tells do not move any more."""
    return NoticePrepared(
        **_names(opened),
        medium=Medium.EMAIL,
        call_by=promise.call_by,
        dates=promise.dates,
        written_at=now,
        calendar_version=promise.calendar_version,
        rules_version=promise.rules_version,
    )


def conclude(notice: Notice, entry: Entry, reply: Reply, now: datetime) -> tuple[Fact, ...]:
    """What a mail server's reply, or its silence, means for the notice; nothing if it has ended.

    Also of one whose recipient was erased meanwhile: what was sent was sent.
    """
    if notice.opened is None or notice.end:
        return ()
    opened = notice.opened
    result = settles(entry, reply, now)
    if result is Result.ACCEPTED:
        return (
            NoticeSent(
                **_names(opened),
                medium=Medium.EMAIL,
                attempts=entry.attempts,
                uncertain=entry.lost > 0,
                told_at=notice.prepared.written_at if notice.prepared else None,
            ),
        )
    if not notice.is_open:
        return ()
    if result is Result.REFUSED:
        return (
            NoticeRefused(
                **_names(opened),
                medium=Medium.EMAIL,
                attempts=entry.attempts,
                answer_code=reply.code,
                instead=opened.instead or Medium.OTHER,
            ),
        )
    if notice.ledger is NoticeState.QUEUED and is_delayed(entry, now):
        return (NoticeDelayed(attempts=entry.attempts, answer_code=reply.code),)
    return ()


def _failed(kind: ReturnKind, status: str | None) -> bool:
    """Whether the report says that it did not arrive: 5.x.x but a full mailbox (reliability 2.6).

    A bounce with no code is one; a report of a kind that we do not know needs the code.
    """
    if status is None:
        return kind is ReturnKind.BOUNCED
    return (
        kind in (ReturnKind.BOUNCED, ReturnKind.OTHER)
        and status.startswith("5.")
        and status != MAILBOX_FULL
    )


def come_back(notice: Notice, kind: ReturnKind, status: str | None) -> tuple[Fact, ...]:
    """A machine answered a notice of ours; the same report again says nothing new.

    Where it did not arrive a person must reach them, unless they were erased meanwhile.
    """
    opened = notice.opened
    said_before = any((r.kind, r.status) == (kind, status) for r in notice.returned)
    if opened is None or said_before:
        return ()
    asks = _failed(kind, status) and not notice.erased
    return (
        NoticeReturned(
            **_names(opened),
            kind=kind,
            status=status,
            instead=(opened.instead or Medium.OTHER) if asks else None,
        ),
    )


def evolve(notice: Notice, fact: Fact) -> Notice:
    """What a notice is after one more event."""
    match fact:
        case NoticeOpened():
            return replace(notice, opened=fact)
        case NoticePrepared():
            return replace(notice, prepared=fact)
        case NoticeDelayed():
            return replace(notice, ledger=NoticeState.DELAYED)
        case NoticeSent():
            return replace(notice, ledger=NoticeState.SENT, end=fact)
        case NoticeRefused():
            return replace(notice, ledger=NoticeState.REFUSED, end=fact)
        case NoticeWithheld():
            return replace(notice, ledger=NoticeState.WITHHELD, end=fact)
        case NoticeComposed():
            return replace(notice, composed=fact)
        case NoticeReturned():
            return replace(notice, returned=(*notice.returned, fact))
        case ThanksBegun():
            return replace(notice, thanked=notice.thanked | {fact.thanks_for})
        case StepBegun():
            return replace(notice, begun=notice.begun | {fact.step})
        case RecipientErased():
            return _without(notice, fact.person_id)
        case _:
            return notice


def _without(notice: Notice, person_id: UUID) -> Notice:
    """Without somebody who was erased: what is for them, or in words about them, is not sent."""
    gone = notice.gone | {person_id}
    if notice.opened and person_id not in notice.opened.about:
        return replace(notice, gone=gone)
    ledger = NoticeState.CANCELLED if notice.is_open else notice.ledger
    return replace(notice, erased=True, gone=gone, ledger=ledger)
