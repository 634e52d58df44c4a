"""Reviews as it runs: its own database, the real Kafka protocol, its health."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from toy import record

from complaints_contracts.cases import AdviserAllocated
from complaints_contracts.topics import topics
from complaints_local.broker import MemoryBroker

if TYPE_CHECKING:
    from conftest import Reviews


async def until(found: Callable[[], Awaitable[bool]]) -> None:
    """Waits for what the service does by itself; the test's own timeout ends the wait."""
    while not await found():
        await asyncio.sleep(0.05)


async def says_yes(client: AsyncClient, path: str) -> bool:
    return (await client.get(path)).status_code == 200


@pytest.mark.timeout(60)
async def test_it_is_healthy_and_applies_what_casework_publishes(
    reviews: Reviews,
    kafka: MemoryBroker,
    app_on: Callable[[str], FastAPI],
) -> None:
    for topic in topics().values():
        await kafka.create_topic(topic.name, topic.partitions)
    app = app_on(kafka.bootstrap)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://reviews") as client:
        assert (await client.get("/livez")).status_code == 503
        async with app.router.lifespan_context(app):
            await until(lambda: says_yes(client, "/livez"))
            await until(lambda: says_yes(client, "/readyz"))
            sent = record(AdviserAllocated(case_id=uuid4(), adviser_id="adviser-1"))
            producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap)
            await producer.start()
            headers = [(name.decode(), value or b"") for name, value in sent.headers]
            await producer.send_and_wait(sent.topic, sent.value, sent.key, headers=headers)
            await producer.stop()

            async def copied() -> bool:
                return bool(await reviews.rows("SELECT * FROM copied_allocations"))

            await until(copied)
        started = "SELECT * FROM journal WHERE type LIKE '%service-started%'"
        assert len(await reviews.rows(started)) == 1
