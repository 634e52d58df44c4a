"""CloudEvents 1.0 in Kafka's binary mode: attributes in headers, the event's JSON as the value."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, TypeVar
from uuid import UUID

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from complaints_contracts.event import Event, Instant, Model
from complaints_contracts.registry import EVENTS

CONTENT_TYPE: Final = "application/json"
MAX_VALUE: Final = 256 * 1024
"""The largest value of a record, in bytes; longer words travel as a file."""
MAX_SEQUENCE: Final = 2**63 - 1
REQUIRED: Final = ("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_sequence")
INSTANT: Final[TypeAdapter[datetime]] = TypeAdapter(Instant)

_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)

T = TypeVar("T")
M = TypeVar("M", bound=Model)


class Unreadable(ValueError):
    """The record is no event of ours; the text says what is wrong, without its content."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """One event with what is needed to route, order and explain it."""

    id: UUID
    source: str
    time: datetime
    sequence: int
    event: Event
    causation: UUID | None = None
    traceparent: str | None = None


def dataschema(event_type: str) -> str:
    """The name of the JSON Schema of an event type."""
    return f"urn:police-complaints:schema:{event_type.removeprefix('uk.police-complaints.')}"


def headers(
    *,
    id: UUID,
    type: str,
    source: str,
    subject: str,
    time: datetime,
    sequence: int,
    causation: UUID | None,
    traceparent: str | None,
) -> dict[str, str]:
    """The Kafka headers of an event, in a fixed order."""
    found = {
        "ce_specversion": "1.0",
        "ce_id": str(id),
        "ce_type": type,
        "ce_source": source,
        "ce_subject": subject,
        "ce_time": time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "ce_dataschema": dataschema(type),
        "ce_sequence": str(sequence),
        "ce_causationid": str(causation) if causation else None,
        "traceparent": traceparent,
        "content-type": CONTENT_TYPE,
    }
    return {name: value for name, value in found.items() if value is not None}


def encode(data: Mapping[str, Any]) -> bytes:
    """The one way JSON is written: compact, UTF-8, in the order of the model's fields."""
    return _ENCODER.encode(data).encode()


def read_headers(raw: Iterable[tuple[bytes, bytes | None]]) -> dict[str, str]:
    """Headers as text, by lower-case name; the last of equal names counts.

    Raises:
        Unreadable: a name or value is not UTF-8 or holds NUL, or a CloudEvents attribute has no
            value.
    """
    found: dict[str, str] = {}
    for name, value in raw:
        try:
            text = name.decode().lower()
            if value is None:
                if text.startswith("ce_"):
                    raise Unreadable("a ce_ header has no value")
                continue
            found[text] = value.decode()
        except UnicodeDecodeError:
            raise Unreadable("a header's name or value is not UTF-8 text") from None
        if "\0" in text or "\0" in found[text]:
            raise Unreadable("a header's name or value holds a NUL character")
    return found


def decode(
    key: bytes | None, value: bytes | None, raw: Iterable[tuple[bytes, bytes | None]], topic: str
) -> Envelope:
    """Reads one Kafka record.

    Raises:
        Unreadable: and says which header is missing, or which field is wrong.
    """
    attributes = read_headers(raw)
    missing = [name for name in REQUIRED if not attributes.get(name)]
    if missing:
        raise Unreadable(f"missing headers: {', '.join(missing)}")
    if attributes["ce_specversion"] != "1.0":
        raise Unreadable("ce_specversion is not 1.0")
    model = EVENTS.get(attributes["ce_type"])
    if model is None:
        raise Unreadable("ce_type is not known here")
    envelope = Envelope(
        id=read_attribute("ce_id", attributes, UUID),
        source=attributes["ce_source"],
        time=read_attribute("ce_time", attributes, INSTANT.validate_python),
        sequence=read_attribute("ce_sequence", attributes, _sequence),
        event=_event(model, value),
        causation=read_attribute("ce_causationid", attributes, UUID)
        if attributes.get("ce_causationid")
        else None,
        traceparent=attributes.get("traceparent"),
    )
    if envelope.event.topic_name != topic:
        raise Unreadable(f"events of this type belong on {model.topic}")
    if key is None or key != envelope.event.stream.encode():
        raise Unreadable(f"the key is not the event's {model.key}")
    return envelope


def read_attribute(name: str, attributes: Mapping[str, str], read: Callable[[str], T]) -> T:
    """One attribute as `read` understands it.

    Raises:
        Unreadable: `read` raised a ValueError.
    """
    try:
        return read(attributes[name])
    except ValueError:
        raise Unreadable(f"{name} is malformed") from None


def read_json(value: bytes | None) -> Any:
    """The value of a record, as RFC 8259 has it: UTF-8, no NaN, no lone surrogates.

    Raises:
        Unreadable: it is none, too large, or nested too deeply.
    """
    if value is None:
        raise Unreadable("the record has no value")
    if len(value) > MAX_VALUE:
        raise Unreadable(f"the value is larger than {MAX_VALUE} bytes")
    try:
        return from_json(value, allow_inf_nan=False)
    except ValueError:
        raise Unreadable("the value is not JSON as RFC 8259 has it, or nested too deeply") from None


def read_model(model: type[M], value: bytes) -> M:
    """What JSON that `read_json` has read says.

    Raises:
        Unreadable: and says which fields are wrong or missing, and how.
    """
    try:
        return model.model_validate_json(value, strict=True)
    except ValidationError as error:
        wrong = sorted(set(_complaints(error)))
        raise Unreadable(f"wrong or missing: {', '.join(wrong[:10])}") from None


def _sequence(text: str) -> int:
    if not re.fullmatch(r"[1-9][0-9]{0,18}", text) or int(text) > MAX_SEQUENCE:
        raise ValueError
    return int(text)


def _event(model: type[Event], value: bytes | None) -> Event:
    read_json(value)  # the model alone lets NaN pass in unknown fields
    return read_model(model, value or b"")


def _field_names(model: type[Model]) -> Iterator[str]:
    yield from model.model_fields
    for narrower in model.__subclasses__():
        yield from _field_names(narrower)


_FIELD_NAMES: Final = frozenset(_field_names(Model))


def _complaints(error: ValidationError) -> Iterator[str]:
    """Where and what kind, from our own words only: the key of a mapping is content."""
    for found in error.errors(include_url=False, include_context=False, include_input=False):
        place = [str(p) for p in found["loc"] if isinstance(p, int) or p in _FIELD_NAMES]
        yield f"{'.'.join(place) or 'value'} ({found['type']})"
