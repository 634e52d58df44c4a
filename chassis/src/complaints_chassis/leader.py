"""One leader for each database and duty, by an advisory lock on the very connection it works with.

Losing the connection loses the lock and the work in hand together, so no leader acts after it was
replaced.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final
from zlib import crc32

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from complaints_chassis.clock import Clock
from complaints_chassis.database import is_away

logger = logging.getLogger(__name__)

POLL_SECONDS: Final = (0.25, 5.0)
"""The slow poll behind the wake-ups, for leadership and for work that no notification announced:
each look that finds nothing doubles the wait for the next."""
MAX_BACKOFF_SECONDS: Final = 5.0


async def take_lead(connection: AsyncConnection, duty: str) -> bool:
    """Whether this connection leads a duty from now on, until it is invalidated."""
    lock = {"key": crc32(duty.encode())}
    async with connection.begin():
        found = await connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), lock)
    return bool(found)


class Leader:
    """Runs `round` again and again while it leads; a round that did something runs again at once.

    One that found nothing runs again when it is woken, the clock is moved, or the poll is due.

    `channel` names a PostgreSQL notification that wakes it.
    """

    def __init__(
        self,
        duty: str,
        engine: AsyncEngine,
        clock: Clock,
        round: Callable[[AsyncConnection], Awaitable[bool]],
        channel: str | None = None,
    ) -> None:
        self.duty = duty
        self.leads = False
        self.failures = 0
        self._engine = engine
        self._clock = clock
        self._round = round
        self._channel = channel
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Says that there may be work."""
        self._wake.set()

    async def run(self) -> None:
        """Stands for election, leads, and starts over when the database was away."""
        while True:
            try:
                async with self._engine.connect() as connection:
                    await self._lead(connection)
            except Exception as error:
                self.failures += 1
                logger.warning(
                    "leader starts over",
                    extra={"duty": self.duty, "error": type(error).__name__},
                    exc_info=not is_away(error),
                )
            finally:
                self.leads = False
            delay = min(0.1 * 2 ** min(self.failures, 10), MAX_BACKOFF_SECONDS)
            await self._clock.wait(asyncio.Event(), delay)

    async def _lead(self, connection: AsyncConnection) -> None:
        try:
            while not await take_lead(connection, self.duty):
                await self._clock.wait(self._wake, POLL_SECONDS[1])
            self.leads = True
            if self._channel:
                raw: Any = (await connection.get_raw_connection()).driver_connection
                await raw.add_listener(self._channel, lambda *_: self._wake.set())
            shortest, longest = POLL_SECONDS
            delay = shortest
            while True:
                worked = await self._round(connection)
                self.failures = 0
                if worked or await self._clock.wait(self._wake, delay):
                    delay = shortest
                else:
                    delay = min(2 * delay, longest)
        finally:  # also where only the answer was lost: the pool must not keep the lock
            await connection.invalidate()
