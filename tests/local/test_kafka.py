"""Apache Kafka on local Java: a real broker, and what survives which end."""

import asyncio
import hashlib
import socket
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import psutil
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from cluster import kill, process_of, started

from complaints_contracts.topics import topics
from complaints_local import kafka_artefacts
from complaints_local.broker import BrokerError, MemoryBroker, committed
from complaints_local.kafka import KafkaBroker, choose
from complaints_local.kafka_artefacts import KafkaUnavailable
from complaints_local.kafka_cluster import KAFKA_4_0, KafkaCluster, cluster_id, metadata_level

TOPIC = "complaints.contacts.v1"
MANAGER = """
import asyncio, pathlib, sys
from complaints_local.kafka import KafkaBroker

async def manage() -> None:
    print(await KafkaBroker(pathlib.Path(sys.argv[1])).start(), flush=True)
    await asyncio.Event().wait()

asyncio.run(manage())
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[KafkaBroker]:
    """One broker for the tests that leave it running."""
    broker = KafkaBroker(tmp_path_factory.mktemp("shared") / "kafka")
    await started(broker)
    yield broker
    await broker.stop()


@pytest_asyncio.fixture
async def broker(tmp_path: Path) -> AsyncIterator[KafkaBroker]:
    broker = KafkaBroker(tmp_path / "kafka")
    await started(broker)
    yield broker
    await broker.stop()


async def send(broker: KafkaBroker, numbers: range) -> None:
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap, acks="all") as producer:
        for number in numbers:
            await producer.send_and_wait(TOPIC, b"%d" % number, partition=number % 3)


def member(broker: KafkaBroker, group: str) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        TOPIC,
        bootstrap_servers=broker.bootstrap,
        group_id=group,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_wait_ms=50,
        heartbeat_interval_ms=100,
    )


async def read(broker: KafkaBroker, group: str, wanted: set[int]) -> list[int]:
    """What the group gets until it has all that is wanted; its offsets are committed."""
    values: list[int] = []
    async with member(broker, group) as consumer:
        while not wanted <= set(values):
            values.append(int((await consumer.getone()).value))
        await consumer.commit()
    return values


@pytest.mark.cluster
async def test_it_is_a_real_broker_of_the_locked_version(shared: KafkaBroker) -> None:
    assert await shared.version() == kafka_artefacts.version()
    assert f"Kafka version: {kafka_artefacts.version()}" in (shared.folder / "log").read_text()
    assert await metadata_level(shared.bootstrap) >= KAFKA_4_0


async def test_the_in_memory_broker_is_not_taken_for_a_real_one(kafka: MemoryBroker) -> None:
    assert await metadata_level(kafka.bootstrap) == 0


@pytest.mark.cluster
async def test_records_and_offsets_survive_a_restart_on_the_same_ports(
    broker: KafkaBroker,
) -> None:
    bootstrap = broker.bootstrap
    await broker.create_topic(TOPIC, 3)
    await send(broker, range(10))
    await read(broker, "triage", set(range(10)))
    await broker.stop()
    with pytest.raises(BrokerError, match="does not run"):
        await broker.version()
    again = KafkaBroker(broker.folder)
    assert await again.start() == bootstrap
    await send(again, range(10, 13))
    assert sorted(await read(again, "triage", {10, 11, 12})) == [10, 11, 12]
    assert sorted(await read(again, "casework", set(range(13)))) == list(range(13))
    await again.stop()


@pytest.mark.cluster
async def test_what_was_acknowledged_survives_a_kill(broker: KafkaBroker) -> None:
    await broker.create_topic(TOPIC, 3)
    acknowledged: set[int] = set()

    async def keep_sending(producer: AIOKafkaProducer) -> None:
        number = 0
        while True:
            await producer.send_and_wait(TOPIC, b"%d" % number, partition=number % 3)
            acknowledged.add(number)
            number += 1
            if number == 200:
                kill(broker)

    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap, acks="all") as producer:
        sending = asyncio.create_task(keep_sending(producer))
        while len(acknowledged) < 200:
            await asyncio.sleep(0.01)
        await broker.start()
        while len(acknowledged) < 300:  # the same producer goes on where it was
            await asyncio.sleep(0.01)
        sending.cancel()
    await read(broker, "triage", acknowledged)


@pytest.mark.cluster
async def test_two_live_members_of_a_group_share_the_partitions(shared: KafkaBroker) -> None:
    await shared.create_topic(TOPIC, 3)
    values: list[int] = []
    readers: dict[AIOKafkaConsumer, set[int]] = {}

    async def keep_reading(consumer: AIOKafkaConsumer) -> None:
        async for record in consumer:
            values.append(int(record.value))
            readers[consumer].add(int(record.value))

    async with member(shared, "triage") as one, member(shared, "triage") as two:
        readers = {one: set(), two: set()}
        tasks = [asyncio.create_task(keep_reading(consumer)) for consumer in (one, two)]
        # The first member keeps all three until it has heard of the second one.
        while len(one.assignment()) + len(two.assignment()) != 3 or not two.assignment():
            await asyncio.sleep(0.01)
        assert len(one.assignment() | two.assignment()) == 3
        await send(shared, range(30))
        while len(values) < 30:
            await asyncio.sleep(0.01)
        for task in tasks:
            task.cancel()
    assert sorted(values) == list(range(30))
    assert all(readers.values())


@pytest.mark.cluster
async def test_a_topic_is_kept_as_long_as_its_file_says_and_is_created_once(
    shared: KafkaBroker,
) -> None:
    await shared.create_topic(TOPIC, 3)
    await shared.create_topic(TOPIC, 3)
    admin = AIOKafkaAdminClient(bootstrap_servers=shared.bootstrap)
    await admin.start()
    try:
        [described] = await admin.describe_topics([TOPIC])
        resource = ConfigResource(ConfigResourceType.TOPIC, TOPIC)
        [answer] = await admin.describe_configs([resource])
    finally:
        await admin.close()
    assert len(described["partitions"]) == 3
    settings = {name: value for name, value, *_ in answer.resources[0][4]}
    assert settings["retention.ms"] == str(topics()[TOPIC].retention_days * 24 * 60 * 60 * 1000)
    with pytest.raises(BrokerError, match=r"did not create topic complaints/none"):
        await shared.create_topic("complaints/none", 1)


@pytest.mark.cluster
async def test_offsets_of_another_group_are_read_without_joining_it(shared: KafkaBroker) -> None:
    topic = "complaints.triage.v1"
    await shared.create_topic(topic, 1)
    async with AIOKafkaProducer(bootstrap_servers=shared.bootstrap) as producer:
        await producer.send_and_wait(topic, b"7")
    assert await committed(shared.bootstrap, "casework", [topic]) == {(topic, 0): 0}
    async with AIOKafkaConsumer(
        topic,
        bootstrap_servers=shared.bootstrap,
        group_id="casework",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    ) as consumer:
        assert (await consumer.getone()).value == b"7"
        await consumer.commit()
    assert await committed(shared.bootstrap, "casework", [topic]) == {(topic, 0): 1}


@pytest.mark.cluster
async def test_a_broker_left_by_a_killed_manager_is_adopted(broker: KafkaBroker) -> None:
    await broker.stop()
    manager = await asyncio.create_subprocess_exec(
        sys.executable, "-c", MANAGER, str(broker.folder), stdout=subprocess.PIPE
    )
    assert manager.stdout is not None
    bootstrap = (await manager.stdout.readline()).decode().strip()
    manager.kill()
    await manager.wait()
    left = process_of(broker).pid
    assert await broker.start() == bootstrap
    assert process_of(broker).pid == left
    await broker.stop()
    assert not psutil.pid_exists(left)


@pytest.mark.cluster
async def test_a_broker_whose_data_was_removed_is_not_adopted(broker: KafkaBroker) -> None:
    first = process_of(broker).pid
    identity = await cluster_id(broker.clients)
    broker.folder.rename(broker.folder.with_name("removed"))  # at once, while it is written to
    await broker.start()
    assert process_of(broker).pid != first
    assert await cluster_id(broker.clients) != identity


@pytest.mark.cluster
async def test_records_without_their_identity_are_left_alone(broker: KafkaBroker) -> None:
    (broker.folder / "records" / "meta.properties").unlink()
    with pytest.raises(BrokerError, match=r"meta\.properties is missing: restore it, or remove"):
        await broker.start()


@pytest.mark.cluster
async def test_a_port_that_another_program_took_is_replaced(broker: KafkaBroker) -> None:
    old = broker.bootstrap
    await broker.stop()
    taker = await asyncio.start_server(lambda *_: None, *old.split(":"))
    async with taker:
        assert await broker.start() != old
    assert await broker.version()


@pytest.mark.cluster
async def test_only_its_owner_can_open_the_folder(shared: KafkaBroker) -> None:
    assert stat.S_IMODE(shared.folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((shared.folder / "log").stat().st_mode) == 0o600
    addresses = {c.laddr.ip for c in process_of(shared).net_connections() if c.status == "LISTEN"}
    assert addresses <= {"127.0.0.1", "::ffff:127.0.0.1"}


@pytest.mark.cluster
async def test_a_broker_that_does_not_start_says_what_its_log_says(broker: KafkaBroker) -> None:
    await broker.stop()
    identity = broker.folder / "records" / "meta.properties"
    identity.write_text(identity.read_text().replace("node.id=1", "node.id=2"))
    with pytest.raises(BrokerError, match=r"it ended(.|\n)*node"):
        await broker.start()


# Where this machine lacks something


@pytest.mark.parametrize(
    ("script", "problem"),
    [
        ("echo 'openjdk version \"11.0.2\"' >&2", "the one at JAVA_HOME .* is older"),
        ("echo 'java version \"1.8.0\"' >&2", "the one at JAVA_HOME .* is older"),
        ("exit 1", "the one at JAVA_HOME .* is broken"),
        (None, "there is none at JAVA_HOME"),
    ],
)
async def test_a_java_that_does_not_do_is_named_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str | None, problem: str
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    if script:
        java = tmp_path / "bin" / "java"
        java.parent.mkdir()
        java.write_text(f"#!/bin/sh\n{script}\n")
        java.chmod(0o755)
    with pytest.raises(KafkaUnavailable, match=f"{problem}.*Install it.*--broker memory"):
        await KafkaBroker(tmp_path / "kafka").start()


def test_the_lock_holds_one_version_of_kafka_and_each_jar_once() -> None:
    coordinates = [jar.coordinates.split(":") for jar in kafka_artefacts._locked()]
    kafkas = {number for group, _, number in coordinates if group == "org.apache.kafka"}
    assert kafkas == {kafka_artefacts.version()}
    assert len({artifact for _, artifact, _ in coordinates}) == len(coordinates)


@pytest.fixture
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A Maven registry on loopback with one jar in it, and a machine that fetches from there."""
    jar = tmp_path / "registry/org/apache/kafka/kafka_2.13/4.0.0/kafka_2.13-4.0.0.jar"
    jar.parent.mkdir(parents=True)
    jar.write_bytes(b"Kafka")
    lock = tmp_path / "kafka.lock"
    lock.write_text(
        f"# how\n{kafka_artefacts.SERVER}:4.0.0 {hashlib.sha256(b'Kafka').hexdigest()}\n"
    )
    monkeypatch.setattr(kafka_artefacts, "LOCK", lock)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    serve = partial(SimpleHTTPRequestHandler, directory=tmp_path / "registry")
    with ThreadingHTTPServer(("127.0.0.1", 0), serve) as server:
        (tmp_path / ".config").mkdir()
        (tmp_path / ".config/jgo.conf").write_text(
            f"[repositories]\ncentral = http://127.0.0.1:{server.server_port}\n"
        )
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield jar
        server.shutdown()
        thread.join()


