"""What a force is told of each record it sent: accepted, held or given up (architecture 1).

A service that listens to forces has `RECEIPTS` among its aggregates, subscribes through
`listening_to`, checks a record that it knows with `refuse_other_content`, and answers it with
`accept`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from complaints_chassis.aggregate import Aggregate, Needs
from complaints_chassis.errors import Unacceptable
from complaints_chassis.held import HeldAlone
from complaints_chassis.record import Record
from complaints_chassis.subscriptions import Afterwards, FromOutside
from complaints_chassis.work import Work
from complaints_contracts.codes import HeldKind, ReceiptOutcome
from complaints_contracts.event import Fact
from complaints_contracts.forces import RecordAnswered, force_of
from complaints_contracts.foreign import Foreign, record_id
from complaints_contracts.personal import ERASED

OUR_FAULT: Final = (
    "this could not be taken, and the fault is ours: we look into it. There is nothing to correct, "
    "and no need to send it again"
)
GIVEN_UP: Final = (
    "somebody here looked at it and gave it up. If it should have been taken, send it again, "
    "corrected, with an id of its own"
)
OTHER_CONTENT: Final = (
    "another record with the same source and id was accepted before, with other content. If this "
    "is to be taken too, send it with an id of its own"
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


RECEIPTS: Final = Aggregate("receipt", Receipt(), evolve, publishes=RecordAnswered)
"""One stream for each record of a force, by the place it has on its topic."""


def listening_to(
    topic: str,
    needs: Callable[[Record, Foreign | None], Needs],
    handle: Callable[[Foreign, Record, Work], Afterwards | None],
) -> FromOutside:
    """A topic of a force, each record of which has its receipt."""
    return FromOutside(
        topic=topic,
        needs=needs,
        is_done=is_settled,
        handle=handle,
        held=say_held,
        discarded=say_discarded,
    )


def refuse_other_content(known: str | None, foreign: Foreign, about: UUID) -> None:
    """Does nothing where what is known under a record's source and id is what it says.

    `known` is the digest of that; what is erased cannot be compared any more, and is taken for the
    same.

    Raises:
        Unacceptable: the same source and id came before, with other content.
    """
    if known not in (None, ERASED, foreign.digest):
        raise Unacceptable(OTHER_CONTENT, HeldKind.FORKED, about=str(about))


def is_settled(record: Record, work: Work) -> bool:
    """Whether this record was accepted or given up before."""
    return work.state(RECEIPTS, record.place_id).settled


def accept(record: Record, reference: str, work: Work) -> None:
    """Says that the record was taken, and under which reference of ours."""
    _answer(record, work, ReceiptOutcome.ACCEPTED, reference=reference)


def say_held(held: HeldAlone, work: Work) -> None:
    """A record is held: tell the force why, in words it can act on."""
    reason = OUR_FAULT if held.ours else held.reason
    _answer(held.record, work, ReceiptOutcome.HELD, reason=reason)


def say_discarded(record: Record, work: Work) -> None:
    """Somebody gave a held record up; why is in our journal."""
    _answer(record, work, ReceiptOutcome.DISCARDED, reason=GIVEN_UP)


def _answer(
    record: Record,
    work: Work,
    outcome: ReceiptOutcome,
    *,
    reason: str | None = None,
    reference: str | None = None,
) -> None:
    answered = RecordAnswered(
        receipt_id=record.place_id,
        force=force_of(record.topic),
        outcome=outcome,
        reason=reason,
        reference=reference,
        record_id=record_id(record.value, record.headers),
        partition=record.partition,
        offset=record.offset,
        answered_at=work.now,
        record_topic=record.topic,
    )
    receipt = work.state(RECEIPTS, record.place_id)
    work.append(RECEIPTS, record.place_id, *answer(receipt, answered), rule="R6")


def _said(answered: RecordAnswered) -> tuple[ReceiptOutcome, str | None]:
    return answered.outcome, answered.reason
