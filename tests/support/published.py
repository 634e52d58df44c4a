"""Whether what services really publish is what the contracts say, by the schemas alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from aiokafka import ConsumerRecord
from jsonschema import Draft202012Validator, FormatChecker
from pinned import Bytes

from complaints_contracts.data import data_folder

REQUIRED: Final = (
    *("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "ce_time"),
    *("ce_dataschema", "ce_sequence", "content-type"),
)
OPTIONAL: Final = ("ce_causationid", "traceparent")


@cache
def _schemas() -> dict[str, dict[str, Any]]:
    files = data_folder("schemas").glob("*.json")
    found = (json.loads(file.read_text(encoding="utf-8")) for file in files)
    return {schema["$id"]: schema for schema in found}


def faults(record: ConsumerRecord) -> Iterator[str]:
    """What is wrong with a record of ours: its headers, its value, its key, its topic."""
    headers = {name: value.decode() for name, value in record.headers}
    if len(headers) < len(record.headers):
        yield "a header twice"
    yield from (f"no {name}" for name in REQUIRED if not headers.get(name))
    yield from (f"{name}?" for name in headers if name not in (*REQUIRED, *OPTIONAL))
    schema = _schemas().get(headers["ce_dataschema"])
    if schema is None:
        yield f"no schema {headers['ce_dataschema']}"
        return
    value = json.loads(record.value)
    for error in Draft202012Validator(schema, format_checker=FormatChecker()).iter_errors(value):
        yield f"{error.json_path}: {error.validator}"
    yield from (f"{name} is in no schema" for name in value if name not in schema["properties"])
    if record.key.decode() != value[schema["x-key"]]:
        yield "the key is not the stream's"
    if record.topic != schema["x-topic"].format(force=record.topic.split(".")[1]):
        yield "not its topic"


def as_bytes(record: ConsumerRecord) -> Bytes:
    """The record as pinned readers take it."""
    headers = [(name.encode(), value) for name, value in record.headers]
    return Bytes(record.topic, record.key, headers, record.value)
