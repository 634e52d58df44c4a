"""Records that could not be applied yet: a row each, with the original bytes (architecture 3).

*Behind* follows a gap in its stream's sequence, *waiting* speaks of a stream not known here yet:
both release themselves when what they wait for arrives. *Unreadable* and *forked* wait for a
person.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from complaints_chassis import tables
from complaints_chassis.database import insert_many
from complaints_chassis.record import Record
from complaints_contracts.codes import HeldKind
from complaints_contracts.envelope import Envelope

NEEDS_PERSON: Final = (HeldKind.UNREADABLE, HeldKind.FORKED)


@dataclass(frozen=True, slots=True)
class Held:
    """A record that waits, why, and what for (a stream of ours, where it is *waiting*)."""

    record: Record
    kind: HeldKind
    reason: str
    envelope: Envelope | None = None
    waits_for: str | None = None

    @property
    def id(self) -> str:
        return str(self.envelope.id) if self.envelope else self.record.digest

    @property
    def place(self) -> tuple[str | None, int | None]:
        """The stream and the sequence it has there, as far as they are known."""
        if self.envelope:
            return self.envelope.event.stream, self.envelope.sequence
        return sequence_of(self.record)


@dataclass(frozen=True, slots=True)
class HeldAlone(Held):
    """A record from outside: nothing waits behind it, and its sender is answered.

    `about` is the id of the stream it speaks of, where it is known: erasing a person there empties
    it. `ours` says that the fault is on our side.
    """

    about: str | None = None
    ours: bool = False

    @property
    def id(self) -> str:
        return str(self.record.place_id)

    @property
    def place(self) -> tuple[str | None, int | None]:
        return self.about, None


async def hold(connection: AsyncConnection, found: Sequence[Held], now: datetime) -> None:
    """Keeps records; one that is held already stays as it is.

    Where a sender gave the same event id to several places, the others go by their digest.
    """
    if not found:
        return
    known = await connection.execute(
        text("SELECT id, topic, stream, sequence FROM held WHERE id = ANY(CAST(:ids AS text[]))"),
        {"ids": [item.id for item in found]},
    )
    places = {row.id: (row.topic, row.stream, row.sequence) for row in known}
    rows = []
    for item in found:
        stream, sequence = item.place
        place = (item.record.topic, stream, sequence)
        own = item.envelope is None or places.setdefault(item.id, place) == place
        rows.append(
            {
                "id": item.id if own else item.record.digest,
                "kind": item.kind,
                "reason": item.reason,
                "topic": item.record.topic,
                "partition": item.record.partition,
                "record_offset": item.record.offset,
                "record_time": item.record.timestamp,
                "stream": stream,
                "sequence": sequence,
                "waits_for": item.waits_for,
                "key": item.record.key,
                "value": item.record.value,
                "headers": dump_headers(item.record),
                "held_at": now,
            }
        )
    await insert_many(connection, tables.held, rows, "ON CONFLICT (id) DO NOTHING")


def sequence_of(record: Record) -> tuple[str | None, int | None]:
    """Where an unreadable record says it belongs: its key and `ce_sequence`, if they are such."""
    given = dict(record.headers).get(b"ce_sequence")
    try:
        key = None if record.key is None else record.key.decode()
        sequence = int(given) if given else None
    except ValueError:
        return None, None
    placed = key and "\0" not in key and sequence and 0 < sequence < 2**63
    return (key, sequence) if placed else (None, None)


def dump_headers(record: Record) -> str:
    """Headers as JSON: names and values in hexadecimal, for they can be any bytes."""
    return json.dumps(
        [[name.hex(), None if value is None else value.hex()] for name, value in record.headers]
    )


def as_record(row: Row[Any]) -> Record:
    """The record of a held row, as it came."""
    headers = tuple(
        (bytes.fromhex(name), None if value is None else bytes.fromhex(value))
        for name, value in row.headers
    )
    place = (row.topic, row.partition, row.record_offset, row.record_time)
    return Record(*place, row.key, row.value, headers, held_as=row.id)


RELEASABLE: Final = """
WITH heads AS (
    SELECT h.topic, h.stream, min(h.sequence) AS first
    FROM held h LEFT JOIN progress p
        ON p.topic = h.topic AND p.stream = h.stream AND p.sequence = h.sequence - 1
    WHERE h.kind = 'BEHIND' AND (h.sequence = 1 OR p.sequence IS NOT NULL)
    GROUP BY h.topic, h.stream
), ready AS (
    SELECT h.id, h.topic, h.stream, h.sequence, first + dense_rank() OVER (
        PARTITION BY h.topic, h.stream ORDER BY h.sequence) - 1 = h.sequence AS in_a_run
    FROM held h JOIN heads USING (topic, stream)
    WHERE h.kind = 'BEHIND' AND h.sequence >= first
    UNION ALL
    SELECT id, topic, stream, sequence, true FROM held
    WHERE kind = 'WAITING' AND EXISTS (SELECT 1 FROM journal j WHERE j.stream = waits_for)
)
SELECT id FROM ready WHERE in_a_run AND NOT EXISTS (
    SELECT 1 FROM held f
    WHERE f.kind = 'FORKED' AND f.topic = ready.topic AND f.stream = ready.stream
)
ORDER BY topic, stream, sequence LIMIT 500
"""


async def releasable(connection: AsyncConnection) -> list[str]:
    """Held records whose turn has come, each run of a stream from its first on."""
    return list(await connection.scalars(text(RELEASABLE)))


async def take(connection: AsyncConnection, ids: Sequence[str]) -> list[Row[Any]]:
    """Takes out what is still there of these, to be applied or held again in this transaction.

    In order; without those that another transaction has in hand.
    """
    found = await connection.execute(
        text(
            "DELETE FROM held WHERE id IN (SELECT id FROM held"
            " WHERE id = ANY(CAST(:ids AS text[])) FOR UPDATE SKIP LOCKED) RETURNING *"
        ),
        {"ids": list(ids)},
    )
    rows = {row.id: row for row in found}
    return [rows[id] for id in ids if id in rows]


async def blocked(
    connection: AsyncConnection, places: Sequence[tuple[str, str]]
) -> set[tuple[str, str]]:
    """Which of these (topic, stream) a forked record holds back."""
    found = await connection.execute(
        text(
            "SELECT topic, stream FROM held WHERE kind = 'FORKED' AND (topic, stream) IN"
            " (SELECT * FROM unnest(CAST(:topics AS text[]), CAST(:streams AS text[])))"
        ),
        {"topics": [t for t, _ in places], "streams": [s for _, s in places]},
    )
    return {(row.topic, row.stream) for row in found}
