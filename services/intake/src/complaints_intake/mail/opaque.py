"""S/MIME in one piece (RFC 8551 3.5): what was signed can be read, what was encrypted cannot.

Nothing is verified: the content is taken out from around its signature, as BER encodes it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple

_SIGNED: Final = bytes.fromhex("2a864886f70d010702")
_ENCRYPTED: Final = frozenset(
    {bytes.fromhex("2a864886f70d010703"), bytes.fromhex("2a864886f70d0109100117")}
)
_SEQUENCE, _SET, _EXPLICIT, _INTEGER, _OID, _OCTETS, _MANY_OCTETS = 48, 49, 160, 2, 6, 4, 36
MAX_PIECES: Final = 100_000


class Opaque(StrEnum):
    """What the outside says is inside."""

    SIGNED = "SIGNED"
    ENCRYPTED = "ENCRYPTED"
    UNKNOWN = "UNKNOWN"


class _Element(NamedTuple):
    tag: int
    start: int
    end: int | None
    """None where the length is not given, and two NULs end it."""


def opened(data: bytes) -> tuple[Opaque, bytes]:
    """What it is, and the content where it was only signed."""
    try:
        return _opened(data)
    except IndexError:
        return Opaque.UNKNOWN, b""


def _opened(data: bytes) -> tuple[Opaque, bytes]:
    at = _enter(data, 0, _SEQUENCE)
    kind, at = _value(data, at, _OID)
    if kind in _ENCRYPTED:
        return Opaque.ENCRYPTED, b""
    if kind != _SIGNED:
        return Opaque.UNKNOWN, b""
    at = _enter(data, _enter(data, at, _EXPLICIT), _SEQUENCE)
    _, at = _value(data, at, _INTEGER)
    at = _skip(data, at, 0)  # the digest algorithms
    at = _enter(data, at, _SEQUENCE)
    _, at = _value(data, at, _OID)
    return Opaque.SIGNED, _octets(data, _enter(data, at, _EXPLICIT))


def _element(data: bytes, at: int) -> _Element:
    tag, length, at = data[at], data[at + 1], at + 2
    if length == 0x80:
        return _Element(tag, at, None)
    if length > 0x80:
        size = length - 0x80
        length, at = int.from_bytes(data[at : at + size], "big"), at + size
    if at + length > len(data):
        raise IndexError("it ends before it should")
    return _Element(tag, at, at + length)


def _enter(data: bytes, at: int, tag: int) -> int:
    element = _element(data, at)
    if element.tag != tag:
        raise IndexError("this is something else")
    return element.start


def _value(data: bytes, at: int, tag: int) -> tuple[bytes, int]:
    element = _element(data, at)
    if element.tag != tag or element.end is None:
        raise IndexError("this is something else")
    return data[element.start : element.end], element.end


def _skip(data: bytes, at: int, depth: int) -> int:
    element = _element(data, at)
    if element.end is not None:
        return element.end
    if depth > 10:
        raise IndexError("it is too deep")
    at = element.start
    for _ in range(MAX_PIECES):
        if data[at : at + 2] == b"\0\0":
            return at + 2
        at = _skip(data, at, depth + 1)
    raise IndexError("it has too many pieces")


def _octets(data: bytes, at: int) -> bytes:
    """An octet string, in one piece or in many."""
    element = _element(data, at)
    if element.tag == _OCTETS and element.end is not None:
        return data[element.start : element.end]
    if element.tag != _MANY_OCTETS:
        raise IndexError("this is something else")
    pieces, at = [], element.start
    while at != element.end and data[at : at + 2] != b"\0\0":
        piece, at = _value(data, at, _OCTETS)
        pieces.append(piece)
    return b"".join(pieces)
