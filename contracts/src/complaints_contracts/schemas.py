"""JSON Schemas of the events, for readers that do not use these models.

`python -m complaints_contracts.schemas` writes them to `contracts/schemas/`.
"""

from __future__ import annotations

import json

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import EnumSchema

from complaints_contracts.codes import Code
from complaints_contracts.data import data_folder
from complaints_contracts.envelope import dataschema
from complaints_contracts.event import TYPE_PREFIX, Event
from complaints_contracts.forces import ForceRecord
from complaints_contracts.registry import EVENTS, FROM_FORCES


class _OpenCodes(GenerateJsonSchema):
    """Code lists are open on the wire: any string is valid, the known ones are listed."""

    def enum_schema(self, schema: EnumSchema) -> JsonSchemaValue:
        described = super().enum_schema(schema)
        if issubclass(schema["cls"], Code):
            described["x-extensible-enum"] = described.pop("enum")
        return described


def short_type(event_type: str) -> str:
    """The name of an event type within this system: `contact.received.v1`."""
    return event_type.removeprefix(f"{TYPE_PREFIX}.")


def schema(model: type[Event | ForceRecord]) -> JsonSchemaValue:
    """The JSON Schema (draft 2020-12) of an event's value, as its readers understand it.

    What a force sends has no key: it belongs to no stream of ours.
    """
    described = model.model_json_schema(schema_generator=_OpenCodes)
    head = {
        "$schema": _OpenCodes.schema_dialect,
        "$id": dataschema(model.type),
        "title": described.pop("title"),
        "description": described.pop("description"),
        "x-topic": model.topic,
    }
    if issubclass(model, Event):
        head["x-key"] = model.key
    return {**head, **described}


def files() -> dict[str, str]:
    """The schema files, text by file name."""
    return {
        f"{short_type(name)}.json": json.dumps(schema(model), indent=2, ensure_ascii=False) + "\n"
        for name, model in (EVENTS | FROM_FORCES).items()
    }


def main() -> None:
    """Writes every schema file."""
    for name, text in files().items():
        (data_folder("schemas") / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
