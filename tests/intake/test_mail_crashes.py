"""kill -9 around the commit of a mail: its sender sends it again, and it is one contact."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from intake_service import Intake, environment
from mails import COMPLAINTS, mail, read
from sqlalchemy import text
from talk import Talk

PROGRAM = Path(__file__).parents[1] / "support" / "door.py"


@asynccontextmanager
async def listener(
    intake: Intake, crash_at: str = ""
) -> AsyncIterator[tuple[asyncio.subprocess.Process, int]]:
    """The listener as a process of its own, and its port."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, str(PROGRAM)),
        env={**environment(intake.settings), "COMPLAINTS_CRASH_AT": crash_at},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert child.stdout
    try:
        yield child, int(await child.stdout.readline())
    finally:
        if child.returncode is None:
            child.terminate()
        await child.communicate()


@pytest.mark.parametrize(("point", "rows"), [("mail.before-commit", 0), ("mail.after-commit", 1)])
async def test_a_mail_that_was_not_answered_for_is_sent_again_and_is_one_contact(
    intake: Intake, point: str, rows: int
) -> None:
    async with listener(intake, point) as (child, port):
        async with Talk(port) as talk:
            await talk.begin(COMPLAINTS)
            await talk.send(mail())
            assert await talk.end() == "", "nobody was promised anything"
        assert await child.wait() == -signal.SIGKILL
    async with intake.run.engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM mails")) == rows
    answers = []
    async with listener(intake) as (_, port):
        for _ in range(2):
            async with Talk(port) as talk:
                await talk.begin(COMPLAINTS)
                await talk.send(mail())
                answers.append(await talk.end())
    assert answers[0] == answers[1]
    mail_id = answers[0].removeprefix("250 2.6.0 Kept as ")
    assert (await read(intake, mail_id))["became"] == "CONTACT"
    assert len(await intake.published()) == 1
