"""The gate: mutations of the real contracts, each caught or let through, and whom it breaks."""

from __future__ import annotations

import copy
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from complaints_contracts.gate import (
    GateError,
    Release,
    findings,
    read_release,
    release_at,
    report,
    today,
)
from complaints_contracts.topics import Cleanup

PROGRAM = Path(sys.executable).with_name("complaints-contracts")
RELEASED = sorted((Path(__file__).parents[2] / "contracts" / "released").iterdir())

CONTACTS, CASES, NOTICES = "complaints.contacts.v1", "complaints.cases.v1", "complaints.notices.v1"
OPS, FORCE, RECEIPTS = (
    "complaints.ops.v1", "force.{force}.contacts.v1", "force.{force}.receipts.v1",
)  # fmt: skip
RECEIVED, OPENED, SENT = "contact.received.v1", "case.opened.v1", "notice.sent.v1"
REDIRECTED, ANSWERED, STARTED = (
    "force.contact-redirected.v1", "force.record-answered.v1", "ops.service-started.v1",
)  # fmt: skip
OF_CONTACTS = ("triage", "notifications")
OF_CASES = ("reviews", "notifications")
OF_NOTICES = ("casework", "reviews")
A_FORCE = "force {force}"
NOBODY = ()

Mutate = Callable[[Release], None]


def schema(name: str, change: Callable[[dict[str, Any]], object]) -> Mutate:
    """Changes the schema of an event."""
    return lambda release: change(release.schemas[name]) and None  # type: ignore[arg-type]


def field(name: str, path: str, **change: Any) -> Mutate:
    """Changes keywords of a field, named by its way through properties and definitions; a keyword
    that is set to None is taken away."""

    def mutate(release: Release) -> None:
        node: Any = release.schemas[name]
        for step in path.split("/"):
            node = node[step]
        for keyword, value in change.items():
            keyword = {"ref": "$ref", "codes": "x-extensible-enum"}.get(keyword, keyword)
            keyword = keyword.replace("x_personal", "x-personal")
            node.pop(keyword, None)
            if value is not None:
                node[keyword] = value

    return mutate


def without(name: str, property: str) -> Mutate:
    def mutate(release: Release) -> None:
        described: Any = release.schemas[name]
        del described["properties"][property]
        if property in described["required"]:
            described["required"].remove(property)

    return mutate


def renamed(name: str, before: str, after: str) -> Mutate:
    def mutate(release: Release) -> None:
        described: Any = release.schemas[name]
        described["properties"][after] = described["properties"].pop(before)
        described["required"] = [after if r == before else r for r in described["required"]]

    return mutate


def added(name: str, property: str, required: bool = False, **described: Any) -> Mutate:
    def mutate(release: Release) -> None:
        found: Any = release.schemas[name]
        found["properties"][property] = {"type": "string", **described}
        if required:
            found["required"].append(property)

    return mutate


def required(name: str, property: str, *, is_now: bool) -> Mutate:
    def mutate(release: Release) -> None:
        found: Any = release.schemas[name]["required"]
        (found.append if is_now else found.remove)(property)

    return mutate


def topic(name: str, **change: Any) -> Mutate:
    def mutate(release: Release) -> None:
        release.topics[name] = release.topics[name].model_copy(update=change)  # type: ignore[index]

    return mutate


def example(digest: str | None) -> Mutate:
    def mutate(release: Release) -> None:
        path = next(iter(release.examples))
        if digest is None:
            del release.examples[path]  # type: ignore[attr-defined]
        else:
            release.examples[path] = digest  # type: ignore[index]

    return mutate


def gone(part: str, name: str) -> Mutate:
    return lambda release: getattr(release, part).pop(name) and None


