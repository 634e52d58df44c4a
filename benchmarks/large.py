"""The same system with many cases in it: what a rate is worth after ten years (T4).

The cases are copies of one that went through, closed and under ids of their own, written by
PostgreSQL itself and analysed. Every table and index has as many entries as that many cases would
leave; the bytes of old records and mails, which nobody reads, are left out so that a million fit on
a disk.
"""

from __future__ import annotations

import asyncio
import signal
import time
from dataclasses import dataclass
from typing import Final

import asyncpg

from benchmarks import contest
from benchmarks.latency import Latency, latency
from benchmarks.ours import Ours

SIZES: Final = (10_000, 100_000, 1_000_000)
CHUNK: Final = 50_000
DRAIN: Final = 2000
DRAIN_SECONDS: Final = 300.0
RATE, SECONDS = 5.0, 30.0
LEFT_OUT: Final = (
    *("migrations", "seals", "unpublished", "held", "inbox", "pauses", "offsets"),
    "timers",  # those of closed cases do not run
)
EMPTIED: Final = ("record", "bytes", "message", "prev_hash", "hash", "salt")
UNIQUE: Final = ("reference", "recipient", "message_id", "token")

COLUMNS: Final = """
SELECT column_name, data_type, is_identity = 'YES' AS is_identity
FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1
ORDER BY ordinal_position
"""


@dataclass
class Large:
    """What a drain and a light load did beside so many cases."""

    cases: int
    rate: float
    latency: Latency

    def __str__(self) -> str:
        return f"beside {self.cases} cases: {self.rate:.0f} contacts/s in a drain; {self.latency}"


async def large(servers: contest.Servers, sizes: tuple[int, ...] = SIZES) -> list[Large]:
    """Measures our services at each size, one after the other in the same databases.

    Raises:
        ContestError: they stalled, or did not do all of the work.
    """
    found = []
    contestant = Ours(servers)
    connections = {name: await servers.postgres.connect(name) for name in contestant.services}
    await _one_contact(contestant, connections)
    loaded = 1
    for number, size in enumerate(sizes):
        for connection in connections.values():
            await _copy(connection, loaded, size)
        loaded = size
        await contestant.start()
        rate = await _drain(contestant)
        waited = await latency(servers, RATE, SECONDS, 1000 + number)
        await contestant.stop()
        found.append(Large(size, rate, waited))
    for connection in connections.values():
        await connection.close()
    return found


async def _drain(contestant: Ours) -> float:
    """Contacts a second, until the last mail."""
    mails = contestant.servers.mails
    contestant.send(signal.SIGSTOP)
    await contestant.lay(DRAIN)
    wanted = len(mails.update()) + DRAIN
    began = time.time()
    contestant.send(signal.SIGCONT)
    try:
        async with asyncio.timeout(DRAIN_SECONDS):
            while len(mails.update()) < wanted:
                await asyncio.sleep(contest.POLL_SECONDS)
    except TimeoutError:
        raise contest.ContestError("the mails did not all arrive") from None
    return DRAIN / (mails.update()[-1].at - began)


async def _one_contact(contestant: Ours, connections: dict[str, asyncpg.Connection]) -> None:
    """Has one go through and marks its rows as those to be copied."""
    await contestant.start()
    await contestant.lay(1)
    while not await contest.at_rest(contestant, 1, connections):
        await asyncio.sleep(contest.POLL_SECONDS)
    await contestant.stop()
    for connection in connections.values():
        for table in await _tables(connection):
            streams = "WHERE stream NOT LIKE 'ops:%'" if table == "journal" else ""
            await connection.execute(
                f"CREATE TABLE first_{table} AS SELECT * FROM {table} {streams}"  # noqa: S608
            )


async def _tables(connection: asyncpg.Connection) -> list[str]:
    found = await connection.fetch("SELECT relname FROM pg_stat_user_tables ORDER BY relname")
    names = [name for (name,) in found if name not in LEFT_OUT]
    return [name for name in names if not name.startswith("first_")]


async def _copy(connection: asyncpg.Connection, start: int, end: int) -> None:
    """Copies the first contact's rows to the numbers from `start` on, `end` excluded."""
    await connection.execute("SET session_replication_role = replica")  # no queue for the relay
    for table in await _tables(connection):
        columns = [
            (name, _copied(name, kind))
            for name, kind, is_identity in await connection.fetch(COLUMNS, table)
            if not is_identity
        ]
        names = ", ".join(name for name, _ in columns)
        values = ", ".join(value for _, value in columns)
        for low in range(start, end, CHUNK):
            await connection.execute(
                f"INSERT INTO {table} ({names}) SELECT {values}"  # noqa: S608
                f" FROM first_{table} f, generate_series({low}, {min(low + CHUNK, end) - 1}) AS n"
            )
    await connection.execute("SET session_replication_role = origin")
    await connection.execute("VACUUM ANALYZE")


def _copied(name: str, kind: str) -> str:
    """A column's value in the copy of number n."""
    if name in EMPTIED:
        return r"'\x00'::bytea"
    if name == "is_open":
        return "false"
    if kind == "uuid":
        return f"md5(f.{name}::text || n)::uuid"
    if name == "stream":
        return (
            "regexp_replace(f.stream, '[0-9a-f-]{36}',"
            " md5(substring(f.stream FROM '[0-9a-f-]{36}') || n)::uuid::text)"
        )
    if name == "subject":
        return "md5(f.subject || n)::uuid::text"
    if name in UNIQUE:
        return f"n || f.{name}"
    return f"f.{name}"
