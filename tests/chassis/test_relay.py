"""The relay: per-stream order on the topic, none missing, none doubled."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from sqlalchemy import text
from toy import BOOK, NOTEBOOK, Counted

from complaints_chassis.aggregate import Needs
from complaints_chassis.journal import Cause
from complaints_chassis.leader import Leader
from complaints_chassis.readers import Readers
from complaints_chassis.relay import Relay
from complaints_chassis.verify import verify
from complaints_chassis.work import Work
from complaints_local.broker import MemoryBroker

if TYPE_CHECKING:
    from conftest import Toy

TOPIC = "complaints.triage.v1"
OPS = "complaints.ops.v1"


@pytest.fixture
async def broker(kafka: MemoryBroker) -> MemoryBroker:
    await kafka.create_topic(TOPIC, 3)
    await kafka.create_topic(OPS, 1)
    return kafka


@asynccontextmanager
async def relaying(toy: Toy, broker: MemoryBroker) -> AsyncIterator[Leader]:
    kafka = {"bootstrap_servers": broker.bootstrap}
    relay = Relay(kafka, BOOK.service, BOOK.source, toy.clock, Readers())
    leader = Leader("relay", toy.engine, toy.clock, relay.round, channel="journal")
    task = asyncio.create_task(leader.run())
    try:
        yield leader
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await relay.stop()


async def append(toy: Toy, contact: UUID, count: int = 1) -> None:
    def decide(work: Work) -> dict[str, int]:
        for _ in range(count):
            number = work.version(NOTEBOOK.stream(contact)) + 1
            work.append(NOTEBOOK, contact, Counted(contact_id=contact, count=number))
        return {}

    await toy.commands.run(Needs(streams=(NOTEBOOK.stream(contact),)), decide, Cause("test"))


async def drained(toy: Toy) -> None:
    """Waits until nothing is queued."""
    async with asyncio.timeout(60), toy.engine.connect() as connection:
        while await connection.scalar(text("SELECT count(*) FROM unpublished")):
            await connection.rollback()
            await asyncio.sleep(0.05)  # the queue is another process's; there is no event of it


async def published(broker: MemoryBroker) -> dict[str, list[tuple[int, int]]]:
    """By key, the (sequence, count) of each record in the order of the topic."""
    consumer = AIOKafkaConsumer(bootstrap_servers=broker.bootstrap)
    await consumer.start()
    parts = [TopicPartition(TOPIC, number) for number in range(3)]
    consumer.assign(parts)
    await consumer.seek_to_beginning(*parts)
    ends = await consumer.end_offsets(parts)
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    while any([await consumer.position(part) < ends[part] for part in parts]):
        for records in (await consumer.getmany(timeout_ms=200)).values():
            for record in records:
                sequence = int(dict(record.headers)["ce_sequence"])
                found[record.key.decode()].append((sequence, json.loads(record.value)["count"]))
    await consumer.stop()
    return found


async def test_eight_writers_give_each_stream_its_own_order(
    toy: Toy, broker: MemoryBroker
) -> None:
    contacts = [uuid4() for _ in range(40)]
    async with relaying(toy, broker):
        async with asyncio.TaskGroup() as writers:
            for writer in range(8):
                for turn in range(25):
                    writers.create_task(append(toy, contacts[(writer * 7 + turn) % 40], 2))
        await drained(toy)
    found = await published(broker)
    assert sum(map(len, found.values())) == 400
    for records in found.values():
        assert records == [(n, n) for n in range(1, len(records) + 1)]
    async with toy.engine.connect() as connection:
        assert await verify(connection) == (400, [])


async def test_a_late_commit_is_neither_lost_nor_overtaken(
    toy: Toy, broker: MemoryBroker
) -> None:
    early, late = uuid4(), uuid4()
    async with relaying(toy, broker):
        async with toy.engine.begin() as connection:
            work = Work(BOOK, toy.clock.now())
            await work.load(connection, [])
            work.append(NOTEBOOK, late, Counted(contact_id=late, count=1))
            work.keep()
            await work.write(connection)  # has its seq, but is not committed yet
            await append(toy, early, 5)
            async with asyncio.timeout(10), toy.engine.connect() as other:
                while await other.scalar(text("SELECT count(*) FROM unpublished")):
                    await other.rollback()
                    await asyncio.sleep(0.05)
        await drained(toy)
    found = await published(broker)
    assert found[str(late)] == [(1, 1)]
    assert found[str(early)] == [(n, n) for n in range(1, 6)]


async def test_of_two_relays_one_leads_and_the_other_takes_over(
    toy: Toy, broker: MemoryBroker
) -> None:
    contact = uuid4()
    async with relaying(toy, broker) as second_choice:
        async with relaying(toy, broker) as first:
            await append(toy, contact, 10)
            await drained(toy)
            assert first.leads != second_choice.leads
        await append(toy, contact, 10)
        await drained(toy)
    assert (await published(broker))[str(contact)] == [(n, n) for n in range(1, 21)]


async def test_refusals_and_outages_lose_and_reorder_nothing(
    toy: Toy, broker: MemoryBroker
) -> None:
    contacts = [uuid4() for _ in range(10)]
    produce, not_leader, timed_out = 0, 6, 7
    async with relaying(toy, broker):
        for contact in contacts:
            await append(toy, contact, 3)
        broker.push_errors(produce, not_leader, timed_out, not_leader, timed_out)
        for contact in contacts:
            await append(toy, contact, 3)
        broker.down()
        for contact in contacts:
            await append(toy, contact, 3)
        await asyncio.sleep(1)  # an outage lasts a while; nothing announces its middle
        broker.up()
        await drained(toy)
    found = await published(broker)
    for contact in contacts:
        # The in-memory broker keeps a retried send twice; first sights must be in order.
        first_sights = list(dict.fromkeys(found[str(contact)]))
        assert first_sights == [(n, n) for n in range(1, 10)]
