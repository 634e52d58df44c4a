"""A mail server that puts off, refuses, hangs, drips, babbles and hangs up (F14, F15, F16)."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from contextlib import suppress

import pytest
from proxy import Way
from rig import Rig, until
from sending import new_tag, sending

from complaints_local.load import content
from complaints_local.mailbox import Fault, Reply
from complaints_local.ports import HOST

STATE = "SELECT state FROM mails WHERE recipient = $1"
NOTICE = "SELECT n.* FROM notices n JOIN mails USING (notice_id) WHERE recipient = $1"
SHARE = 0.8
"""Of the mails of others that must go their way meanwhile."""


async def state(rig: Rig, recipient: str) -> str:
    return str(
        await rig.value("notifications", STATE, recipient) if await known(rig, recipient) else ""
    )


async def known(rig: Rig, recipient: str) -> bool:
    return bool(await rig.ask("notifications", STATE, recipient))


def copies(rig: Rig, tag: str) -> list[bytes]:
    address = content.address(tag)
    return [mail.content for mail in rig.mailbox.mails() if mail.recipients == (address,)]


@pytest.mark.parametrize(
    "reply", ["451 4.7.1 Greylisted, try later", "421 4.3.2 Closing", "452 4.2.2 Over quota"]
)
async def test_a_mail_that_is_put_off_is_tried_again_and_sent_once(rig: Rig, reply: str) -> None:
    tag = new_tag()
    rig.mailbox.program(content.address(tag), reply)
    async with sending(rig) as sender:
        await sender.send("web", tag)
        others = await sender.send()
        await until(lambda: bool(copies(rig, others)))
        assert not copies(rig, tag)
        assert await state(rig, content.address(tag)) in ("queued", "sending")
    await rig.quiet()
    [notice] = await rig.ask("notifications", NOTICE, content.address(tag))
    assert len(copies(rig, tag)) == 1
    assert (notice["attempts"], notice["uncertain"]) == (2, False)


@pytest.mark.parametrize(
    "reply", ["550 5.1.1 No such user", "552 5.3.4 Too big", "554 5.7.1 Not wanted here"]
)
async def test_a_mail_that_is_refused_becomes_a_persons_task(rig: Rig, reply: str) -> None:
    tag = new_tag()
    recipient = content.address(tag)
    rig.mailbox.program(recipient, reply)
    async with sending(rig) as sender:
        begun = time.monotonic()
        await sender.send("web", tag, told=False)

        async def is_task() -> bool:
            found = await rig.ask("notifications", NOTICE, recipient)
            if not found or not found[0]["is_task"]:
                return False
            actions = "SELECT 1 FROM actions JOIN cases USING (case_id) WHERE contact_id = $1"
            return bool(await rig.ask("casework", actions, found[0]["contact_id"]))

        await until(is_task)
        print(f"{reply}: a task after {time.monotonic() - begun:.1f} s")
    await rig.quiet()
    [notice] = await rig.ask("notifications", NOTICE, recipient)
    assert not copies(rig, tag)
    assert notice["attempts"] == 1


async def test_troubled_connections_do_not_keep_the_mail_of_others(rig: Rig) -> None:
    troubles: list[Reply] = [Fault.HANG, Fault.RESET, Fault.DRIP, Fault.CLOSE_AFTER_DOT]
    tags = {new_tag(): trouble for trouble in troubles}
    async with sending(rig, ways=("web",)) as sender:
        for tag, trouble in tags.items():
            rig.mailbox.program(content.address(tag), trouble)
            await sender.send("web", tag)
        await sender.flows(40)
        others = sender.accepted.keys() - tags.keys()
        there = [tag for tag in others if copies(rig, tag)]
        print(f"{len(there)} mails out of {len(others)} accepted, amid {len(tags)} troubles")
        await until(
            lambda: len([tag for tag in others if copies(rig, tag)]) >= SHARE * len(others), 10
        )
    await rig.quiet()
    lost = Counter({tag: len(copies(rig, tag)) for tag in tags})
    assert [lost[tag] for tag in tags] == [1, 1, 1, 2]
    assert all(len(set(copies(rig, tag))) == 1 for tag in tags)


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
