"""The journal cannot be changed unnoticed, and a person can be erased from it all the same."""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from rubbish import rubbish
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError
from toy import BOOK, received, record

from complaints_chassis import operate, relay
from complaints_chassis.errors import Refused
from complaints_chassis.files import FileStore
from complaints_chassis.journal import START, chained
from complaints_chassis.readers import Readers
from complaints_chassis.relay import Relay
from complaints_chassis.upkeep import Upkeep
from complaints_chassis.verify import verify
from complaints_contracts.contacts import ContactReceived
from complaints_contracts.parts import FileRef
from complaints_local.postgres import Postgres

if TYPE_CHECKING:
    from conftest import Toy

CANARY = "Zebedee Canary"


class Confirming(Relay):
    """A relay to a broker that confirms everything; keeps what it was sent."""

    def __init__(self, toy: Toy) -> None:
        super().__init__({}, BOOK.service, BOOK.source, toy.clock, Readers())
        self.sent: list[bytes] = []

    async def _connect(self) -> Any:
        return None

    async def _send(self, topic: str, messages: Any) -> Any:
        self.sent += [data for _, data, _ in messages]
        return [topic for _ in messages]


async def publish(toy: Toy) -> list[bytes]:
    """Runs the relay until nothing is left; the values it sent."""
    found = Confirming(toy)
    async with toy.engine.connect() as connection:
        while await found.round(connection):
            pass
    return found.sent


async def filled(toy: Toy, streams: int = 6, events: int = 4) -> list[UUID]:
    contacts = [uuid4() for _ in range(streams)]
    for turn in range(1, events + 1):
        await toy.applier.apply([record(received(c, f"word {turn}"), turn) for c in contacts])
        await publish(toy)
    await toy.applier.apply([record(received(c, "queued"), events + 1) for c in contacts[:2]])
    return contacts


@asynccontextmanager
async def unguarded(postgres: Postgres, toy: Toy) -> AsyncIterator[asyncpg.Connection]:
    """A superuser with the guards off."""
    connection = await postgres.connect(make_url(toy.urls.owner).database or "")
    await connection.execute("SET session_replication_role = replica")
    yield connection
    await connection.close()


async def problems(toy: Toy) -> list[str]:
    async with toy.engine.connect() as connection:
        return (await verify(connection))[1]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE journal SET actor = 'nobody'",
        "DELETE FROM journal",
        "TRUNCATE journal",
        "UPDATE seals SET root = ''",
        "DELETE FROM seals",
        "UPDATE progress SET sequence = 9",
        "DELETE FROM progress",
        "UPDATE personal SET bytes = ''",
        "ALTER TABLE journal DISABLE TRIGGER ALL",
        "DROP TABLE journal",
        "CREATE TABLE mine (a int)",
        "SET session_replication_role = replica",
    ],
)
async def test_the_services_role_cannot_change_what_happened(toy: Toy, change: str) -> None:
    await filled(toy, 1, 1)
    with pytest.raises(DBAPIError, match=r"permission denied|must be owner"):
        async with toy.engine.begin() as connection:
            await connection.execute(text(change))


async def test_the_services_role_owns_nothing_and_the_owner_is_refused_too(
    toy: Toy, postgres: Postgres
) -> None:
    await filled(toy, 1, 1)
    owned = await toy.rows("SELECT relname FROM pg_class JOIN pg_roles r ON r.oid = relowner"
                           " WHERE rolname = 'toy'")  # fmt: skip
    assert owned == []
    owner = await asyncpg.connect(toy.urls.owner.replace("+asyncpg", ""), ssl=False)
    for change in ("UPDATE journal SET actor = ''", "DELETE FROM journal", "TRUNCATE journal"):
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await owner.execute(change)
    await owner.close()


async def test_each_row_is_chained_to_the_one_before_it_in_its_stream(toy: Toy) -> None:
    await filled(toy)
    before: dict[str, bytes] = {}
    for row in await toy.rows("SELECT * FROM journal ORDER BY stream, version"):
        assert row.prev_hash == before.get(row.stream, START)
        assert row.hash == hashlib.sha256(row.prev_hash + row.record).digest()
        before[row.stream] = row.hash


