"""The whole system in this process, with an in-memory broker and a browser that needs no port."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from httpx import ASGITransport, AsyncClient

from complaints_chassis.auth import Provider
from complaints_local.broker import MemoryBroker
from complaints_local.data import DataFolder
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
