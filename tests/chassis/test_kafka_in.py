"""The consumer edge against a broker that speaks the real protocol."""

from __future__ import annotations

import asyncio
import logging
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.record.default_records import DefaultRecordBase, _DefaultRecordBatchBuilderPy
from aiokafka.record.util import calc_crc32c

from complaints_chassis import kafka_bytes, kafka_in, kafka_places
from complaints_chassis.errors import Transient
from complaints_chassis.kafka_in import Consumer
from complaints_chassis.record import Record
from complaints_local.broker import MemoryBroker, committed

BAD_NAME = b"\xff\xfe name"
ZSTD, UNKNOWN_CODEC = 4, 5


class Sink:
    """An `apply` that keeps what it was given and can be told to fail."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.failing: Exception | None = None
        self.calls = 0

    async def apply(self, records: Sequence[Record]) -> None:
        self.calls += 1
        if self.failing:
            raise self.failing
        self.records.extend(records)

    def values(self, topic: str, partition: int = 0) -> list[bytes | None]:
        place = (topic, partition)
        return [r.value for r in self.records if (r.topic, r.partition) == place]


class RawName(str):
    """A header name that goes out as the bytes it stands for, which aiokafka will not send."""

    def encode(self, *_: object) -> bytes:
        return BAD_NAME


class Topics:
    """Writes to the broker, also what no decent producer would."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer

    async def send(self, topic: str, *values: bytes, partition: int = 0) -> None:
        for value in values:
            await self._producer.send(topic, value, partition=partition)
        await self._producer.flush()

    async def send_batch(
        self,
        topic: str,
        values: Sequence[bytes],
        headers: Sequence[tuple[str, bytes | None]] = (),
        spoil: Callable[[bytearray], None] = lambda _: None,
        codec: int = 0,
    ) -> None:
        batch = self._producer.create_batch()
        batch._builder = _DefaultRecordBatchBuilderPy(2, codec, 0, -1, -1, -1, 1_000_000)
        for value in values:
            batch.append(key=None, value=value, timestamp=None, headers=list(headers))
        spoil(batch._build())
        await (await self._producer.send_batch(batch, topic, partition=0))


@pytest.fixture
async def topics(kafka: MemoryBroker) -> AsyncIterator[Topics]:
    await kafka.create_topic("a", 2)
    await kafka.create_topic("b", 1)
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, linger_ms=0)
    await producer.start()
    yield Topics(producer)
    await producer.stop()


@asynccontextmanager
async def consuming(
    kafka: MemoryBroker, apply: Callable[[Sequence[Record]], Awaitable[None]], **settings: Any
) -> AsyncIterator[Consumer]:
    consumer = Consumer(
        {"bootstrap_servers": kafka.bootstrap},
        group="casework", topics=["a", "b"], apply=apply, **settings,
    )  # fmt: skip
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def until(true: Callable[[], object], seconds: float = 15) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.01)


def wrong_checksum(batch: bytearray) -> None:
    batch[DefaultRecordBase.CRC_OFFSET] ^= 0xFF


def unknown_codec(batch: bytearray) -> None:
    batch[DefaultRecordBase.ATTRIBUTES_OFFSET + 1] |= UNKNOWN_CODEC
    crc = calc_crc32c(bytes(batch[DefaultRecordBase.ATTRIBUTES_OFFSET :]))
    struct.pack_into(">I", batch, DefaultRecordBase.CRC_OFFSET, crc)


async def test_applies_in_order_and_commits(kafka: MemoryBroker, topics: Topics) -> None:
    sink = Sink()
    async with consuming(kafka, sink.apply) as consumer:
        await topics.send("a", b"1", b"2", b"3")
        await topics.send("a", b"x", partition=1)
        await until(lambda: len(sink.records) == 4)
        assert consumer.assigned == {("a", 0), ("a", 1), ("b", 0)}
        assert time.monotonic() - consumer.last_poll < 5
        assert await consumer.lag() == {("a", 0): 0, ("a", 1): 0, ("b", 0): 0}
    assert sink.values("a") == [b"1", b"2", b"3"]
    assert await committed(kafka.bootstrap, "casework", ["a"]) == {("a", 0): 3, ("a", 1): 1}


async def test_goes_on_from_the_committed_offset(kafka: MemoryBroker, topics: Topics) -> None:
    before, after = Sink(), Sink()
    async with consuming(kafka, before.apply):
        await topics.send("a", b"1", b"2")
        await until(lambda: len(before.records) == 2)
    await topics.send("a", b"3")
    async with consuming(kafka, after.apply):
        await until(lambda: after.records)
    assert after.values("a") == [b"3"]


