"""What the leader does besides: fires timers, alarms on long waits, clears what is done with."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from complaints_chassis import telemetry
from complaints_chassis.aggregate import Needs
from complaints_chassis.book import Book, write_timers
from complaints_chassis.clock import Clock
from complaints_chassis.commands import KEPT_DAYS
from complaints_chassis.database import is_away, lock
from complaints_chassis.files import FileStore
from complaints_chassis.journal import Cause
from complaints_chassis.points import point
from complaints_chassis.subscriptions import OnDue
from complaints_chassis.work import Work
from complaints_contracts.codes import HeldKind
from complaints_contracts.ops import RecordHeld

logger = logging.getLogger(__name__)

ALARM_AFTER: Final = timedelta(minutes=10)
"""A record that is behind or waiting for so long is told to operations."""

MEASURE: Final = """
SELECT kind, count(*) AS rows, NULL AS oldest FROM held GROUP BY kind
UNION ALL
SELECT 'UNPUBLISHED', count(*), min(j.occurred_at) FROM unpublished JOIN journal j USING (seq)
"""

UNUSED: Final = """
condemned AND NOT EXISTS (
    SELECT 1 FROM files other WHERE other.sha256 = f.sha256 AND NOT other.condemned)
"""


class Upkeep:
    """Rounds run by the leader, each step in a transaction on the leader's own connection.

    `files` is given to the service that writes the store: only it knows whether a file that an
    erasure condemned is still somebody else's. `wanted` is as `Service.wanted_files`.
    """

    def __init__(
        self,
        book: Book,
        due: Mapping[tuple[str, str], OnDue],
        clock: Clock,
        files: FileStore | None,
        release: Callable[[], Awaitable[None]],
        wanted: str = "false",
    ) -> None:
        self._book = book
        self._due = due
        self._clock = clock
        self._files = files
        self._release = release
        self._unused = f"{UNUSED} AND NOT ({wanted})"

    async def round(self, connection: AsyncConnection) -> bool:
        """One look at everything; says whether timers fired, so that the next look is at once."""
        fired = await self._fire_due(connection)
        if await self._measure(connection):
            await self._alarm(connection)
        await self._clear(connection)
        await self._release()
        return fired

    async def _fire_due(self, connection: AsyncConnection) -> bool:
        async with connection.begin():
            found = await connection.execute(
                text(
                    "SELECT stream, kind FROM timers WHERE due_at <= :now"
                    " ORDER BY due_at, stream, kind LIMIT 50"
                ),
                {"now": self._clock.now()},
            )
        fired = False
        for stream, kind in found.all():
            try:
                async with connection.begin():
                    await self._fire(connection, stream, kind)
                    point("timer.before-commit")
                point("timer.after-commit")
                fired = True
            except Exception as error:
                if is_away(error):
                    raise
                logger.exception("a timer failed", extra={"stream": stream, "timer": kind})
        return fired

    async def _fire(self, connection: AsyncConnection, stream: str, kind: str) -> None:
        """Fires a timer that the state still asks for; else counts the stream's timers again."""
        on = self._due[stream.partition(":")[0], kind]
        work = Work(self._book, self._clock.now())
        await work.load(connection, [Needs(streams=(stream,), lookups=on.lookups)])
        state = work.state(on.aggregate, stream.partition(":")[2])
        running = on.aggregate.due(state) if on.aggregate.due else ()
        due = [timer for timer in running if timer.kind == kind and timer.due_at <= work.now]
        if not due:
            await write_timers(connection, self._book, {stream: state})
            return
        work.cause = Cause(actor="timer", rule=due[0].law_version)
        await connection.execute(
            text("DELETE FROM timers WHERE stream = :stream AND kind = :kind"),
            {"stream": stream, "kind": kind},
        )
        on.handle(stream.partition(":")[2], work)
        work.keep()
        await work.write(connection)

    async def _measure(self, connection: AsyncConnection) -> int:
        """Sets the gauges of what waits, also while the broker is away; how many kinds are held."""
        async with connection.begin():
            found = await connection.execute(text(MEASURE))
        waiting = {row.kind: row for row in found}
        unpublished = waiting.pop("UNPUBLISHED")
        service, oldest = self._book.service, unpublished.oldest
        age = (self._clock.now() - oldest).total_seconds() if oldest else 0
        telemetry.UNPUBLISHED.labels(service).set(unpublished.rows)
        telemetry.UNPUBLISHED_AGE.labels(service).set(age)
        for kind in HeldKind:
            held = waiting[kind].rows if kind in waiting else 0
            telemetry.HELD_NOW.labels(service, kind).set(held)
        return len(waiting)

    async def _alarm(self, connection: AsyncConnection) -> None:
        async with connection.begin():
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
        now = {"now": self._clock.now()}
        query = f"SELECT DISTINCT sha256 FROM files f WHERE {self._unused} LIMIT 100"  # noqa: S608
        async with connection.begin():
            unused = list(await connection.scalars(text(query), now))
            await connection.execute(
                text("DELETE FROM inbox WHERE answered_at < :before"),
                {"before": self._clock.now() - timedelta(days=KEPT_DAYS)},
            )
        for sha256 in unused:
            async with connection.begin():
                await self._delete_file(connection, sha256)

    async def _delete_file(self, connection: AsyncConnection, sha256: str) -> None:
        """Deletes a file, unless somebody has begun to want it since; who does waits meanwhile."""
        await lock(connection, sha256)
        query = f"DELETE FROM files f WHERE sha256 = :sha256 AND {self._unused}"  # noqa: S608
        gone = await connection.execute(text(query), {"sha256": sha256, "now": self._clock.now()})
        if gone.rowcount and self._files:
            await asyncio.to_thread(self._files.delete, sha256)
