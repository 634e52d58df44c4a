"""What a service's journal holds, and the tables that follow from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, text
from sqlalchemy.ext.asyncio import AsyncConnection

from complaints_chassis import journal, tables
from complaints_chassis.aggregate import Aggregate
from complaints_chassis.database import insert_many
from complaints_contracts.event import Event, Fact
from complaints_contracts.ops import OpsEvent

OPS: Aggregate[None] = Aggregate(
    "ops", None, lambda state, _: state, publishes=OpsEvent, folded=False
)


@dataclass(frozen=True)
class Book:
    """What a service's journal holds: its kinds of stream, its facts by type, its own name."""

    service: str
    source: str
    """Our `ce_source`."""
    aggregates: Mapping[str, Aggregate[Any]]
    facts: Mapping[str, type[Fact]]
    personal_tables: tuple[Table, ...] = ()
    """Tables beside the journal that hold personal data: each has a column `subject`."""

    def aggregate(self, stream: str) -> Aggregate[Any]:
        return self.aggregates[stream.partition(":")[0]]

    def stream_of(self, event: Event) -> str:
        """The stream here of an event that this service published.

        Raises:
            LookupError: it publishes no such events.
        """
        for aggregate in self.aggregates.values():
            if aggregate.publishes and isinstance(event, aggregate.publishes):
                return aggregate.stream(event.stream)
        raise LookupError(f"{self.service} publishes no {event.type}")

    def fact(self, entry: journal.Entry) -> Fact:
        """The event of a journal row, with `[erased]` where personal parts are gone."""
        return self.facts[entry.type].model_validate(entry.data)

    def fold(self, entries: Iterable[journal.Entry]) -> dict[str, Any]:
        """The states that follow from rows, which come ordered by stream and version."""
        states: dict[str, Any] = {}
        for entry in entries:
            aggregate = self.aggregate(entry.stream)
            state = states.get(entry.stream, aggregate.initial)
            states[entry.stream] = aggregate.evolve(state, self.fact(entry))
        return states


async def read_states(
    connection: AsyncConnection, book: Book, streams: Iterable[str]
) -> dict[str, Any]:
    """The states of streams, from the journal; those that nobody folds are left out."""
    chosen = [stream for stream in streams if book.aggregate(stream).folded]
    entries = await journal.read(
        connection, "j.stream = ANY(CAST(:streams AS text[]))", {"streams": chosen}
    )
    return book.fold(entries)


async def write_timers(connection: AsyncConnection, book: Book, states: Mapping[str, Any]) -> None:
    """Replaces the timers of streams by what `due` says of their states."""
    timed = {stream: due for stream in states if (due := book.aggregate(stream).due)}
    if not timed:
        return
    await _clear(connection, tables.timers, list(timed))
    rows = [
        {
            "stream": stream,
            "kind": timer.kind,
            "due_at": timer.due_at,
            "law_version": timer.law_version,
        }
        for stream, due in timed.items()
        for timer in due(states[stream])
    ]
    await insert_many(connection, tables.timers, rows)


async def write_read_tables(
    connection: AsyncConnection, book: Book, states: Mapping[str, Any]
) -> None:
    """Replaces the rows of streams in the read tables by what `project` says of their states."""
    streams: dict[Table, list[str]] = {}
    rows: dict[Table, list[Mapping[str, Any]]] = {}
    for stream, state in states.items():
        aggregate = book.aggregate(stream)
        for table in aggregate.tables:
            streams.setdefault(table, []).append(stream)
        if aggregate.project:
            for table, found in aggregate.project(stream.partition(":")[2], state).items():
                rows.setdefault(table, []).extend({"stream": stream, **row} for row in found)
    for table, names in streams.items():
        await _clear(connection, table, names)
        await insert_many(connection, table, rows.get(table, []))


async def _clear(connection: AsyncConnection, table: Table, streams: list[str]) -> None:
    await connection.execute(
        text(f"DELETE FROM {table.name} WHERE stream = ANY(CAST(:streams AS text[]))"),  # noqa: S608
        {"streams": streams},
    )
