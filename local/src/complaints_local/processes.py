"""A service as the process it is in production: told by its environment, and nothing else."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import httpx
import psutil

from complaints_local.ports import HOST, free_port

READY_SECONDS: Final = 60
STOP_SECONDS: Final = 30
PROGRAMS: Final = Path(sys.executable).parent
"""Where `complaints-<service>` is, beside the Python that runs."""


class ProcessError(Exception):
    """A service did not start or stop as it should; the message ends with its log's last lines."""


class ServiceProcess:
    """`complaints-<service> serve`, with a port of its own; its log is in `folder`/`name`.log."""

    def __init__(
        self, program: Path, environment: Mapping[str, str], folder: Path, name: str = ""
    ) -> None:
        self.program = program
        self.port = free_port()
        self.address = f"http://{HOST}:{self.port}"
        self.environment = {**environment, "COMPLAINTS_HTTP_PORT": str(self.port)}
        self._log = folder / f"{name or program.name}.log"
        self._folder = folder
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """The process that was started last."""
        assert self._process
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """What it ended with; negative for a signal, None while it runs."""
        assert self._process
        return self._process.returncode

    @property
    def runs(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self.exit_code is None

    async def start(self) -> None:
        """Starts it and returns at once."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                str(self.program),
                "serve",
                cwd=self._folder,
                env=self.environment,
                stdout=log,
                stderr=log,
            )

    async def ready(self, seconds: float = READY_SECONDS) -> None:
        """Waits until it says that it is.

        Raises:
            ProcessError: it ended, or was not ready in time; with what it said last.
        """
        said: object = "nothing"
        try:
            async with asyncio.timeout(seconds), httpx.AsyncClient() as client:
                while self.exit_code is None:
                    ready, said = await self._ask(client, "readyz")
                    if ready:
                        return
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise self._failure(f"not ready in time, but: {said}") from None
        raise self._failure(f"ended with {self.exit_code}")

    async def problems(self) -> list[str]:
        """Why it is not ready; empty when it is."""
        async with httpx.AsyncClient() as client:
            ready, said = await self._ask(client, "readyz")
        return [] if ready else said

    async def lives(self) -> bool:
        """Whether `/livez` is green."""
        async with httpx.AsyncClient() as client:
            return (await self._ask(client, "livez"))[0]

    def command_lines(self) -> list[list[str]]:
        """What anybody on the machine can see of it and its children."""
        parent = psutil.Process(self.pid)
        return [each.cmdline() for each in (parent, *parent.children(recursive=True))]

    def send(self, number: signal.Signals) -> None:
        """Signals it, where it still runs."""
        if self._process and self.runs:
            self._process.send_signal(number)

    async def ended(self, seconds: float = STOP_SECONDS) -> int:
        """Waits until it has ended by itself; its exit code. Raises `ProcessError`."""
        assert self._process
        try:
            async with asyncio.timeout(seconds):
                return await self._process.wait()
        except TimeoutError:
            raise self._failure("did not end in time") from None

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ends it, if it runs; its exit code. Raises `ProcessError`."""
        self.send(number)
        return await self.ended()

    def log(self) -> str:
        """Everything it has said."""
        return self._log.read_text()

    async def _ask(self, client: httpx.AsyncClient, page: str) -> tuple[bool, list[str]]:
        try:
            answer = await client.get(f"{self.address}/{page}")
        except httpx.TransportError as error:
            return False, [f"no answer: {type(error).__name__}"]
        return answer.status_code == 200, answer.json()["problems"]

    def _failure(self, problem: str) -> ProcessError:
        tail = "\n".join(self.log().splitlines()[-20:])
        return ProcessError(f"{self._log.stem}: {problem}\n{tail}")
