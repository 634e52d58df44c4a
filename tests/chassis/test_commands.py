"""Commands: decided once for each key, against what concerns them, or refused with a reason."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection
from toy import BOOK, NOTEBOOK, Counted, Noted, received, record

from complaints_chassis import database
from complaints_chassis.aggregate import Needs
from complaints_chassis.commands import Commands, IfMatch, Once
from complaints_chassis.database import connect
from complaints_chassis.errors import Conflict, KeyReused, Refused, Stale, TooLarge, Transient
from complaints_chassis.journal import Cause
from complaints_chassis.work import Work
from complaints_contracts.event import Fact
from complaints_local.postgres import Postgres

if TYPE_CHECKING:
    from conftest import Toy


async def note(toy: Toy, contact: UUID, words: str = "hello", **conditions: Any) -> dict[str, Any]:
    def decide(work: Work) -> dict[str, Any]:
        fact = Noted(person_id=UUID(int=1), words=words)
        work.append(NOTEBOOK, contact, fact, rule="R8")
        return {"count": len(work.state(NOTEBOOK, contact).notes)}

    needs = Needs(streams=(NOTEBOOK.stream(contact),))
    return await toy.commands.run(needs, decide, Cause("adviser"), **conditions)


async def count(toy: Toy) -> int:
    return len(await toy.rows("SELECT 1 FROM journal"))


async def test_the_same_key_gets_the_same_answer_and_decides_once(toy: Toy) -> None:
    contact, once = uuid4(), Once("key", b"request")
    first = await note(toy, contact, once=once)
    await note(toy, contact)
    assert await note(toy, contact, once=once) == first == {"count": 1}
    assert await count(toy) == 2


async def test_the_same_key_with_another_request_is_refused(toy: Toy) -> None:
    contact = uuid4()
    await note(toy, contact, once=Once("key", b"request"))
    with pytest.raises(KeyReused):
        await note(toy, contact, once=Once("key", b"another"))
    assert await count(toy) == 1


async def test_a_key_is_not_used_up_by_a_refusal(toy: Toy) -> None:
    def refuse(_: Work) -> dict[str, Any]:
        raise Refused("R8", "Say what happened.")

    contact, once = uuid4(), Once("key", b"request")
    with pytest.raises(Refused):
        await toy.commands.run(Needs(), refuse, Cause("adviser"), once=once)
    assert await note(toy, contact, once=once) == {"count": 1}


async def test_a_key_is_not_kept_as_it_was_sent(toy: Toy) -> None:
    await note(toy, uuid4(), once=Once("api:ann@people.example", b"request"))
    [row] = await toy.rows("SELECT * FROM inbox")
    assert "people.example" not in str(tuple(row))


async def test_fifty_equal_requests_at_once_decide_once(toy: Toy) -> None:
    contact = uuid4()
    answers = await asyncio.gather(
        *(note(toy, contact, once=Once("key", b"request")) for _ in range(50))
    )
    assert answers == [{"count": 1}] * 50
    assert await count(toy) == 1


async def test_what_concerns_a_stale_command_refuses_it_by_name(toy: Toy) -> None:
    contact = uuid4()
    await toy.applier.apply([record(received(contact))])
    with pytest.raises(Stale) as refused:
        await note(toy, contact, if_match=IfMatch(NOTEBOOK.stream(contact), 1))
    assert refused.value.events == (Counted.type,)
    assert await note(toy, contact, if_match=IfMatch(NOTEBOOK.stream(contact), 2)) == {"count": 2}


async def test_what_does_not_concern_a_stale_command_lets_it_be_decided_again(toy: Toy) -> None:
    def noted(fact: Fact) -> bool:
        return isinstance(fact, Noted)

    contact = uuid4()
    await toy.applier.apply([record(received(contact))])
    seen = IfMatch(NOTEBOOK.stream(contact), 1, concerns=noted)
    assert await note(toy, contact, if_match=seen) == {"count": 2}
    with pytest.raises(Stale):
        await note(toy, contact, if_match=seen)


async def test_a_command_that_was_overtaken_is_decided_again(toy: Toy) -> None:
    contact = uuid4()
    async with asyncio.TaskGroup() as tasks:
        done = [tasks.create_task(note(toy, contact)) for _ in range(4)]
    assert sorted(task.result()["count"] for task in done) == [1, 2, 3, 4]


async def test_a_command_that_is_always_overtaken_ends_as_a_conflict(toy: Toy) -> None:
    def overtaken(work: Work) -> dict[str, Any]:
        work._heads.clear()  # as if the stream had been read before it began
        work.append(NOTEBOOK, contact, Noted(person_id=UUID(int=1), words="late"))
        return {}

    contact = uuid4()
    await note(toy, contact)
    with pytest.raises(Conflict):
        await toy.commands.run(Needs(), overtaken, Cause("adviser"))
    assert await count(toy) == 1


async def test_a_database_that_is_away_makes_it_transient(toy: Toy, postgres: Postgres) -> None:
    contact, name = uuid4(), make_url(toy.urls.service).database or ""
    nowhere = connect(toy.urls.service.replace(f":{postgres.port}/", ":1/"))
    with pytest.raises(Transient):
        await note(toy._replace(commands=Commands(nowhere, BOOK, toy.clock)), contact)
    await nowhere.dispose()
    server, locker = await postgres.connect(), await postgres.connect(name)
    async with locker.transaction():
        await locker.execute("LOCK TABLE journal IN SHARE MODE")
        waiting = asyncio.create_task(note(toy, contact))
        ended = 0
        while not ended:
            ended = await server.fetchval(
                "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity"
                " WHERE datname = $1 AND wait_event_type = 'Lock'",
                name,
            )
        with pytest.raises(Transient):
            await waiting
    await locker.close()
    await server.close()
    assert await note(toy, contact) == {"count": 1}


async def test_a_standby_and_a_full_pool_make_it_transient(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_only = connect(toy.urls.service)
    contact = uuid4()

    def decide(work: Work) -> dict[str, Any]:
        work.append(NOTEBOOK, contact, Noted(person_id=UUID(int=1), words="hello"))
        return {}

    async with read_only.begin() as connection:
        await connection.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"))
    with pytest.raises(Transient):
        await Commands(read_only, BOOK, toy.clock).run(Needs(), decide, Cause("adviser"))
    monkeypatch.setattr(read_only.sync_engine.pool, "_timeout", 0.1)
    taken = [await read_only.connect() for _ in range(15)]
    with pytest.raises(Transient):
        await Commands(read_only, BOOK, toy.clock).run(Needs(), decide, Cause("adviser"))
    for connection in taken:
        await connection.close()
    await read_only.dispose()


async def test_an_event_over_256_kib_is_refused_and_writes_nothing(toy: Toy) -> None:
    contact = uuid4()
    with pytest.raises(TooLarge, match="262144 bytes"):
        await note(toy, contact, "é" * 128 * 1024)
    assert await count(toy) == 0
    await note(toy, contact, "é" * 127 * 1024)


async def test_who_stands_still_in_a_transaction_loses_it_and_others_go_on(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a process is frozen, or its machine cut off, while it holds what all have to lock."""
    monkeypatch.setattr(database, "LONGEST_MS", 300)
    frozen, begun = connect(toy.urls.service), asyncio.Event()

    async def stand_still(connection: AsyncConnection) -> None:
        await database.lock(connection, "allocation")
        begun.set()
        await asyncio.sleep(1)
        await connection.execute(text("SELECT 1"))

    standing = asyncio.create_task(database.transaction(frozen, stand_still, "toy"))
    await begun.wait()
    async with toy.engine.begin() as other:
        await database.lock(other, "allocation")
        assert not standing.done()
    with pytest.raises(Transient):
        await standing
    await frozen.dispose()


async def test_the_server_soon_looks_whether_a_silent_client_is_still_there(toy: Toy) -> None:
    for name, value in database.GONE_SECONDS.items():
        [row] = await toy.rows(f"SHOW tcp_keepalives_{name}")
        assert row[0] == str(value)
