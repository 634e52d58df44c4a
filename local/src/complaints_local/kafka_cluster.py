"""A real Kafka cluster, whoever runs it: which one it is, and our topics on it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from io import BytesIO
from typing import Any, Final, cast

from aiokafka.errors import GroupCoordinatorNotAvailableError, NodeNotReadyError
from aiokafka.protocol.types import (
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    String,
    TaggedFields,
)

from complaints_contracts.kafka import ClusterError, administering, create_topic, kept_as
from complaints_contracts.topics import topic_named
from complaints_local.broker import BrokerError

START_SECONDS = 30.0
KAFKA_4_0 = 25
"""The level of the feature `metadata.version` that came with Apache Kafka 4.0."""


class KafkaCluster:
    """A cluster that others run, reached without a password; nothing here starts or stops it."""

    def __init__(self, bootstrap: str) -> None:
        self.bootstrap = bootstrap

    async def start(self) -> str:
        """See whether it answers. Raises `BrokerError` where it does not."""
        try:
            async with asyncio.timeout(START_SECONDS):
                await groups_can_meet(self.clients)
        except (ClusterError, TimeoutError) as error:
            raise BrokerError(
                f"No Kafka answers at {self.bootstrap}. Start it, or unset KAFKA_BOOTSTRAP_SERVERS."
            ) from error
        return self.bootstrap

    async def stop(self) -> None:
        """Leave it as it is."""

    @property
    def clients(self) -> dict[str, Any]:
        """What aiokafka's clients are told."""
        return {"bootstrap_servers": self.bootstrap}

    async def create_topic(self, name: str, partitions: int) -> None:
        """Create a topic, kept as its file in contracts says; one that exists stays as it is.

        Raises:
            BrokerError: the cluster refused it.
        """
        settings = {}
        with suppress(KeyError):
            settings = kept_as(topic_named(name))
        try:
            async with administering(self.clients) as admin:
                await create_topic(admin, name, partitions, settings)
        except ClusterError as error:
            raise BrokerError(str(error)) from error


async def cluster_id(clients: Mapping[str, Any]) -> str:
    """The id a cluster was formatted with. Raises `ClusterError` where nothing answers."""
    async with administering(clients) as admin:
        return cast(str, (await admin.describe_cluster())["cluster_id"])


async def groups_can_meet(clients: Mapping[str, Any]) -> None:
    """Wait until consumer groups have a coordinator; a new cluster makes one when first asked.

    Raises:
        ClusterError: nothing answers.
    """
    async with administering(clients) as admin:
        while True:
            try:
                await admin.find_coordinator("complaints")
            except (GroupCoordinatorNotAvailableError, NodeNotReadyError):
                await asyncio.sleep(0.02)
            else:
                return


async def metadata_level(bootstrap: str) -> int:
    """The cluster's level of the feature `metadata.version` (KIP-584): which Kafka it is.

    0 where there is none, as on the in-memory broker: so tests know a real cluster.
    """
    host, _, port = bootstrap.split(",")[0].rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        request = _API_VERSIONS_REQUEST.encode((18, 3, 0, "", {}, "complaints", "1", {}))
        writer.write(Int32.encode(len(request)) + request)
        size = Int32.decode(BytesIO(await reader.readexactly(4)))
        answer = BytesIO(await reader.readexactly(size))
    finally:
        writer.close()
        await writer.wait_closed()
    _, error = _API_VERSIONS_HEAD.decode(answer)
    if error:  # a broker that knows only older versions of the request, without features
        return 0
    _, _, tags = _API_VERSIONS_REST.decode(answer)
    finalized = _FEATURES.decode(BytesIO(tags.get(2, b"\x00"))) or []
    return next((level for name, level, *_ in finalized if name == "metadata.version"), 0)


# aiokafka asks with an older version of ApiVersions, whose answer has no features.
_API_VERSIONS_REQUEST: Final = Schema(
    ("api_key", Int16),
    ("api_version", Int16),
    ("correlation_id", Int32),
    ("client_id", String()),
    ("tags", TaggedFields),
    ("client_software_name", CompactString()),
    ("client_software_version", CompactString()),
    ("body_tags", TaggedFields),
)
_API_VERSIONS_HEAD: Final = Schema(("correlation_id", Int32), ("error_code", Int16))
_API_VERSIONS_REST: Final = Schema(
    (
        "api_keys",
        CompactArray(("key", Int16), ("min", Int16), ("max", Int16), ("tags", TaggedFields)),
    ),
    ("throttle_time_ms", Int32),
    ("tags", TaggedFields),
)
_FEATURES: Final = CompactArray(
    ("name", CompactString()), ("max_level", Int16), ("min_level", Int16), ("tags", TaggedFields)
)
