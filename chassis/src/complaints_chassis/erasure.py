"""Erasing a person: what is personal goes, what happened stays (UK GDPR art. 17).

The personal parts of their events are deleted, the files named in them condemned, the read tables
written again without them, and held records rewritten. The chain still verifies, because it was
made over commitments.
"""

from __future__ import annotations

from collections.abc import Set

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from complaints_chassis.book import Book, read_states, write_read_tables
from complaints_chassis.held import as_record
from complaints_contracts import envelope
from complaints_contracts.personal import join, split


async def forget(connection: AsyncConnection, book: Book, subjects: Set[str]) -> None:
    """Deletes what is personal of these people, in the transaction it is given."""
    given = {"subjects": sorted(subjects)}
    chosen = "subject = ANY(CAST(:subjects AS text[]))"
    found = await connection.execute(
        text(
            "SELECT DISTINCT stream FROM journal JOIN personal USING (event_id)"  # noqa: S608
            f" WHERE {chosen}"
        ),
        given,
    )
    streams = [row.stream for row in found]
    await connection.execute(
        text(
            f"UPDATE files SET condemned = true WHERE {chosen} AND NOT EXISTS ("  # noqa: S608
            " SELECT 1 FROM files AS other WHERE other.sha256 = files.sha256"
            " AND other.subject <> ALL(CAST(:subjects AS text[])))"
        ),
        given,
    )
    for table in ("personal", *(table.name for table in book.personal_tables)):
        await connection.execute(text(f"DELETE FROM {table} WHERE {chosen}"), given)  # noqa: S608
    await _forget_held(connection, subjects, {stream.partition(":")[2] for stream in streams})
    await write_read_tables(connection, book, await read_states(connection, book, streams))


async def _forget_held(connection: AsyncConnection, subjects: Set[str], keys: Set[str]) -> None:
    """Held records of these streams keep their place but lose what is personal."""
    found = await connection.execute(
        text("SELECT * FROM held WHERE stream = ANY(CAST(:keys AS text[]))"), {"keys": sorted(keys)}
    )
    for row in found:
        record = as_record(row)
        value = b""
        try:
            event = envelope.decode(record.key, record.value, record.headers, record.topic).event
        except envelope.Unreadable:
            pass  # nobody can say what in it is personal: all of it goes
        else:
            data, parts = split(event)
            kept = {who: part for who, part in parts.items() if who not in subjects}
            value = envelope.encode(join(data, kept))
        await connection.execute(
            text("UPDATE held SET value = :value WHERE id = :id"), {"value": value, "id": row.id}
        )
