"""What people typed, as it can be kept: nothing is lost but what no system could store."""

from __future__ import annotations

import re
from typing import Final

MAX_WORDS_BYTES: Final = 64 * 1024
"""Longer words travel as a file (architecture 1); this much of them stays in the event."""

_LINE_ENDS: Final = re.compile(r"\r\n?|\x85|\u2028|\u2029")
_UNSTORABLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\ud800-\udfff]")
_REPLACEMENT: Final = "\ufffd"
_TURNS: Final = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
"""They turn the direction of what follows, so that it reads as something else."""


def clean(text: str) -> str:
    """Lines end in LF; NUL, other control characters and lone surrogates become U+FFFD.

    Characters that turn the direction of writing are shown as their code, like [U+202E].
    """
    shown = _TURNS.sub(lambda found: f"[U+{ord(found[0]):04X}]", text)
    return _UNSTORABLE.sub(_REPLACEMENT, _LINE_ENDS.sub("\n", shown)).strip()


def clean_line(text: str) -> str:
    """One line of text: a name, an address for mail, the name of a file."""
    return " ".join(clean(text).split())


def beginning(words: str, most: int = MAX_WORDS_BYTES) -> str:
    """As much of `words` as an event carries, in bytes, cut between two characters."""
    return words.encode()[:most].decode(errors="ignore")
