"""What it costs to have the services run and nothing to do."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Final

import psutil

from benchmarks import contest
from benchmarks.ours import Ours

IDLE_SECONDS: Final = 20.0
SETTLE_SECONDS: Final = 15.0
LAST: Final = "casework"


@dataclass
class Idle:
    """Of five services that wait: `cores` and `transactions` each second, by service."""

    ready_seconds: float
    rss: dict[str, int]
    cores: dict[str, float]
    transactions: dict[str, float]

    def __str__(self) -> str:
        return (
            f"ready in {self.ready_seconds:.1f} s (one that starts beside the others);"
            f" idle at most {100 * max(self.cores.values()):.1f} % of a core,"
            f" {max(self.transactions.values()):.1f} transactions/s and"
            f" {max(self.rss.values()) / 1e6:.0f} MB each"
        )


async def idle(contestant: Ours) -> Idle:
    """Starts the services, and leaves them running."""
    servers = contestant.servers
    await contestant.start()
    await servers.fleet.stop(LAST)
    began = time.monotonic()
    await servers.fleet.start(LAST)
    ready = time.monotonic() - began
    contestant.processes[LAST] = psutil.Process(servers.fleet[LAST].pid)
    await asyncio.sleep(SETTLE_SECONDS)
    processes = contestant.processes
    connection = await servers.postgres.connect()
    counted = "SELECT datname, xact_commit + xact_rollback FROM pg_stat_database"
    before = dict(await connection.fetch(counted))
    cpu = {name: contest.cpu_seconds(process) for name, process in processes.items()}
    await asyncio.sleep(IDLE_SECONDS)
    after = dict(await connection.fetch(counted))
    await connection.close()
    return Idle(
        ready,
        {name: process.memory_info().rss for name, process in processes.items()},
        {
            name: (contest.cpu_seconds(process) - cpu[name]) / IDLE_SECONDS
            for name, process in processes.items()
        },
        {name: (after[name] - before[name]) / IDLE_SECONDS for name in processes},
    )
