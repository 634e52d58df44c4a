"""The postmaster in a process of its own, so that a test can have it killed.

python mail_process.py '<settings as JSON>'
"""

import asyncio
import json
import sys

from notices import THURSDAY, Desk

from complaints_notifications.settings import Settings


async def main() -> None:
    desk = Desk(Settings(**json.loads(sys.argv[1])))
    desk.clock.set(THURSDAY, frozen=True)
    await desk.postmaster.run()


asyncio.run(main())
