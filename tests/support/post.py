"""Intake's mail room by itself: mails are kept, and read when a test says so."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from mails import ANN, COMPLAINTS
from sqlalchemy import Row, text

from complaints_chassis import journal, operate
from complaints_chassis.clock import Clock
from complaints_chassis.service import Running
from complaints_chassis.verify import verify
from complaints_intake.app import service_of
from complaints_intake.mail_room import MailRoom
from complaints_intake.mailbox import Envelope, keep_mail
from complaints_intake.settings import Settings
from complaints_law.office import load_office

MONDAY = datetime(2026, 11, 9, 9, 2, tzinfo=UTC)
MX = "mx.cleveland-opcc.example"
"""The office's mail server, which says what it found of a sender."""


@dataclass
class Post:
    """The mail room, its clock standing still."""

    run: Running
    room: MailRoom
    clock: Clock

    async def keep(self, raw: bytes, *recipients: str, sender: str | None = ANN) -> UUID:
        """As the listener does it."""
        return await keep_mail(self.run, raw, Envelope(sender, recipients or (COMPLAINTS,)))

    async def read(self) -> int:
        """Reads what waits, and is not put off; how many mails that took."""
        rounds = 0
        async with self.run.engine.connect() as connection:
            while await self.room.round(connection):
                rounds += 1
        return rounds

    async def arrive(self, raw: bytes, *recipients: str, sender: str | None = ANN) -> Row[Any]:
        """Has a mail kept and read; its row."""
        mail_id = await self.keep(raw, *recipients, sender=sender)
        await self.read()
        return await self.row(mail_id)

    async def row(self, mail_id: UUID) -> Row[Any]:
        async with self.run.engine.connect() as connection:
            found = await connection.execute(
                text("SELECT * FROM mails WHERE mail_id = :id"), {"id": mail_id}
            )
            return found.one()

    async def facts(self, kind: str) -> list[dict[str, Any]]:
        """The journal's events of the types that end so, in the order they were written."""
        async with self.run.engine.connect() as connection:
            entries = await journal.read(connection, "j.type LIKE :kind", {"kind": f"%{kind}"})
        return [entry.data for entry in sorted(entries, key=lambda entry: entry.seq)]

    async def contacts(self) -> list[dict[str, Any]]:
        return await self.facts("contact.received.v1")


@asynccontextmanager
async def sorting(settings: Settings) -> AsyncIterator[Post]:
    """The mail room; afterwards its journal verifies, and the read tables follow from it."""
    office = load_office()
    clock = Clock()
    clock.set(MONDAY, frozen=True)
    run = Running(service_of(office), settings, clock, office.key)
    try:
        yield Post(run, MailRoom(run, office, MX), clock)
        assert await operate.rebuild(run.engine, run.book, compare=True) == []
        async with run.engine.connect() as connection:
            _, problems = await verify(connection)
        assert problems == []
    finally:
        await run.engine.dispose()
