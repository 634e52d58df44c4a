"""A real cluster for tests that need one: whoever can supply it, and proof that it is real."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from pathlib import Path

import psutil
import pytest

from complaints_contracts.kafka import administering
from complaints_local import kafka_artefacts
from complaints_local.kafka import KafkaBroker
from complaints_local.kafka_artefacts import KafkaUnavailable
from complaints_local.kafka_cluster import KAFKA_4_0, KafkaCluster, metadata_level
from complaints_local.ports import HOST, free_port

PATIENCE_SECONDS = 60
IMAGE = f"apache/kafka:{kafka_artefacts.version()}"


async def started(broker: KafkaBroker) -> KafkaBroker:
    """The broker, started; the test skips where this machine has not what it needs."""
    try:
        await broker.start()
    except KafkaUnavailable as error:
        if os.environ.get("REQUIRE_CLUSTER") == "1":
            raise
        pytest.skip(str(error))
    return broker


def process_of(broker: KafkaBroker) -> psutil.Process:
    """The Java that is the broker."""
    [process] = broker._processes()
    return process


def kill(broker: KafkaBroker) -> None:
    """As `kill -9` does; what it acknowledged is on its disk."""
    process = process_of(broker)
    process.kill()
    process.wait()


@asynccontextmanager
async def real_cluster(folder: Path) -> AsyncIterator[KafkaCluster]:
    """In this order: `KAFKA_BOOTSTRAP_SERVERS`, a container, Apache Kafka on local Java."""
    with ExitStack() as stack:
        if bootstrap := os.environ.get("KAFKA_BOOTSTRAP_SERVERS"):
            cluster, supplier = KafkaCluster(bootstrap), bootstrap
        elif _engine_has_image():
            cluster, supplier = KafkaCluster(stack.enter_context(_container())), IMAGE
        else:
            cluster, supplier = KafkaBroker(folder / "kafka"), "local Java"
        if isinstance(cluster, KafkaBroker):
            await started(cluster)
        else:
            async with administering(cluster.clients, PATIENCE_SECONDS):
                await cluster.start()
        level = await metadata_level(cluster.bootstrap)
        assert level >= KAFKA_4_0, f"metadata.version {level} at {cluster.bootstrap}"
        said = await cluster.version() if isinstance(cluster, KafkaBroker) else "4.x"
        print(f"\ncluster: Apache Kafka {said} (metadata.version {level}), from {supplier}")
        yield cluster
        await cluster.stop()


def _engine_has_image() -> bool:
    """Whether there is a Docker engine that has the image, or can get it."""
    import docker
    from docker.errors import DockerException, ImageNotFound

    try:
        client = docker.from_env(timeout=60)
    except DockerException:
        return False
    try:
        client.images.get(IMAGE)
    except ImageNotFound:
        try:
            client.images.pull(IMAGE)
        except DockerException:
            return False
    finally:
        client.close()
    return True


@contextmanager
def _container() -> Iterator[str]:
    """A broker in a container; where it listens."""
    os.environ["TESTCONTAINERS_RYUK_DISABLED"] = "true"  # an image of its own, for tests that die
    from testcontainers.core.container import DockerContainer

    port = free_port()
    settings = {
        "NODE_ID": "1",
        "PROCESS_ROLES": "broker,controller",
        "LISTENERS": f"PLAINTEXT://:{port},CONTROLLER://:9093",
        "ADVERTISED_LISTENERS": f"PLAINTEXT://{HOST}:{port}",
        "CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "LISTENER_SECURITY_PROTOCOL_MAP": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
        "AUTO_CREATE_TOPICS_ENABLE": "false",
    }
    container = DockerContainer(IMAGE).with_bind_ports(port, port)
    for name, value in settings.items():
        container.with_env(f"KAFKA_{name}", value)
    with container:
        yield f"{HOST}:{port}"
