"""What a force is told of a record it sent: accepted, held or given up (architecture 1)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from complaints_contracts.codes import ReceiptOutcome
from complaints_contracts.event import Fact
from complaints_contracts.forces import RecordAnswered

OUR_FAULT: Final = (
    "this could not be taken, and the fault is ours: we look into it. There is nothing to correct, "
    "and no need to send it again"
)
GIVEN_UP: Final = (
    "somebody here looked at it and gave it up. If it should have become a contact, send it again, "
    "corrected, with an id of its own"
)
OTHER_CONTENT: Final = (
    "another record with the same source and id was accepted before, with other content. If this "
    "is a contact too, send it with an id of its own"
)

_SETTLED: Final = (ReceiptOutcome.ACCEPTED, ReceiptOutcome.DISCARDED)


@dataclass(frozen=True)
class Receipt:
    """What was said of one record, which `first_at` reached us."""

    last: RecordAnswered | None = None
    first_at: datetime | None = None

    @property
    def settled(self) -> bool:
        """Whether nothing more will become of the record."""
        return self.last is not None and self.last.outcome in _SETTLED


def answer(receipt: Receipt, answered: RecordAnswered) -> tuple[RecordAnswered, ...]:
    """Says it, unless just that was said last, or the record is settled."""
    last = receipt.last
    if last and (receipt.settled or (last.outcome, last.reason) == _said(answered)):
        return ()
    return (answered,)


def evolve(receipt: Receipt, fact: Fact) -> Receipt:
    """What a receipt is after one more answer."""
    if not isinstance(fact, RecordAnswered):
        return receipt
    return replace(receipt, last=fact, first_at=receipt.first_at or fact.answered_at)


def _said(answered: RecordAnswered) -> tuple[ReceiptOutcome, str | None]:
    return answered.outcome, answered.reason
