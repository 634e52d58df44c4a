"""Contacts to acknowledge, and the notifications service without Kafka around it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection
from toy import record

from complaints_chassis.applier import Applier
from complaints_chassis.book import read_states
from complaints_chassis.clock import Clock
from complaints_chassis.migrate import migrate
from complaints_chassis.service import Running
from complaints_contracts.codes import Channel, PersonRole, Purpose, ReachBy
from complaints_contracts.contacts import ContactReceived
from complaints_contracts.event import Event
from complaints_contracts.parts import Person, Reach
from complaints_law.calendar import load_calendar
from complaints_law.office import OfficeProfile, load_office
from complaints_law.rule_sets import load_rule_sets
from complaints_notifications.app import SERVICE
from complaints_notifications.clerk import Clerk
from complaints_notifications.domain.notice import Notice, notice_id
from complaints_notifications.domain.promise import Law
from complaints_notifications.letters import Letters
from complaints_notifications.post import Post
from complaints_notifications.repository import NOTICES
from complaints_notifications.settings import Settings, Tls
from complaints_notifications.worker import Postmaster

THURSDAY: Final = datetime(2026, 4, 2, 16, 10, tzinfo=UTC)
"""Before Easter: the second working day is Wednesday 8 April 2026."""
CALL_BY: Final = datetime(2026, 4, 8, 15, 30, tzinfo=UTC)
SECRET: Final = b"a secret of thirty-two characters"
PATIENCE: Final = 30.0
IMPATIENCE: Final = 2.0
"""Seconds for each answer of the mail server, where a test wants it to take too long."""


async def migrate_notifications(url: str) -> None:
    """The chassis' tables, and notifications' own."""
    await migrate(url, "complaints_notifications", "notifications")


def person(**fields: Any) -> Person:
    """Somebody who complains, by email unless `fields` say otherwise."""
    given: dict[str, Any] = {
        "id": uuid4(),
        "role": PersonRole.COMPLAINANT,
        "name": "Robin Example",
        "email": "robin@people.example",
        "reach": Reach(preferred=ReachBy.EMAIL),
    }
    return Person(**given | fields)


def received(*persons: Person, **fields: Any) -> ContactReceived:
    """A contact of these people, on the Thursday before Easter unless `fields` say otherwise."""
    given: dict[str, Any] = {
        "contact_id": uuid4(),
        "reference": "7K3M-9QX4-D",
        "channel": Channel.WEB,
        "received_at": THURSDAY,
        "persons": persons or (person(),),
        "words": "Nobody came when I called.",
    }
    return ContactReceived(**given | fields)


def settings_for(database_url: str, host: str, port: int, files: Path) -> dict[str, Any]:
    """What notifications is told, with a mail server on loopback."""
    return {
        "database_url": database_url,
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:1",
        "files_folder": files,
        "oidc_issuer": "http://127.0.0.1:1/identity",
        "public_url": "http://127.0.0.1:1/notifications",
        "secret": SECRET.decode(),
        "smtp_host": host,
        "smtp_port": port,
        "smtp_tls": Tls.NONE,
    }


class Watched(Postmaster):
    """A postmaster that says when it has done a round."""

    stepped: asyncio.Event

    async def step(self, connection: AsyncConnection) -> bool:
        try:
            return await super().step(connection)
        finally:
            self.stepped.set()

    async def until(self, found: Callable[[], object]) -> None:
        """Waits until something is found after a round."""
        async with asyncio.timeout(20):
            while not found():
                self.stepped.clear()
                await self.stepped.wait()


@dataclass
class Desk:
    """Notifications with a database and a mail server, driven step by step on a frozen clock."""

    settings: Settings
    clock: Clock = field(default_factory=Clock)
    office: OfficeProfile = field(default_factory=load_office)

    def __post_init__(self) -> None:
        self.running = Running(SERVICE, self.settings, self.clock, self.office.key)
        self.engine = self.running.engine
        self.book = self.running.book
        self.applier = Applier(
            self.engine, self.book, SERVICE.subscriptions, self.clock, self._paused
        )
        self.postmaster = self.new_postmaster()

    def new_postmaster(self, patience: float = PATIENCE) -> Watched:
        """Another leader, as after a restart."""
        letters = Letters(self.office, SECRET)
        law = Law(load_calendar(), load_rule_sets(), self.office.opening_hours)
        post = Post(self.settings, self.office.mail.domain, patience=patience)
        clerk = Clerk(self.book, letters, law)
        postmaster = Watched(self.engine, self.clock, clerk, post)
        postmaster.stepped = asyncio.Event()
        return postmaster

    async def _paused(self, topic: str, reason: str) -> None:
        raise AssertionError(f"{topic} was paused: {reason}")

    async def apply(self, *events: Event) -> None:
        """Takes events from Kafka, each the first of its stream."""
        await self.applier.apply([record(event) for event in events])

    async def work(self, connection: AsyncConnection, postmaster: Postmaster | None = None) -> None:
        """Lets the postmaster work until nothing is due and nothing under way."""
        worker = postmaster or self.postmaster
        while True:
            worked = await worker.step(connection)
            if worker.under_way:
                await asyncio.wait(worker.under_way, return_when=asyncio.FIRST_COMPLETED)
            elif not worked:
                return

    def pass_time(self, **time: float) -> None:
        """Moves the frozen clock."""
        self.clock.set(self.clock.now() + timedelta(**time), frozen=True)

    async def notice(self, about: UUID, purpose: Purpose = Purpose.ACKNOWLEDGEMENT) -> Notice:
        """The notice about a contact or a case, as its journal has it."""
        stream = NOTICES.stream(notice_id(about, purpose))
        async with self.engine.connect() as connection:
            states = await read_states(connection, self.book, [stream])
        found: Notice = states[stream]
        return found

    async def rows(self, query: str) -> Sequence[Row[Any]]:
        """What a query finds."""
        async with self.engine.connect() as connection:
            return (await connection.execute(text(query))).all()

    async def close(self) -> None:
        """Leaves no connection open."""
        self.postmaster._post.close()
        await self.engine.dispose()
