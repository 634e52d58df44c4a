"""Files that people send: what they are, by their content, and where they are kept."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

import filetype

from complaints_chassis.service import Running
from complaints_contracts.parts import FileRef
from complaints_intake.domain.text import MAX_WORDS_BYTES, beginning, clean_line
from complaints_intake.repository import note_upload

MAX_FILE_BYTES: Final = 25_000_000
MAX_FILES: Final = 20
"""Both from S18."""
MAX_NAME: Final = 200
KEPT: Final = timedelta(hours=25)
"""A file that no contact has named by then is deleted; a little longer than a form is kept."""

UNKNOWN: Final = "application/octet-stream"
"""What is kept because it came by mail, and never opened by us."""

ACCEPTED: Final = frozenset(
    {
        *("image/jpeg", "image/png", "image/gif", "image/webp", "image/heic", "image/avif"),
        *("image/tiff", "image/bmp"),
        *("audio/mpeg", "audio/mp4", "audio/aac", "audio/ogg", "audio/x-flac", "audio/x-wav"),
        *("audio/amr", "video/mp4", "video/x-m4v", "video/quicktime", "video/webm"),
        *("video/x-matroska", "video/x-msvideo", "video/x-ms-wmv", "video/mpeg", "video/3gpp"),
        *("application/pdf", "application/rtf", "application/msword"),
        *("application/vnd.ms-excel", "application/vnd.ms-powerpoint"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.oasis.opendocument.text",
        "application/vnd.oasis.opendocument.spreadsheet",
        "application/vnd.oasis.opendocument.presentation",
        "text/plain",
    }
)
"""What the form and the API take; programs, archives and web pages are not among it (S18)."""

_CONTROL: Final = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_MARKUP: Final = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<[!?a-z]", re.IGNORECASE)


def media_type(data: bytes) -> str:
    """What the bytes are, whatever the file is called: one of `ACCEPTED`, or `UNKNOWN`."""
    found = filetype.guess_mime(data)
    if found is None:
        start = data[:8192]
        found = UNKNOWN if _CONTROL.search(start) or _MARKUP.match(start) else "text/plain"
    return found if found in ACCEPTED else UNKNOWN


async def keep(run: Running, name: str, data: bytes, kind: str | None = None) -> FileRef:
    """Puts a file into the store, on disk before it returns; a contact may name it for a day.

    `kind` is its media type where we know it better than its bytes can say.
    """
    digest = hashlib.sha256(data).hexdigest()
    await note_upload(run.engine, digest, run.clock.now() + KEPT)
    await asyncio.to_thread(run.files.put, data)
    short = clean_line(name)[-MAX_NAME:] or "file"
    return FileRef(sha256=digest, name=short, media_type=kind or media_type(data), size=len(data))


async def keep_on(run: Running, files: Iterable[FileRef]) -> None:
    """Keeps files for another day, for the contact that may still name them."""
    for file in files:
        await note_upload(run.engine, file.sha256, run.clock.now() + KEPT)


async def keep_words(
    run: Running, words: str, room: int = MAX_WORDS_BYTES
) -> tuple[str, FileRef | None]:
    """What of the words goes into the event, and the file that holds all where they are long.

    `room` is what the event has for them, in bytes.
    """
    short = beginning(words, room)
    if short == words:
        return words, None
    return short, await keep(run, "words.txt", words.encode(), "text/plain")
