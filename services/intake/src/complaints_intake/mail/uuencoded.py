"""Files that old programs write into the text of a mail."""

from __future__ import annotations

import re
from binascii import Error, a2b_uu
from typing import Final

MAX_FILES: Final = 100
_BEGIN: Final = re.compile(r"begin [0-7]{3,4} (\S.{0,250})")


def uudecoded(text: str) -> tuple[str, list[tuple[str, bytes]]]:
    """The text with a word in each file's place, and the files by name.

    What only looks like a file stays text.
    """
    files: list[tuple[str, bytes]] = []
    kept: list[str] = []
    lines = text.split("\n")
    at = 0
    while at < len(lines):
        begin = _BEGIN.fullmatch(lines[at].rstrip("\r"))
        found = _file(lines, at + 1) if begin and len(files) < MAX_FILES else None
        if begin and found:
            content, at = found
            files.append((begin[1].strip(), content))
            kept.append(f"[file: {begin[1].strip()}]")
        else:
            kept.append(lines[at])
            at += 1
    return "\n".join(kept), files


def _file(lines: list[str], at: int) -> tuple[bytes, int] | None:
    """The file that begins there, and the line after it."""
    pieces: list[bytes] = []
    for n in range(at, len(lines)):
        line = lines[n].rstrip("\r")
        if line.strip() == "end" and pieces:
            return b"".join(pieces), n + 1
        try:
            pieces.append(a2b_uu(line))
        except (Error, ValueError):
            return None
    return None
