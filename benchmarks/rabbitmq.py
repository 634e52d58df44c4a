"""What `celery_chain` needs: RabbitMQ, started by us, and a virtual environment with Celery.

RabbitMQ is Debian's package `rabbitmq-server`, which has to be installed.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

import psutil

from benchmarks import contest, sink, work
from complaints_local.ports import free_port

REQUIREMENTS: Final = Path(__file__).with_name("requirements-celery.txt")
PROGRAMS: Final = "lib/rabbitmq/lib/rabbitmq_server-*/sbin"
VENV: Final = Path(sys.prefix) / "celery"
START_SECONDS: Final = 60

QUEUES: Final = ("intake", "triage", "casework", "notifications")
ROWS: Final = {queue: work.ROWS[queue] for queue in QUEUES}


def python() -> Path:
    """The Python that has Celery; the first time it is made."""
    installed = VENV / "installed"
    if not installed.exists() or installed.read_bytes() != REQUIREMENTS.read_bytes():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)], check=True)
        pip = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "-r", str(REQUIREMENTS)], check=True)
        installed.write_bytes(REQUIREMENTS.read_bytes())
    return VENV / "bin" / "python"


class RabbitMq:
    """One broker on loopback, its data in `folder`."""

    def __init__(self, folder: Path) -> None:
        found = sorted(Path("/usr").glob(PROGRAMS))
        if not found:
            raise contest.ContestError("RabbitMQ is not installed: apt-get install rabbitmq-server")
        self._programs = found[-1]
        self._folder = folder
        self._log = folder / "log"
        self._processes: list[psutil.Popen] = []
        self.port, self._ports_port = free_port(), free_port()

    @property
    def url(self) -> str:
        return f"amqp://guest:guest@{sink.HOST}:{self.port}//"

    async def start(self) -> None:
        self._folder.mkdir()
        (self._folder / "plugins").write_text("[].\n")
        # Erlang's list of ports would outlive the broker that starts it.
        self._launch("epmd", "-port", str(self._ports_port), "-address", sink.HOST)
        self._launch(str(self._programs / "rabbitmq-server"))
        for _ in range(START_SECONDS * 10):
            if "Starting broker... completed" in self._log.read_text():
                return
            await asyncio.sleep(0.1)
        raise contest.ContestError(self._log.read_text()[-3000:])

    async def stop(self) -> None:
        for process in reversed(self._processes):
            family = [process, *process.children(recursive=True)]
            for each in family:
                with suppress(psutil.NoSuchProcess):
                    each.terminate()
            _, alive = await asyncio.to_thread(psutil.wait_procs, family, timeout=20)
            for each in alive:
                each.kill()

    def _launch(self, *command: str) -> None:
        with self._log.open("ab") as log:
            self._processes.append(
                psutil.Popen(
                    command,
                    env=self._environment(),
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
            )

    def _environment(self) -> Mapping[str, str]:
        return {
            **os.environ,
            "HOME": str(self._folder),
            "ERL_EPMD_PORT": str(self._ports_port),
            "ERL_EPMD_ADDRESS": sink.HOST,
            "RABBITMQ_NODENAME": "contest@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": sink.HOST,
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(self._folder / "data"),
            "RABBITMQ_LOG_BASE": str(self._folder / "logs"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._folder / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(self._folder / "none"),
        }


class CeleryChain(contest.Contestant):
    """A worker for each queue."""

    def __init__(self, servers: contest.Servers) -> None:
        super().__init__(servers, (), QUEUES, events={}, rows=ROWS)
        self._broker = RabbitMq(servers.folder / "rabbitmq")

    def arguments(self, service: str) -> list[str]:
        worker = ["-q", "-A", "benchmarks.celery_chain", "worker", "-P", "solo", "-l", "WARNING"]
        alone = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
        return [str(python()), "-m", "celery", *worker, *alone, "-Q", service, "-n", service]

    def environment(self, service: str) -> dict[str, str]:
        return {**super().environment(service), "BROKER_URL": self._broker.url}

    async def start(self) -> None:
        await asyncio.to_thread(python)
        await self._broker.start()
        await super().start()

    async def lay(self, contacts: int) -> None:
        records = map(contest.record, range(contacts))
        lines = (f"{key.decode()} {value.decode()}\n" for key, value, _ in records)
        laying = await asyncio.create_subprocess_exec(
            *(str(python()), "-c", "from benchmarks import celery_chain; celery_chain.lay()"),
            env=self.environment("intake"),
            stdin=subprocess.PIPE,
        )
        await laying.communicate("".join(lines).encode())
        if laying.returncode:
            raise contest.ContestError("the records could not be laid on the queue")

    async def stop(self) -> None:
        await super().stop()
        await self._broker.stop()
