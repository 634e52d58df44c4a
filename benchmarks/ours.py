"""Our five services as a contestant: the processes of production, told of the same servers."""

from __future__ import annotations

import psutil

from benchmarks import contest, work
from complaints_local.fleet import SERVICES

READS = {
    "intake": {"contacts": 1, "people": 1},
    "triage": {"sortings": 1},
    "casework": {"cases": 1},
    "notifications": {"notices": 1},
    "reviews": {
        "copied_cases": 1,
        "copied_people": 1,
        "copied_allocations": 1,
        "copied_advisers": 1,
    },
}
"""The tables of our own that stand where others have `reads`."""
ROWS = {
    service: {table: count for table, count in rows.items() if table != "reads"} | READS[service]
    for service, rows in work.ROWS.items()
}


class Ours(contest.Contestant):
    """Started and stopped as the fleet that they are."""

    def __init__(self, servers: contest.Servers) -> None:
        super().__init__(servers, (), SERVICES, rows=ROWS)

    async def start(self) -> None:
        fleet = self.servers.fleet
        await fleet.start()
        self.processes = {name: psutil.Process(fleet[name].pid) for name in SERVICES}

    async def stop(self) -> None:
        await self.servers.fleet.stop()

    def log(self, service: str) -> str:
        return self.servers.fleet[service].log()[-3000:]
