"""`complaints-contracts`: for whoever writes messages, changes contracts, or runs the cluster.

The module itself needs pydantic only; each command imports what it needs besides.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import shlex
import sys
from collections.abc import Callable, Coroutine, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

if TYPE_CHECKING:
    from complaints_contracts.topics import Topic

T = TypeVar("T")


def main(arguments: Sequence[str] | None = None) -> None:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="complaints-contracts",
        description="What crosses the wire: its messages, its topics, and what may change.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    topics = commands.add_parser("topics", help="compare the topics of a cluster, or create them")
    of_topics = topics.add_subparsers(required=True, metavar="COMMAND")
    reaching = (
        " Reaches the cluster as the services do: KAFKA_BOOTSTRAP_SERVERS,"
        " KAFKA_SECURITY_PROTOCOL, KAFKA_SASL_MECHANISM, KAFKA_USERNAME, KAFKA_PASSWORD and"
        " KAFKA_CA_FILE, as a principal that may"
    )
    plan = of_topics.add_parser(
        "plan",
        help="say which topics are missing, and which are not as their files say",
        description="Says which topics are missing, and whose partitions, retention or cleanup are"
        f" not as contracts/topics says; changes nothing.{reaching} describe topics. Ends with 1"
        " where something is not as it should be.",
    )
    plan.set_defaults(run=_plan)
    apply = of_topics.add_parser(
        "apply",
        help="create the topics that are missing; change and delete nothing",
        description="Creates the topics that are missing, as contracts/topics says, and says what"
        f" is not as it says; changes and deletes nothing.{reaching} create and describe topics."
        " Ends with 1 where something is not as it should be.",
    )
    apply.set_defaults(run=_apply)
    for command in (plan, apply):
        command.add_argument(
            "--wait",
            type=float,
            default=0,
            metavar="SECONDS",
            help="how long to wait for the cluster",
        )

    acls = commands.add_parser(
        "acls",
        help="print the access rules that follow from the topic files",
        description="Prints the access rules that follow from contracts/topics, one line of"
        " arguments for kafka-acls.sh each. Principals are the services by their names, operations,"
        " and force-<key> for each force.",
    )
    acls.set_defaults(run=_acls)

    check = commands.add_parser(
        "check",
        help="say what changed since a release, whom it breaks, and in which order to deploy",
        description="Compares topics, schemas and archived examples with a release. Ends with 1"
        " where something breaks somebody.",
    )
    check.add_argument(
        "--against",
        required=True,
        metavar="REF|DIR",
        help="a release, such as 0.1.0, a folder of contracts, or a commit",
    )
    check.set_defaults(run=_check)

    validate = commands.add_parser(
        "validate",
        help="say whether messages are what the contracts say, and exactly where not",
        description="Reads one message, or one on each line: a CloudEvent in structured mode, what"
        " `kcat -C -J` prints of a record, or an object with headers and value. Ends with 1 where"
        " one is wrong.",
    )
    validate.add_argument("file", metavar="FILE|-", help="- for standard input")
    validate.add_argument(
        "--type",
        dest="event_type",
        metavar="TYPE",
        help="the messages are events of this type, such as force.contact-redirected.v1, without"
        " anything around them",
    )
    validate.set_defaults(run=_validate)

    shown = commands.add_parser(
        "examples",
        help="print the archived messages, each as a CloudEvent on a line",
        description="Prints the archived messages, each as a CloudEvent in structured mode on a"
        " line: `complaints-contracts examples | complaints-contracts validate -`.",
    )
    shown.add_argument("types", nargs="*", metavar="TYPE", help="such as case.opened.v1; or all")
    shown.set_defaults(run=_examples)

    for command in (plan, apply, acls):
        command.add_argument(
            "--force",
            dest="forces",
            action="append",
            default=[],
            metavar="KEY",
            help="the key of a force the office deals with, such as cleveland; repeatable",
        )
    given = parser.parse_args(arguments)
    try:
        given.run(given)
    except ModuleNotFoundError as missing:
        sys.exit(f"{missing.name} is missing: pip install 'complaints-contracts[kafka]'")


def _topics(forces: Sequence[str]) -> Sequence[Topic]:
    from complaints_contracts.topics import topics_for

    try:
        return list(topics_for(forces).values())
    except ValueError as error:
        sys.exit(f"--force: {error}")


def _acls(given: argparse.Namespace) -> None:
    from complaints_contracts.access import access_rules, as_arguments

    for call in as_arguments(access_rules(_topics(given.forces))):
        print(shlex.join(call))  # noqa: T201


def _check(given: argparse.Namespace) -> None:
    from complaints_contracts.gate import GateError, findings, release_at, report, today

    try:
        new = today()
        found = findings(release_at(given.against), new)
    except GateError as error:
        sys.exit(str(error))
    print(report(found, given.against, new.topics))  # noqa: T201
    sys.exit(any(finding.breaks for finding in found))


def _validate(given: argparse.Namespace) -> None:
    from complaints_contracts.validate import validate

    try:
        text = sys.stdin.buffer.read() if given.file == "-" else Path(given.file).read_bytes()
    except OSError as error:
        sys.exit(f"{given.file}: {error.strerror}")
    found = list(validate(text, given.event_type))
    if not found:
        sys.exit("There is no message.")
    for verdict in found:
        what = ": ".join(filter(None, (verdict.type, verdict.wrong or "as it should be")))
        print(f"{verdict.place}: {what}")  # noqa: T201
    sys.exit(any(verdict.wrong for verdict in found))


def _examples(given: argparse.Namespace) -> None:
    from complaints_contracts.examples import examples
    from complaints_contracts.validate import structured

    found = examples()
    known = {example.type for example in found}
    if unknown := set(given.types) - known:
        sys.exit(
            f"There is no type {', '.join(sorted(unknown))}. Known: {', '.join(sorted(known))}."
        )
    for example in found:
        if not given.types or example.type in given.types:
            print(structured(example).decode())  # noqa: T201


def _plan(given: argparse.Namespace) -> None:
    from complaints_contracts.kafka import differences

    topics = _topics(given.forces)
    found = _ask_cluster(lambda clients: differences(topics, clients, given.wait))
    _say({name: "to be created" if it is None else _told(it) for name, it in found.items()})
    sys.exit(any(it is None or it for it in found.values()))


def _apply(given: argparse.Namespace) -> None:
    from complaints_contracts.kafka import create_topics, differences

    topics = _topics(given.forces)
    created = _ask_cluster(lambda clients: create_topics(topics, clients, given.wait))
    found = _ask_cluster(lambda clients: differences(topics, clients, given.wait))
    _say({name: "created" if name in created else _told(it or ()) for name, it in found.items()})


def _told(differs: Sequence[str]) -> str:
    return f"differs: {'; '.join(differs)}" if differs else "as it should be"


def _say(lines: Mapping[str, str]) -> None:
    for name, what in lines.items():
        print(f"{name}  {what}")  # noqa: T201


def _ask_cluster(ask: Callable[[Mapping[str, Any]], Coroutine[Any, Any, T]]) -> T:
    from complaints_contracts.kafka import ClusterError, KafkaSettings

    said = _Last()
    logging.getLogger("aiokafka").addHandler(said)
    try:
        return asyncio.run(ask(KafkaSettings().for_clients()))
    except ValidationError as error:
        sys.exit("\n".join(map(_mistake, error.errors(include_input=False))))
    except ClusterError as error:
        sys.exit(f"{error} {said.words}".strip())


class _Last(logging.Handler):
    """Keeps what the client said last, which it says again at every try."""

    words = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.words = record.getMessage()


def _mistake(error: ErrorDetails) -> str:
    if error["type"] == "missing":
        return f"Set {error['loc'][0]}."
    words = error["msg"].removeprefix("Value error, ")
    return ": ".join([*map(str, error["loc"]), words])
