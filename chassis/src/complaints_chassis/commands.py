"""Commands: the same transaction as for a batch of facts, for one request (architecture 3)."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from complaints_chassis import journal
from complaints_chassis.aggregate import Needs
from complaints_chassis.book import Book
from complaints_chassis.clock import Clock
from complaints_chassis.database import transaction
from complaints_chassis.errors import KeyReused, Stale
from complaints_chassis.journal import Cause
from complaints_chassis.points import point
from complaints_chassis.work import Work
from complaints_contracts.event import Fact
from complaints_contracts.ops import OpsEvent

KEPT_DAYS: Final = 7
"""How long an answer is given again for the same Idempotency-Key."""

Answer = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Once:
    """An Idempotency-Key, and the request it stands for."""

    key: str
    request: bytes

    @property
    def digest(self) -> str:
        """What is kept of the key, for senders put names and addresses into it."""
        return hashlib.sha256(self.key.encode()).hexdigest()

    @property
    def fingerprint(self) -> bytes:
        return hashlib.sha256(self.request).digest()


@dataclass(frozen=True, slots=True)
class IfMatch:
    """The version of a stream that the sender saw, and which later events concern the command."""

    stream: str
    version: int
    concerns: Callable[[Fact], bool] = lambda _: True


class Commands:
    """Runs commands against one service's journal."""

    def __init__(self, engine: AsyncEngine, book: Book, clock: Clock) -> None:
        self._engine = engine
        self._book = book
        self._clock = clock

    async def run(
        self,
        needs: Needs,
        decide: Callable[[Work], Answer],
        cause: Cause,
        *,
        once: Once | None = None,
        if_match: IfMatch | None = None,
    ) -> Answer:
        """Decides and writes; with `once`, the same request gets the same answer for 7 days.

        Raises:
            Refused: the rules do not allow it; nothing was written.
            Stale: events after the version the sender saw concern the command.
            KeyReused: the Idempotency-Key stands for another request.
            Transient: the database is away; the command may be sent again.
            Conflict: others were faster every time; the command may be sent again.
        """

        async def decide_once(connection: AsyncConnection) -> Answer:
            answer = await self._once(connection, needs, decide, cause, once, if_match)
            point("command.before-commit")
            return answer

        answer = await transaction(self._engine, decide_once, self._book.service)
        point("command.after-commit")
        return answer

    async def tell_operations(self, event: OpsEvent) -> None:
        """Says something on the operations topic, in a transaction of its own.

        Raises:
            Transient: the database is away; nothing was said.
        """

        def say(work: Work) -> Answer:
            work.tell_operations(event)
            return {}

        await self.run(Needs(), say, Cause(actor="system"))

    async def _once(
        self,
        connection: AsyncConnection,
        needs: Needs,
        decide: Callable[[Work], Answer],
        cause: Cause,
        once: Once | None,
        if_match: IfMatch | None,
    ) -> Answer:
        if once and (answer := await self._answered(connection, once)) is not None:
            return answer
        if if_match:
            await self._check(connection, if_match)
        work = Work(self._book, self._clock.now())
        work.cause = cause if cause.traceparent else replace(cause, traceparent=new_trace())
        await work.load(connection, [needs])
        answer = decide(work)
        work.keep()
        await work.write(connection)
        if once:
            await connection.execute(
                text(
                    "INSERT INTO inbox (key, fingerprint, answer, answered_at)"
                    " VALUES (:key, :fingerprint, CAST(:answer AS jsonb), :now)"
                ),
                {
                    "key": once.digest,
                    "fingerprint": once.fingerprint,
                    "answer": json.dumps(answer),
                    "now": work.now,
                },
            )
        return answer

    async def _answered(self, connection: AsyncConnection, once: Once) -> Answer | None:
        row = (
            await connection.execute(
                text("SELECT fingerprint, answer FROM inbox WHERE key = :key"), {"key": once.digest}
            )
        ).first()
        if row is None:
            return None
        if row.fingerprint != once.fingerprint:
            raise KeyReused
        answer: Answer = row.answer
        return answer

    async def _check(self, connection: AsyncConnection, seen: IfMatch) -> None:
        entries = await journal.read(
            connection,
            "j.stream = :stream AND j.version > :version",
            {"stream": seen.stream, "version": seen.version},
        )
        concerning = [e.type for e in entries if seen.concerns(self._book.fact(e))]
        if concerning:
            raise Stale(concerning)


def new_trace() -> str:
    """A W3C `traceparent` for what begins here; events that follow from it carry it on."""
    return f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01"
