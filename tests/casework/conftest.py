"""Casework on a real database, without Kafka."""

from __future__ import annotations

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
from stepping import Story
from toy import record

from complaints_casework.app import create_app, service_of
from complaints_chassis import operate
from complaints_chassis.applier import Applier
from complaints_chassis.book import Book
from complaints_chassis.clock import Clock
from complaints_chassis.database import connect
from complaints_chassis.files import FileStore
from complaints_chassis.migrate import migrate
from complaints_chassis.subscriptions import OnDue
from complaints_chassis.upkeep import Upkeep
from complaints_chassis.verify import verify
from complaints_contracts.cases import case_id
from complaints_contracts.codes import Channel, ContactType, PersonRole, Queue, ReachBy, Urgency
from complaints_contracts.event import Event
from complaints_contracts.parts import Person, Reach
from complaints_contracts.triage import ContactSorted
from complaints_law.office import Absence, OfficeProfile, load_office
from complaints_local.postgres import DatabaseUrls

RECEIVED = datetime(2026, 4, 2, 16, 10, tzinfo=UTC)
"""Thursday before Easter, 5:10pm in London: domain.md, scenario S1."""


async def migrate_casework(url: str) -> None:
    await migrate(url, "complaints_casework", "casework")


def an_office(*, away: tuple[str, ...] = ()) -> OfficeProfile:
    """Cleveland's office without its own absences; `away` are absent on the day of `RECEIVED`."""
    office = load_office()
    leave = Absence(first_day=RECEIVED.date(), last_day=RECEIVED.date())
    staff = tuple(
        member.model_copy(update={"absences": (leave,) if member.id in away else ()})
        for member in office.staff
    )
    return office.model_copy(update={"staff": staff})


@dataclass
class Casework:
    """The service's journal and tables, and what tests do with them."""

    urls: DatabaseUrls
    engine: AsyncEngine
    clock: Clock
    office: OfficeProfile
    book: Book
    due: tuple[OnDue, ...]
    files: FileStore

    def use(self, office: OfficeProfile) -> None:
        self.office = office

    async def hear(self, *events: Event | tuple[Event, int]) -> None:
        """Applies events as one batch; a pair gives the sequence in the event's stream."""
        pairs = [event if isinstance(event, tuple) else (event, 1) for event in events]
        await self.apply([record(event, sequence) for event, sequence in pairs])

    async def apply(self, records: list[Any]) -> None:
        async def pause(topic: str, reason: str) -> None:
            raise AssertionError(f"{topic}: {reason}")

        service = service_of(self.office)
        await Applier(self.engine, self.book, service.subscriptions, self.clock, pause).apply(
            records
        )

    async def upkeep(self) -> bool:
        """One round of what the leader does: fires timers that are due."""

        async def release() -> int:
            return 0

        due = {(on.aggregate.name, on.kind): on for on in self.due}
        upkeep = Upkeep(self.book, due, self.clock, self.files, release)
        async with self.engine.connect() as connection:
            return await upkeep.round(connection)

    async def rows(self, query: str, **values: object) -> list[Any]:
        async with self.engine.connect() as connection:
            return list(await connection.execute(text(query), values))

    async def facts(self, contact: UUID, matter: str = "1") -> list[str]:
        """The short names of a case's facts, in order."""
        stream = f"case:{case_id(contact, matter)}"
        found = await self.rows(
            "SELECT type FROM journal WHERE stream = :stream ORDER BY version", stream=stream
        )
        return [row.type.removeprefix("uk.police-complaints.") for row in found]

    async def case(self, contact: UUID, matter: str = "1") -> Any:
        [row] = await self.rows(
            "SELECT * FROM cases WHERE contact_id = :id AND matter = :matter",
            id=contact,
            matter=matter,
        )
        return row

    async def held(self) -> list[str]:
        return [row.kind for row in await self.rows("SELECT kind FROM held")]


@pytest.fixture
async def casework(
    database: Callable[..., Awaitable[DatabaseUrls]], tmp_path: Path
) -> AsyncIterator[Casework]:
    """After each test the read tables follow from the journal, and the journal verifies."""
    urls = await database("casework", migrate_casework)
    engine = connect(urls.service)
    clock = Clock()
    clock.set(RECEIVED, frozen=True)
    office = an_office()
    service = service_of(office)
    book = service.book(office.key)
    yield Casework(urls, engine, clock, office, book, service.due, FileStore(tmp_path / "files"))
    assert await operate.rebuild(engine, book, compare=True) == []
    async with engine.connect() as connection:
        _, problems = await verify(connection)
    assert problems == []
    await engine.dispose()


@pytest.fixture
def contact() -> Callable[..., ContactSorted]:
    """Makes sorted contacts; every field can be given."""

    def make(contact_id: UUID | None = None, /, **fields: Any) -> ContactSorted:
        id = contact_id or uuid4()
        person = Person(
            id=uuid4(),
            role=PersonRole.COMPLAINANT,
            name="Moira Tansley-Okonjo",
            email="moira.tansley@example.org",
            telephone="01632 960184",
            reach=Reach(preferred=ReachBy.TELEPHONE, safe_contact="Not before 6 pm, please"),
        )
        given: dict[str, Any] = {
            "reference": "7K3M-9QX4-D",
            "channel": Channel.WEB,
            "received_at": RECEIVED,
            "persons": (person,),
            "words": "I reported my van being broken into six weeks ago. Nobody has called.",
            "contact_type": ContactType.COMPLAINT,
            "queue": Queue.RESOLUTION,
            "urgency": Urgency.ROUTINE,
            "prompts_version": "test",
        }
        given |= fields
        return ContactSorted(contact_id=id, case_id=case_id(id, given.get("matter", "1")), **given)

    return make


@pytest.fixture
def with_absences() -> Callable[..., OfficeProfile]:
    """Cleveland's office with chosen people absent on the day of the contacts."""

    def make(*away: str) -> OfficeProfile:
        return an_office(away=away)

    return make


@pytest.fixture(scope="session")
def identity_key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the identity provider keeps its key, made once."""
    return tmp_path_factory.mktemp("identity")


@pytest.fixture
async def web(casework: Casework, tmp_path: Path, identity_key: Path) -> AsyncIterator[Web]:
    """Casework's pages and API, with people of Cleveland's register who can sign in."""
    async with staffed(
        create_app,
        database=casework.urls.service,
        clock=casework.clock,
        office=casework.office,
        folder=tmp_path,
        identity_key=identity_key,
    ) as web:
        yield web


@pytest.fixture
async def story(casework: Casework, web: Web, contact: Callable[..., ContactSorted]) -> Story:
    """A case that was just opened."""
    event = contact()
    await casework.hear(event)
    return Story(casework, web, event)
