"""A fleet on real servers that a load went through, and what `reconcile` says of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from cluster import started
from rich.console import Console

from complaints_contracts.topics import topics_for
from complaints_law.office import load_office
from complaints_local.fleet import Fleet, prepare
from complaints_local.kafka import KafkaBroker
from complaints_local.mailbox import Mailbox
from complaints_local.postgres import Postgres
from complaints_local.processes import PROGRAMS
from complaints_local.reconcile.from_databases import SERVICES
from complaints_local.reconcile.from_kafka import read_topics
from complaints_local.reconcile.gather import Sources, gather
from complaints_local.reconcile.report import show
from complaints_local.reconcile.settled import lags
from complaints_local.reconcile.verdict import State, Verdict
from complaints_local.reconcile.verdicts import verdicts
from complaints_local.watcher import Watcher

PROGRAM = PROGRAMS / "complaints-local"
QUIET_SECONDS = 300
QUEUES = (
    "SELECT count(*) FROM unpublished",
    "SELECT count(*) FROM seals WHERE NOT published",
)
WAITS = {
    "notifications": (
        "SELECT count(*) FROM mails WHERE state IN ('queued', 'sending', 'uncertain')",
    ),
    "intake": ("SELECT count(*) FROM mails WHERE became = 'WAITING'",),
}


@dataclass(frozen=True)
class Said:
    """What `reconcile` finds and prints."""

    verdicts: Mapping[str, Verdict]
    output: str

    @property
    def broken(self) -> dict[str, tuple[str, ...]]:
        """The exceptions of each invariant that is."""
        return {
            id: found.exceptions
            for id, found in self.verdicts.items()
            if found.state is State.BROKEN
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
        waiting: object = None
        try:
            async with asyncio.timeout(QUIET_SECONDS):
                while waiting := await self._waiting():
                    await asyncio.sleep(1)
        except TimeoutError:
            raise AssertionError(f"not quiet after {QUIET_SECONDS} s: {waiting}") from None

    async def _waiting(self) -> dict[str, int]:
        """How much waits where: of lag last, for what is read is published again."""
        found = {}
        for name in self.fleet.processes:
            database = await self.postgres.connect(name)
            for query in (*QUEUES, *WAITS.get(name, ())):
                found[f"{name}: {query}"] = await database.fetchval(query)
            await database.close()
        topics = await read_topics(
            self.kafka.clients,
            list(topics_for(force.key for force in load_office().forces).values()),
            {name: service.topics for name, service in SERVICES.items()},
        )
        found |= {f"{group} on {topic}": lag for (group, topic), lag in lags(topics).items()}
        return {what: count for what, count in found.items() if count}

    @property
    def databases(self) -> Path:
        """The file that says where the databases are."""
        return self.folder / "databases"

    async def reconcile(self, **instead: Path) -> Said:
        """What `reconcile` finds, or would find with other files in place of some."""
        given = {"ledger": self.ledger, "mail": self.mailbox.folder, "watched": self.watched}
        sources = Sources(
            databases=self.databases,
            kafka=self.kafka.clients,
            logs=(self.logs, self.postgres.folder),
            **(given | instead),
        )
        found = verdicts(await gather(sources))
        output = StringIO()
        show(Console(file=output, highlight=False), found)
        return Said({one.id: one for one in found}, output.getvalue())


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
        urls = {name: urls.service for name, urls in fleet.databases.items()}
        (folder / "databases").write_text("".join(f"{n}={url}\n" for n, url in urls.items()))
        yield World(folder, kafka, postgres, mailbox, fleet, watcher)
