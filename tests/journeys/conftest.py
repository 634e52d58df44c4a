"""The whole system: in this process, with a browser that needs no port; or as one of its own."""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient
from up import Up

from complaints_chassis.auth import Provider
from complaints_local.broker import MemoryBroker
from complaints_local.data import DataFolder
from complaints_local.ports import free_port
from complaints_local.postgres import Postgres
from complaints_local.system import System, start


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[System]:
    """Everything that `scripts/up` starts but the web server; services find the identity page."""
    with DataFolder(tmp_path / "data") as data:
        async with start(data, 8000, MemoryBroker(), durable=False, say=print) as found:
            for app in found.services.values():
                issuer = f"{found.url}/identity"
                transport = ASGITransport(found.app)
                app.state.auth.provider = Provider(issuer, found.clock.now, transport)
            yield found


@pytest.fixture
async def client(system: System) -> AsyncIterator[AsyncClient]:
    """A browser on the address that everything is mounted at."""
    headers = {"Accept": "text/html"}
    async with AsyncClient(
        transport=ASGITransport(system.app), base_url=system.url, headers=headers
    ) as found:
        yield found


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    """The whole system as a process, which the test starts."""
    found = Up(tmp_path / "data", free_port())
    yield found
    await found.kill(signal.SIGTERM)
    server = Postgres(found.data / "postgres")
    await server.start()
    await server.stop("immediate")
