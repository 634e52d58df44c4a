"""Every event type there is, by its name on the wire."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from complaints_contracts import cases, contacts, notices, ops, reviews, triage
from complaints_contracts.event import Event
from complaints_contracts.forces import ContactRedirected, RecordAnswered


def _concrete(base: type[Event]) -> Iterator[type[Event]]:
    for model in base.__subclasses__():
        if "type" in vars(model):
            yield model
        yield from _concrete(model)


_FAMILIES: Final = (
    contacts.ContactEvent,
    triage.TriageEvent,
    cases.CaseEvent,
    notices.NoticeEvent,
    reviews.ReviewEvent,
    ops.OpsEvent,
)

EVENTS: Final[dict[str, type[Event]]] = {
    model.type: model for family in _FAMILIES for model in _concrete(family)
} | {RecordAnswered.type: RecordAnswered}

FROM_FORCES: Final[dict[str, type[ContactRedirected]]] = {ContactRedirected.type: ContactRedirected}
"""What forces send, by its name on the wire."""
