"""What a service tells the chassis about what it listens to: events of others, and time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from complaints_chassis.aggregate import Aggregate, Lookup, Needs
from complaints_chassis.work import Work
from complaints_contracts.event import Event

E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class On(Generic[E]):
    """Kafka in: which event goes to which handler."""

    event: type[E]
    handle: Callable[[E, Work], None]
    needs: Callable[[E], Needs]


@dataclass(frozen=True)
class OnDue:
    """What a timer that fell due leads to; the domain decides again, so a second one is nothing."""

    aggregate: Aggregate[Any]
    kind: str
    handle: Callable[[str, Work], None]
    lookups: tuple[Lookup[Any], ...] = ()
