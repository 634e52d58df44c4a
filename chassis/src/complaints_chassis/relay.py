"""The relay: takes journal rows to Kafka, in each stream's order, and seals what it took.

Each round sends the earliest unpublished row of every stream together, through one idempotent
producer, and waits for all of them: never two of one stream in flight. What the broker confirmed
leaves the queue in the transaction that writes the seal; what it did not stays, for later.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from typing import Any, Final
from uuid import NAMESPACE_OID, uuid5

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from complaints_chassis import telemetry
from complaints_chassis.clock import Clock
from complaints_chassis.crowd import gather_seconds
from complaints_chassis.journal import START
from complaints_chassis.points import point
from complaints_chassis.readers import Readers
from complaints_contracts import envelope
from complaints_contracts.ops import JournalSealed
from complaints_contracts.personal import join

WINDOW: Final = 1000
"""Rows looked at in one round."""
SEND_SECONDS: Final = 10.0
"""A send not confirmed after so long has failed; should it arrive after all, its id is the same."""
BATCH_BYTES: Final = 768 * 1024
"""So much of a round goes to a partition in one request: a broker that syncs what it confirms syncs
once for it. Below what a broker takes by default (1 MB)."""
MAX_BACKOFF_SECONDS: Final = 5.0
STOP_SECONDS: Final = 5.0
FAILED_SENDS: Final = 5
"""After so many to a topic that failed in a row the producer is made anew: an idempotent one that
has met a fatal error, such as a sequence that the broker does not expect, fails from then on."""

NEXT: Final = """
WITH heads AS (
    SELECT DISTINCT ON (stream) seq, topic, attempts, not_before FROM unpublished
    WHERE topic IS NOT NULL AND seq NOT IN (SELECT unnest(CAST(:sent AS bigint[])))
    ORDER BY stream, seq
), taken AS (
    (SELECT seq, topic, attempts FROM heads WHERE not_before IS NULL OR not_before <= now()
     ORDER BY seq LIMIT :window)
    UNION ALL
    (SELECT seq, topic, attempts FROM unpublished WHERE topic IS NULL ORDER BY seq LIMIT :window)
)
SELECT j.seq, j.stream, taken.topic, j.headers, j.record, j.hash, taken.attempts,
    (SELECT array_agg(p.bytes) FROM personal p WHERE p.event_id = j.event_id) AS parts
