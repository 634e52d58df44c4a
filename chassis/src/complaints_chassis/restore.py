"""What to do about an older database that was put back: before a service opens (reliability F29).

A backup lacks what happened since. What was published since is on the service's own topics: those
events are written into the journal again, under their own ids and numbers, so that nothing new can
take their place. Then the group goes back to where this database had read, and reads again what it
has forgotten; what it knows it recognises. What never left the service since the backup is lost:
notes, drafts, mail that came in and was not read yet.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from complaints_chassis import journal
from complaints_chassis.book import Book, read_states, write_read_tables, write_timers
from complaints_chassis.database import transaction
from complaints_chassis.erasure import forget
from complaints_chassis.errors import ChassisError
from complaints_chassis.journal import Cause, Head, make_row
from complaints_chassis.kafka_read import partitions, records_now
from complaints_chassis.private import Restored
from complaints_chassis.work import Work
from complaints_contracts import envelope
from complaints_contracts.envelope import Envelope
from complaints_contracts.kafka import ClusterError, administering
from complaints_contracts.ops import JournalSealed, PersonErased
from complaints_contracts.topics import topic_named

logger = logging.getLogger(__name__)

MARGIN: Final = timedelta(minutes=10)
"""Clocks of different machines are no further apart."""
COMPARE_SECONDS: Final = 300.0
"""How long reading the topics may take, where a whole database was lost."""
PATIENCE: Final = {"request_timeout_ms": 5_000}
"""A broker that does not answer keeps a service from opening no longer than this."""
ACTOR: Final = "restore"


@dataclass(frozen=True)
class Published:
    """What a service has on its own topics, as far back as matters."""

    events: Sequence[Envelope]
    seals: Sequence[tuple[datetime, JournalSealed]]


async def take_back(engine: AsyncEngine, book: Book, kafka: Mapping[str, Any]) -> int:
    """Writes what was published and is not in the journal; how many events that were.

    Does nothing, and says so in the log, while Kafka is away: a contact must not wait for it.

    Raises:
        ChassisError: the topics do not go back as far as this database.
        Transient: the database is away.
    """
    async with engine.connect() as connection:
        last = await connection.scalar(
            text("SELECT occurred_at FROM journal ORDER BY seq DESC LIMIT 1")
        )
    # A clock that was set may have gone ahead of the broker's.
    since = last - MARGIN if last and last < datetime.now(UTC) else None
    try:
        async with asyncio.timeout(COMPARE_SECONDS):
            published = await _published(kafka, book, since)
    except (ClusterError, KafkaError, TimeoutError) as error:
        logger.warning(
            "the journal was not compared with its topics", extra={"error": type(error).__name__}
        )
        return 0

    async def once(connection: AsyncConnection) -> int:
        return await _take_back(connection, book, published)

    return await transaction(engine, once, book.service)


async def _published(kafka: Mapping[str, Any], book: Book, since: datetime | None) -> Published:
    events: dict[UUID, Envelope] = {}
    seals: dict[int, tuple[datetime, JournalSealed]] = {}

    def is_own(topic: str) -> bool:
        try:
            return book.service in topic_named(topic).producers
        except KeyError:
            return False

    async for record in records_now({**kafka, **PATIENCE}, is_own, since):
        raw = [(name.encode(), value) for name, value in record.headers]
        if (b"ce_source", book.source.encode()) not in raw:
            continue
        found = envelope.decode(record.key, record.value, raw, record.topic)
        if isinstance(found.event, JournalSealed):
            seals[found.event.number] = found.time, found.event
        else:
            events.setdefault(found.id, found)
    return Published(list(events.values()), [seals[number] for number in sorted(seals)])


async def _take_back(connection: AsyncConnection, book: Book, published: Published) -> int:
    known = set(
        await connection.scalars(
            text("SELECT event_id FROM journal WHERE event_id = ANY(CAST(:ids AS uuid[]))"),
            {"ids": [found.id for found in published.events]},
        )
    )
    missing = [found for found in published.events if found.id not in known]
    last_seal = await connection.scalar(text("SELECT COALESCE(max(number), 0) FROM seals"))
    seals = [(at, seal) for at, seal in published.seals if seal.number > last_seal]
    if not missing and not seals:
        return 0
    await _write(connection, book, missing)
    if seals:
        await connection.execute(
            text(
                "INSERT INTO seals (number, sealed_at, seqs, previous, root, published)"
                " VALUES (:number, :at, '{}', :previous, :root, true)"
            ),
            [
                {
                    "number": seal.number,
                    "at": at,
                    "previous": bytes.fromhex(seal.previous),
                    "root": bytes.fromhex(seal.root),
                }
                for at, seal in seals
            ],
        )
    work = Work(book, datetime.now(UTC))
    work.cause = Cause(actor=ACTOR)
    await work.load(connection, [])
    numbers = [seal.number for _, seal in seals]
    work.append(
        book.aggregates["ops"],
        book.service,
        Restored(
            events=len(missing),
            first_seal=min(numbers, default=0),
            last_seal=max(numbers, default=0),
        ),
    )
    work.keep()
    await work.write(connection)
    logger.warning(
        "an older database was put back: took back what was published since",
        extra={"events": len(missing), "seals": len(seals)},
    )
    return len(missing)


async def _write(connection: AsyncConnection, book: Book, missing: Iterable[Envelope]) -> None:
    by_stream: dict[str, list[Envelope]] = {}
    for found in sorted(missing, key=lambda found: found.sequence):
        by_stream.setdefault(book.stream_of(found.event), []).append(found)
    heads = await journal.heads(connection, list(by_stream))
    rows = []
    for stream, envelopes in by_stream.items():
        head = heads.get(stream, Head())
        for found in envelopes:
            if found.sequence != head.sequence + 1:
                raise ChassisError(
                    f"{stream} ends here with event {head.sequence}, and its topic goes on with"
                    f" {found.sequence}: this database cannot be brought up to date. Put back a"
                    " backup that is newer, and was not used since."
                )
            row = make_row(
                found.event,
                stream=stream,
                head=head,
                event_id=found.id,
                at=found.time,
                cause=Cause(ACTOR, "", found.causation, found.traceparent),
                source=book.source,
            )
            rows.append(row)
            head = row.head
    await journal.append(connection, rows)
    # Sealed by the relay's next round, and not sent again.
    await connection.execute(
        text(
            "UPDATE unpublished SET topic = NULL WHERE seq IN"
            " (SELECT seq FROM journal WHERE event_id = ANY(CAST(:ids AS uuid[])))"
        ),
        {"ids": [row.columns["event_id"] for row in rows]},
    )
    states = await read_states(connection, book, by_stream)
    await write_read_tables(connection, book, states)
    await write_timers(connection, book, states)
    erased = {str(f.event.person_id) for f in missing if isinstance(f.event, PersonErased)}
    if erased:
        await forget(connection, book, erased)


async def read_again(
    engine: AsyncEngine, kafka: Mapping[str, Any], group: str, topics: Sequence[str]
) -> int:
    """Has the group go back to where this database had read; how many partitions went back.

    Does nothing, and says so in the log, while Kafka is away.

    Raises:
        ChassisError: other members of the group run.
    """
    patient = {**kafka, **PATIENCE}
    try:
        # First what was committed: the database is never behind that, unless it was put back.
        parts = await partitions(patient, topics.__contains__)
        committed = await _committed(patient, group, parts)
    except (ClusterError, KafkaError, TimeoutError) as error:
        logger.warning("offsets were not compared", extra={"error": type(error).__name__})
        return 0
    back = await _behind(engine, committed)
    if back:
        await _commit(patient, group, back)
        logger.warning("an older database was put back", extra={"partitions": len(back)})
    return len(back)


async def _committed(
    kafka: Mapping[str, Any], group: str, parts: Sequence[TopicPartition]
) -> dict[TopicPartition, int]:
    async with administering(kafka) as admin:
        found = await admin.list_consumer_group_offsets(group, partitions=parts)
    return {part: place.offset for part, place in found.items()}


async def _behind(
    engine: AsyncEngine, committed: Mapping[TopicPartition, int]
) -> dict[TopicPartition, int]:
    """Where this database had read less than was committed, and how far."""
    async with engine.connect() as connection:
        rows = await connection.execute(text("SELECT topic, partition, next_offset FROM offsets"))
        here = {TopicPartition(row.topic, row.partition): row.next_offset for row in rows}
    return {part: here.get(part, 0) for part, end in committed.items() if here.get(part, 0) < end}


async def _commit(kafka: Mapping[str, Any], group: str, back: Mapping[TopicPartition, int]) -> None:
    consumer = AIOKafkaConsumer(**kafka, group_id=group, enable_auto_commit=False)
    try:
        await consumer.start()
        consumer.assign(list(back))
        await consumer.commit(dict(back))
    except KafkaError as error:
        raise ChassisError(
            "An older database was put back, and other replicas of this service run. Stop them all,"
            " put it back again, and start one."
        ) from error
    finally:
        await consumer.stop()
