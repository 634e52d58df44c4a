"""Archives that nobody may open unasked: judged by their list of contents, never unpacked (S18)."""

from __future__ import annotations

from struct import Struct, error
from typing import Final

MAX_ENTRIES: Final = 1_000
MAX_UNPACKED: Final = 100_000_000
"""Bytes that an archive may say it holds."""

_END: Final = Struct("<4s4H2LH")
_ENTRY: Final = Struct("<4s6H3L5H2L")
_LONGEST_END: Final = _END.size + 65_535
_ENCRYPTED: Final = 0x0001


def is_unsafe(content: bytes, name: str) -> bool:
    """Whether this is a ZIP archive that is encrypted, a bomb, or not to be made out.

    Documents of office programs are ZIP archives too.
    """
    if not (content.startswith(b"PK\x03\x04") or name.lower().endswith(".zip")):
        return False
    try:
        return _has_unsafe_list(content)
    except error:
        return True


def _has_unsafe_list(content: bytes) -> bool:
    """APPNOTE 4.3.16 and 4.3.12: the end record, and the list it points to."""
    end = content.rfind(b"PK\x05\x06", max(0, len(content) - _LONGEST_END))
    if end < 0:
        return True
    _, _, _, _, entries, size, _, _ = _END.unpack_from(content, end)
    at = end - size
    if entries > MAX_ENTRIES or at < 0:
        return True
    unpacked = 0
    for _ in range(entries):
        found = _ENTRY.unpack_from(content, at)
        flags, name, extra, comment = found[3], found[10], found[11], found[12]
        unpacked += found[9]
        if found[0] != b"PK\x01\x02" or flags & _ENCRYPTED or unpacked > MAX_UNPACKED:
            return True
        at += _ENTRY.size + name + extra + comment
    return bool(at != end)
