"""The journal: what happened, in order; the record of decisions, the outbox and the audit trail.

A row's `record` is the JSON that is hashed: the event without what is personal, and for each
person a commitment (an HMAC) to the parts that were taken out. The parts stand in `personal` and
can be deleted without the chain noticing; `read` puts back those that are left.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from complaints_chassis.database import insert_many
from complaints_chassis.errors import TooLarge
from complaints_chassis.tables import files, journal, personal
from complaints_contracts import envelope
from complaints_contracts.event import Event, Fact
from complaints_contracts.parts import FileRef
from complaints_contracts.personal import Parts, join, shape_of, split

MAX_EVENT_BYTES: Final = envelope.MAX_VALUE
START: Final = bytes(32)
"""What the first row of a stream is chained to."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What made an event happen: who, by which rule, after which event, in which trace."""

    actor: str
    rule: str = ""
    causation: UUID | None = None
    traceparent: str | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """Where a stream stands: its version, its published sequence, its last hash."""

    version: int = 0
    sequence: int = 0
    hash: bytes = START


@dataclass(frozen=True, slots=True)
class Row:
    """One journal row, ready to be written, with its personal parts and files."""

    columns: Mapping[str, Any]
    parts: Mapping[str, tuple[bytes, bytes]]
    files: frozenset[tuple[str, str]]

    @property
    def head(self) -> Head:
        return Head(self.columns["version"], self.columns["_sequence"], self.columns["hash"])


def commitment(salt: bytes, data: bytes) -> str:
    """Binds a record to a personal part, without saying anything about it."""
    return hmac.new(salt, data, hashlib.sha256).hexdigest()


def chained(previous: bytes, record: bytes) -> bytes:
    """The hash of a row: over the row before it in its stream, and its own record."""
    return hashlib.sha256(previous + record).digest()


def make_row(
    fact: Fact,
    *,
    stream: str,
    head: Head,
    event_id: UUID,
    at: datetime,
    cause: Cause,
    source: str,
) -> Row:
    """Builds the next row of a stream.

    Raises:
        TooLarge: the event is over `MAX_EVENT_BYTES`.
    """
    data, parts = split(fact)
    sealed = {
        subject: (secrets.token_bytes(32), envelope.encode(values))
        for subject, values in sorted(parts.items())
    }
    published = isinstance(fact, Event)
    sequence = head.sequence + 1 if published else head.sequence
    found = (
        envelope.headers(
            id=event_id,
            type=fact.type,
            source=source,
            subject=fact.stream,
            time=at,
            sequence=sequence,
            causation=cause.causation,
            traceparent=cause.traceparent,
        )
        if isinstance(fact, Event)
        else {}
    )
    columns: dict[str, Any] = {
        "stream": stream,
        "version": head.version + 1,
        "event_id": event_id,
        "type": fact.type,
        "occurred_at": at,
        "actor": cause.actor,
        "rule": cause.rule,
        "topic": fact.topic_name if isinstance(fact, Event) else None,
        "sequence": sequence if published else None,
        "headers": json.dumps(found),
    }
    record = envelope.encode(
        {
            **columns,
            "event_id": str(event_id),
            "occurred_at": at.isoformat(),
            "headers": found,
            "data": data,
            "personal": {who: commitment(salt, part) for who, (salt, part) in sealed.items()},
        }
    )
    if len(record) + sum(len(part) for _, part in sealed.values()) > MAX_EVENT_BYTES:
        raise TooLarge(f"{fact.type} is over {MAX_EVENT_BYTES} bytes")
    columns |= {
        "record": record,
        "prev_hash": head.hash,
        "hash": chained(head.hash, record),
        "_sequence": sequence,
    }
    return Row(columns, sealed, frozenset(_files(fact, None)))


def _files(model: BaseModel, subject: str | None) -> Iterable[tuple[str, str]]:
    shape = shape_of(type(model))
    own = getattr(model, "person", None) if shape.names_person else None
    subject = subject if own is None else str(own)
    if isinstance(model, FileRef):
        yield subject or "", model.sha256
    for field in shape.nested:
        value = getattr(model, field)
        for item in value if isinstance(value, tuple) else (value,):
            if isinstance(item, BaseModel):
                yield from _files(item, subject)


async def append(connection: AsyncConnection, rows: Sequence[Row]) -> None:
    """Writes rows: one statement for each table, sorted by stream and version."""
    ordered = sorted(rows, key=lambda row: (row.columns["stream"], row.columns["version"]))
    await insert_many(
        connection,
        journal,
        [{k: v for k, v in row.columns.items() if k != "_sequence"} for row in ordered],
    )
    await insert_many(
        connection,
        personal,
        [
            {
                "event_id": row.columns["event_id"],
                "subject": who,
                "salt": salt,
                "bytes": part,
            }
            for row in ordered
            for who, (salt, part) in row.parts.items()
        ],
    )
    await insert_many(
        connection,
        files,
        [
            {"event_id": row.columns["event_id"], "subject": who, "sha256": digest}
            for row in ordered
            for who, digest in sorted(row.files)
        ],
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """One journal row as it is read back, with the personal parts that are left."""

    seq: int
    stream: str
    version: int
    event_id: UUID
    type: str
    topic: str | None
    sequence: int | None
    hash: bytes
    record: bytes
    parts: Parts

    @property
    def data(self) -> dict[str, Any]:
        """The event's JSON data, personal parts joined in; `[erased]` where they are gone."""
        return join(json.loads(self.record)["data"], self.parts)


ENTRIES: Final = """
SELECT j.seq, j.stream, j.version, j.event_id, j.type, j.topic, j.sequence, j.hash, j.record,
       p.subject, p.bytes
FROM journal j LEFT JOIN personal p USING (event_id)
"""


async def read(connection: AsyncConnection, where: str, values: Mapping[str, Any]) -> list[Entry]:
    """Journal rows that `where` chooses, in the order of stream and version."""
    found = await connection.execute(
        text(f"{ENTRIES} WHERE {where} ORDER BY j.stream, j.version"),  # our own words
        values,
    )
    entries: list[Entry] = []
    for row in found:
        if not entries or entries[-1].seq != row.seq:
            seq, stream, version, event_id, type_, topic, sequence, hash_, record, *_ = row
            entries.append(
                Entry(seq, stream, version, event_id, type_, topic, sequence, hash_, record, {})
            )
        if row.subject is not None:
            entries[-1].parts[row.subject] = json.loads(row.bytes)
    return entries


async def heads(connection: AsyncConnection, streams: Sequence[str]) -> dict[str, Head]:
    """Where streams stand, without reading them."""
    found = await connection.execute(text(HEADS), {"streams": list(streams)})
    return {row.stream: Head(row.version, row.sequence or 0, row.hash) for row in found}


HEADS: Final = """
SELECT wanted.stream, last.version, last.hash, told.sequence
FROM unnest(CAST(:streams AS text[])) AS wanted(stream)
JOIN LATERAL (SELECT version, hash FROM journal j WHERE j.stream = wanted.stream
    ORDER BY version DESC LIMIT 1) AS last ON true
LEFT JOIN LATERAL (SELECT sequence FROM journal j WHERE j.stream = wanted.stream
    AND sequence IS NOT NULL ORDER BY version DESC LIMIT 1) AS told ON true
"""
