"""What intake's pages and API read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, select, text
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


async def is_ours(engine: AsyncEngine, sha256: str) -> bool:
    """Whether a file was sent to us: it waits for its contact, or one names it that still may."""
    async with engine.connect() as connection:
        found = await connection.scalar(
            text(
                "SELECT EXISTS (SELECT 1 FROM uploads WHERE sha256 = :sha256)"
                " OR EXISTS (SELECT 1 FROM files WHERE sha256 = :sha256 AND NOT condemned)"
            ),
            {"sha256": sha256},
        )
    return bool(found)


MOST_EARLIER: Final = 10
EARLIER: Final = f"""
WITH found AS (
    (SELECT * FROM people WHERE telephone = :telephone AND telephone <> ''
        ORDER BY received_at DESC LIMIT {MOST_EARLIER})
    UNION
    (SELECT * FROM people WHERE email = :email AND email <> ''
        ORDER BY received_at DESC LIMIT {MOST_EARLIER})
    UNION
    (SELECT * FROM people WHERE postcode = :postcode AND postcode <> ''
        AND to_tsvector('simple', name) @@ plainto_tsquery('simple', :name)
        ORDER BY received_at DESC LIMIT {MOST_EARLIER})
    UNION
    (SELECT * FROM people WHERE to_tsvector('simple', name) @@ plainto_tsquery('simple', :name)
        ORDER BY received_at DESC LIMIT {MOST_EARLIER})
)
SELECT found.*, contacts.channel,
    to_tsvector('simple', found.name) @@ plainto_tsquery('simple', :name) AS same_name
FROM found JOIN contacts USING (stream)
"""  # noqa: S608
"""One index for each way of being the same person; whatever is empty finds nobody."""


@dataclass(frozen=True)
class Earlier:
    """A contact that may be of the person who is looked for, and why."""

    stream: str
    subject: str
    reference: str
    received_at: datetime
    channel: str
    same: tuple[str, ...]
    """Of `telephone`, `email`, `name` and `postcode`."""

    @property
    def rank(self) -> int:
        """0 where it is most likely the same person."""
        if "telephone" in self.same or "email" in self.same:
            return 0
        return 1 if "postcode" in self.same else 2


async def earlier(engine: AsyncEngine, *wanted: Mapping[str, str]) -> list[Earlier]:
    """Contacts that may be of these people, the likeliest first, of those the newest."""
    found: dict[tuple[str, str], Earlier] = {}
    async with engine.connect() as connection:
        for likeness in wanted:
            for row in await connection.execute(text(EARLIER), dict(likeness)):
                one = _earlier(row, likeness)
                known = found.get((one.stream, one.subject), one)
                found[one.stream, one.subject] = min(known, one, key=lambda e: e.rank)
    newest = sorted(found.values(), key=lambda one: one.received_at, reverse=True)
    return sorted(newest, key=lambda one: one.rank)[:MOST_EARLIER]


def _earlier(row: Row[Any], likeness: Mapping[str, str]) -> Earlier:
    equal = {
        field: value != "" and row._mapping[field] == value for field, value in likeness.items()
    }
    equal["name"] = row.same_name
    return Earlier(
        stream=row.stream,
        subject=row.subject,
        reference=row.reference,
        received_at=row.received_at,
        channel=row.channel,
        same=tuple(field for field in ("telephone", "email", "name", "postcode") if equal[field]),
    )
