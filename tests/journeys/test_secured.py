"""Five services as processes where nothing is open: Kafka, PostgreSQL and mail ask who they are.

Each is its own Kafka principal with the rights that follow from the topic files, and no more.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from email import message_from_bytes
from pathlib import Path
from typing import NamedTuple

import asyncpg
import httpx
import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from certificates import Authority
from cluster import started
from secured_kafka import SecuredKafka
from sqlalchemy import make_url
from tls_mail import NAME, PASSWORD, MailServer

from complaints_chassis.migrate import migrate
from complaints_contracts.access import access_rules
from complaints_contracts.kafka import create_topics
from complaints_contracts.ops import ServiceStarted
from complaints_contracts.topics import topics_for
from complaints_law.office import load_office
from complaints_local.postgres import DatabaseUrls
from complaints_local.processes import ServiceProcess
from complaints_local.system import PARTS
from complaints_notifications.settings import Tls

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.timeout(300)]

SERVICES = [part.service.name for part in PARTS]
PROGRAMS = Path(sys.executable).parent
CONTACTS = 30


class Secured(NamedTuple):
    kafka: SecuredKafka
    mail: MailServer
    databases: dict[str, DatabaseUrls]
    processes: dict[str, ServiceProcess]


@pytest.fixture
async def secured(
    tmp_path: Path, database: Callable[..., Awaitable[DatabaseUrls]]
) -> AsyncIterator[Secured]:
    """Everything, with casework twice."""
    authority = Authority(tmp_path / "certificates")
    topics = topics_for(force.key for force in load_office().forces).values()
    rules = access_rules(topics)
    passwords = {rule.principal: os.urandom(16).hex() for rule in rules}
    kafka = SecuredKafka(tmp_path / "kafka", authority, passwords)
    await started(kafka)
    await create_topics(topics, kafka.clients)
    kafka.allow(rules)
    mail = MailServer(Tls.STARTTLS, authority.issue("mail.test", "127.0.0.1"))
    databases, processes = {}, {}
    async with mail.listening():
        for part in PARTS:
            name = part.service.name
            databases[name] = urls = await database(name)
            await migrate(urls.owner, part.service.package, make_url(urls.service).username or "")
            environment = {
                **kafka.environment_of(name),
                "COMPLAINTS_DATABASE_URL": urls.service,
                "COMPLAINTS_FILES_FOLDER": str(tmp_path / "files"),
                "COMPLAINTS_OIDC_ISSUER": "http://127.0.0.1:9/identity",
                "COMPLAINTS_PUBLIC_URL": f"https://office.example/{name}",
                "COMPLAINTS_SECRET": os.urandom(32).hex(),
            }
            if name == "notifications":
                environment |= {
                    "COMPLAINTS_SMTP_HOST": "127.0.0.1",
                    "COMPLAINTS_SMTP_PORT": str(mail.port),
                    "COMPLAINTS_SMTP_USERNAME": NAME,
                    "COMPLAINTS_SMTP_PASSWORD": PASSWORD,
                    "COMPLAINTS_SMTP_CA_FILE": str(authority.file),
                }
            for replica in (name, "casework-2") if name == "casework" else (name,):
                program = PROGRAMS / f"complaints-{name}"
                processes[replica] = ServiceProcess(program, environment, tmp_path, replica)
        try:
            await asyncio.gather(*(process.start() for process in processes.values()))
            await asyncio.gather(*(process.ready() for process in processes.values()))
            yield Secured(kafka, mail, databases, processes)
        finally:
            await asyncio.gather(*(process.end() for process in processes.values()))
    await kafka.stop()


async def cases(secured: Secured) -> Counter[str]:
    """How many cases each contact has."""
    url = make_url(secured.databases["casework"].service).set(drivername="postgresql")
    connection = await asyncpg.connect(url.render_as_string(hide_password=False))
    try:
        found = await connection.fetch("SELECT contact_id::text AS contact FROM cases")
    finally:
        await connection.close()
    return Counter(row["contact"] for row in found)


async def test_a_contact_is_acknowledged_through_what_asks_for_passwords_everywhere(
    secured: Secured,
) -> None:
    sent: dict[str, str] = {}
    intake = secured.processes["intake"].address
    async with httpx.AsyncClient(base_url=intake) as client:
        for number in range(CONTACTS):
            person = {"name": "Robin Farrowdale", "email": f"robin.{number}@people.example"}
            body = {
                "words": "Nobody called me back about the broken window.",
                "persons": [person | {"reach_by": "EMAIL"}],
            }
            answer = await client.post(
                "/api/contacts", json=body, headers={"Idempotency-Key": f"secured {number}"}
            )
            assert answer.status_code == 202, answer.text
            sent[answer.json()["contact_id"]] = person["email"]
            if number == CONTACTS // 3:
                async with asyncio.timeout(60):
                    while not (there := (await cases(secured)).total()):
                        await asyncio.sleep(0.01)
                print(
                    f"kill -9 of one of two casework replicas, {there} of {number + 1} cases there"
                )
                assert there < CONTACTS
                assert await secured.processes["casework"].end(signal.SIGKILL) == -signal.SIGKILL
    async with asyncio.timeout(60):
        while len(secured.mail.mails) < CONTACTS or len(await cases(secured)) < CONTACTS:
            await asyncio.sleep(0.1)
    assert await cases(secured) == Counter(dict.fromkeys(sent, 1))
    received = [message_from_bytes(content)["To"] for _, content in secured.mail.mails]
    assert sorted(received) == sorted(sent.values())
    assert all(logged_in for logged_in, _ in secured.mail.mails)
    assert PASSWORD.encode() not in secured.mail.in_the_clear

    # Operations watch their topic with a name and password of their own.
    told = set()
    watching = secured.kafka.settings_of("operations").for_clients()
    async with AIOKafkaConsumer(**watching, auto_offset_reset="earliest") as consumer:
        consumer.assign([TopicPartition(ServiceStarted.topic, number) for number in range(3)])
        async with asyncio.timeout(30):
            while told < set(SERVICES):
                record = await consumer.getone()
                if dict(record.headers)["ce_type"] == ServiceStarted.type.encode():
                    told.add(ServiceStarted.model_validate_json(record.value).speaker)
    secrets = [*secured.kafka.passwords.values(), PASSWORD]
    for name, process in secured.processes.items():
        assert not [secret for secret in secrets if secret in process.log()], name
        assert "Authorization" not in process.log(), name