FROM taken JOIN journal j USING (seq) ORDER BY j.seq
"""


class Relay:
    """Publishes one service's journal. `round` is run by the leader, on the leader's connection."""

    def __init__(
        self,
        kafka: Mapping[str, Any],
        service: str,
        source: str,
        clock: Clock,
        readers: Readers,
    ) -> None:
        self._kafka = kafka
        self._producer: AIOKafkaProducer | None = None
        self._failing: Counter[str] = Counter()  # by topic, how often in a row
        self._service = service
        self._source = source
        self._clock = clock
        self._readers = readers

    async def reaches_broker(self) -> bool:
        """Whether the broker took what it was sent last, and answers now."""
        if self._producer is None or self._failing:
            return False
        try:
            await self._producer.client.fetch_all_metadata()
        except KafkaError:
            return False
        return True

    async def stop(self) -> None:
        """Closes the producer, which may wait for a broker that is away: not for long."""
        if self._producer:
            producer, self._producer = self._producer, None
            with suppress(TimeoutError):
                async with asyncio.timeout(STOP_SECONDS):
                    await producer.stop()

    async def round(self, connection: AsyncConnection) -> bool:
        """Takes what can be taken now; says whether there was anything."""
        if max(self._failing.values(), default=0) >= FAILED_SENDS:
            self._failing.clear()
            await self.stop()
        await self._connect()
        read = await self._readers.read()
        async with connection.begin():
            await _leave(connection, read)
            given = {"window": WINDOW, "sent": list(self._readers.sent)}
            found = await connection.execute(text(NEXT), given)
            rows = self._readers.choose(found.all())
        if not rows:
            return await self._publish_seals(connection) or bool(read)
        point("relay.before-send")
        places = await self._send_all([row for row in rows if row.topic])
        done = [row for row in rows if places.get(row.seq, True)]
        failed = [row for row in rows if not places.get(row.seq, True)]
        point("relay.after-send")
        async with connection.begin():
            await self._seal(connection, done)
            safe = [row.seq for row in done if self._readers.keeps(row.topic)]
            await _leave(connection, safe)
            await self._put_off(connection, failed)
        for row in done:
            if place := places.get(row.seq):
                self._readers.note(row, place)
        point("relay.after-mark")
        telemetry.EVENTS_PUBLISHED.labels(self._service).inc(len(places) - len(failed))
        telemetry.PUBLISH_FAILURES.labels(self._service).inc(len(failed))
        await asyncio.sleep(gather_seconds(len(done), WINDOW))
        return bool(done)

    async def _connect(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = AIOKafkaProducer(
                **self._kafka, acks="all", enable_idempotence=True, max_batch_size=BATCH_BYTES
            )
            try:
                await producer.start()
            except BaseException:
                await producer.stop()
                raise
            self._producer = producer
        return self._producer

    async def _send_all(self, rows: Sequence[Row[Any]]) -> dict[int, RecordMetadata | None]:
        """Where the broker put each row; None where it did not confirm."""
        by_topic: dict[str, list[Row[Any]]] = {}
        for row in rows:
            by_topic.setdefault(row.topic, []).append(row)
        places = await asyncio.gather(
            *(
                self._send(
                    topic, [(row.stream.partition(":")[2], value(row), row.headers) for row in its]
                )
                for topic, its in by_topic.items()
            )
        )
        sent = chain.from_iterable(by_topic.values())
        return dict(zip((row.seq for row in sent), chain.from_iterable(places), strict=True))

    async def _send(
        self, topic: str, messages: Sequence[tuple[str, bytes, Mapping[str, str]]]
    ) -> list[RecordMetadata | None]:
        """Where the broker put each of a topic's messages, which go together; None as above.

        A topic that cannot be written to keeps no other waiting.
        """
        under_way: dict[int, asyncio.Future[RecordMetadata]] = {}
        with suppress(Exception):  # whatever it was, the rows stay queued
            async with asyncio.timeout(SEND_SECONDS):
                producer = await self._connect()
                for number, (key, data, headers) in enumerate(messages):
                    pairs = [(name, text.encode()) for name, text in headers.items()]
                    with suppress(KafkaError):
                        under_way[number] = await producer.send(
                            topic, data, key=key.encode(), headers=pairs
                        )
                if under_way:
                    await asyncio.wait(under_way.values())
        places = [_place(under_way.get(number)) for number in range(len(messages))]
        if all(places):
            del self._failing[topic]
        else:
            self._failing[topic] += 1
        return places

    async def _seal(self, connection: AsyncConnection, rows: Sequence[Row[Any]]) -> None:
        if not rows:
            return
        last = (
            await connection.execute(
                text("SELECT number, root FROM seals ORDER BY number DESC LIMIT 1")
            )
        ).first()
        number, previous = (last.number + 1, last.root) if last else (1, START)
        await connection.execute(
            text(
                "INSERT INTO seals (number, sealed_at, seqs, previous, root)"
                " VALUES (:number, :now, CAST(:seqs AS bigint[]), :previous, :root)"
            ),
            {
                "number": number,
                "now": self._clock.now(),
                "seqs": [row.seq for row in rows],
                "previous": previous,
                "root": root(previous, (row.hash for row in rows)),
            },
        )

    async def _publish_seals(self, connection: AsyncConnection) -> bool:
        """Sends seals that were not sent yet, in order; says whether it sent any."""
        async with connection.begin():
            found = await connection.execute(
                text("SELECT * FROM seals WHERE NOT published ORDER BY number LIMIT 100")
            )
        sent = []
        for seal in found:
            event = JournalSealed(
                speaker=f"{self._service}-seals",
                number=seal.number,
                root=seal.root.hex(),
                previous=seal.previous.hex(),
                rows=len(seal.seqs),
            )
            headers = envelope.headers(
                id=uuid5(NAMESPACE_OID, f"{self._source} seal {seal.number}"),
                type=event.type,
                source=self._source,
                subject=event.stream,
                time=seal.sealed_at,
                sequence=seal.number,
                causation=None,
                traceparent=None,
            )
            data = envelope.encode(event.model_dump(mode="json"))
            [place] = await self._send(event.topic, [(event.stream, data, headers)])
            if not place:
                break
            sent.append(seal.number)
        if sent:
            async with connection.begin():
                await connection.execute(
                    text(
                        "UPDATE seals SET published = true"
                        " WHERE number = ANY(CAST(:numbers AS bigint[]))"
                    ),
                    {"numbers": sent},
                )
        return bool(sent)

    async def _put_off(self, connection: AsyncConnection, rows: Sequence[Row[Any]]) -> None:
        """By the database's clock: a broker does not come back sooner because ours was set."""
        for row in rows:
            delay = min(0.1 * 2 ** min(row.attempts, 10), MAX_BACKOFF_SECONDS)
            await connection.execute(
                text(
                    "UPDATE unpublished SET attempts = attempts + 1,"
                    " not_before = now() + make_interval(secs => :delay) WHERE seq = :seq"
                ),
                {"seq": row.seq, "delay": delay},
            )


def _place(sending: asyncio.Future[RecordMetadata] | None) -> RecordMetadata | None:
    if sending is None or not sending.done() or sending.cancelled() or sending.exception():
        return None
    return sending.result()


async def _leave(connection: AsyncConnection, seqs: Sequence[int]) -> None:
    if seqs:
        await connection.execute(
            text("DELETE FROM unpublished WHERE seq = ANY(CAST(:seqs AS bigint[]))"),
            {"seqs": list(seqs)},
        )


def value(row: Row[Any]) -> bytes:
    """The Kafka value of a journal row: the event's JSON with the personal parts that are left."""
    parts = {str(index): json.loads(part) for index, part in enumerate(row.parts or ())}
    return envelope.encode(join(json.loads(row.record)["data"], parts))


def root(previous: bytes, hashes: Iterable[bytes]) -> bytes:
    """A seal: over the seal before it, and the hashes of the rows it covers in order."""
    return hashlib.sha256(previous + b"".join(hashes)).digest()
