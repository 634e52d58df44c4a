"""A force's system that has nothing of ours: kcat sends files, and reads what is answered."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from case_of import case_of
from httpx import AsyncClient

from complaints_chassis.web import Role
from complaints_local.system import System

RECORDS = Path(__file__).parent / "force_records"
HEADERS = {
    "ce_specversion": "1.0",
    "ce_type": "uk.police-complaints.force.contact-redirected.v1",
    "ce_source": "/force/cleveland/contact-centre",
    "ce_time": "2026-11-02T08:05:40Z",
    "content-type": "application/json",
}


@pytest.fixture
def kcat() -> str:
    """The program; without it the test is skipped, or fails where it is required."""
    found = shutil.which("kcat")
    if found is None:
        why = "there is no kcat here; it is in Debian's package of that name"
        if os.environ.get("REQUIRE_KCAT") == "1":
            pytest.fail(why)
        pytest.skip(why)
    return found


async def run(*command: str) -> str:
    """What a command prints."""
    child = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(60):
            out, _ = await child.communicate()
    finally:
        if child.returncode is None:
            child.kill()
    assert child.returncode == 0
    return out.decode()


async def send(kcat: str, bootstrap: str, file: str, id: str) -> None:
    named = (HEADERS | {"ce_id": id}).items()
    headers = [part for name, text in named for part in ("-H", f"{name}={text}")]
    topic = "force.cleveland.contacts.v1"
    await run(kcat, "-P", "-b", bootstrap, "-t", topic, *headers, str(RECORDS / file))


async def receipts(kcat: str, bootstrap: str, count: int) -> list[dict[str, Any]]:
    """So many receipts, from the first on."""
    reading = ("-C", "-q", "-J", "-o", "beginning", "-c", str(count), "-X", "fetch.wait.max.ms=50")
    out = await run(kcat, "-b", bootstrap, "-t", "force.cleveland.receipts.v1", *reading)
    return [json.loads(json.loads(line)["payload"]) for line in out.splitlines()]


async def story(kcat: str, bootstrap: str, topic: str, key: str) -> list[dict[str, Any]]:
    """Everything on a topic about one stream, as it lies there."""
    out = await run(kcat, "-C", "-q", "-J", "-e", "-o", "beginning", "-b", bootstrap, "-t", topic)
    records = [json.loads(line) for line in out.splitlines()]
    return [record for record in records if record["key"] == key]


def header(record: dict[str, Any], name: str) -> str:
    names, values = record["headers"][::2], record["headers"][1::2]
    return str(dict(zip(names, values, strict=True))[name])


async def test_a_force_sends_with_kcat_reads_its_receipts_and_the_clock_runs_from_when_it_was_made(
    kcat: str, system: System, client: AsyncClient
) -> None:
    await send(kcat, system.bootstrap, "bad.json", "CC-1")
    await send(kcat, system.bootstrap, "good.json", "CC-2")
    bad, good = sorted(
        await receipts(kcat, system.bootstrap, 2), key=lambda receipt: receipt["offset"]
    )
    assert (bad["record_id"], bad["outcome"]) == ("CC-1", "HELD")
    assert bad["reason"] == "wrong or missing: made_at (datetime_format)"
    assert (good["record_id"], good["outcome"], good["reason"]) == ("CC-2", "ACCEPTED", None)

    client.headers["Authorization"] = f"Bearer {system.token(Role.ADVISER)}"
    case = await case_of(client, good["reference"])
    assert (case["channel"], case["made_at"]) == ("FORCE_101", "2026-04-02T16:10:00Z")
    [call] = [promise for promise in case["promises"] if promise["kind"] == "CALL"]
    # Two working days after the Thursday before Easter 2026 (domain 5.1): Wednesday, 16:30.
    assert call["due"]["due_at"] == "2026-04-08T15:30:00Z"
    assert call["working"][0]["day"] == "2026-04-02"


async def test_kcat_reads_the_story_of_a_case_from_its_topic_in_order(
    kcat: str, system: System, client: AsyncClient
) -> None:
    contact = {
        "words": "Thank you for finding our dog.",
        "persons": [{"name": "Kay Reed", "email": "kay@post.example", "reach_by": "EMAIL"}],
        "declared": "COMPLIMENT",
    }
    taken = (await client.post("/intake/api/contacts", json=contact)).json()
    adviser = f"Bearer {system.token(Role.TEAM_LEADER)}"
    client.headers["Authorization"] = adviser
    case = await case_of(client, taken["reference"])
    answer = await client.post(
        f"/casework/api/cases/{case['case_id']}/forwarded-compliment",
        json={"passed_to": "Dog unit", "no_dissatisfaction": True},
        headers={"If-Match": f'"{case["version"]}"', "Idempotency-Key": "once"},
    )
    assert answer.status_code == 201, answer.text
    async with asyncio.timeout(60):
        told: list[dict[str, Any]] = []
        while len(told) < 3:
            told = await story(kcat, system.bootstrap, "complaints.cases.v1", case["case_id"])
    assert [header(record, "ce_sequence") for record in told] == ["1", "2", "3"]
    assert [header(record, "ce_type").split(".")[-2] for record in told] == [
        "opened",
        "adviser-allocated",
        "compliment-forwarded",
    ]
    assert json.loads(told[0]["payload"])["reference"] == taken["reference"]
    assert "Dog unit" not in json.dumps(told)  # what an adviser noted stays in casework
