"""Files that a transaction decided get into the store, one by one."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path

from intake_service import migrate_intake, settings_for
from post import sorting
from sqlalchemy import text

from complaints_chassis.database import connect
from complaints_intake.workers import Filer
from complaints_local.postgres import DatabaseUrls


async def test_every_file_is_filed_also_where_the_table_is_known_to_be_small(
    database: Callable[..., Awaitable[DatabaseUrls]], tmp_path: Path
) -> None:
    """PostgreSQL plans for the one row that it counted, and finds five."""
    urls = await database("intake", migrate_intake)
    contents = [b"words %d" % number for number in range(5)]
    rows = [{"sha": hashlib.sha256(c).hexdigest(), "content": c} for c in contents]
    add = text("INSERT INTO unfiled VALUES (:sha, 'somebody', :content)")
    owner = connect(urls.owner)
    async with owner.begin() as connection:
        await connection.execute(add, rows[:1])
    async with owner.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await connection.execute(text("VACUUM ANALYZE unfiled"))
        await connection.execute(add, rows[1:])
    await owner.dispose()
    async with sorting(settings_for(urls.service, tmp_path)) as post:
        async with post.run.engine.connect() as connection:
            rounds = 0
            while await Filer(post.run).round(connection):
                rounds += 1
        assert rounds == len(contents)
        assert [post.run.files.read(row["sha"]) for row in rows] == contents
