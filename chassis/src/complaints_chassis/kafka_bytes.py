"""Batches of records in which a header name may be any bytes.

aiokafka's own reading raises at a header name that is not UTF-8. This reads with its slower parser,
which is in Python and can be given a buffer that decodes without loss. Both stand on aiokafka's
insides.
"""

from __future__ import annotations

from typing import Any, SupportsIndex

from aiokafka import TopicPartition
from aiokafka.consumer.fetcher import PartitionRecords
from aiokafka.errors import LeaderNotAvailableError, RecordTooLargeError, for_code
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.record.default_records import DefaultRecordBatch, _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy


def header_name(name: str) -> bytes:
    """The bytes that were sent, from the name that came out of either way of reading."""
    return name.encode("utf-8", "surrogateescape")


async def fetch_tolerantly(consumer: Any, tp: TopicPartition, offset: int) -> Any:
    """Fetches a partition from `offset`, past aiokafka's fetcher: an iterator of its records.

    Raises:
        RecordTooLargeError: the next record does not fit into an answer.
        KafkaError: the broker's, or that it could not be asked.
    """
    client, isolation = consumer._client, consumer._fetcher._isolation_level
    node = client.cluster.leader_for_partition(tp)
    if node in (None, -1):
        client.force_metadata_update()
        raise LeaderNotAvailableError
    request = FetchRequest(
        consumer._fetch_max_wait_ms,
        1,
        consumer._fetch_max_bytes,
        isolation,
        [(tp.topic, [(tp.partition, offset, consumer._max_partition_fetch_bytes)])],
        rack_id="",
    )
    response = await client.send(node, request)
    [(_, [(_, code, _, *answer)])] = response.topics
    if code:
        raise for_code(code)
    records = _Records(answer[-1])
    if not records.has_next() and answer[-1]:
        raise RecordTooLargeError
    aborted = answer[2] if response.API_VERSION >= 11 else answer[-2]
    check_crcs = consumer._check_crcs
    return PartitionRecords(tp, records, aborted, offset, None, None, check_crcs, isolation)


class _Records:
    """What a fetch brought of one partition; stands in for aiokafka's `MemoryRecords`."""

    def __init__(self, data: bytes) -> None:
        self._records = _MemoryRecordsPy(data)

    def has_next(self) -> bool:
        return bool(self._records.has_next())

    def next_batch(self) -> Any:
        data = self._records._next_slice
        batch = self._records.next_batch()
        return _Batch(data) if isinstance(batch, DefaultRecordBatch) else batch


class _Batch:
    def __init__(self, data: memoryview) -> None:
        self._batch = _DefaultRecordBatchPy(data)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._batch, name)

    def __iter__(self) -> Any:
        iter(self._batch)  # decompresses
        self._batch._buffer = _Lossless(self._batch._buffer)
        return self._batch

    def __next__(self) -> Any:
        return next(self._batch)


class _Lossless(bytearray):
    """aiokafka decodes a header name with `buffer[a:b].decode("utf-8")`: here that keeps all bytes.

    What is not UTF-8 becomes lone surrogates; `header_name` undoes that.
    """

    def __getitem__(self, key: SupportsIndex | slice) -> Any:
        part = super().__getitem__(key)
        return _Lossless(part) if isinstance(part, bytearray) else part

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return super().decode(encoding, "surrogateescape")
