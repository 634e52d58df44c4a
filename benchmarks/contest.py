"""Runs one contestant over N contacts, and says what it cost and whether it did all of the work.

`python -m benchmarks.contest floor-a --contacts 5000`

Fair, because these are the same for every contestant: the servers (one Apache Kafka broker,
PostgreSQL with fsync on and our services' own migrated databases, the mail sink in a process of its
own), all made anew; the records that the force sent; and the clock. All processes are started and
ready; the first hop is then held by SIGSTOP while the records are laid on its topic. The clock runs
from the moment it may go on until the sink has a mail for each contact and the last hop has written
its last row and emptied its queue. So no start-up is in anybody's figures.

A run whose rows, events and mails are not those of `work` fails, whatever its figures.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import asyncpg
import psutil
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer

from benchmarks import sink, work
from complaints_local.fleet import Fleet, prepare
from complaints_local.kafka import KafkaBroker
from complaints_local.postgres import Postgres

SERVICES: Final = tuple(work.ROWS)
CONTESTANTS: Final = ("ours", "floor-a", "floor-b", "naive", "celery")
FIRST: Final = "intake"
STALL_SECONDS: Final = 30.0
"""A contestant that has sent no mail for so long has failed."""
POLL_SECONDS: Final = 0.1

READS: Final = """
CREATE TABLE reads (
    kind text NOT NULL,
    id uuid NOT NULL,
    other uuid,
    reference text NOT NULL,
    state text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (kind, id)
);
"""


class ContestError(Exception):
    """A contestant did not start, did not finish, or did not do all of the work."""


@dataclass
class Servers:
    """What every contestant runs on."""

    folder: Path
    kafka: KafkaBroker
    postgres: Postgres
    fleet: Fleet
    """Our own services, not started; their databases are used."""
    mails: sink.Mails
    mail_port: int

    def environment(self, service: str) -> dict[str, str]:
        """How a contestant's process is told of them."""
        return {
            **os.environ,
            "KAFKA_BOOTSTRAP_SERVERS": self.kafka.bootstrap,
            "DATABASE_URL": self.fleet.databases[service].service.replace("+asyncpg", ""),
            "SMTP_HOST": sink.HOST,
            "SMTP_PORT": str(self.mail_port),
        }


@asynccontextmanager
async def servers(folder: Path) -> AsyncIterator[Servers]:
    """New ones, in an empty folder."""
    kafka, postgres = KafkaBroker(folder / "kafka"), Postgres(folder / "postgres")
    mails = folder / "mails"
    mails.touch()
    command = [sys.executable, "-m", "benchmarks.sink", str(mails)]
    mail_server = psutil.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        port = int(mail_server.stdout.readline())
        await postgres.start()
        await kafka.start()
        fleet = await prepare(folder, kafka, postgres, (sink.HOST, port))
        for service in SERVICES:
            database = await postgres.connect(service)
            await database.execute(READS + f"GRANT SELECT, INSERT, UPDATE ON reads TO {service}")
            await database.close()
        yield Servers(folder, kafka, postgres, fleet, sink.Mails(mails), port)
    finally:
        await kafka.stop()
        await postgres.stop()
        mail_server.terminate()
        mail_server.wait()


class Contestant:
    """One process for each service, each told which by its arguments, that says when it is ready.

    A process takes records from Kafka, and ends at SIGTERM.
    """

    def __init__(
        self,
        servers: Servers,
        command: Sequence[str],
        services: Sequence[str] = SERVICES,
        events: Mapping[str, int] = work.EVENTS,
        rows: Mapping[str, Mapping[str, int]] = work.ROWS,
    ) -> None:
        self.servers = servers
        self.command = command
        self.services = services
        self.events = events
        self.rows = rows
        self.processes: dict[str, psutil.Popen] = {}
        self.laid = 0

    def arguments(self, service: str) -> list[str]:
        return [*self.command, service]

    def environment(self, service: str) -> dict[str, str]:
        return self.servers.environment(service)

    async def start(self) -> None:
        for service in self.services:
            with (self.servers.folder / f"{service}.log").open("wb") as log:
                self.processes[service] = psutil.Popen(
                    self.arguments(service),
                    env=self.environment(service),
                    stdout=subprocess.PIPE,
                    stderr=log,
                    start_new_session=True,
                )
        for service, process in self.processes.items():
            if await asyncio.to_thread(process.stdout.readline) != b"ready\n":
                raise ContestError(f"{service} did not start: {self.log(service)}")

    async def lay(self, contacts: int) -> None:
        """What the force sent, on its topic; each time others."""
        first, self.laid = self.laid, self.laid + contacts
        producer = AIOKafkaProducer(
            **self.servers.kafka.clients, acks="all", enable_idempotence=True
        )
        async with producer:
            sends = [
                await producer.send(work.FORCE, value, key=key, headers=headers)
                for key, value, headers in map(record, range(first, self.laid))
            ]
            await asyncio.gather(*sends)

    def send(self, number: signal.Signals, service: str = FIRST) -> None:
        self.processes[service].send_signal(number)

    async def stop(self) -> None:
        for process in self.processes.values():
            process.kill()
            await asyncio.to_thread(process.wait)

    def log(self, service: str) -> str:
        return (self.servers.folder / f"{service}.log").read_text()[-3000:]