async def test_verify_is_right_while_others_write_and_publish(toy: Toy) -> None:
    contacts = [uuid4() for _ in range(10)]

    async def write() -> None:
        for turn in range(1, 21):
            await toy.applier.apply([record(received(c, "word"), turn) for c in contacts])
            await publish(toy)

    writing = asyncio.create_task(write())
    while not writing.done():
        assert await problems(toy) == []
        await asyncio.sleep(0)
    await writing


Tamper = Callable[[asyncpg.Connection, random.Random], Any]


async def change_a_byte(c: asyncpg.Connection, chance: random.Random) -> None:
    seq, record = await one(c, chance, "SELECT seq, record FROM journal")
    place = chance.randrange(len(record))
    changed = bytearray(record)
    changed[place] ^= 1 << chance.randrange(8)
    await c.execute("UPDATE journal SET record = $2 WHERE seq = $1", seq, bytes(changed))


async def change_a_column(c: asyncpg.Connection, chance: random.Random) -> None:
    seq = (await one(c, chance, "SELECT seq FROM journal"))[0]
    change = chance.choice(
        [
            "actor = actor || 'x'", "rule = rule || 'x'", "type = type || 'x'",
            "occurred_at = occurred_at + interval '1 second'", "event_id = gen_random_uuid()",
            "headers = headers || '{\"a\": \"b\"}'", "topic = coalesce(topic, '') || 'x',"
            " sequence = coalesce(sequence, 1)", "version = version + 1000",
            "prev_hash = sha256(prev_hash)", "hash = sha256(hash)",
        ]
    )  # fmt: skip
    await c.execute(f"UPDATE journal SET {change} WHERE seq = $1", seq)  # noqa: S608


async def remove_a_row(c: asyncpg.Connection, chance: random.Random) -> None:
    seq = (await one(c, chance, "SELECT seq FROM journal"))[0]
    await c.execute("DELETE FROM journal WHERE seq = $1", seq)


async def remove_the_last_row_of_a_stream(c: asyncpg.Connection, chance: random.Random) -> None:
    ends = "SELECT DISTINCT ON (stream) seq FROM journal ORDER BY stream, version DESC"
    await c.execute("DELETE FROM journal WHERE seq = $1", (await one(c, chance, ends))[0])


async def remove_a_stream(c: asyncpg.Connection, chance: random.Random) -> None:
    stream = (await one(c, chance, "SELECT DISTINCT stream FROM journal"))[0]
    await c.execute(
        "DELETE FROM personal WHERE event_id IN (SELECT event_id FROM journal WHERE stream = $1)",
        stream,
    )
    await c.execute("DELETE FROM journal WHERE stream = $1", stream)


async def cut_off_the_tail(c: asyncpg.Connection, chance: random.Random) -> None:
    await c.execute("DELETE FROM journal WHERE seq > (SELECT max(seq) - $1 FROM journal)",
                    chance.randint(1, 9))  # fmt: skip


async def swap_two_rows(c: asyncpg.Connection, chance: random.Random) -> None:
    rows = await c.fetch("SELECT seq, event_id, record FROM journal ORDER BY seq")
    one, other = chance.sample(rows, 2)
    for to, by in ((one, other), (other, one)):
        await c.execute("UPDATE journal SET record = $2 WHERE seq = $1", to["seq"], by["record"])


async def make_the_chain_again(c: asyncpg.Connection, chance: random.Random) -> None:
    """Changes an actor everywhere, and every hash of the stream after it."""
    stream = (await one(c, chance, "SELECT DISTINCT stream FROM journal"))[0]
    previous = START
    for row in await c.fetch("SELECT * FROM journal WHERE stream = $1 ORDER BY version", stream):
        record = json.dumps({**json.loads(row["record"]), "actor": "nobody"}).encode()
        hash = chained(previous, record)
        await c.execute(
            "UPDATE journal SET actor = 'nobody', record = $2, prev_hash = $3, hash = $4"
            " WHERE seq = $1", row["seq"], record, previous, hash,
        )  # fmt: skip
        previous = hash


