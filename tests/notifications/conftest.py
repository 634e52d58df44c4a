"""Notifications on a real database, with a real mail server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
from notices import THURSDAY, Desk, migrate_notifications, settings_for
from sqlalchemy.ext.asyncio import AsyncConnection

from complaints_chassis import operate
from complaints_chassis.verify import verify
from complaints_local.mailbox import Mailbox
from complaints_local.postgres import DatabaseUrls
from complaints_notifications.settings import Settings


@pytest.fixture
async def urls(database: Callable[..., Awaitable[DatabaseUrls]]) -> DatabaseUrls:
    """A migrated database."""
    return await database("notifications", migrate_notifications)


@pytest.fixture
async def desk(urls: DatabaseUrls, smtp: Mailbox, tmp_path: Path) -> AsyncIterator[Desk]:
    """Notifications on a frozen Thursday. After each test journal and read table are checked."""
    settings = Settings(**settings_for(urls.service, smtp.host, smtp.port, tmp_path / "files"))
    desk = Desk(settings)
    desk.clock.set(THURSDAY, frozen=True)
    yield desk
    assert await operate.rebuild(desk.engine, desk.book, compare=True) == []
    async with desk.engine.connect() as connection:
        _, problems = await verify(connection)
    assert problems == []
    await desk.close()


@pytest.fixture
async def lead(desk: Desk) -> AsyncIterator[AsyncConnection]:
    """The connection the postmaster leads with."""
    async with desk.engine.connect() as connection:
        yield connection
