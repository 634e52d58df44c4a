"""The bytes of what a force sends."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from complaints_local.force_box.scenario import TYPES, Mode, Scenario, Step

PREFIX: Final = "uk.police-complaints.force"
TODAY: Final = "{today}"
"""Stands in a scenario for the day on which it is played."""
Headers = list[tuple[str, bytes]]


@dataclass(frozen=True)
class Bytes:
    """One record, as it is sent however often."""

    topic: str
    headers: Headers
    value: bytes
    id: str


def bytes_of(scenario: Scenario, step: Step, case_id: str | None = None) -> Bytes:
    """What a step puts on a topic of its force."""
    [what] = step.sends
    kind = "contacts" if case_id is None else "cases"
    topic = f"force.{scenario.force}.{kind}.v1"
    id = (step.id or f"BOX-{uuid4()}").replace("{case}", case_id or "")
    if what not in TYPES:
        value = bytes.fromhex(step.hex) if step.hex else (step.rubbish or "").encode()
        return Bytes(topic, [], value, "")
    event: dict[str, Any] = getattr(step, what)
    if case_id is not None:
        event = {"case_id": case_id, **event}
    attributes = {
        "specversion": "1.0",
        "id": id,
        "type": f"{PREFIX}.{TYPES[what]}.v1",
        "source": f"/force/{scenario.force}/{scenario.system}",
        "time": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
    }
    match step.mode:
        case Mode.STRUCTURED:
            whole = attributes | {"datacontenttype": "application/json", "data": event}
            return Bytes(topic, _headers("application/cloudevents+json"), _json(whole), id)
        case Mode.PLAIN:
            return Bytes(topic, [], _json(event), "")
    named = [(f"ce_{name}", text.encode()) for name, text in attributes.items()]
    return Bytes(topic, [*named, *_headers("application/json")], _json(event), id)


def _headers(content_type: str) -> Headers:
    return [("content-type", content_type.encode())]


def _json(data: dict[str, Any]) -> bytes:
    # What YAML reads as a date is meant as it is written.
    text = json.dumps(data, ensure_ascii=False, default=str)
    return text.replace(TODAY, datetime.now(UTC).date().isoformat()).encode()
