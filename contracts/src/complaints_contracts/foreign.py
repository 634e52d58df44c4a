"""Reads what a force's system sends: CloudEvents 1.0, in binary or in structured mode.

Binary mode: the attributes are headers that begin with `ce_`, the event's JSON is the value.
Structured mode: the header `content-type` is `application/cloudevents+json`, and the value is one
JSON object with the attributes, and the event as `data`. No key is needed, and no `ce_sequence`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from complaints_contracts.envelope import (
    INSTANT,
    Unreadable,
    encode,
    read_attribute,
    read_headers,
    read_json,
    read_model,
)
from complaints_contracts.forces import RECORD_ID, ForceRecord, force_of
from complaints_contracts.registry import FROM_FORCES

ATTRIBUTES: Final = ("specversion", "id", "type", "source", "time")
"""What every record has to say."""

RawHeaders = Iterable[tuple[bytes, bytes | None]]

_CLOUD_EVENTS: Final = "application/cloudevents"


@dataclass(frozen=True, slots=True)
class Foreign:
    """One event of a force. `digest` is of its data, however that was spaced and ordered."""

    id: str
    source: str
    force: str
    time: datetime
    event: ForceRecord
    digest: str


def decode_foreign(value: bytes | None, raw_headers: RawHeaders, topic: str) -> Foreign:
    """Reads one record of a force's topic.

    Raises:
        Unreadable: and says what is missing or wrong, without its content.
    """
    headers = read_headers(raw_headers)
    whole = _object(value) if _is_structured(headers) else None
    given = headers if whole is None else _texts(whole)
    prefix = "ce_" if whole is None else ""
    missing = [prefix + name for name in ATTRIBUTES if not given.get(prefix + name)]
    if missing:
        kind = "headers" if whole is None else "attributes"
        raise Unreadable(f"missing {kind}: {', '.join(missing)}")
    if given[f"{prefix}specversion"] != "1.0":
        raise Unreadable(f"{prefix}specversion is not 1.0")
    force, source = force_of(topic), given[f"{prefix}source"]
    _check_source(f"{prefix}source", source, force)
    model = FROM_FORCES.get(given[f"{prefix}type"])
    if model is None:
        raise Unreadable(f"{prefix}type is not known here")
    if model.topic.format(force=force) != topic:
        raise Unreadable(f"events of this type belong on {model.topic.format(force=force)}")
    time = read_attribute(f"{prefix}time", given, INSTANT.validate_python)
    data = read_json(value) if whole is None else _data(whole)
    return Foreign(
        id=given[f"{prefix}id"],
        source=source,
        force=force,
        time=time,
        event=read_model(model, encode(data)),
        digest=hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest(),
    )


def record_id(value: bytes | None, raw_headers: RawHeaders) -> str | None:
    """The id a record goes by at its sender, also where the rest of it cannot be read.

    None where it has none, or something longer than an id.
    """
    raw = {name.lower(): text or b"" for name, text in raw_headers}
    try:
        found: object = raw.get(b"ce_id", b"").decode()
        if _is_structured({"content-type": raw.get(b"content-type", b"").decode()}):
            found = _object(value).get("id")
    except ValueError:
        return None
    return found if isinstance(found, str) and re.fullmatch(RECORD_ID, found) else None


def _is_structured(headers: Mapping[str, str]) -> bool:
    media_type = headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type.startswith(f"{_CLOUD_EVENTS}-batch"):
        raise Unreadable("batch mode is not read: send each event as a record of its own")
    if media_type.startswith(_CLOUD_EVENTS) and media_type != f"{_CLOUD_EVENTS}+json":
        raise Unreadable(f"structured mode is read as {_CLOUD_EVENTS}+json only")
    return media_type.startswith(_CLOUD_EVENTS)


def _object(value: bytes | None) -> dict[str, Any]:
    whole = read_json(value)
    if not isinstance(whole, dict):
        raise Unreadable("the value is not a JSON object")
    return whole


def _texts(whole: Mapping[str, Any]) -> dict[str, str]:
    for name in ATTRIBUTES:
        if not isinstance(whole.get(name, ""), str):
            raise Unreadable(f"{name} is not text")
    found = {name: text for name, text in whole.items() if isinstance(text, str)}
    if any("\0" in text for text in found.values()):
        raise Unreadable("an attribute holds a NUL character")
    return found


def _data(whole: Mapping[str, Any]) -> Any:
    if "data_base64" in whole:
        raise Unreadable("data_base64 is not read: send the event as JSON in data")
    if "data" not in whole:
        raise Unreadable("missing attributes: data")
    return whole["data"]


def _check_source(name: str, source: str, force: str) -> None:
    own = f"/force/{force}"
    if f"{source}/".startswith(f"{own}/"):
        return
    if source.startswith("/force/"):
        raise Unreadable(f"{name} names another force")
    raise Unreadable(f"{name} is neither {own} nor below {own}/")
