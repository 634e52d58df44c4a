"""The consumer's heart, from the broker's bytes to the tables: whatever comes, in any order."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any
from uuid import NAMESPACE_OID, uuid4, uuid5
from zlib import crc32

import pytest
from prometheus_client import REGISTRY
from rubbish import RUBBISH, rubbish
from topics import Writer, writing
from toy import BOOK, SUBSCRIPTIONS, received, record, withheld

from complaints_chassis import operate
from complaints_chassis.applier import Applier
from complaints_chassis.held import as_record
from complaints_chassis.kafka_in import Consumer
from complaints_chassis.pauses import Pauses
from complaints_chassis.record import Record
from complaints_local.broker import MemoryBroker

if TYPE_CHECKING:
    from conftest import Toy, ToyContext

TOPIC, OTHER_TOPIC = "complaints.contacts.v1", "complaints.notices.v1"
PARTITIONS = 3
STREAMS, EVENTS = 200, 50
UNREAD = 2_000
"""So many records may be with the broker and not be read yet: it keeps 5 MB of a partition."""


class Reading:
    """A consumer on a toy service; counts what it has been through."""

    def __init__(self, toy: Toy, kafka: MemoryBroker, topics: Sequence[str]) -> None:
        settings = {"bootstrap_servers": kafka.bootstrap}
        self.consumer = Consumer(settings, group="toy", topics=topics, apply=self.apply)
        self.read = 0
        self._toy = toy
        self._more = asyncio.Event()

    async def apply(self, records: Sequence[Record]) -> None:
        await self._toy.applier.apply(records)
        self.read += len(records)
        self._more.set()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(60):
            while self.read < count:
                self._more.clear()
                await self._more.wait()


@asynccontextmanager
async def reading(toy: Toy, kafka: MemoryBroker, *topics: str) -> AsyncIterator[Reading]:
    found = Reading(toy, kafka, topics or (TOPIC,))
    await found.consumer.start()
    try:
        yield found
    finally:
        await found.consumer.stop()


async def pour(records: Iterable[Record], writer: Writer, into: Reading) -> float:
    """Sends all records, never too many ahead of the reader; records a second until all is read."""
    started, sent = time.perf_counter(), 0
    rest = iter(records)
    while batch := list(islice(rest, 500)):
        await into.until(sent - UNREAD)
        await writer.send(*batch)
        sent += len(batch)
    await into.until(sent)
    return sent / (time.perf_counter() - started)


def placed(found: Record) -> Record:
    return replace(found, partition=crc32(found.key or b"") % PARTITIONS)


def in_order(streams: int, events: int) -> list[Record]:
    """Every stream's events, in turn."""
    contacts = [uuid5(NAMESPACE_OID, f"contact {number}") for number in range(streams)]
    return [
        placed(record(received(contact, f"word {turn}"), turn))
        for turn in range(1, events + 1)
        for contact in contacts
    ]


def with_rubbish(records: Sequence[Record], one_in: int) -> tuple[list[Record], list[Record]]:
    """The records with every kind of rubbish spread among them, and the rubbish."""
    found, kinds, spoilt = [], cycle(RUBBISH), []
    for number, good in enumerate(records):
        found.append(good)
        if number % one_in == one_in - 1:
            spoilt.append(placed(rubbish(next(kinds))))
            found.append(spoilt[-1])
    return found, spoilt


async def state(toy: Toy) -> tuple[list[Any], list[Any]]:
    """The read table, and what was noted of each contact in the order it was noted."""
    return (
        await toy.rows("SELECT * FROM notebooks ORDER BY stream"),
        await toy.rows(
            "SELECT j.stream, array_agg(convert_from(p.bytes, 'UTF8') ORDER BY j.version)"
            " FROM journal j JOIN personal p USING (event_id) GROUP BY j.stream ORDER BY j.stream"
        ),
    )


@pytest.fixture
async def broker(kafka: MemoryBroker) -> MemoryBroker:
    await kafka.create_topic(TOPIC, PARTITIONS)
    await kafka.create_topic(OTHER_TOPIC, 1)
    return kafka


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_disorder_doubles_and_rubbish_end_as_the_ordered_run(
    broker: MemoryBroker, toys: Callable[[], ToyContext]
) -> None:
    good = in_order(STREAMS, EVENTS)
    async with toys() as toy:
        for start in range(0, len(good), 500):
            await toy.applier.apply(good[start : start + 500])
        wanted = await state(toy)
    shuffled = [*good, *good]
    random.Random(7).shuffle(shuffled)
    everything, spoilt = with_rubbish(shuffled, 100)
    async with toys() as toy:
        async with writing(broker.bootstrap) as writer, reading(toy, broker) as reader:
            speed = await pour(everything, writer, reader)
        print(f"shuffled, doubled, 1 % rubbish: {speed:,.0f} contacts/s")
        assert await state(toy) == wanted
        await every_spoilt_record_is_held_as_it_came(toy, spoilt)
        assert await toy.problems() == []


