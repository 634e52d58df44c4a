"""Whether messages are what the contracts say, and exactly where they are not. Needs pydantic only.

A message is a CloudEvent in structured mode; or what `kcat -C -J` prints of a record; or an object
with `headers` and `value`. A file holds one of them, or one on each line.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic_core import from_json, to_json

from complaints_contracts.envelope import Unreadable, decode, encode, read_json, read_model
from complaints_contracts.event import TYPE_PREFIX, Event
from complaints_contracts.examples import Example
from complaints_contracts.forces import FORCE_CONTACTS
from complaints_contracts.foreign import decode_foreign
from complaints_contracts.registry import EVENTS, FROM_FORCES

SHAPES: Final = (
    "it is no message: give a CloudEvent in structured mode (with specversion), a line of"
    " `kcat -C -J`, or an object with headers and value"
)
FORCE_SOURCE: Final = "/force/"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of one message; `wrong` is empty where it is as it should be."""

    place: str
    type: str
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class _Record:
    headers: Mapping[str, str]
    value: bytes
    key: bytes | None = None
    topic: str | None = None


def validate(text: bytes, event_type: str | None = None) -> Iterator[Verdict]:
    """What is found of each message of a file; with `event_type` they are events without
    anything around them."""
    for place, raw in _messages(text):
        told = event_type or ""
        try:
            if event_type:
                read_model(_model(event_type), _storable(raw))
            else:
                record = _record(read_json(raw))
                told = record.headers.get("ce_type", "")
                _read(record)
        except Unreadable as error:
            yield Verdict(place, _short(told), str(error))
        else:
            yield Verdict(place, _short(told))


def structured(example: Example) -> bytes:
    """An archived message as one line: a CloudEvent in structured mode."""
    headers = {name.decode(): value.decode() for name, value in example.headers}
    data = json.loads(example.value)
    if "ce_type" not in headers:
        return encode(data)
    attributes = {
        name.removeprefix("ce_"): value
        for name, value in headers.items()
        if name.startswith("ce_") or name == "traceparent"
    }
    return encode({**attributes, "datacontenttype": "application/json", "data": data})


def _messages(text: bytes) -> Iterator[tuple[str, bytes]]:
    """The whole file where it is one JSON value, or else its lines."""
    try:
        from_json(text)
    except ValueError:
        for number, line in enumerate(text.splitlines(), start=1):
            if line.strip():
                yield f"line {number}", line
    else:
        yield "message", text


def _record(found: Any) -> _Record:
    """The record that a message stands for.

    Raises:
        Unreadable: it stands for none.
    """
    match found:
        case {"specversion": _, **rest}:
            attributes = {name: value for name, value in rest.items() if name != "data"}
            headers = {f"ce_{name}": str(value) for name, value in attributes.items()}
            headers["ce_specversion"] = str(found["specversion"])
            if "data" not in rest:
                raise Unreadable("missing attributes: data")
            return _Record(headers, to_json(rest["data"]))
        case {"payload": str(payload), "topic": str(topic), "headers": list(pairs)}:
            texts = [str(one) for one in pairs]
            headers = dict(zip(texts[::2], texts[1::2], strict=False))
            key = found.get("key")
            return _Record(headers, payload.encode(), str(key).encode(), topic)
        case {"headers": dict(headers), "value": value}:
            told = {str(name): str(text) for name, text in headers.items()}
            key, topic = found.get("key"), found.get("topic")
            given = value.encode() if isinstance(value, str) else to_json(value)
            return _Record(told, given, str(key).encode() if key else None, topic)
    raise Unreadable(SHAPES)


def _read(record: _Record) -> None:
    headers = [(name.encode(), text.encode()) for name, text in record.headers.items()]
    name, source = record.headers.get("ce_type", ""), record.headers.get("ce_source", "")
    in_value = record.headers.get("content-type", "").startswith("application/cloudevents")
    if in_value and isinstance(whole := read_json(record.value), dict):
        source, name = str(whole.get("source")), str(whole.get("type"))
    if name in FROM_FORCES or in_value or source.startswith(FORCE_SOURCE):
        force = source.removeprefix(FORCE_SOURCE).partition("/")[0]
        topic = FROM_FORCES[name].topic if name in FROM_FORCES else FORCE_CONTACTS
        decode_foreign(record.value, headers, record.topic or topic.format(force=force))
        return
    key, place = record.key, record.topic
    if name in EVENTS and (key is None or place is None):
        read_json(record.value)
        event = read_model(EVENTS[name], record.value)
        key, place = key or event.stream.encode(), place or event.topic_name
    decode(key, record.value, headers, place or "")


def _model(event_type: str) -> type[Event] | Any:
    known = EVENTS | FROM_FORCES
    found = known.get(event_type) or known.get(f"{TYPE_PREFIX}.{event_type}")
    if found is None:
        raise Unreadable(f"there is no type {_short(event_type)}")
    return found


def _storable(raw: bytes) -> bytes:
    read_json(raw)
    return raw


def _short(event_type: str) -> str:
    return event_type.removeprefix(f"{TYPE_PREFIX}.")
