"""`journal verify`: whether the journal is what it was (chains, seals, columns, commitments)."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from typing import Any, Final

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from complaints_chassis.journal import START, chained, commitment
from complaints_chassis.private import Restored
from complaints_chassis.relay import root

IN_RECORD: Final = ("stream", "version", "type", "actor", "rule", "topic", "sequence", "headers")


async def verify(connection: AsyncConnection) -> tuple[int, list[str]]:
    """How many rows were read, and what is wrong with them; reads everything once.

    Must come first in its transaction, because it reads all tables as of one moment.
    """
    await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
    problems: list[str] = []
    hashes: dict[int, bytes] = {}
    last: tuple[str, int, int, bytes] = ("", 0, 0, START)
    async for row in _rows(connection):
        hashes[row.seq] = row.hash
        version, sequence, head = last[1:] if last[0] == row.stream else (0, 0, START)
        problems += _of_row(row, version, sequence, head)
        last = (row.stream, row.version, row.sequence or sequence, row.hash)
    problems += await _of_seals(connection, hashes)
    problems += await _of_parts(connection)
    return len(hashes), problems


async def _rows(connection: AsyncConnection) -> AsyncIterator[Row[Any]]:
    found = await connection.stream(text("SELECT * FROM journal ORDER BY stream, version"))
    async for row in found:
        yield row


def _of_row(row: Row[Any], version: int, sequence: int, head: bytes) -> Iterator[str]:
    where = f"row {row.seq} ({row.stream} version {row.version})"
    if row.version != version + 1:
        yield f"{where}: version {version + 1} is missing before it"
    if row.sequence is not None and row.sequence != sequence + 1:
        yield f"{where}: sequence {sequence + 1} is missing before it"
    if row.prev_hash != head or chained(head, row.record) != row.hash:
        yield f"{where}: the chain is broken"
    try:
        record = json.loads(row.record)
        differing = [name for name in IN_RECORD if record[name] != getattr(row, name)]
        differing += ["event_id"] * (record["event_id"] != str(row.event_id))
        differing += ["occurred_at"] * (record["occurred_at"] != row.occurred_at.isoformat())
    except (ValueError, KeyError, TypeError):
        yield f"{where}: the record is no record"
    else:
        if differing:
            yield f"{where}: differs from its record in {', '.join(differing)}"


async def _of_seals(connection: AsyncConnection, hashes: dict[int, bytes]) -> list[str]:
    problems = []
    covered: set[int] = set()
    taken_back = await _seals_taken_back(connection)
    previous, number = START, 0
    for seal in await connection.execute(text("SELECT * FROM seals ORDER BY number")):
        missing = [seq for seq in seal.seqs if seq not in hashes]
        if seal.number != number + 1 or seal.previous != previous:
            problems.append(f"seal {seal.number}: does not follow seal {number}")
        if not seal.seqs:
            if seal.number not in taken_back:
                problems.append(f"seal {seal.number}: its rows are gone")
        elif missing:
            problems.append(f"seal {seal.number}: rows are gone: {missing[:10]}")
        elif root(seal.previous, (hashes[seq] for seq in seal.seqs)) != seal.root:
            problems.append(f"seal {seal.number}: its rows are not those it sealed")
        covered.update(seal.seqs)
        previous, number = seal.root, seal.number
    queued = {row.seq for row in await connection.execute(text("SELECT seq FROM unpublished"))}
    problems += [f"row {seq}: queued, but gone" for seq in sorted(queued - hashes.keys())]
    loose = hashes.keys() - covered - queued
    problems += [f"row {seq}: neither sealed nor queued" for seq in sorted(loose)]
    return problems


async def _seals_taken_back(connection: AsyncConnection) -> set[int]:
    """Those whose rows were lost with a database, as the journal says of the one put back."""
    found = await connection.scalars(
        text("SELECT record FROM journal WHERE type = :type"), {"type": Restored.type}
    )
    numbers: set[int] = set()
    for record in found:
        restored = Restored.model_validate(json.loads(record)["data"])
        numbers.update(range(restored.first_seal, restored.last_seal + 1))
    return numbers


async def _of_parts(connection: AsyncConnection) -> list[str]:
    """Personal parts that are left must be those the record was made with."""
    problems = []
    found = await connection.stream(
        text(
            "SELECT p.subject, p.salt, p.bytes, j.seq, j.record FROM personal p"
            " LEFT JOIN journal j USING (event_id)"
        )
    )
    async for row in found:
        if row.record is None:
            problems.append("a personal part belongs to no row")
            continue
        try:
            bound = json.loads(row.record)["personal"][row.subject]
        except (ValueError, KeyError, TypeError):
            bound = None
        if bound != commitment(row.salt, row.bytes):
            problems.append(f"row {row.seq}: a personal part is not the one it was written with")
    return problems
