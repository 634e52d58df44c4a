"""Files that old programs write into the text of a mail."""

from __future__ import annotations

import re
from binascii import Error, a2b_uu
from typing import Final

MAX_FILES: Final = 100
_BEGIN: Final = re.compile(rb"begin [0-7]{3,4} (\S.{0,250})")


def uudecoded(text: bytes) -> tuple[bytes, list[tuple[bytes, bytes]]]:
    """The text with a word in each file's place, and the files by name.

    What only looks like a file stays text.
    """
    files: list[tuple[bytes, bytes]] = []
    kept: list[bytes] = []
    lines = text.split(b"\n")
    at = 0
    while at < len(lines):
        begin = _BEGIN.fullmatch(lines[at].rstrip(b"\r"))
        found = _file(lines, at + 1) if begin and len(files) < MAX_FILES else None
        if begin and found:
            content, at = found
            files.append((begin[1].strip(), content))
            kept.append(b"[file: %s]" % begin[1].strip())
        else:
            kept.append(lines[at])
            at += 1
    return b"\n".join(kept), files


def _file(lines: list[bytes], at: int) -> tuple[bytes, int] | None:
    """The file that begins there, and the line after it."""
    pieces: list[bytes] = []
    for n in range(at, len(lines)):
        line = lines[n].rstrip(b"\r")
        if line.strip() == b"end" and pieces:
            return b"".join(pieces), n + 1
        try:
            pieces.append(a2b_uu(line))
        except (Error, ValueError):
            return None
    return None
