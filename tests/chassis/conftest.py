"""A toy service on a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import NamedTuple

import pytest
from complaints_chassis.applier import Applier
from complaints_chassis.clock import Clock
from complaints_chassis.commands import Commands
from complaints_chassis.database import connect
from sqlalchemy.ext.asyncio import AsyncEngine
from toy import BOOK, SUBSCRIPTIONS, migrate_toy

from complaints_local.postgres import DatabaseUrls


class Toy(NamedTuple):
    urls: DatabaseUrls
    engine: AsyncEngine
    applier: Applier
    commands: Commands
    clock: Clock
    paused: list[tuple[str, str]]


@pytest.fixture
async def toy(database: Callable[..., Awaitable[DatabaseUrls]]) -> AsyncIterator[Toy]:
    """The toy service without Kafka; `paused` lists the topics it asked to pause."""
    urls = await database("toy", migrate_toy)
    engine = connect(urls.service)
    clock = Clock()
    paused: list[tuple[str, str]] = []

    async def pause(topic: str, reason: str) -> None:
        paused.append((topic, reason))

    applier = Applier(engine, BOOK, SUBSCRIPTIONS, clock, pause)
    yield Toy(urls, engine, applier, Commands(engine, BOOK, clock), clock, paused)
    await engine.dispose()
