"""Kafka in: which event goes to which handler."""

from __future__ import annotations

from typing import Final

from complaints_chassis.subscriptions import On
from complaints_contracts.cases import AdviserAllocated, CaseOpened, CasePersonErased
from complaints_reviews import handlers

SUBSCRIPTIONS: Final = (
    On(CaseOpened, handlers.copy_case, handlers.nothing),
    On(AdviserAllocated, handlers.copy_allocation, handlers.nothing),
    On(CasePersonErased, handlers.erase_person, handlers.nothing),
)
