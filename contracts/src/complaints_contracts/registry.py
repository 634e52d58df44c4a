"""Every event type there is, by its name on the wire."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from complaints_contracts import cases, contacts, notices, ops, triage
from complaints_contracts.event import Event


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
    ops.OpsEvent,
)

EVENTS: Final[dict[str, type[Event]]] = {
    model.type: model for family in _FAMILIES for model in _concrete(family)
}