async def test_a_header_name_that_is_not_utf8_arrives_in_order(
    kafka: MemoryBroker, topics: Topics
) -> None:
    sink = Sink()
    for number in range(0, 60, 3):
        await topics.send("a", b"%d" % number)
        await topics.send_batch("a", [b"%d" % (number + 1)], [(RawName(), b"v"), ("ok", None)])
        await topics.send("a", b"%d" % (number + 2))
    await topics.send("b", b"other")
    async with consuming(kafka, sink.apply) as consumer:
        await until(lambda: len(sink.records) == 61, seconds=5)
        assert not consumer.paused
        await topics.send("a", b"60")
        await until(lambda: len(sink.records) == 62, seconds=2)
    assert sink.values("a") == [b"%d" % number for number in range(61)]
    bad = [record for record in sink.records if record.headers]
    assert [record.headers for record in bad] == [((BAD_NAME, b"v"), (b"ok", None))] * 20


async def test_a_long_batch_with_bad_names_comes_in_parts(
    kafka: MemoryBroker, topics: Topics
) -> None:
    sink = Sink()
    values = [b"%d" % number for number in range(1200)]
    await topics.send_batch("a", values, [(RawName(), b"v")], codec=1)
    async with consuming(kafka, sink.apply):
        await until(lambda: len(sink.records) == 1200)
    assert sink.values("a") == values
    assert sink.calls == 3


@pytest.mark.parametrize("error", [Transient("away"), RuntimeError("a mistake of ours")])
async def test_waits_while_the_database_is_away(
    kafka: MemoryBroker, topics: Topics, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    sink = Sink()
    sink.failing = error
    await topics.send("a", b"1", b"2")
    async with consuming(kafka, sink.apply) as consumer:
        await until(lambda: sink.calls == 4)  # 0.2 + 0.4 + 0.8 s
        assert consumer.waiting == type(error).__name__
        assert time.monotonic() - consumer.last_poll < 2
        assert consumer._consumer is not None
        assert consumer._consumer._subscription.fetcher_idle_time == 0
        sink.failing = None
        await until(lambda: len(sink.records) == 2)
        await until(lambda: consumer.waiting is None)
    assert sink.values("a") == [b"1", b"2"]
    said = [record for record in caplog.records if "not applied" in record.message]
    assert len(said) == 1
    assert said[0].levelno == (logging.WARNING if isinstance(error, Transient) else logging.ERROR)
    assert "away" not in caplog.text
    assert "mistake" not in caplog.text


async def test_stops_while_waiting_and_commits_nothing(kafka: MemoryBroker, topics: Topics) -> None:
    sink = Sink()
    sink.failing = Transient("away")
    await topics.send("a", b"1")
    async with consuming(kafka, sink.apply):
        await until(lambda: sink.calls == 1)
        started = time.monotonic()
    assert time.monotonic() - started < 2
    assert (await committed(kafka.bootstrap, "casework", ["a"]))["a", 0] == 0


async def test_lets_go_of_a_waiting_batch_at_a_rebalance(
    kafka: MemoryBroker, topics: Topics
) -> None:
    sink = Sink()
    sink.failing = Transient("away")
    await topics.send("a", b"1")
    async with consuming(kafka, sink.apply) as consumer:
        await until(lambda: sink.calls == 1)
        assert consumer._consumer is not None
        consumer._consumer._coordinator.request_rejoin()
        await until(lambda: consumer.waiting is None)
        sink.failing = None
        await until(lambda: sink.records)
    assert sink.values("a") == [b"1"]


async def test_stop_lets_the_batch_in_hand_finish_and_commit(
    kafka: MemoryBroker, topics: Topics
) -> None:
    begun, finished = asyncio.Event(), []

    async def slow(records: Sequence[Record]) -> None:
        begun.set()
        await asyncio.sleep(1)
        finished.extend(records)

    await topics.send("a", b"1")
    async with consuming(kafka, slow):
        await begun.wait()
    assert len(finished) == 1
    assert (await committed(kafka.bootstrap, "casework", ["a"]))["a", 0] == 1


async def test_a_paused_topic_keeps_the_others_going(kafka: MemoryBroker, topics: Topics) -> None:
    sink = Sink()
    async with consuming(kafka, sink.apply) as consumer:
        consumer.pause_topic("a", "20 held in a row")
        await until(lambda: consumer.assigned)
        await topics.send("a", b"1", b"2")
        await topics.send("b", b"x", b"y")
        await until(lambda: len(sink.values("b")) == 2)
        await asyncio.sleep(0.5)
        assert not sink.values("a")
        assert consumer.paused == {
            ("a", 0): "20 held in a row", ("a", 1): "20 held in a row",
        }  # fmt: skip
        assert (await consumer.lag())["a", 0] == 2
        consumer.resume_topic("a")
        await until(lambda: len(sink.values("a")) == 2)
        assert not consumer.paused
    assert sink.values("a") == [b"1", b"2"]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [(wrong_checksum, "CorruptRecordException"), (unknown_codec, "UnsupportedCodecError")],
)
async def test_what_cannot_be_unpacked_pauses_its_partition_only(
    kafka: MemoryBroker,
    topics: Topics,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    spoil: Callable[[bytearray], None],
    reason: str,
) -> None:
    monkeypatch.setattr(kafka_in, "BACKOFF_SECONDS", (0.01, 0.1))
    monkeypatch.setattr(kafka_places, "BLOCKED_SECONDS", 0.2)
    sink, told = Sink(), []

    async def on_paused(*place: Any) -> None:
        told.append(place)
        if len(told) == 1:
            raise Transient("away")

    await topics.send("a", b"1", b"2")
    await topics.send_batch("a", [b"bad", b"bad"], spoil=spoil)
    await topics.send("a", b"5")
    async with consuming(kafka, sink.apply, on_paused=on_paused) as consumer:
        await until(lambda: len(told) == 2)
        await topics.send("b", b"x")
        await topics.send("a", b"y", partition=1)
        await until(lambda: len(sink.records) == 4)
        await asyncio.sleep(1)
        assert consumer.paused == {("a", 0): reason}
        assert told == [("a", 0, 2, reason)] * 2
        assert len([r for r in caplog.records if r.message == "partition paused"]) == 1
        with pytest.raises(ValueError, match="not between"):
            await consumer.skip("a", 0, 2)
        with pytest.raises(ValueError, match="not between"):
            await consumer.skip("a", 0, 99)
        with pytest.raises(Transient):
            await consumer.skip("b", 0, 2)
        await consumer.skip("a", 0, 4)
        assert (await committed(kafka.bootstrap, "casework", ["a"]))["a", 0] == 4
        await until(lambda: len(sink.records) == 5)
        assert not consumer.paused
        await consumer.skip("a", 0, 4)  # long past it
    assert sink.values("a") == [b"1", b"2", b"5"]


