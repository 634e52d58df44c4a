"""The consumer's heart: a batch of records becomes one transaction (architecture 3).

Everything is read and decided before anything is written, so a bad record costs itself only. A
record is applied, or a duplicate, or held; never refused, never dropped.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence, Set
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from complaints_chassis import held, tables, telemetry
from complaints_chassis.aggregate import Needs
from complaints_chassis.book import Book
from complaints_chassis.clock import Clock
from complaints_chassis.database import insert_many, transaction
from complaints_chassis.errors import Transient
from complaints_chassis.held import NEEDS_PERSON, Held
from complaints_chassis.ordering import Arrival, Outcome, Place, Turn, in_order, timely
from complaints_chassis.outside import Outside
from complaints_chassis.points import point
from complaints_chassis.record import Record
from complaints_chassis.subscriptions import FromOutside, On, Subscription
from complaints_chassis.work import Work
from complaints_contracts import envelope
from complaints_contracts.codes import HeldKind
from complaints_contracts.envelope import Envelope
from complaints_contracts.event import Event
from complaints_contracts.ops import RecordHeld, RecordReleased

logger = logging.getLogger(__name__)

HELD_IN_A_ROW: Final = 20
"""So many unreadable or forked records in a row pause their topic: the sender is broken."""
FURTHEST: Final = (
    "ON CONFLICT (topic, partition) DO UPDATE"
    " SET next_offset = GREATEST(offsets.next_offset, excluded.next_offset)"
)

T = TypeVar("T")
R = TypeVar("R")

Once = Callable[[AsyncConnection, Sequence[T], str | None], Awaitable[Outcome]]
"""Applies items in one transaction; a reason means that they are held for it, unread."""


class Applier:
    """Applies records of other services' topics to one service."""

    def __init__(
        self,
        engine: AsyncEngine,
        book: Book,
        subscriptions: Sequence[Subscription],
        clock: Clock,
        pause: Callable[[str, str], Awaitable[None]],
    ) -> None:
        self._engine = engine
        self._book = book
        self._on: dict[type[Event], On[Any]] = {
            on.event: on for on in subscriptions if isinstance(on, On)
        }
        self._outside = Outside([on for on in subscriptions if isinstance(on, FromOutside)])
        self._clock = clock
        self._service = book.service
        self._pause = pause
        self._held_in_a_row: dict[str, int] = {}

    async def apply(self, records: Sequence[Record]) -> None:
        """Applies a batch in order, then what it released.

        Raises:
            Transient: the database is away; part of the batch may have been applied, and is
                recognised when it comes again.
        """
        bad = {
            item.record
            for batch in await self._apply(self._once, records)
            for item in batch.held
            if item.kind in NEEDS_PERSON
        }
        await self.release()
        await self._watch_rows(records, bad)

    async def release(self) -> None:
        """Applies held records whose turn has come, until there are none."""
        while ids := await self._transaction(held.releasable):
            if not any(batch.applied or batch.duplicates for batch in await self.replay(ids)):
                break

    async def replay(self, ids: Sequence[str]) -> list[Outcome]:
        """Takes records out of what is held, and applies them or holds them again."""
        return await self._apply(self._once_held, ids)

    async def _transaction(self, once: Callable[[AsyncConnection], Awaitable[R]]) -> R:
        return await transaction(self._engine, once, self._service)

    async def _apply(self, once: Once[T], items: Sequence[T]) -> list[Outcome]:
        """One transaction; where that fails, its halves, until the culprit stands alone."""
        try:
            batch = await self._transaction(lambda c: once(c, items, None))
        except Transient:
            raise
        except Exception as error:
            if len(items) > 1:
                middle = len(items) // 2
                first = await self._apply(once, items[:middle])
                return first + await self._apply(once, items[middle:])
            logger.exception("a record cannot be applied")
            reason = f"it cannot be applied: {type(error.__cause__ or error).__name__}"
            batch = await self._transaction(lambda c: once(c, items, reason))
        point("apply.after-commit")
        for afterwards in batch.afterwards:
            afterwards()
        telemetry.RECORDS_APPLIED.labels(self._service).inc(len(batch.applied) + batch.taken)
        telemetry.RECORDS_DUPLICATE.labels(self._service).inc(batch.duplicates)
        return [batch]

    async def _once(
        self,
        connection: AsyncConnection,
        records: Sequence[Record],
        refused: str | None,
        told: Set[str] = frozenset(),
    ) -> Outcome:
        outside = self._outside.read(records, refused)
        unreadable: list[Held] = []
        arrivals: list[Arrival] = []
        for record in self._outside.others(records):
            try:
                if refused:
                    raise envelope.Unreadable(refused)
                found = envelope.decode(record.key, record.value, record.headers, record.topic)
            except envelope.Unreadable as error:
                unreadable.append(Held(record, HeldKind.UNREADABLE, str(error)))
            else:
                arrivals.append(Arrival(record, found))
        places = sorted({arrival.place for arrival in arrivals})
        known = await self._progress(connection, arrivals)
        stuck = await held.blocked(connection, places) if places else set()
        work = Work(self._book, self._clock.now())
        needed = [self._needs(arrival.envelope) for arrival in timely(arrivals, known.keys())]
        await work.load(connection, [*needed, *self._outside.needs(outside)])
        point("apply.before-decide")
        batch = in_order(arrivals, known, stuck, lambda arrival: self._handle(work, arrival))
        batch.held[:0] = unreadable
        self._outside.apply(outside, work, batch)
        self._tell(work, batch, told)
        await work.write(connection)
        await insert_many(
            connection,
            tables.progress,
            [
                {"topic": topic, "stream": stream, "sequence": sequence, "event_id": event_id}
                for (topic, stream, sequence), event_id in sorted(batch.applied.items())
            ],
        )
        await held.hold(connection, batch.held, work.now)
        await _remember_offsets(connection, records)
        point("apply.before-commit")
        return batch

    def _handle(self, work: Work, arrival: Arrival) -> Held | None:
        """Applies one event to the work in hand; says how it is held where that cannot be."""
        found = arrival.envelope
        on = self._on.get(type(found.event))
        if on is None:
            return None
        for stream in on.needs(found.event).known:
            if not work.knows(stream):
                reason = "it speaks of a stream that is not known here yet"
                return arrival.held(HeldKind.WAITING, reason, waits_for=stream)
        work.caused_by(found)
        try:
            on.handle(found.event, work)
        except Exception as error:
            work.drop()
            logger.exception("a handler failed", extra={"event_id": str(found.id)})
            reason = f"the handler failed: {type(error).__name__}"
            return arrival.held(HeldKind.UNREADABLE, reason)
        work.keep()
        return None

    def _needs(self, found: Envelope) -> Needs:
        on = self._on.get(type(found.event))
        return on.needs(found.event) if on else Needs()

    async def _progress(
        self, connection: AsyncConnection, arrivals: Sequence[Arrival]
    ) -> dict[Turn, UUID]:
        """What of these streams was applied before, from just before the first record on."""
        first: dict[Place, int] = {}
        for arrival in arrivals:
            sequence = arrival.envelope.sequence
            first[arrival.place] = min(sequence, first.get(arrival.place, sequence))
        if not first:
            return {}
        rows = await connection.execute(
            text(
                "SELECT p.topic, p.stream, p.sequence, p.event_id FROM progress p JOIN unnest("
                "CAST(:topics AS text[]), CAST(:streams AS text[]), CAST(:firsts AS bigint[]))"
                " AS want(topic, stream, first)"
                " ON p.topic = want.topic AND p.stream = want.stream"
                " AND p.sequence >= want.first - 1"
            ),
            {
                "topics": [topic for topic, _ in first],
                "streams": [stream for _, stream in first],
                "firsts": list(first.values()),
            },
        )
        return {(row.topic, row.stream, row.sequence): row.event_id for row in rows}

    def _tell(self, work: Work, batch: Outcome, told: Set[str]) -> None:
        """Tells operations what waits for a person now, and what they were told of and is over."""
        for id in sorted(told - {item.id for item in batch.held}):
            work.tell_operations(RecordReleased(speaker=self._service, held_id=id))
        for item in batch.held:
            telemetry.RECORDS_HELD.labels(self._service, item.kind).inc()
            if item.kind in NEEDS_PERSON:
                work.tell_operations(
                    RecordHeld(
                        speaker=self._service,
                        held_id=item.id,
                        kind=item.kind,
                        source_topic=item.record.topic,
                        partition=item.record.partition,
                        offset=item.record.offset,
                        reason=item.reason,
                    )
                )
        work.keep()

    async def _once_held(
        self, connection: AsyncConnection, ids: Sequence[str], refused: str | None
    ) -> Outcome:
        rows = await held.take(connection, ids)
        told = {row.id for row in rows if row.kind in NEEDS_PERSON or row.alarmed_at}
        return await self._once(connection, [held.as_record(row) for row in rows], refused, told)

    async def _watch_rows(self, records: Sequence[Record], bad: Set[Record]) -> None:
        full = {}
        for record in records:
            row = self._held_in_a_row.get(record.topic, 0) + 1 if record in bad else 0
            self._held_in_a_row[record.topic] = row
            if row >= HELD_IN_A_ROW:
                full[record.topic] = f"{HELD_IN_A_ROW} records in a row were held"
        for topic, reason in full.items():
            await self._pause(topic, reason)
            self._held_in_a_row[topic] = 0


async def _remember_offsets(connection: AsyncConnection, records: Sequence[Record]) -> None:
    """How far this batch goes; what was held before is no news."""
    ends: dict[tuple[str, int], int] = {}
    for record in records:
        if record.held_as is None:
            place = record.topic, record.partition
            ends[place] = max(record.offset + 1, ends.get(place, 0))
    rows = [
        {"topic": topic, "partition": partition, "next_offset": end}
        for (topic, partition), end in sorted(ends.items())
    ]
    await insert_many(connection, tables.offsets, rows, FURTHEST)
