"""Whether what was sent is safe with the broker, or only once everybody has read it.

The in-memory broker keeps nothing on disk and only 5 MB for each partition. There an event stays
queued until every consumer group that `topics/*.yaml` names has committed past it; so a restart
sends again what was not read, and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.structs import RecordMetadata
from sqlalchemy import Row

from complaints_contracts.topics import topic_named

ROOM_BYTES: Final = 2 * 1024 * 1024
"""So much may wait unread on one topic of a broker that would lose more."""


class Readers:
    """For a broker that keeps records: what it confirmed is safe."""

    @property
    def sent(self) -> Collection[int]:
        """Journal rows that were sent and are not safe yet."""
        return ()

    def choose(self, rows: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
        """Those of the next journal rows that may be sent now."""
        return rows

    def keeps(self, topic: str | None) -> bool:
        """Whether a row is safe as soon as the broker confirmed it."""
        return True

    def note(self, row: Row[Any], place: RecordMetadata) -> None:
        """The broker confirmed a row, and it was sealed."""

    async def read(self) -> Sequence[int]:
        """Rows that have become safe since the last call."""
        return ()

    async def stop(self) -> None:
        """Closes what was opened."""


class UntilRead(Readers):
    """For a broker that keeps nothing: what every group has read is safe."""

    def __init__(self, kafka: Mapping[str, Any]) -> None:
        self._kafka = kafka
        self._admin: AIOKafkaAdminClient | None = None
        self._waiting: dict[int, tuple[TopicPartition, int, int]] = {}
        self._unread: dict[str, int] = {}

    @property
    def sent(self) -> Collection[int]:
        return self._waiting.keys()

    def choose(self, rows: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
        unread = dict(self._unread)
        chosen = []
        for row in rows:
            if unread.get(row.topic, 0) < ROOM_BYTES:
                chosen.append(row)
                if not self.keeps(row.topic):
                    unread[row.topic] = unread.get(row.topic, 0) + _size(row)
        return chosen

    def keeps(self, topic: str | None) -> bool:
        return topic is None or not topic_named(topic).consumers

    def note(self, row: Row[Any], place: RecordMetadata) -> None:
        if not self.keeps(row.topic):
            partition = TopicPartition(row.topic, place.partition)
            self._waiting[row.seq] = partition, place.offset, _size(row)
            self._unread[row.topic] = self._unread.get(row.topic, 0) + _size(row)

    async def read(self) -> Sequence[int]:
        if not self._waiting:
            return ()
        places = {place for place, _, _ in self._waiting.values()}
        committed = await self._committed(places)
        done = [
            seq for seq, (place, offset, _) in self._waiting.items() if offset < committed[place]
        ]
        for seq in done:
            place, _, size = self._waiting.pop(seq)
            self._unread[place.topic] -= size
        return done

    async def stop(self) -> None:
        if self._admin:
            await self._admin.close()

    async def _committed(self, places: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        """How far the slowest group of each partition has committed."""
        if self._admin is None:
            admin = AIOKafkaAdminClient(**self._kafka)
            await admin.start()
            self._admin = admin
        slowest: dict[TopicPartition, int] = {}
        for group in sorted(
            {group for place in places for group in topic_named(place.topic).consumers}
        ):
            asked = [place for place in places if group in topic_named(place.topic).consumers]
            # Asked without partitions the in-memory broker does not answer.
            found = await self._admin.list_consumer_group_offsets(group, partitions=asked)
            for place in asked:
                slowest[place] = min(found[place].offset, slowest.get(place, found[place].offset))
        return slowest


def _size(row: Row[Any]) -> int:
    return len(row.record) + sum(map(len, row.parts or ()))
