"""What a superuser can make agree within the database does not agree with the topic."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import make_url
from toy import BOOK, received, record

from complaints_chassis.anchors import differences, published_seals
from complaints_chassis.errors import Transient
from complaints_chassis.journal import chained
from complaints_chassis.readers import Readers
from complaints_chassis.relay import Relay, root
from complaints_chassis.verify import verify
from complaints_local.broker import MemoryBroker
from complaints_local.postgres import Postgres

if TYPE_CHECKING:
    from conftest import Toy

OPS = "complaints.ops.v1"


class Published:
    """A toy service three of whose contacts were published in three rounds, a seal each."""

    def __init__(self, toy: Toy, kafka: dict[str, Any]) -> None:
        self.toy = toy
        self.kafka = kafka

    async def relay(self) -> None:
        relay = Relay(self.kafka, BOOK.service, BOOK.source, self.toy.clock, Readers())
        async with self.toy.engine.connect() as connection:
            while await relay.round(connection):
                pass
        await relay.stop()

    async def problems(self) -> list[str]:
        """What plain `verify` finds."""
        async with self.toy.engine.connect() as connection:
            return (await verify(connection))[1]

    async def differences(self) -> list[str]:
        """What comparing with the topic finds besides."""
        seals = await published_seals(self.kafka, BOOK.service)
        async with self.toy.engine.connect() as connection:
            return await differences(connection, seals)


@pytest.fixture
async def published(toy_to_break: Toy, kafka: MemoryBroker) -> Published:
    for topic in (OPS, "complaints.contacts.v1", "complaints.triage.v1"):
        await kafka.create_topic(topic, 3)
    found = Published(toy_to_break, {"bootstrap_servers": kafka.bootstrap})
    for _ in range(3):
        await toy_to_break.applier.apply([record(received(uuid4()))])
        await found.relay()
    return found


@pytest.fixture
async def superuser(published: Published, postgres: Postgres) -> AsyncIterator[asyncpg.Connection]:
    connection = await postgres.connect(make_url(published.toy.urls.owner).database or "")
    await connection.execute("SET session_replication_role = replica")
    yield connection
    await connection.close()


async def test_seals_that_were_published_are_found_here(published: Published) -> None:
    seals = await published_seals(published.kafka, BOOK.service)
    assert [seal.number for seal in seals] == [1, 2, 3]
    assert await published.differences() == []


async def test_a_seal_sent_twice_and_one_not_sent_yet_are_no_difference(
    published: Published, superuser: asyncpg.Connection
) -> None:
    await superuser.execute("UPDATE seals SET published = false WHERE number = 2")
    await published.relay()
    await superuser.execute(
        "INSERT INTO seals (number, sealed_at, seqs, previous, root)"
        " SELECT 4, sealed_at, seqs, root, root FROM seals WHERE number = 3"
    )
    assert await published.differences() == []


async def test_a_tail_that_was_cut_off_with_its_seals_is_found_by_the_topic_only(
    published: Published, superuser: asyncpg.Connection
) -> None:
    await superuser.execute(
        "WITH cut AS (DELETE FROM seals WHERE number = 3 RETURNING seqs), gone AS ("
        "  DELETE FROM journal WHERE seq IN (SELECT unnest(seqs) FROM cut) RETURNING event_id)"
        " DELETE FROM personal WHERE event_id IN (SELECT event_id FROM gone)"
    )
    await superuser.execute("DELETE FROM unpublished")
    assert await published.problems() == []
    [problem] = await published.differences()
    assert problem.startswith("seal 3: was published over 2 rows, and is gone here")


async def test_a_journal_rewritten_with_its_seals_is_found_by_the_topic_only(
    published: Published, superuser: asyncpg.Connection
) -> None:
    row = await superuser.fetchrow("SELECT * FROM journal ORDER BY seq DESC LIMIT 1")
    changed = json.dumps({**json.loads(row["record"]), "actor": "somebody else"}).encode()
    await superuser.execute(
        "UPDATE journal SET actor = 'somebody else', record = $2, hash = $3 WHERE seq = $1",
        row["seq"], changed, chained(row["prev_hash"], changed),
    )  # fmt: skip
    seal = await superuser.fetchrow("SELECT * FROM seals WHERE number = 3")
    rows = await superuser.fetch(
        "SELECT hash FROM journal WHERE seq = ANY($1::bigint[]) ORDER BY seq", seal["seqs"]
    )
    await superuser.execute(
        "UPDATE seals SET root = $1 WHERE number = 3",
        root(seal["previous"], [found["hash"] for found in rows]),
    )
    assert await published.problems() == []
    [problem] = await published.differences()
    assert problem.startswith("seal 3: differs from the one published in root")


async def test_a_topic_that_is_not_there_is_no_clean_bill(kafka: MemoryBroker) -> None:
    await kafka.create_topic("complaints.triage.v1", 1)
    with pytest.raises(Transient, match="UnknownTopicOrPartitionError"):
        await published_seals({"bootstrap_servers": kafka.bootstrap}, BOOK.service)
    kafka.down()
    with pytest.raises(Transient, match="Is the broker up"):
        await published_seals({"bootstrap_servers": kafka.bootstrap}, BOOK.service)
