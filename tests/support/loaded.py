"""A fleet on real servers that a load went through, and what `reconcile` says of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from cluster import started

from complaints_local.fleet import Fleet, prepare
from complaints_local.kafka import KafkaBroker
from complaints_local.mailbox import Mailbox
from complaints_local.postgres import Postgres
from complaints_local.processes import PROGRAMS
from complaints_local.watcher import Watcher

PROGRAM = PROGRAMS / "complaints-local"
QUIET_SECONDS = 120
WAITS = {
    "notifications": "SELECT count(*) FROM mails WHERE state IN ('queued', 'sending', 'uncertain')",
    "intake": "SELECT count(*) FROM mails WHERE became = 'WAITING'",
}


@dataclass(frozen=True)
class Said:
    """What `reconcile` printed and wrote, and its exit code."""

    code: int
    output: str
    verdicts: Mapping[str, Any]
    final: Mapping[str, Any]

    @property
    def broken(self) -> dict[str, list[str]]:
        """The exceptions of each invariant that is."""
        return {
            id: found["exceptions"]
            for id, found in self.verdicts.items()
            if found["verdict"] == "BROKEN"
        }


@dataclass
class World:
    """Everything, in `folder`."""

    folder: Path
    kafka: KafkaBroker
    postgres: Postgres
    mailbox: Mailbox
    fleet: Fleet
    watcher: Watcher
    summary: str = ""

    @property
    def ledger(self) -> Path:
        return self.folder / "ledger.jsonl"

    @property
    def watched(self) -> Path:
        return self.folder / "watched.jsonl"

    @property
    def logs(self) -> Path:
        return self.folder / "fleet"

    async def load(self, *options: str) -> str:
        """Runs the load generator to its end; what it said."""
        host, port = self.fleet.mail_in
        code, output = await run(
            "load",
            *("--url", self.fleet.intake, "--mail-in", f"{host}:{port}"),
            *("--kafka", self.kafka.bootstrap, "--ledger", str(self.ledger)),
            *options,
        )
        assert code == 0, output
        return output

    async def quiet(self) -> None:
        """Waits until nothing is under way any more."""
        async with asyncio.timeout(QUIET_SECONDS):
            still = 0
            while still < 3:
                still = still + 1 if await self._waiting() == 0 else 0
                await asyncio.sleep(0.5)

    async def _waiting(self) -> int:
        waiting = 0
        for name in self.fleet.processes:
            database = await self.postgres.connect(name)
            waiting += await database.fetchval("SELECT count(*) FROM unpublished")
            waiting += await database.fetchval("SELECT count(*) FROM seals WHERE NOT published")
            if name in WAITS:
                waiting += await database.fetchval(WAITS[name])
            await database.close()
        async with httpx.AsyncClient() as http:
            for process in self.fleet.processes.values():
                metrics = (await http.get(f"{process.address}/metrics")).text
                for line in metrics.splitlines():
                    if line.startswith("complaints_consumer_lag"):
                        waiting += int(float(line.rpartition(" ")[2]))
        return waiting

    async def reconcile(self, **instead: Path) -> Said:
        """Runs `reconcile` over everything, or over other files in place of some."""
        databases, written = self.folder / "databases", self.folder / "verdicts.json"
        urls = {name: urls.service for name, urls in self.fleet.databases.items()}
        databases.write_text("".join(f"{name}={url}\n" for name, url in urls.items()))
        code, output = await run(
            "reconcile",
            *("--ledger", str(instead.get("ledger", self.ledger))),
            *("--databases", str(databases)),
            *("--kafka", self.kafka.bootstrap),
            *("--mail", str(instead.get("mail", self.mailbox.folder))),
            *("--logs", str(self.logs), "--logs", str(self.postgres.folder)),
            *("--watched", str(instead.get("watched", self.watched))),
            *("--json", str(written)),
        )
        assert code in (0, 1), output
        found = json.loads(written.read_text())
        written.unlink()
        return Said(code, output, found["verdicts"], found["final"])


async def run(*arguments: str) -> tuple[int, str]:
    """Runs `complaints-local`; its exit code, and all it said."""
    process = await asyncio.create_subprocess_exec(
        str(PROGRAM),
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode()


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    """A fleet that runs; the test skips where there is no Kafka."""
    logs = folder / "fleet"
    logs.mkdir()
    async with AsyncExitStack() as stack:
        kafka = await started(KafkaBroker(folder / "kafka"))
        stack.push_async_callback(kafka.stop)
        postgres = Postgres(folder / "postgres", fsync=False)
        stack.push_async_callback(postgres.stop, "immediate")
        await postgres.start()
        mailbox = Mailbox(folder / "mail")
        await mailbox.start()
        stack.push_async_callback(mailbox.stop)
        fleet = await prepare(logs, kafka, postgres, (mailbox.host, mailbox.port))
        stack.push_async_callback(fleet.stop)
        await fleet.start()
        watcher = Watcher(fleet, folder / "watched.jsonl")
        yield World(folder, kafka, postgres, mailbox, fleet, watcher)
