"""Reading what topics hold, without a consumer group: nothing is committed or waited for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

from complaints_contracts.kafka import administering


async def partitions(
    kafka: Mapping[str, Any], is_wanted: Callable[[str], bool]
) -> list[TopicPartition]:
    """The partitions of the topics that are wanted by name, and that we may know of.

    Raises:
        ClusterError, KafkaError: the broker is away, or refuses.
    """
    async with administering(kafka) as admin:
        # All are asked for, because asking by name can create a topic.
        described = await admin.describe_topics()
    return sorted(
        TopicPartition(topic["topic"], part["partition"])
        for topic in described
        if is_wanted(topic["topic"])
        for part in topic["partitions"]
    )


async def records_now(
    kafka: Mapping[str, Any], is_wanted: Callable[[str], bool], since: datetime | None = None
) -> AsyncIterator[ConsumerRecord]:
    """What the topics that are wanted by name hold now, from a moment on or from their start.

    Raises:
        ClusterError, KafkaError: the broker is away, or refuses.
    """
    parts = await partitions(kafka, is_wanted)
    if not parts:
        return
    consumer = AIOKafkaConsumer(**kafka, auto_offset_reset="earliest")
    try:
        await consumer.start()
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
        if since:
            moment = int(since.timestamp() * 1000)
            starts = await consumer.offsets_for_times(dict.fromkeys(parts, moment))
            for part, start in starts.items():
                consumer.seek(part, start.offset if start else ends[part])
        while any([await consumer.position(part) < ends[part] for part in parts]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    yield record
    finally:
        await consumer.stop()