CAUGHT: dict[str, tuple[Mutate, tuple[str, ...]]] = {
    "an optional field is gone": (without(RECEIVED, "made_at"), OF_CONTACTS),
    "a required field is gone": (without(RECEIVED, "reference"), OF_CONTACTS),
    "a field of a definition is gone": (
        lambda r: r.schemas[RECEIVED]["$defs"]["Person"]["properties"].pop("role") and None,
        OF_CONTACTS,
    ),
    "a field is renamed": (renamed(OPENED, "reference", "case_reference"), OF_CASES),
    "text becomes a number": (field(OPENED, "properties/reference", type="integer"), OF_CASES),
    "a number becomes text": (field(SENT, "properties/attempts", type="string"), OF_NOTICES),
    "one becomes many": (
        field(SENT, "properties/medium", ref=None, type="array", items={"type": "string"}),
        OF_NOTICES,
    ),
    "a new required field": (added(RECEIVED, "weather", required=True), OF_CONTACTS),
    "an optional field becomes required": (required(SENT, "uncertain", is_now=True), OF_NOTICES),
    "a pattern is narrowed": (
        field(OPENED, "properties/reference", pattern="^[A-Z]{3}$"), OF_CASES
    ),
    "a pattern is new": (field(STARTED, "properties/speaker", pattern="^c"), ("operations",)),
    "a shorter limit": (field(OPENED, "properties/reference", maxLength=8), OF_CASES),
    "a longer least length": (field(OPENED, "properties/reference", minLength=20), OF_CASES),
    "a higher least number": (field(SENT, "properties/attempts", minimum=2), OF_NOTICES),
    "a lower greatest number": (field(SENT, "properties/attempts", maximum=2), OF_NOTICES),
    "fewer may be listed": (field(RECEIVED, "properties/persons", maxItems=1), OF_CONTACTS),
    "more must be listed": (field(RECEIVED, "properties/persons", minItems=2), OF_CONTACTS),
    "another format": (field(RECEIVED, "properties/received_at", format="date"), OF_CONTACTS),
    "null is refused": (
        field(RECEIVED, "properties/made_at", anyOf=None, type="string", format="date-time"),
        OF_CONTACTS,
    ),
    "a code is gone": (field(SENT, "$defs/Purpose", codes=["OTHER"]), OF_NOTICES),
    "a code list is closed": (
        field(SENT, "$defs/Purpose", enum=["ACKNOWLEDGEMENT", "OTHER"]), OF_NOTICES
    ),
    "another default": (field(SENT, "properties/uncertain", default=True), OF_NOTICES),
    "not personal now": (field(RECEIVED, "properties/words", x_personal=None), OF_CONTACTS),
    "newly marked personal": (field(OPENED, "properties/reference", x_personal=True), OF_CASES),
    "what is not known is refused": (
        schema(RECEIVED, lambda s: s.update(additionalProperties=False)), OF_CONTACTS
    ),
    "a keyword that the gate does not know": (
        schema(RECEIVED, lambda s: s.update(dependentRequired={})), OF_CONTACTS
    ),
    "another key of an event": (
        schema(OPENED, lambda s: s.update({"x-key": "contact_id"})), ("casework", *OF_CASES)
    ),
    "an event moves to another topic": (
        schema(OPENED, lambda s: s.update({"x-topic": NOTICES})), ("casework", *OF_CASES)
    ),
    "a type is gone": (gone("schemas", SENT), OF_NOTICES),
    "a topic is gone": (
        lambda r: [gone("topics", RECEIPTS)(r), gone("schemas", ANSWERED)(r)].clear(),
        ("intake", "casework", A_FORCE),
    ),
    "another key of a topic": (topic(CASES, key="contact_id"), ("casework", *OF_CASES)),
    "fewer partitions": (topic(CASES, partitions=1), ("casework", *OF_CASES)),
    "another cleanup": (topic(CASES, cleanup=Cleanup.COMPACT), OF_CASES),
    "records are kept for less long": (topic(CASES, retention_days=1), OF_CASES),
    "operations lose their topic": (topic(OPS, readers=()), ("operations",)),
    "a force loses its receipts": (topic(RECEIPTS, readers=()), (A_FORCE,)),
    "a force may not write any more": (topic(FORCE, producers=()), (A_FORCE,)),
    "forces must say more": (added(REDIRECTED, "urgency", required=True), (A_FORCE, "intake")),
    "forces may say less": (without(REDIRECTED, "made_at"), (A_FORCE, "intake")),
    "forces must write shorter": (
        field(REDIRECTED, "properties/words", maxLength=10), (A_FORCE, "intake")
    ),
    "a receipt says something wider": (
        field(ANSWERED, "properties/receipt_id", format=None), (A_FORCE,)
    ),
    "a receipt may leave something out": (
        required(ANSWERED, "receipt_id", is_now=False), (A_FORCE,)
    ),
    "operations are told something wider": (
        field(STARTED, "properties/speaker", minLength=None), ("operations",)
    ),
    "an archived message is changed": (example("0" * 64), ("archive",)),
    "an archived message is gone": (example(None), ("archive",)),
}  # fmt: skip

