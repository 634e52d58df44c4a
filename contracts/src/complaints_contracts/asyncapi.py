"""The AsyncAPI 3 document: every topic with its messages, headers, keys and who sends and reads.

`python -m complaints_contracts.asyncapi` writes it to `contracts/asyncapi.yaml`. Needs PyYAML.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.metadata import version
from typing import Any, Final

import yaml

from complaints_contracts import envelope
from complaints_contracts.data import data_folder
from complaints_contracts.event import Event
from complaints_contracts.examples import Example, examples
from complaints_contracts.registry import EVENTS, FROM_FORCES
from complaints_contracts.schemas import schema, short_type
from complaints_contracts.topics import Topic, topics

FILE: Final = "asyncapi.yaml"
KAFKA_BINDING: Final = "0.5.0"
DAY_MS: Final = 86_400_000
STRUCTURED: Final = "application/cloudevents"
FORCE: Final = "{force}."
DESCRIPTION: Final = """\
Police complaints that an office handles for its force, as events on Kafka.

A record's key is the id of its stream; its headers are CloudEvents 1.0 in binary mode; its value is
the event's JSON. Readers ignore fields that they do not know, and take a code that they do not know
for `OTHER`. Each force has topics of its own, which nobody else may use."""


def document() -> dict[str, Any]:
    """The document, as data."""
    found: dict[str, Any] = {"messages": {}, "schemas": {}}
    for name, model in sorted((EVENTS | FROM_FORCES).items()):
        described = dict(schema(model))
        short = short_type(name)
        for part, definition in described.pop("$defs", {}).items():
            found["schemas"][f"{short}.{part}"] = _moved(definition, short)
        described.pop("$schema")
        found["messages"][short] = {
            "name": name,
            "title": described["title"],
            "summary": described["description"],
            "contentType": envelope.CONTENT_TYPE,
            "headers": {"$ref": f"#/components/schemas/{_headers_of(model)}"},
            "payload": _moved(described, short),
            "bindings": {"kafka": {"key": _key(model), "bindingVersion": KAFKA_BINDING}},
            "examples": [_shown(one) for one in examples() if _is_of(short, one)],
        }
    found["schemas"] |= HEADERS
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Police complaints",
            "version": version("complaints-contracts"),
            "description": DESCRIPTION,
            "license": {"name": "MIT"},
        },
        "defaultContentType": envelope.CONTENT_TYPE,
        "channels": {channel_of(topic): _channel(topic) for topic in topics().values()},
        "operations": {
            name: told for topic in topics().values() for name, told in _operations(topic)
        },
        "components": found,
    }


def channel_of(topic: Topic) -> str:
    """The id of a topic's channel."""
    return topic.name.replace(FORCE, "")


def _channel(topic: Topic) -> dict[str, Any]:
    told = {
        "address": topic.name,
        "title": topic.name,
        "description": f"{topic.description} Owned by {topic.owner}; the key is `{topic.key}`.",
        "messages": {
            short: {"$ref": f"#/components/messages/{short}"} for short in _types_on(topic)
        },
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "topicConfiguration": {
                    "cleanup.policy": [str(topic.cleanup)],
                    "retention.ms": topic.retention_days * DAY_MS,
                },
                "bindingVersion": KAFKA_BINDING,
            }
        },
    }
    if topic.per_force:
        told["parameters"] = {"force": {"description": "The key of a force, such as `cleveland`."}}
    return told


def _operations(topic: Topic) -> Iterator[tuple[str, dict[str, Any]]]:
    channel = channel_of(topic)
    for action, parties in (
        ("send", topic.producers),
        ("receive", (*topic.consumers, *topic.readers)),
    ):
        for party in parties:
            who = party.removesuffix(" {force}")
            told: dict[str, Any] = {
                "action": action,
                "channel": {"$ref": f"#/channels/{channel}"},
                "summary": f"{who} {action}s on {topic.name}",
                "tags": [{"name": who}],
            }
            if party in topic.consumers:
                group = {"type": "string", "enum": [party]}
                told["bindings"] = {"kafka": {"groupId": group, "bindingVersion": KAFKA_BINDING}}
            yield f"{who}.{action}.{channel}", told


def _types_on(topic: Topic) -> list[str]:
    return [
        short_type(name)
        for name, model in sorted((EVENTS | FROM_FORCES).items())
        if model.topic == topic.name
    ]


def _moved(node: Any, short: str) -> Any:
    """The same schema with its definitions among the document's."""
    if isinstance(node, dict):
        return {
            name: value.replace("#/$defs/", f"#/components/schemas/{short}.")
            if name == "$ref"
            else _moved(value, short)
            for name, value in node.items()
        }
    return [_moved(one, short) for one in node] if isinstance(node, list) else node


def _key(model: type[Any]) -> dict[str, Any]:
    if issubclass(model, Event):
        return {"type": "string", "description": f"`{model.key}`: the id of its stream"}
    return {"type": "string", "description": "any"}


def _headers_of(model: type[Any]) -> str:
    return "headers" if issubclass(model, Event) else "headers-from-forces"


def _is_of(short: str, example: Example) -> bool:
    """Whether it shows this message; in structured mode the value is more than the event."""
    kind = dict(example.headers).get(b"content-type", b"").decode()
    return example.name.startswith(f"{short}/") and not kind.startswith(STRUCTURED)


def _shown(example: Example) -> dict[str, Any]:
    return {
        "name": example.name.partition("/")[2],
        "headers": {name.decode(): value.decode() for name, value in example.headers},
        "payload": json.loads(example.value),
    }


def _header(description: str, **described: Any) -> dict[str, Any]:
    return {"type": "string", "description": description, **described}


_OF_ALL: Final = {
    "ce_specversion": _header("CloudEvents' version", const="1.0"),
    "ce_id": _header("Which event it is; the same id is the same event", format="uuid"),
    "ce_type": _header("What happened"),
    "ce_source": _header("Who says so", format="uri-reference"),
    "ce_time": _header("When it happened", format="date-time"),
}
HEADERS: Final = {
    "headers": {
        "type": "object",
        "properties": {
            **_OF_ALL,
            "ce_subject": _header("The id of its stream, as the key has it"),
            "ce_sequence": _header(
                "1, 2, 3 and so on, without gaps in its stream on its topic",
                pattern="^[1-9][0-9]{0,18}$",
            ),
            "ce_dataschema": _header("The name of its schema", format="uri"),
            "ce_causationid": _header("The event that it answers", format="uuid"),
            "traceparent": _header("The trace it belongs to (W3C Trace Context)"),
            "content-type": _header("What the value is", const=envelope.CONTENT_TYPE),
        },
        "required": list(envelope.REQUIRED),
    },
    "headers-from-forces": {
        "type": "object",
        "properties": {
            **_OF_ALL,
            "ce_id": _header("Any text that the force does not use twice"),
            "content-type": _header(
                f"What the value is; `{STRUCTURED}+json` where these are in it"
            ),
        },
        "anyOf": [
            {"required": list(_OF_ALL)},
            {
                "description": "in structured mode, where they are attributes in the value",
                "properties": {"content-type": {"type": "string", "pattern": f"^{STRUCTURED}"}},
                "required": ["content-type"],
            },
        ],
    },
}
"""What stands in a record's headers, of ours and of those of forces."""


def text() -> str:
    """The document, as the file has it."""
    return yaml.safe_dump(document(), sort_keys=False, allow_unicode=True, width=100)


def main() -> None:
    """Writes the file."""
    (data_folder("topics").parent / FILE).write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main()
