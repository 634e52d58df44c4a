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
from complaints_chassis.kafka_batch import BACKOFF_SECONDS, Hands, place_of
from complaints_chassis.kafka_bytes import header_name
from complaints_chassis.kafka_subscriber import Broker, subscribe
from complaints_chassis.kafka_tolerant import TolerantConsumer
from complaints_chassis.record import Record

log = logging.getLogger(__name__)

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
        self._hands = Hands(apply)
        self._on_paused = on_paused
        self._paused_topics: dict[str, str] = {}
        self._born = time.monotonic()
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
        self._subscriber = subscribe(self.broker, group, topics, self._handle, self._hands.let_go)

    async def start(self) -> None:
        """Starts reading, and returns at once: while Kafka is away it is tried again and again."""
        self._hands.open()
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """Stops reading, lets the batch in hand finish and commit, then leaves the group."""
        self._hands.close()
        for task in (self._keeper, *self._notices):
            if task:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        await self.broker.stop()

    @property
    def waiting(self) -> str | None:
        """Why the batch in hand is being tried again; None while all is well."""
        return self._hands.waiting

    @property
    def last_poll(self) -> float:
        """When the loop last turned, by `time.monotonic()`.

        It turns while paused, while waiting, and while Kafka has not been reached yet.
        """
        if self._consumer:
            return self._consumer.turned
        trying = self._keeper is not None and not self._keeper.done()
        return time.monotonic() if trying else self._born

    @property
    def assigned(self) -> frozenset[tuple[str, int]]:
        """The partitions this member has; empty while Kafka is away or the group rebalances."""
        return self._consumer.assigned if self._consumer else frozenset()

    @property
    def settled(self) -> bool:
        """Whether the group has said which partitions are this member's: none, where it only stands
        by. False while Kafka is away or the group rebalances."""
        return self._consumer is not None and self._consumer.settled

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
        await self._hands.free.wait()  # an older batch must not commit a smaller offset after us
        consumer = self._consumer
        if consumer is None or tp not in consumer.assigned:
            raise Transient("the partition is not here now")
        try:
            if await consumer.skip(tp, to_offset):
                log.warning("records skipped", extra=place_of(topic, partition, to_offset))
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
            self._hands.close()
            with suppress(Exception):  # what does not close is left behind
                await self.broker.stop()
            self._hands.open()
            self._lost.clear()
            await asyncio.sleep(delay)
            delay = min(delay * 2, longest)

    def _lose(self, error: Exception) -> None:
        log.error("consumer lost, building it again", extra={"error": type(error).__name__})
        self._lost.set()

    async def _handle(self, message: KafkaMessage) -> None:
        if self._consumer:
            await self._hands.take(self._consumer, [_record(raw) for raw in message.raw_message])

    def _blocked(self, tp: TopicPartition, offset: int, reason: str) -> None:
        log.error("partition paused", extra={**place_of(tp[0], tp[1], offset), "error": reason})
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
