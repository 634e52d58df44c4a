"""A service put together: what it declares, and what runs while its application is up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass
from importlib.metadata import version
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, FastAPI, Request
from sqlalchemy import Table

from complaints_chassis import restore, telemetry
from complaints_chassis.aggregate import Aggregate
from complaints_chassis.applier import Applier
from complaints_chassis.auth import Client
from complaints_chassis.book import OPS, Book
from complaints_chassis.clock import Clock
from complaints_chassis.commands import Commands
from complaints_chassis.database import UNPOOLED, connect
from complaints_chassis.errors import ChassisError
from complaints_chassis.files import FileStore
from complaints_chassis.health import Health
from complaints_chassis.kafka_in import Consumer
from complaints_chassis.leader import Leader
from complaints_chassis.migrate import is_current
from complaints_chassis.pauses import Pauses
from complaints_chassis.private import Discarded, Erased, Restored
from complaints_chassis.readers import Readers, UntilRead
from complaints_chassis.relay import Relay
from complaints_chassis.settings import Settings
from complaints_chassis.subscriptions import FromOutside, OnDue, Subscription
from complaints_chassis.upkeep import Upkeep
from complaints_chassis.web import Site, check_rights, install_web
from complaints_chassis.web.body import DEFAULT_MAX_BODY
from complaints_chassis.web.sign_in import install_auth
from complaints_contracts.event import Fact
from complaints_contracts.ops import ServiceStarted
from complaints_contracts.registry import EVENTS

PARTS: Final = ("complaints-contracts", "complaints-law", "complaints-chassis")


@dataclass(frozen=True)
class Service:
    """What a service declares about itself; `package` holds its templates and migrations."""

    name: str
    package: str
    aggregates: tuple[Aggregate[Any], ...] = ()
    facts: tuple[type[Fact], ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    due: tuple[OnDue, ...] = ()
    personal_tables: tuple[Table, ...] = ()
    keeps_files: bool = False
    """Whether it writes the files store, and so deletes from it."""
    wanted_files: str = "false"
    """In SQL, which files `f` it still wants at `:now`, also where an erasure condemned them."""

    def book(self, office: str) -> Book:
        """Its journal's book; `office` is whose system this is, part of `ce_source`."""
        private: tuple[type[Fact], ...] = (*self.facts, Discarded, Erased, Restored)
        return Book(
            service=self.name,
            source=f"/opcc/{office}/{self.name}",
            aggregates={a.name: a for a in (*self.aggregates, OPS)},
            facts={**EVENTS, **{fact.type: fact for fact in private}},
            personal_tables=self.personal_tables,
        )

    @property
    def topics(self) -> tuple[str, ...]:
        """What it reads."""
        return tuple(dict.fromkeys(on.topic for on in self.subscriptions))

    def from_outside(self, topic: str) -> FromOutside | None:
        """What it does about the records of a topic, where those come from outside."""
        found = (on for on in self.subscriptions if on.topic == topic)
        return next((on for on in found if isinstance(on, FromOutside)), None)


def kafka_settings(settings: Settings) -> dict[str, Any]:
    """How aiokafka's clients reach the broker."""
    # While the broker is away, aiokafka says so at every try.
    return {"retry_backoff_ms": 500, **settings.for_clients()}


