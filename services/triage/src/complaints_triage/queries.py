"""What triage's pages and API read."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncEngine

from complaints_triage.tables import sortings


async def latest(engine: AsyncEngine, limit: int = 50) -> list[Row[Any]]:
    """The contacts that came in last."""
    async with engine.connect() as connection:
        query = select(sortings).order_by(sortings.c.received_at.desc()).limit(limit)
        return list(await connection.execute(query))


async def of_contact(engine: AsyncEngine, contact_id: UUID) -> Row[Any] | None:
    """How one contact was sorted."""
    async with engine.connect() as connection:
        query = select(sortings).where(sortings.c.contact_id == contact_id)
        return (await connection.execute(query)).first()
