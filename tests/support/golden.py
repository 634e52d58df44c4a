"""The golden dates of the clocks, and PostgreSQL's own count of them, without any of our code.

`.venv/bin/python tests/support/golden.py` counts the rows with the origin `sql` again, for STARTS.
The other rows are copied by hand from where their origin says, and stay as they are. It also finds
again what becomes of the clocks of the golden stories; whoever adds a story leaves its runs empty.
"""

from __future__ import annotations

import asyncio
import csv
import tempfile
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Final, NamedTuple

import asyncpg

from complaints_local.postgres import Postgres

ROOT: Final = Path(__file__).parents[2]
GOLDEN: Final = ROOT / "tests/law/data/golden.csv"
SQL: Final = ROOT / "tests/law/golden.sql"
GOLDEN_RUNS: Final = ROOT / "tests/law/data/golden_runs.csv"
SQL_RUNS: Final = ROOT / "tests/law/data/golden_runs.sql"
HOLIDAYS: Final = ROOT / "law/src/complaints_law/data/calendars/england-and-wales.json"

STARTS: Final = (
    "2020-02-29T12:00:00Z",  # leap day, a Saturday
    "2020-05-07T09:00:00Z",  # eve of the moved early May holiday
    "2021-12-24T09:00:00Z",  # Christmas and New Year with three substitute days
    "2022-04-14T16:10:00Z",  # Maundy Thursday
    "2022-05-27T15:31:00Z",  # Friday before the week of the Platinum Jubilee
    "2022-06-01T23:30:00Z",  # Jubilee holiday in London, the day before it in UTC
    "2022-08-31T09:00:00Z",  # eighteen months later is a leap day
    "2022-09-09T09:00:00Z",
    "2022-09-18T23:30:00Z",  # day of the State Funeral in London
    "2022-12-24T10:00:00Z",
    "2023-04-30T09:00:00Z",  # between two bank holidays and the Coronation
    "2023-05-05T09:00:00Z",  # Friday before the Coronation
    "2023-05-08T09:00:00Z",  # Coronation holiday
    "2024-02-28T23:30:00Z",
    "2024-02-29T09:00:00Z",  # leap day
    "2024-03-28T17:00:00Z",  # Maundy Thursday; Easter Sunday is the day clocks go forward
    "2024-08-31T09:00:00Z",  # eighteen months later is 28 February
    "2025-01-31T09:00:00Z",
    "2025-08-24T09:00:00Z",
    "2025-11-30T12:00:00Z",
    "2025-12-31T23:30:00Z",
    "2026-01-31T23:59:00Z",
    "2026-03-28T23:30:00Z",  # the night that clocks go forward
    "2026-03-29T00:30:00Z",
    "2026-03-29T23:30:00Z",  # already Monday in London
    "2026-04-05T12:00:00Z",  # Easter Sunday
    "2026-05-25T09:00:00Z",  # bank holiday
    "2026-07-03T22:59:00Z",  # last minute of a Friday in London
    "2026-07-03T23:00:00Z",  # first minute of the Saturday
    "2026-07-06T23:30:00Z",
    "2026-10-24T22:30:00Z",
    "2026-10-24T23:30:00Z",  # the night that clocks go back
    "2026-10-25T00:30:00Z",  # half past one for the first time
    "2026-10-25T01:30:00Z",  # and for the second
    "2026-10-25T23:30:00Z",
    "2026-12-24T16:29:00Z",
    "2026-12-25T11:00:00Z",
)


class Row(NamedTuple):
    """A clock, the instant that it counts from, and when it is due."""

    clock: str
    times: int
    counts_from: datetime
    due_at: datetime
    due_on: date
    do_by: date
    origin: str = "sql"


class Story(NamedTuple):
    """What happened to a case or review up to `now`, and what became of one of its clocks."""

    story: str
    clock: str
    now: datetime
    events: str
    """Such as `2026-03-02T10:00Z MADE; 2026-03-20T10:00Z UPDATED`."""
    runs: str
    """The day each run is due and its state: `2026-04-17 MISSED; 2026-05-15 RUNNING`."""


def read() -> list[Row]:
    """The rows of the golden file."""
    with GOLDEN.open(encoding="utf-8", newline="") as file:
        return [
            Row(
                clock=row["clock"],
                times=int(row["times"]),
                counts_from=datetime.fromisoformat(row["counts_from"]),
                due_at=datetime.fromisoformat(row["due_at"]),
                due_on=date.fromisoformat(row["due_on"]),
                do_by=date.fromisoformat(row["do_by"]),
                origin=row["origin"],
            )
            for row in csv.DictReader(file)
        ]


def read_stories() -> list[Story]:
    """The golden stories."""
    with GOLDEN_RUNS.open(encoding="utf-8", newline="") as file:
        return [
            Story(**row | {"now": datetime.fromisoformat(row["now"])})
            for row in csv.DictReader(file)
        ]


async def counted(connection: asyncpg.Connection, starts: Iterable[datetime]) -> list[Row]:
    """Every clock from each of `starts`, as PostgreSQL counts it."""
    holidays, question = HOLIDAYS.read_text(encoding="utf-8"), SQL.read_text(encoding="utf-8")
    return [Row(*row) for row in await connection.fetch(question, holidays, list(starts))]


async def run(connection: asyncpg.Connection, stories: Sequence[Story]) -> list[Story]:
    """The stories with what becomes of their clocks, as PostgreSQL finds it."""
    holidays, question = HOLIDAYS.read_text("utf-8"), SQL_RUNS.read_text("utf-8")
    _, clocks, nows, events, _ = map(list, zip(*stories, strict=True))
    found = await connection.fetch(question, holidays, clocks, nows, events)
    return [story._replace(runs=runs) for story, (runs,) in zip(stories, found, strict=True)]


def _write_stories(stories: Iterable[Story]) -> None:
    with GOLDEN_RUNS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Story._fields)
        writer.writerows(story._replace(now=_utc(story.now)) for story in stories)


def _write(rows: Sequence[Row]) -> None:
    with GOLDEN.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Row._fields)
        for row in rows:
            instants = (_utc(row.counts_from), _utc(row.due_at))
            writer.writerow((row.clock, row.times, *instants, row.due_on, row.do_by, row.origin))


def _utc(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")


async def _count_again() -> None:
    by_hand = [row for row in read() if row.origin != "sql"]
    with tempfile.TemporaryDirectory() as folder:
        server = Postgres(Path(folder), fsync=False)
        await server.start()
        try:
            connection = await server.connect()
            rows = await counted(connection, map(datetime.fromisoformat, STARTS))
            stories = await run(connection, read_stories())
            await connection.close()
        finally:
            await server.stop("immediate")
    _write([*by_hand, *rows])
    _write_stories(stories)


if __name__ == "__main__":
    asyncio.run(_count_again())
