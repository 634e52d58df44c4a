"""All databases put back to an earlier moment, while topics, files and sent mail stay (F29)."""

from __future__ import annotations

import asyncio
import signal

from rig import Rig, until
from sending import sending

from complaints_local.fleet import SERVICES

RESTORED = "SELECT count(*) FROM journal WHERE type = 'chassis.restored'"


async def server(rig: Rig, *statements: str) -> None:
    connection = await rig.postgres.connect()
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


async def stopped(rig: Rig) -> None:
    """No service runs, and nothing of ours is connected either."""
    await asyncio.gather(*(rig.kill(service, signal.SIGTERM) for service in SERVICES))
    await rig.disconnect()


async def test_databases_put_back_take_back_from_the_topics_what_they_lack(rig: Rig) -> None:
    async with sending(rig) as sender:
        await sender.flows(5)
    await rig.quiet()
    await stopped(rig)
    await server(
        rig,
        *(f"CREATE DATABASE {name}_backup TEMPLATE {name} STRATEGY FILE_COPY" for name in SERVICES),
    )
    await rig.start(*SERVICES)
    async with sending(rig) as sender:
        await sender.flows(20)
        since = set(sender.accepted)
    await rig.quiet()
    mails = len(rig.mailbox.mails())
    await stopped(rig)
    for name in SERVICES:
        await server(
            rig,
            f"DROP DATABASE {name} WITH (FORCE)",
            f"ALTER DATABASE {name}_backup RENAME TO {name}",
        )
        await rig.postgres.ensure_database(name)
    await rig.start(*SERVICES)
    await rig.quiet()
    assert all([await rig.value(service, RESTORED) for service in SERVICES])
    again = len(rig.mailbox.mails()) - mails
    print(f"{len(since)} contacts since the backup are there again; {again} mails were sent again")
    assert again == 0
    async with sending(rig) as sender:
        await sender.flows(5)
    await until(lambda: len(rig.mailbox.mails()) > mails)
