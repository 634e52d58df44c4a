"""Writes records to a broker as they are, also what no decent producer would."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer
from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

from complaints_chassis.record import Record


class _RawName(str):
    """A header name that goes out as the bytes it stands for, which aiokafka would not send."""

    raw: bytes

    def encode(self, *_: object) -> bytes:
        return self.raw


def _name(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        name = _RawName()
        name.raw = raw
        return name


class Writer:
    """Sends records to the topics, and partitions, they name."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer

    async def send(self, *records: Record) -> None:
        """Sends records, in order for each partition, and waits until the broker has them."""
        for record in records:
            headers = [(_name(name), value) for name, value in record.headers]
            if all(type(name) is str for name, _ in headers):
                await self._producer.send(
                    record.topic, record.value, key=record.key, partition=record.partition,
                    headers=headers,
                )  # fmt: skip
            else:
                batch = self._producer.create_batch()
                batch._builder = _DefaultRecordBatchBuilderPy(2, 0, 0, -1, -1, -1, 1_000_000)
                batch.append(key=record.key, value=record.value, timestamp=None, headers=headers)
                await self._producer.send_batch(batch, record.topic, partition=record.partition)
        await self._producer.flush()


@asynccontextmanager
async def writing(bootstrap: str) -> AsyncIterator[Writer]:
    """A writer for one test."""
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=0, max_request_size=4 << 20)
    await producer.start()
    try:
        yield Writer(producer)
    finally:
        await producer.stop()
