"""Triage on a real database, without Kafka."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from staffed import Web, staffed
from toy import record

from complaints_chassis import operate
from complaints_chassis.applier import Applier
from complaints_chassis.clock import Clock
from complaints_chassis.database import connect
from complaints_chassis.migrate import migrate
from complaints_chassis.verify import verify
from complaints_contracts.codes import Channel, PersonRole, ReachBy
from complaints_contracts.contacts import ContactReceived
from complaints_contracts.event import Event
from complaints_contracts.parts import Person, Reach
from complaints_law.office import load_office
from complaints_local.postgres import DatabaseUrls
from complaints_triage.app import SERVICE, create_app

THURSDAY = datetime(2026, 4, 2, 16, 10, tzinfo=UTC)


async def migrate_triage(url: str) -> None:
    await migrate(url, "complaints_triage", "triage")


@dataclass
class Triage:
    """The service's journal and table, and what tests do with them."""

    url: str
    clock: Clock
    engine: AsyncEngine
    applier: Applier

    async def hear(self, *events: Event | tuple[Event, int]) -> None:
        """Applies events as one batch; a pair gives the sequence in the event's stream."""
        pairs = [event if isinstance(event, tuple) else (event, 1) for event in events]
        await self.applier.apply([record(event, sequence) for event, sequence in pairs])

    async def rows(self, query: str, **values: object) -> list[Any]:
        async with self.engine.connect() as connection:
            return list(await connection.execute(text(query), values))

    async def told(self, contact_id: UUID) -> list[dict[str, Any]]:
        """What triage said of a contact, in order; the type under `type`, no personal parts."""
        found = await self.rows(
            "SELECT type, record FROM journal WHERE stream = :stream ORDER BY version",
            stream=f"contact:{contact_id}",
        )
        return [{"type": row.type, **json.loads(row.record)["data"]} for row in found]

    async def held(self) -> list[str]:
        return [row.kind for row in await self.rows("SELECT kind FROM held")]


@pytest.fixture
async def triage(database: Callable[..., Awaitable[DatabaseUrls]]) -> AsyncIterator[Triage]:
    """After each test the read table follows from the journal, and the journal verifies."""
    urls = await database("triage", migrate_triage)
    engine = connect(urls.service)
    clock = Clock()
    clock.set(THURSDAY, frozen=True)
    book = SERVICE.book("cleveland")

    async def pause(topic: str, reason: str) -> None:
        raise AssertionError(f"{topic}: {reason}")

    yield Triage(
        urls.service, clock, engine, Applier(engine, book, SERVICE.subscriptions, clock, pause)
    )
    assert await operate.rebuild(engine, book, compare=True) == []
    async with engine.connect() as connection:
        _, problems = await verify(connection)
    assert problems == []
    await engine.dispose()


@pytest.fixture
def contact() -> Callable[..., ContactReceived]:
    """Makes contacts that came in; every field can be given."""

    def make(**fields: Any) -> ContactReceived:
        person = Person(
            id=uuid4(),
            role=PersonRole.COMPLAINANT,
            name="Moira Tansley-Okonjo",
            reach=Reach(preferred=ReachBy.EMAIL),
        )
        given: dict[str, Any] = {
            "contact_id": uuid4(),
            "reference": "7K3M-9QX4-D",
            "channel": Channel.EMAIL,
            "received_at": THURSDAY,
            "persons": (person,),
            "words": "Nobody has called me back.",
        }
        return ContactReceived(**(given | fields))

    return make


@pytest.fixture(scope="session")
def identity_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the identity provider keeps its key, made once."""
    return tmp_path_factory.mktemp("identity")


@pytest.fixture
async def web(triage: Triage, tmp_path: Path, identity_key: Path) -> AsyncIterator[Web]:
    """Triage's pages and API, with people of Cleveland's register who can sign in."""
    async with staffed(
        create_app,
        database=triage.url,
        clock=triage.clock,
        office=load_office(),
        folder=tmp_path,
        identity_key=identity_key,
    ) as web:
        yield web
