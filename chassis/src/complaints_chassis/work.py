"""One transaction's work: the states it read, the events it decided, what it has counted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import UUID, uuid4

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from complaints_chassis import journal
from complaints_chassis.aggregate import Aggregate, Lookup, Needs
from complaints_chassis.book import OPS, Book, write_read_tables, write_timers
from complaints_chassis.database import insert_many
from complaints_chassis.erasure import forget, streams_about
from complaints_chassis.journal import Cause, Head, Row
from complaints_chassis.private import Erased
from complaints_contracts.envelope import Envelope
from complaints_contracts.event import Fact
from complaints_contracts.ops import OpsEvent

S = TypeVar("S")
L = TypeVar("L")


@dataclass
class _Staged:
    """What the record in hand has decided, until it is kept or dropped."""

    rows: list[Row] = field(default_factory=list)
    heads: dict[str, Head] = field(default_factory=dict)
    states: dict[str, Any] = field(default_factory=dict)
    copies: list[tuple[Table, dict[str, Any]]] = field(default_factory=list)
    erased: set[str] = field(default_factory=set)


class Work:
    """What handlers see. Synchronous: everything they may need was loaded before."""

    def __init__(self, book: Book, now: datetime) -> None:
        self.now = now
        self.cause = Cause(actor="system")
        self._book = book
        self._heads: dict[str, Head] = {}
        self._states: dict[str, Any] = {}
        self._lookups: dict[Lookup[Any], Any] = {}
        self._rows: list[Row] = []
        self._copies: dict[tuple[Table, tuple[Any, ...]], dict[str, Any]] = {}
        self._erased: set[str] = set()
        self._staged = _Staged()

    # What handlers use.

    def state(self, aggregate: Aggregate[S], id: UUID | str) -> S:
        """A stream's state, with what this transaction decided before."""
        stream = aggregate.stream(id)
        if stream in self._staged.states:
            return cast(S, self._staged.states[stream])
        return cast(S, self._states.get(stream, aggregate.initial))

    def version(self, stream: str) -> int:
        """How many events a stream has; 0 where it does not exist."""
        return self._head(stream).version

    def lookup(self, lookup: Lookup[L]) -> L:
        """What a look-up found; a change to it is seen by the next record of the batch."""
        return cast(L, self._lookups[lookup])

    def append(
        self, aggregate: Aggregate[Any], id: UUID | str, *facts: Fact, rule: str = ""
    ) -> None:
        """Decides: these facts are the next ones of the stream."""
        stream = aggregate.stream(id)
        for fact in facts:
            head = self._head(stream)
            row = journal.make_row(
                fact,
                stream=stream,
                head=head,
                event_id=uuid4(),
                at=self.now,
                cause=Cause(
                    self.cause.actor,
                    rule or self.cause.rule,
                    self.cause.causation,
                    self.cause.traceparent,
                ),
                source=self._book.source,
            )
            self._staged.rows.append(row)
            self._staged.heads[stream] = row.head
            self._staged.states[stream] = aggregate.evolve(self.state(aggregate, id), fact)

    def tell_operations(self, event: OpsEvent) -> None:
        """Says something on the operations topic."""
        self.append(OPS, event.speaker, event)

    def copy(self, table: Table, **row: Any) -> None:
        """Keeps our own copy of another service's fact, over the one that has the same key."""
        self._staged.copies.append((table, row))

    def erase(self, subject: UUID | str) -> None:
        """Marks a person whose parts are deleted when this transaction is written."""
        self._staged.erased.add(str(subject))

    # What the chassis uses.

    def knows(self, stream: str) -> bool:
        return self._head(stream).version > 0

    def caused_by(self, envelope: Envelope) -> None:
        self.cause = Cause(
            actor=envelope.source, causation=envelope.id, traceparent=envelope.traceparent
        )

    def keep(self) -> None:
        """The record in hand is decided."""
        staged, self._staged = self._staged, _Staged()
        self._rows += staged.rows
        self._heads |= staged.heads
        self._states |= staged.states
        self._erased |= staged.erased
        for table, row in staged.copies:
            key = tuple(row[column.name] for column in table.primary_key)
            self._copies[table, key] = row

    def drop(self) -> None:
        """The record in hand decides nothing."""
        self._staged = _Staged()

    async def load(self, connection: AsyncConnection, needs: Iterable[Needs]) -> None:
        """Reads look-ups and streams: one query for each look-up, one for all streams."""
        wanted: set[str] = {OPS.stream(self._book.service)}
        asked: dict[Lookup[Any], set[str]] = {}
        for need in needs:
            wanted.update(need.streams, need.known)
            for lookup in need.lookups:
                asked.setdefault(lookup, set()).update(need.keys)
        for lookup, keys in asked.items():
            if lookup not in self._lookups:
                self._lookups[lookup] = await lookup.load(connection, keys)
                wanted.update(lookup.streams(self._lookups[lookup]))
        wanted -= self._heads.keys()
        folded = sorted(s for s in wanted if self._book.aggregate(s).folded)
        if folded:
            entries = await journal.read(
                connection, "j.stream = ANY(CAST(:streams AS text[]))", {"streams": folded}
            )
            for entry in entries:
                before = self._heads.get(entry.stream, Head())
                sequence = before.sequence if entry.sequence is None else entry.sequence
                self._heads[entry.stream] = Head(entry.version, sequence, entry.hash)
            self._states |= self._book.fold(entries)
        bare = sorted(wanted - set(folded))
        if bare:
            self._heads |= await journal.heads(connection, bare)

    async def write(self, connection: AsyncConnection) -> None:
        """Writes everything that was kept: one statement for each table."""
        if self._erased:
            await self._say_erased(connection)
        await journal.append(connection, self._rows)
        touched = {
            stream: self._states[stream]
            for stream in sorted({row.columns["stream"] for row in self._rows})
            if self._book.aggregate(stream).folded
        }
        await write_timers(connection, self._book, touched)
        await write_read_tables(connection, self._book, touched)
        by_table: dict[Table, list[dict[str, Any]]] = {}
        for (table, _), row in self._copies.items():
            by_table.setdefault(table, []).append(row)
        for table, rows in by_table.items():
            await insert_many(connection, table, rows, _over(table))
        if self._erased:
            await forget(connection, self._book, self._erased)

    async def _say_erased(self, connection: AsyncConnection) -> None:
        """Every stream that loses parts gets an event: who read it before has to decide again."""
        written = {row.columns["stream"] for row in self._rows}
        about = await streams_about(connection, self._erased)
        others = tuple(sorted(about.keys() - written))
        await self.load(connection, [Needs(streams=others)])
        for stream in others:
            name, _, id = stream.partition(":")
            for person in sorted(about[stream]):
                self.append(self._book.aggregates[name], id, Erased(person_id=UUID(person)))
        self.keep()

    def _head(self, stream: str) -> Head:
        return self._staged.heads.get(stream) or self._heads.get(stream) or Head()


def _over(table: Table) -> str:
    key = ", ".join(column.name for column in table.primary_key)
    rest = [c.name for c in table.columns if not c.primary_key]
    given = ", ".join(f"{name} = excluded.{name}" for name in rest)
    return f"ON CONFLICT ({key}) DO " + (f"UPDATE SET {given}" if given else "NOTHING")
