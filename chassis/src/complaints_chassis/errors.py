"""What can go wrong, as a tree.

ChassisError
├── Transient          something we depend on is away; the same work can succeed later
├── Conflict           somebody else was faster; decide again
├── Refused            a command the rules do not allow; says which rule, and what to do
│   ├── Stale          the page was made before something that concerns the command happened
│   └── KeyReused      an Idempotency-Key came back with another request
├── Unacceptable       a record from outside that a handler does not take; its sender is told why
└── TooLarge           an event over the size that topics carry
"""

from __future__ import annotations

from collections.abc import Sequence

from complaints_contracts.codes import HeldKind


class ChassisError(Exception):
    """The root."""


class Transient(ChassisError):
    """Something we depend on (the database, the broker) is away: try again later."""


class Conflict(ChassisError):
    """A stream moved on since it was read: read and decide again."""


class Refused(ChassisError):
    """A command the rules do not allow. The text is for the person who gave it."""

    def __init__(self, rule: str, text: str) -> None:
        super().__init__(text)
        self.rule = rule


class Stale(Refused):
    """What happened since the sender last looked concerns the command; `events` names it."""

    def __init__(self, events: Sequence[str]) -> None:
        super().__init__(
            "If-Match",
            "This changed since you opened it. Look at what is new, then send yours again.",
        )
        self.events = tuple(events)


class KeyReused(Refused):
    """The same Idempotency-Key with another request."""

    def __init__(self) -> None:
        super().__init__(
            "Idempotency-Key",
            "This Idempotency-Key was used for another request. Send the request with a new key.",
        )


class Unacceptable(ChassisError):
    """A record from outside that a handler does not take; the text is for its sender.

    `about` is the id of the stream it speaks of, where there is one.
    """

    def __init__(self, text: str, kind: HeldKind, about: str | None = None) -> None:
        super().__init__(text)
        self.kind = kind
        self.about = about


class TooLarge(ChassisError):
    """An event over 256 KiB: put long text and files into the files store instead."""
