"""Upkeep: what falls due is done once and in order, and what is done with is cleared away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from toy import NOTEBOOK, Counted, Noted, received, record, withheld

from complaints_chassis.aggregate import Aggregate, Needs, Timer
from complaints_chassis.commands import Commands, Once
from complaints_chassis.files import FileStore
from complaints_chassis.journal import Cause
from complaints_chassis.leader import Leader
from complaints_chassis.service import Service
from complaints_chassis.subscriptions import OnDue
from complaints_chassis.upkeep import Upkeep
from complaints_chassis.work import Work
from complaints_contracts.event import Fact, Instant

if TYPE_CHECKING:
    from conftest import Toy, ToyContext

START = datetime(2026, 4, 2, 9, tzinfo=UTC)
DAY = timedelta(days=1)


class Promised(Fact):
    """Something is to be done on each of these days."""

    type: ClassVar[str] = "promise.promised"

    days: tuple[Instant, ...]


class Kept(Fact):
    type: ClassVar[str] = "promise.kept"

    day: Instant


@dataclass(frozen=True)
class Promise:
    open: tuple[datetime, ...] = ()
    kept: tuple[datetime, ...] = ()


def evolve(state: Promise, fact: Fact) -> Promise:
    if isinstance(fact, Promised):
        return replace(state, open=fact.days)
    if isinstance(fact, Kept):
        left = tuple(day for day in state.open if day != fact.day)
        return Promise(left, (*state.kept, fact.day))
    return state


def due(state: Promise) -> Iterator[Timer]:
    return iter([Timer("keep", min(state.open), "rules 1")] if state.open else [])


PROMISES = Aggregate("promise", Promise(), evolve, due=lambda state: tuple(due(state)))
BOOK = Service(
    "toy",
    "complaints_chassis",
    aggregates=(PROMISES, NOTEBOOK),
    facts=(Promised, Kept, Noted, Counted),
).book("test")


def keep(id: str, work: Work) -> None:
    for day in work.state(PROMISES, id).open:
        if day <= work.now:
            work.append(PROMISES, id, Kept(day=day))


ON_DUE: Mapping[tuple[str, str], OnDue] = {
    ("promise", "keep"): OnDue(PROMISES, "keep", keep),
}


@pytest.fixture
async def toy(toys: Callable[[], ToyContext]) -> AsyncIterator[Toy]:
    async with toys() as toy:
        yield toy
        assert await toy.problems(BOOK) == []


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path)


@pytest.fixture
def upkeep(toy: Toy, store: FileStore) -> Upkeep:
    toy.clock.set(START, frozen=True)
    return Upkeep(BOOK, ON_DUE, toy.clock, store, toy.applier.release)


async def rounds(toy: Toy, upkeep: Upkeep) -> int:
    """Until nothing is due; how many of them fired something."""
    fired = 0
    async with toy.engine.connect() as connection:
        while await upkeep.round(connection):
            fired += 1
    return fired


async def promise(toy: Toy, *days: int) -> UUID:
    id = uuid4()

    def decide(work: Work) -> dict[str, str]:
        work.append(PROMISES, id, Promised(days=tuple(START + day * DAY for day in days)))
        return {}

    needs = Needs(streams=(PROMISES.stream(id),))
    await Commands(toy.engine, BOOK, toy.clock).run(needs, decide, Cause("test"))
    return id


async def kept(toy: Toy) -> list[tuple[str, str, int]]:
    """Which promise was kept by whom, in the order it was, and on which day."""
    found = await toy.rows(
        "SELECT stream, actor || ' ' || rule AS by,"
        " (convert_from(record, 'UTF8')::jsonb->'data'->>'day')::timestamptz AS day"
        " FROM journal WHERE type = 'promise.kept' ORDER BY seq"
    )
    return [(row.stream, row.by, (row.day - START).days) for row in found]


async def test_timers_fire_once_in_order_also_after_a_restart(
    toy: Toy, upkeep: Upkeep, store: FileStore
) -> None:
    one, two = await promise(toy, 1, 3, 5), await promise(toy, 2, 3, 90)
    assert await rounds(toy, upkeep) == 0
    for day in (1, 2, 3, 4):
        toy.clock.set(START + day * DAY, frozen=True)
        await rounds(toy, upkeep)
        await rounds(toy, upkeep)
    again = Upkeep(BOOK, ON_DUE, toy.clock, store, toy.applier.release)
    await rounds(toy, again)
    toy.clock.set(START + 90 * DAY, frozen=True)
    await rounds(toy, again)
    days = [day for _, _, day in await kept(toy)]
    assert days == [1, 2, 3, 3, 5, 90]
    by = {(stream, by) for stream, by, _ in await kept(toy)}
    assert by == {(f"promise:{id}", "timer rules 1") for id in (one, two)}
    assert await toy.rows("SELECT * FROM timers") == []


async def test_timers_that_fell_due_while_all_was_down_fire_in_the_order_they_were_due(
    toy: Toy, upkeep: Upkeep
) -> None:
    for day in range(60, 0, -1):
        await promise(toy, day)
    toy.clock.set(START + 90 * DAY, frozen=True)
    await rounds(toy, upkeep)
    assert [day for _, _, day in await kept(toy)] == list(range(1, 61))


async def test_an_early_or_second_firing_decides_nothing(toy: Toy, upkeep: Upkeep) -> None:
    id = await promise(toy, 5)
    async with toy.engine.begin() as connection:
        await connection.execute(text("UPDATE timers SET due_at = :now"), {"now": START})
    await rounds(toy, upkeep)
    assert await kept(toy) == []
    [timer] = await toy.rows("SELECT * FROM timers")
    assert timer.due_at == START + 5 * DAY
    toy.clock.set(START + 5 * DAY, frozen=True)
    await rounds(toy, upkeep)
    async with toy.engine.begin() as connection:
        await connection.execute(
            text("INSERT INTO timers VALUES (:stream, 'keep', :now, '')"),
            {"stream": f"promise:{id}", "now": START},
        )
    await rounds(toy, upkeep)
    assert len(await kept(toy)) == 1
    assert await toy.rows("SELECT * FROM timers") == []


async def test_two_who_fire_the_same_timer_decide_once(toy: Toy, upkeep: Upkeep) -> None:
    for _ in range(10):
        await promise(toy, 1)
    toy.clock.set(START + DAY, frozen=True)
    await asyncio.gather(*(rounds(toy, upkeep) for _ in range(3)))
    assert len(await kept(toy)) == 10


async def test_a_timer_that_fails_stops_no_other(
    toy: Toy, store: FileStore, caplog: pytest.LogCaptureFixture
) -> None:
    bad = await promise(toy, 1)
    await promise(toy, 2)

    def fails(id: str, work: Work) -> None:
        if id == str(bad):
            raise RuntimeError("a fault in the toy")
        keep(id, work)

    on_due = {("promise", "keep"): OnDue(PROMISES, "keep", fails)}
    toy.clock.set(datetime.now(UTC) + 3 * DAY, frozen=True)
    await rounds(toy, Upkeep(BOOK, on_due, toy.clock, store, toy.applier.release))
    assert len(await kept(toy)) == 1
    assert {r.message for r in caplog.records if r.levelname == "ERROR"} == {"a timer failed"}
    await rounds(toy, Upkeep(BOOK, ON_DUE, toy.clock, store, toy.applier.release))
    assert len(await kept(toy)) == 2


@asynccontextmanager
async def leading(leader: Leader) -> AsyncIterator[None]:
    task = asyncio.create_task(leader.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_leader_that_lost_its_lock_does_not_act(toy: Toy, upkeep: Upkeep) -> None:
    await promise(toy, 1)
    toy.clock.set(START + DAY, frozen=True)
    arrived, go = asyncio.Event(), asyncio.Event()

    async def slow(connection: AsyncConnection) -> bool:
        arrived.set()
        await go.wait()
        return await upkeep.round(connection)

    first = Leader("upkeep", toy.engine, toy.clock, slow)
    second = Leader("upkeep", toy.engine, toy.clock, upkeep.round)
    async with leading(first):
        await arrived.wait()
        async with toy.engine.begin() as connection:
            await connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
                    " AND database = (SELECT oid FROM pg_database"
                    " WHERE datname = current_database())"
                )
            )
        async with leading(second), asyncio.timeout(10):
            while not await kept(toy):
                await asyncio.sleep(0.05)
            go.set()
            while not first.failures:
                await asyncio.sleep(0.05)
            assert second.leads
            assert not first.leads
    assert len(await kept(toy)) == 1


async def test_what_waits_for_ten_minutes_is_told_once(toy: Toy, upkeep: Upkeep) -> None:
    contact = uuid4()
    await toy.applier.apply([record(received(contact), 2), record(withheld(uuid4()))])

    async def told() -> int:
        return len(await toy.rows("SELECT 1 FROM journal WHERE type ~ 'record-held'"))

    toy.clock.set(START + timedelta(minutes=9), frozen=True)
    await rounds(toy, upkeep)
    assert await told() == 0
    for minutes in (11, 30):
        toy.clock.set(START + timedelta(minutes=minutes), frozen=True)
        await rounds(toy, upkeep)
        assert await told() == 2
    await toy.applier.apply([record(received(contact), 1)])
    assert len(await toy.rows("SELECT 1 FROM journal WHERE type ~ 'record-released'")) == 1


async def test_answers_are_kept_seven_days(toy: Toy, upkeep: Upkeep) -> None:
    await toy.commands.run(Needs(), lambda _: {}, Cause("test"), once=Once("key", b""))
    for days, left in ((6.9, 1), (7.1, 0)):
        toy.clock.set(START + days * DAY, frozen=True)
        await rounds(toy, upkeep)
        assert len(await toy.rows("SELECT 1 FROM inbox")) == left


async def test_condemned_files_are_deleted(toy: Toy, upkeep: Upkeep, store: FileStore) -> None:
    kept_file, gone = store.put(b"kept"), store.put(b"gone")
    async with toy.engine.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO files (event_id, subject, sha256, condemned) VALUES"
                " (gen_random_uuid(), 'a', :gone, true), (gen_random_uuid(), 'a', :kept, true),"
                " (gen_random_uuid(), 'b', :kept, false)"
            ),
            {"gone": gone, "kept": kept_file},
        )
    await rounds(toy, upkeep)
    assert store.read(kept_file) == b"kept"
    with pytest.raises(FileNotFoundError):
        store.read(gone)
