"""A PostgreSQL server of our own: created, started, adopted and stopped, with roles and databases.

It listens on loopback only, every role has its own password, and it outlives a killed manager: the
next `start` adopts it.
"""

import asyncio
import hashlib
import hmac
import re
import shlex
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import asyncpg
import psutil

from complaints_local.data import secret
from complaints_local.ports import HOST, free_port
from complaints_local.postgres_programs import PostgresError, Programs

START_SECONDS = 60.0

SETTINGS: Mapping[str, str] = {
    "listen_addresses": HOST,
    "unix_socket_directories": "",
    "max_connections": "200",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # No personal data in the log: the text of an error, its detail and its statement can all quote
    # values. They go to the client that caused them, and the log keeps what concerns the server.
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_parameter_max_length_on_error": "0",
}
IN_A_HURRY: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}


@dataclass(frozen=True)
class DatabaseUrls:
    """How to reach one database, for SQLAlchemy with asyncpg."""

    owner: str
    """The role that owns the database and its tables: for migrations only."""
    service: str
    """The role the service runs as: it owns nothing."""


class Postgres:
    """One server, its data in `folder`/cluster and its log in `folder`/log."""

    def __init__(self, folder: Path, *, fsync: bool = True) -> None:
        self.folder = folder.resolve()
        self._cluster = self.folder / "cluster"
        self._secret = self.folder / "secret"
        self._programs = Programs(self.folder / "log", self._cluster)
        self._settings = SETTINGS if fsync else {**SETTINGS, **IN_A_HURRY}
        self._fsync = fsync
        self.port = 0

    async def start(self) -> None:
        """Have the server run: adopt it, or start it, or create it first.

        The port stays the same for as long as this object lives, so clients can reconnect.

        Raises:
            PostgresError: it did not start; the message ends with its log's last lines.
        """
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self._cluster.exists() and not self._secret.exists():
            raise PostgresError(f"{self._secret} is missing: restore it, or remove {self.folder}")
        if not self._cluster.exists():
            for orphan in self._processes():  # its data was removed under it
                with suppress(psutil.NoSuchProcess):
                    orphan.kill()
            await asyncio.to_thread(self._create)
        try:
            async with asyncio.timeout(START_SECONDS):
                while not await self._answers():
                    await self._launch()
        except TimeoutError as error:
            raise self._programs.failure("it did not answer in time") from error

    async def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Stop the server: `fast` ends its sessions in order, `immediate` is a crash on purpose."""
        if self._server() is not None:
            await asyncio.to_thread(self._control, "stop", "-m", mode)

    async def ensure_database(
        self, name: str, *, service: str | None = None, template: str = "template1"
    ) -> DatabaseUrls:
        """Create what is missing of a database and its two roles, and say how to reach it.

        The roles are `<service>_owner`, who owns the database, and `<service>`, who may connect to
        it and owns nothing; `service` is the database's name unless given. Nobody else may connect.

        Raises:
            ValueError: a name has other characters than lower-case letters, digits and underscores.
        """
        service = service or name
        for identifier in (name, service, template):
            if not re.fullmatch(r"[a-z][a-z0-9_]*", identifier):
                raise ValueError(f"{identifier!r} cannot name a database")
        owner = f"{service}_owner"
        server = await self.connect()
        try:
            for role in (owner, service):
                if not await server.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
                    password = self._password(role)
                    await server.execute(f"CREATE ROLE {role} LOGIN PASSWORD '{password}'")
            if not await server.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
                await server.execute(f"CREATE DATABASE {name} OWNER {owner} TEMPLATE {template}")
            await server.execute(
                f"REVOKE ALL ON DATABASE {name} FROM PUBLIC;"
                f"GRANT CONNECT ON DATABASE {name} TO {service}"
            )
        finally:
            await server.close()
        database = await self.connect(name)
        try:
            await database.execute(
                f"REVOKE ALL ON SCHEMA public FROM PUBLIC;GRANT USAGE ON SCHEMA public TO {service}"
            )
        finally:
            await database.close()
        return DatabaseUrls(owner=self._url(owner, name), service=self._url(service, name))

    async def drop_database(self, name: str) -> None:
        """Drop a database, whoever is connected to it."""
        server = await self.connect()
        try:
            await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
        finally:
            await server.close()

    async def connect(self, database: str = "postgres") -> asyncpg.Connection:
        """A connection as the server's superuser."""
        return await asyncpg.connect(
            host=HOST,
            port=self.port,
            user="postgres",
            password=self._password("postgres"),
            database=database,
            ssl=False,
        )

    def _url(self, role: str, database: str) -> str:
        password = self._password(role)
        return f"postgresql+asyncpg://{role}:{password}@{HOST}:{self.port}/{database}"

    def _password(self, role: str) -> str:
        """Passwords follow from the one secret that is kept, so a role needs no file of its own."""
        return hmac.digest(secret(self._secret).encode(), role.encode(), hashlib.sha256).hex()

    # The server's processes

    async def _answers(self) -> bool:
        """Whether our server answers. One that is starting is waited for, a stopping one too.

        Only our own server knows the password, whatever else took over an old port.
        """
        while (port := self._server()) is not None:
            self.port = port
            try:
                connection = await self.connect()
            except (OSError, asyncpg.CannotConnectNowError):
                await asyncio.sleep(0.02)
            else:
                await connection.close()
                return True
        return False

    async def _launch(self) -> None:
        # The children of a killed server hold its shared memory until they notice, and the process
        # id it left may by now be another program's.
        _, alive = await asyncio.to_thread(psutil.wait_procs, self._processes(), timeout=0.1)
        if alive:
            return
        (self._cluster / "postmaster.pid").unlink(missing_ok=True)
        self.port = self.port or free_port()
        settings = {"port": str(self.port), **self._settings}
        options = shlex.join(f"--{name}={value}" for name, value in settings.items())
        await asyncio.to_thread(self._control, "start", "-o", options)

    def _server(self) -> int | None:
        """The running server's port; `None` without one."""
        try:
            lines = (self._cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return None
        if len(lines) < 4 or int(lines[0]) not in {process.pid for process in self._processes()}:
            return None
        return int(lines[3])

    def _processes(self) -> list[psutil.Process]:
        return [
            process
            for process in psutil.process_iter(["name", "cwd"])
            if process.info["name"] == "postgres" and process.info["cwd"] == str(self._cluster)
        ]

    def _create(self) -> None:
        new = self.folder / "cluster.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        self._programs.give(new)
        with tempfile.TemporaryFile() as password:
            password.write(self._password("postgres").encode())
            password.seek(0)
            self._programs.give(password.fileno())
            self._programs.run(
                "initdb",
                "--username=postgres",
                "--pwfile=/dev/stdin",
                "--auth-local=reject",
                "--auth-host=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--locale=C.UTF-8",
                *([] if self._fsync else ["--no-sync"]),
                cluster=new,
                stdin=password.fileno(),
            )
        new.rename(self._cluster)

    def _control(self, *arguments: str) -> None:
        self._programs.run("pg_ctl", "--wait", *arguments, cluster=self._cluster)
