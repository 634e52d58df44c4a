"""What intake's pages and API read."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, select
from sqlalchemy.ext.asyncio import AsyncEngine

from complaints_intake.tables import contacts


async def latest(engine: AsyncEngine, limit: int = 50) -> list[Row[Any]]:
    """The contacts that came in last."""
    async with engine.connect() as connection:
        query = select(contacts).order_by(contacts.c.received_at.desc()).limit(limit)
        return list(await connection.execute(query))


async def by_id(engine: AsyncEngine, contact_id: UUID) -> Row[Any] | None:
    """One contact."""
    return await _one(engine, contacts.c.contact_id == contact_id)


async def by_reference(engine: AsyncEngine, reference: str) -> Row[Any] | None:
    """One contact."""
    return await _one(engine, contacts.c.reference == reference)


async def _one(engine: AsyncEngine, chosen: ColumnElement[bool]) -> Row[Any] | None:
    async with engine.connect() as connection:
        return (await connection.execute(select(contacts).where(chosen))).first()
