"""`complaints-contracts validate`: shapes that messages come in, and the exact place of a fault."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from complaints_contracts.cli import main
from complaints_contracts.examples import Example, examples
from complaints_contracts.validate import structured, validate

FORCE = next(
    one
    for one in examples()
    if one.type == "force.contact-redirected.v1" and b"ce_id" in dict(one.headers)
)
OPENED = next(one for one in examples() if one.type == "case.opened.v1")


def as_kcat_prints(example: Example) -> bytes:
    pairs = [text.decode() for header in example.headers for text in header]
    record = {
        "topic": example.topic,
        "partition": 0,
        "offset": 17,
        "headers": pairs,
        "key": example.key.decode(),
        "payload": example.value.decode(),
    }
    return json.dumps(record).encode()


def with_headers(example: Example) -> bytes:
    headers = {name.decode(): value.decode() for name, value in example.headers}
    return json.dumps({"headers": headers, "value": json.loads(example.value)}).encode()


SHAPES = {"structured": structured, "kcat": as_kcat_prints, "with headers": with_headers}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_archived_message_is_as_it_should_be(shape: str) -> None:
    lines = b"\n".join(map(SHAPES[shape], examples()))
    found = list(validate(lines))
    assert len(found) == len(examples())
    assert [verdict for verdict in found if verdict.wrong] == []
    known = {verdict.type for verdict in found} - {""}  # none where the headers are in the value
    assert known <= {example.type for example in examples()}


def spoiled(example: Example, change: Callable[[Any], object]) -> bytes:
    message = json.loads(structured(example))
    change(message)
    return json.dumps(message).encode()


@pytest.mark.parametrize(
    ("archived", "change", "said"),
    [
        (OPENED, lambda m: m["data"].pop("reference"), "reference (missing)"),
        (OPENED, lambda m: m["data"]["persons"][0].update(role=5), "persons.0.role (enum)"),
        (OPENED, lambda m: m["data"].update(received_at="5 May"), "received_at (datetime_format)"),
        (OPENED, lambda m: m.pop("sequence"), "missing headers: ce_sequence"),
        (OPENED, lambda m: m.update(type="x"), "ce_type is not known here"),
        (OPENED, lambda m: m.pop("data"), "missing attributes: data"),
        (FORCE, lambda m: m["data"].pop("words"), "words (missing)"),
        (FORCE, lambda m: m["data"].update(words=5), "words (string_type)"),
        (FORCE, lambda m: m["data"]["persons"][0].update(email="x" * 321), "persons.0.email"),
        (FORCE, lambda m: m.pop("id"), "missing headers: ce_id"),
        (FORCE, lambda m: m.update(source="/somewhere"), "ce_source is neither"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(
    archived: Example, change: Callable[[Any], object], said: str
) -> None:
    [verdict] = validate(spoiled(archived, change))
    assert said in verdict.wrong


@pytest.mark.parametrize(
    "text",
    [b"rubbish", b"{}", b"[]", b"5", b"null", b'{"specversion": 1}', b"\xff\xfe", b'{"a": NaN}',
     b'{"headers": {}, "value": null}', b'{"topic": "x", "headers": [1], "payload": "{}"}',
     b'{"headers": {"ce_type": "\\u0000"}, "value": {}}', b"[" * 100_000],
)  # fmt: skip
def test_rubbish_is_said_to_be_wrong_and_nothing_breaks(text: bytes) -> None:
    [verdict] = validate(text)
    assert verdict.wrong


def test_one_bad_line_among_good_ones_is_named_by_its_number() -> None:
    good = structured(OPENED)
    found = list(validate(b"\n".join([good, b"", b"rubbish", good])))
    assert [(one.place, bool(one.wrong)) for one in found] == [
        ("line 1", False), ("line 3", True), ("line 4", False),
    ]  # fmt: skip


def test_the_key_and_the_topic_of_a_record_count() -> None:
    other_key = json.loads(as_kcat_prints(OPENED)) | {"key": "another"}
    [verdict] = validate(json.dumps(other_key).encode())
    assert verdict.wrong == "the key is not the event's case_id"
    other_topic = json.loads(as_kcat_prints(OPENED)) | {"topic": "complaints.contacts.v1"}
    [verdict] = validate(json.dumps(other_topic).encode())
    assert "belong on complaints.cases.v1" in verdict.wrong


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], given: bytes, *asked: str
) -> tuple[object, str]:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(given)))
    with pytest.raises(SystemExit) as ended:
        main(asked)
    return ended.value.code, capsys.readouterr().out


def test_events_alone_are_validated_by_the_type_that_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ("validate", "-", "--type", "force.contact-redirected.v1")
    good, bad = b'{"channel": "FORCE_101", "words": "Help"}', b'{"channel": "FORCE_101"}'
    code, said = run(monkeypatch, capsys, good + b"\n" + bad, *asked)
    assert code == 1
    assert said.splitlines() == [
        "line 1: force.contact-redirected.v1: as it should be",
        "line 2: force.contact-redirected.v1: wrong or missing: words (missing)",
    ]
    assert run(monkeypatch, capsys, b"", *asked)[0] == "There is no message."
    code, said = run(monkeypatch, capsys, good, "validate", "-", "--type", "x")
    assert (code, said) == (1, "message: x: there is no type x\n")


def test_the_examples_that_are_printed_are_valid(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["examples"])
    printed = capsys.readouterr().out.encode()
    code, said = run(monkeypatch, capsys, printed, "validate", "-")
    assert code == 0
    assert said.count("as it should be") == len(examples())