async def test_a_partition_that_heals_goes_on_by_itself(
    kafka: MemoryBroker, topics: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka_places, "BLOCKED_SECONDS", 0.2)
    sink, broken = Sink(), True
    plain = kafka_bytes.fetch_tolerantly

    async def sometimes(*place: Any) -> Any:
        buffer = await plain(*place)
        return iter_raising(buffer) if broken else buffer

    def iter_raising(buffer: Any) -> Any:
        buffer._records_iterator = (1 / 0 for _ in range(1))
        return buffer

    monkeypatch.setattr(kafka_places, "fetch_tolerantly", sometimes)
    await topics.send_batch("a", [b"1"], [(RawName(), b"v")])
    await topics.send("a", b"2")
    async with consuming(kafka, sink.apply) as consumer:
        await until(lambda: consumer.paused == {("a", 0): "ZeroDivisionError"})
        broken = False
        await until(lambda: len(sink.records) == 2)
        assert not consumer.paused
    assert sink.values("a") == [b"1", b"2"]


async def test_the_broker_away_for_a_while(kafka: MemoryBroker, topics: Topics) -> None:
    sink = Sink()
    kafka.down()
    async with consuming(kafka, sink.apply) as consumer:
        await asyncio.sleep(0.5)
        assert not consumer.assigned
        assert time.monotonic() - consumer.last_poll < 5
        kafka.up()
        await topics.send("a", b"1")
        await until(lambda: len(sink.records) == 1)
        kafka.down()
        await asyncio.sleep(1)
        assert await consumer.lag() == {}
        assert time.monotonic() - consumer.last_poll < 5
        kafka.up()
        await topics.send("a", b"2")
        await until(lambda: len(sink.records) >= 2)
    assert sink.values("a")[-1] == b"2"


async def test_the_broker_away_before_the_commit(kafka: MemoryBroker, topics: Topics) -> None:
    sink = Sink()

    async def apply(records: Sequence[Record]) -> None:
        await sink.apply(records)
        kafka.down()

    await topics.send("a", b"1")
    async with consuming(kafka, apply) as consumer:
        await until(lambda: sink.records)
        await asyncio.sleep(3)
        assert time.monotonic() - consumer.last_poll < 2
        kafka.up()
        async with asyncio.timeout(15):
            while (await committed(kafka.bootstrap, "casework", ["a"]))["a", 0] != 1:
                await asyncio.sleep(0.1)
    assert sink.values("a") == [b"1"]


