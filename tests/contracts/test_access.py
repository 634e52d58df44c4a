"""The access rules, as they follow from the topic files."""

from __future__ import annotations

import pytest

from complaints_contracts import cli
from complaints_contracts.access import Access, Operation, Resource, access_rules, as_arguments
from complaints_contracts.topics import topics_for

FORCES = ("cleveland", "north-moors")
TOPICS = topics_for(FORCES).values()
RULES = access_rules(TOPICS)
SERVICES = {"intake", "triage", "casework", "notifications", "reviews"}


def names(principal: str, operation: Operation, resource: Resource) -> set[str]:
    return {r.name for r in RULES if r[:3] == (principal, operation, resource)}


def test_a_service_writes_its_own_topics_reads_those_and_what_it_consumes_and_has_one_group() -> (
    None
):
    ours = {f"complaints.{stream}.v1" for stream in ("cases", "allegations", "ops")}
    others = {f"complaints.{stream}.v1" for stream in ("triage", "notices", "reviews")}
    for force in FORCES:
        ours |= {f"force.{force}.transfers.v1", f"force.{force}.receipts.v1"}
        others |= {f"force.{force}.cases.v1"}
    assert names("casework", Operation.WRITE, Resource.TOPIC) == ours
    assert names("casework", Operation.READ, Resource.TOPIC) == ours | others
    assert names("casework", Operation.READ, Resource.GROUP) == {"casework"}


def test_a_force_reaches_its_own_topics_and_nothing_else() -> None:
    writes = {"force.cleveland.contacts.v1", "force.cleveland.cases.v1"}
    reads = {"force.cleveland.transfers.v1", "force.cleveland.receipts.v1"}
    assert names("force-cleveland", Operation.WRITE, Resource.TOPIC) == writes
    assert names("force-cleveland", Operation.READ, Resource.TOPIC) == writes | reads
    assert names("force-cleveland", Operation.READ, Resource.GROUP) == {"force-cleveland."}


def test_operations_read_what_has_no_personal_data_and_write_nothing() -> None:
    assert names("operations", Operation.READ, Resource.TOPIC) == {"complaints.ops.v1"}
    assert not names("operations", Operation.WRITE, Resource.TOPIC)


def test_nobody_else_has_a_right() -> None:
    principals = {rule.principal for rule in RULES}
    assert principals == SERVICES | {"operations", *(f"force-{force}" for force in FORCES)}


def test_no_group_of_one_can_be_taken_for_anothers() -> None:
    groups = [rule for rule in RULES if rule.resource is Resource.GROUP]
    for rule in groups:
        meant = [r for r in groups if r is not rule and r.name.startswith(rule.name)]
        assert not (rule.is_prefix and meant)


def test_every_rule_is_in_exactly_one_call() -> None:
    found = []
    for call in as_arguments(RULES):
        pairs = list(zip(call[1::2], call[2::2], strict=True))
        given = dict(pairs[:2])
        prefix = ("--resource-pattern-type", "prefixed") in pairs
        for option, name in pairs:
            if option in ("--topic", "--group"):
                principal = given["--allow-principal"].removeprefix("User:")
                operation = Operation(given["--operation"])
                rule = Access(principal, operation, Resource(option[2:]), name)
                assert rule.is_prefix is prefix
                found.append(rule)
    assert sorted(found) == RULES


def test_the_command_prints_them(capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["acls", "--force", "cleveland"])
    lines = capsys.readouterr().out.splitlines()
    assert (
        "--add --allow-principal User:operations --operation Read --topic complaints.ops.v1"
        in lines
    )
    assert len(lines) == len(as_arguments(access_rules(topics_for(["cleveland"]).values())))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["acls", "--force", "Cleveland"], "small letters, digits and hyphens"),
        (["topics", "apply"], "Set KAFKA_BOOTSTRAP_SERVERS."),
    ],
)
def test_a_mistake_is_said_in_one_line(
    arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("KAFKA_BOOTSTRAP_SERVERS", raising=False)
    with pytest.raises(SystemExit, match=said) as ended:
        cli.main(arguments)
    assert "\n" not in str(ended.value)