async def change_a_personal_part(c: asyncpg.Connection, chance: random.Random) -> None:
    event, subject = await one(c, chance, "SELECT event_id, subject FROM personal")
    await c.execute(
        "UPDATE personal SET bytes = bytes || ' ' WHERE event_id = $1 AND subject = $2",
        event, subject,
    )  # fmt: skip


async def change_a_seal(c: asyncpg.Connection, chance: random.Random) -> None:
    number = (await one(c, chance, "SELECT number FROM seals"))[0]
    change = chance.choice(["seqs = seqs[2:]", "root = sha256(root)", "previous = sha256(root)"])
    await c.execute(f"UPDATE seals SET {change} WHERE number = $1", number)  # noqa: S608


async def empty_the_queue(c: asyncpg.Connection, _: random.Random) -> None:
    await c.execute("DELETE FROM unpublished")


async def one(c: asyncpg.Connection, chance: random.Random, query: str) -> Any:
    return chance.choice(await c.fetch(f"SELECT * FROM ({query}) q ORDER BY q::text"))  # noqa: S608


TAMPERS: tuple[Tamper, ...] = (
    change_a_byte, change_a_column, remove_a_row, remove_the_last_row_of_a_stream,
    remove_a_stream, cut_off_the_tail, swap_two_rows, make_the_chain_again,
    change_a_personal_part, change_a_seal, empty_the_queue,
)  # fmt: skip


async def test_every_one_of_500_tampers_is_found(toy_to_break: Toy, postgres: Postgres) -> None:
    await filled(toy_to_break)
    assert await problems(toy_to_break) == []
    chance = random.Random(5)
    async with unguarded(postgres, toy_to_break) as connection:
        for table in TAMPERED:
            await connection.execute(f"CREATE TABLE saved_{table} AS TABLE {table}")
        for number in range(500):
            tamper = TAMPERS[number % len(TAMPERS)]
            await tamper(connection, chance)
            assert await problems(toy_to_break), f"{tamper.__name__} was not found"
            await restore(connection)
    assert await problems(toy_to_break) == []


TAMPERED = ("journal", "personal", "seals", "unpublished")


async def restore(connection: asyncpg.Connection) -> None:
    for table in TAMPERED:
        await connection.execute(
            f"DELETE FROM {table}; INSERT INTO {table} OVERRIDING SYSTEM VALUE"  # noqa: S608
            f" SELECT * FROM saved_{table}"
        )


# Erasing


def about(person: UUID, contact: UUID, name: str = CANARY, **changes: Any) -> ContactReceived:
    event = received(contact, f"my name is {name}", name=name)
    [someone] = event.persons
    return event.model_copy(
        update={"persons": (someone.model_copy(update={"id": person}),), **changes}
    )


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def everywhere(postgres: Postgres, toy: Toy, needle: str) -> list[str]:
    """The columns of any table that hold the text, in any form of bytes."""
    name = make_url(toy.urls.owner).database or ""
    connection = await postgres.connect(name)
    columns = await connection.fetch(
        "SELECT table_name AS t, column_name AS c, data_type AS d FROM information_schema.columns"
        " WHERE table_schema = 'public' AND data_type IN ('text', 'bytea', 'jsonb', 'ARRAY')"
    )
    assert len(columns) > 30
    found = []
    for t, c, d in columns:
        shown = f"encode({c}, 'escape')" if d == "bytea" else f"{c}::text"
        query = f"SELECT count(*) FROM {t} WHERE strpos({shown}, $1) > 0"  # noqa: S608
        hexed = f"SELECT count(*) FROM {t} WHERE strpos({c}::text, $1) > 0"  # noqa: S608
        if await connection.fetchval(query, needle) or await connection.fetchval(
            hexed, needle.encode().hex()
        ):
            found.append(f"{t}.{c}")
    await connection.close()
    return found


