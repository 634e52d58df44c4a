"""The send ledger's rules: what a reply means, when to try again, when to stop (reliability 2.6).

An entry goes queued → sending → accepted, refused, or queued again; and uncertain where the
server's last answer was lost, so that nobody knows whether it took the mail.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NamedTuple

RETRY_AFTER: Final = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=5),
    timedelta(minutes=15),
)
"""Between attempts; the last for every further one. We hand to our own mail server, not to the
recipient's, so it is shorter than RFC 5321 4.5.4.1 asks for."""
GIVE_UP_AFTER: Final = timedelta(hours=72)
DELAYED_AFTER: Final = timedelta(hours=4)
"""When a mail that is still tried becomes a task for a person."""
LOST_AGAIN_AFTER: Final = timedelta(minutes=10)
"""Longer than any connection of ours lives, so that two leaders never send the same at once."""
MAX_LOST: Final = 2
"""So many lost answers and a person must look: one extra copy is the most anybody gets."""
MAILBOX_FULL: Final = "5.2.2"
"""An enhanced code: permanent by its number, but the one that passes (reliability 2.6)."""
MAX_PER_HOUR: Final = 3
MAX_PER_DAY: Final = 10
"""Automatic mails to one address; the last line against loops (reliability 2.4)."""
MAX_STEPS_PER_DAY: Final = 20
"""Letters about steps to one address. No mail brings one about, so they are no loop, and a case can
take several steps within an hour: so many in a day are a fault of ours."""


class MailState(StrEnum):
    """Where an entry stands."""

    QUEUED = "queued"
    SENDING = "sending"
    UNCERTAIN = "uncertain"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    WITHHELD = "withheld"


class ReplyKind(StrEnum):
    """What came back."""

    ACCEPTED = "accepted"
    LATER = "later"
    """This mail cannot be taken now."""
    AWAY = "away"
    """No mail can be taken now: the server is away, or does not let us in."""
    REFUSED = "refused"
    LOST = "lost"
    """The connection ended after the mail's last byte, before its answer."""


class Reply(NamedTuple):
    """What came back, and the SMTP code if there was one."""

    kind: ReplyKind
    code: int | None = None


class Result(StrEnum):
    """What a reply settles."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    AGAIN = "again"


@dataclass(frozen=True)
class Entry:
    """One mail under way: its attempts, this one included, and how many answers were lost."""

    attempts: int
    lost: int
    since: datetime


def settles(entry: Entry, reply: Reply, now: datetime) -> Result:
    """Whether the mail is done with, one way or the other."""
    if reply.kind is ReplyKind.ACCEPTED:
        return Result.ACCEPTED
    if reply.kind is ReplyKind.REFUSED or now - entry.since >= GIVE_UP_AFTER:
        return Result.REFUSED
    if reply.kind is ReplyKind.LOST and entry.lost + 1 >= MAX_LOST:
        return Result.REFUSED
    return Result.AGAIN


def next_state(entry: Entry, reply: Reply, now: datetime) -> tuple[MailState, datetime]:
    """The entry's next state, and when it is due again if it is."""
    match settles(entry, reply, now):
        case Result.ACCEPTED:
            return MailState.ACCEPTED, now
        case Result.REFUSED:
            return MailState.REFUSED, now
        case Result.AGAIN if reply.kind is ReplyKind.LOST:
            return MailState.UNCERTAIN, now + LOST_AGAIN_AFTER
        case _:
            return MailState.QUEUED, now + RETRY_AFTER[min(entry.attempts, len(RETRY_AFTER)) - 1]


def is_delayed(entry: Entry, now: datetime) -> bool:
    """Whether it has been tried for so long that a person should look."""
    return now - entry.since >= DELAYED_AFTER


def is_too_many(last_hour: int, last_day: int, *, is_step: bool = False) -> bool:
    """Whether one more mail of its kind to an address would be over the caps."""
    if is_step:
        return last_day >= MAX_STEPS_PER_DAY
    return last_hour >= MAX_PER_HOUR or last_day >= MAX_PER_DAY