FETCH, OFFSET_COMMIT, HEARTBEAT = 1, 8, 12
NOT_LEADER, TIMED_OUT, NO_COORDINATOR, UNKNOWN_MEMBER, NO_TOPIC, NO_GROUP = 6, 7, 15, 25, 29, 30
"""The last two: not authorised to."""


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (FETCH, NOT_LEADER),
        (FETCH, TIMED_OUT),
        (FETCH, NO_TOPIC),
        (OFFSET_COMMIT, NO_COORDINATOR),
        (OFFSET_COMMIT, TIMED_OUT),
        (OFFSET_COMMIT, UNKNOWN_MEMBER),
        (OFFSET_COMMIT, NO_TOPIC),
        (OFFSET_COMMIT, NO_GROUP),
        (HEARTBEAT, UNKNOWN_MEMBER),
    ],
)
async def test_a_broker_that_answers_with_errors_for_a_while_costs_no_record_and_no_offset(
    kafka: MemoryBroker, topics: Topics, monkeypatch: pytest.MonkeyPatch, asked: int, error: int
) -> None:
    monkeypatch.setattr(kafka_places, "BLOCKED_SECONDS", 0.2)
    sink = Sink()
    values = [b"%d" % number for number in range(20)]
    async with consuming(kafka, sink.apply) as consumer:
        await topics.send("a", *values[:10])
        await until(lambda: len(sink.records) == 10)
        # A member that the broker forgot comes back only when its old self has timed out.
        kafka.push_errors(asked, *[error] * (1 if error == UNKNOWN_MEMBER else 3))
        await topics.send("a", *values[10:])
        async with asyncio.timeout(60):
            while (await committed(kafka.bootstrap, "casework", ["a"]))["a", 0] < 20:
                await asyncio.sleep(0.05)
        await until(lambda: not consumer.paused)
        await until(lambda: not consumer.waiting)
    assert list(dict.fromkeys(sink.values("a"))) == values
    assert len(sink.records) <= 20 + 10 * 3, "once more for each error at most"


async def test_offsets_that_may_not_be_committed_are_said_and_tried_calmly(
    kafka: MemoryBroker, topics: Topics
) -> None:
    sink = Sink()
    async with consuming(kafka, sink.apply) as consumer:
        kafka.push_errors(OFFSET_COMMIT, *[NO_GROUP] * 100)
        await topics.send("a", b"1")
        await until(lambda: consumer.waiting == "GroupAuthorizationFailedError")
        await asyncio.sleep(2)
        assert time.monotonic() - consumer.last_poll < 5
    assert sink.values("a") == [b"1"]


async def test_stops_though_the_broker_is_away(kafka: MemoryBroker, topics: Topics) -> None:
    async def apply(records: Sequence[Record]) -> None:
        kafka.down()
        begun.set()

    begun = asyncio.Event()
    await topics.send("a", b"1")
    async with consuming(kafka, apply):
        await begun.wait()
        await asyncio.sleep(0.5)
        started = time.monotonic()
    assert time.monotonic() - started < 5
    kafka.up()


async def test_is_built_again_when_aiokafka_gives_up(
    kafka: MemoryBroker, topics: Topics, monkeypatch: pytest.MonkeyPatch
) -> None:
    sink = Sink()
    async with consuming(kafka, sink.apply) as consumer:
        await topics.send("a", b"1")
        await until(lambda: len(sink.records) == 1)
        first = consumer._consumer
        assert first is not None
        monkeypatch.setattr(first._fetcher, "_get_actions_per_node", lambda _: 1 / 0)
        await until(lambda: consumer.assigned and consumer._consumer is not first)
        await topics.send("a", b"2")
        await until(lambda: len(sink.records) == 2)
    assert sink.values("a") == [b"1", b"2"]


async def test_nothing_of_a_record_reaches_the_log(
    kafka: MemoryBroker, topics: Topics, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    sink = Sink()
    sink.failing = ValueError("canary-error")
    await topics.send_batch("a", [b"canary-value"], [(RawName(), b"canary-header")])
    async with consuming(kafka, sink.apply):
        await until(lambda: sink.calls == 2)
    ours = [r for r in caplog.records if r.name.startswith(("complaints", "faststream"))]
    assert ours
    assert "canary" not in "".join(str(vars(record)) for record in ours)
    assert not [r for r in caplog.records if "canary" in str(vars(r)) and r.levelno > logging.DEBUG]
