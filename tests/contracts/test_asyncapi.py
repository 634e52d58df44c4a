"""The AsyncAPI document: valid by the official schema, whole, and true of the archived messages."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator, Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from complaints_contracts.asyncapi import FILE, channel_of, document, text
from complaints_contracts.data import data_folder
from complaints_contracts.examples import examples
from complaints_contracts.registry import EVENTS, FROM_FORCES
from complaints_contracts.schemas import short_type
from complaints_contracts.topics import topics

ROOT = Path(__file__).parents[2]
OFFICIAL = ROOT / "chassis/assets/node_modules/@asyncapi/specs/schemas/3.0.0-without-$id.json"
DOCUMENT = document()
MESSAGES = DOCUMENT["components"]["messages"]


def official() -> Draft7Validator:
    return Draft7Validator(json.loads(OFFICIAL.read_text(encoding="utf-8")))


def test_the_file_is_what_the_topics_and_models_say() -> None:
    file = data_folder("topics").parent / FILE
    assert file.read_text(encoding="utf-8") == text(), (
        "run: python -m complaints_contracts.asyncapi"
    )


def test_the_file_is_valid_by_the_official_schema() -> None:
    file = data_folder("topics").parent / FILE
    official().validate(yaml.safe_load(file.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("asyncapi", "2.9"),
        ("info", {}),
        ("channels", []),
        ("channels/complaints.cases.v1/bindings/kafka/partitions", "three"),
        ("operations/intake.send.complaints.contacts.v1/action", "publish"),
    ],
)
def test_the_official_schema_refuses_what_is_wrong(path: str, wrong: object) -> None:
    spoiled: Any = json.loads(json.dumps(DOCUMENT))
    *way, last = path.split("/")
    node = spoiled
    for step in way:
        node = node[step]
    node[last] = wrong
    assert not official().is_valid(spoiled)


def test_every_topic_type_and_party_is_there() -> None:
    assert {channel["address"] for channel in DOCUMENT["channels"].values()} == set(topics())
    assert set(MESSAGES) == set(map(short_type, EVENTS | FROM_FORCES))
    on_channels = [name for one in DOCUMENT["channels"].values() for name in one["messages"]]
    assert sorted(on_channels) == sorted(MESSAGES), "each on one channel"
    for topic in topics().values():
        operations = [
            (one["action"], one["tags"][0]["name"])
            for one in DOCUMENT["operations"].values()
            if one["channel"]["$ref"] == f"#/channels/{channel_of(topic)}"
        ]
        parties = (*topic.consumers, *topic.readers)
        wanted = [("send", who.removesuffix(" {force}")) for who in topic.producers]
        wanted += [("receive", who.removesuffix(" {force}")) for who in parties]
        assert sorted(operations) == sorted(wanted)


@pytest.mark.parametrize("name", MESSAGES)
def test_every_message_has_examples_that_are_valid_by_what_is_said_of_it(name: str) -> None:
    registry = Registry().with_resource("doc", Resource(DOCUMENT, DRAFT202012))

    def validator(part: str) -> Draft202012Validator:
        where = f"doc#/components/messages/{name}/{part}"
        return Draft202012Validator({"$ref": where}, registry=registry)

    assert MESSAGES[name]["examples"]
    for example in MESSAGES[name]["examples"]:
        validator("headers").validate(example["headers"])
        validator("payload").validate(example["payload"])
    assert not validator("headers").is_valid({})
    assert not validator("payload").is_valid({})


def test_the_headers_of_every_archived_message_are_as_said() -> None:
    headers = DOCUMENT["components"]["schemas"]
    for example in examples():
        said = headers["headers-from-forces" if example.from_force else "headers"]
        told = {name.decode(): value.decode() for name, value in example.headers}
        Draft202012Validator(said).validate(told)
