"""Who may do what on the cluster, as it follows from the topic files. Needs PyYAML.

Each service, each force and operations has a Kafka principal of its own. Whatever no rule here
allows is refused by a cluster that denies by default (`allow.everyone.if.no.acl.found=false`).
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple

from complaints_contracts.topics import Topic


class Operation(StrEnum):
    """What Kafka asks a principal's right for; each of them allows to describe, too."""

    READ = "Read"
    WRITE = "Write"


class Resource(StrEnum):
    """What a right is about."""

    TOPIC = "topic"
    GROUP = "group"


class Access(NamedTuple):
    """One right. A name that ends with a full stop stands for every name that begins with it."""

    principal: str
    operation: Operation
    resource: Resource
    name: str

    @property
    def is_prefix(self) -> bool:
        """Whether it is about every name that begins so."""
        return self.name.endswith(".")


def principal_of(party: str) -> str:
    """The principal of whoever a topic file names: `force cleveland` is `force-cleveland`."""
    return party.replace(" ", "-")


def access_rules(topics: Iterable[Topic]) -> list[Access]:
    """Every right there is on these topics, in order.

    Who writes a topic may read it too: its own events only, as `journal verify --topic` does. A
    service joins the consumer group of its own name; the others any group whose name begins with
    theirs and a full stop.
    """
    rules = set()
    for topic in topics:
        parties = (topic.producers, topic.consumers, topic.readers)
        writers, services, readers = (set(map(principal_of, names)) for names in parties)
        rules |= {Access(who, Operation.WRITE, Resource.TOPIC, topic.name) for who in writers}
        rules |= {
            Access(who, Operation.READ, Resource.TOPIC, topic.name)
            for who in writers | services | readers
        }
        rules |= {Access(who, Operation.READ, Resource.GROUP, who) for who in services}
        rules |= {Access(who, Operation.READ, Resource.GROUP, f"{who}.") for who in readers}
    return sorted(rules)


def as_arguments(rules: Iterable[Access]) -> list[list[str]]:
    """The rules as arguments of `kafka-acls.sh`, one call each: to be run by who may alter them."""
    calls = []
    for (who, operation, prefix), same in groupby(sorted(rules, key=_call), key=_call):
        names = [argument for rule in same for argument in (f"--{rule.resource}", rule.name)]
        pattern = ["--resource-pattern-type", "prefixed"] if prefix else []
        calls.append(
            [
                "--add",
                "--allow-principal",
                f"User:{who}",
                "--operation",
                operation,
                *pattern,
                *names,
            ]
        )
    return calls


def _call(rule: Access) -> tuple[str, Operation, bool]:
    """Rules that one call can make together."""
    return rule.principal, rule.operation, rule.is_prefix
