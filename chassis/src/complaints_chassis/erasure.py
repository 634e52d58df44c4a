"""Erasing a person: what is personal goes, what happened stays (UK GDPR art. 17).

The personal parts of their events are deleted, the files named in them condemned, the read tables
written again without them, and held records rewritten. The chain still verifies, because it was
made over commitments.
"""

from __future__ import annotations

from collections.abc import Set
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from complaints_chassis.book import Book, read_states, write_read_tables
from complaints_chassis.held import as_record, dump_headers
from complaints_contracts import envelope
from complaints_contracts.personal import join, split


async def streams_about(connection: AsyncConnection, subjects: Set[str]) -> dict[str, set[str]]:
    """The streams that hold something personal of these people, and of which of them."""
    found = await connection.execute(
        text(
            "SELECT DISTINCT j.stream, p.subject FROM journal j JOIN personal p USING (event_id)"
            " WHERE p.subject = ANY(CAST(:subjects AS text[]))"
        ),
        {"subjects": sorted(subjects)},
    )
    about: dict[str, set[str]] = {}
    for row in found:
        about.setdefault(row.stream, set()).add(row.subject)
    return about


async def forget(connection: AsyncConnection, book: Book, subjects: Set[str]) -> None:
    """Deletes what is personal of these people, in the transaction it is given."""
    given = {"subjects": sorted(subjects)}
    chosen = "subject = ANY(CAST(:subjects AS text[]))"
    streams = await streams_about(connection, subjects)
    await connection.execute(text(f"UPDATE files SET condemned = true WHERE {chosen}"), given)  # noqa: S608
    for table in ("personal", *(table.name for table in book.personal_tables)):
        await connection.execute(text(f"DELETE FROM {table} WHERE {chosen}"), given)  # noqa: S608
    await _forget_held(connection, subjects, {stream.partition(":")[2] for stream in streams})
    await write_read_tables(connection, book, await read_states(connection, book, streams))


HELD_ABOUT: Final = """
SELECT * FROM held WHERE stream = ANY(CAST(:keys AS text[])) OR EXISTS (
    SELECT 1 FROM unnest(CAST(:subjects AS text[])) AS subject
    WHERE strpos(lower(encode(value, 'escape')), subject) > 0)
"""


async def held_about(
    connection: AsyncConnection, subjects: Set[str], keys: Set[str]
) -> list[Row[Any]]:
    """Held records of these streams, and those that name one of these people."""
    given = {"subjects": sorted(subjects), "keys": sorted(keys)}
    return list(await connection.execute(text(HELD_ABOUT), given))


async def _forget_held(connection: AsyncConnection, subjects: Set[str], keys: Set[str]) -> None:
    """Held records keep their place but lose what is personal."""
    for row in await held_about(connection, subjects, keys):
        record = as_record(row)
        given = {"id": row.id, "value": b"", "headers": "[]"}
        try:
            event = envelope.decode(record.key, record.value, record.headers, record.topic).event
        except envelope.Unreadable:
            pass  # nobody can say what in it is personal: all of it goes
        else:
            data, parts = split(event)
            kept = {who: part for who, part in parts.items() if who not in subjects}
            given |= {"value": envelope.encode(join(data, kept)), "headers": dump_headers(record)}
        await connection.execute(
            text(
                "UPDATE held SET value = :value, headers = CAST(:headers AS jsonb) WHERE id = :id"
            ),
            given,
        )
