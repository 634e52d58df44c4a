"""Every mail of our own making, sent to the door of the running service: none is lost (2.2)."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import aiosmtplib
import httpx
import pytest
from intake_service import ByHeader, migrate_intake, settings_for
from sample_mails import ANN_ADDRESS, BOUNCES, OFFICE, SampleMail, mails
from sqlalchemy import text

from complaints_chassis.verify import verify
from complaints_intake.app import create_app
from complaints_local.ports import HOST, free_port
from complaints_local.postgres import DatabaseUrls

DOORS = 4
"""So many senders at once."""


@pytest.mark.slow
@pytest.mark.timeout(400)
async def test_every_mail_that_is_told_250_becomes_something_and_none_breaks_the_service(
    database: Callable[..., Awaitable[DatabaseUrls]], tmp_path: Path
) -> None:
    urls = await database("intake", migrate_intake)
    port = free_port()
    app = create_app(settings_for(urls.service, tmp_path, mail_port=port))
    app.state.auth = ByHeader()
    run = app.state.running
    samples = list(mails())
    async with app.router.lifespan_context(app):
        parts = [samples[first::DOORS] for first in range(DOORS)]
        kept = {
            name: mail_id
            for found in await asyncio.gather(*(deliver(port, part) for part in parts))
            for name, mail_id in found.items()
        }
        assert kept.keys() == {sample.name for sample in samples}
        async with run.engine.connect() as connection:
            waiting = text("SELECT count(*) FROM mails WHERE became = 'WAITING'")
            while await connection.scalar(waiting):
                await asyncio.sleep(0.2)
            held = await connection.scalar(
                text("SELECT count(*) FROM journal WHERE type LIKE '%ops.record-held%'")
            )
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://intake.example"
        ) as staff:
            became = {name: await what_became(staff, mail_id) for name, mail_id in kept.items()}
        async with run.engine.connect() as connection:
            _, problems = await verify(connection)
    print("\n", dict(Counter(became.values())))
    reports = {s.name for s in samples if s.expects.kind == "returned"}
    assert held == 0, "reading one of them went wrong"
    assert {name for name in reports if became[name] != "RETURNED"} == set()
    assert set(became.values()) <= {"CONTACT", "MESSAGE", "DUPLICATE", "RETURNED"}
    assert problems == []


async def deliver(port: int, samples: Iterable[SampleMail]) -> dict[str, str]:
    """Sends mails over one connection, as they are; under which id each is kept."""
    found = {}
    async with aiosmtplib.SMTP(hostname=HOST, port=port, start_tls=False, timeout=60) as server:
        for sample in samples:
            sender = "" if b"Return-Path: <>" in sample.raw else ANN_ADDRESS
            recipient = BOUNCES if sample.expects.token else OFFICE
            _, answer = await server.sendmail(sender, [recipient], sample.raw)
            [found[sample.name]] = re.findall(r"Kept as ([0-9a-f-]{36})", answer)
    return found


async def what_became(staff: httpx.AsyncClient, mail_id: str) -> str:
    answer = await staff.get(f"/api/mails/{mail_id}", headers={"who": "adviser"})
    became: str = answer.raise_for_status().json()["became"]
    return became
