"""A toy service on a real database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, NamedTuple

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from toy import BOOK, SUBSCRIPTIONS, migrate_toy

from complaints_chassis import operate
from complaints_chassis.applier import Applier
from complaints_chassis.book import Book
from complaints_chassis.clock import Clock
from complaints_chassis.commands import Commands
from complaints_chassis.database import connect
from complaints_chassis.verify import verify
from complaints_local.postgres import DatabaseUrls


class Toy(NamedTuple):
    urls: DatabaseUrls
    engine: AsyncEngine
    applier: Applier
    commands: Commands
    clock: Clock
    paused: list[tuple[str, str]]

    async def rows(self, query: str, **values: object) -> list[Any]:
        async with self.engine.connect() as connection:
            return list(await connection.execute(text(query), values))

    async def problems(self, book: Book = BOOK) -> list[str]:
        """What `journal verify` and `journal rebuild --compare` find."""
        async with self.engine.connect() as connection:
            _, problems = await verify(connection)
        return problems + await operate.rebuild(self.engine, book, compare=True)


ToyContext = AbstractAsyncContextManager[Toy]


@pytest.fixture
def toys(database: Callable[..., Awaitable[DatabaseUrls]]) -> Callable[[], ToyContext]:
    """Toy services without Kafka, each on its own database: `async with toys() as toy`.

    `toy.paused` lists the topics it asked to pause.
    """

    @asynccontextmanager
    async def make() -> AsyncIterator[Toy]:
        urls = await database("toy", migrate_toy)
        engine = connect(urls.service)
        clock = Clock()
        paused: list[tuple[str, str]] = []

        async def pause(topic: str, reason: str) -> None:
            paused.append((topic, reason))

        applier = Applier(engine, BOOK, SUBSCRIPTIONS, clock, pause)
        yield Toy(urls, engine, applier, Commands(engine, BOOK, clock), clock, paused)
        await engine.dispose()

    return make


@pytest.fixture
async def toy(toys: Callable[[], ToyContext]) -> AsyncIterator[Toy]:
    """One toy service. After the test its journal verifies, and a rebuild changes nothing."""
    async with toys() as toy:
        yield toy
        assert await toy.problems() == []


@pytest.fixture
async def toy_to_break(toys: Callable[[], ToyContext]) -> AsyncIterator[Toy]:
    """The same, for tests that tamper with it."""
    async with toys() as toy:
        yield toy
