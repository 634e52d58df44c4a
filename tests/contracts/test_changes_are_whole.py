"""A change to a contract carries its schema, an example, a line in the changelog and the order in
which to deploy; whoever leaves one out is told so here. (That schemas follow the models is held by
`test_schemas`, that every type has an example by `test_examples`.)"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from complaints_contracts.data import data_folder
from complaints_contracts.examples import examples
from complaints_contracts.gate import Finding, findings, read_release, report, today
from complaints_contracts.topics import topics

CONTRACTS = data_folder("topics").parent
LATEST = max((CONTRACTS / "released").iterdir(), key=lambda path: [*map(int, path.name.split("."))])
CHANGES = findings(read_release(LATEST), today())
FIELD, CODE = re.compile(r"(\S+) is new"), re.compile(r"\S+ (\S+) is a new code")
PARTY = re.compile(r"(.+) is (?:one|none) of its (\w+) (?:now|any more)")


def changelog() -> str:
    """What it says of everything since the latest release."""
    text = (CONTRACTS / "CHANGELOG.md").read_text(encoding="utf-8")
    return text.partition("## Not released yet")[2].partition(f"## {LATEST.name}")[0]


def of_a_part(path: str) -> bool:
    """Whether a field belongs to what several events share, such as a person or a file."""
    return "." in path


def names(change: Finding) -> Iterator[str]:
    """What whoever reads of this change will look for."""
    if change.what in ("the topic is new", "the type is new"):
        yield change.subject.removesuffix(".v1").replace("{force}", "<force>")
    elif found := CODE.fullmatch(change.what):
        yield found[1]
    elif found := FIELD.fullmatch(change.what):
        yield from () if of_a_part(found[1]) else (change.subject.removesuffix(".v1"),)
        yield found[1].rpartition(".")[2]
    elif found := PARTY.fullmatch(change.what):
        yield from (change.subject.replace("{force}", "<force>"), found[1])
    else:
        yield change.subject.removesuffix(".v1")


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: f"{change.subject}: {change.what}")
def test_the_changelog_names_it(change: Finding) -> None:
    said = changelog()
    for name in names(change):
        assert name in said, f"contracts/CHANGELOG.md does not say what became of {name}"


def test_the_changelog_says_in_which_order_to_deploy() -> None:
    order = report(CHANGES, LATEST.name, topics()).partition("who reads before who writes:\n")[2]
    for line in order.splitlines():
        assert line.strip() in changelog(), f"contracts/CHANGELOG.md lacks: {line.strip()}"


def shown(node: Any, name: str) -> bool:
    """Whether a field of this name has a value anywhere in a message."""
    match node:
        case dict():
            here = node.get(name) not in (None, [], "")
            return here or any(shown(each, name) for each in node.values())
        case list():
            return any(shown(each, name) for each in node)
    return False


@pytest.mark.parametrize(
    "change",
    [one for one in CHANGES if FIELD.fullmatch(one.what) or CODE.fullmatch(one.what)],
    ids=lambda change: f"{change.subject}: {change.what}",
)
def test_an_example_shows_it(change: Finding) -> None:
    """A field, in an example of its event; a code or a field of a part, in one of any event."""
    archived = examples()
    if found := CODE.fullmatch(change.what):
        there = any(f'"{found[1]}"' in one.value.decode() for one in archived)
    else:
        field = FIELD.fullmatch(change.what)
        assert field
        of = archived if of_a_part(field[1]) else [o for o in archived if o.type == change.subject]
        there = any(shown(json.loads(one.value), field[1].rpartition(".")[2]) for one in of)
    assert there, f"no example of {change.subject} shows it; add one to contracts/examples"
