"""The in-memory broker: the real protocol, and the faults it can be told to show."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from complaints_local.broker import BrokerError, MemoryBroker, committed

TOPIC = "complaints.contacts.v1"
PRODUCE, NOT_LEADER = 0, 6


@pytest_asyncio.fixture
async def producer(kafka: MemoryBroker) -> AsyncIterator[AIOKafkaProducer]:
    await kafka.create_topic(TOPIC, 3)
    async with AIOKafkaProducer(
        bootstrap_servers=kafka.bootstrap, acks="all", enable_idempotence=True, retry_backoff_ms=10
    ) as producer:
        yield producer


async def read(kafka: MemoryBroker, group: str, number: int) -> list[bytes]:
    """The next records for this group, in the order they came; their offsets are committed."""
    values: list[bytes] = []
    async with AIOKafkaConsumer(
        TOPIC,
        bootstrap_servers=kafka.bootstrap,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_wait_ms=50,
    ) as consumer:
        while len(values) < number:
            record = await consumer.getone()
            values.append(record.value)
        await consumer.commit()
    return values


async def test_what_is_sent_is_read_in_the_order_of_its_key(
    kafka: MemoryBroker, producer: AIOKafkaProducer
) -> None:
    for number in range(20):
        await producer.send_and_wait(TOPIC, b"%d" % number, key=b"one contact")
    assert await read(kafka, "triage", 20) == [b"%d" % number for number in range(20)]


async def test_a_topic_has_the_partitions_it_was_created_with(
    kafka: MemoryBroker, producer: AIOKafkaProducer
) -> None:
    assert await producer.partitions_for(TOPIC) == {0, 1, 2}
    with pytest.raises(BrokerError, match="Topic already exists"):
        await kafka.create_topic(TOPIC, 3)


async def test_the_offsets_of_another_group_are_read_while_it_lives_and_after(
    kafka: MemoryBroker, producer: AIOKafkaProducer
) -> None:
    for partition in (0, 0, 2):
        await producer.send_and_wait(TOPIC, b"x", partition=partition)
    nothing = {(TOPIC, 0): 0, (TOPIC, 1): 0, (TOPIC, 2): 0}
    assert await committed(kafka.bootstrap, "triage", [TOPIC]) == nothing
    async with AIOKafkaConsumer(
        TOPIC, bootstrap_servers=kafka.bootstrap, group_id="triage", enable_auto_commit=False
    ) as member:
        await member.commit({TopicPartition(TOPIC, 0): 1})
        one = nothing | {(TOPIC, 0): 1}
        assert await committed(kafka.bootstrap, "triage", [TOPIC]) == one
        await member.commit({TopicPartition(TOPIC, 0): 2, TopicPartition(TOPIC, 2): 1})
    all_read = {(TOPIC, 0): 2, (TOPIC, 1): 0, (TOPIC, 2): 1}
    assert await committed(kafka.bootstrap, "triage", [TOPIC]) == all_read
    assert await committed(kafka.bootstrap, "casework", [TOPIC]) == nothing


async def test_offsets_on_a_topic_that_is_not_there_are_an_error(kafka: MemoryBroker) -> None:
    with pytest.raises(BrokerError, match=r"no such topic: complaints\.missing\.v1"):
        await committed(kafka.bootstrap, "triage", ["complaints.missing.v1"])


async def test_a_send_during_an_outage_is_done_when_the_broker_is_back(
    kafka: MemoryBroker, producer: AIOKafkaProducer
) -> None:
    await producer.send_and_wait(TOPIC, b"before", partition=0)
    kafka.down()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*kafka.bootstrap.split(":"))
    sending = asyncio.create_task(producer.send_and_wait(TOPIC, b"during", partition=0))
    done, _ = await asyncio.wait([sending], timeout=0.3)
    assert not done
    kafka.up()
    await sending
    assert await read(kafka, "triage", 2) == [b"before", b"during"]


async def test_refused_requests_are_tried_again(
    kafka: MemoryBroker, producer: AIOKafkaProducer, caplog: pytest.LogCaptureFixture
) -> None:
    kafka.push_errors(PRODUCE, NOT_LEADER, NOT_LEADER)
    await producer.send_and_wait(TOPIC, b"x", partition=0)
    assert caplog.text.count("NotLeaderForPartitionError") == 2
    assert await read(kafka, "triage", 1) == [b"x"]


async def test_answers_come_as_late_as_they_are_told_to(
    kafka: MemoryBroker, producer: AIOKafkaProducer
) -> None:
    loop = asyncio.get_running_loop()
    kafka.set_rtt(300)
    start = loop.time()
    await producer.send_and_wait(TOPIC, b"x", partition=0)
    assert loop.time() - start >= 0.3


async def test_brokers_share_nothing(kafka: MemoryBroker, producer: AIOKafkaProducer) -> None:
    await producer.send_and_wait(TOPIC, b"x")
    other = MemoryBroker()
    bootstrap = await other.start()
    assert bootstrap == other.bootstrap != kafka.bootstrap
    with pytest.raises(BrokerError, match="no such topic"):
        await committed(bootstrap, "triage", [TOPIC])
    await other.stop()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection(*bootstrap.split(":"))
