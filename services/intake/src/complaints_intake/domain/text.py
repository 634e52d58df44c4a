"""What people typed, as it can be kept: nothing is lost but what no system could store."""

from __future__ import annotations

import re
from typing import Final

MAX_WORDS_BYTES: Final = 64 * 1024
"""Longer words travel as a file (architecture 1); this much of them stays in the event."""

_LINE_ENDS: Final = re.compile(r"\r\n?|\x85|\u2028|\u2029")
_UNSTORABLE: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f\ud800-\udfff]")
_REPLACEMENT: Final = "\ufffd"


def clean(text: str) -> str:
    """Lines end in LF; NUL, other control characters and lone surrogates become U+FFFD."""
    return _UNSTORABLE.sub(_REPLACEMENT, _LINE_ENDS.sub("\n", text)).strip()


def clean_line(text: str) -> str:
    """One line of text: a name, an address for mail, the name of a file."""
    return " ".join(clean(text).split())


def beginning(words: str) -> str:
    """As much of `words` as an event carries, cut between two characters."""
    return words.encode()[:MAX_WORDS_BYTES].decode(errors="ignore")
