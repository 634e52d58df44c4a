"""A contact that a force passes on (R6): what of it becomes a contact of ours."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid5

from complaints_contracts.codes import Channel, Unread
from complaints_contracts.forces import ContactRedirected, ForcePerson
from complaints_contracts.foreign import Foreign
from complaints_contracts.parts import FileRef
from complaints_intake.domain.contact import EARLIEST_MADE, Submission
from complaints_intake.domain.person import make_person
from complaints_intake.domain.reference import references_in
from complaints_intake.domain.text import beginning, clean, clean_line

FROM_FORCES: Final = UUID("0f2a4c58-7d1b-5e36-9c80-4b6d2e8f1a73")
"""The ids of contacts that forces pass on are made from their source and id, in this namespace."""

CHANNELS: Final = frozenset(
    {
        Channel.FORCE_101,
        Channel.FORCE_STATION,
        Channel.FORCE_DSE,
        Channel.FORCE_WEB,
        Channel.IOPC,
    }
)
"""How a contact can have reached a force (domain 4.1)."""

CLOCK_SKEW: Final = timedelta(minutes=5)
"""So much may a force's clock be ahead of ours."""


def contact_id(foreign: Foreign) -> UUID:
    """The same for the same record, however often it is sent."""
    return uuid5(FROM_FORCES, f"{foreign.source}\0{foreign.id}")


def made_at(foreign: Foreign, received_at: datetime) -> datetime | None:
    """When the contact was made to the force: the clocks run from there (domain 5.1, 8).

    None where that would be in the future, for nobody has to wait until somebody's clock is right,
    or too long ago to be meant.
    """
    made = _event(foreign).made_at or foreign.time
    if made < EARLIEST_MADE or made > received_at + CLOCK_SKEW:
        return None
    return min(made, received_at)


def submission(
    foreign: Foreign, received_at: datetime, prefix: str, new_id: Callable[[], UUID]
) -> tuple[Submission, bytes | None]:
    """What came in; and all the words, for a file, where the event cannot carry them.

    Args:
        received_at: when it reached us first, also if it could not be taken then.
        prefix: what our references begin with.
        new_id: mints the id of a person.
    """
    event = _event(foreign)
    words = clean(event.words)
    short = beginning(words)
    long = None if short == words else words.encode()
    return (
        Submission(
            channel=event.channel if event.channel in CHANNELS else Channel.OTHER,
            persons=tuple(
                make_person(person, new_id(), anonymous=event.anonymous)
                for person in event.persons or (ForcePerson(),)
            ),
            title=clean_line(event.title or "") or None,
            words=short,
            words_file=_file(long) if long else None,
            received_at=received_at,
            made_at=made_at(foreign, received_at),
            anonymous=event.anonymous,
            mentions=_mentions(event, prefix),
            unread=None if words else Unread.EMPTY,
            force=foreign.force,
            force_reference=clean_line(event.force_reference or "") or None,
        ),
        long,
    )


def _event(foreign: Foreign) -> ContactRedirected:
    assert isinstance(foreign.event, ContactRedirected), "its topic carries nothing else"
    return foreign.event


def _mentions(event: ContactRedirected, prefix: str) -> tuple[str, ...]:
    return references_in(prefix, f"{event.title or ''}\n{event.words}")


def _file(words: bytes) -> FileRef:
    digest = hashlib.sha256(words).hexdigest()
    return FileRef(sha256=digest, name="words.txt", media_type="text/plain", size=len(words))
