"""The local system as a process of its own, to be killed and started again."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

UNLIMITED = {"COMPLAINTS_REQUESTS_PER_MINUTE_PER_ADDRESS": "100000"}
"""All that the tests send comes from one address."""
PROGRAM = Path(sys.executable).parent / "complaints-local"


class Up:
    """`complaints-local up` with one data folder; `output` is everything it has said."""

    def __init__(self, data: Path, port: int) -> None:
        self.data = data
        self.port = port
        self.url = f"http://127.0.0.1:{port}"
        self.output = ""
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()

    async def start(self, *options: str, environment: Mapping[str, str] | None = None) -> None:
        """Starts it and returns at once."""
        self._ready.clear()
        self.output = ""
        self._process = await asyncio.create_subprocess_exec(
            str(PROGRAM),
            "up",
            *("--data", str(self.data), "--port", str(self.port)),
            *options,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**os.environ, **UNLIMITED, **(environment or {})},
        )
        self._reading = asyncio.create_task(self._read())

    async def ready(self, seconds: float = 60) -> bool:
        """Waits until it serves; false where it ended first."""
        async with asyncio.timeout(seconds):
            await self._ready.wait()
        return "Ready:" in self.output

    @property
    def mail_port(self) -> int:
        """Where it takes in mail, once it serves."""
        _, found, rest = self.output.partition("is taken in at 127.0.0.1:")
        assert found
        return int(rest.split()[0])

    async def ended(self, seconds: float = 120) -> int:
        """Waits until it has ended by itself; its exit code."""
        assert self._process
        assert self._reading
        async with asyncio.timeout(seconds):
            await self._reading
            return await self._process.wait()

    async def kill(self, number: signal.Signals = signal.SIGKILL) -> int:
        """Ends it now; its exit code."""
        assert self._process
        if self._process.returncode is None:
            self._process.send_signal(number)
        return await self.ended()

    async def _read(self) -> None:
        assert self._process
        assert self._process.stdout
        async for line in self._process.stdout:
            self.output += line.decode(errors="replace")
            if "Ready:" in self.output:
                self._ready.set()
        self._ready.set()
