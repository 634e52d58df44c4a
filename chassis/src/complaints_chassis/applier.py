"""The consumer's heart: a batch of records becomes one transaction (architecture 3).

Everything is read and decided before anything is written, so a bad record costs itself only. A
record is applied, or a duplicate, or held; never refused, never dropped.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterator, Sequence, Set
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final, TypeVar
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from complaints_chassis import held, tables, telemetry
from complaints_chassis.aggregate import Needs, On
from complaints_chassis.book import Book
from complaints_chassis.clock import Clock
from complaints_chassis.database import insert_many, transaction
from complaints_chassis.errors import Transient
from complaints_chassis.held import NEEDS_PERSON, Held
from complaints_chassis.points import point
from complaints_chassis.record import Record
from complaints_chassis.work import Work
from complaints_contracts import envelope
from complaints_contracts.codes import HeldKind
from complaints_contracts.envelope import Envelope
from complaints_contracts.event import Event
from complaints_contracts.ops import RecordHeld, RecordReleased

logger = logging.getLogger(__name__)

HELD_IN_A_ROW: Final = 20
"""So many unreadable or forked records in a row pause their topic: the sender is broken."""

Place = tuple[str, str]
"""Topic and stream."""
T = TypeVar("T")
R = TypeVar("R")


@dataclass
class _Batch:
    """What one transaction found out about its records."""

    held: list[Held] = field(default_factory=list)
    applied: dict[tuple[str, str, int], UUID] = field(default_factory=dict)
    duplicates: int = 0


Once = Callable[[AsyncConnection, Sequence[T], str | None], Awaitable[_Batch]]
"""Applies items in one transaction; a reason means that they are held for it, unread."""


class Applier:
    """Applies records of other services' topics to one service."""

    def __init__(
        self,
        engine: AsyncEngine,
        book: Book,
        subscriptions: Sequence[On[Any]],
        clock: Clock,
        pause: Callable[[str, str], Awaitable[None]],
    ) -> None:
        self._engine = engine
        self._book = book
        self._on: dict[type[Event], On[Any]] = {on.event: on for on in subscriptions}
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

    async def replay(self, ids: Sequence[str]) -> list[_Batch]:
        """Takes records out of what is held, and applies them or holds them again."""
        return await self._apply(self._once_held, ids)

    async def _transaction(self, once: Callable[[AsyncConnection], Awaitable[R]]) -> R:
        return await transaction(self._engine, once, self._service)

    async def _apply(self, once: Once[T], items: Sequence[T]) -> list[_Batch]:
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
        telemetry.RECORDS_APPLIED.labels(self._service).inc(len(batch.applied))
        telemetry.RECORDS_DUPLICATE.labels(self._service).inc(batch.duplicates)
        return [batch]

    async def _once(
        self,
        connection: AsyncConnection,
        records: Sequence[Record],
        refused: str | None,
        told: Set[str] = frozenset(),
    ) -> _Batch:
        batch = _Batch()
        envelopes: list[tuple[Record, Envelope]] = []
        for record in records:
            try:
                if refused:
                    raise envelope.Unreadable(refused)
                found = envelope.decode(record.key, record.value, record.headers, record.topic)
            except envelope.Unreadable as error:
                batch.held.append(Held(record, HeldKind.UNREADABLE, str(error)))
            else:
                envelopes.append((record, found))
        places = sorted({(r.topic, e.event.stream) for r, e in envelopes})
        known = await self._progress(connection, envelopes)
        stuck = await held.blocked(connection, places) if places else set()
        work = Work(self._book, self._clock.now())
        timely = self._timely(envelopes, known.keys())
        await work.load(connection, [self._needs(found) for found in timely])
        point("apply.before-decide")
        self._decide(work, batch, deque(envelopes), known, stuck)
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
        point("apply.before-commit")
        return batch

    def _decide(
        self,
        work: Work,
        batch: _Batch,
        queue: deque[tuple[Record, Envelope]],
        known: dict[tuple[str, str, int], UUID],
        stuck: set[Place],
    ) -> None:
        """Decides each record in order; what follows a gap is looked at again when it closes."""
        behind: dict[tuple[str, str, int], list[tuple[Record, Envelope]]] = {}
        while queue:
            record, found = queue.popleft()
            place = (record.topic, found.event.stream)
            here = (*place, found.sequence)
            seen = batch.applied.get(here) or known.get(here)
            if seen == found.id:
                batch.duplicates += 1
            elif seen is not None:
                reason = f"sequence {found.sequence} was applied with another event id"
                batch.held.append(Held(record, HeldKind.FORKED, reason, found))
                stuck.add(place)
            elif place in stuck:
                reason = "it follows a record that is held"
                batch.held.append(Held(record, HeldKind.BEHIND, reason, found))
            elif found.sequence > 1 and not (
                (before := (*place, found.sequence - 1)) in batch.applied or before in known
            ):
                behind.setdefault(here, []).append((record, found))
            elif self._handle(work, batch, record, found):
                batch.applied[here] = found.id
                if following := behind.get((*place, found.sequence + 1)):
                    queue.appendleft(following.pop(0))
                queue.extendleft(behind.pop(here, []))  # others of this sequence come first
        for record, found in chain.from_iterable(behind.values()):
            reason = f"sequence {found.sequence - 1} of its stream has not arrived"
            batch.held.append(Held(record, HeldKind.BEHIND, reason, found))

    def _handle(self, work: Work, batch: _Batch, record: Record, found: Envelope) -> bool:
        on = self._on.get(type(found.event))
        if on is None:
            return True
        for stream in on.needs(found.event).known:
            if not work.knows(stream):
                reason = "it speaks of a stream that is not known here yet"
                batch.held.append(Held(record, HeldKind.WAITING, reason, found, stream))
                return False
        work.caused_by(found)
        try:
            on.handle(found.event, work)
        except Exception as error:
            work.drop()
            logger.exception("a handler failed", extra={"event_id": str(found.id)})
            reason = f"the handler failed: {type(error).__name__}"
            batch.held.append(Held(record, HeldKind.UNREADABLE, reason, found))
            return False
        work.keep()
        return True

    def _timely(
        self, envelopes: Sequence[tuple[Record, Envelope]], known: Set[tuple[str, str, int]]
    ) -> Iterator[Envelope]:
        """Those whose turn it may be: neither applied before nor surely behind."""
        arriving = {(r.topic, e.event.stream, e.sequence) for r, e in envelopes}
        for record, found in envelopes:
            place = (record.topic, found.event.stream)
            before = (*place, found.sequence - 1)
            if (*place, found.sequence) not in known and (
                found.sequence == 1 or before in known or before in arriving
            ):
                yield found

    def _needs(self, found: Envelope) -> Needs:
        on = self._on.get(type(found.event))
        return on.needs(found.event) if on else Needs()

    async def _progress(
        self, connection: AsyncConnection, envelopes: Sequence[tuple[Record, Envelope]]
    ) -> dict[tuple[str, str, int], UUID]:
        """What of these streams was applied before, from just before the first record on."""
        first: dict[Place, int] = {}
        for record, found in envelopes:
            place = (record.topic, found.event.stream)
            first[place] = min(found.sequence, first.get(place, found.sequence))
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

    def _tell(self, work: Work, batch: _Batch, told: Set[str]) -> None:
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
    ) -> _Batch:
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
