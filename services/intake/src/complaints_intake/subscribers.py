"""Kafka in: what forces pass on, each on its own topic."""

from __future__ import annotations

from functools import partial

from complaints_chassis import receipts
from complaints_chassis.subscriptions import FromOutside
from complaints_contracts.forces import FORCE_CONTACTS
from complaints_intake import forces
from complaints_intake.routes.common import prefix
from complaints_law.office import OfficeProfile


def subscriptions(office: OfficeProfile) -> tuple[FromOutside, ...]:
    """What intake listens to: one topic for each force that the office deals with."""
    return tuple(
        receipts.listening_to(
            FORCE_CONTACTS.format(force=force.key),
            forces.needs,
            partial(forces.take, prefix(office)),
        )
        for force in office.forces
    )
