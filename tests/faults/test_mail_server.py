"""A mail server that puts off, refuses, hangs, drips, babbles and hangs up (F14, F15, F16)."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress

import asyncpg
from proxy import Way
from rig import Rig, until
from sending import new_tag, sending

from complaints_local.load import content
from complaints_local.mailbox import Fault, Reply
from complaints_local.ports import HOST

NOTICE = "SELECT n.* FROM notices n JOIN mails USING (notice_id) WHERE recipient = $1"
ACTIONS = "SELECT 1 FROM actions JOIN cases USING (case_id) WHERE contact_id = $1"
SHARE = 0.8
"""Of the mails of others that must go their way meanwhile."""
LATER = ("451 4.7.1 Greylisted, try later", "421 4.3.2 Closing", "452 4.2.2 Over quota")
NEVER = ("550 5.1.1 No such user", "552 5.3.4 Too big", "554 5.7.1 Not wanted here")
TASK_SECONDS = 60


def programmed(rig: Rig, replies: Sequence[Reply]) -> dict[str, Reply]:
    """Tags of those to whom the mail server will answer so, once."""
    tags = {new_tag(): reply for reply in replies}
    for tag, reply in tags.items():
        rig.mailbox.program(content.address(tag), reply)
    return tags


def copies(rig: Rig) -> dict[str, list[bytes]]:
    """What has arrived, by tag."""
    found: dict[str, list[bytes]] = defaultdict(list)
    for mail in rig.mailbox.mails():
        found[mail.recipients[0].partition("@")[0]].append(mail.content)
    return found


async def notice(rig: Rig, tag: str) -> asyncpg.Record | None:
    found = await rig.ask("notifications", NOTICE, content.address(tag))
    return found[0] if found else None


async def test_a_mail_that_is_put_off_is_tried_again_and_sent_once(rig: Rig) -> None:
    tags = programmed(rig, LATER)
    async with sending(rig) as sender:
        for tag in tags:
            await sender.send("web", tag)
        others = await sender.send()
        await until(lambda: others in copies(rig))
    await rig.quiet()
    for tag in tags:
        told = await notice(rig, tag)
        assert told
        assert len(copies(rig)[tag]) == 1
        assert (told["attempts"], told["uncertain"]) == (2, False)


async def test_a_mail_that_is_refused_becomes_a_persons_task(rig: Rig) -> None:
    tags = programmed(rig, NEVER)
    async with sending(rig) as sender:
        begun = time.monotonic()
        for tag in tags:
            await sender.send("web", tag, told=False)

        async def are_tasks() -> bool:
            told = [await notice(rig, tag) for tag in tags]
            return all(
                [
                    one and one["is_task"] and await rig.ask("casework", ACTIONS, one["contact_id"])
                    for one in told
                ]
            )

        await until(are_tasks, TASK_SECONDS)
        print(f"tasks for a person after {time.monotonic() - begun:.1f} s")
    await rig.quiet()
    for tag in tags:
        told = await notice(rig, tag)
        assert told
        assert told["attempts"] == 1
        assert tag not in copies(rig)


async def test_troubled_connections_do_not_keep_the_mail_of_others(rig: Rig) -> None:
    tags = programmed(rig, [Fault.HANG, Fault.RESET, Fault.DRIP, Fault.CLOSE_AFTER_DOT])
    async with sending(rig, ways=("web",)) as sender:
        for tag in tags:
            await sender.send("web", tag)
        await sender.flows(40)
        others = sender.accepted.keys() - tags.keys()
        await until(lambda: len(others & copies(rig).keys()) >= SHARE * len(others), 10)
        print(f"{len(others & copies(rig).keys())} of {len(others)} others told amid {len(tags)}")
    await rig.quiet()
    arrived = [copies(rig)[tag] for tag in tags]
    assert list(map(len, arrived)) == [1, 1, 1, 2]
    assert all(len(set(same)) == 1 for same in arrived)


async def test_two_megabytes_instead_of_a_greeting_end_the_connection(rig: Rig) -> None:
    served = 0

    async def babble(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal served
        served += 1
        with suppress(OSError):
            writer.write(b"220-" + b"x" * 2_000_000)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(babble, HOST)
    async with sending(rig) as sender:
        await sender.flows()
        right, rig.mail.target = rig.mail.target, server.sockets[0].getsockname()[1]
        rig.mail.set(Way.CUT)
        rig.mail.set(Way.PASS)
        await until(lambda: served >= 2)
        await sender.flows()
        rig.mail.target = right
    server.close()
    print(f"{served} connections were babbled at")