LET_THROUGH: dict[str, Mutate] = {
    "a new optional field": added(RECEIVED, "weather"),
    "a new optional field of a receipt": added(ANSWERED, "hint"),
    "a new optional field for forces": added(REDIRECTED, "weather"),
    "a new code": field(SENT, "$defs/Purpose", codes=["ACKNOWLEDGEMENT", "REVIEW_ACKNOWLEDGEMENT",
                                                      "THANKS", "CASE_STEP", "FAREWELL", "OTHER"]),
    "fewer need be listed": field(RECEIVED, "properties/persons", minItems=None),
    "a pattern falls": field(OPENED, "properties/reference", pattern=None),
    "a required field becomes optional": required(OPENED, "reference", is_now=False),
    "null is allowed": field(SENT, "properties/attempts", type=None,
                             anyOf=[{"type": "integer"}, {"type": "null"}]),
    "any number instead of whole ones": field(SENT, "properties/attempts", type="number"),
    "forces may name more people": field(REDIRECTED, "properties/persons", maxItems=20),
    "forces may write longer": field(
        REDIRECTED, "$defs/ForcePerson/properties/name", maxLength=999
    ),
    "another description": schema(OPENED, lambda s: s.update(description="Other words.")),
    "another title": field(OPENED, "properties/reference", title="Case reference"),
    "a definition gets another name": schema(SENT, lambda s: (
        s["$defs"].update(Why=s["$defs"].pop("Purpose")),
        s["properties"]["purpose"].update({"$ref": "#/$defs/Why"}),
    )),
    "more partitions": topic(CASES, partitions=6),
    "records are kept longer": topic(CASES, retention_days=30),
    "a new consumer": topic(CASES, consumers=(*OF_CASES, "intake")),
    "a consumer of ours stops": topic(CASES, consumers=("reviews",)),
    "another description of a topic": topic(CASES, description="Other words."),
    "another archived message": lambda r: r.examples.update(  # type: ignore[attr-defined]
        {"case.opened.v1/new.json": "0" * 64}
    ),
}  # fmt: skip


def mutated(mutate: Mutate) -> Release:
    release = copy.deepcopy(today())
    mutate(release)
    assert release != today(), "the mutation changes nothing"
    return release


def test_there_are_forty_mutations_and_more() -> None:
    assert len(CAUGHT) + len(LET_THROUGH) >= 40


@pytest.mark.parametrize("name", CAUGHT)
def test_what_breaks_somebody_is_caught_and_says_whom(name: str) -> None:
    mutate, expected = CAUGHT[name]
    found = findings(today(), mutated(mutate))
    broken = [party for finding in found for party in finding.breaks]
    assert set(broken) == set(expected)


@pytest.mark.parametrize("name", LET_THROUGH)
def test_what_breaks_nobody_is_let_through(name: str) -> None:
    assert not [found for found in findings(today(), mutated(LET_THROUGH[name])) if found.breaks]


def test_nothing_has_changed_against_itself() -> None:
    assert findings(today(), today()) == ()


def test_a_renamed_field_is_said_to_be_one() -> None:
    found = findings(today(), mutated(renamed(OPENED, "matter", "number_of_matter")))
    assert "renamed to number_of_matter?" in report(found, "0.1.0", {})


@pytest.mark.parametrize("released", RELEASED, ids=lambda folder: folder.name)
def test_today_breaks_no_release(released: Path) -> None:
    new = today()
    found = findings(read_release(released), new)
    print(report(found, released.name, new.topics))
    assert not [finding for finding in found if finding.breaks]


def test_a_release_is_found_by_number_folder_and_commit(tmp_path: Path) -> None:
    by_number = release_at(RELEASED[0].name)
    assert by_number == release_at(str(RELEASED[0]))
    assert release_at("HEAD").topics
    with pytest.raises(GateError, match="no folder of contracts, no release"):
        release_at("no-such-thing")
    with pytest.raises(GateError, match="holds no contracts"):
        read_release(tmp_path)


def test_the_command_says_what_changed_and_who_is_deployed_first(tmp_path: Path) -> None:
    asked = [str(PROGRAM), "check", "--against", RELEASED[0].name]
    said = subprocess.run(asked, capture_output=True, text=True, check=False)
    assert (said.returncode, said.stderr) == (0, "")
    assert "complaints.contacts.v1: triage, notifications; then intake" in said.stdout
