"""winmail.dat: what Outlook packs a mail into for other Outlooks (MS-OXTNEF, MS-OXCDATA 2.11).

Read here, as the library that could goes round for ever in a package that counts wrongly.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from struct import Struct, error
from typing import Final

from complaints_intake.mail.charsets import decoded

SIGNATURE: Final = b"\x78\x9f\x3e\x22"
MAX_ATTRIBUTES: Final = 2_000
MAX_DEPTH: Final = 3
"""Of mails in mails."""
MAX_PACKED_RTF: Final = 64 * 1024

_ATTRIBUTE: Final = Struct("<BHHL")
_PROPERTY: Final = Struct("<HH")
_LONG: Final = Struct("<L")

_BODY, _DATA, _TITLE, _NEXT_FILE = 0x800C, 0x800F, 0x8010, 0x9002
_OF_MAIL, _OF_FILE, _CODEPAGE = 0x9003, 0x9005, 0x9007
"""The attributes that are read; two of them hold properties."""

_TEXT, _RTF, _HTML, _CONTENT = 0x1000, 0x1009, 0x1013, 0x3701
_NAMES: Final = (0x3707, 0x3704, 0x3001)
"""Of a file: the long name, the short one, the one that is shown."""
_FIRST_NAMED: Final = 0x8000
_SEVERAL: Final = 0x1000
_SIZES: Final = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 0xA: 4, 0xB: 4, 0x14: 8, 0x40: 8, 0x48: 16}
"""Bytes of a value, of the kinds that always have as many."""
_UNICODE: Final = 0x1F
_VARIABLE: Final = frozenset({0xD, 0x1E, _UNICODE, 0x102})
_MAIL: Final = bytes.fromhex("0703020000000000c000000000000046")
_DOCUMENT: Final = bytes.fromhex("0b00000000000000c000000000000046")
"""What comes before a file that is a mail packed in the same way, or a document of OLE."""


@dataclass
class Package:
    """What is in it: its words as text or else as HTML, and its files by name."""

    plain: str = ""
    html: str = ""
    files: list[tuple[str, bytes]] = field(default_factory=list)


class _Properties(dict[int, bytes | str]):
    def text(self, *names: int) -> str:
        """The first of the properties that has words."""
        return next((text for name in names if (text := _words(self.get(name, "")))), "")

    def content(self, name: int) -> bytes:
        """A property of bytes."""
        value = self.get(name, b"")
        return value if isinstance(value, bytes) else b""


def unpacked(data: bytes, depth: int = 0) -> Package | None:
    """What is in a winmail.dat; None where it is broken."""
    try:
        return _unpacked(data, depth)
    except (error, ValueError):
        return None


def _unpacked(data: bytes, depth: int) -> Package:
    found = Package()
    charset = ""
    at = 6
    for _ in range(MAX_ATTRIBUTES):
        if at + _ATTRIBUTE.size > len(data):
            return found
        _, name, _, size = _ATTRIBUTE.unpack_from(data, at)
        at += _ATTRIBUTE.size
        content = _piece(data, at, size)
        at += size + 2  # a checksum
        if name == _CODEPAGE:
            charset = f"cp{_LONG.unpack_from(content)[0]}"
        elif name == _BODY:
            found.plain = _words(content, charset)
        elif name == _OF_MAIL:
            _take_words(found, _properties(content, charset))
        elif name == _NEXT_FILE:
            found.files.append(("attachment", b""))
        elif name == _TITLE and found.files:
            found.files[-1] = (_words(content, charset), found.files[-1][1])
        elif name == _DATA and found.files:
            found.files[-1] = (found.files[-1][0], content)
        elif name == _OF_FILE and found.files:
            _take_file(found, _properties(content, charset), depth)
    raise ValueError("it has too many attributes")


def _take_words(found: Package, properties: _Properties) -> None:
    found.plain = found.plain or properties.text(_TEXT)
    found.html = found.html or properties.text(_HTML)
    packed = properties.content(_RTF)
    if packed and len(packed) <= MAX_PACKED_RTF and not found.plain and not found.html:
        from complaints_intake.mail.rtf import text_of_packed_rtf

        found.plain = text_of_packed_rtf(packed)


def _take_file(found: Package, properties: _Properties, depth: int) -> None:
    """What the properties say of the last file; a mail is unpacked in its turn."""
    name, content = found.files[-1]
    name = properties.text(*_NAMES) or name
    content = (properties.content(_CONTENT) or content).removeprefix(_DOCUMENT)
    found.files[-1] = (name, content)
    mail = unpacked(content[len(_MAIL) :], depth + 1) if content.startswith(_MAIL) else None
    if mail and depth < MAX_DEPTH and (words := mail.plain or mail.html):
        ending = "txt" if mail.plain else "html"
        found.files[-1:] = [(f"{name}.{ending}", words.encode()), *mail.files]


def _properties(data: bytes, charset: str) -> _Properties:
    """The first value of each, as text where it is one of Unicode."""
    found = _Properties()
    at = _LONG.size
    for _ in range(_count(data, 0)):
        kind, name = _PROPERTY.unpack_from(data, at)
        at += _PROPERTY.size
        if name >= _FIRST_NAMED:
            at += 16 + _LONG.size  # whose name it is, and of what kind
            by_number = _LONG.unpack_from(data, at - _LONG.size)[0] == 0
            at += _LONG.size if by_number else _LONG.size + _padded(_count(data, at, 1))
        several, kind = kind & _SEVERAL, kind & ~_SEVERAL
        values = 1
        if several or kind in _VARIABLE:
            values = _count(data, at)
            at += _LONG.size
        for _ in range(values):
            size = _SIZES.get(kind)
            if kind in _VARIABLE:
                size = _count(data, at, 1)
                at += _LONG.size
            if size is None:
                raise ValueError("a value is of no kind that there is")
            value = _piece(data, at, size)
            at += _padded(size)
            if kind == _UNICODE:
                found.setdefault(name, value.decode("utf-16-le", "replace"))
            elif kind == 0x1E:
                found.setdefault(name, _words(value, charset))
            else:
                found.setdefault(name, value)
    return found


def _count(data: bytes, at: int, each: int = 4) -> int:
    """A number of things that are yet to come, each of at least so many bytes.

    Raises:
        ValueError: there is no room for so many.
    """
    count: int = _LONG.unpack_from(data, at)[0]
    if count * each > len(data) - at:
        raise ValueError("it counts wrongly")
    return count


def _piece(data: bytes, at: int, size: int) -> bytes:
    piece = data[at : at + size]
    if len(piece) < size:
        raise ValueError("it ends before it should")
    return piece


def _padded(size: int) -> int:
    return size + -size % 4


def _words(value: bytes | str, charset: str = "") -> str:
    text = decoded(value, charset)[0] if isinstance(value, bytes) else value
    return text.replace("\r\n", "\n").strip("\0 \n")
