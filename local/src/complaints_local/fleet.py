"""The five services as processes of their own, as in production, on this machine's servers."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from complaints_chassis.migrate import migrate
from complaints_contracts.topics import topics_for
from complaints_law.office import load_office
from complaints_local.data import secret
from complaints_local.kafka_cluster import KafkaCluster
from complaints_local.ports import HOST, free_port
from complaints_local.postgres import DatabaseUrls, Postgres
from complaints_local.processes import PROGRAMS, ServiceProcess
from complaints_local.system import PARTS

SERVICES: Final = tuple(part.service.name for part in PARTS)
UNLIMITED: Final = {
    "COMPLAINTS_REQUESTS_PER_MINUTE": "10000000",
    "COMPLAINTS_REQUESTS_PER_MINUTE_PER_ADDRESS": "10000000",
}
"""For intake, where everything that is sent comes from one address."""


@dataclass
class Fleet:
    """Five processes, not started, with databases and topics that are there.

    `databases` names the roles of each service's database.
    """

    databases: Mapping[str, DatabaseUrls]
    processes: dict[str, ServiceProcess]
    mail_in: tuple[str, int]
    """Where intake takes in mail."""

    def __getitem__(self, name: str) -> ServiceProcess:
        return self.processes[name]

    @property
    def intake(self) -> str:
        """Where intake answers."""
        return self.processes["intake"].address

    async def start(self, *names: str) -> None:
        """Starts these, or all, and waits until they are ready. Raises `ProcessError`."""
        chosen = [self.processes[name] for name in names or self.processes]
        await asyncio.gather(*(process.start() for process in chosen))
        await asyncio.gather(*(process.ready() for process in chosen))

    async def stop(self, *names: str) -> None:
        """Stops these, or all, in order."""
        chosen = [self.processes[name] for name in names or self.processes]
        await asyncio.gather(*(process.end() for process in chosen))


async def prepare(
    folder: Path,
    kafka: KafkaCluster,
    postgres: Postgres,
    mail_out: tuple[str, int],
    settings: Mapping[str, Mapping[str, str]] | None = None,
) -> Fleet:
    """Topics, databases and processes, of which none is started.

    Args:
        folder: keeps files, secrets and the processes' logs.
        kafka: a cluster that runs.
        postgres: a server that runs.
        mail_out: the mail server that takes what notifications sends.
        settings: environment variables of single services, over those made here.
    """
    for topic in topics_for(force.key for force in load_office().forces).values():
        await kafka.create_topic(topic.name, topic.partitions)
    mail_in = (HOST, free_port())
    databases, processes = {}, {}
    for part in PARTS:
        name = part.service.name
        databases[name] = urls = await postgres.ensure_database(name)
        await migrate(urls.owner, part.service.package, name)
        given: dict[str, Any] = {
            "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap,
            "COMPLAINTS_DATABASE_URL": urls.service,
            "COMPLAINTS_FILES_FOLDER": folder / "files",
            "COMPLAINTS_OIDC_ISSUER": f"http://{HOST}:9/identity",
            "COMPLAINTS_PUBLIC_URL": f"https://office.example/{name}",
            "COMPLAINTS_SECRET": secret(folder / f"{name}.secret"),
        }
        if name == "notifications":
            given |= {
                "COMPLAINTS_SMTP_HOST": mail_out[0],
                "COMPLAINTS_SMTP_PORT": mail_out[1],
                "COMPLAINTS_SMTP_TLS": "none",
            }
        if name == "intake":
            given |= {"COMPLAINTS_MAIL_HOST": mail_in[0], "COMPLAINTS_MAIL_PORT": mail_in[1]}
            given |= UNLIMITED
        environment = {key: str(value) for key, value in given.items()}
        environment |= (settings or {}).get(name, {})
        processes[name] = ServiceProcess(PROGRAMS / f"complaints-{name}", environment, folder, name)
    return Fleet(databases, processes, mail_in)
