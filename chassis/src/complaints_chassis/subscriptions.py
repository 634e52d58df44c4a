"""What a service tells the chassis about what it listens to: events of others, and time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from complaints_chassis.aggregate import Aggregate, Lookup, Needs
from complaints_chassis.held import HeldAlone
from complaints_chassis.record import Record
from complaints_chassis.work import Work
from complaints_contracts.event import Event
from complaints_contracts.foreign import Foreign

E = TypeVar("E", bound=Event)


@dataclass(frozen=True)
class On(Generic[E]):
    """Kafka in: which event goes to which handler."""

    event: type[E]
    handle: Callable[[E, Work], None]
    needs: Callable[[E], Needs]

    @property
    def topic(self) -> str:
        return self.event.topic


Afterwards = Callable[[], None]


@dataclass(frozen=True)
class FromOutside:
    """Kafka in from senders without a sequence: each record counts by itself, and is answered.

    There is no `progress` of them: `is_done` says whether this very record was settled before, and
    `handle` does nothing twice for one that was sent twice. What `handle` returns is called once
    the transaction is there for good. `held` and `discarded` answer what is not taken, in the same
    transaction. `needs` is asked about records that cannot be read, too.
    """

    topic: str
    needs: Callable[[Record, Foreign | None], Needs]
    is_done: Callable[[Record, Work], bool]
    handle: Callable[[Foreign, Record, Work], Afterwards | None]
    held: Callable[[HeldAlone, Work], None]
    discarded: Callable[[Record, Work], None]


Subscription = On[Any] | FromOutside


@dataclass(frozen=True)
class OnDue:
    """What a timer that fell due leads to; the domain decides again, so a second one is nothing."""

    aggregate: Aggregate[Any]
    kind: str
    handle: Callable[[str, Work], None]
    lookups: tuple[Lookup[Any], ...] = ()
