"""Intake's mail listener by itself: what it takes is kept, and nobody reads it.

As a process of its own, to be killed, it is set by the environment, and prints its port.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from complaints_chassis.clock import Clock
from complaints_chassis.service import Running
from complaints_intake.app import service_of
from complaints_intake.mail.listener import Listener
from complaints_intake.settings import Settings
from complaints_law.office import load_office


@dataclass
class Door:
    """A listener that listens."""

    run: Running
    listener: Listener

    @property
    def port(self) -> int:
        return self.listener.port

    async def kept(self) -> list[Any]:
        """The rows of the mails that were kept."""
        async with self.run.engine.connect() as connection:
            return list(await connection.execute(text("SELECT * FROM mails ORDER BY seq")))


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Door]:
    """A listener at a free port."""
    office = load_office()
    run = Running(service_of(office), settings, Clock(), office.key)
    listener = Listener(run, settings, office)
    await listener.start()
    try:
        yield Door(run, listener)
    finally:
        await listener.stop()
        await run.engine.dispose()


async def main() -> None:
    async with opened(Settings()) as door:
        print(door.port, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
