"""Readers that were not deployed anew read what is written today (architecture 4)."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from pinned import RELEASED, WHEELS, Bytes, read_by

from complaints_contracts.examples import examples

TODAY = [
    Bytes(example.topic, example.key, example.headers, example.value)
    for example in examples()
    if not example.from_force
]


def test_every_release_left_its_readers() -> None:
    assert {wheel.parent.name for wheel in WHEELS} == {path.name for path in RELEASED.iterdir()}


@pytest.mark.parametrize("wheel", WHEELS, ids=lambda wheel: wheel.parent.name)
def test_readers_of_every_release_read_every_message_of_today(wheel: Path) -> None:
    found = Counter(read_by(wheel, TODAY))
    print(dict(found))
    assert found.keys() <= {"", "unknown"}
    assert found[""] > 30


@pytest.mark.parametrize("wheel", WHEELS, ids=lambda wheel: wheel.parent.name)
def test_readers_of_every_release_refuse_what_lacks_something(wheel: Path) -> None:
    opened = next(
        one for one in TODAY if one.topic == "complaints.cases.v1" and b"opened" in _type(one)
    )
    less = opened.value.replace(b'"reference"', b'"no_reference"')
    bare = Bytes(opened.topic, opened.key, (), opened.value)
    lacking = Bytes(opened.topic, opened.key, opened.headers, less)
    assert read_by(wheel, [bare, lacking, opened]) == [
        "unknown",
        "wrong or missing: reference (missing)",
        "",
    ]


def _type(record: Bytes) -> bytes:
    return dict(record.headers)[b"ce_type"]