def record(index: int) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    """Key, value and headers of what a force sent, as it would send it."""
    words = "I was stopped on the way home and nobody told me why. " * 20 + str(index)
    value = {
        "channel": "FORCE_101",
        "made_at": datetime.now(UTC).isoformat(),
        "title": "Not told why",
        "words": words,
        "persons": [
            {
                "name": f"Kay Sender {index}",
                "email": f"person-{index}@post.example",
                "reach_by": "EMAIL",
            }
        ],
    }
    key = f"F-{index}".encode()
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", key),
        ("ce_type", b"uk.police-complaints.force.contact-redirected.v1"),
        ("ce_source", b"/force/cleveland/101"),
        ("ce_time", value["made_at"].encode()),
        ("content-type", b"application/json"),
    ]
    return key, json.dumps(value).encode(), headers


@dataclass
class Figures:
    """What a run cost, over all processes of the contestant."""

    contacts: int
    seconds: float
    mail_seconds: float
    """Until the last mail."""
    cpu: dict[str, float]
    """Seconds of processor time, by process."""
    rss: dict[str, int]
    """Bytes at the end, by process."""
    commits: int
    wal_bytes: int
    rows: dict[str, dict[str, int]]
    events: dict[str, int]
    mails: int
    mail_bytes: int

    @property
    def rate(self) -> float:
        """Contacts a second."""
        return self.contacts / self.seconds

    @property
    def cpu_ms(self) -> float:
        """Of all processes together, for one contact."""
        return 1000 * sum(self.cpu.values()) / self.contacts

    def __str__(self) -> str:
        n = self.contacts
        lines = [
            f"{n} contacts in {self.seconds:.2f} s, the last mail after {self.mail_seconds:.2f} s",
            f"{self.rate:.0f} contacts/s",
            f"{self.cpu_ms:.2f} ms of Python's CPU per contact: "
            + ", ".join(f"{name} {1000 * cpu / n:.2f}" for name, cpu in self.cpu.items()),
            f"{self.commits / n:.2f} commits and {self.wal_bytes / n:.0f} bytes of WAL per contact",
            f"{sum(self.rss.values()) / 1e6:.0f} MB: "
            + ", ".join(f"{name} {rss / 1e6:.0f}" for name, rss in self.rss.items()),
            f"{self.mails} mails of {self.mail_bytes / max(self.mails, 1):.0f} bytes",
            *(f"{service} rows {rows}" for service, rows in self.rows.items()),
            f"events {self.events}",
        ]
        return "\n".join(lines)


async def measure(contestant: Contestant, contacts: int) -> Figures:
    """Has it do its work, from the first record to the last row.

    Raises:
        ContestError: it stalled.
    """
    servers = contestant.servers
    connections = {name: await servers.postgres.connect(name) for name in SERVICES}
    try:
        await contestant.start()
        while not await at_rest(contestant, 0, connections):  # ours say that they have started
            await asyncio.sleep(POLL_SECONDS)
        contestant.send(signal.SIGSTOP)
        await contestant.lay(contacts)
        await connections[FIRST].execute("CHECKPOINT")
        processes = {name: psutil.Process(p.pid) for name, p in contestant.processes.items()}
        cpu = {name: cpu_seconds(process) for name, process in processes.items()}
        commits, wal = await database_figures(connections)
        before = {name: await rows(connection) for name, connection in connections.items()}
        began = time.time()
        contestant.send(signal.SIGCONT)
        await finished(contestant, contacts, connections)
        ended = time.time()
        cpu = {name: cpu_seconds(process) - cpu[name] for name, process in processes.items()}
        rss = {name: process.memory_info().rss for name, process in processes.items()}
    finally:
        await contestant.stop()
    await asyncio.sleep(0.5)  # sessions that ended have said by now what they committed
    commits_after, wal_after = await database_figures(connections)
    mails = servers.mails.update()
    figures = Figures(
        contacts=contacts,
        seconds=ended - began,
        mail_seconds=mails[-1].at - began,
        cpu=cpu,
        rss=rss,
        commits=commits_after - commits,
        wal_bytes=wal_after - wal,
        rows={name: await rows(each, before[name]) for name, each in connections.items()},
        events=await events(servers.kafka),
        mails=len({mail.message_id for mail in mails}),
        mail_bytes=sum(mail.size for mail in mails),
    )
    for connection in connections.values():
        await connection.close()
    return figures


