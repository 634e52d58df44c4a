"""No personal data outside: canaries in every field, by every road in, and through every failure,
are in no log, metric, key or header (I9, S14)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from httpx import AsyncClient
from rubbish import RUBBISH
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from topics import writing
from toy import received, record

from complaints_chassis.telemetry import JsonLines, quieten
from complaints_chassis.web import Role
from complaints_contracts.topics import topics
from complaints_local.system import System

CANARY = "Zephyrine"
"""A name that nothing else here has; every planted value holds it."""
PERSON = {
    "name": f"{CANARY} Name",
    "email": f"{CANARY.lower()}@post.example",
    "telephone": f"01632 {CANARY}",
    "address": f"1 {CANARY} Road",
    "reach_by": "EMAIL",
    "safe_contact": f"Only {CANARY} may pick up",
}


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Path]:
    """Everything that is logged by anybody, in the form that services write it."""
    path = tmp_path / "log.jsonl"
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    quieten()
    yield path
    root.removeHandler(handler)
    root.setLevel(before)
    handler.close()


async def send_in(client: AsyncClient) -> None:
    """Good and bad requests, all with the canary in them."""
    api = "/intake/api/contacts"
    contact = {"words": f"{CANARY} was there", "title": CANARY, "persons": [PERSON]}
    accepted = await client.post(api, json=contact, headers={"Idempotency-Key": CANARY})
    assert accepted.status_code == 202
    again = await client.post(api, json={"words": CANARY}, headers={"Idempotency-Key": CANARY})
    assert again.status_code == 409
    assert CANARY not in again.text
    for bad in ({**contact, "made_at": CANARY}, {"words": {CANARY: CANARY}}, [CANARY]):
        refused = await client.post(api, json=bad)
        assert refused.status_code == 422
        assert CANARY not in refused.text
    malformed = await client.post(
        api, content=f'{{"words": "{CANARY}', headers={"Content-Type": "application/json"}
    )
    assert malformed.status_code in (400, 422)
    form = await client.post("/intake/form/what-happened", data={"words": CANARY})
    assert form.status_code == 403
    lost = await client.get(f"/intake/{CANARY}", params={"name": CANARY})
    assert lost.status_code == 404
    badge = {"Authorization": f"Bearer {CANARY}"}
    assert (await client.get("/casework/api/worklist", headers=badge)).status_code == 401


async def send_rubbish(system: System) -> int:
    """Unreadable records of every kind, the canary in keys, headers and values."""
    good = record(received(words=f"hello {CANARY}", name=f"{CANARY} Name"))
    spoilt = [spoil(good) for spoil in RUBBISH.values()]
    planted = [
        replace(bad, headers=(*bad.headers, (CANARY.encode(), CANARY.encode())), offset=number)
        for number, bad in enumerate(spoilt)
    ]
    async with writing(system.bootstrap) as kafka:
        for bad in planted[:15]:  # twenty in a row would pause the topic
            await kafka.send(bad)
    return 15


async def break_database(system: System) -> None:
    """An error whose text, left alone, quotes the row."""
    engine = system.services["intake"].state.running.engine
    row = "INSERT INTO inbox (key, fingerprint, answer, answered_at) VALUES (:key, '', '{}', now())"
    async with engine.begin() as connection:
        await connection.execute(text(row), {"key": CANARY})
    with pytest.raises(DBAPIError) as refused:
        async with engine.begin() as connection:
            await connection.execute(text(row), {"key": CANARY})
    logging.getLogger("test").error("refused", exc_info=refused.value)


async def keys_and_headers(bootstrap: str) -> bytes:
    """Everything on our own topics that is not a value."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    found = b""
    parts = [
        TopicPartition(topic.name, number)
        for topic in topics().values()
        if topic.name != "complaints.contacts.v1"  # rubbish was sent there on purpose
        for number in range(topic.partitions)
    ]
    consumer.assign(parts)
    await consumer.seek_to_beginning(*parts)
    ends = await consumer.end_offsets(parts)
    while any([await consumer.position(part) < ends[part] for part in parts]):
        for records in (await consumer.getmany(timeout_ms=200)).values():
            for found_one in records:
                found += found_one.key + b"".join(
                    name.encode() + value for name, value in found_one.headers
                )
                if found_one.topic == "complaints.ops.v1":
                    found += found_one.value
    await consumer.stop()
    return found


async def test_a_canary_is_in_no_log_metric_key_or_header(
    log: Path, system: System, client: AsyncClient
) -> None:
    api = {"Accept": "application/json"}
    client.headers.update(api)
    await send_in(client)
    held = await send_rubbish(system)
    await break_database(system)
    triage = system.services["triage"].state.running.engine
    async with asyncio.timeout(30):
        await system.mailbox.wait_for(1)
        async with triage.connect() as connection:
            query = text("SELECT count(*) FROM held")
            while (await connection.scalar(query)) < held:
                await connection.rollback()
                await asyncio.sleep(0.1)
    token = {"Authorization": f"Bearer {system.token(Role.ADVISER)}"}
    cases = (await client.get("/casework/api/worklist", headers=token)).json()["cases"]
    assert len(cases) == 1
    page = await client.get(f"/casework/cases/{cases[0]['case_id']}", headers=token)
    assert CANARY in page.text, "the canary is where it belongs"
    metrics = (await client.get("/triage/metrics")).text
    postgres = await asyncio.to_thread((system.data.path / "postgres" / "log").read_text)
    assert "database system is ready" in postgres
    logged = await asyncio.to_thread(log.read_text)
    assert "refused" in logged
    for place, content in {
        "the log": logged,
        "PostgreSQL's log": postgres,
        "the metrics": metrics,
        "keys, headers or operations' events": repr(await keys_and_headers(system.bootstrap)),
    }.items():
        assert CANARY.lower() not in content.lower(), f"the canary is in {place}"