class Running:
    """One service's parts while it runs. Routes find it as `request.app.state.running`."""

    def __init__(self, service: Service, settings: Settings, clock: Clock, office: str) -> None:
        self.service = service
        self.settings = settings
        self.clock = clock
        self.book = service.book(office)
        self.files = FileStore(settings.files_folder)
        url = settings.database_url.get_secret_value()
        self.engine = connect(url)
        self.commands = Commands(self.engine, self.book, clock)
        self.pauses = Pauses(self.engine, clock, self.commands, service.name)
        self.applier = Applier(
            self.engine, self.book, service.subscriptions, clock, self.pauses.pause
        )
        kafka = kafka_settings(settings)
        self.readers = Readers() if settings.kafka_keeps_records else UntilRead(kafka)
        self.relay = Relay(kafka, service.name, self.book.source, clock, self.readers)
        self.consumer = (
            Consumer(
                kafka,
                group=service.name,
                topics=service.topics,
                apply=self.applier.apply,
                on_paused=self.pauses.below,
            )
            if service.topics
            else None
        )
        self.leaders: list[Leader] = []
        self._caught_up = False
        self.health = Health(
            connect(url, UNPOOLED), service.package, self.relay, self.consumer, self.leaders
        )

    async def check_migrated(self) -> None:
        """Nothing, where the database is as this code needs it.

        Raises:
            ChassisError: the database is not migrated; the text says which command does it.
        """
        if not await is_current(self.engine, self.service.package):
            raise ChassisError(
                f"The database is not up to date. Run: complaints-{self.service.name} migrate"
            )

    @asynccontextmanager
    async def run(self, workers: Sequence[Leader]) -> AsyncIterator[None]:
        """Starts everything, and stops it in the opposite order.

        Raises:
            ChassisError: as `check_migrated` and `catch_up`.
        """
        await self.check_migrated()
        telemetry.expose(self.service.name)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(self.engine.dispose)
            await self.catch_up()
            await self._say_started()
            upkeep = Upkeep(
                self.book,
                {(on.aggregate.name, on.kind): on for on in self.service.due},
                self.clock,
                self.files if self.service.keeps_files else None,
                self.applier.release,
                self.service.wanted_files,
            )
            self.leaders[:] = [
                Leader("relay", self.engine, self.clock, self.relay.round, channel="journal"),
                Leader("upkeep", self.engine, self.clock, upkeep.round),
                *workers,
            ]
            stack.push_async_callback(self.readers.stop)
            stack.push_async_callback(self.relay.stop)
            tasks = [asyncio.create_task(leader.run()) for leader in self.leaders]
            tasks.append(asyncio.create_task(self.health.beat()))
            stack.push_async_callback(_cancel, tasks)
            if self.consumer:
                await self.consumer.start()
                stack.push_async_callback(self.consumer.stop)
                watch = asyncio.create_task(self.pauses.watch(self.consumer))
                stack.push_async_callback(_cancel, [watch])
            yield

    async def catch_up(self) -> None:
        """Where an older database was put back: has it know again what is on the topics.

        Raises:
            ChassisError: it cannot be brought up to date; the text says what to do.
        """
        if self._caught_up or not self.settings.kafka_keeps_records:
            return
        self._caught_up = True
        kafka = kafka_settings(self.settings)
        await restore.take_back(self.engine, self.book, kafka)
        await restore.read_again(self.engine, kafka, self.service.name, self.service.topics)

    async def _say_started(self) -> None:
        parts = (*PARTS, f"complaints-{self.service.name}")
        event = ServiceStarted(
            speaker=self.service.name, versions={part: version(part) for part in parts}
        )
        await self.commands.tell_operations(event)


async def _cancel(tasks: Sequence[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def running(request: Request) -> Running:
    """The running service a request is for."""
    found: Running = request.app.state.running
    return found


Run = Annotated[Running, Depends(running)]
"""For routes: `async def page(request: Request, run: Run)`."""


def create_app(
    running: Running,
    site: Site,
    routers: Sequence[APIRouter] = (),
    workers: Callable[[Running], Sequence[Leader]] = lambda _: (),
    beside: Callable[[Running], AbstractAsyncContextManager[None]] = lambda _: nullcontext(),
    state: Mapping[str, Any] | None = None,
    max_body: int = DEFAULT_MAX_BODY,
) -> FastAPI:
    """One ASGI application for one service.

    `beside` is entered once everything runs, and left first: what else the service listens to.
    `state` is what its own routes need besides.
    """
    settings = running.settings

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with running.run(workers(running)), beside(running):
            yield

    app = FastAPI(
        title=f"Complaints: {running.service.name}",
        version=version(f"complaints-{running.service.name}"),
        lifespan=lifespan,
    )
    app.state.running = running
    for name, value in (state or {}).items():
        setattr(app.state, name, value)
    secret = settings.secret.get_secret_value().encode()
    install_web(app, site, secret=secret, package=running.service.package, max_body=max_body)
    client = Client(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.public_url,
        secret=settings.oidc_client_secret,
        audience=settings.oidc_audience,
        required_amr=settings.oidc_required_amr,
    )
    install_auth(app, client, secret=secret, now=running.clock.now)
    app.include_router(running.health.router())
    for router in routers:
        app.include_router(router)
    check_rights(app)
    return app
