"""The embedded PostgreSQL: who may do what, and what survives which end."""

import asyncio
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from complaints_local.postgres import DatabaseUrls, Postgres
from complaints_local.postgres_programs import PostgresError

MakeDatabase = Callable[..., Awaitable[DatabaseUrls]]

MANAGER = """
import asyncio, pathlib, sys
from complaints_local.postgres import Postgres

async def manage() -> None:
    server = Postgres(pathlib.Path(sys.argv[1]))
    await server.start()
    print((await server.ensure_database("intake")).owner, flush=True)
    await asyncio.Event().wait()

asyncio.run(manage())
"""


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[Postgres]:
    """A server of the test's own, with everything on disk as in the real thing."""
    server = Postgres(tmp_path / "postgres")
    await server.start()
    yield server
    await server.stop("immediate")


@pytest.fixture
def killed_manager_url(tmp_path: Path) -> Iterator[str]:
    """The owner's URL of a database whose server a manager started before it was killed."""
    command = [sys.executable, "-c", MANAGER, str(tmp_path / "postgres")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as manager:
        assert manager.stdout is not None
        url = manager.stdout.readline().strip()
        manager.send_signal(signal.SIGKILL)
    yield url
    asyncio.run(Postgres(tmp_path / "postgres").stop("immediate"))


async def connect(url: str) -> asyncpg.Connection:
    return await asyncpg.connect(url.replace("+asyncpg", ""))


async def run(url: str, *statements: str) -> list[asyncpg.Record]:
    connection = await connect(url)
    try:
        for statement in statements[:-1]:
            await connection.execute(statement)
        rows: list[asyncpg.Record] = await connection.fetch(statements[-1])
        return rows
    finally:
        await connection.close()


def postmaster(server: Postgres) -> int:
    return int((server.folder / "cluster" / "postmaster.pid").read_text().split()[0])


async def test_the_owner_makes_tables_and_the_service_uses_only_what_it_is_given(
    database: MakeDatabase,
) -> None:
    urls = await database("intake")
    await run(
        urls.owner,
        "CREATE TABLE journal (seq bigint)",
        "GRANT SELECT, INSERT ON journal TO intake",
    )
    await run(urls.service, "INSERT INTO journal VALUES (1)")
    assert len(await run(urls.service, "SELECT * FROM journal")) == 1
    for forbidden in (
        "DELETE FROM journal",
        "TRUNCATE journal",
        "DROP TABLE journal",
        "CREATE TABLE mine (seq bigint)",
        "CREATE TEMPORARY TABLE mine (seq bigint)",
        "CREATE SCHEMA mine",
        "SET ROLE intake_owner",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await run(urls.service, forbidden)


async def test_one_service_cannot_enter_the_database_of_another(database: MakeDatabase) -> None:
    intake, triage = await database("intake"), await database("triage")
    for role in (triage.owner, triage.service):
        elsewhere = role.rpartition("/")[0] + "/" + intake.service.rpartition("/")[2]
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connect(elsewhere)


async def test_nobody_enters_without_the_password(database: MakeDatabase) -> None:
    url = (await database("intake")).service
    password = url.split(":")[2].partition("@")[0]
    with pytest.raises(asyncpg.InvalidPasswordError):
        await connect(url.replace(password, "0" * 64))


async def test_a_database_made_again_is_the_same_one(server: Postgres) -> None:
    first = await server.ensure_database("intake")
    await run(first.owner, "CREATE TABLE kept ()")
    assert await server.ensure_database("intake") == first
    assert await run(first.owner, "SELECT FROM kept") == []


async def test_a_migration_runs_once_and_each_database_is_a_copy(database: MakeDatabase) -> None:
    runs: list[str] = []

    async def migrate(owner: str) -> None:
        runs.append(owner)
        await run(owner, "CREATE TABLE journal (seq bigint)", "GRANT INSERT ON journal TO intake")

    first, second = await database("intake", migrate), await database("intake", migrate)
    await run(first.service, "INSERT INTO journal VALUES (1)")
    assert await run(second.owner, "SELECT * FROM journal") == []
    assert len(runs) == 1


@pytest.mark.parametrize("name", ["", "Intake", "intake; DROP DATABASE triage", 'a"b', "1a"])
async def test_a_name_that_would_need_quoting_is_refused(postgres: Postgres, name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a database"):
        await postgres.ensure_database(name)


async def test_the_log_quotes_no_value_of_a_failing_statement(server: Postgres) -> None:
    """Not the statement's, not a parameter's, not a key's, not the one in the error's own text."""
    url = (await server.ensure_database("intake")).owner
    await run(url, "CREATE TABLE contact (name text PRIMARY KEY, age int)")
    connection = await connect(url)
    for statement, parameters in (
        ("INSERT INTO contact VALUES ('Canary')", []),
        ("INSERT INTO contact VALUES ('Canary')", []),
        ("INSERT INTO contact VALUES ($1)", ["Canary"]),
        ("INSERT INTO contact VALUES ('Other', 'Canary'::text::int)", []),
        ("SELECT Canary", []),
        ("DO $$ BEGIN RAISE WARNING 'Canary'; END $$", []),
    ):
        with suppress(asyncpg.PostgresError):
            await connection.execute(statement, *parameters)
    await connection.close()
    log = (server.folder / "log").read_text()
    assert "ready to accept connections" in log
    assert "canary" not in log.casefold()


async def test_only_the_owner_can_open_the_data(server: Postgres) -> None:
    for path in (server.folder, *server.folder.iterdir()):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


async def test_every_commit_is_synced_to_disk_unless_a_test_says_otherwise(
    server: Postgres, postgres: Postgres
) -> None:
    for which, expected in ((server, "on"), (postgres, "off")):
        connection = await which.connect()
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            assert await connection.fetchval(f"SHOW {setting}") == expected
        await connection.close()


async def test_what_was_committed_survives_a_killed_server_on_the_same_port(
    server: Postgres,
) -> None:
    url = (await server.ensure_database("intake")).owner
    await run(url, "CREATE TABLE kept AS SELECT 1 AS one")
    os.kill(postmaster(server), signal.SIGKILL)
    await server.start()
    assert [row["one"] for row in await run(url, "SELECT one FROM kept")] == [1]


async def test_the_server_of_a_killed_manager_is_adopted_and_stopped(
    killed_manager_url: str, tmp_path: Path
) -> None:
    await run(killed_manager_url, "CREATE TABLE kept ()")
    server = Postgres(tmp_path / "postgres")
    before = postmaster(server)
    await server.start()
    assert postmaster(server) == before
    assert (await server.ensure_database("intake")).owner == killed_manager_url
    await server.stop()
    with pytest.raises(ConnectionRefusedError):
        await connect(killed_manager_url)


async def test_a_stale_process_id_does_not_keep_the_server_from_starting(server: Postgres) -> None:
    """After a reboot the id in the file may belong to any other program: here, to this test."""
    await server.stop()
    (server.folder / "cluster" / "postmaster.pid").write_text(
        f"{os.getpid()}\n/proc/self/cwd\n0\n{server.port}\n\n127.0.0.1\n0\nready\n"
    )
    await server.start()
    assert postmaster(server) != os.getpid()


async def test_data_removed_under_a_running_server_is_made_anew_at_once(server: Postgres) -> None:
    orphan = postmaster(server)
    shutil.rmtree(server.folder)
    async with asyncio.timeout(20):
        again = Postgres(server.folder)
        await again.start()
    assert postmaster(again) != orphan
    await again.ensure_database("intake")


async def test_an_interrupted_first_start_is_begun_again(tmp_path: Path) -> None:
    (tmp_path / "cluster.new" / "base").mkdir(parents=True)
    server = Postgres(tmp_path)
    await server.start()
    await server.stop("immediate")


async def test_data_without_its_secret_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "cluster").mkdir()
    with pytest.raises(PostgresError, match="secret is missing: restore it"):
        await Postgres(tmp_path).start()


async def test_a_server_that_cannot_start_shows_the_end_of_its_log(server: Postgres) -> None:
    await server.stop()
    (server.folder / "cluster" / "postgresql.conf").write_text("max_connections = some\n")
    with pytest.raises(PostgresError, match='invalid value for parameter "max_connections"'):
        await server.start()
