"""Reviews on a real database, without Kafka."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from toy import record

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
from complaints_contracts.cases import CaseOpened, case_id
from complaints_contracts.codes import Channel, ContactType, PersonRole, Queue, ReachBy, Urgency
from complaints_contracts.event import Event
from complaints_contracts.parts import Person, Reach
from complaints_contracts.triage import ContactSorted
from complaints_local.identity import Identity, create_identity
from complaints_local.identity import Person as StaffPerson
from complaints_local.postgres import DatabaseUrls
from complaints_reviews.app import SERVICE, create_app
from complaints_reviews.settings import Settings


async def migrate_reviews(url: str) -> None:
    await migrate(url, "complaints_reviews", "reviews")


ISSUER = "http://identity"
RECEIVED = datetime(2026, 4, 2, 16, 10, tzinfo=UTC)
"""Thursday before Easter, 5:10pm in London."""
REFERENCE = "CL-7K4M-9QPC"


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
    clock: Clock
    book: Book
    app: FastAPI
    identity: Identity
    client: AsyncClient

    async def apply(self, *records: Record) -> None:
        async def pause(topic: str, reason: str) -> None:
            raise AssertionError(f"{topic}: {reason}")

        applier = Applier(self.engine, self.book, SERVICE.subscriptions, self.clock, pause)
        await applier.apply(records)

    async def hear(self, *events: Event | tuple[Event, int]) -> None:
        """Applies events as one batch; a pair gives the sequence in the event's stream."""
        pairs = [event if isinstance(event, tuple) else (event, 1) for event in events]
        await self.apply(*(record(event, sequence) for event, sequence in pairs))

    async def rows(self, query: str, **values: object) -> list[Any]:
        async with self.engine.connect() as connection:
            return list(await connection.execute(text(query), values))

    async def review(self, contact: UUID) -> Any:
        [row] = await self.rows("SELECT * FROM reviews WHERE contact_id = :id", id=contact)
        return row

    async def facts(self, contact: UUID) -> list[str]:
        """The short names of the facts of a contact's review, in order."""
        found = await self.rows(
            "SELECT type FROM journal JOIN reviews USING (stream) WHERE contact_id = :id"
            " ORDER BY journal.version",
            id=contact,
        )
        return [row.type.rpartition("complaints.")[2] for row in found]

    async def dump(self) -> str:
        """Everything that the service keeps, but for the chassis' own bookkeeping."""
        tables = ("reviews", "mentions", "copied_cases", "copied_people", "personal", "held")
        rows = [
            row.row
            for table in (*tables, "journal")
            for row in await self.rows(f"SELECT to_jsonb(t)::text AS row FROM {table} t")  # noqa: S608
        ]
        parts = await self.rows("SELECT convert_from(bytes, 'UTF8') AS row FROM personal")
        return "\n".join([*rows, *(row.row for row in parts)])

    def bearer(
        self, role: Role = Role.ADJUDICATOR, person: str = "", **more: str
    ) -> dict[str, str]:
        """Headers of a program that asks for somebody of a role."""
        staff = StaffPerson(person or role.value, "Idris Kellaway", (role,))
        return {"Authorization": f"Bearer {self.identity.access_token(staff)}", **more}


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
    clock.set(RECEIVED, frozen=True)
    provider = create_identity(
        [StaffPerson("adjudicator-1", "Idris Kellaway", (Role.ADJUDICATOR,))],
        issuer=ISSUER,
        redirect_uris=["http://reviews/signed-in"],
        folder=identity_key,
        now=clock.now,
    )
    app = create_app(settings_for(urls, tmp_path), clock)
    app.state.auth.provider = Provider(ISSUER, clock.now, ASGITransport(provider))
    book = SERVICE.book("cleveland")
    mounts = {"all://identity": ASGITransport(provider)}
    async with AsyncClient(
        transport=ASGITransport(app), base_url="http://reviews", mounts=mounts
    ) as client:
        yield Reviews(urls, engine, clock, book, app, provider.state.identity, client)
    assert await operate.rebuild(engine, book, compare=True) == []
    async with engine.connect() as connection:
        assert (await verify(connection))[1] == []
    await app.state.running.engine.dispose()
    await engine.dispose()


@pytest.fixture
def app_on(reviews: Reviews, tmp_path: Path) -> Callable[[str], FastAPI]:
    """Makes the application with a broker, over the same database."""
    return lambda bootstrap: create_app(settings_for(reviews.urls, tmp_path, bootstrap))


def person(**fields: Any) -> Person:
    """Moira, unless fields say otherwise."""
    given: dict[str, Any] = {
        "id": uuid4(),
        "role": PersonRole.COMPLAINANT,
        "name": "Moira Tansley-Okonjo",
        "email": "moira.tansley@people.example",
        "reach": Reach(preferred=ReachBy.EMAIL),
    }
    return Person(**(given | fields))


@pytest.fixture
def applied() -> Callable[..., ContactSorted]:
    """Makes sorted contacts that apply for a review of `REFERENCE`; every field can be given."""

    def make(contact_id: UUID | None = None, /, **fields: Any) -> ContactSorted:
        id = contact_id or uuid4()
        given: dict[str, Any] = {
            "case_id": case_id(id),
            "reference": "CL-2222-2222",
            "channel": Channel.EMAIL,
            "received_at": RECEIVED,
            "persons": (person(),),
            "words": "Nobody looked at the film of the yard. Please review CL-7K4M-9QPC.",
            "contact_type": ContactType.REVIEW_APPLICATION,
            "declared": ContactType.REVIEW_APPLICATION,
            "queue": Queue.REVIEWS,
            "urgency": Urgency.ROUTINE,
            "mentions": (REFERENCE,),
            "prompts_version": "test",
        }
        return ContactSorted(contact_id=id, **(given | fields))

    return make


@pytest.fixture
def opened() -> Callable[..., CaseOpened]:
    """Makes opened cases of `REFERENCE`, Moira's; every field can be given."""

    def make(contact_id: UUID | None = None, /, **fields: Any) -> CaseOpened:
        id = contact_id or uuid4()
        given: dict[str, Any] = {
            "case_id": case_id(id, fields.get("matter", "1")),
            "reference": REFERENCE,
            "channel": Channel.WEB,
            "received_at": datetime(2026, 1, 12, 9, 30, tzinfo=UTC),
            "contact_type": ContactType.COMPLAINT,
            "queue": Queue.RESOLUTION,
            "urgency": Urgency.ROUTINE,
            "persons": (person(),),
            "clocks": (),
        }
        return CaseOpened(contact_id=id, **(given | fields))

    return make
