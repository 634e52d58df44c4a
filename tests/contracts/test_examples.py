"""The archive of example messages: complete, unchanged, readable."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from complaints_contracts.codes import Channel, Criterion, PersonRole, ReachBy
from complaints_contracts.contacts import ContactReceived
from complaints_contracts.data import data_folder
from complaints_contracts.envelope import Envelope, decode
from complaints_contracts.examples import Example, examples, read_example
from complaints_contracts.registry import EVENTS
from complaints_contracts.schemas import short_type
from complaints_contracts.triage import ContactSorted

FOLDER = data_folder("examples")


def _read(name: str) -> Envelope:
    example = read_example(FOLDER / f"{name}.record")
    return decode(example.key, example.value, example.headers, example.topic)


def test_no_archived_byte_changes_and_no_file_is_unlisted() -> None:
    """A new example gets a new line. A line that is there is never changed."""
    lines = (FOLDER / "SHA256SUMS").read_text().splitlines()
    listed = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    on_disk = {
        file.relative_to(FOLDER).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in FOLDER.glob("*/*")
    }
    assert on_disk == listed


def test_every_event_type_has_an_example_and_every_folder_an_event_type() -> None:
    assert {folder.name for folder in FOLDER.iterdir() if folder.is_dir()} == {
        short_type(name) for name in EVENTS
    }
    assert {example.name.split("/")[0] for example in examples()} == {
        short_type(name) for name in EVENTS
    }


def test_every_value_has_a_record_beside_it() -> None:
    values = {file.with_suffix("") for file in FOLDER.glob("*/*.json")}
    assert values == {file.with_suffix("") for file in FOLDER.glob("*/*.record")}


def test_an_example_is_readable_and_says_nothing_twice(example: Example) -> None:
    envelope = decode(example.key, example.value, example.headers, example.topic)
    attributes = dict(example.headers)
    short = short_type(envelope.event.type)
    assert example.name.startswith(f"{short}/")
    assert attributes[b"ce_dataschema"].decode() == f"urn:police-complaints:schema:{short}"
    assert attributes[b"ce_subject"] == example.key
    assert len(attributes) == len(example.headers)


def _with_moments(value: Any) -> Any:
    """The same JSON with moments as such: 10.6 and 10.600000 are the same second."""
    match value:
        case dict():
            return {name: _with_moments(item) for name, item in value.items()}
        case list():
            return [_with_moments(item) for item in value]
        case str() if value[10:11] == "T" and value[:4].isdigit():
            return datetime.fromisoformat(value)
    return value


def test_what_an_example_says_is_what_the_event_holds(example: Example) -> None:
    event = decode(example.key, example.value, example.headers, example.topic).event
    held = event.model_dump(mode="json", exclude_unset=True)
    same = _with_moments(held) == _with_moments(json.loads(example.value))
    assert same is not example.name.endswith("/from-the-future")


def test_a_web_contact_reads_as_it_was_sent() -> None:
    envelope = _read("contact.received.v1/web-two-attachments")
    event = envelope.event
    assert isinstance(event, ContactReceived)
    assert (envelope.sequence, envelope.source) == (1, "urn:police-complaints:intake")
    assert event.channel is Channel.WEB
    assert event.persons[0].name == "Moira Tansley-Okonjo"
    assert event.words.endswith("It cost me £1,250.")
    assert [file.size for file in event.attachments] == [2481930, 90211]


def test_an_automatic_mail_from_an_mp_reads_as_one() -> None:
    event = _read("contact.received.v1/automatic-email-mp-representative").event
    assert isinstance(event, ContactReceived)
    assert not event.answerable
    assert [person.role for person in event.persons] == [
        PersonRole.COMPLAINANT,
        PersonRole.REPRESENTATIVE,
    ]


def test_codes_from_the_future_are_other_and_fields_from_the_future_are_left_out() -> None:
    event = _read("contact.received.v1/from-the-future").event
    assert isinstance(event, ContactReceived)
    assert event.channel is Channel.OTHER
    assert event.persons[0].role is PersonRole.OTHER
    assert event.persons[0].reach.preferred is ReachBy.OTHER
    assert [need.value for need in event.persons[0].reach.needs] == ["BSL", "OTHER"]
    kept = event.model_dump_json()
    assert not [name for name in ("language", "transcript", "pronouns", "scanned") if name in kept]
    sorted_ = _read("triage.contact-sorted.v1/from-the-future").event
    assert isinstance(sorted_, ContactSorted)
    assert sorted_.prompts[0].criterion is Criterion.OTHER


@pytest.mark.parametrize("text", ["", "key: k\ntopic: t\n", "topic: t\nkey\n", "topic: t\n"])
def test_a_record_file_of_another_shape_is_refused(text: str, tmp_path: Path) -> None:
    file = tmp_path / "wrong.record"
    file.write_text(text)
    file.with_suffix(".json").write_text("{}")
    with pytest.raises(ValueError, match=r"unpack|must start"):
        read_example(file)
