"""What several events share."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from pydantic import Field

from complaints_contracts.codes import Adjustment, PersonRole, ReachBy
from complaints_contracts.event import Model
from complaints_contracts.personal import Personal

Reference = Annotated[str, Field(pattern=r"^[A-Z0-9-]{3,32}$")]
"""What stays the same for people: short, readable aloud."""


class FileRef(Model):
    """A file in the content-addressed store, named by its SHA-256; size in bytes."""

    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    name: Personal[str]
    media_type: str
    size: int = Field(ge=0)


class Reach(Model):
    """How somebody wants, and does not want, to be reached (R22, R23)."""

    preferred: ReachBy
    needs: tuple[Adjustment, ...] = ()
    safe_contact: Personal[str | None] = None


class Person(Model):
    """Somebody in a contact. The id is minted for this contact and says nothing by itself."""

    id: UUID
    role: PersonRole
    name: Personal[str | None] = None
    email: Personal[str | None] = None
    telephone: Personal[str | None] = None
    address: Personal[str | None] = None
    reach: Reach

    @property
    def person(self) -> UUID:
        return self.id
