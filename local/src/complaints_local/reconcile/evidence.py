"""Everything there is to judge by, read once: plain data, so that verdicts are pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from complaints_chassis.record import Record
from complaints_contracts import envelope
from complaints_local.reconcile.ledger import Line
from complaints_local.reconcile.watched import Watched

Place = tuple[str, int]
"""Topic and partition."""


class EvidenceError(Exception):
    """Something could not be read; the text says what to do."""


@dataclass(frozen=True)
class Row:
    """One journal row; `data` is its event with the personal parts that are left."""

    service: str
    seq: int
    stream: str
    event_id: str
    type: str
    topic: str | None
    sequence: int | None
    occurred_at: datetime
    headers: Mapping[str, str]
    data: Mapping[str, Any]
    is_erased: bool
    """Whether parts of it are gone."""

    @property
    def key(self) -> str:
        """The key of its record."""
        return self.stream.partition(":")[2]

    @property
    def value(self) -> bytes:
        """The value of its record."""
        return envelope.encode(self.data)


@dataclass(frozen=True)
class Held:
    """A held record."""

    id: str
    kind: str
    reason: str
    place: tuple[str, int, int]
    """Topic, partition and offset."""


@dataclass(frozen=True)
class ServiceEvidence:
    """One service's database, and what the chassis' own tools say of it."""

    name: str
    topics: tuple[str, ...]
    """What it reads."""
    rows: tuple[Row, ...]
    """The journal, in the order it was written."""
    unpublished: frozenset[int]
    progress: Mapping[tuple[str, str], Mapping[int, str]]
    """By topic and stream: the event id of each sequence that was applied."""
    held: tuple[Held, ...]
    paused: tuple[str, ...]
    """Topics."""
    overdue: tuple[str, ...]
    """Timers that should have fired more than a minute ago."""
    verified: tuple[str, ...]
    """What `journal verify --topic` finds wrong."""
    rebuilt: tuple[str, ...]
    """Streams whose read tables are not what follows from the journal."""


@dataclass(frozen=True)
class Outgoing:
    """A row of notifications' send ledger; they were queued in the order of `number`."""

    notice_id: str
    number: int
    recipient: str
    state: str
    message_id: str | None


@dataclass(frozen=True)
class Notice:
    """What somebody was told, or was not."""

    id: str
    contact_id: str
    purpose: str
    state: str
    uncertain: bool
    token: str | None
    """By which its mail goes outside; it is kept when its recipient is erased."""


@dataclass(frozen=True)
class Tables:
    """Read tables, and rows that workers work through."""

    cases: Mapping[str, str]
    """By case id: its status."""
    reviews: frozenset[str]
    """The contacts that reviews has."""
    notices: tuple[Notice, ...]
    outgoing: tuple[Outgoing, ...]
    unread_mails: int


@dataclass(frozen=True)
class Seen:
    """A record on a topic; the attributes are headers as text, where they are such."""

    record: Record
    attributes: Mapping[str, str]

    def __str__(self) -> str:
        topic, partition, offset = self.place
        return f"{topic}/{partition}@{offset}"

    @property
    def topic(self) -> str:
        return self.record.topic

    @property
    def id(self) -> str:
        return self.attributes.get("ce_id", "")

    @property
    def key(self) -> str:
        return (self.record.key or b"").decode(errors="replace")

    @property
    def sequence(self) -> int:
        """0 where it has none."""
        given = self.attributes.get("ce_sequence", "")
        return int(given) if given.isdecimal() else 0

    @property
    def place(self) -> tuple[str, int, int]:
        return self.record.topic, self.record.partition, self.record.offset


@dataclass(frozen=True)
class Topics:
    """What lies on the topics, each partition in its order, and how far groups have committed."""

    records: tuple[Seen, ...]
    first: Mapping[Place, int]
    """The offset that each partition begins at now."""
    ends: Mapping[Place, int]
    committed: Mapping[tuple[str, str, int], int]
    """By group, topic and partition; -1 where a group has committed nothing."""

    def is_cut(self, topic: str) -> bool:
        """Whether the topic's oldest records are gone, as its retention has it."""
        return any(offset > 0 for (name, _), offset in self.first.items() if name == topic)

    @cached_property
    def by_id(self) -> Mapping[tuple[str, str], list[Seen]]:
        """By topic and event id."""
        found: dict[tuple[str, str], list[Seen]] = {}
        for seen in self.records:
            found.setdefault((seen.topic, seen.id), []).append(seen)
        return found


@dataclass(frozen=True)
class SinkMail:
    """A mail at the sink, in the order of arrival; `digest` is over its bytes."""

    name: str
    received_at: datetime
    message_id: str
    recipients: tuple[str, ...]
    digest: str


@dataclass(frozen=True)
class Evidence:
    """All of it. What was not given is None."""

    ledger: tuple[Line, ...]
    services: Mapping[str, ServiceEvidence]
    tables: Tables
    topics: Topics
    mails: tuple[SinkMail, ...]
    logs: Mapping[str, frozenset[str]] | None = None
    """By file: the tags in it."""
    watched: Watched | None = None

    @cached_property
    def rows(self) -> tuple[Row, ...]:
        """The journals of all services, one after the other."""
        return tuple(row for service in self.services.values() for row in service.rows)
