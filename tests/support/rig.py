"""The whole system for fault tests: five processes, real servers, and a proxy on every way."""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import shlex
import signal
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar

import asyncpg
from aiokafka import AIOKafkaConsumer
from cluster import started
from proxy import ProxiedKafka, Proxy
from sqlalchemy import make_url
from steered import ORDERS

from complaints_contracts.kafka import administering
from complaints_local.fleet import SERVICES, Fleet, prepare
from complaints_local.mailbox import Mailbox
from complaints_local.ports import HOST, free_port
from complaints_local.postgres import Postgres
from complaints_local.processes import READY_SECONDS, STOP_SECONDS, ServiceProcess
from complaints_local.system import PARTS

T = TypeVar("T")

LONG: Final = os.environ.get("FAULTS_LONG") == "1"
PATIENCE: Final = float(os.environ.get("FAULTS_PATIENCE", "1"))
"""Every time limit times this, for a machine that is busy with other things."""
QUIET_SECONDS: Final = 120
"""I6."""
STEERED: Final = Path(__file__).with_name("steered.py")
READS: Final = {part.service.name: part.service.topics for part in PARTS}
WAITING: Final = "SELECT count(*) FROM held WHERE kind IN ('BEHIND', 'WAITING')"
UNSEALED: Final = "SELECT count(*) FROM seals WHERE NOT published"
UNREAD: Final = "SELECT count(*) FROM mails WHERE became = 'WAITING'"
UNSENT: Final = "SELECT max(next_at) FROM mails WHERE state IN ('queued', 'sending', 'uncertain')"


async def until(true: Callable[[], bool | Awaitable[bool]], seconds: float = 60) -> None:
    """Waits for what other processes do: they can only be asked again."""
    async with asyncio.timeout(seconds * PATIENCE):
        while True:
            found = true()
            if await found if inspect.isawaitable(found) else found:
                return
            await asyncio.sleep(0.05)


async def aside(work: Coroutine[Any, Any, T]) -> T:
    """Does what looks through the machine's processes in another thread: the proxies stay quick."""
    return await asyncio.to_thread(asyncio.run, work)


@dataclass
class Rig:
    """What runs, and how to break it. `heal` makes it whole again."""

    folder: Path
    kafka: ProxiedKafka
    postgres: Postgres
    mailbox: Mailbox
    fleet: Fleet
    databases: dict[str, Proxy]
    mail: Proxy
    orders: dict[str, dict[str, Any]] = field(default_factory=lambda: {s: {} for s in SERVICES})
    _connections: dict[str, asyncpg.Connection] = field(default_factory=dict)
    _asking: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    @property
    def ledger(self) -> Path:
        """What was sent, as `reconcile` reads it."""
        return self.folder / "ledger.jsonl"

    @property
    def logs(self) -> Path:
        return self.folder / "fleet"

    @property
    def proxies(self) -> list[Proxy]:
        return [*self.databases.values(), *self.kafka.proxies.values(), self.mail]

    async def order(self, service: str, **orders: object) -> None:
        """Tells a service, from now on and at its next start; None takes an order back."""
        given = self.orders[service] | orders
        self.orders[service] = {name: value for name, value in given.items() if value is not None}
        path = self.folder / f"{service}.orders"
        path.with_suffix(".new").write_text(json.dumps(self.orders[service]))
        path.with_suffix(".new").rename(path)
        process = self.fleet[service]
        if process.runs:
            told = process.log().count("\norders ")
            process.send(signal.SIGUSR1)
            await until(lambda: process.log().count("\norders ") > told or not process.runs)

    async def start(self, *services: str) -> None:
        """Starts these and waits until they are ready."""
        processes = [self.fleet[service] for service in services]
        await asyncio.gather(*(process.start() for process in processes))
        await asyncio.gather(*(process.ready(READY_SECONDS * PATIENCE) for process in processes))

    async def kill(self, service: str, number: signal.Signals = signal.SIGKILL) -> int:
        process = self.fleet[service]
        process.send(number)
        return await process.ended(STOP_SECONDS * PATIENCE)

    async def command(self, service: str, *arguments: str) -> str:
        """Runs one of a service's commands; what it said."""
        process = self.fleet[service]
        running = await asyncio.create_subprocess_exec(
            str(process.program),
            *arguments,
            env=process.environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        said, _ = await running.communicate()
        assert running.returncode == 0
        return said.decode().strip()

    @asynccontextmanager
    async def replica(self, service: str) -> AsyncIterator[ServiceProcess]:
        """A second process of a service meanwhile."""
        first = self.fleet[service]
        environment = dict(first.environment)
        if service == "intake":
            environment["COMPLAINTS_MAIL_PORT"] = str(free_port())
        second = ServiceProcess(first.program, environment, self.logs, f"{service}-2")
        await second.start()
        try:
            await second.ready(READY_SECONDS * PATIENCE)
            yield second
        finally:
            await second.end()

    async def ask(self, service: str, query: str, *values: object) -> list[asyncpg.Record]:
        """What a service's database says, past its proxy."""
        async with self._asking[service]:
            connection = self._connections.get(service)
            if connection is None or connection.is_closed():
                connection = self._connections[service] = await self.postgres.connect(service)
            found: list[asyncpg.Record] = await connection.fetch(query, *values)
            return found

    async def disconnect(self) -> None:
        """Ends what `ask` has opened."""
        connections, self._connections = self._connections, {}
        await asyncio.gather(*(connection.close() for connection in connections.values()))

    async def value(self, service: str, query: str, *values: object) -> Any:
        return (await self.ask(service, query, *values))[0][0]

    async def unpublished(self) -> dict[str, int]:
        query = "SELECT count(*) FROM unpublished"
        return {service: await self.value(service, query) for service in SERVICES}

    async def lag(self) -> dict[str, int]:
        """How many records each service has still to commit."""
        topics = {topic for names in READS.values() for topic in names}
        async with administering(self.kafka.clients, 20) as admin:
            done = {name: await admin.list_consumer_group_offsets(name) for name in SERVICES}
        async with AIOKafkaConsumer(*topics, **self.kafka.clients) as consumer:
            ends = await consumer.end_offsets(consumer.assignment())
        return {
            service: sum(
                ends[part] - (done[service][part].offset if part in done[service] else 0)
                for part in ends
                if part.topic in READS[service]
            )
            for service in SERVICES
        }

    async def in_flight(self) -> str:
        """What is under way."""
        return _told(await self.unpublished(), await self.lag())

    async def quiet(self) -> None:
        """Waits until everything is published, read and told; mail that was put off is made due."""
        busy = ""
        try:
            async with asyncio.timeout(QUIET_SECONDS * PATIENCE):
                while busy := await self._busy() or await self._busy():  # reading makes more
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"not quiet: {busy}") from None

    async def _busy(self) -> str:
        """What is still to be done; empty when nothing is."""
        queued, lag = await self.unpublished(), await self.lag()
        if any(queued.values()) or any(lag.values()):
            return _told(queued, lag)
        for service in SERVICES:
            if seals := await self.value(service, UNSEALED):
                return f"{service} has {seals} seals to publish"
        for service in SERVICES:
            if held := await self.value(service, WAITING):
                return f"{service} holds {held}"
        if unread := await self.value("intake", UNREAD):
            return f"{unread} mails to read"
        if next_at := await self.value("notifications", UNSENT):
            ahead = (next_at - datetime.now(UTC)).total_seconds() + 1
            if ahead > self.orders["notifications"].get("ahead", 0) + 2:  # not due by itself
                await self.order("notifications", ahead=ahead)
            return f"a mail is due at {next_at}"
        return ""

    def let_go(self) -> None:
        """Nothing is held up any more."""
        self.mailbox.forget()
        for proxy in self.proxies:
            proxy.heal()
        for process in self.fleet.processes.values():
            process.send(signal.SIGCONT)

    async def heal(self) -> None:
        """Everything runs, everything answers, and nothing is under orders."""
        await aside(self.postgres.start())
        await aside(self.kafka.start())
        self.let_go()
        for service in SERVICES:
            if self.orders[service]:
                await self.order(service, crash_at=None, flaky=None, ahead=None)
        await self.start(*(service for service in SERVICES if not self.fleet[service].runs))
        for process in self.fleet.processes.values():
            await process.ready(READY_SECONDS * PATIENCE)


