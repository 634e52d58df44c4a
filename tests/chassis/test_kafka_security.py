"""Kafka with TLS, passwords and access rules: who is declared gets in, and nobody gets further."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import GroupAuthorizationFailedError, TopicAuthorizationFailedError
from certificates import Authority
from cluster import started
from secured_kafka import ADMIN, SecuredKafka

from complaints_contracts.access import Access, Operation, Resource, access_rules, principal_of
from complaints_contracts.kafka import ClusterError, KafkaSettings, create_topics
from complaints_contracts.topics import Topic, topics_for

pytestmark = pytest.mark.cluster

FORCES = ("cleveland", "north-moors")
TOPICS = topics_for(FORCES)
KINDS = ("contacts", "cases", "transfers", "receipts")
RULES = access_rules(TOPICS.values())
PRINCIPALS = sorted({rule.principal for rule in RULES})
PROGRAM = Path(sys.executable).with_name("complaints-contracts")
ANSWER_SECONDS = 10


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def secured(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SecuredKafka]:
    """A broker with every topic of an office with two forces, and the rules that follow."""
    folder = tmp_path_factory.mktemp("secured")
    passwords = {principal: f"{principal}-secret" for principal in (*PRINCIPALS, "stranger")}
    broker = SecuredKafka(folder / "kafka", Authority(folder), passwords)
    await started(broker)
    await create_topics(TOPICS.values(), broker.clients)
    broker.allow(RULES)
    yield broker
    await broker.stop()


async def may_write(broker: SecuredKafka, principal: str, topic: str) -> bool:
    producer = AIOKafkaProducer(**broker.settings_of(principal).for_clients(), acks="all")
    await producer.start()
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await producer.send_and_wait(topic, b"{}", key=b"key")
    except TopicAuthorizationFailedError:
        return False
    finally:
        await producer.stop()
    return True


async def may_read(broker: SecuredKafka, principal: str, topic: str) -> bool:
    consumer = AIOKafkaConsumer(
        topic, **broker.settings_of(principal).for_clients(), auto_offset_reset="earliest"
    )
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            await consumer.start()
            return (await consumer.getone()) is not None
    except TopicAuthorizationFailedError:
        return False
    finally:
        await consumer.stop()


async def may_join(broker: SecuredKafka, principal: str, group: str) -> bool:
    admin = AIOKafkaAdminClient(**broker.settings_of(principal).for_clients())
    await admin.start()
    try:
        await admin.find_coordinator(group)
    except GroupAuthorizationFailedError:
        return False
    finally:
        await admin.close()
    return True


async def test_every_declared_right_is_granted_and_every_other_is_refused(
    secured: SecuredKafka,
) -> None:
    """Every principal, topic and operation there is, and every group."""
    for topic in TOPICS.values():  # so that there is something to read in each
        async with AIOKafkaProducer(**secured.clients) as producer:
            await producer.send_and_wait(topic.name, b"{}", partition=0)
    tried = granted = 0
    for principal in (*PRINCIPALS, "stranger"):
        for topic in TOPICS:
            for operation, may in ((Operation.WRITE, may_write), (Operation.READ, may_read)):
                declared = Access(principal, operation, Resource.TOPIC, topic) in RULES
                assert await may(secured, principal, topic) is declared, (principal, operation)
                tried, granted = tried + 1, granted + declared
        for group in (*PRINCIPALS, "force-cleveland.x", "operations.x", "intake.x"):
            names = {r.name for r in RULES if r[:3] == (principal, "Read", Resource.GROUP)}
            declared = any(
                group.startswith(name) if name.endswith(".") else group == name for name in names
            )
            assert await may_join(secured, principal, group) is declared, (principal, group)
            tried, granted = tried + 1, granted + declared
    print(f"{tried} rights tried, {granted} of them declared and granted, the others refused")


@pytest.mark.parametrize("principal", ["intake", "force-cleveland", "operations"])
async def test_nobody_makes_or_removes_topics(secured: SecuredKafka, principal: str) -> None:
    admin = AIOKafkaAdminClient(**secured.settings_of(principal).for_clients())
    await admin.start()
    try:
        [(_, made, *_)] = (await admin.create_topics([NewTopic("mine", 1, 1)])).topic_errors
        removed = (await admin.delete_topics(["complaints.ops.v1"])).topic_error_codes
    finally:
        await admin.close()
    assert made in (29, 31)  # not authorised, for the topic or for the cluster
    assert [code for _, code in removed] == [29] or [code for _, code in removed] == [3]


@pytest.mark.parametrize(
    "wrong",
    [
        {"KAFKA_PASSWORD": "guessed"},
        {"KAFKA_USERNAME": "nobody"},
        {"KAFKA_CA_FILE": ""},
        {"KAFKA_SECURITY_PROTOCOL": "PLAINTEXT", "KAFKA_USERNAME": "", "KAFKA_CA_FILE": ""},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
async def test_who_cannot_prove_themselves_does_not_get_in(
    secured: SecuredKafka, wrong: dict[str, str]
) -> None:
    given = secured.environment_of("intake") | wrong
    given = {name: value for name, value in given.items() if value}
    if "KAFKA_USERNAME" not in given:
        del given["KAFKA_PASSWORD"]
    settings = KafkaSettings.model_validate(given)
    with pytest.raises(ClusterError, match="does not let us in"):
        await create_topics([], settings.for_clients())


async def test_a_broker_with_anothers_certificate_is_not_believed(
    secured: SecuredKafka, tmp_path: Path
) -> None:
    given = secured.environment_of("intake") | {"KAFKA_CA_FILE": str(Authority(tmp_path).file)}
    with pytest.raises(ClusterError, match="does not let us in"):
        await create_topics([], KafkaSettings.model_validate(given).for_clients())


def run(secured: SecuredKafka, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], **secured.environment_of(ADMIN)}
    command = [PROGRAM, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


async def test_the_command_makes_the_topics_that_are_missing_as_their_files_say(
    secured: SecuredKafka,
) -> None:
    apply = ["topics", "apply", "--force", "cleveland", "--force", "south-moors"]
    new = {f"force.south-moors.{kind}.v1" for kind in KINDS}
    first = await asyncio.to_thread(run, secured, *apply)
    again = await asyncio.to_thread(run, secured, *apply)
    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    said = dict(line.split("  ") for line in first.stdout.splitlines())
    assert {name for name, what in said.items() if what == "created"} == new
    assert set(said) == set(topics_for(["cleveland", "south-moors"]))
    assert "created" not in again.stdout
    admin = AIOKafkaAdminClient(**secured.clients)
    await admin.start()
    try:
        described = {found["topic"]: found for found in await admin.describe_topics(list(said))}
    finally:
        await admin.close()
    wanted: dict[str, Topic] = topics_for(["cleveland", "south-moors"])
    assert {name: len(found["partitions"]) for name, found in described.items()} == {
        name: topic.partitions for name, topic in wanted.items()
    }


async def test_a_plan_says_what_is_missing_and_what_differs_and_changes_nothing(
    secured: SecuredKafka,
) -> None:
    plan = ["topics", "plan", "--force", "west-moors"]
    missing = {f"force.west-moors.{kind}.v1" for kind in KINDS}
    for _ in range(2):
        found = await asyncio.to_thread(run, secured, *plan)
        said = dict(line.split("  ") for line in found.stdout.splitlines())
        assert found.returncode == 1, found.stderr
        assert {name for name, what in said.items() if what == "to be created"} == missing
        assert {what for name, what in said.items() if name not in missing} == {"as it should be"}
    admin = AIOKafkaAdminClient(**secured.clients)
    await admin.start()
    try:
        other = NewTopic("force.west-moors.contacts.v1", 2, 1, topic_configs={"retention.ms": "9"})
        await admin.create_topics([other])
    finally:
        await admin.close()
    applied = await asyncio.to_thread(run, secured, "topics", "apply", "--force", "west-moors")
    said = dict(line.split("  ") for line in applied.stdout.splitlines())
    assert applied.returncode == 0, applied.stderr
    assert said["force.west-moors.receipts.v1"] == "created"
    assert said["force.west-moors.contacts.v1"] == (
        "differs: 2 partitions instead of 1; retention.ms 9 instead of 1209600000"
    )


async def test_a_password_is_in_no_message_of_the_command(secured: SecuredKafka) -> None:
    environment = {"PATH": os.environ["PATH"], **secured.environment_of("intake")}
    environment["KAFKA_PASSWORD"] = secret = "quillon-farrowdale"
    found = await asyncio.to_thread(
        subprocess.run,
        [PROGRAM, "topics", "apply"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 1
    assert "does not let us in" in found.stderr
    assert "Traceback" not in found.stderr
    assert secret not in found.stdout + found.stderr


def test_each_party_of_a_topic_file_is_a_principal() -> None:
    parties = {
        principal_of(party)
        for topic in TOPICS.values()
        for party in (*topic.producers, *topic.consumers, *topic.readers)
    }
    assert parties == set(PRINCIPALS)
