"""The schemas on disk, the models and the archived examples say the same."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from complaints_contracts.codes import Channel
from complaints_contracts.data import data_folder
from complaints_contracts.envelope import encode
from complaints_contracts.event import TYPE_PREFIX, Event
from complaints_contracts.examples import Example, examples
from complaints_contracts.forces import FORCE_CONTACTS, ContactRedirected
from complaints_contracts.registry import EVENTS, FROM_FORCES
from complaints_contracts.schemas import files, schema

FORMATS = Draft202012Validator.FORMAT_CHECKER
CLOSED = ('"enum"', '"const"', '"additionalProperties": false')


def _is_rfc_3339(value: object) -> bool:
    moment = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)"
    return not isinstance(value, str) or bool(re.fullmatch(moment, value, re.ASCII | re.I))


FORMATS.checks("date-time")(_is_rfc_3339)
MODELS = EVENTS | FROM_FORCES
VALIDATORS = {
    name: Draft202012Validator(schema(model), format_checker=FORMATS)
    for name, model in MODELS.items()
}


def test_the_schemas_on_disk_are_those_of_the_models() -> None:
    on_disk = {file.name: file.read_text() for file in data_folder("schemas").iterdir()}
    assert on_disk == files(), "run: python -m complaints_contracts.schemas"


def test_a_schema_is_a_valid_one_and_names_itself_its_topic_and_its_key(
    model: type[Event],
) -> None:
    described = schema(model)
    Draft202012Validator.check_schema(described)
    short = model.type.removeprefix("uk.police-complaints.")
    assert described["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert described["$id"] == f"urn:police-complaints:schema:{short}"
    assert described["title"] == model.__name__
    assert described["description"]
    assert (described["x-topic"], described["x-key"]) == (model.topic, model.key)
    assert model.key in described["required"]


def test_the_schema_of_what_forces_send_names_their_topics_and_no_key() -> None:
    described = schema(ContactRedirected)
    Draft202012Validator.check_schema(described)
    assert described["$id"] == "urn:police-complaints:schema:force.contact-redirected.v1"
    assert (described["title"], described["x-topic"]) == ("ContactRedirected", FORCE_CONTACTS)
    assert "x-key" not in described
    assert described["required"] == ["channel", "words"]
    assert described["$defs"]["ForcePerson"]["properties"]["safe_contact"]["x-personal"] is True
    assert not [word for word in CLOSED if word in json.dumps(described)]


def test_a_schema_marks_what_is_personal_and_leaves_code_lists_open() -> None:
    described = schema(EVENTS["uk.police-complaints.contact.received.v1"])
    assert described["properties"]["words"]["x-personal"] is True
    assert "x-personal" not in described["properties"]["reference"]
    channel = described["$defs"]["Channel"]
    assert channel["x-extensible-enum"] == list(Channel)
    assert "enum" not in channel


def test_no_schema_closes_what_later_versions_may_add(model: type[Event]) -> None:
    text = json.dumps(schema(model))
    assert not [word for word in CLOSED if word in text]


def test_an_archived_example_is_valid_by_the_schema_of_its_type(example: Example) -> None:
    named = dict(example.headers)[b"ce_type"].decode()
    VALIDATORS[named].validate(json.loads(example.value))


def test_what_a_force_sent_is_valid_by_the_schema_of_its_type(sent: Example) -> None:
    value = json.loads(sent.value)
    VALIDATORS[f"{TYPE_PREFIX}.{sent.type}"].validate(value.get("data", value))


@given(data=st.data())
def test_whatever_a_model_writes_is_valid_by_its_schema(
    events: SearchStrategy[Event], data: DataObject
) -> None:
    event = data.draw(events)
    VALIDATORS[event.type].validate(json.loads(encode(event.model_dump(mode="json"))))


@given(data=st.data())
def test_whatever_the_model_of_a_force_writes_is_valid_by_its_schema(
    redirected: SearchStrategy[ContactRedirected], data: DataObject
) -> None:
    event = data.draw(redirected)
    VALIDATORS[event.type].validate(json.loads(encode(event.model_dump(mode="json"))))


JSON = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8), st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
)  # fmt: skip


def _places(value: Any) -> list[tuple[Any, Any]]:
    """Every container in some JSON with each of its keys or indexes."""
    if not isinstance(value, dict | list):
        return []
    steps = value.keys() if isinstance(value, dict) else range(len(value))
    return [found for step in steps for found in ((value, step), *_places(value[step]))]


@given(data=st.data())
def test_whatever_a_schema_refuses_its_model_refuses_too(data: DataObject) -> None:
    example = data.draw(st.sampled_from(examples()))
    event_type = f"uk.police-complaints.{example.name.split('/')[0]}"
    value = json.loads(example.value)
    value = value.get("data", value)
    container, step = data.draw(st.sampled_from(_places(value)))
    container[step] = data.draw(JSON)
    if not VALIDATORS[event_type].is_valid(value):
        with pytest.raises(ValidationError):
            MODELS[event_type].model_validate_json(json.dumps(value), strict=True)


@pytest.mark.parametrize("wrong", [None, 5, True, {}, ["WEB"]])
def test_a_code_that_is_no_text_is_refused_by_schema_and_model_alike(wrong: object) -> None:
    described = schema(EVENTS["uk.police-complaints.ops.clock-breached.v1"])
    value = {
        "speaker": "casework",
        "case_id": "924b3d75-5b56-57a5-b129-1aa64b3973b8",
        "clock": wrong,
        "due_at": "2026-11-04T16:30:00Z",
    }
    assert not Draft202012Validator(described).is_valid(value)
    with pytest.raises(ValidationError):
        EVENTS["uk.police-complaints.ops.clock-breached.v1"].model_validate_json(json.dumps(value))
