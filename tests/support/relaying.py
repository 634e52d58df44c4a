"""The toy service's relay at work, and what it has put on a topic."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from sqlalchemy import text
from toy import BOOK

from complaints_chassis.leader import Leader
from complaints_chassis.readers import Readers
from complaints_chassis.relay import Relay

if TYPE_CHECKING:
    from conftest import Toy


class Listens(Protocol):
    """A broker, or a cluster."""

    bootstrap: str


@asynccontextmanager
async def relaying(
    toy: Toy, broker: Listens, readers: Readers | None = None
) -> AsyncIterator[Leader]:
    """Leads the relay of the toy's journal meanwhile."""
    kafka = {"bootstrap_servers": broker.bootstrap}
    relay = Relay(kafka, BOOK.service, BOOK.source, toy.clock, readers or Readers())
    leader = Leader("relay", toy.engine, toy.clock, relay.round, channel="journal")
    task = asyncio.create_task(leader.run())
    try:
        yield leader
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await relay.stop()


async def drained(toy: Toy) -> None:
    """Waits until nothing is queued."""
    async with asyncio.timeout(60), toy.engine.connect() as connection:
        while await connection.scalar(text("SELECT count(*) FROM unpublished")):
            await connection.rollback()
            await asyncio.sleep(0.05)  # the queue is another process's; there is no event of it


async def records_of(broker: Listens, topic: str, partitions: int) -> list[ConsumerRecord]:
    """Everything on a topic, each partition in its order."""
    found: list[ConsumerRecord] = []
    async with AIOKafkaConsumer(bootstrap_servers=broker.bootstrap) as consumer:
        parts = [TopicPartition(topic, number) for number in range(partitions)]
        consumer.assign(parts)
        await consumer.seek_to_beginning(*parts)
        ends = await consumer.end_offsets(parts)
        while any([await consumer.position(part) < ends[part] for part in parts]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                found += records
    return found
