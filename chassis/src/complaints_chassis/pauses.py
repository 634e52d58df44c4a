"""Topics and partitions that are not read, until a person says how to go on."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from complaints_chassis import telemetry
from complaints_chassis.clock import Clock
from complaints_chassis.commands import Commands
from complaints_chassis.database import is_away
from complaints_chassis.errors import Transient
from complaints_chassis.kafka_in import Consumer
from complaints_contracts.ops import TopicPaused, TopicResumed

logger = logging.getLogger(__name__)

POLL_SECONDS: Final = 5.0
WHOLE_TOPIC: Final = -1
"""Stands for every partition of a topic."""


class Pauses:
    """Keeps the pauses of one service: written down, told to operations, ended by `skip`."""

    def __init__(self, engine: AsyncEngine, clock: Clock, commands: Commands, service: str) -> None:
        self._engine = engine
        self._clock = clock
        self._commands = commands
        self._service = service
        self._consumer: Consumer | None = None
        self._measured: set[str] = set()

    async def pause(self, topic: str, reason: str) -> None:
        """Stops reading a whole topic: too many of its records in a row were held."""
        await self._keep(topic, WHOLE_TOPIC, None, reason)
        if self._consumer:
            self._consumer.pause_topic(topic, reason)

    async def below(self, topic: str, partition: int, offset: int, reason: str) -> None:
        """The consumer paused one partition, because what comes next on it cannot be read."""
        await self._keep(topic, partition, offset, reason)

    async def watch(self, consumer: Consumer) -> None:
        """Pauses what was paused before the start, and goes on where a person said so."""
        self._consumer = consumer
        while True:
            try:
                await self._measure(consumer)
                await self._go_on(consumer)
            except Exception as error:
                if not (is_away(error) or isinstance(error, Transient)):
                    raise
            await self._clock.wait(asyncio.Event(), POLL_SECONDS)

    async def _measure(self, consumer: Consumer) -> None:
        """Sets the gauges of what waits on the topics, by the partitions that are here now."""
        lag: Counter[str] = Counter()
        for (topic, _), records in (await consumer.lag()).items():
            lag[topic] += records
        for topic in self._measured - lag.keys():
            telemetry.LAG.remove(self._service, topic)
        for topic, records in lag.items():
            telemetry.LAG.labels(self._service, topic).set(records)
        self._measured = set(lag)

    async def _go_on(self, consumer: Consumer) -> None:
        async with self._engine.begin() as connection:
            found = await connection.execute(text("SELECT * FROM pauses"))
            rows = found.all()
        telemetry.PAUSED.labels(self._service).set(len(rows))
        for row in rows:
            if row.skip_to is None:
                if row.partition == WHOLE_TOPIC:
                    consumer.pause_topic(row.topic, row.reason)
                continue
            if row.partition == WHOLE_TOPIC:
                consumer.resume_topic(row.topic)
            elif (row.topic, row.partition) in consumer.assigned:
                try:
                    await consumer.skip(row.topic, row.partition, row.skip_to)
                except ValueError:
                    await self._ask_again(row.topic, row.partition)
                    continue
            else:
                continue
            async with self._engine.begin() as connection:
                await connection.execute(
                    text("DELETE FROM pauses WHERE topic = :topic AND partition = :partition"),
                    {"topic": row.topic, "partition": row.partition},
                )
            partition = None if row.partition == WHOLE_TOPIC else row.partition
            await self._commands.tell_operations(
                TopicResumed(speaker=self._service, source_topic=row.topic, partition=partition)
            )

    async def _ask_again(self, topic: str, partition: int) -> None:
        """The offset to go on at does not exist: the pause stays, and the wish is taken back."""
        async with self._engine.begin() as connection:
            await connection.execute(
                text(
                    "UPDATE pauses SET skip_to = NULL"
                    " WHERE topic = :topic AND partition = :partition"
                ),
                {"topic": topic, "partition": partition},
            )

    async def _end(self, row: Row[Any], change: str) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(
                text(f"{change} WHERE topic = :topic AND partition = :partition"),
                {"topic": row.topic, "partition": row.partition},
            )

    async def _keep(self, topic: str, partition: int, offset: int | None, reason: str) -> None:
        async with self._engine.begin() as connection:
            await connection.execute(
                text(
                    "INSERT INTO pauses (topic, partition, record_offset, reason, paused_at)"
                    " VALUES (:topic, :partition, :offset, :reason, :now)"
                    " ON CONFLICT (topic, partition) DO UPDATE SET"
                    " record_offset = excluded.record_offset, reason = excluded.reason,"
                    " skip_to = NULL"
                ),
                {
                    "topic": topic,
                    "partition": partition,
                    "offset": offset,
                    "reason": reason,
                    "now": self._clock.now(),
                },
            )
        await self._commands.tell_operations(
            TopicPaused(
                speaker=self._service,
                source_topic=topic,
                partition=None if partition == WHOLE_TOPIC else partition,
                reason=reason,
            )
        )
