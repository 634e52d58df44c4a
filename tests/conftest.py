"""The servers that tests talk to: all real, all on loopback, all theirs to break."""

import itertools
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from cluster import real_cluster

from complaints_local.broker import MemoryBroker
from complaints_local.kafka_cluster import KafkaCluster
from complaints_local.mailbox import Mailbox
from complaints_local.postgres import DatabaseUrls, Postgres

_numbers = itertools.count(1)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Postgres]:
    """One server for the session; it syncs nothing, for its data need not survive the session."""
    server = Postgres(tmp_path_factory.mktemp("postgres"), fsync=False)
    await server.start()
    yield server
    await server.stop("immediate")


@pytest.fixture(scope="session")
def _templates() -> dict[tuple[str, object], str]:
    return {}


@pytest_asyncio.fixture
async def database(
    postgres: Postgres, _templates: dict[tuple[str, object], str]
) -> AsyncIterator[Callable[..., Awaitable[DatabaseUrls]]]:
    """Makes databases for one test: `await database()` or `await database("triage", migrate)`.

    In each, the roles are `<service>_owner` and `<service>`. `migrate(owner_url)` runs once in the
    session, on a template that databases are then copied from; it must leave no connection open.
    """
    made: list[str] = []

    async def make(
        service: str = "service", migrate: Callable[[str], Awaitable[None]] | None = None
    ) -> DatabaseUrls:
        template = _templates.get((service, migrate), "template1")
        if migrate and template == "template1":
            template = f"{service}_template_{next(_numbers)}"
            urls = await postgres.ensure_database(template, service=service)
            await migrate(urls.owner)
            _templates[service, migrate] = template
        made.append(f"{service}_{next(_numbers)}")
        return await postgres.ensure_database(made[-1], service=service, template=template)

    yield make
    for name in made:
        await postgres.drop_database(name)


@pytest_asyncio.fixture
async def kafka() -> AsyncIterator[MemoryBroker]:
    """An empty in-memory broker for one test; `kafka.bootstrap` is where it listens."""
    broker = MemoryBroker()
    await broker.start()
    yield broker
    await broker.stop()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[KafkaCluster]:
    """One real cluster for the session, for tests marked `cluster` that leave it running.

    Topics and groups stay: a test takes names of its own, or looks at what it sent itself.
    """
    async with real_cluster(tmp_path_factory.mktemp("cluster")) as found:
        yield found


@pytest_asyncio.fixture
async def smtp(tmp_path: Path) -> AsyncIterator[Mailbox]:
    """A mail server for one test, at `smtp.host` and `smtp.port`; it can be told to misbehave."""
    mailbox = Mailbox(tmp_path / "mail")
    await mailbox.start()
    yield mailbox
    await mailbox.stop()