async def every_spoilt_record_is_held_as_it_came(toy: Toy, spoilt: Sequence[Record]) -> None:
    rows = await toy.rows("SELECT * FROM held")
    assert {row.kind for row in rows} == {"UNREADABLE"}
    assert all(row.reason for row in rows)
    kept = {(r.key, r.value, r.headers) for r in map(as_record, rows)}
    assert kept == {(r.key, r.value, r.headers) for r in spoilt}
    assert len(rows) == len(spoilt)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_one_record_of_rubbish_in_a_hundred_does_not_slow_the_others(
    broker: MemoryBroker, toys: Callable[[], ToyContext]
) -> None:
    good = in_order(2_500, 4)
    speeds = []
    for number, records in enumerate((good, with_rubbish(good, 100)[0], good)):
        async with toys() as toy:
            await broker.stop()
            await broker.start()
            await broker.create_topic(TOPIC, PARTITIONS)
            async with writing(broker.bootstrap) as writer, reading(toy, broker) as reader:
                speeds.append(await pour(records, writer, reader))
            assert len(await toy.rows("SELECT * FROM notebooks WHERE count = 4")) == 2_500
            assert await toy.problems() == [], number
    clean, spoilt = max(speeds[0], speeds[2]), speeds[1]
    print(f"ordered: {clean:,.0f} contacts/s; with 1 % rubbish: {spoilt:,.0f} contacts/s")
    assert spoilt > 0.5 * clean


async def test_a_good_record_after_rubbish_of_any_kind_is_applied_within_a_second(
    toy: Toy, broker: MemoryBroker
) -> None:
    async with writing(broker.bootstrap) as writer, reading(toy, broker) as reader:
        await pour([placed(record(received()))], writer, reader)
        longest = 0.0
        for count, kind in enumerate(RUBBISH, 1):
            good = received()
            bad = replace(rubbish(kind), partition=0)
            started = time.perf_counter()
            await writer.send(bad, replace(record(good), partition=0))
            await reader.until(1 + 2 * count)
            longest = max(longest, time.perf_counter() - started)
            assert await toy.rows(
                "SELECT 1 FROM notebooks WHERE stream = :s", s=f"notebook:{good.contact_id}"
            ), kind
        assert len(await toy.rows("SELECT 1 FROM held")) == len(RUBBISH)
    print(f"longest from send to applied, right behind rubbish: {longest:.3f} s")
    assert longest < 1


async def test_a_field_that_is_not_known_here_is_no_rubbish(toy: Toy, broker: MemoryBroker) -> None:
    newer = record(received())
    assert newer.value is not None
    newer = replace(newer, value=newer.value[:-1] + b',"mood":{"today":"calm"}}')
    async with writing(broker.bootstrap) as writer, reading(toy, broker) as reader:
        await pour([newer], writer, reader)
    assert len(await toy.rows("SELECT 1 FROM notebooks")) == 1
    assert await toy.rows("SELECT 1 FROM held") == []


def lag(topic: str) -> float | None:
    """What the metric says of a topic."""
    labels = {"service": "toy", "topic": topic}
    return REGISTRY.get_sample_value("complaints_consumer_lag", labels)


async def test_twenty_in_a_row_pause_their_topic_only_until_a_person_says_skip(
    toy: Toy, broker: MemoryBroker
) -> None:
    pauses = Pauses(toy.engine, toy.clock, toy.commands, "toy")
    applier = Applier(toy.engine, BOOK, SUBSCRIPTIONS, toy.clock, pauses.pause)
    watched = toy._replace(applier=applier)
    kinds = cycle(RUBBISH)
    contacts, notices = received(), [withheld(uuid4()) for _ in range(3)]

    async def paused() -> list[str]:
        found = await toy.rows("SELECT type FROM journal WHERE type ~ 'topic-' ORDER BY seq")
        return [row.type.split(".")[-2] for row in found]

    async with (
        writing(broker.bootstrap) as writer,
        reading(watched, broker, TOPIC, OTHER_TOPIC) as reader,
        asyncio.TaskGroup() as tasks,
    ):
        watch = tasks.create_task(pauses.watch(reader.consumer))
        for round in (1, 2):
            spoilt = [replace(rubbish(next(kinds)), partition=0) for _ in range(20)]
            before = reader.read
            await writer.send(*spoilt)
            async with asyncio.timeout(10):
                while not reader.consumer.paused:
                    await asyncio.sleep(0.01)
            assert reader.read - before <= 20
            good = replace(record(contacts, round), partition=0)
            await writer.send(good, replace(record(notices[round]), partition=0))
            await reader.until(before + 21)  # the other topic's
            assert await paused() == ["topic-paused", "topic-resumed"] * (round - 1) + [
                "topic-paused"
            ]
            assert len(await toy.rows("SELECT 1 FROM notebooks")) == round - 1
            async with asyncio.timeout(10):
                while lag(TOPIC) != 1:
                    await asyncio.sleep(0.05)
            await operate.skip(toy.engine, TOPIC, None, None)
            await reader.until(before + 22)
            assert not reader.consumer.paused
        async with asyncio.timeout(10):
            while await paused() != ["topic-paused", "topic-resumed"] * 2:
                await asyncio.sleep(0.05)
        watch.cancel()
    assert [r.count for r in await toy.rows("SELECT count FROM notebooks")] == [2]
