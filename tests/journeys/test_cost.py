"""What one contact costs, counted: gated here, because counts do not depend on the machine (T5)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from aiokafka import AIOKafkaConsumer
from cluster import started
from sqlalchemy import event, text

from complaints_contracts.topics import topics_for
from complaints_local.data import DataFolder
from complaints_local.kafka import KafkaBroker
from complaints_local.ports import free_port
from complaints_local.system import System, start

pytestmark = [pytest.mark.cluster, pytest.mark.slow, pytest.mark.timeout(240)]

CONTACTS = 8
EVENTS = {
    "complaints.contacts.v1": 1,
    "complaints.triage.v1": 1,
    "complaints.cases.v1": 2,
    "complaints.notices.v1": 2,
}
MOST_COMMITS = {"intake": 3, "triage": 3, "casework": 8, "notifications": 11, "reviews": 5}
"""Transactions that change something: decisions, and for every round of the relay its seal and that
the seal was published. Events that come close together share one."""
MOST_STATEMENTS = {"intake": 12, "triage": 14, "casework": 45, "notifications": 49, "reviews": 32}
"""Round trips in them, besides BEGIN and COMMIT."""


class Counted:
    """The transactions of one service that changed something, and the statements in them."""

    def __init__(self, engine: Any) -> None:
        self.commits = self.statements = 0
        self._here: Counter[int] = Counter()
        self._changed: set[int] = set()
        event.listen(engine.sync_engine, "begin", self._begin)
        event.listen(engine.sync_engine, "after_cursor_execute", self._execute)
        event.listen(engine.sync_engine, "commit", self._commit)

    def _begin(self, connection: Any) -> None:
        self._here[id(connection)] = 0
        self._changed.discard(id(connection))

    def _execute(self, connection: Any, cursor: Any, statement: str, *_: object) -> None:
        self._here[id(connection)] += 1
        verb = statement.lstrip().partition(" ")[0].upper()
        if verb in ("INSERT", "UPDATE", "DELETE") and cursor.rowcount:
            self._changed.add(id(connection))

    def _commit(self, connection: Any) -> None:
        if id(connection) in self._changed:
            self.commits += 1
            self.statements += self._here[id(connection)]


@pytest.fixture
async def system(tmp_path: Path) -> AsyncIterator[System]:
    broker = await started(KafkaBroker(tmp_path / "kafka"))
    with DataFolder(tmp_path / "data") as data:
        async with start(data, free_port(), broker, durable=True, say=lambda _: None) as found:
            yield found


async def events(system: System) -> Counter[str]:
    topics = [name for name in topics_for([]) if name in EVENTS]
    async with AIOKafkaConsumer(*topics, bootstrap_servers=system.bootstrap) as consumer:
        found: Counter[str] = Counter()
        for part, end in (await consumer.end_offsets(consumer.assignment())).items():
            found[part.topic] += end
    return found


async def value(system: System, service: str, query: str) -> int:
    running = system.services[service].state.running
    async with running.engine.connect() as connection:
        found: int = await connection.scalar(text(query))
    return found


async def through(system: System, contacts: int) -> bool:
    """Whether so many contacts have left nothing to do behind."""
    sent = await value(system, "notifications", "SELECT count(*) FROM notices WHERE state = 'SENT'")
    read = await value(system, "reviews", "SELECT count(*) FROM progress")
    noted = await value(system, "casework", "SELECT count(*) FROM progress")
    queued = [await value(system, s, "SELECT count(*) FROM unpublished") for s in MOST_COMMITS]
    return (sent, read, noted) == (contacts, 5 * contacts, 3 * contacts) and not any(queued)


async def test_one_contact_alone_costs_no_more_than_was_counted(system: System) -> None:
    counted = {name: Counted(app.state.running.engine) for name, app in system.services.items()}
    costs: dict[str, list[tuple[int, int]]] = {name: [] for name in counted}
    transport = httpx.ASGITransport(app=system.app)
    async with httpx.AsyncClient(transport=transport, base_url=system.url) as client:
        for number in range(1, CONTACTS + 1):
            await asyncio.sleep(1)  # what was started by the last is over
            for each in counted.values():
                each.commits = each.statements = 0
            person = {"name": "Kay Sender", "email": f"kay{number}@post.example"}
            body = {
                "words": "Nobody told me why the road was closed.",
                "persons": [person | {"reach_by": "EMAIL"}],
            }
            answer = await client.post("/intake/api/contacts", json=body)
            assert answer.status_code == 202, answer.text
            async with asyncio.timeout(20):
                while not await through(system, number):
                    await asyncio.sleep(0.02)
            for name, each in counted.items():
                costs[name].append((each.commits, each.statements))
    for name, found in costs.items():
        print(f"{name}: (commits, statements) of each contact {found}")
    assert await events(system) == {topic: n * CONTACTS for topic, n in EVENTS.items()}
    assert len(system.mailbox.mails()) == CONTACTS
    for name, found in costs.items():  # the cheapest: what is done on a slow machine besides adds
        assert min(commits for commits, _ in found) <= MOST_COMMITS[name], name
        assert min(statements for _, statements in found) <= MOST_STATEMENTS[name], name
