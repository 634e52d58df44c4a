"""Records that come again: all republished, all read again, and in any order (F17, F18, F26)."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from relaying import records_of
from rig import PATIENCE, READS, Rig, until
from sending import sending
from topics import writing

from complaints_chassis.migrate import migrate
from complaints_chassis.record import Record
from complaints_contracts.topics import topic_named
from complaints_local.broker import MemoryBroker
from complaints_local.fleet import SERVICES
from complaints_local.processes import ServiceProcess
from complaints_local.system import PARTS

SEED = 20_260_402
WINDOW = 50
"""So far a record can come before its turn."""
CALM = "SELECT count(*) FROM held WHERE kind IN ('BEHIND', 'WAITING')"
REVIEWS = "SELECT reference, state, urgency, acknowledge_by, complete_by, messages FROM reviews"


async def state(rig: Rig) -> dict[str, list[str]]:
    """Every read table, row by row; and the journals, without what operations are told."""
    found = {}
    for part in PARTS:
        name = part.service.name
        for aggregate in part.service.aggregates:
            for table in aggregate.tables:
                rows = await rig.ask(name, f"SELECT t::text FROM {table} t ORDER BY 1")  # noqa: S608
                found[f"{name} {table.name}"] = [row[0] for row in rows]
        journal = "SELECT hash FROM journal WHERE topic IS DISTINCT FROM 'complaints.ops.v1'"
        rows = await rig.ask(name, f"{journal} ORDER BY seq")
        found[f"{name} journal"] = [row[0].hex() for row in rows]
    return found


async def rewind(rig: Rig, service: str) -> None:
    """Has a service that is stopped begin at offset 0 again."""
    group = {"group_id": service, "enable_auto_commit": False}
    async with AIOKafkaConsumer(**rig.kafka.clients, **group) as consumer:
        parts = [
            TopicPartition(name, number)
            for name in READS[service]
            for number in range(topic_named(name).partitions)
        ]
        consumer.assign(parts)
        await consumer.commit(dict.fromkeys(parts, 0))


async def test_everything_published_again_and_read_again_changes_nothing(rig: Rig) -> None:
    async with sending(rig) as sender:
        await sender.flows(20)
    await rig.quiet()
    before, mails = await state(rig), len(rig.mailbox.mails())
    said = await asyncio.gather(
        *(rig.command(name, "journal", "republish", "--all") for name in SERVICES)
    )
    await rig.quiet()
    print(f"published again: {said}")
    await rig.fleet.stop()
    await asyncio.gather(*(rewind(rig, name) for name in SERVICES))
    print(f"behind after the rewind: {await rig.lag()}")
    await rig.start(*SERVICES)
    await rig.quiet()
    assert await state(rig) == before
    assert len(rig.mailbox.mails()) == mails


def shuffled(records: list[ConsumerRecord], chance: random.Random) -> list[ConsumerRecord]:
    """Each at most so far from its place."""
    places = [(number + chance.uniform(0, WINDOW), number) for number in range(len(records))]
    return [records[number] for _, number in sorted(places)]


async def test_reviews_replayed_from_offset_0_in_any_order_end_the_same_and_tell_nobody(
    rig: Rig, tmp_path: Path
) -> None:
    """The recorded bytes on a broker of their own, into an empty database."""
    async with sending(rig, ways=("review", "web")) as sender:
        await sender.flows(20)
    await rig.quiet()
    wanted = sorted(map(str, await rig.ask("reviews", REVIEWS)))
    mails = len(rig.mailbox.mails())
    recorded: list[ConsumerRecord] = []
    for name in READS["reviews"]:
        recorded += await records_of(rig.kafka, name, topic_named(name).partitions)
    recorded.sort(key=lambda record: record.timestamp)
    for order, chosen in (
        ("in order", recorded),
        ("shuffled", shuffled(recorded, random.Random(SEED))),
    ):
        found, held = await replayed(rig, tmp_path, chosen, order.partition(" ")[0])
        print(f"{order}: {len(chosen)} records, {len(found)} reviews, at most {held} held at once")
        assert found == wanted
    assert len(rig.mailbox.mails()) == mails


async def replayed(
    rig: Rig, folder: Path, records: list[ConsumerRecord], name: str
) -> tuple[list[str], int]:
    """What a new reviews service makes of records; and how many waited for others at most."""
    database = f"reviews_{name}"
    urls = await rig.postgres.ensure_database(database, service="reviews")
    await migrate(urls.owner, "complaints_reviews", "reviews")
    broker = MemoryBroker()
    await broker.start()
    first = rig.fleet["reviews"]
    environment = {
        **first.environment,
        "COMPLAINTS_DATABASE_URL": urls.service,
        "KAFKA_BOOTSTRAP_SERVERS": broker.bootstrap,
    }
    process = ServiceProcess(first.program, environment, folder, name)
    server = await rig.postgres.connect(database)
    try:
        for topic in {*READS["reviews"], "complaints.reviews.v1", "complaints.ops.v1"}:
            await broker.create_topic(topic, topic_named(topic).partitions)
        await process.start()
        await process.ready(60 * PATIENCE)
        most = 0
        async with writing(broker.bootstrap) as writer:
            for at in range(0, len(records), WINDOW):
                await writer.send(*map(as_record, records[at : at + WINDOW]))
                most = max(most, await server.fetchval(CALM))
        streams = len({(record.topic, record.key) for record in records})

        async def done() -> bool:
            nonlocal most
            waiting = await server.fetchval(CALM)
            most = max(most, waiting)
            read = await server.fetchval("SELECT count(DISTINCT (topic, stream)) FROM progress")
            return bool(not waiting and read == streams)

        await until(done, 120)
        return sorted(map(str, await server.fetch(REVIEWS))), most
    finally:
        await process.end()
        await server.close()
        await broker.stop()
        await rig.postgres.drop_database(database)


def as_record(found: ConsumerRecord) -> Record:
    headers = tuple((name.encode(), value) for name, value in found.headers)
    place: dict[str, Any] = {"topic": found.topic, "partition": found.partition}
    return Record(**place, offset=0, timestamp=0, key=found.key, value=found.value, headers=headers)
