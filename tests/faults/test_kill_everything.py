"""kill -9 of everything at once, Kafka and PostgreSQL too, on a broker that keeps its records."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psutil
import pytest
from cluster import started
from left_behind import UNCERTAIN, ask, left_behind
from rig import LONG
from up import Up

from complaints_local.kafka import KafkaBroker
from complaints_local.mailbox import Mailbox
from complaints_local.ports import free_port
from complaints_local.samples import samples

MOMENTS = ((3, 0), (15, 0), (15, 5)) if LONG else ((3, 0), (15, 5))
"""How many samples are in, and how many mails are out, when everything is killed."""


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    found = Up(tmp_path / "data", free_port())
    yield found
    await found.kill(signal.SIGTERM)
    await (await left_behind(found.data)).stop("immediate")
    await KafkaBroker(found.data / "kafka").stop()


def fed(data: Path) -> dict[str, str]:
    """The reference of each sample that is in, or why it is held."""
    path = data / "demo.json"
    kept = json.loads(path.read_text()) if path.exists() else {}
    known = {name: found.get("reference") or found.get("held") for name, found in kept.items()}
    return {name: what for name, what in known.items() if what}


def mails_of(data: Path) -> int:
    return len(list((data / "mail").glob("*.eml")))


def servers(data: Path) -> list[psutil.Process]:
    """Kafka and PostgreSQL with all its children: known by where they run."""
    return [
        process
        for process in psutil.process_iter(["name", "cwd"])
        if process.info["name"] in ("java", "postgres")
        and Path(process.info["cwd"] or "/").is_relative_to(data)
    ]


@pytest.mark.cluster
@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_everything_killed_in_the_middle_of_the_demo_is_all_there_once_afterwards(
    up: Up, tmp_path: Path
) -> None:
    await (await started(KafkaBroker(tmp_path / "probe"))).stop()  # or skip, and say why
    everything = len(samples())
    known: dict[str, str] = {}
    for samples_in, mails_out in MOMENTS:
        await up.start("--broker", "kafka", "--demo", "--exit")
        assert await up.ready(), up.output
        ended = servers(up.data)
        assert {process.info["name"] for process in ended} == {"java", "postgres"}
        async with asyncio.timeout(120):
            while len(fed(up.data)) < samples_in or mails_of(up.data) < mails_out:
                await asyncio.sleep(0.01)
        killing = asyncio.create_task(up.kill())
        await asyncio.sleep(0)
        for process in ended:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        assert await killing == -signal.SIGKILL, "the demo had ended"
        psutil.wait_procs(ended)
        now = fed(up.data)
        assert known.items() <= now.items()
        known = now
        out = mails_of(up.data)
        print(f"{len(ended) + 1} processes killed: {len(now)} of {everything} in, {out} mails out")
    await up.start("--broker", "kafka", "--demo", "--exit")
    assert await up.ready(), up.output
    # A mail that was in the server's hands is tried again after ten minutes.
    later = datetime.now(UTC) + timedelta(minutes=11)
    async with httpx.AsyncClient(base_url=up.url) as client:
        (await client.put("/clock", json={"instant": later.isoformat()})).raise_for_status()
    code = await up.ended(180)
    twice = up.output.count("sent 2 times")
    assert code == (1 if twice else 0), up.output
    final = fed(up.data)
    assert known.items() <= final.items()
    assert len(final) == everything
    mails = Mailbox(up.data / "mail").mails()
    copies = len(mails) - len({str(mail.message["Message-ID"]) for mail in mails})
    assert copies == twice <= len(await ask(up.data, UNCERTAIN))
    print(f"then all {everything} are through: {len(mails)} mails, {copies} uncertain copies")
