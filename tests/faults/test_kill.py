"""kill -9 of the whole local system at random moments: no contact lost, nobody told twice.

The test keeps its own ledger outside the system: what it sent, and what it was told. The mailbox is
the other end; neither is a table of ours.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import signal
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiosmtplib
import asyncpg
import httpx
import pytest
from left_behind import UNCERTAIN, ask, left_behind
from rig import LONG
from up import Up

from complaints_local.mailbox import Mailbox
from complaints_local.ports import free_port

KILLS = 40 if LONG else 4
SEED = 20_260_402
NOT_DONE = "SELECT recipient FROM mails WHERE state NOT IN ('accepted', 'refused')"
OFFICE = "cleveland-opcc.example"
MAIL = (
    "From: Kay Sender <{address}>\r\nTo: resolution.team@cleveland-opcc.example\r\n"
    "Subject: Nobody has rung me back\r\nMessage-ID: <{address}>\r\n\r\n"
    "Nobody has rung me back. {address}\r\n"
)


@dataclass
class Ledger:
    """What was sent, and what the answer was: a reference, or nothing yet."""

    answers: dict[str, str | None] = field(default_factory=dict)
    numbers: itertools.count[int] = field(default_factory=itertools.count)

    def somebody(self) -> str:
        """The address of the next one to write: every fourth by mail, the others by the API."""
        number = next(self.numbers)
        return f"{'mail' if number % 4 == 3 else 'person'}-{number}@post.example"

    def unknown(self) -> list[str]:
        return [address for address, reference in self.answers.items() if reference is None]


async def send(client: httpx.AsyncClient, ledger: Ledger, address: str) -> bool:
    """Sends one contact; asked again, the system must give the same answer. False where the
    system is gone."""
    ledger.answers.setdefault(address, None)
    person = {"name": "Kay Sender", "email": address, "reach_by": "EMAIL"}
    body = {"words": f"Nobody has rung me back. {address}", "persons": [person]}
    headers = {"Idempotency-Key": address}
    try:
        answer = await client.post("/intake/api/contacts", json=body, headers=headers)
    except httpx.HTTPError:
        return False
    if answer.status_code == 202:
        reference = answer.json()["reference"]
        assert ledger.answers[address] in (None, reference)
        ledger.answers[address] = reference
    return True


async def send_mail(up: Up, ledger: Ledger, address: str) -> bool:
    """Sends one contact as a mail server would: without a 250 it sends the same bytes again."""
    ledger.answers.setdefault(address, None)
    mail = MAIL.format(address=address).encode()
    try:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=up.mail_port, timeout=10) as server:
            _, words = await server.sendmail(address, ["resolution.team@" + OFFICE], mail)
    except (aiosmtplib.SMTPException, OSError):
        return False
    assert ledger.answers[address] in (None, words)
    ledger.answers[address] = words
    return True


async def keep_sending(up: Up, ledger: Ledger) -> None:
    """First what was left unanswered, then new contacts, until the system is gone."""
    async with httpx.AsyncClient(base_url=up.url, timeout=10) as client:
        for address in ledger.unknown():
            if not await again(up, client, ledger, address):
                return
        while await again(up, client, ledger, ledger.somebody()):
            pass


async def again(up: Up, client: httpx.AsyncClient, ledger: Ledger, address: str) -> bool:
    """Sends a contact, for the first time or once more, by the way its address stands for."""
    if address.startswith("mail-"):
        return await send_mail(up, ledger, address)
    return await send(client, ledger, address)


async def in_flight(data: Path) -> str:
    """What the system was in the middle of, from the databases it left behind."""
    server = await left_behind(data)
    found = []
    for name in ("intake", "triage", "casework", "notifications"):
        connection: asyncpg.Connection = await server.connect(name)
        queued = await connection.fetchval("SELECT count(*) FROM unpublished")
        rows = await connection.fetchval("SELECT count(*) FROM journal")
        found.append(f"{name} {rows} rows, {queued} queued")
        if name == "notifications":
            states = await connection.fetch("SELECT state, count(*) FROM mails GROUP BY state")
            found += [f"{row['count']} mails {row['state']}" for row in states]
        await connection.close()
    return "; ".join(found)


async def everybody_was_told_once(up: Up, ledger: Ledger) -> str:
    """Waits until every accepted contact was acknowledged; nobody twice, unless uncertain.

    A mail that was in the server's hands when the system died is sent again after ten minutes: the
    clock is moved on, so that they pass.
    """
    mailbox = Mailbox(up.data / "mail")
    async with httpx.AsyncClient(base_url=up.url, timeout=30) as client:
        later = datetime.now(UTC) + timedelta(minutes=11)
        (await client.put("/clock", json={"instant": later.isoformat()})).raise_for_status()
        async with asyncio.timeout(60):
            while unknown := ledger.unknown():
                for address in unknown:
                    await again(up, client, ledger, address)
                await asyncio.sleep(0.2)
    accepted = ledger.answers.keys()
    async with asyncio.timeout(60):
        while accepted - {mail.recipients[0] for mail in mailbox.mails()}:
            await asyncio.sleep(0.2)
    async with asyncio.timeout(60):
        while await ask(up.data, NOT_DONE):
            await asyncio.sleep(0.2)
    mails = Counter(mail.recipients[0] for mail in mailbox.mails())
    twice = {address for address in accepted if mails[address] > 1}
    for address in twice:
        copies = {mail.content for mail in mailbox.mails() if mail.recipients[0] == address}
        assert len(copies) == 1, "copies differ"
    assert twice <= set(await ask(up.data, UNCERTAIN)), "told twice without being marked so"
    references = [ledger.answers[address] for address in accepted]
    assert len(set(references)) == len(references)
    return f"{len(accepted)} contacts, {sum(mails.values())} mails, {len(twice)} uncertain copies"


async def the_demo_ends_well(up: Up) -> str:
    """Its samples are all through; one told twice must be marked uncertain, and is said to be."""
    await up.start("--demo", "--exit")
    code = await up.ended()
    twice = up.output.count("sent 2 times")
    assert code == (1 if twice else 0), up.output
    assert twice <= len(await ask(up.data, UNCERTAIN)), up.output
    return f"the demo ends with {code}, {twice} samples with an uncertain copy"


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    found = Up(tmp_path / "data", free_port())
    yield found
    await found.kill(signal.SIGTERM)
    await (await left_behind(found.data)).stop("immediate")


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_random_kills_lose_nothing_and_tell_nobody_twice(up: Up) -> None:
    chance = random.Random(SEED)
    ledger = Ledger()
    for number in range(1, KILLS + 1):
        await up.start("--demo")
        assert await up.ready(), up.output
        answered = len(ledger.answers) - len(ledger.unknown())
        sending = asyncio.create_task(keep_sending(up, ledger))
        async with asyncio.timeout(60):
            while len(ledger.answers) - len(ledger.unknown()) <= answered:
                await asyncio.sleep(0.02)  # the moment counts from the first that is accepted
        moment = chance.uniform(0.05, 1.5)
        await asyncio.sleep(moment)
        assert not sending.done(), "the kill would hit an idle system"
        code = await up.kill()
        await sending
        print(f"kill {number} after {moment:.2f} s ({code}): {await in_flight(up.data)}")
    await up.start()
    assert await up.ready(), up.output
    print(await everybody_was_told_once(up, ledger))
    await up.kill(signal.SIGTERM)
    print(await the_demo_ends_well(up))
