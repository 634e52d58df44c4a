"""A service as the process it is in production: told by its environment, and nothing else."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest

from complaints_local.ports import HOST, free_port

READY_SECONDS = 60
STOP_SECONDS = 30


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

    async def ready(self) -> None:
        """Waits until it says that it is; fails the test with the reason where it is not."""
        assert self._process
        said = "nothing"
        try:
            async with asyncio.timeout(READY_SECONDS), httpx.AsyncClient() as client:
                while self._process.returncode is None:
                    with suppress(httpx.TransportError):
                        answer = await client.get(f"{self.address}/readyz")
                        if answer.status_code == 200:
                            return
                        said = answer.text
                    await asyncio.sleep(0.05)
        except TimeoutError:
            pytest.fail(f"{self._log.name}: not ready in time, but: {said}\n{self.log()}")
        pytest.fail(f"{self._log.name}: ended with {self._process.returncode}\n{self.log()}")

    def command_lines(self) -> list[list[str]]:
        """What anybody on the machine can see of it and its children."""
        assert self._process
        parent = psutil.Process(self._process.pid)
        return [each.cmdline() for each in (parent, *parent.children(recursive=True))]

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ends it, if it runs; its exit code."""
        assert self._process
        if self._process.returncode is None:
            self._process.send_signal(number)
        async with asyncio.timeout(STOP_SECONDS):
            return await self._process.wait()

    def log(self) -> str:
        """Everything it has said."""
        return self._log.read_text()
