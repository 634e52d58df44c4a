"""Somebody in a contact, as whoever sends it describes them; everything may be left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from complaints_contracts.codes import Adjustment, PersonRole, ReachBy
from complaints_contracts.parts import Person, Reach
from complaints_intake.domain.reach import reached_by
from complaints_intake.domain.text import clean, clean_line


class Described(Protocol):
    """What a program tells us about somebody."""

    @property
    def role(self) -> PersonRole: ...
    @property
    def name(self) -> str | None: ...
    @property
    def email(self) -> str | None: ...
    @property
    def telephone(self) -> str | None: ...
    @property
    def address(self) -> str | None: ...
    @property
    def reach_by(self) -> ReachBy | None: ...
    @property
    def needs(self) -> Sequence[Adjustment]: ...
    @property
    def safe_contact(self) -> str | None: ...


def make_person(described: Described, id: UUID, *, anonymous: bool) -> Person:
    """The person, reached as they wish, or else as `reached_by` says."""
    email = clean_line(described.email or "")
    telephone = clean_line(described.telephone or "")
    address = clean(described.address or "")
    safe_contact = clean(described.safe_contact or "")
    return Person(
        id=id,
        role=described.role,
        name=clean_line(described.name or "") or None,
        email=email or None,
        telephone=telephone or None,
        address=address or None,
        reach=Reach(
            preferred=reached_by(
                described.reach_by,
                email=email,
                telephone=telephone,
                address=address,
                safe_contact=safe_contact,
                anonymous=anonymous,
            ),
            needs=tuple(dict.fromkeys(described.needs)),
            safe_contact=safe_contact or None,
        ),
    )
