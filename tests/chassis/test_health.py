"""What a running service says of itself: triage, on a database and a broker of its own to stop."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from uuid import uuid4

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.exc import TimeoutError as PoolTimeout
from topics import writing
from toy import received, record

from complaints_chassis.errors import ChassisError
from complaints_chassis.migrate import migrate
from complaints_contracts.topics import topics
from complaints_local.broker import MemoryBroker
from complaints_local.postgres import DatabaseUrls, Postgres
from complaints_triage.app import create_app
from complaints_triage.settings import Settings

CONTACTS = "complaints.contacts.v1"


async def migrate_triage(url: str) -> None:
    await migrate(url, "complaints_triage", "triage")


def environment(urls: DatabaseUrls, folder: Path, bootstrap: str = "127.0.0.1:9") -> dict[str, str]:
    return {
        "COMPLAINTS_DATABASE_URL": urls.service,
        "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
        "COMPLAINTS_KAFKA_KEEPS_RECORDS": "false",
        "COMPLAINTS_FILES_FOLDER": str(folder / "files"),
        "COMPLAINTS_OIDC_ISSUER": "http://identity",
        "COMPLAINTS_PUBLIC_URL": "http://triage",
        "COMPLAINTS_SECRET": "s" * 32,
    }


App = Callable[[DatabaseUrls], FastAPI]


@pytest.fixture
async def app(kafka: MemoryBroker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> App:
    for topic in topics().values():
        await kafka.create_topic(topic.name, topic.partitions)

    def make(urls: DatabaseUrls) -> FastAPI:
        for name, value in environment(urls, tmp_path, kafka.bootstrap).items():
            monkeypatch.setenv(name, value)
        return create_app(Settings())

    return make


def asking(app: FastAPI) -> AsyncClient:
    return AsyncClient(transport=ASGITransport(app), base_url="http://triage")


@asynccontextmanager
async def running(app: FastAPI) -> AsyncIterator[AsyncClient]:
    async with asking(app) as client, app.router.lifespan_context(app):
        await until(lambda: answers(client, "/readyz", 200))
        yield client


async def answers(client: AsyncClient, path: str, status: int) -> bool:
    return (await client.get(path)).status_code == status


async def until(found: Callable[[], Awaitable[bool]]) -> None:
    """Waits for what the service does by itself; there is no event of it outside."""
    async with asyncio.timeout(40):
        while not await found():
            await asyncio.sleep(0.05)


async def problems(client: AsyncClient) -> str:
    found: list[str] = (await client.get("/readyz")).json()["problems"]
    return "; ".join(found)


async def test_a_service_that_was_not_started_is_neither_alive_nor_ready(
    app: App, database: Callable[..., Awaitable[DatabaseUrls]]
) -> None:
    async with asking(app(await database("triage", migrate_triage))) as client:
        assert await answers(client, "/livez", 503)
        assert await answers(client, "/readyz", 503)
        assert await problems(client) == "not started"


async def test_while_the_database_is_away_a_service_is_alive_but_not_ready(
    app: App, tmp_path: Path
) -> None:
    server = Postgres(tmp_path / "postgres", fsync=False)
    await server.start()
    try:
        urls = await server.ensure_database("triage")
        await migrate_triage(urls.owner)
        async with running(app(urls)) as client:
            await server.stop()
            assert await answers(client, "/readyz", 503)
            assert "database: does not answer" in await problems(client)
            assert await answers(client, "/livez", 200)
            await server.start()
            await until(lambda: answers(client, "/readyz", 200))
    finally:
        await server.stop("immediate")


async def test_a_service_whose_connections_are_all_in_use_is_ready(
    app: App, database: Callable[..., Awaitable[DatabaseUrls]]
) -> None:
    """It is busy, not broken: taken out of service, it would leave the others busier."""
    service = app(await database("triage", migrate_triage))
    async with running(service) as client, AsyncExitStack() as taken:
        with suppress(PoolTimeout):
            while True:
                await taken.enter_async_context(service.state.running.engine.connect())
        assert await answers(client, "/readyz", 200)


async def test_while_the_broker_is_away_a_service_is_alive_but_not_ready(
    app: App, database: Callable[..., Awaitable[DatabaseUrls]], kafka: MemoryBroker
) -> None:
    async with running(app(await database("triage", migrate_triage))) as client:
        kafka.down()
        await until(lambda: answers(client, "/readyz", 503))
        assert "broker: does not answer" in await problems(client)
        assert await answers(client, "/livez", 200)
        kafka.up()
        await until(lambda: answers(client, "/readyz", 200))


async def test_a_service_does_not_start_before_its_database_is_migrated(
    app: App, database: Callable[..., Awaitable[DatabaseUrls]], tmp_path: Path
) -> None:
    urls = await database("triage")
    unmigrated = app(urls)
    with pytest.raises(ChassisError, match="Run: complaints-triage migrate"):
        async with unmigrated.router.lifespan_context(unmigrated):
            pass
    await unmigrated.state.running.engine.dispose()
    serve = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("complaints-triage"), "serve",
        env={**os.environ, **environment(urls, tmp_path)}, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    _, said = await serve.communicate()
    assert serve.returncode
    assert b"Run: complaints-triage migrate" in said


async def test_what_waits_and_what_was_done_is_measured(
    app: App, database: Callable[..., Awaitable[DatabaseUrls]], kafka: MemoryBroker
) -> None:
    made = app(await database("triage", migrate_triage))
    async with running(made) as client:
        before = await measured(client)
        good, follower = record(received(uuid4())), record(received(uuid4()), 2)
        async with writing(kafka.bootstrap) as writer:
            await writer.send(good, good, follower)

        async def done() -> bool:
            return (await measured(client))["complaints_unpublished"] >= 1 and (
                await measured(client)
            )["complaints_held BEHIND"] == 1

        await until(done)
        await made.state.running.pauses.pause(CONTACTS, "a test")
        await until(lambda: answers(client, "/readyz", 503))
        assert f"paused: {CONTACTS}: a test" in await problems(client)

        async def paused() -> bool:
            return (await measured(client))["complaints_paused"] == 1

        await until(paused)
        after = await measured(client)
    grown = {name: after[name] - before[name] for name in after if name.endswith("_total")}
    assert grown["complaints_records_applied_total"] == 1
    assert grown["complaints_records_duplicate_total"] == 1
    assert grown["complaints_conflicts_total"] == 0
    assert after["complaints_unpublished_oldest_seconds"] > 0


async def measured(client: AsyncClient) -> dict[str, float]:
    """Triage's metrics by name, and kind where they have one."""
    families = text_string_to_metric_families((await client.get("/metrics")).text)
    return {
        " ".join(filter(None, (sample.name, sample.labels.get("kind")))): sample.value
        for family in families
        for sample in family.samples
        if sample.labels.get("service") == "triage"
    }
