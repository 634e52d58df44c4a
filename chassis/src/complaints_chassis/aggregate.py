"""What a service tells the chassis about its streams."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from complaints_contracts.event import Event, Fact

S = TypeVar("S")
L = TypeVar("L")

Rows = Mapping[Table, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Timer:
    """Something falls due on a stream; `law_version` names the rule set it was counted by."""

    kind: str
    due_at: datetime
    law_version: str = ""


@dataclass(frozen=True, eq=False)
class Aggregate(Generic[S]):
    """One kind of stream: how its state follows from its events, and what follows from its state.

    `due` says which timers run; `project` gives the rows of the read tables, which all have a
    column `stream`; both are pure. `erased` makes the event that tells others that a person was
    erased from a stream. `folded` is false where nobody needs the state.
    """

    name: str
    initial: S
    evolve: Callable[[S, Fact], S]
    due: Callable[[S], Sequence[Timer]] | None = None
    project: Callable[[str, S], Rows] | None = None
    tables: tuple[Table, ...] = ()
    erased: Callable[[UUID, UUID], Fact] | None = None
    publishes: type[Event] | None = None
    folded: bool = True

    def stream(self, id: UUID | str) -> str:
        """The name of one stream in the journal."""
        return f"{self.name}:{id}"


@dataclass(frozen=True, eq=False)
class Lookup(Generic[L]):
    """Something a decision needs that is not a stream: one query for the whole batch.

    `load` is given every key that the batch asks about; `streams` names the streams that what it
    found leads to, which are loaded with it. Handlers may change what they are given, so that the
    next one in the batch counts it too.
    """

    load: Callable[[AsyncConnection, Set[str]], Awaitable[L]]
    streams: Callable[[L], Iterable[str]] = lambda _: ()


@dataclass(frozen=True, slots=True)
class Needs:
    """What a handler wants loaded: streams, streams that must exist first, look-ups.

    `keys` is what it asks its look-ups about, where they are too large to be loaded whole.
    """

    streams: tuple[str, ...] = ()
    known: tuple[str, ...] = ()
    lookups: tuple[Lookup[Any], ...] = ()
    keys: tuple[str, ...] = ()
