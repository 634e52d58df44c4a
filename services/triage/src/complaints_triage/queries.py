"""What triage's pages and API read."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Integer, Row, cast, select
from sqlalchemy.ext.asyncio import AsyncEngine

from complaints_chassis import journal
from complaints_chassis.book import Book
from complaints_triage.domain.contact import Contact
from complaints_triage.repository import CONTACTS
from complaints_triage.tables import sortings

_BY_NUMBER: Final = cast(sortings.c.matter, Integer)


async def latest(engine: AsyncEngine, limit: int = 50) -> list[Row[Any]]:
    """The contacts that came in last."""
    async with engine.connect() as connection:
        query = select(sortings).order_by(
            sortings.c.received_at.desc(), sortings.c.stream, _BY_NUMBER
        )
        return list(await connection.execute(query.limit(limit)))


async def of_contact(engine: AsyncEngine, contact_id: UUID) -> list[Row[Any]]:
    """How each matter of one contact was sorted; none where we have not heard of it."""
    async with engine.connect() as connection:
        query = select(sortings).where(sortings.c.contact_id == contact_id).order_by(_BY_NUMBER)
        return list(await connection.execute(query))


async def contact_file(
    engine: AsyncEngine, book: Book, contact_id: UUID
) -> tuple[Contact, int] | None:
    """A contact as its journal tells it, and its version; None where we have not heard of it."""
    stream = CONTACTS.stream(contact_id)
    async with engine.connect() as connection:
        entries = await journal.read(connection, "j.stream = :stream", {"stream": stream})
    contact = book.fold(entries).get(stream)
    return (contact, entries[-1].version) if isinstance(contact, Contact) else None
