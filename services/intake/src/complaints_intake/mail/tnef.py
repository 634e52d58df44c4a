"""winmail.dat: what Outlook packs a mail into for other Outlooks (MS-OXTNEF)."""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tnefparse import TNEF

SIGNATURE: Final = b"\x78\x9f\x3e\x22"
MAX_OBJECTS: Final = 2_000
"""The library copies the rest of the data for each object."""
MAX_DEPTH: Final = 3
"""Of mails in mails."""
MAX_PACKED_RTF: Final = 64 * 1024

_OBJECT: Final = Struct("<BHHL")


def unpacked(data: bytes) -> tuple[str, str, list[tuple[str, bytes]]] | None:
    """The words as text or else as HTML, and the files by name; None where it is broken."""
    if _objects(data) > MAX_OBJECTS:
        return None
    from tnefparse import TNEF  # seldom needed, and slow to load

    try:
        found = TNEF(data, do_checksum=False)
        return *_words(found), _files(found, 0)
    except Exception:  # the library raises whatever it comes across
        return None


def _objects(data: bytes) -> int:
    """How many objects follow one another, as far as it matters."""
    at, count = 6, 0
    while at + _OBJECT.size < len(data) and count <= MAX_OBJECTS:
        at += _OBJECT.unpack_from(data, at)[3] + 11
        count += 1
    return count


def _words(found: TNEF) -> tuple[str, str]:
    if body := _text(found.body):
        return body, ""
    if html := _text(found.htmlbody):
        return "", html
    if found._rtfbody and len(found._rtfbody) <= MAX_PACKED_RTF:
        from complaints_intake.mail.rtf import text_of_rtf

        return text_of_rtf(found.rtfbody.decode("cp1252", "replace")), ""
    return "", ""


def _files(found: TNEF, depth: int) -> list[tuple[str, bytes]]:
    files: list[tuple[str, bytes]] = []
    for attachment in found.attachments:
        name = _text(attachment.long_filename()) or "attachment"
        inner = getattr(attachment, "embed", None)
        if inner and depth < MAX_DEPTH:  # a mail in the mail
            plain, html = _words(inner)
            files.append((f"{name}.html" if html else f"{name}.txt", (plain or html).encode()))
            files += _files(inner, depth + 1)
        elif attachment.data:
            files.append((name, bytes(attachment.data)))
    return files


def _text(value: object) -> str:
    if isinstance(value, bytes):
        value = value.decode("cp1252", "replace")
    return value.strip("\0 \r\n") if isinstance(value, str) else ""
