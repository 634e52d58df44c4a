"""Who becomes the single point of contact (R19): present, not named in the contact, lightest load.

Allocation never waits and never drops: where nobody may have the case, the team leader is asked.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from hashlib import sha256
from typing import Final
from uuid import UUID

from complaints_casework.domain.facts import Reason
from complaints_contracts.codes import ContactType, Queue

ALLOCATED_QUEUES: Final = frozenset({Queue.RESOLUTION, Queue.URGENT})
"""The queues whose cases get an adviser at once; the others are worked as queues."""


def needs_adviser(queue: Queue, contact_type: ContactType) -> bool:
    """Whether a case is given to an adviser on opening; one about our own staff never is."""
    return queue in ALLOCATED_QUEUES and contact_type not in (
        ContactType.STAFF_COMPLAINT,
        ContactType.OTHER,
    )


def needs_team_leader(queue: Queue, contact_type: ContactType) -> Reason | None:
    """Why a team leader has to look at a case that gets no adviser on opening, if they have to."""
    if contact_type is ContactType.STAFF_COMPLAINT or queue is Queue.STAFF:
        return Reason.ABOUT_OUR_STAFF
    if Queue.OTHER is queue or contact_type is ContactType.OTHER:
        return Reason.UNKNOWN_SORTING
    return None


def allocate(
    case_id: UUID, present: Collection[str], named: Collection[str], loads: Mapping[str, int]
) -> str | Reason:
    """The adviser with the fewest open cases of those who may have this one, or why nobody may.

    Among equals a digest of case and adviser decides: the same on every run, and fair over many
    cases, which the order of the register would not be.
    """
    eligible = [adviser for adviser in present if adviser not in named]
    if not eligible:
        return Reason.EVERYBODY_NAMED if present else Reason.NOBODY_PRESENT
    return min(
        eligible,
        key=lambda adviser: (
            loads.get(adviser, 0),
            sha256(f"{case_id} {adviser}".encode()).digest(),
        ),
    )
