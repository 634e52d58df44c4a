"""A toy's database is put back to an earlier moment, and takes back from its topics what it lacks.

That all five services do so, with mail and offsets, is shown in tests/faults/test_restore.py.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from relaying import records_of
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine
from toy import BOOK, SUBSCRIPTIONS, Counted, received, record

from complaints_chassis import operate, restore
from complaints_chassis.anchors import differences
from complaints_chassis.applier import Applier
from complaints_chassis.clock import Clock
from complaints_chassis.database import connect
from complaints_chassis.errors import ChassisError
from complaints_chassis.readers import Readers
from complaints_chassis.relay import Relay
from complaints_chassis.verify import verify
from complaints_contracts import envelope
from complaints_contracts.ops import JournalSealed
from complaints_contracts.registry import EVENTS
from complaints_local.kafka_cluster import KafkaCluster
from complaints_local.ports import HOST, free_port
from complaints_local.postgres import Postgres

if TYPE_CHECKING:
    from conftest import Toy

pytestmark = pytest.mark.cluster  # the in-memory broker does not know when a record was written

OWN = ("complaints.triage.v1", "complaints.ops.v1")
PARTITIONS = 3


class Backed:
    """A toy with one database to go on with, and one that is as it was at the backup."""

    def __init__(self, toy: Toy, postgres: Postgres, cluster: KafkaCluster) -> None:
        self.engine = toy.engine
        self.cluster = cluster
        self.kafka = cluster.clients
        self.group = f"restored-{uuid4()}"
        # Under the name of a service whose topics there are, and a source of its own.
        self.book = replace(BOOK, service="triage", source=f"/opcc/{uuid4()}/triage")
        self._urls = toy.urls
        self._postgres = postgres
        self._copy: AsyncEngine | None = None

    async def note(self, words: str = "hello") -> UUID:
        """Hears of a contact, and publishes what follows."""
        contact_id = uuid4()

        async def pause(*_: str) -> None:
            raise AssertionError

        applier = Applier(self.engine, self.book, SUBSCRIPTIONS, Clock(), pause)
        await applier.apply([record(received(contact_id, words))])
        await self.relay()
        return contact_id

    async def relay(self) -> None:
        relay = Relay(self.kafka, "triage", self.book.source, Clock(), Readers())
        async with self.engine.connect() as connection:
            while await relay.round(connection):
                pass
        await relay.stop()

    async def back_up(self) -> None:
        await self.engine.dispose()
        name = make_url(self._urls.owner).database or ""
        copy = await self._postgres.ensure_database(f"{name}_copy", service="toy", template=name)
        self._copy = connect(copy.service)

    async def put_back(self) -> int:
        """Goes on with the copy; how many events that took back."""
        assert self._copy
        await self.engine.dispose()
        self.engine = self._copy
        return await restore.take_back(self.engine, self.book, self.kafka)

    async def problems(self) -> list[str]:
        seals = [
            found
            for record in await self.on_topics()
            if isinstance(found := envelope.decode(*record).event, JournalSealed)
        ]
        async with self.engine.connect() as connection:
            found = (await verify(connection))[1]
            found += await differences(connection, seals)
        return found + await operate.rebuild(self.engine, self.book, compare=True)

    async def ask(self, query: str) -> list[Any]:
        async with self.engine.connect() as connection:
            return [tuple(row) for row in await connection.execute(text(query))]

    async def on_topics(self) -> list[tuple[bytes, bytes, list[tuple[bytes, bytes]], str]]:
        """Key, value, headers and topic of all that is from this toy."""
        found = [
            (each.key, each.value, [(name.encode(), value) for name, value in each.headers], topic)
            for topic in OWN
            for each in await records_of(self.cluster, topic, PARTITIONS)
            if ("ce_source", self.book.source.encode()) in each.headers
        ]
        return sorted(found)


@pytest.fixture
async def backed(
    toy_to_break: Toy,
    postgres: Postgres,
    cluster: KafkaCluster,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[Backed]:
    monkeypatch.setitem(EVENTS, Counted.type, Counted)
    for topic in (*OWN, "complaints.contacts.v1"):
        await cluster.create_topic(topic, PARTITIONS)
    found = Backed(toy_to_break, postgres, cluster)
    yield found
    await found.engine.dispose()


STREAMS = (
    "SELECT stream, sequence, event_id FROM journal WHERE topic = 'complaints.triage.v1' ORDER BY 1"
)


async def test_what_was_published_since_the_backup_is_there_again_and_not_sent_again(
    backed: Backed,
) -> None:
    await backed.note()
    await backed.back_up()
    for _ in range(3):
        await backed.note()
    before, sent = await backed.ask(STREAMS), await backed.on_topics()
    assert await backed.put_back() == 3
    assert await backed.ask(STREAMS) == before
    await backed.relay()
    again = await backed.on_topics()
    assert [one for one in again if one[3] == OWN[0]] == [one for one in sent if one[3] == OWN[0]]
    assert await backed.problems() == []
    await backed.note()
    assert await backed.problems() == []


async def test_a_database_that_lacks_nothing_is_left_alone(backed: Backed) -> None:
    await backed.note()
    await backed.back_up()
    before = await backed.ask("SELECT count(*) FROM journal")
    assert await backed.put_back() == 0
    assert await backed.ask("SELECT count(*) FROM journal") == before


async def test_a_database_that_was_lost_takes_back_everything(backed: Backed) -> None:
    await backed.back_up()
    for _ in range(2):
        await backed.note()
    assert await backed.put_back() == 2
    assert await backed.problems() == []


async def test_who_was_erased_since_the_backup_stays_erased(backed: Backed) -> None:
    await backed.note("what they wrote")
    await backed.back_up()
    [[subject]] = await backed.ask("SELECT subject FROM personal")
    await operate.erase(backed.engine, backed.book, subject, "asked")
    await backed.relay()
    await backed.put_back()
    assert await backed.ask("SELECT * FROM personal") == []
    assert await backed.problems() == []


async def test_a_topic_that_does_not_go_back_far_enough_is_refused(backed: Backed) -> None:
    await backed.note()
    await backed.back_up()
    event = Counted(contact_id=uuid4(), count=2)
    made = envelope.headers(
        id=uuid4(),
        type=event.type,
        source=backed.book.source,
        subject=event.stream,
        time=Clock().now(),
        sequence=2,
        causation=None,
        traceparent=None,
    )
    async with AIOKafkaProducer(**backed.kafka) as producer:
        await producer.send_and_wait(
            OWN[0],
            envelope.encode(event.model_dump(mode="json")),
            key=event.stream.encode(),
            headers=[(name, value.encode()) for name, value in made.items()],
        )
    before = await backed.ask("SELECT count(*) FROM journal")
    with pytest.raises(ChassisError, match="ends here with event 0, and its topic goes on with 2"):
        await backed.put_back()
    assert await backed.ask("SELECT count(*) FROM journal") == before


async def test_the_group_goes_back_to_where_the_database_had_read(backed: Backed) -> None:
    part = TopicPartition("complaints.contacts.v1", 0)
    async with backed.engine.begin() as connection:
        await connection.execute(text("INSERT INTO offsets VALUES (:topic, 0, 2)"), part._asdict())
    async with AIOKafkaProducer(**backed.kafka) as producer:
        for _ in range(5):
            await producer.send_and_wait(part.topic, b"{}", partition=0)

    async def goes_back(committed: int) -> int | None:
        async with AIOKafkaConsumer(
            **backed.kafka, group_id=backed.group, enable_auto_commit=False
        ) as consumer:
            consumer.assign([part])
            await consumer.commit({part: committed})
        await restore.read_again(backed.engine, backed.kafka, backed.group, [part.topic])
        async with AIOKafkaConsumer(**backed.kafka, group_id=backed.group) as consumer:
            found: int | None = await consumer.committed(part)
        return found

    assert await goes_back(5) == 2
    assert await goes_back(2) == 2
    assert await goes_back(1) == 1


async def test_a_broker_that_is_away_keeps_no_service_from_opening(toy: Toy) -> None:
    nowhere = {"bootstrap_servers": f"{HOST}:{free_port()}"}
    assert await restore.take_back(toy.engine, BOOK, nowhere) == 0
    assert await restore.read_again(toy.engine, nowhere, "toy", ["complaints.contacts.v1"]) == 0
