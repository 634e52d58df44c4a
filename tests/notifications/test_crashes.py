"""Kill -9 between what matters, a database that drops us, and an orderly stop."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from notices import IMPATIENCE, Desk, person, received, settings_for
from sqlalchemy import text

from complaints_contracts.notices import NoticeSent
from complaints_local.mailbox import Fault, Mailbox
from complaints_local.postgres import DatabaseUrls
from complaints_notifications.domain.notice import NoticeState

SUPPORT = Path(__file__).parent.parent / "support"
ROBIN = "robin@people.example"


@asynccontextmanager
async def at_work(desk: Desk) -> AsyncIterator[None]:
    """The postmaster leads, as it does in the service."""
    task = asyncio.create_task(desk.postmaster.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@pytest.mark.parametrize(
    ("point", "before", "after", "attempts"),
    [
        ("mail.after-intent", 0, 1, 2),
        ("mail.before-send", 0, 1, 2),
        ("mail.after-send", 1, 2, 2),
        ("mail.after-record", 1, 1, 1),
    ],
)
async def test_a_kill_loses_no_mail_and_doubles_it_only_where_it_says_so(
    desk: Desk,
    urls: DatabaseUrls,
    smtp: Mailbox,
    tmp_path: Path,
    point: str,
    before: int,
    after: int,
    attempts: int,
) -> None:
    contact = received()
    await desk.apply(contact)
    settings = settings_for(urls.service, smtp.host, smtp.port, tmp_path / "files")
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        SUPPORT / "mail_process.py",
        json.dumps(settings, default=str),
        env={**os.environ, "COMPLAINTS_CRASH_AT": point, "PYTHONPATH": str(SUPPORT)},
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(60):
        _, errors = await process.communicate()
    print(f"{point}: exit {process.returncode}, {len(smtp.mails())} mails at the kill")
    assert process.returncode == -9
    assert f"crash point {point}" in errors.decode()
    assert len(smtp.mails()) == before
    async with desk.engine.connect() as connection:
        await desk.work(connection)
        assert len(smtp.mails()) == before
        desk.pass_time(minutes=10)
        await desk.work(connection)
    assert len(smtp.mails()) == after
    assert len({mail.content for mail in smtp.mails()}) == 1
    end = (await desk.notice(contact.contact_id)).end
    assert isinstance(end, NoticeSent)
    assert (end.attempts, end.uncertain) == (attempts, attempts > 1)


async def test_a_contact_wakes_the_postmaster(desk: Desk, smtp: Mailbox) -> None:
    async with at_work(desk):
        await desk.postmaster.until(lambda: desk.postmaster.leads)
        await desk.apply(received())
        async with asyncio.timeout(20):
            await smtp.wait_for(1)
    assert [row.state for row in await desk.rows("SELECT state FROM mails")] == ["accepted"]


async def test_a_stop_waits_for_the_mail_under_way(desk: Desk, smtp: Mailbox) -> None:
    desk.postmaster = desk.new_postmaster(IMPATIENCE)
    smtp.program(ROBIN, Fault.HANG)
    await desk.apply(received())
    async with at_work(desk):
        await desk.postmaster.until(lambda: desk.postmaster.under_way)
    [row] = await desk.rows("SELECT state, attempts, lost FROM mails")
    assert tuple(row) == ("queued", 1, 0)


async def test_an_answer_survives_the_loss_of_the_database_connection(
    desk: Desk, smtp: Mailbox
) -> None:
    desk.postmaster = desk.new_postmaster(IMPATIENCE)
    smtp.program(ROBIN, Fault.HANG)
    contact = received()
    await desk.apply(contact, received(person(email="alex@people.example")))
    async with at_work(desk):
        await desk.postmaster.until(lambda: desk.postmaster.under_way)
        async with desk.engine.begin() as connection:
            await connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
                    " AND database = (SELECT oid FROM pg_database"
                    " WHERE datname = current_database())"
                )
            )
        async with asyncio.timeout(20):
            await smtp.wait_for(1)
        await desk.postmaster.until(lambda: not desk.postmaster.under_way)
    rows = await desk.rows("SELECT state, lost FROM mails ORDER BY number")
    assert [tuple(row) for row in rows] == [("queued", 0), ("accepted", 0)]
    assert (await desk.notice(contact.contact_id)).state is NoticeState.QUEUED


async def test_two_postmasters_never_send_the_same_mail(desk: Desk, smtp: Mailbox) -> None:
    await desk.apply(*(received(person(email=f"p{n}@people.example")) for n in range(30)))
    other = desk.new_postmaster()
    second = asyncio.create_task(other.run())
    async with at_work(desk):
        async with asyncio.timeout(20):
            await smtp.wait_for(30)
        assert not (other.leads and desk.postmaster.leads)
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    assert len(smtp.mails()) == 30
