"""Reads the topics from their beginning, past any group, and how far groups have committed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.errors import KafkaError

from complaints_chassis.kafka_bytes import header_name
from complaints_chassis.kafka_tolerant import TolerantConsumer
from complaints_chassis.record import Record
from complaints_contracts.kafka import administering
from complaints_contracts.topics import Topic
from complaints_local.reconcile.evidence import EvidenceError, Seen, Topics

READ_SECONDS: Final = 600.0


async def read_topics(
    clients: Mapping[str, Any], topics: Sequence[Topic], groups: Mapping[str, Sequence[str]]
) -> Topics:
    """What lies on topics now; `groups` names what each consumer group reads.

    Raises:
        EvidenceError: a topic is not there, or could not be read to its end.
        ClusterError: no broker answers.
    """
    places = [TopicPartition(topic.name, n) for topic in topics for n in range(topic.partitions)]
    blocked: dict[TopicPartition, str] = {}

    def on_blocked(place: TopicPartition, offset: int, reason: str) -> None:
        blocked[place] = f"{place.topic}/{place.partition}@{offset} ({reason})"

    consumer = TolerantConsumer(
        paused_topics=(), on_blocked=on_blocked, on_lost=lambda _: None, **clients
    )
    try:
        async with asyncio.timeout(READ_SECONDS):
            await consumer.start()
            consumer.assign(places)
            first = await consumer.beginning_offsets(places)
            ends = await consumer.end_offsets(places)
            for place, offset in first.items():
                consumer.seek(place, offset)
            found: dict[TopicPartition, list[Seen]] = {place: [] for place in places}
            while any([await consumer.position(place) < ends[place] for place in places]):
                for place, records in (await consumer.getmany()).items():
                    found[place] += [_seen(record) for record in records]
    except (KafkaError, TimeoutError) as error:
        stuck = ", ".join(blocked.values()) or type(error).__name__
        raise EvidenceError(
            f"The topics could not be read to their ends: {stuck}. Is the broker up, are all topics"
            " there, and may this user read them?"
        ) from error
    finally:
        await consumer.stop()
    committed: dict[tuple[str, str, int], int] = {}
    async with administering(clients) as admin:
        for group, names in groups.items():
            asked = [place for place in places if place.topic in names]
            offsets = await admin.list_consumer_group_offsets(group, partitions=asked)
            committed |= {(group, *place): offsets[place].offset for place in asked}
    return Topics(
        records=tuple(one for place in places for one in found[place]),
        first={(place.topic, place.partition): offset for place, offset in first.items()},
        ends={(place.topic, place.partition): offset for place, offset in ends.items()},
        committed=committed,
    )


def _seen(raw: Any) -> Seen:
    headers = tuple((header_name(name), value) for name, value in raw.headers)
    record = Record(
        raw.topic, raw.partition, raw.offset, raw.timestamp, raw.key, raw.value, headers
    )
    attributes = {
        name.decode(errors="replace"): (value or b"").decode(errors="replace")
        for name, value in headers
    }
    return Seen(record, attributes)
