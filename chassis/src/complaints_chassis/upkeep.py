"""What the leader does besides: fires timers, alarms on long waits, clears what is done with."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from complaints_chassis import telemetry
from complaints_chassis.aggregate import Needs, OnDue
from complaints_chassis.book import Book
from complaints_chassis.clock import Clock
from complaints_chassis.commands import KEPT_DAYS
from complaints_chassis.files import FileStore
from complaints_chassis.journal import Cause
from complaints_chassis.work import Work
from complaints_contracts.codes import HeldKind
from complaints_contracts.ops import RecordHeld

ALARM_AFTER: Final = timedelta(minutes=10)
"""A record that is behind or waiting for so long is told to operations."""


class Upkeep:
    """Rounds run by the leader, each step in a transaction on the leader's own connection."""

    def __init__(
        self,
        book: Book,
        due: Mapping[tuple[str, str], OnDue],
        clock: Clock,
        files: FileStore,
        release: Callable[[], Awaitable[int]],
    ) -> None:
        self._book = book
        self._due = due
        self._clock = clock
        self._files = files
        self._release = release

    async def round(self, connection: AsyncConnection) -> bool:
        """One look at everything; says whether timers fired, so that the next look is at once."""
        fired = await self._fire(connection)
        await self._alarm(connection)
        await self._clear(connection)
        await self._release()
        return fired

    async def _fire(self, connection: AsyncConnection) -> bool:
        now = self._clock.now()
        async with connection.begin():
            found = await connection.execute(
                text("SELECT * FROM timers WHERE due_at <= :now ORDER BY due_at LIMIT 50"),
                {"now": now},
            )
        rows = found.all()
        for row in rows:
            name, _, id = row.stream.partition(":")
            on = self._due[name, row.kind]
            async with connection.begin():
                work = Work(self._book, now)
                work.cause = Cause(actor="timer", rule=row.law_version)
                needs = Needs(streams=(row.stream,), lookups=on.lookups)
                await work.load(connection, [needs])
                await connection.execute(
                    text("DELETE FROM timers WHERE stream = :stream AND kind = :kind"),
                    {"stream": row.stream, "kind": row.kind},
                )
                on.handle(id, work)
                work.keep()
                await work.write(connection)
        return bool(rows)

    async def _alarm(self, connection: AsyncConnection) -> None:
        async with connection.begin():
            counts = await connection.execute(
                text("SELECT kind, count(*) AS held FROM held GROUP BY kind")
            )
            by_kind = {row.kind: row.held for row in counts}
            for kind in HeldKind:
                telemetry.HELD_NOW.labels(self._book.service, kind).set(by_kind.get(kind, 0))
            if not by_kind:
                return
            now = self._clock.now()
            found = await connection.execute(
                text(
                    "UPDATE held SET alarmed_at = :now WHERE alarmed_at IS NULL"
                    " AND kind IN ('BEHIND', 'WAITING') AND held_at < :before RETURNING *"
                ),
                {"now": now, "before": now - ALARM_AFTER},
            )
            work = Work(self._book, now)
            await work.load(connection, [])
            for row in found:
                work.tell_operations(
                    RecordHeld(
                        speaker=self._book.service,
                        held_id=row.id,
                        kind=HeldKind(row.kind),
                        source_topic=row.topic,
                        partition=row.partition,
                        offset=row.record_offset,
                        reason=row.reason,
                    )
                )
            work.keep()
            await work.write(connection)

    async def _clear(self, connection: AsyncConnection) -> None:
        async with connection.begin():
            found = await connection.execute(
                text("SELECT DISTINCT sha256 FROM files WHERE condemned LIMIT 100")
            )
            for row in found:
                await asyncio.to_thread(self._files.delete, row.sha256)
                await connection.execute(
                    text("DELETE FROM files WHERE sha256 = :sha256 AND condemned"),
                    {"sha256": row.sha256},
                )
            await connection.execute(
                text("DELETE FROM inbox WHERE answered_at < :before"),
                {"before": self._clock.now() - timedelta(days=KEPT_DAYS)},
            )
