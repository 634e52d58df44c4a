"""Events of `complaints.ops.v1`: what operations should know. No personal data, ever."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from pydantic import Field

from complaints_contracts.codes import ClockKind, HeldKind
from complaints_contracts.event import TYPE_PREFIX, Event, Instant


class OpsEvent(Event):
    """Said by one service; `speaker` is the service's name, or `<name>-seals` for seals."""

    topic: ClassVar[str] = "complaints.ops.v1"
    key: ClassVar[str] = "speaker"

    speaker: str = Field(min_length=1)


class ServiceStarted(OpsEvent):
    """A service came up, with the versions of its parts."""

    type: ClassVar[str] = f"{TYPE_PREFIX}.ops.service-started.v1"

    versions: dict[str, str]


class RecordHeld(OpsEvent):
    """A record was kept instead of applied, and waits for a person or for what it follows."""

    type: ClassVar[str] = f"{TYPE_PREFIX}.ops.record-held.v1"

    held_id: str
    kind: HeldKind
    source_topic: str
    partition: int
    offset: int
    reason: str


class RecordReleased(OpsEvent):
    """A held record was applied, or discarded by a person."""

    type: ClassVar[str] = f"{TYPE_PREFIX}.ops.record-released.v1"

    held_id: str
    discarded: bool = False


class TopicPaused(OpsEvent):
    """A topic, or one partition of it, is not read any more until a person acts."""

    type: ClassVar[str] = f"{TYPE_PREFIX}.ops.topic-paused.v1"

    source_topic: str
    partition: int | None = None
    reason: str


class TopicResumed(OpsEvent):
    """A paused topic is read again."""

    type: ClassVar[str] = f"{TYPE_PREFIX}.ops.topic-resumed.v1"

    source_topic: str
    partition: int | None = None


class ClockBreached(OpsEvent):
    """A promised date passed without the promise being kept."""

    type: ClassVar[str] = f"{TYPE_PREFIX}.ops.clock-breached.v1"

    case_id: UUID
    clock: ClockKind
    due_at: Instant


class PersonErased(OpsEvent):
    """A person was erased from a service's records; the id says nothing by itself."""

    type: ClassVar[str] = f"{TYPE_PREFIX}.ops.person-erased.v1"

    person_id: UUID
    parts: int


class JournalSealed(OpsEvent):
    """A root over journal rows, chained to the seal before it; hashes in hexadecimal."""

    type: ClassVar[str] = f"{TYPE_PREFIX}.ops.journal-sealed.v1"

    number: int
    root: str
    previous: str
    rows: int
