"""Private facts that every service's journal can hold."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from complaints_contracts.event import Fact


class Discarded(Fact):
    """A person gave up a held record, and why."""

    type: ClassVar[str] = "chassis.held-discarded"

    held_id: str
    reason: str


class Erased(Fact):
    """A person was erased from a stream, and why where it is the request itself."""

    type: ClassVar[str] = "chassis.person-erased"

    person_id: UUID
    reason: str = ""


class Restored(Fact):
    """An older database was put back: what was published since was taken back from the topics.

    `events` were written again, and the seals up to `last_seal` from `first_seal` on (0: none).
    """

    type: ClassVar[str] = "chassis.restored"

    events: int
    first_seal: int = 0
    last_seal: int = 0