def test_jars_are_fetched_once(registry: Path) -> None:
    said: list[str] = []
    folder = kafka_artefacts.jars(said.append)
    assert [path.read_bytes() for path in folder.iterdir()] == [b"Kafka"]
    registry.unlink()
    assert kafka_artefacts.jars(said.append) == folder
    assert said == ["fetching Apache Kafka 4.0.0 (1 jars, once)"]


@pytest.mark.parametrize("content", [b"something else", None])
def test_a_jar_that_is_not_the_locked_one_or_not_there_is_an_error_and_nothing_is_kept(
    registry: Path, tmp_path: Path, content: bytes | None
) -> None:
    if content:
        registry.write_bytes(content)
    else:
        registry.unlink()
    with pytest.raises(KafkaUnavailable, match=r"kafka_2\.13:.*4\.0\.0 .*--broker memory"):
        kafka_artefacts.jars(print)
    assert list((tmp_path / "cache" / "complaints").iterdir()) == []


# One way to choose a broker


def test_the_environment_comes_before_the_choice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)
    assert isinstance(choose("memory", tmp_path, print), MemoryBroker)
    assert isinstance(choose("kafka", tmp_path, print), KafkaBroker)
    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "kafka.internal:9092")
    chosen = choose("memory", tmp_path, print)
    assert type(chosen) is KafkaCluster
    assert chosen.bootstrap == "kafka.internal:9092"


@pytest.mark.cluster
async def test_a_cluster_that_others_run_is_used_and_left_running(shared: KafkaBroker) -> None:
    cluster = KafkaCluster(shared.bootstrap)
    assert await cluster.start() == shared.bootstrap
    await cluster.create_topic(TOPIC, 3)
    await cluster.stop()
    assert await shared.version()


async def test_a_cluster_that_does_not_answer_is_named(unused_address: str) -> None:
    with pytest.raises(BrokerError, match=f"No Kafka answers at {unused_address}"):
        await KafkaCluster(unused_address).start()


@pytest.fixture
def unused_address() -> Iterator[str]:
    with socket.socket() as held:  # bound, never listening
        held.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{held.getsockname()[1]}"
