"""CloudEvents 1.0 in Kafka's binary mode: attributes in headers, the event's JSON as the value."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from pydantic import TypeAdapter, ValidationError

from complaints_contracts.event import Event, Instant
from complaints_contracts.registry import EVENTS

CONTENT_TYPE: Final = "application/json"
REQUIRED: Final = ("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_sequence")
_INSTANT: Final[TypeAdapter[datetime]] = TypeAdapter(Instant)

Headers = tuple[tuple[str, bytes], ...]


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
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def read_headers(raw: Iterable[tuple[bytes, bytes | None]]) -> dict[str, str]:
    """Headers as text, by lower-case name; the last of equal names counts.

    Raises:
        Unreadable: a name or value is not UTF-8, or a CloudEvents attribute has no value.
    """
    found: dict[str, str] = {}
    for name, value in raw:
        try:
            text = name.decode().lower()
            if value is None:
                if text.startswith("ce_"):
                    raise Unreadable(f"header {text} has no value")
                continue
            found[text] = value.decode()
        except UnicodeDecodeError:
            raise Unreadable("a header's name or value is not UTF-8 text") from None
    return found


def decode(
    key: bytes | None, value: bytes | None, raw: Iterable[tuple[bytes, bytes | None]], topic: str
) -> Envelope:
    """Reads one Kafka record.

    Raises:
        Unreadable: and says which header is missing, or which field is wrong.
    """
    attributes = read_headers(raw)
    missing = [name for name in REQUIRED if name not in attributes]
    if missing:
        raise Unreadable(f"missing headers: {', '.join(missing)}")
    if attributes["ce_specversion"] != "1.0":
        raise Unreadable("ce_specversion is not 1.0")
    model = EVENTS.get(attributes["ce_type"])
    if model is None:
        raise Unreadable("ce_type is not known here")
    if model.topic != topic:
        raise Unreadable(f"events of this type belong on {model.topic}")
    if value is None:
        raise Unreadable("the record has no value")
    try:
        event = model.model_validate_json(value)
    except ValidationError as error:
        places = {".".join(map(str, e["loc"])) or "value" for e in error.errors()}
        raise Unreadable(f"wrong or missing: {', '.join(sorted(places)[:10])}") from None
    try:
        event_id = UUID(attributes["ce_id"])
        causation = attributes.get("ce_causationid")
        sequence = int(attributes["ce_sequence"])
        envelope = Envelope(
            id=event_id,
            source=attributes["ce_source"],
            time=_INSTANT.validate_python(attributes["ce_time"]),
            sequence=sequence,
            event=event,
            causation=UUID(causation) if causation else None,
            traceparent=attributes.get("traceparent"),
        )
    except (ValueError, ValidationError):
        raise Unreadable("ce_id, ce_time, ce_sequence or ce_causationid is malformed") from None
    if sequence < 1:
        raise Unreadable("ce_sequence starts at 1")
    if key is None or key != event.stream.encode():
        raise Unreadable(f"the key is not the event's {model.key}")
    return envelope
