"""Reading what topics hold, without a consumer group: nothing is committed or waited for."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from datetime import datetime
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition


async def records_now(
    kafka: Mapping[str, Any], is_wanted: Callable[[str], bool], since: datetime | None = None
) -> AsyncIterator[ConsumerRecord]:
    """What the topics that are wanted by name hold now, from a moment on or from their start.

    Raises:
        KafkaError: the broker is away, or refuses.
    """
    consumer = AIOKafkaConsumer(**kafka, auto_offset_reset="earliest")
    try:
        await consumer.start()
        topics = [topic for topic in await consumer.topics() if is_wanted(topic)]
        parts = [
            TopicPartition(topic, number)
            for topic in sorted(topics)
            for number in sorted(consumer.partitions_for_topic(topic) or ())
        ]
        if not parts:
            return
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
