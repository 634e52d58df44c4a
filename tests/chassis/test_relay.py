"""The relay: per-stream order on the topic, none missing, none doubled."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from relaying import drained, records_of, relaying
from sqlalchemy import make_url, text
from toy import BOOK, NOTEBOOK, Counted

from complaints_chassis.aggregate import Needs
from complaints_chassis.journal import Cause
from complaints_chassis.readers import UntilRead
from complaints_chassis.relay import FAILED_SENDS, Relay
from complaints_chassis.verify import verify
from complaints_chassis.work import Work
from complaints_contracts.topics import topics
from complaints_local.broker import MemoryBroker
from complaints_local.postgres import Postgres

if TYPE_CHECKING:
    from conftest import Toy

TOPIC = "complaints.triage.v1"
OPS = "complaints.ops.v1"


@pytest.fixture
async def broker(kafka: MemoryBroker) -> MemoryBroker:
    await kafka.create_topic(TOPIC, 3)
    await kafka.create_topic(OPS, 1)
    return kafka


async def append(toy: Toy, contact: UUID, count: int = 1) -> None:
    def decide(work: Work) -> dict[str, int]:
        for _ in range(count):
            number = work.version(NOTEBOOK.stream(contact)) + 1
            work.append(NOTEBOOK, contact, Counted(contact_id=contact, count=number))
        return {}

    await toy.commands.run(Needs(streams=(NOTEBOOK.stream(contact),)), decide, Cause("test"))


async def published(broker: MemoryBroker) -> dict[str, list[tuple[int, int]]]:
    """By key, the (sequence, count) of each record in the order of the topic."""
    found: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for record in await records_of(broker, TOPIC, 3):
        sequence = int(dict(record.headers)["ce_sequence"])
        found[record.key.decode()].append((sequence, json.loads(record.value)["count"]))
    return found


async def test_eight_writers_give_each_stream_its_own_order(toy: Toy, broker: MemoryBroker) -> None:
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


async def test_a_late_commit_is_neither_lost_nor_overtaken(toy: Toy, broker: MemoryBroker) -> None:
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


async def sealed(toy: Toy) -> None:
    """Waits until every seal there is has been published, and there is one."""
    async with asyncio.timeout(30):
        while [row.published for row in await toy.rows("SELECT DISTINCT published FROM seals")] != [
            True
        ]:
            await asyncio.sleep(0.02)


async def test_seals_that_the_broker_keeps_refusing_are_said_and_sent_by_another_producer(
    toy: Toy, broker: MemoryBroker
) -> None:
    """An idempotent producer whose sequence is not what the broker expects fails for ever."""
    produce, out_of_order = 0, 45
    async with relaying(toy, broker) as leader:
        relay: Relay = leader._round.__self__  # type: ignore[attr-defined]  # a bound method
        await append(toy, uuid4())
        await sealed(toy)
        first = relay._producer
        broker.push_errors(produce, 0, *[out_of_order] * FAILED_SENDS)
        await append(toy, uuid4())
        async with asyncio.timeout(30):
            while await relay.reaches_broker():
                await asyncio.sleep(0.01)
        await sealed(toy)
        assert relay._producer is not first
        assert await relay.reaches_broker()


async def test_relays_that_lose_their_connection_in_a_round_lose_and_reorder_nothing(
    toy: Toy, broker: MemoryBroker, postgres: Postgres
) -> None:
    contacts = [uuid4() for _ in range(20)]
    server, database = await postgres.connect(), make_url(toy.urls.service).database
    cut = 0
    async with relaying(toy, broker) as one, relaying(toy, broker) as two:
        for _ in range(8):
            async with asyncio.TaskGroup() as writers:
                for contact in contacts:
                    writers.create_task(append(toy, contact, 2))
            broker.set_rtt(50)  # rounds take so long that the cut falls into one
            async with asyncio.timeout(10):
                while not await server.fetchval(CUT_THE_LEADER, database):
                    await asyncio.sleep(0.01)
            cut += 1
            broker.set_rtt(0)
        await drained(toy)
        assert one.failures + two.failures < 8  # both work again
    await server.close()
    found = await published(broker)
    sent = sum(map(len, found.values()))
    print(f"{cut} cuts: {sent} records of {8 * 2 * 20} events")
    assert 8 * 2 * 20 <= sent <= 8 * 2 * 20 + cut * len(contacts)
    for records in found.values():
        assert list(dict.fromkeys(records)) == [(n, n) for n in range(1, 17)]


CUT_THE_LEADER = """
SELECT count(pg_terminate_backend(pid)) FROM pg_locks JOIN pg_database d ON d.oid = database
WHERE locktype = 'advisory' AND granted AND datname = $1
"""


async def test_a_burst_on_one_stream_keeps_no_other_waiting(toy: Toy, broker: MemoryBroker) -> None:
    burst, other = uuid4(), uuid4()
    for _ in range(3):
        await append(toy, burst, 500)
    await append(toy, other)
    async with relaying(toy, broker), asyncio.timeout(10):
        while str(other) not in await published(broker):
            pass
        assert await toy.rows("SELECT 1 FROM unpublished WHERE stream = :s", s=f"notebook:{burst}")


# A broker that keeps nothing: what counts is what was read.


async def read_up_to(broker: MemoryBroker, offsets: Mapping[TopicPartition, int]) -> None:
    """As every reader of the topic: commits these offsets."""
    for group in topics()[TOPIC].consumers:
        reader = AIOKafkaConsumer(
            bootstrap_servers=broker.bootstrap, group_id=group, enable_auto_commit=False
        )
        await reader.start()
        reader.assign(list(offsets))
        await reader.commit(dict(offsets))
        await reader.stop()


async def ends(broker: MemoryBroker) -> dict[TopicPartition, int]:
    reader = AIOKafkaConsumer(bootstrap_servers=broker.bootstrap)
    await reader.start()
    found: dict[TopicPartition, int] = await reader.end_offsets(
        [TopicPartition(TOPIC, number) for number in range(3)]
    )
    await reader.stop()
    return found


@asynccontextmanager
async def until_read(broker: MemoryBroker) -> AsyncIterator[UntilRead]:
    readers = UntilRead({"bootstrap_servers": broker.bootstrap})
    try:
        yield readers
    finally:
        await readers.stop()


async def waiting(toy: Toy, count: int) -> None:
    async with asyncio.timeout(20):
        while await queued(toy) != count:
            await asyncio.sleep(0.05)


async def queued(toy: Toy) -> int:
    return len(await toy.rows("SELECT 1 FROM unpublished"))


async def settled(broker: MemoryBroker, records: int) -> None:
    async with asyncio.timeout(20):
        while sum((await ends(broker)).values()) < records:
            pass


async def test_a_restart_sends_again_what_was_not_read_and_nothing_else(
    toy: Toy, broker: MemoryBroker
) -> None:
    contacts = [uuid4() for _ in range(10)]
    async with until_read(broker) as readers, relaying(toy, broker, readers):
        for contact in contacts:
            await append(toy, contact, 2)
        await settled(broker, 20)
        await read_up_to(broker, await ends(broker))
        await waiting(toy, 0)
        for contact in contacts[:4]:
            await append(toy, contact)
        await settled(broker, 24)
        assert await queued(toy) == 4
    async with until_read(broker) as readers, relaying(toy, broker, readers):
        await settled(broker, 28)
        await append(toy, contacts[9])
        await settled(broker, 29)
        await read_up_to(broker, await ends(broker))
        await waiting(toy, 0)
    found = await published(broker)
    for number, contact in enumerate(contacts):
        again = [(3, 3)] if number < 4 else []
        last = [(3, 3)] if number == 9 else []
        assert found[str(contact)] == [(1, 1), (2, 2), *again, *again, *last]


async def test_what_was_sent_but_not_sealed_is_sent_again_and_sealed(
    toy: Toy, broker: MemoryBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    seal, failing = Relay._seal, [True]

    async def sometimes(self: Relay, *given: Any) -> None:
        if failing.pop():
            failing.append(False)
            raise RuntimeError("the database went away between send and seal")
        failing.append(False)
        await seal(self, *given)

    monkeypatch.setattr(Relay, "_seal", sometimes)
    contact = uuid4()
    await append(toy, contact)
    async with until_read(broker) as readers, relaying(toy, broker, readers):
        await settled(broker, 2)
        await read_up_to(broker, await ends(broker))
        await waiting(toy, 0)
    assert (await published(broker))[str(contact)] == [(1, 1), (1, 1)]


def test_no_more_is_sent_than_a_broker_in_memory_keeps() -> None:
    rows: Any = [SimpleNamespace(seq=n, topic=TOPIC, record=b"x" * 200_000, parts=None)
                 for n in range(100)]  # fmt: skip
    private: Any = SimpleNamespace(seq=100, topic=None, record=b"", parts=None)
    readers = UntilRead({})
    chosen = readers.choose([*rows, private])
    assert len(chosen) == 12  # 2 MiB, and a private row, which goes nowhere
    for row in chosen[:-1]:
        readers.note(row, SimpleNamespace(partition=0, offset=row.seq))
    assert readers.choose([*rows, private]) == [private]
