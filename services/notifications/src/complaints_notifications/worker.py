"""The postmaster: takes queued mail to the mail server, and writes down what became of it.

Intent before act: a mail is `sending`, its bytes kept, in a transaction that ends before the first
of them leaves. So a crash at any point leaves a row that says what may have happened.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from complaints_chassis.aggregate import Needs
from complaints_chassis.database import is_conflict
from complaints_chassis.journal import Cause
from complaints_chassis.leader import Leader
from complaints_chassis.points import point
from complaints_chassis.service import Running
from complaints_chassis.work import Work
from complaints_contracts.codes import Medium, WithheldReason
from complaints_contracts.event import Fact
from complaints_notifications import metrics, repository
from complaints_notifications.domain.facts import NoticeComposed, NoticeOpened
from complaints_notifications.domain.ledger import (
    Entry,
    MailState,
    Reply,
    ReplyKind,
    is_too_many,
    next_state,
)
from complaints_notifications.domain.notice import conclude, prepare, withhold
from complaints_notifications.domain.promise import Law
from complaints_notifications.letters import Letters
from complaints_notifications.post import CONNECTIONS, Outgoing, Post
from complaints_notifications.repository import NOTICES

logger = logging.getLogger(__name__)

IN_HAND: Final = 4 * CONNECTIONS
"""Mails intended at once: enough to keep every connection busy while the database commits."""
BRAKE: Final = timedelta(seconds=5)
"""While the mail server is away, one mail after each such pause asks whether it is back."""
FAREWELL_SECONDS: Final = 5.0
"""What mail that is under way gets to finish in, when the service stops."""
CAUSE: Final = Cause(actor="mail", rule="R11")


@dataclass(frozen=True)
class Attempt:
    """One mail in hand: the notice, and its entry in the ledger."""

    notice_id: UUID
    entry: Entry


class Postmaster(Leader):
    """Leads the duty "mail". A round records the replies that came, and takes what is due."""

    def __init__(self, running: Running, letters: Letters, law: Law, post: Post) -> None:
        super().__init__("mail", running.engine, running.clock, self.step, channel="journal")
        self._running = running
        self._letters = letters
        self._law = law
        self._post = post
        self._led: AsyncConnection | None = None
        self.under_way: dict[asyncio.Task[None], UUID] = {}
        self._replies: list[tuple[Attempt, Reply]] = []
        self._not_before: datetime | None = None

    async def run(self) -> None:
        """Leads until cancelled; then lets what is under way end, and writes that down."""
        try:
            await super().run()
        finally:
            if self.under_way:
                await asyncio.wait(self.under_way, timeout=FAREWELL_SECONDS)
            for task in self.under_way:
                task.cancel()
            self._post.close()
            with suppress(DBAPIError, OSError):
                async with self._running.engine.begin() as connection:
                    await self._record(connection, self._replies)

    async def step(self, connection: AsyncConnection) -> bool:
        """Records the replies that came, starts what is due; says whether there was either."""
        if connection is not self._led:
            await self._recover(connection)
            self._led = connection
        replies = tuple(self._replies)
        now = self._running.clock.now()
        try:
            async with connection.begin():
                await self._record(connection, replies)
                taken = await self._take(connection, now)
                if not replies and not taken:
                    await self._measure(connection, now)
        except DBAPIError as error:
            if not is_conflict(error):
                raise
            return True
        del self._replies[: len(replies)]
        if replies:
            point("mail.after-record")
        if taken:
            point("mail.after-intent")
        for attempt, outgoing in taken:
            task = asyncio.create_task(self._send(attempt, outgoing))
            self.under_way[task] = attempt.notice_id
            task.add_done_callback(self.under_way.pop)
        return bool(replies or taken)

    async def _recover(self, connection: AsyncConnection) -> None:
        """A new leader finds what another was sending: its answers are lost."""
        ours = [*self.under_way.values(), *(attempt.notice_id for attempt, _ in self._replies)]
        async with connection.begin():
            rows = await repository.left_sending(connection, ours)
        for row in rows:
            entry = Entry(row.attempts, row.lost, row.queued_at)
            self._hear(Attempt(row.notice_id, entry), Reply(ReplyKind.LOST))

    async def _send(self, attempt: Attempt, outgoing: Outgoing) -> None:
        point("mail.before-send")
        try:
            reply = await self._post.send(outgoing)
        except Exception:  # a fault of ours after which the server may have the mail, or not
            logger.exception("a mail failed", extra={"notice_id": str(attempt.notice_id)})
            reply = Reply(ReplyKind.LOST)
        if reply.kind is ReplyKind.ACCEPTED:
            point("mail.after-send")
        self._hear(attempt, reply)
        self.wake()

    def _hear(self, attempt: Attempt, reply: Reply) -> None:
        metrics.REPLIES.labels(reply.kind).inc()
        self._replies.append((attempt, reply))
        if reply.kind is ReplyKind.AWAY:
            self._not_before = self._running.clock.now() + BRAKE
        elif reply.kind is ReplyKind.ACCEPTED:
            self._not_before = None

    async def _work(self, connection: AsyncConnection, ids: Sequence[UUID]) -> Work:
        work = Work(self._running.book, self._running.clock.now())
        work.cause = CAUSE
        await work.load(connection, [Needs(streams=tuple(NOTICES.stream(id) for id in ids))])
        return work

    async def _record(
        self, connection: AsyncConnection, replies: Sequence[tuple[Attempt, Reply]]
    ) -> None:
        if not replies:
            return
        work = await self._work(connection, [attempt.notice_id for attempt, _ in replies])
        rows = []
        for attempt, reply in replies:
            id, entry = attempt.notice_id, attempt.entry
            facts = conclude(work.state(NOTICES, id), entry, reply, work.now)
            work.append(NOTICES, id, *facts)
            for fact in facts:
                metrics.CONCLUDED.labels(type(fact).__name__).inc()
            state, next_at = next_state(entry, reply, work.now)
            lost = int(reply.kind is ReplyKind.LOST)
            rows.append(
                {
                    "notice_id": id,
                    "attempts": entry.attempts,
                    "state": state,
                    "next_at": next_at,
                    "lost": lost,
                    "code": reply.code,
                }
            )
        work.keep()
        await repository.record(connection, rows)
        await work.write(connection)

    async def _take(
        self, connection: AsyncConnection, now: datetime
    ) -> list[tuple[Attempt, Outgoing]]:
        room = IN_HAND - len(self.under_way)
        if self._not_before:
            room = 1 if now >= self._not_before and not self.under_way else 0
        rows = await repository.due(connection, now, room) if room else ()
        if not rows:
            return []
        work = await self._work(connection, [row.notice_id for row in rows])
        taken: list[tuple[Attempt, Outgoing]] = []
        composed: list[dict[str, Any]] = []
        closed: list[dict[str, Any]] = []
        for row in rows:
            outgoing = self._outgoing(work, row, composed)
            if outgoing is None:
                closed.append({"notice_id": row.notice_id, "state": MailState.WITHHELD})
                continue
            entry = Entry(row.attempts + 1, row.lost, row.queued_at)
            taken.append((Attempt(row.notice_id, entry), outgoing))
        work.keep()
        await repository.compose(connection, composed)
        await repository.close(connection, closed)
        await repository.intend(connection, [attempt.notice_id for attempt, _ in taken])
        await work.write(connection)
        return taken

    def _outgoing(
        self, work: Work, row: Row[Any], composed: list[dict[str, Any]]
    ) -> Outgoing | None:
        """The mail as it is sent every time, composed the first time; None where none may go."""
        notice = work.state(NOTICES, row.notice_id)
        if not notice.is_open or notice.opened is None:
            return None
        opened = notice.opened
        if row.message is not None:
            return Outgoing(row.sender, row.recipient, row.message)
        if reason := self._reason(row):
            self._withhold(work, opened, reason)
            return None
        promise = self._law.promise(opened, work.now)
        try:
            mail = self._letters.acknowledgement(opened, promise, row.recipient, work.now)
        except Exception:  # one letter that cannot be written must not keep back all others
            logger.exception("a letter failed", extra={"notice_id": str(row.notice_id)})
            careful = opened.model_copy(update={"instead": opened.instead or Medium.OTHER})
            self._withhold(work, careful, WithheldReason.OTHER)
            return None
        facts: tuple[Fact, ...] = (
            prepare(opened, promise),
            NoticeComposed(
                person_id=opened.person_id, message_id=mail.message_id, digest=mail.digest
            ),
        )
        work.append(NOTICES, row.notice_id, *facts)
        composed.append(
            {
                "notice_id": row.notice_id,
                "sender": mail.sender,
                "message_id": mail.message_id,
                "message": mail.content,
                "now": work.now,
            }
        )
        return Outgoing(mail.sender, row.recipient, mail.content)

    def _reason(self, row: Row[Any]) -> WithheldReason | None:
        """The last line against loops (reliability 2.4)."""
        if self._letters.is_ours(row.recipient):
            return WithheldReason.AUTOMATIC_MAIL
        if is_too_many(row.last_hour, row.last_day):
            return WithheldReason.TOO_MANY
        return None

    def _withhold(self, work: Work, opened: NoticeOpened, reason: WithheldReason) -> None:
        metrics.WITHHELD.labels(reason).inc()
        work.append(NOTICES, opened.notice_id, withhold(opened, reason))

    async def _measure(self, connection: AsyncConnection, now: datetime) -> None:
        row = await repository.waiting(connection)
        metrics.WAITING.set(row.mails)
        age = (now - row.oldest).total_seconds() if row.oldest else 0
        metrics.WAITING_AGE.set(age)
