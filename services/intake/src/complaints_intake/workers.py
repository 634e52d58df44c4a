"""What intake files, and what it clears away: forms not sent in time, files no contact names."""

from __future__ import annotations

import asyncio

from sqlalchemy.ext.asyncio import AsyncConnection

from complaints_chassis.service import Running
from complaints_intake.repository import (
    clear_drafts,
    expired_uploads,
    forget_upload,
    next_unfiled,
)


class Filer:
    """Puts files into the store that a transaction decided, which cannot write there itself."""

    def __init__(self, run: Running) -> None:
        self._run = run

    async def round(self, connection: AsyncConnection) -> bool:
        """Files one; whether there was one."""
        async with connection.begin():
            row = await next_unfiled(connection)
            if row:
                await asyncio.to_thread(self._run.files.put, row.content)
        return row is not None


class Sweeper:
    """Rounds run by the leader."""

    def __init__(self, run: Running) -> None:
        self._run = run

    async def round(self, connection: AsyncConnection) -> bool:
        """Clears away some of what has expired; whether there may be more."""
        now = self._run.clock.now()
        await clear_drafts(connection, now)
        expired = await expired_uploads(connection, now)
        for digest in expired:
            async with connection.begin():
                if await forget_upload(connection, digest, now):
                    await asyncio.to_thread(self._run.files.delete, digest)
        return bool(expired)
