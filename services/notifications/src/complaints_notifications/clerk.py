"""The clerk: what is decided about mail, journal and send ledger written in one transaction."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from complaints_chassis.aggregate import Needs
from complaints_chassis.book import Book
from complaints_chassis.journal import Cause
from complaints_chassis.work import Work
from complaints_contracts.codes import Medium, Purpose, WithheldReason
from complaints_contracts.event import Fact
from complaints_law.london import london_day
from complaints_notifications import repository
from complaints_notifications.domain.facts import NoticeComposed, NoticeOpened
from complaints_notifications.domain.ledger import (
    Entry,
    MailState,
    Reply,
    ReplyKind,
    is_too_many,
    next_state,
)
from complaints_notifications.domain.notice import Notice, NoticeState, conclude, prepare, withhold
from complaints_notifications.domain.promise import Law
from complaints_notifications.letters import Letters
from complaints_notifications.post import Outgoing
from complaints_notifications.repository import NOTICES

logger = logging.getLogger(__name__)

CAUSE: Final = Cause(actor="mail", rule="R11")
CLOSED: Final = {
    NoticeState.SENT: MailState.ACCEPTED,
    NoticeState.REFUSED: MailState.REFUSED,
}
"""How an entry ends whose notice has ended; every other end withheld it."""
_ASKS: Final = frozenset({Purpose.THANKS, Purpose.CASE_STEP})
"""What a person is asked to tell, even if nobody knows how, where the caps keep the mail back."""


@dataclass(frozen=True)
class Attempt:
    """One mail in hand: the notice, and its entry in the ledger."""

    notice_id: UUID
    entry: Entry


@dataclass
class Turn:
    """What one transaction wrote: facts, and mails that are to be sent now that it is over."""

    facts: list[Fact] = field(default_factory=list)
    taken: list[tuple[Attempt, Outgoing]] = field(default_factory=list)


class Clerk:
    """Writes down replies, and takes what is due: composed the first time, the same ever after.

    But for a letter with dates that nobody took on the day that they count from.
    """

    def __init__(self, book: Book, letters: Letters, law: Law) -> None:
        self._book = book
        self._letters = letters
        self._law = law

    async def turn(
        self,
        connection: AsyncConnection,
        now: datetime,
        replies: Sequence[tuple[Attempt, Reply]],
        room: int,
    ) -> Turn:
        """Records `replies` and takes up to `room` mails, in the caller's transaction."""
        turn = Turn()
        work = Work(self._book, now)
        work.cause = CAUSE
        if replies:
            await _load(work, connection, (attempt.notice_id for attempt, _ in replies))
            rows = [_record(work, turn, attempt, reply) for attempt, reply in replies]
            await repository.record(connection, rows)
        due = await repository.due(connection, now, room) if room else ()
        if due:
            await _load(work, connection, (row.notice_id for row in due))
            await self._take(connection, work, turn, due)
        if turn.facts:
            work.keep()
            await work.write(connection)
        return turn

    async def _take(
        self, connection: AsyncConnection, work: Work, turn: Turn, due: Sequence[Row[Any]]
    ) -> None:
        composed: list[dict[str, Any]] = []
        closed: list[dict[str, Any]] = []
        for row in due:
            outgoing = self._outgoing(work, turn, row, composed)
            if outgoing:
                entry = Entry(row.attempts + 1, row.lost, row.queued_at)
                turn.taken.append((Attempt(row.notice_id, entry), outgoing))
            else:
                notice = work.state(NOTICES, row.notice_id)
                state = CLOSED.get(notice.ledger, MailState.WITHHELD)
                message_id = notice.composed and notice.composed.message_id
                closed.append(
                    {"notice_id": row.notice_id, "state": state, "message_id": message_id}
                )
        await repository.compose(connection, composed)
        await repository.close(connection, closed)
        await repository.intend(connection, [attempt.notice_id for attempt, _ in turn.taken])

    def _outgoing(
        self, work: Work, turn: Turn, row: Row[Any], composed: list[dict[str, Any]]
    ) -> Outgoing | None:
        """The mail, composed if this is its first time; None where none may go (any more)."""
        notice = work.state(NOTICES, row.notice_id)
        opened = notice.opened
        if opened is None:
            return None
        if not notice.is_open:
            if notice.prepared and not notice.composed:
                self._remember(work, turn, opened)
            return None
        again = _has_to_be_composed_again(notice, row, work.now)
        if row.message is not None and not again:
            return Outgoing(row.sender, row.recipient, row.message)
        if not again and (reason := self._reason(row)):
            asks = _for_a_person(opened) if opened.purpose in _ASKS else opened
            _append(work, turn, opened.notice_id, withhold(asks, reason))
            return None
        try:
            return self._compose(work, turn, opened, row.recipient, composed, again=again)
        except Exception:  # one letter that cannot be written must not keep back all others
            logger.exception("a letter failed", extra={"notice_id": str(opened.notice_id)})
            withheld = withhold(_for_a_person(opened), WithheldReason.OTHER)
            _append(work, turn, opened.notice_id, withheld)
            return None

    def _remember(self, work: Work, turn: Turn, opened: NoticeOpened) -> None:
        """By what name its mail went, that a report about it is known; the bytes are lost."""
        proof = NoticeComposed(
            person_id=opened.person_id,
            message_id=self._letters.message_id(opened.notice_id),
            complete_by=None if opened.told else self._law.promise(opened, work.now).complete_by,
        )
        _append(work, turn, opened.notice_id, proof)

    def _compose(
        self,
        work: Work,
        turn: Turn,
        opened: NoticeOpened,
        recipient: str,
        composed: list[dict[str, Any]],
        *,
        again: bool,
    ) -> Outgoing:
        told_before = None if again else work.state(NOTICES, opened.notice_id).prepared
        promise = self._law.promise(opened, work.now, told_before)
        mail = self._letters.compose(opened, promise, recipient, work.now)
        proof = NoticeComposed(
            person_id=opened.person_id,
            message_id=mail.message_id,
            digest=mail.digest,
            complete_by=promise.complete_by,
            catalogue_version=self._law.catalogue.version if opened.told else None,
        )
        prepared = () if told_before else (prepare(opened, promise, work.now),)
        _append(work, turn, opened.notice_id, *prepared, proof)
        composed.append(
            {
                "notice_id": opened.notice_id,
                "sender": mail.sender,
                "message_id": mail.message_id,
                "message": mail.content,
                "now": work.now,
            }
        )
        return Outgoing(mail.sender, recipient, mail.content)

    def _reason(self, row: Row[Any]) -> WithheldReason | None:
        """The last line against loops (reliability 2.4)."""
        if self._letters.is_ours(row.recipient):
            return WithheldReason.AUTOMATIC_MAIL
        if is_too_many(row.last_hour, row.last_day, is_step=row.is_step):
            return WithheldReason.TOO_MANY
        return None


