"""The text of a mail that was written as RTF."""

from __future__ import annotations

from typing import Final

MAX_RTF: Final = 256 * 1024
"""Characters that are read: the library takes about a microsecond for each."""


def text_of_rtf(rtf: str) -> str:
    """What a reader sees; empty where it cannot be read."""
    from striprtf.striprtf import rtf_to_text  # seldom needed, and slow to load

    try:
        text = rtf_to_text(rtf[:MAX_RTF], errors="replace")  # type: ignore[no-untyped-call]
    except Exception:  # the library raises whatever it comes across
        return ""
    return str(text).strip()


def text_of_packed_rtf(packed: bytes) -> str:
    """The same of RTF as Outlook packs it (MS-OXRTFCP)."""
    from compressed_rtf import decompress

    try:
        rtf: bytes = decompress(packed)
    except Exception:  # the library raises whatever it comes across
        return ""
    return text_of_rtf(rtf.decode("cp1252", "replace"))
