"""Records that no service can read, one of every kind that a sender has been seen to send."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import uuid4

from toy import received, record

from complaints_chassis.record import Record

Headers = tuple[tuple[bytes, bytes | None], ...]
BAD_UTF8: Final = b"\xff\xfe\xc3("


def with_value(change: Callable[[bytes], bytes | None]) -> Callable[[Record], Record]:
    return lambda good: replace(good, value=change(good.value or b""))


def with_data(**changes: Any) -> Callable[[Record], Record]:
    return with_value(lambda value: json.dumps({**json.loads(value), **changes}).encode())


def with_headers(change: Callable[[Headers], Headers]) -> Callable[[Record], Record]:
    return lambda good: replace(good, headers=change(good.headers))


def with_header(name: bytes, value: bytes | None) -> Callable[[Record], Record]:
    return with_headers(lambda given: (*(h for h in given if h[0] != name), (name, value)))


def without_field(name: str) -> Callable[[bytes], bytes]:
    return lambda value: json.dumps(
        {k: v for k, v in json.loads(value).items() if k != name}
    ).encode()


RUBBISH: Final[Mapping[str, Callable[[Record], Record]]] = {
    "not JSON": with_value(lambda _: b"<contact>hello</contact>"),
    "cut off": with_value(lambda value: value[:-9]),
    "not UTF-8": with_value(lambda value: value.replace(b"hello", BAD_UTF8)),
    "wrong type": with_data(words=5),
    "not an object": with_value(lambda _: b"[1, 2]"),
    "missing field": with_value(without_field("words")),
    "empty value": with_value(lambda _: b""),
    "null value": with_value(lambda _: None),
    "JSON null": with_value(lambda _: b"null"),
    "large body": with_value(lambda value: value.replace(b"hello", b"x" * 500_000)),
    "deep nesting": with_value(lambda v: v[:-1] + b',"a":' + b"[" * 50_000 + b"]" * 50_000 + b"}"),
    "NaN": with_value(lambda value: value[:-1] + b',"a":NaN}'),
    "lone surrogate": with_value(lambda value: value.replace(b"hello", rb"\ud800")),
    "NUL in text": with_value(lambda value: value.replace(b"hello", rb"\u0000")),
    "NUL byte": with_value(lambda value: value.replace(b"hello", b"\0")),
    "unknown version": with_header(b"ce_type", b"uk.police-complaints.contact.received.v9"),
    "another topic's type": with_header(b"ce_type", b"uk.police-complaints.notice.withheld.v1"),
    "no headers": with_headers(lambda _: ()),
    "header name not UTF-8": with_headers(lambda given: (*given, (BAD_UTF8, b"v"))),
    "header value not UTF-8": with_headers(lambda given: (*given, (b"name", BAD_UTF8))),
    "header without value": with_header(b"ce_time", None),
    "no sequence": with_header(b"ce_sequence", b""),
    "sequence 0": with_header(b"ce_sequence", b"0"),
    "huge sequence": with_header(b"ce_sequence", b"9" * 400),
    "id is no UUID": with_header(b"ce_id", b"17"),
    "time is none": with_header(b"ce_time", b"yesterday"),
    "no key": lambda good: replace(good, key=None),
    "another key": lambda good: replace(good, key=str(uuid4()).encode()),
    "key not UTF-8": lambda good: replace(good, key=BAD_UTF8),
    "fails in the handler": with_value(lambda value: value.replace(b"hello", b"raise")),
}


def rubbish(kind: str) -> Record:
    """A record of this kind, about a contact of its own."""
    return RUBBISH[kind](record(received(words="hello")))