def _told(queued: Mapping[str, int], lag: Mapping[str, int]) -> str:
    return ", ".join(
        f"{service} {queued[service]} queued {lag[service]} behind"
        for service in SERVICES
        if queued[service] or lag[service]
    )


@asynccontextmanager
async def rigged(folder: Path) -> AsyncIterator[Rig]:
    """A rig that runs; the test skips where this machine has no Kafka."""
    kafka = ProxiedKafka(folder / "kafka", SERVICES)
    postgres = Postgres(folder / "postgres")
    mailbox = Mailbox(folder / "mail")
    mail = Proxy()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(kafka.stop)
        await started(kafka)
        stack.push_async_callback(postgres.stop, "immediate")
        await postgres.start()
        await mailbox.start()
        stack.push_async_callback(mailbox.stop)
        mail.target = mailbox.port
        databases = {service: Proxy(postgres.port) for service in SERVICES}
        settings = {}
        for service in SERVICES:
            url = make_url((await postgres.ensure_database(service)).service)
            url = url.set(port=databases[service].port)
            settings[service] = {
                "COMPLAINTS_DATABASE_URL": url.render_as_string(hide_password=False),
                "KAFKA_BOOTSTRAP_SERVERS": f"{HOST}:{kafka.proxies[service].port}",
                ORDERS: str(folder / f"{service}.orders"),
            }
        (folder / "fleet").mkdir()
        (folder / "ledger.jsonl").touch()
        fleet = await prepare(folder / "fleet", kafka, postgres, (HOST, mail.port), settings)
        rig = Rig(folder, kafka, postgres, mailbox, fleet, databases, mail)
        for service in SERVICES:
            fleet[service].program = _program(folder, service)
            await rig.order(service)
        for proxy in rig.proxies:
            await proxy.start()
            stack.push_async_callback(proxy.stop)
        stack.push_async_callback(fleet.stop)
        stack.callback(rig.let_go)
        await rig.start(*SERVICES)
        yield rig


def _program(folder: Path, service: str) -> Path:
    program = folder / f"steered-{service}"
    command = shlex.join([sys.executable, str(STEERED), service])
    program.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    program.chmod(0o700)
    return program
