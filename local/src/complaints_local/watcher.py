"""Watches a fleet's processes while a test breaks things; what it sees goes to a file."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import httpx
import psutil

from complaints_local.fleet import Fleet
from complaints_local.processes import ServiceProcess
from complaints_local.reconcile.watched import Mark, Sample

EVERY_SECONDS: Final = 1.0
ANSWER_SECONDS: Final = 15.0


class Watcher:
    """Samples each process of a fleet once a second, and takes down when faults begin and end."""

    def __init__(self, fleet: Fleet, file: Path) -> None:
        self._fleet = fleet
        self._file = file

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Watches meanwhile; the fleet is to be stopped only afterwards."""
        # A connection of its own each time: one that was kept may have been closed meanwhile.
        limits = httpx.Limits(max_keepalive_connections=0)
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS, limits=limits) as http:
            tasks = [
                asyncio.create_task(self._watch(http, name, process))
                for name, process in self._fleet.processes.items()
            ]
            try:
                yield
            finally:
                for task in tasks:
                    task.cancel()
                for ended in await asyncio.gather(*tasks, return_exceptions=True):
                    if isinstance(ended, Exception):
                        raise ended

    @asynccontextmanager
    async def fault(
        self, name: str, *, promised: bool = False, stopped: tuple[str, ...] = ()
    ) -> AsyncIterator[None]:
        """A fault lasts as long as this; `promised` and `stopped` as in `Mark`."""
        meant = {"fault": name, "promised": promised, "stopped": stopped}
        self._write(Mark.model_validate({"at": datetime.now(UTC), "begins": True, **meant}))
        yield
        self._write(Mark.model_validate({"at": datetime.now(UTC), "ends": True, **meant}))

    async def _watch(self, http: httpx.AsyncClient, name: str, process: ServiceProcess) -> None:
        while True:
            if sample := await self._sample(http, name, process):
                self._write(sample)
            await asyncio.sleep(EVERY_SECONDS)

    async def _sample(
        self, http: httpx.AsyncClient, name: str, process: ServiceProcess
    ) -> Sample | None:
        """What the process is like; None where none runs, or it ended meanwhile."""
        if process.exit_code is not None:
            return None
        pid = process.pid
        live, _ = await _ask(http, f"{process.address}/livez")
        ready, problems = await _ask(http, f"{process.address}/readyz")
        try:
            seen = psutil.Process(pid)
            rss, files, places = seen.memory_info().rss, seen.num_fds(), seen.net_connections()
        except psutil.NoSuchProcess:
            return None
        if process.exit_code is not None or process.pid != pid:
            return None
        return Sample(
            at=datetime.now(UTC),  # it may have kept us waiting
            service=name,
            pid=pid,
            live=live,
            ready=ready,
            problems=problems,
            rss=rss,
            files=files,
            connections=len(places),
        )

    def _write(self, line: Sample | Mark) -> None:
        with self._file.open("a", encoding="utf-8") as file:
            file.write(f"{line.model_dump_json(exclude_defaults=True)}\n")


async def _ask(http: httpx.AsyncClient, url: str) -> tuple[bool, tuple[str, ...]]:
    try:
        answer = await http.get(url)
    except httpx.TransportError as error:
        return False, (f"no answer: {type(error).__name__}",)
    return answer.status_code == 200, tuple(answer.json()["problems"])
