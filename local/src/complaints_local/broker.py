"""A Kafka broker on this machine: librdkafka's in-memory cluster, from the `confluent-kafka` wheel.

It speaks the real protocol on loopback and keeps nothing on disk. Its limits, all of them silent:
one live member for each group, no administration but `create_topic`, 5 MB kept for each partition,
and a fetch that waits is not woken by new data (so clients set `fetch_max_wait_ms=50`).
"""

import ctypes
from collections.abc import Collection, Mapping
from functools import cache
from pathlib import Path
from typing import Protocol

import confluent_kafka
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

_PRODUCER = 0
_ERROR_BYTES = 512


class BrokerError(Exception):
    """The broker did not do what it was told; the message says what that was."""


class Broker(Protocol):
    """What the local system and the tests ask of a broker, in memory or real."""

    bootstrap: str
    """Where it listens (`host:port`), once it is started."""

    async def start(self) -> str:
        """Start it, and return `bootstrap` once it answers."""

    async def stop(self) -> None:
        """Stop it."""

    async def create_topic(self, name: str, partitions: int) -> None:
        """Create a topic."""


class MemoryBroker:
    """The in-memory cluster, of one broker, with the faults a test may want from it."""

    def __init__(self) -> None:
        self.bootstrap = ""
        self._kafka: int | None = None
        self._cluster: int | None = None

    async def start(self) -> str:
        """Start an empty cluster on a port of its own choice.

        Raises:
            BrokerError: librdkafka says why not.
        """
        library = _library()
        error = ctypes.create_string_buffer(_ERROR_BYTES)
        settings = library.rd_kafka_conf_new()
        library.rd_kafka_conf_set(settings, b"log_level", b"0", error, _ERROR_BYTES)
        self._kafka = library.rd_kafka_new(_PRODUCER, settings, error, _ERROR_BYTES)
        if not self._kafka:
            raise BrokerError(error.value.decode())
        self._cluster = library.rd_kafka_mock_cluster_new(self._kafka, 1)
        if not self._cluster:
            raise BrokerError("the in-memory cluster did not start")
        # By itself it keeps the first member of a group waiting three seconds for a second one.
        library.rd_kafka_mock_group_initial_rebalance_delay_ms(self._cluster, 0)
        bootstrap: bytes = library.rd_kafka_mock_cluster_bootstraps(self._cluster)
        self.bootstrap = bootstrap.decode()
        return self.bootstrap

    async def stop(self) -> None:
        """Stop it, and forget everything it held."""
        if self._cluster:
            _library().rd_kafka_mock_cluster_destroy(self._cluster)
            self._cluster = None
        if self._kafka:
            _library().rd_kafka_destroy(self._kafka)
            self._kafka = None

    async def create_topic(self, name: str, partitions: int) -> None:
        """Create a topic. Raises `BrokerError` where it exists already."""
        _check(
            _library().rd_kafka_mock_topic_create(self._cluster, name.encode(), partitions, 1),
            f"create topic {name}",
        )

    def down(self) -> None:
        """Drop all connections and refuse new ones; what the broker holds stays."""
        _check(_library().rd_kafka_mock_broker_set_down(self._cluster, 1), "go down")

    def up(self) -> None:
        """Accept connections again."""
        _check(_library().rd_kafka_mock_broker_set_up(self._cluster, 1), "come up")

    def set_rtt(self, milliseconds: int) -> None:
        """Answer every request this much later; 0 for no delay."""
        _check(
            _library().rd_kafka_mock_broker_set_rtt(self._cluster, 1, milliseconds), "set a delay"
        )

    def push_errors(self, api_key: int, *errors: int) -> None:
        """Answer the next requests of one kind (0 produce, 1 fetch, 8 offset commit, ...) so.

        `errors` are the protocol's error codes, in order; 0 lets one request through.
        """
        codes = (ctypes.c_int * len(errors))(*errors)
        _library().rd_kafka_mock_push_request_errors_array(
            self._cluster, api_key, len(errors), codes
        )


async def committed(
    bootstrap: str, group: str, topics: Collection[str]
) -> dict[tuple[str, int], int]:
    """How far a consumer group has committed, read without joining it.

    For each partition of the topics the offset of the next record the group will read; 0 where it
    has committed nothing yet.

    Raises:
        BrokerError: one of the topics does not exist.
        aiokafka.errors.KafkaError: the broker does not answer.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        # All topics are asked for, because asking for one by name creates it.
        described = {topic["topic"]: topic for topic in await admin.describe_topics()}
        if unknown := set(topics) - set(described):
            raise BrokerError(f"no such topic: {', '.join(sorted(unknown))}")
        partitions = [
            TopicPartition(topic, partition["partition"])
            for topic in topics
            for partition in described[topic]["partitions"]
        ]
        # Asked without partitions the in-memory cluster does not answer.
        offsets = await admin.list_consumer_group_offsets(group, partitions=partitions)
    finally:
        await admin.close()
    return {tuple(place): max(0, found.offset) for place, found in offsets.items()}


def _check(code: int, attempt: str) -> None:
    if code:
        reason: bytes = _library().rd_kafka_err2str(code)
        raise BrokerError(f"the in-memory broker could not {attempt}: {reason.decode()}")


@cache
def _library() -> ctypes.CDLL:
    """The librdkafka that confluent-kafka has loaded; Python's binding leaves the faults out."""
    package = Path(confluent_kafka.__file__).parent
    folders = (package.with_name("confluent_kafka.libs"), package / ".dylibs")
    [path] = [path for folder in folders for path in folder.glob("librdkafka*")]
    library = ctypes.CDLL(str(path))
    pointer, text, number = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int
    signatures: Mapping[str, tuple[type | None, list[type]]] = {
        "rd_kafka_conf_new": (pointer, []),
        "rd_kafka_conf_set": (number, [pointer, text, text, text, ctypes.c_size_t]),
        "rd_kafka_new": (pointer, [number, pointer, text, ctypes.c_size_t]),
        "rd_kafka_destroy": (None, [pointer]),
        "rd_kafka_err2str": (text, [number]),
        "rd_kafka_mock_cluster_new": (pointer, [pointer, number]),
        "rd_kafka_mock_cluster_bootstraps": (text, [pointer]),
        "rd_kafka_mock_cluster_destroy": (None, [pointer]),
        "rd_kafka_mock_group_initial_rebalance_delay_ms": (None, [pointer, ctypes.c_int32]),
        "rd_kafka_mock_topic_create": (number, [pointer, text, number, number]),
        "rd_kafka_mock_broker_set_down": (number, [pointer, ctypes.c_int32]),
        "rd_kafka_mock_broker_set_up": (number, [pointer, ctypes.c_int32]),
        "rd_kafka_mock_broker_set_rtt": (number, [pointer, ctypes.c_int32, number]),
        "rd_kafka_mock_push_request_errors_array": (
            None,
            [pointer, ctypes.c_int16, ctypes.c_size_t, ctypes.POINTER(number)],
        ),
    }
    for name, (result, arguments) in signatures.items():
        function = library[name]
        function.restype, function.argtypes = result, arguments
        setattr(library, name, function)
    return library
