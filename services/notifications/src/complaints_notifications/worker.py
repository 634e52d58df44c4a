"""The postmaster: takes queued mail to the mail server, and has written down what became of it.

Intent before act: a mail is `sending`, its bytes kept, in a transaction that ends before the first
of them leaves. So a crash at any point leaves a row that says what may have happened.
"""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from complaints_chassis.clock import Clock
from complaints_chassis.crowd import GATHER_SECONDS
from complaints_chassis.database import is_conflict
from complaints_chassis.leader import Leader
from complaints_chassis.points import point
from complaints_notifications import metrics, repository
from complaints_notifications.clerk import Attempt, Clerk, Turn
from complaints_notifications.domain.ledger import Entry, Reply, ReplyKind
from complaints_notifications.post import CONNECTIONS, Outgoing, Post

logger = logging.getLogger(__name__)

IN_HAND: Final = 8 * CONNECTIONS
"""Mails intended at once: enough to keep every connection busy while the database commits."""
GATHERED: Final = 4 * CONNECTIONS
"""Replies that a turn waits for, a moment, while mail is under way: one commit for them all."""
BRAKE: Final = timedelta(seconds=5)
"""While the mail server is away, one mail after each such pause asks whether it is back."""
FAREWELL_SECONDS: Final = 5.0
"""What mail that is under way gets to finish in, when the service stops."""


class Postmaster(Leader):
    """Leads the duty "mail". A round records the replies that came, and starts what is due."""

    def __init__(self, engine: AsyncEngine, clock: Clock, clerk: Clerk, post: Post) -> None:
        super().__init__("mail", engine, clock, self.step, channel="journal")
        self.under_way: dict[asyncio.Task[None], UUID] = {}
        """The notices whose mail is being sent."""
        self._clerk = clerk
        self._post = post
        self._led: AsyncConnection | None = None
        self._replies: list[tuple[Attempt, Reply]] = []
        self._not_before: datetime | None = None

    async def run(self) -> None:
        """Leads until cancelled; then lets what is under way end, and has that written down."""
        try:
            await super().run()
        finally:
            tasks = list(self.under_way)
            if tasks:
                await asyncio.wait(tasks, timeout=FAREWELL_SECONDS)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._post.close()
            if self._replies:
                with suppress(DBAPIError, OSError):
                    async with self._engine.begin() as connection:
                        await self._clerk.turn(connection, self._clock.now(), self._replies, 0)

    async def step(self, connection: AsyncConnection) -> bool:
        """Records the replies that came, starts what is due; says whether there was either."""
        if connection is not self._led:
            await self._recover(connection)
            self._led = connection
        await self._gather()
        now = self._clock.now()
        replies = tuple(self._replies)
        try:
            async with connection.begin():
                turn = await self._clerk.turn(connection, now, replies, self._room(now))
                if not replies and not turn.facts and not turn.taken:
                    await _measure(connection, now)
        except DBAPIError as error:
            if not is_conflict(error):
                raise
            return True
        del self._replies[: len(replies)]
        if replies:
            point("mail.after-record")
        self._start(turn)
        return bool(replies or turn.facts or turn.taken)

    async def _gather(self) -> None:
        """Waits a moment for the replies of what is under way."""
        with suppress(TimeoutError):
            async with asyncio.timeout(GATHER_SECONDS):
                while len(self._replies) < min(GATHERED, len(self.under_way)):
                    self._wake.clear()
                    await self._wake.wait()

    def _start(self, turn: Turn) -> None:
        for fact in turn.facts:
            metrics.FACTS.labels(type(fact).__name__).inc()
        if turn.taken:
            point("mail.after-intent")
        for attempt, outgoing in turn.taken:
            task = asyncio.create_task(self._send(attempt, outgoing))
            self.under_way[task] = attempt.notice_id
            task.add_done_callback(self.under_way.pop)

    def _room(self, now: datetime) -> int:
        """How many mails may be started."""
        if self._not_before:
            return int(now >= self._not_before and not self.under_way)
        return IN_HAND - len(self.under_way)

    async def _recover(self, connection: AsyncConnection) -> None:
        """A new leader finds what another was sending: its answers are lost."""
        ours = [*self.under_way.values(), *(attempt.notice_id for attempt, _ in self._replies)]
        async with connection.begin():
            await repository.plan_as_queue(connection)
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
            self._not_before = self._clock.now() + BRAKE
        elif reply.kind is ReplyKind.ACCEPTED:
            self._not_before = None


async def _measure(connection: AsyncConnection, now: datetime) -> None:
    row = await repository.waiting(connection)
    metrics.WAITING.set(row.mails)
    age = (now - row.oldest).total_seconds() if row.oldest else 0
    metrics.WAITING_AGE.set(age)
