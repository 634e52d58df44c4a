"""FastStream set up for one group: the settings that neither lose nor leak, and our consumer class.

FastStream's own defaults commit before the work is done, start a new group at the end of its
topics, create topics, answer to a topic that the sender names, and log what a handler raised.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from aiokafka import ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from complaints_chassis.kafka_tolerant import BATCH_RECORDS, TolerantConsumer

FETCH_WAIT_MS: Final = 50
SESSION_TIMEOUT_MS: Final = 6_000
HEARTBEAT_MS: Final = 2_000
REBALANCE_TIMEOUT_MS: Final = 30_000
STOP_SECONDS: Final = 30.0
"""How long a stop waits for the batch in hand."""


class Broker(KafkaBroker):
    """FastStream's broker, with our consumer class and aiokafka's own connection settings."""

    def __init__(
        self,
        kafka: Mapping[str, Any],
        build: Callable[..., TolerantConsumer],
        middlewares: Sequence[Any] = (),
    ) -> None:
        super().__init__(
            kafka["bootstrap_servers"],
            consumer_only=True,
            allow_auto_create_topics=False,
            graceful_timeout=STOP_SECONDS,
            logger=None,
            middlewares=middlewares,
        )
        self._build = build
        self._kafka = kafka

    async def _connect(self) -> Callable[..., Any]:
        builder: Any = await super()._connect()
        settings = {**builder.keywords, **self._kafka}
        self.config.broker_config.builder = partial(self._build, **settings)
        return self.config.broker_config.builder


def subscribe(
    broker: Broker,
    group: str,
    topics: Sequence[str],
    handle: Callable[[KafkaMessage], Awaitable[None]],
    hand_over: Callable[[], Awaitable[None]],
) -> Any:
    """One batch subscriber for all topics; `hand_over` is awaited before partitions go away."""
    subscriber = broker.subscriber(
        *topics,
        batch=True,
        group_id=group,
        ack_policy=AckPolicy.MANUAL,
        no_reply=True,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
        max_records=BATCH_RECORDS,
        fetch_max_wait_ms=FETCH_WAIT_MS,
        session_timeout_ms=SESSION_TIMEOUT_MS,
        heartbeat_interval_ms=HEARTBEAT_MS,
        rebalance_timeout_ms=REBALANCE_TIMEOUT_MS,
        listener=_Listener(hand_over),
        parser=_unparsed,
        decoder=_undecoded,
    )
    subscriber(handle)
    return subscriber


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(self, hand_over: Callable[[], Awaitable[None]]) -> None:
        self._hand_over = hand_over

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        if revoked:
            await self._hand_over()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        pass


async def _unparsed(raw: tuple[ConsumerRecord, ...]) -> KafkaMessage:
    """FastStream's parser would decode every header, and fail on the first that is not text."""
    return KafkaMessage(raw_message=raw, body=b"", consumer=None)  # type: ignore[arg-type]


async def _undecoded(message: KafkaMessage) -> bytes:
    return b""
