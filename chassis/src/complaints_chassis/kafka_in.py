"""The consumer edge: batches of records from Kafka into `apply`, then their offsets committed.

One FastStream batch subscriber for a service and all its topics. FastStream builds, documents,
measures, starts and stops it; offsets, retries and pauses are decided here. At least once: a record
is committed only after `apply` returned, and may come again after a rebalance or a crash. The
records of one partition come in order.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Final

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import IllegalStateError, KafkaError
from faststream.kafka import KafkaMessage

from complaints_chassis.errors import Transient
from complaints_chassis.kafka_bytes import header_name
from complaints_chassis.kafka_subscriber import Broker, subscribe
from complaints_chassis.kafka_tolerant import TolerantConsumer
from complaints_chassis.record import Record

log = logging.getLogger(__name__)

HANDOVER_SECONDS: Final = 10.0
"""How long a rebalance waits for the batch in hand, so that the next owner need not repeat it."""
BACKOFF_SECONDS: Final = (0.2, 5.0)
"""First and longest wait before a batch, a start or a notice is tried again."""
LAG_SECONDS: Final = 2.0


class Consumer:
    """Feeds `apply` with batches of at most 500 records, one batch at a time.

    Args:
        kafka: aiokafka's connection settings: `bootstrap_servers`, `security_protocol`, and so on.
        group: the consumer group, one for each service.
        topics: everything the service reads.
        apply: writes a batch in one transaction. If it raises, nothing is committed and the same
            batch is tried again, after 0.2 s and up to every 5 s: `Transient` is expected and
            logged as a warning, anything else as an error. Bad records are its own to hold.
        on_paused: told (topic, partition, offset, reason) when a record cannot be unpacked at all
            and its partition was paused; told again if it raises, and after a rebalance.
        middlewares: FastStream's, for metrics and traces.
    """

    def __init__(
        self,
        kafka: Mapping[str, Any],
        *,
        group: str,
        topics: Sequence[str],
        apply: Callable[[Sequence[Record]], Awaitable[None]],
        on_paused: Callable[[str, int, int, str], Awaitable[None]] | None = None,
        middlewares: Sequence[Any] = (),
    ) -> None:
        self.waiting: str | None = None
        """Why the batch in hand is being tried again; None while all is well."""
        self._apply = apply
        self._on_paused = on_paused
        self._paused_topics: dict[str, str] = {}
        self._born = time.monotonic()
        self._revoked = 0  # counts rebalances: a batch from before one is no longer ours
        self._stopping = False
        self._hands_free = asyncio.Event()
        self._hands_free.set()
        self._wake = asyncio.Event()
        self._lost = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._notices: set[asyncio.Task[None]] = set()
        build = partial(
            TolerantConsumer,
            paused_topics=self._paused_topics,
            on_blocked=self._blocked,
            on_lost=self._lose,
        )
        self.broker = Broker(kafka, build, middlewares)
        """For FastStream's AsyncAPI document."""
        self._subscriber = subscribe(self.broker, group, topics, self._handle, self._hand_over)

    async def start(self) -> None:
        """Starts reading, and returns at once: while Kafka is away it is tried again and again."""
        self._stopping = False
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Stops reading, lets the batch in hand finish and commit, then leaves the group."""
        self._stopping = True
        self._wake.set()
        for task in (self._keeper, *self._notices):
            if task:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        await self.broker.stop()

    @property
    def last_poll(self) -> float:
        """When the loop last turned, by `time.monotonic()`; it turns while paused and waiting."""
        return self._consumer.turned if self._consumer else self._born

    @property
    def assigned(self) -> frozenset[tuple[str, int]]:
        """The partitions this member has; empty while Kafka is away or the group rebalances."""
        return self._consumer.assigned if self._consumer else frozenset()

    @property
    def paused(self) -> Mapping[tuple[str, int], str]:
        """The assigned partitions that stand still, and why."""
        topics, consumer = self._paused_topics, self._consumer
        blocked = {tp: bad.reason for tp, bad in consumer.blocked.items()} if consumer else {}
        return {**{tp: topics[tp[0]] for tp in self.assigned if tp[0] in topics}, **blocked}

    async def lag(self) -> dict[tuple[str, int], int]:
        """How many records of each assigned partition were not handed out yet, asked of the broker.

        Without those whose position is not known yet; empty where the broker does not answer within
        two seconds.
        """
        with suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(LAG_SECONDS):
                return await self._consumer.lag() if self._consumer else {}
        return {}

    def pause_topic(self, topic: str, reason: str) -> None:
        """Leaves a topic's records where they are; it stays paused across rebalances."""
        if topic not in self._paused_topics:
            log.warning("topic paused", extra={"topic": topic})
        self._paused_topics[topic] = reason

    def resume_topic(self, topic: str) -> None:
        """Goes on with a paused topic, where it stopped."""
        if self._paused_topics.pop(topic, None):
            log.warning("topic resumed", extra={"topic": topic})

    async def skip(self, topic: str, partition: int, to_offset: int) -> None:
        """Goes on at `to_offset` with a partition whose next record cannot be read; commits that.

        Does nothing where reading has already gone past it.

        Raises:
            ValueError: the offset is not after the bad record, or past the end of the partition.
            Transient: not now: the broker is away, the partition is not here, or reading has not
                come to a bad record on it yet.
        """
        tp = TopicPartition(topic, partition)
        await self._hands_free.wait()  # an older batch must not commit a smaller offset after us
        consumer = self._consumer
        if consumer is None or tp not in consumer.assigned:
            raise Transient("the partition is not here now")
        try:
            if await consumer.skip(tp, to_offset):
                log.warning("records skipped", extra=_place(topic, partition, to_offset))
        except (KafkaError, IllegalStateError) as error:
            raise Transient("the broker did not take the offset") from error

    @property
    def _consumer(self) -> TolerantConsumer | None:
        consumer = self._subscriber.consumer
        return consumer if isinstance(consumer, TolerantConsumer) and consumer.started else None

    async def _keep(self) -> None:
        """Has the broker started, now and whenever aiokafka gave up."""
        delay, longest = BACKOFF_SECONDS
        while True:
            try:
                await self.broker.start()
                delay, _ = BACKOFF_SECONDS
                await self._lost.wait()
            except Exception as error:
                log.warning("Kafka is away", extra={"error": type(error).__name__})
            self._lost.set()  # whatever batch is in hand is no longer ours
            self._wake.set()
            await self.broker.stop()
            self._lost.clear()
            await asyncio.sleep(delay)
            delay = min(delay * 2, longest)

    def _lose(self, error: Exception) -> None:
        log.error("consumer lost, building it again", extra={"error": type(error).__name__})
        self._lost.set()

    async def _handle(self, message: KafkaMessage) -> None:
        consumer = self._consumer
        if consumer is None:
            return
        self._hands_free.clear()
        try:
            records = [_record(raw) for raw in message.raw_message]
            if await self._carry(consumer, records):
                next_ones = {TopicPartition(r.topic, r.partition): r.offset + 1 for r in records}
                await consumer.commit(next_ones)
        except (KafkaError, IllegalStateError) as error:
            # Another member has them now, and applies them again: that is recognised there.
            log.warning("offsets not committed", extra={"error": type(error).__name__})
        finally:
            self.waiting = None
            self._hands_free.set()

    async def _carry(self, consumer: TolerantConsumer, records: Sequence[Record]) -> bool:
        """Applies the batch, however often it takes. False: it is no longer ours to apply."""
        delay, longest = BACKOFF_SECONDS
        revoked = self._revoked
        while True:
            try:
                await self._apply(records)
            except Exception as error:
                self._complain(error, records)
            else:
                return True
            self._wake.clear()
            if not self._gone(revoked):
                await consumer.stay(self._wake, delay)
            if self._gone(revoked):
                return False
            delay = min(delay * 2, longest)

    def _gone(self, revoked: int) -> bool:
        return self._stopping or self._lost.is_set() or revoked != self._revoked

    def _complain(self, error: Exception, records: Sequence[Record]) -> None:
        """Once for each kind of error: a database that is away for an hour is one line."""
        reason, first = type(error).__name__, records[0]
        if reason != self.waiting:
            level = logging.WARNING if isinstance(error, Transient) else logging.ERROR
            place = _place(first.topic, first.partition, first.offset)
            log.log(level, "batch not applied, trying again", extra={**place, "error": reason})
        self.waiting = reason

    async def _hand_over(self) -> None:
        """Before a rebalance: the batch in hand is finished and committed, or let go."""
        self._revoked += 1
        self._wake.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(HANDOVER_SECONDS):
                await self._hands_free.wait()

    def _blocked(self, tp: TopicPartition, offset: int, reason: str) -> None:
        log.error("partition paused", extra={**_place(tp[0], tp[1], offset), "error": reason})
        task = asyncio.create_task(self._tell(tp[0], tp[1], offset, reason))
        self._notices.add(task)
        task.add_done_callback(self._notices.discard)

    async def _tell(self, topic: str, partition: int, offset: int, reason: str) -> None:
        delay, longest = BACKOFF_SECONDS
        while self._on_paused and (topic, partition) in self.paused:
            try:
                await self._on_paused(topic, partition, offset, reason)
                break
            except Exception as error:
                log.warning("pause not told yet", extra={"error": type(error).__name__})
            await asyncio.sleep(delay)
            delay = min(delay * 2, longest)


def _record(raw: ConsumerRecord) -> Record:
    headers = tuple((header_name(name), value) for name, value in raw.headers)
    return Record(raw.topic, raw.partition, raw.offset, raw.timestamp, raw.key, raw.value, headers)


def _place(topic: str, partition: int, offset: int) -> dict[str, Any]:
    return {"topic": topic, "partition": partition, "offset": offset}
