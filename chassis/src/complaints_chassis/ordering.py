"""Whose turn it is: which records of a batch are applied, and in which order (architecture 3).

Pure: what was applied before comes in as an argument, and so does what applies one record.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import chain
from uuid import UUID

from complaints_chassis.held import Held
from complaints_chassis.record import Record
from complaints_chassis.subscriptions import Afterwards
from complaints_contracts.codes import HeldKind
from complaints_contracts.envelope import Envelope

Place = tuple[str, str]
"""Topic and stream."""
Turn = tuple[str, str, int]
"""Topic, stream and sequence."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A record that could be read, and what it says."""

    record: Record
    envelope: Envelope

    @property
    def place(self) -> Place:
        return self.record.topic, self.envelope.event.stream

    @property
    def turn(self) -> Turn:
        return *self.place, self.envelope.sequence

    def after(self, turns: Set[Turn]) -> bool:
        """Whether it is the first of its stream, or the one before it is among these."""
        sequence = self.envelope.sequence
        return sequence == 1 or (*self.place, sequence - 1) in turns

    def held(self, kind: HeldKind, reason: str, waits_for: str | None = None) -> Held:
        return Held(self.record, kind, reason, self.envelope, waits_for)


@dataclass
class Outcome:
    """What became of a batch. `taken` counts records from outside, which have no turn."""

    held: list[Held] = field(default_factory=list)
    applied: dict[Turn, UUID] = field(default_factory=dict)
    duplicates: int = 0
    taken: int = 0
    afterwards: list[Afterwards] = field(default_factory=list)


def timely(arrivals: Sequence[Arrival], known: Set[Turn]) -> list[Arrival]:
    """Those whose turn it may be: neither applied before nor surely behind."""
    reachable = known | {arrival.turn for arrival in arrivals}
    return [a for a in arrivals if a.turn not in known and a.after(reachable)]


def in_order(
    arrivals: Sequence[Arrival],
    known: Mapping[Turn, UUID],
    stuck: Set[Place],
    handle: Callable[[Arrival], Held | None],
) -> Outcome:
    """Applies each record whose turn it is; what follows a gap is looked at when it closes.

    Args:
        arrivals: what came, in the order it came.
        known: what was applied before, by which event.
        stuck: streams that a forked record holds back.
        handle: applies one record; says how it is held where it cannot be.
    """
    outcome = Outcome()
    stuck = set(stuck)
    behind: dict[Turn, list[Arrival]] = {}
    queue = deque(arrivals)
    while queue:
        arrival = queue.popleft()
        topic, stream, sequence = here = arrival.turn
        seen = outcome.applied.get(here) or known.get(here)
        if seen == arrival.envelope.id:
            outcome.duplicates += 1
        elif seen is not None:
            reason = f"sequence {sequence} was applied with another event id"
            outcome.held.append(arrival.held(HeldKind.FORKED, reason))
            stuck.add(arrival.place)
        elif arrival.place in stuck:
            reason = "it follows a record that is held"
            outcome.held.append(arrival.held(HeldKind.BEHIND, reason))
        elif not (arrival.after(outcome.applied.keys()) or arrival.after(known.keys())):
            behind.setdefault(here, []).append(arrival)
        elif held := handle(arrival):
            outcome.held.append(held)
        else:
            outcome.applied[here] = arrival.envelope.id
            if following := behind.get((topic, stream, sequence + 1)):
                queue.appendleft(following.pop(0))
            queue.extendleft(behind.pop(here, []))  # others of this sequence come first
    for arrival in chain.from_iterable(behind.values()):
        reason = f"sequence {arrival.envelope.sequence - 1} of its stream has not arrived"
        outcome.held.append(arrival.held(HeldKind.BEHIND, reason))
    return outcome
