"""What the headers of a mail say, in words; each is cut before anything slow reads it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from email.errors import MessageError
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from typing import Final

from complaints_intake.mail.charsets import decoded

MAX_WORDS: Final = 4_000
"""Characters of a header that are read as words."""
MAX_SENDERS: Final = 1_000
"""The same of a sender's header."""
MAX_FOUND: Final = 100
"""Addresses, or Message-IDs, that are taken from a mail."""

_ADDRESS: Final = re.compile(r"(?<![^\s<>,;:\"()])[^\s<>,;:\"()@]+@[^\s<>,;:\"()@]+")
_MESSAGE_ID: Final = re.compile(r"<[^<>\s]{1,900}>")


def header(message: Message, name: str) -> str:
    """The first header of that name, on one line, its encoded words decoded."""
    return words(next(raw(message, name), ""))


def raw(message: Message, name: str) -> Iterator[str]:
    """Each header of that name, as it came."""
    return (str(value) for key, value in message.raw_items() if key.lower() == name)


def words(text: str) -> str:
    """One line, with encoded words decoded."""
    try:
        pieces = decode_header(text[:MAX_WORDS])
    except (MessageError, ValueError):  # encoded words that are not what they say
        return _one_line(text[:MAX_WORDS])
    return _one_line(
        "".join(
            piece
            if isinstance(piece, str)
            else decoded(piece, charset)[0]
            if charset
            else piece.decode("raw-unicode-escape", "replace")
            for piece, charset in pieces
        )
    )


def senders(message: Message, name: str) -> list[tuple[str, str]]:
    """Display name and address of each sender in the headers of that name."""
    found: list[tuple[str, str]] = []
    for line in raw(message, name):
        line = line[:MAX_SENDERS]
        given: list[tuple[str, str]] = []
        with suppress(RecursionError):  # hundreds of open brackets
            given = [(words(display), at) for display, at in getaddresses([line]) if "@" in at]
        found += given or [("", at) for at in _ADDRESS.findall(line)[:1]]
    return found


def addresses(message: Message, names: Iterable[str]) -> tuple[str, ...]:
    """Every address in the headers of those names, each once."""
    found = (at for name in names for line in raw(message, name) for at in _ADDRESS.findall(line))
    return tuple(dict.fromkeys(found))[:MAX_FOUND]


def message_ids(texts: Iterable[str]) -> tuple[str, ...]:
    """Every Message-ID in the texts, with its brackets, each once."""
    found = (name for text in texts for name in _MESSAGE_ID.findall(text))
    return tuple(dict.fromkeys(found))[:MAX_FOUND]


def moment(message: Message) -> datetime | None:
    """When the mail says that it was sent."""
    try:
        sent = parsedate_to_datetime(header(message, "date")[:100])
        return sent.astimezone(UTC) if sent.tzinfo else sent.replace(tzinfo=UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
