"""Reviews on a real database, without Kafka."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from complaints_chassis import operate
from complaints_chassis.applier import Applier
from complaints_chassis.auth import Provider
from complaints_chassis.book import Book
from complaints_chassis.clock import Clock
from complaints_chassis.database import connect
from complaints_chassis.migrate import migrate
from complaints_chassis.record import Record
from complaints_chassis.verify import verify
from complaints_chassis.web import Role
from complaints_local.identity import Identity, Person, create_identity
from complaints_local.postgres import DatabaseUrls
from complaints_reviews.app import SERVICE, create_app
from complaints_reviews.settings import Settings


async def migrate_reviews(url: str) -> None:
    await migrate(url, "complaints_reviews", "reviews")


ISSUER = "http://identity"


def settings_for(urls: DatabaseUrls, folder: Path, bootstrap: str = "127.0.0.1:9") -> Settings:
    return Settings.model_validate(
        {
            "database_url": urls.service,
            "KAFKA_BOOTSTRAP_SERVERS": bootstrap,
            "files_folder": folder / "files",
            "oidc_issuer": ISSUER,
            "public_url": "http://reviews",
            "secret": "s" * 32,
        }
    )


@dataclass
class Reviews:
    """The service's tables and its application."""

    urls: DatabaseUrls
    engine: AsyncEngine
    book: Book
    app: FastAPI
    identity: Identity
    client: AsyncClient

    async def apply(self, *records: Record) -> None:
        async def pause(topic: str, reason: str) -> None:
            raise AssertionError(f"{topic}: {reason}")

        applier = Applier(self.engine, self.book, SERVICE.subscriptions, Clock(), pause)
        await applier.apply(records)

    async def rows(self, query: str) -> list[Any]:
        async with self.engine.connect() as connection:
            return list(await connection.execute(text(query)))

    def bearer(self, role: Role) -> dict[str, str]:
        person = Person(role.value, "Idris Kellaway", (role,))
        return {"Authorization": f"Bearer {self.identity.access_token(person)}"}


@pytest.fixture(scope="session")
def identity_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the identity provider keeps its key, made once."""
    return tmp_path_factory.mktemp("identity")


@pytest.fixture
async def reviews(
    database: Callable[..., Awaitable[DatabaseUrls]], tmp_path: Path, identity_key: Path
) -> AsyncIterator[Reviews]:
    """After each test the journal verifies, and nothing in it differs from the read tables."""
    urls = await database("reviews", migrate_reviews)
    engine = connect(urls.service)
    clock = Clock()
    provider = create_identity(
        [], issuer=ISSUER, redirect_uris=[], folder=identity_key, now=clock.now
    )
    app = create_app(settings_for(urls, tmp_path), clock)
    app.state.auth.provider = Provider(ISSUER, clock.now, ASGITransport(provider))
    book = SERVICE.book("cleveland")
    async with AsyncClient(transport=ASGITransport(app), base_url="http://reviews") as client:
        yield Reviews(urls, engine, book, app, provider.state.identity, client)
    assert await operate.rebuild(engine, book, compare=True) == []
    async with engine.connect() as connection:
        assert (await verify(connection))[1] == []
    await app.state.running.engine.dispose()
    await engine.dispose()


@pytest.fixture
def app_on(reviews: Reviews, tmp_path: Path) -> Callable[[str], FastAPI]:
    """Makes the application with a broker, over the same database."""
    return lambda bootstrap: create_app(settings_for(reviews.urls, tmp_path, bootstrap))
