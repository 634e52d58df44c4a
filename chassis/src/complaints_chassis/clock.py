"""One clock for each process: every `now` and every wait goes through it.

It runs with the machine's time until `set` moves it; a year can then be stepped from due moment
to due moment, because every wait looks again when the clock moves.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from weakref import WeakSet


class Clock:
    """UTC, from the machine, shifted by what `set` said."""

    def __init__(self) -> None:
        self._shift = timedelta(0)
        self._frozen: datetime | None = None
        self._wakes: WeakSet[asyncio.Event] = WeakSet()

    def now(self) -> datetime:
        """The current instant, in UTC."""
        return self._frozen or datetime.now(UTC) + self._shift

    def set(self, instant: datetime, *, frozen: bool = False) -> None:
        """Moves the clock; `frozen` stops it there until it is set again."""
        self._shift = instant.astimezone(UTC) - datetime.now(UTC)
        self._frozen = instant.astimezone(UTC) if frozen else None
        for wake in self._wakes:
            wake.set()

    async def wait(self, wake: asyncio.Event, seconds: float) -> bool:
        """Waits until `wake` is set, the clock is moved, or `seconds` have passed; clears `wake`.

        Says whether it was woken, by either, before the seconds had passed; who waits with the same
        event again misses no move in between. A frozen clock stops no wait: the seconds are a slow
        poll behind the wake-up.
        """
        self._wakes.add(wake)
        try:
            async with asyncio.timeout(seconds):
                return await wake.wait()
        except TimeoutError:
            return False
        finally:
            wake.clear()
