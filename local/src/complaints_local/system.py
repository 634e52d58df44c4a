"""The whole system on one machine: servers, five services in one process, one address.

Nothing is wired here that `complaints-<service> serve` has not: each service gets settings, and its
application's own lifespan is entered.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from fastapi import FastAPI

import complaints_casework.app
import complaints_intake.app
import complaints_notifications.app
import complaints_reviews.app
import complaints_triage.app
from complaints_chassis.clock import Clock
from complaints_chassis.migrate import migrate
from complaints_chassis.service import Service
from complaints_chassis.settings import Settings
from complaints_chassis.web import Role
from complaints_contracts.topics import topics_for
from complaints_intake.settings import Settings as IntakeSettings
from complaints_law.office import OfficeProfile, load_office
from complaints_local.broker import Broker
from complaints_local.data import DataFolder
from complaints_local.front import create_front
from complaints_local.identity import create_identity, made_up_staff
from complaints_local.mail_pages import create_mail_pages
from complaints_local.mailbox import Mailbox
from complaints_local.ports import HOST, free_port
from complaints_local.postgres import Postgres
from complaints_local.target import Caught
from complaints_notifications.settings import Settings as NotificationSettings


class Part(NamedTuple):
    """One service: what it declares, how it is made, what it is told."""

    service: Service
    create_app: Callable[[Any, Clock], FastAPI]
    settings: type[Settings]


PARTS: Final = tuple(
    Part(module.SERVICE, module.create_app, module.Settings)
    for module in (
        complaints_intake.app,
        complaints_triage.app,
        complaints_casework.app,
        complaints_notifications.app,
        complaints_reviews.app,
    )
)


@dataclass
class System:
    """The system, once it is up. `app` is the one application that a web server serves."""

    app: FastAPI
    office: OfficeProfile
    mailbox: Mailbox
    clock: Clock
    bootstrap: str
    services: dict[str, FastAPI]
    url: str
    data: DataFolder
    mail_in: tuple[str, int]
    """Where the system takes in mail: host and port."""

    def token(self, role: Role) -> str:
        """An access token of the first made-up member of staff who has the role."""
        identity = self.app.state.identity
        person = next(p for p in identity.staff.values() if role in p.roles)
        token: str = identity.access_token(person)
        return token

    @property
    def memory(self) -> Path:
        """The file that keeps what the demo fed."""
        return self.data.path / "demo.json"

    async def as_staff(self, role: Role) -> dict[str, str]:
        """The HTTP header with a `token` of the role."""
        return {"Authorization": f"Bearer {self.token(role)}"}

    async def caught(self) -> list[Caught]:
        """All mail that was sent."""
        return [Caught(mail.message["Subject"], mail.recipients) for mail in self.mailbox.mails()]


@asynccontextmanager
async def start(
    data: DataFolder, port: int, broker: Broker, *, durable: bool, say: Callable[[str], None]
) -> AsyncIterator[System]:
    """Starts everything but the web server, and stops it in the opposite order.

    `durable` says that the broker keeps its records; `say` is told each step.
    """
    url = f"http://127.0.0.1:{port}"
    office = load_office()
    clock = Clock()
    async with AsyncExitStack() as stack:
        say("PostgreSQL")
        postgres = Postgres(data.folder("postgres"))
        await postgres.start()
        stack.push_async_callback(postgres.stop)
        say("Kafka")
        bootstrap = await broker.start()
        stack.push_async_callback(broker.stop)
        topics = topics_for(force.key for force in office.forces)
        for topic in topics.values():
            await broker.create_topic(topic.name, topic.partitions)
        say("mailbox")
        mailbox = Mailbox(data.folder("mail"))
        await mailbox.start()
        stack.push_async_callback(mailbox.stop)
        mail_in = (HOST, free_port())
        front = create_front(
            bootstrap,
            clock,
            topics,
            office,
            mail_in=":".join(map(str, mail_in)),
            secret=data.secret("front").encode(),
        )
        _mount_tools(front, data, office, mailbox, url, clock)
        services = {}
        for part in PARTS:
            name = part.service.name
            say(name)
            urls = await postgres.ensure_database(name)
            await migrate(urls.owner, part.service.package, name)
            given: dict[str, Any] = {
                "database_url": urls.service,
                "kafka_bootstrap_servers": bootstrap,
                "kafka_keeps_records": durable,
                "files_folder": data.folder("files"),
                "oidc_issuer": f"{url}/identity",
                "public_url": f"{url}/{name}",
                "secret": data.secret(name),
            }
            if part.settings is NotificationSettings:
                given |= {"smtp_host": mailbox.host, "smtp_port": mailbox.port, "smtp_tls": "none"}
            if part.settings is IntakeSettings:
                given |= {"mail_host": mail_in[0], "mail_port": mail_in[1]}
            services[name] = app = part.create_app(part.settings(**given), clock)
            front.mount(f"/{name}", app)
            await stack.enter_async_context(app.router.lifespan_context(app))
        yield System(front, office, mailbox, clock, bootstrap, services, url, data, mail_in)
        say("stopping")


def _mount_tools(
    front: FastAPI,
    data: DataFolder,
    office: OfficeProfile,
    mailbox: Mailbox,
    url: str,
    clock: Clock,
) -> None:
    identity = create_identity(
        made_up_staff(office),
        issuer=f"{url}/identity",
        redirect_uris=[f"{url}/{part.service.name}/signed-in" for part in PARTS],
        folder=data.folder("identity"),
        now=clock.now,
    )
    front.state.identity = identity.state.identity
    front.mount("/identity", identity)
    front.mount("/mail", create_mail_pages(mailbox, secret=data.secret("mail").encode()))
