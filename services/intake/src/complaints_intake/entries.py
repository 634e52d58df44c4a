"""Entries that are not saved yet: kept at each press of a button, for a day from then on.

Whoever goes back, loads the page again or has to sign in again finds what they typed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from complaints_chassis.database import insert_many, lock
from complaints_intake.domain.unsaved import Unsaved
from complaints_intake.repository import DRAFT_KEPT
from complaints_intake.tables import drafts


async def find_unsaved(engine: AsyncEngine, contact_id: UUID, now: datetime) -> Unsaved | None:
    """What was typed for the contact to come, unless it is too old."""
    async with engine.connect() as connection:
        return await _find(connection, contact_id, now)


async def change_unsaved(
    engine: AsyncEngine, begun: Unsaved, change: Callable[[Unsaved], Unsaved], now: datetime
) -> Unsaved:
    """Applies a change to what is kept by now, or to `begun`; two windows take turns."""
    contact_id = begun.opened.contact_id
    async with engine.begin() as connection:
        await lock(connection, _key(contact_id))
        changed = change(await _find(connection, contact_id, now) or begun)
        suffix = (
            "ON CONFLICT (token_sha256) DO UPDATE"
            " SET answers = excluded.answers, expires_at = excluded.expires_at"
        )
        await insert_many(connection, drafts, [row_of(changed, now)], suffix)
    return changed


def row_of(unsaved: Unsaved, now: datetime) -> dict[str, Any]:
    """Its row among the drafts; erasing who got in touch deletes it."""
    opened = unsaved.opened
    return {
        "token_sha256": _key(opened.contact_id),
        "subject": str(opened.person_id),
        "contact_id": opened.contact_id,
        "version": 1,
        "answers": unsaved.model_dump_json(),
        "started_at": opened.at,
        "expires_at": now + DRAFT_KEPT,
    }


async def _find(connection: AsyncConnection, contact_id: UUID, now: datetime) -> Unsaved | None:
    chosen = (drafts.c.token_sha256 == _key(contact_id)) & (drafts.c.expires_at > now)
    row = (await connection.execute(select(drafts.c.answers).where(chosen))).first()
    return Unsaved.model_validate(row.answers) if row else None


def _key(contact_id: UUID) -> str:
    """Where a draft of the public has the digest of its secret token."""
    return hashlib.sha256(f"entry:{contact_id}".encode()).hexdigest()
