"""What a local system that was killed has left behind in its databases."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import asyncpg

from complaints_local.postgres import Postgres

UNCERTAIN: Final = (
    "SELECT recipient FROM mails JOIN notices USING (notice_id) WHERE notices.uncertain"
)
"""To whom a second copy may have gone, because the first one's answer was lost."""


async def left_behind(data: Path) -> Postgres:
    """The database server, which outlives a system that was killed."""
    server = Postgres(data / "postgres")
    await server.start()
    return server


async def ask(data: Path, query: str) -> list[str]:
    """The first column of what the notifications service's database says."""
    connection: asyncpg.Connection = await (await left_behind(data)).connect("notifications")
    try:
        return [row[0] for row in await connection.fetch(query)]
    finally:
        await connection.close()
