"""Every type of message has who sends it and who reads it, and today's services read the archive,
byte for byte as it once stood on its topics."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from faststream.specification.asyncapi import AsyncAPI
from sqlalchemy import text

from complaints_casework.forces import NOT_TRANSFERRED
from complaints_chassis.subscriptions import On
from complaints_contracts.asyncapi import document
from complaints_contracts.examples import examples
from complaints_contracts.registry import EVENTS, FROM_FORCES
from complaints_contracts.topics import topics
from complaints_law.office import load_office
from complaints_local.reconcile.from_databases import SERVICES
from complaints_local.system import PARTS, System

ROOT = Path(__file__).parents[2]
HOMES = {name: ROOT / "services" / name / "src" for name in SERVICES} | {
    "chassis": ROOT / "chassis" / "src"
}


def test_every_type_is_read_by_somebody() -> None:
    heard = {
        on.event.type if isinstance(on, On) else on.topic.replace("cleveland", "{force}")
        for part in PARTS
        for on in part.service.subscriptions
    }
    for name, model in EVENTS.items():
        assert name in heard or topics()[model.topic].readers, name
    for name, sent in FROM_FORCES.items():
        assert sent.topic in heard, name


def test_every_type_is_made_by_an_owner_of_its_topic() -> None:
    for name, model in EVENTS.items():
        owners = {*topics()[model.topic].producers, "chassis"} & HOMES.keys()
        made = re.compile(rf"\b{model.__name__}\b")
        sources = (file for owner in owners for file in HOMES[owner].rglob("*.py"))
        found = [file for file in sources if made.search(file.read_text(encoding="utf-8"))]
        assert found, name


async def rows(system: System, service: str, query: str) -> list[tuple[object, ...]]:
    engine = system.services[service].state.running.engine
    async with engine.connect() as connection:
        return [tuple(row) for row in await connection.execute(text(query))]


@pytest.mark.slow
async def test_no_archived_message_is_unreadable_today(system: System) -> None:
    sent = [one for one in examples() if one.topic in topics() or "cleveland" in one.topic]
    ends: Counter[str] = Counter()
    async with AIOKafkaProducer(bootstrap_servers=system.bootstrap) as producer:
        for one in sent:
            headers = [(name.decode(), value) for name, value in one.headers]
            key = one.key or None
            await producer.send_and_wait(one.topic, one.value, key=key, headers=headers)
            ends[one.topic] += 1
    for name, service in SERVICES.items():
        wanted = sum(ends[topic] for topic in service.topics)
        async with asyncio.timeout(60):
            while True:
                [[read]] = await rows(system, name, "SELECT sum(next_offset) FROM offsets")
                if read and int(str(read)) >= wanted:
                    break
                await asyncio.sleep(0.1)
        held = await rows(system, name, "SELECT kind, reason FROM held WHERE kind <> 'WAITING'")
        print(f"{name}: {wanted} read, {len(held)} held for another reason than waiting: {held}")
        # What a force says of a case is known by its case, and those of the archive are not there.
        assert {row[1] for row in held if row[0] == "UNREADABLE"} <= {NOT_TRANSFERRED}


async def test_what_faststream_says_it_listens_to_is_what_the_document_says(
    system: System,
) -> None:
    """Channels and groups. Its payloads say nothing: a batch of raw records has no model."""
    ours = document()
    forces = re.compile(rf"^force\.({'|'.join(force.key for force in load_office().forces)})\.")
    for name, app in system.services.items():
        broker = app.state.running.consumer.broker
        theirs = AsyncAPI(broker, schema_version="3.0.0").to_specification().to_jsonable()
        assert {subscriber.group_id for subscriber in broker.subscribers} == {name}
        assert {
            forces.sub("force.{force}.", channel["address"])
            for channel in theirs["channels"].values()
        } == {
            ours["channels"][operation["channel"]["$ref"].removeprefix("#/channels/")]["address"]
            for called, operation in ours["operations"].items()
            if called.startswith(f"{name}.receive.")
        }