async def finished(
    contestant: Contestant, contacts: int, connections: Mapping[str, asyncpg.Connection]
) -> None:
    """Waits for the last mail, and then for the last rows."""
    mails, last = 0, time.monotonic()
    while True:
        await asyncio.sleep(POLL_SECONDS)
        found = len(contestant.servers.mails.update())
        if found > mails:
            mails, last = found, time.monotonic()
        if mails >= contacts and await at_rest(contestant, contacts, connections):
            return
        if time.monotonic() - last > STALL_SECONDS:
            logs = "\n".join(f"{name}: {contestant.log(name)}" for name in contestant.processes)
            raise ContestError(f"it stalled at {mails} mails of {contacts}\n{logs}")


async def at_rest(
    contestant: Contestant, contacts: int, connections: Mapping[str, asyncpg.Connection]
) -> bool:
    """Whether the last hops have read all, and nothing is left to publish."""
    for service, expected in contestant.rows.items():
        connection = connections[service]
        progress = await connection.fetchval("SELECT count(*) FROM progress")
        queued = await connection.fetchval("SELECT count(*) FROM unpublished")
        if progress < contacts * expected.get("progress", 0) or queued:
            return False
    return True


def cpu_seconds(process: psutil.Process) -> float:
    """Of a process and its children."""
    return sum(sum(each.cpu_times()[:2]) for each in (process, *process.children(recursive=True)))


async def database_figures(connections: Mapping[str, asyncpg.Connection]) -> tuple[int, int]:
    """Commits in the services' databases, and bytes of write-ahead log, since the server began."""
    connection = connections[FIRST]
    commits = await connection.fetchval(
        "SELECT sum(xact_commit) FROM pg_stat_database WHERE datname = ANY($1)", list(SERVICES)
    )
    wal = await connection.fetchval("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')")
    return int(commits), int(wal)


async def rows(
    connection: asyncpg.Connection, before: Mapping[str, int] | None = None
) -> dict[str, int]:
    """How many rows each table has more than `before`, where it has any."""
    found = await connection.fetch(
        "SELECT relname FROM pg_stat_user_tables WHERE relname <> 'migrations' ORDER BY relname"
    )
    counts = {
        name: await connection.fetchval(f"SELECT count(*) FROM {name}")  # noqa: S608
        for (name,) in found
    }
    more = {name: count - (before or {}).get(name, 0) for name, count in counts.items()}
    return {name: count for name, count in more.items() if count}


async def events(kafka: KafkaBroker) -> dict[str, int]:
    """How many records each topic has."""
    counts = dict.fromkeys(work.EVENTS, 0)
    async with AIOKafkaConsumer(*work.EVENTS, **kafka.clients) as consumer:
        for part, end in (await consumer.end_offsets(consumer.assignment())).items():
            counts[part.topic] += end
    return counts


def check(contestant: Contestant, figures: Figures) -> None:
    """Same rows, events and mails. Raises `ContestError` where they differ."""
    n = figures.contacts
    wrong = []
    for service, expected in contestant.rows.items():
        found = figures.rows[service]
        for table, count in {**expected, "unpublished": 0, "held": 0}.items():
            if found.get(table, 0) != count * n:
                wrong.append(f"{service}.{table}: {found.get(table, 0)} rows, not {count * n}")
    for topic, count in contestant.events.items():
        if figures.events[topic] != count * n:
            wrong.append(f"{topic}: {figures.events[topic]} events, not {count * n}")
    if figures.mails != n:
        wrong.append(f"{figures.mails} mails, not {n}")
    if wrong:
        raise ContestError("not the same work:\n" + "\n".join(wrong))


def make(name: str, servers: Servers) -> Contestant:
    python = [sys.executable, "-m"]
    if name == "floor-a":
        return Contestant(servers, [*python, "benchmarks.floor", "--batch", "500"])
    if name == "floor-b":
        return Contestant(servers, [*python, "benchmarks.floor", "--batch", "1"])
    if name == "naive":
        return Contestant(servers, [*python, "benchmarks.naive"])
    if name == "celery":
        from benchmarks.rabbitmq import CeleryChain

        return CeleryChain(servers)
    from benchmarks.ours import Ours

    return Ours(servers)


async def run(name: str, contacts: int) -> Figures:
    """One contestant, on servers of its own. Raises `ContestError`."""
    with tempfile.TemporaryDirectory(prefix="contest-") as folder:
        async with servers(Path(folder)) as world:
            contestant = make(name, world)
            figures = await measure(contestant, contacts)
            check(contestant, figures)
            return figures


async def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("contestant", choices=CONTESTANTS)
    parser.add_argument("--contacts", type=int, default=2000)
    arguments = parser.parse_args()
    task = asyncio.current_task()
    assert task
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    print(await run(arguments.contestant, arguments.contacts))
    print("same rows, events, mails: yes")


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except ContestError as error:
        sys.exit(str(error))
