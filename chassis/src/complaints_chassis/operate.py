"""What the command line does to a service's database, on behalf of operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

from sqlalchemy import Row, make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from complaints_chassis import held, tables
from complaints_chassis.aggregate import Needs
from complaints_chassis.applier import Applier
from complaints_chassis.book import OPS, Book, read_states, write_read_tables
from complaints_chassis.clock import Clock
from complaints_chassis.commands import Commands
from complaints_chassis.database import insert_many
from complaints_chassis.erasure import held_about
from complaints_chassis.errors import Refused
from complaints_chassis.journal import Cause
from complaints_chassis.pauses import WHOLE_TOPIC
from complaints_chassis.private import Discarded, Erased
from complaints_chassis.service import Service
from complaints_chassis.work import Work
from complaints_contracts.ops import PersonErased, RecordReleased

OPERATOR = Cause(actor="operations")


def role_of(url: str) -> str:
    """The database role in a URL."""
    return make_url(url).username or ""


async def rebuild(engine: AsyncEngine, book: Book, *, compare: bool) -> list[str]:
    """Makes the read tables again from the journal; the streams whose rows differed.

    With `compare` nothing is changed.
    """
    owned = [table for aggregate in book.aggregates.values() for table in aggregate.tables]
    async with engine.connect() as connection, connection.begin() as transaction:
        await connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        before = await _content(connection, owned)
        found = await connection.execute(text("SELECT DISTINCT stream FROM journal"))
        streams = sorted(row.stream for row in found)
        for start in range(0, len(streams), 500):
            states = await read_states(connection, book, streams[start : start + 500])
            await write_read_tables(connection, book, states)
        for table in owned:
            await connection.execute(
                text(
                    f"DELETE FROM {table.name} WHERE NOT EXISTS"  # noqa: S608
                    f" (SELECT 1 FROM journal j WHERE j.stream = {table.name}.stream)"
                )
            )
        after = await _content(connection, owned)
        if compare:
            await transaction.rollback()
        else:
            await transaction.commit()
    return sorted({stream for stream, _ in before ^ after})


async def _content(connection: AsyncConnection, owned: Sequence[Any]) -> set[tuple[str, str]]:
    content = set()
    for table in owned:
        found = await connection.execute(
            text(f"SELECT stream, to_jsonb(t)::text AS row FROM {table.name} t")  # noqa: S608
        )
        content |= {(row.stream, f"{table.name} {row.row}") for row in found}
    return content


async def republish(engine: AsyncEngine, streams: Sequence[str]) -> int:
    """Queues published events again, of these streams or of all; how many.

    Raises:
        Refused: one of the streams has none; nothing is queued.
    """
    chosen = "AND stream = ANY(CAST(:streams AS text[]))" if streams else ""
    async with engine.begin() as connection:
        if unknown := set(streams) - await _published(connection, streams):
            raise Refused(
                "republish",
                f"No such stream with published events: {', '.join(sorted(unknown))}. "
                "Nothing was queued; a stream is named as contact:<id>.",
            )
        found = await connection.execute(
            text(
                "INSERT INTO unpublished (seq, stream, topic) SELECT seq, stream, topic"  # noqa: S608
                f" FROM journal WHERE topic IS NOT NULL {chosen}"
                " ON CONFLICT (seq) DO NOTHING"
            ),
            {"streams": list(streams)} if streams else {},
        )
        await connection.execute(text("SELECT pg_notify('journal', '')"))
    return found.rowcount


async def _published(connection: AsyncConnection, streams: Sequence[str]) -> set[str]:
    found = await connection.execute(
        text(
            "SELECT DISTINCT stream FROM journal WHERE topic IS NOT NULL"
            " AND stream = ANY(CAST(:streams AS text[]))"
        ),
        {"streams": list(streams)},
    )
    return {row.stream for row in found}


async def list_held(engine: AsyncEngine) -> list[str]:
    """Held records, oldest first, one line each."""
    async with engine.connect() as connection:
        found = await connection.execute(text("SELECT * FROM held ORDER BY held_at, id"))
        return [
            f"{row.id}  {row.kind:<10}  {row.held_at:%Y-%m-%d %H:%M:%S}Z  "
            f"{row.topic}/{row.partition}@{row.record_offset}  {row.reason}"
            for row in found
        ]


async def show_held(engine: AsyncEngine, id: str) -> dict[str, Any]:
    """One held record as it came; bytes that are not UTF-8 escaped.

    Raises:
        Refused: there is none of this id.
    """
    row = await _held(engine, id)
    record = held.as_record(row)

    def words(data: bytes | None) -> str | None:
        return None if data is None else data.decode(errors="backslashreplace")

    return {
        "id": row.id,
        "kind": row.kind,
        "reason": row.reason,
        "held_at": row.held_at.isoformat(),
        "place": f"{record.topic}/{record.partition}@{record.offset}",
        "waits_for": row.waits_for,
        "key": words(record.key),
        "headers": [[words(name), words(value)] for name, value in record.headers],
        "value": words(record.value),
    }


async def replay(engine: AsyncEngine, service: Service, book: Book, id: str) -> str:
    """Applies a held record again now; says what became of it.

    Raises:
        Refused: there is none of this id.
    """

    async def pause(topic: str, reason: str) -> None:
        raise AssertionError("one record pauses nothing")

    await _held(engine, id)
    applier = Applier(engine, book, service.subscriptions, Clock(), pause)
    await applier.replay([id])
    await applier.release()
    try:
        again = await _held(engine, id)
    except Refused:
        return "Applied."
    return f"Held again: {again.reason}"


async def discard(engine: AsyncEngine, service: Service, book: Book, id: str, reason: str) -> None:
    """Gives a held record up: what follows it can go on, or whoever sent it is told.

    Raises:
        Refused: there is none of this id.
    """
    row = await _held(engine, id)
    record, sender = held.as_record(row), service.from_outside(row.topic)
    async with engine.begin() as connection:
        work = Work(book, Clock().now())
        work.cause = OPERATOR
        await work.load(connection, [sender.needs(record, None)] if sender else [])
        if sender:
            sender.discarded(record, work)
        work.append(OPS, book.service, Discarded(held_id=id, reason=reason))
        work.tell_operations(RecordReleased(speaker=book.service, held_id=id, discarded=True))
        work.keep()
        await work.write(connection)
        if not await held.take(connection, [id]):
            raise _gone()
        if row.sequence is not None:
            passed = {
                "topic": row.topic,
                "stream": row.stream,
                "sequence": row.sequence,
                "event_id": uuid5(NAMESPACE_OID, f"discarded {id}"),
            }
            await insert_many(connection, tables.progress, [passed], "ON CONFLICT DO NOTHING")


async def skip(engine: AsyncEngine, topic: str, partition: int | None, offset: int | None) -> None:
    """Lets a paused topic, or one partition from an offset on, be read again.

    Raises:
        Refused: nothing of the kind is paused.
    """
    async with engine.begin() as connection:
        found = await connection.execute(
            text(
                "UPDATE pauses SET skip_to = :offset WHERE topic = :topic"
                " AND partition = :partition"
            ),
            {
                "topic": topic,
                "partition": WHOLE_TOPIC if partition is None else partition,
                "offset": offset or 0,
            },
        )
        if not found.rowcount:
            raise Refused("skip", "That topic or partition is not paused. See /readyz for what is.")


async def erase(engine: AsyncEngine, book: Book, subject: str, reason: str) -> int:
    """Erases a person, journals that it was done and why, and tells the others.

    Raises:
        Refused: nothing here is about this person.
    """
    try:
        person = UUID(subject)
    except ValueError:
        raise Refused("erase", "A person is named by the id in their events, a UUID.") from None
    async with engine.connect() as connection:
        found = await connection.execute(
            text(
                "SELECT j.stream, count(*) AS parts FROM journal j JOIN personal p"
                " USING (event_id) WHERE p.subject = :subject GROUP BY j.stream"
            ),
            {"subject": str(person)},
        )
        parts = {row.stream: row.parts for row in found}
        waiting = await held_about(connection, {str(person)}, set())
    if not parts and not waiting:
        raise Refused("erase", "Nothing here is about this person; they may be erased already.")

    def decide(work: Work) -> dict[str, Any]:
        work.erase(person)
        for stream in parts:
            aggregate = book.aggregate(stream)
            if aggregate.erased:
                id = UUID(stream.partition(":")[2])
                work.append(aggregate, id, aggregate.erased(id, person))
        work.append(OPS, book.service, Erased(person_id=person, reason=reason))
        count = sum(parts.values())
        work.tell_operations(PersonErased(speaker=book.service, person_id=person, parts=count))
        return {"parts": count}

    commands = Commands(engine, book, Clock())
    answer = await commands.run(Needs(streams=tuple(parts)), decide, OPERATOR)
    return int(answer["parts"])


async def _held(engine: AsyncEngine, id: str) -> Row[Any]:
    async with engine.connect() as connection:
        row = (
            await connection.execute(text("SELECT * FROM held WHERE id = :id"), {"id": id})
        ).first()
    if row is None:
        raise _gone()
    return row


def _gone() -> Refused:
    return Refused("held", "No held record has this id. `held list` shows those there are.")
