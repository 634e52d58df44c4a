"""What intake clears away: forms that were not sent, and files that no contact names."""

from __future__ import annotations

import asyncio

from sqlalchemy.ext.asyncio import AsyncConnection

from complaints_chassis.service import Running
from complaints_intake.repository import clear_drafts, expired_uploads, forget_upload


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
