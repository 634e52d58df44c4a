"""Our consumer and relay on real Apache Kafka: several members, and a broker that goes away."""

from __future__ import annotations

import asyncio
import itertools
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from cluster import kill, started
from relaying import drained, records_of, relaying
from topics import writing
from toy import Counted, received, record

from complaints_chassis.kafka_in import Consumer
from complaints_chassis.record import Record
from complaints_local.kafka import KafkaBroker
from complaints_local.kafka_cluster import KafkaCluster

if TYPE_CHECKING:
    from conftest import Toy

pytestmark = pytest.mark.cluster

CONTACTS, COUNTED, OPS = "complaints.contacts.v1", "complaints.triage.v1", "complaints.ops.v1"
PARTITIONS = 3
STREAMS, EVENTS = 40, 25


class Member:
    """One replica of the toy service: a member of its group that works on its database."""

    def __init__(self, toy: Toy, cluster: KafkaCluster, group: str) -> None:
        self._toy = toy
        self.applied = 0
        self.consumer = Consumer(
            {"bootstrap_servers": cluster.bootstrap},
            group=group,
            topics=[CONTACTS],
            apply=self._apply,
        )

    async def _apply(self, records: Sequence[Record]) -> None:
        await self._toy.applier.apply(records)
        self.applied += len(records)


@asynccontextmanager
async def member(toy: Toy, cluster: KafkaCluster, group: str) -> AsyncIterator[Member]:
    found = Member(toy, cluster, group)
    await found.consumer.start()
    try:
        yield found
    finally:
        await found.consumer.stop()


async def until(true: Callable[[], object], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.01)


async def noted(toy: Toy) -> dict[str, int]:
    """How many records of each contact were applied; a repeated one would count twice."""
    rows = await toy.rows("SELECT stream, count FROM notebooks")
    return {row.stream.partition(":")[2]: row.count for row in rows}


async def send(
    cluster: KafkaCluster, contacts: Sequence[UUID], sequences: range = range(1, EVENTS + 1)
) -> None:
    """Every contact's events, in its order, those of all contacts mixed."""
    async with writing(cluster.bootstrap) as writer:
        for sequence in sequences:
            await writer.send(*of_each(contacts, sequence))


async def send_until(over: asyncio.Event, cluster: KafkaCluster, contacts: Sequence[UUID]) -> int:
    """Events of every contact for as long as needed; how many each has then."""
    async with writing(cluster.bootstrap) as writer:
        for sequence in itertools.count(1):
            await writer.send(*of_each(contacts, sequence))
            if over.is_set():
                break
    return sequence


def of_each(contacts: Sequence[UUID], sequence: int) -> Iterator[Record]:
    for contact in contacts:
        yield replace(record(received(contact), sequence), partition=contact.int % PARTITIONS)


def contacts(count: int = STREAMS) -> list[UUID]:
    return [uuid4() for _ in range(count)]


def is_all_there(found: dict[str, int], wanted: Sequence[UUID], events: int = EVENTS) -> bool:
    return all(found.get(str(contact)) == events for contact in wanted)


async def test_a_second_member_takes_its_share_and_a_stopped_ones_share_is_taken_over(
    toy: Toy, cluster: KafkaCluster
) -> None:
    await cluster.create_topic(CONTACTS, PARTITIONS)
    group = f"toy-{uuid4()}"
    everyone = contacts()
    async with member(toy, cluster, group) as one:
        await until(lambda: len(one.consumer.assigned) == PARTITIONS)
        async with member(toy, cluster, group) as two:
            await until(lambda: one.consumer.assigned and two.consumer.assigned)
            assert not one.consumer.assigned & two.consumer.assigned
            await send(cluster, everyone)
            while not is_all_there(await noted(toy), everyone):
                await asyncio.sleep(0.05)
            assert one.applied
            assert two.applied
        await until(lambda: len(one.consumer.assigned) == PARTITIONS)
        late = contacts(6)
        await send(cluster, late, range(1, 2))
        while not is_all_there(await noted(toy), late, 1):
            await asyncio.sleep(0.05)
    assert not await toy.rows("SELECT * FROM held")


async def test_members_that_come_and_go_lose_nothing_and_repeat_nothing(
    toy: Toy, cluster: KafkaCluster
) -> None:
    await cluster.create_topic(CONTACTS, PARTITIONS)
    group = f"toy-{uuid4()}"
    everyone = contacts()
    async with member(toy, cluster, group) as staying:
        for sequence in range(1, EVENTS + 1, 5):
            # Each leaves while what was sent since it came is being applied.
            async with member(toy, cluster, group) as passing:
                await until(lambda passing=passing: passing.consumer.assigned)
                await send(cluster, everyone, range(sequence, sequence + 5))
        while not is_all_there(await noted(toy), everyone):
            await asyncio.sleep(0.05)
    assert staying.applied
    assert not await toy.rows("SELECT * FROM held")


@pytest.fixture
async def own_cluster(tmp_path: Path) -> AsyncIterator[KafkaBroker]:
    """A cluster that this test may stop and kill."""
    broker = KafkaBroker(tmp_path / "kafka")
    await started(broker)
    for topic, partitions in ((CONTACTS, PARTITIONS), (COUNTED, PARTITIONS), (OPS, 1)):
        await broker.create_topic(topic, partitions)
    yield broker
    await broker.stop()


async def counted(cluster: KafkaCluster) -> dict[str, list[int]]:
    """The counts that were published of each contact, in the order of the topic, once each id."""
    found: dict[str, dict[bytes, int]] = defaultdict(dict)
    for each in await records_of(cluster, COUNTED, PARTITIONS):
        event = Counted.model_validate_json(each.value)
        found[event.stream].setdefault(dict(each.headers)["ce_id"], event.count)
    return {stream: list(counts.values()) for stream, counts in found.items()}


@pytest.mark.parametrize("end", ["restart", "kill"])
async def test_a_broker_that_goes_away_under_load_costs_nothing(
    toy: Toy, own_cluster: KafkaBroker, end: str
) -> None:
    """Records in, events out, and the broker stopped or killed in the middle, twice."""
    everyone = contacts()
    over = asyncio.Event()
    async with member(toy, own_cluster, "toy") as one, relaying(toy, own_cluster):
        sending = asyncio.create_task(send_until(over, own_cluster, everyone))
        for _ in range(2):
            before = one.applied
            await until(lambda before=before: one.applied > before + STREAMS * 5)
            print(f"{end} after {one.applied} records")
            await (asyncio.to_thread(kill, own_cluster) if end == "kill" else own_cluster.stop())
            await own_cluster.start()
        assert not sending.done()
        over.set()
        events = await sending
        while not is_all_there(await noted(toy), everyone, events):
            await asyncio.sleep(0.05)
        await drained(toy)
    found = await counted(own_cluster)
    assert found == {str(contact): list(range(1, events + 1)) for contact in everyone}
    assert not await toy.rows("SELECT * FROM held")
