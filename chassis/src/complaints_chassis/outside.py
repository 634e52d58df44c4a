"""Records of senders without a sequence: each counts by itself, and its sender is answered.

What is wrong with one costs that one only, as everywhere; but nothing waits behind it, and in the
transaction that takes or holds it the service says so to whoever sent it.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from complaints_chassis.aggregate import Needs
from complaints_chassis.commands import new_trace
from complaints_chassis.errors import Unacceptable
from complaints_chassis.held import HeldAlone
from complaints_chassis.journal import Cause
from complaints_chassis.ordering import Outcome
from complaints_chassis.record import Record
from complaints_chassis.subscriptions import Afterwards, FromOutside
from complaints_chassis.work import Work
from complaints_contracts.codes import HeldKind
from complaints_contracts.envelope import Unreadable
from complaints_contracts.foreign import Foreign, decode_foreign

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reading:
    """One record from outside: what it says, or how it is held."""

    record: Record
    content: Foreign | HeldAlone

    @property
    def foreign(self) -> Foreign | None:
        return self.content if isinstance(self.content, Foreign) else None


class Outside:
    """The records from outside in a batch."""

    def __init__(self, subscriptions: Sequence[FromOutside]) -> None:
        self._on = {on.topic: on for on in subscriptions}

    def others(self, records: Sequence[Record]) -> list[Record]:
        """Those of our own services."""
        return [record for record in records if record.topic not in self._on]

    def read(self, records: Sequence[Record], refused: str | None) -> list[Reading]:
        """Those from outside; held for `refused`, unread, where there is such a reason."""
        return [
            Reading(record, _read(record, refused))
            for record in records
            if record.topic in self._on
        ]

    def needs(self, readings: Sequence[Reading]) -> list[Needs]:
        """What has to be loaded, to take them or to answer them."""
        return [self._on[one.record.topic].needs(one.record, one.foreign) for one in readings]

    def apply(self, readings: Sequence[Reading], work: Work, outcome: Outcome) -> None:
        """Takes each record, or holds it; what was settled before is passed over."""
        for reading in readings:
            on = self._on[reading.record.topic]
            if on.is_done(reading.record, work):
                outcome.duplicates += 1
                continue
            work.cause = Cause(actor="system", traceparent=new_trace())
            match self._take(on, reading, work):
                case HeldAlone() as held:
                    on.held(held, work)
                    outcome.held.append(held)
                case afterwards:
                    outcome.taken += 1
                    outcome.afterwards += [afterwards] if afterwards else []
            work.keep()

    def _take(self, on: FromOutside, reading: Reading, work: Work) -> HeldAlone | Afterwards | None:
        record, foreign = reading.record, reading.content
        if isinstance(foreign, HeldAlone):
            return foreign
        work.cause = Cause(actor=f"/force/{foreign.force}", traceparent=new_trace())
        try:
            return on.handle(foreign, record, work)
        except Unacceptable as refusal:
            work.drop()
            return HeldAlone(record, refusal.kind, str(refusal), about=refusal.about)
        except Exception as error:
            work.drop()
            logger.exception("a handler failed", extra={"held_id": str(record.place_id)})
            reason = f"the handler failed: {type(error).__name__}"
            return HeldAlone(record, HeldKind.UNREADABLE, reason, ours=True)


def _read(record: Record, refused: str | None) -> Foreign | HeldAlone:
    if refused:
        return HeldAlone(record, HeldKind.UNREADABLE, refused, ours=True)
    try:
        return decode_foreign(record.value, record.headers, record.topic)
    except Unreadable as error:
        return HeldAlone(record, HeldKind.UNREADABLE, str(error))