def _has_to_be_composed_again(notice: Notice, row: Row[Any], now: datetime) -> bool:
    """Whether its dates are those of a day on which nobody was told: they count from when somebody
    is (L33). Once it may have been taken, for an answer was lost, they do not move any more."""
    if row.message is None or row.lost or not (notice.prepared and notice.prepared.dates):
        return False
    return london_day(row.begun_at) != london_day(now)


def _for_a_person(opened: NoticeOpened) -> NoticeOpened:
    """The notice as a person is asked to give it, even if nobody knows how yet."""
    return opened.model_copy(update={"instead": opened.instead or Medium.OTHER})


def _record(work: Work, turn: Turn, attempt: Attempt, reply: Reply) -> dict[str, Any]:
    id, entry = attempt.notice_id, attempt.entry
    _append(work, turn, id, *conclude(work.state(NOTICES, id), entry, reply, work.now))
    state, next_at = next_state(entry, reply, work.now)
    return {
        "notice_id": id,
        "attempts": entry.attempts,
        "state": state,
        "next_at": next_at,
        "lost": int(reply.kind is ReplyKind.LOST),
        "code": reply.code,
    }


def _append(work: Work, turn: Turn, notice_id: UUID, *facts: Fact) -> None:
    work.append(NOTICES, notice_id, *facts)
    turn.facts += facts


async def _load(work: Work, connection: AsyncConnection, ids: Iterable[UUID]) -> None:
    await work.load(connection, [Needs(streams=tuple(NOTICES.stream(id) for id in ids))])