async def test_an_erased_person_is_in_no_table_file_or_held_row(
    toy: Toy, postgres: Postgres, tmp_path: Path
) -> None:
    person, contact, store = uuid4(), uuid4(), FileStore(tmp_path)
    digest = store.put(CANARY.encode())
    photo = FileRef(sha256=digest, name=f"{CANARY}.jpg", media_type="image/jpeg", size=9)
    spoilt = replace(record(about(person, contact), 7), headers=((b"from", CANARY.encode()),))
    elsewhere = record(about(person, uuid4()), 3)
    await toy.applier.apply(
        [
            record(about(person, contact, attachments=(photo,)), 1),
            record(about(person, contact), 3),
            spoilt,
            elsewhere,
            record(received(words="somebody else", name="Bea Example")),
        ]
    )
    assert {row.kind for row in await toy.rows("SELECT kind FROM held")} == {
        "BEHIND", "UNREADABLE",
    }  # fmt: skip
    assert set(await everywhere(postgres, toy, CANARY)) == {
        "held.headers", "held.value", "notebooks.last", "personal.bytes",
    }  # fmt: skip
    assert await operate.erase(toy.engine, BOOK, str(person), "asked on the telephone") == 1
    assert await everywhere(postgres, toy, CANARY) == []
    upkeep = Upkeep(BOOK, {}, toy.clock, store, toy.applier.release)
    async with toy.engine.connect() as connection:
        await upkeep.round(connection)
    assert files(tmp_path) == []
    await toy.applier.apply([record(about(person, contact, "[erased]"), 2)])
    last = await toy.rows("SELECT last FROM notebooks WHERE stream = :s", s=f"notebook:{contact}")
    assert [row.last for row in last] == ["[erased]"]
    with pytest.raises(Refused):
        await operate.erase(toy.engine, BOOK, str(uuid4()), "nobody")


async def test_after_an_erasure_all_is_published_again_with_erased_in_its_place(toy: Toy) -> None:
    person, contact = uuid4(), uuid4()
    await toy.applier.apply([record(about(person, contact))])
    before = await publish(toy)
    await operate.erase(toy.engine, BOOK, str(person), "asked")
    assert await toy.problems() == []
    assert await operate.rebuild(toy.engine, BOOK, compare=False) == []
    queued = await operate.republish(toy.engine, [])
    again = await publish(toy)
    assert len(again) >= queued > 0
    assert CANARY not in b"".join(again).decode()
    assert before[0] in again  # the published event of the toy is about nobody
    assert await toy.problems() == []


async def test_a_person_only_held_records_speak_of_can_be_erased(
    toy: Toy, postgres: Postgres
) -> None:
    person = uuid4()
    await toy.applier.apply([record(about(person, uuid4()), 2), rubbish("NaN")])
    assert await operate.erase(toy.engine, BOOK, str(person), "asked") == 0
    assert await everywhere(postgres, toy, CANARY) == []
    [left] = await toy.rows("SELECT * FROM held WHERE kind = 'UNREADABLE'")
    assert left.value


async def test_a_file_goes_when_the_last_who_shared_it_is_erased(toy: Toy, tmp_path: Path) -> None:
    store, persons = FileStore(tmp_path), [uuid4(), uuid4()]
    shared = FileRef(sha256=store.put(b"photo"), name="a.jpg", media_type="image/jpeg", size=5)
    upkeep = Upkeep(BOOK, {}, toy.clock, store, toy.applier.release)
    await toy.applier.apply(
        [record(about(person, uuid4(), attachments=(shared,))) for person in persons]
    )
    for person, left in zip(persons, (1, 0), strict=True):
        await operate.erase(toy.engine, BOOK, str(person), "asked")
        async with toy.engine.connect() as connection:
            await upkeep.round(connection)
        assert len(files(tmp_path)) == left


def test_a_seal_covers_its_rows_in_order_and_the_seal_before_it() -> None:
    one, two = b"1" * 32, b"2" * 32
    assert relay.root(START, [one, two]) == hashlib.sha256(START + one + two).digest()
    assert relay.root(START, [one, two]) != relay.root(START, [two, one])
