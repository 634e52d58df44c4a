"""Every event type there is, by its name on the wire."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeVar

from complaints_contracts import allegations, cases, contacts, notices, ops, reviews, triage
from complaints_contracts.event import Event, Model
from complaints_contracts.forces import ForceRecord, RecordAnswered, TransferEvent

M = TypeVar("M", bound=Model)


def _concrete(base: type[M]) -> Iterator[type[M]]:
    for model in base.__subclasses__():
        if "type" in vars(model):
            yield model
        yield from _concrete(model)


_FAMILIES: Final = (
    contacts.ContactEvent,
    triage.TriageEvent,
    cases.CaseEvent,
    allegations.AllegationEvent,
    notices.NoticeEvent,
    reviews.ReviewEvent,
    ops.OpsEvent,
    TransferEvent,
)

EVENTS: Final[dict[str, type[Event]]] = {
    model.type: model for family in _FAMILIES for model in _concrete(family)
} | {RecordAnswered.type: RecordAnswered}

FROM_FORCES: Final[dict[str, type[ForceRecord]]] = {
    model.type: model for model in _concrete(ForceRecord)
}
"""What forces send, by its name on the wire."""
