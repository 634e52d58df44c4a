"""Events of `complaints.allegations.v1`: what comes up on a case later. Owner: casework. Key: case.

A topic of its own, so that triage reads these and not every step of every case.
"""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from complaints_contracts.event import TYPE_PREFIX, Event
from complaints_contracts.personal import Personal


class AllegationEvent(Event):
    """Belongs to one case."""

    topic: ClassVar[str] = "complaints.allegations.v1"
    key: ClassVar[str] = "case_id"

    case_id: UUID


class AllegationRaised(AllegationEvent):
    """A further allegation came up on a case: it is assessed like those of the contact (R43)."""

    type: ClassVar[str] = f"{TYPE_PREFIX}.allegation.raised.v1"

    contact_id: UUID
    matter: str = "1"
    number: str
    person_id: UUID
    words: Personal[str]

    @property
    def person(self) -> UUID:
        return self.person_id


class AllegationWithdrawn(AllegationEvent):
    """An allegation need not be assessed here: it went back to the case that it came from (R8)."""

    type: ClassVar[str] = f"{TYPE_PREFIX}.allegation.withdrawn.v1"

    contact_id: UUID
    matter: str = "1"
    number: str
