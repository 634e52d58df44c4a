"""What notifications' pages and API read."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from complaints_contracts.notices import NoticeSent

CHOSEN: Final = """
SELECT n.*, (SELECT max(j.occurred_at) FROM journal j
    WHERE j.stream = n.stream AND j.type = :sent) AS sent_at
FROM notices n
"""


async def _find(engine: AsyncEngine, where: str, **values: Any) -> list[Row[Any]]:
    query = text(f"{CHOSEN} {where}")
    async with engine.connect() as connection:
        return list(await connection.execute(query, {"sent": NoticeSent.type, **values}))


async def latest(engine: AsyncEngine, limit: int = 50) -> list[Row[Any]]:
    """The notices of the contacts that came in last."""
    return await _find(engine, "ORDER BY opened_at DESC LIMIT :limit", limit=limit)


async def tasks(engine: AsyncEngine, limit: int = 50) -> list[Row[Any]]:
    """What a person must do because mail does not, newest first."""
    where = "WHERE is_task ORDER BY opened_at DESC LIMIT :limit"
    return await _find(engine, where, limit=limit)


async def of_contact(engine: AsyncEngine, contact_id: UUID) -> list[Row[Any]]:
    """The notices about one contact."""
    where = "WHERE contact_id = :contact_id ORDER BY opened_at"
    return await _find(engine, where, contact_id=contact_id)
