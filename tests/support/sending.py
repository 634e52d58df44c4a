"""Contacts sent at a steady rate, whatever becomes of them; the ledger is outside the system."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from uuid import uuid4

import aiosmtplib
import httpx
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from rig import Rig, until

OFFICE = "resolution.team@cleveland-opcc.example"
FORCE_TOPIC = "force.cleveland.contacts.v1"
ROUND = ("api", "mail", "api", "force", "api", "review")
PATIENCE_SECONDS = 120
MAIL = (
    "From: Kay Sender <{address}>\r\nTo: " + OFFICE + "\r\n"
    "Subject: Nobody has rung me back\r\nMessage-ID: <{address}>\r\n\r\n"
    "Nobody has rung me back. {address}\r\n"
)
_numbers = itertools.count(1)


@dataclass
class Ledger:
    """What was sent, by the address of who sent it."""

    sent: dict[str, str] = field(default_factory=dict)
    """The way it went."""
    accepted: dict[str, str] = field(default_factory=dict)
    """The answer, where it was accepted."""

    @property
    def unanswered(self) -> set[str]:
        return self.sent.keys() - self.accepted.keys()


@dataclass
class Sender:
    """One load: its statuses and waits are figures of one test, its ledger the whole rig's."""

    rig: Rig
    ledger: Ledger
    http: httpx.AsyncClient
    producer: AIOKafkaProducer
    statuses: Counter[str] = field(default_factory=Counter)
    waits: list[float] = field(default_factory=list)
    """Seconds from the first attempt to the acceptance of each."""
    headers: list[httpx.Headers] = field(default_factory=list)
    """Of answers that were not 202."""

    async def flows(self) -> None:
        """Waits until one more was accepted."""
        before = len(self.ledger.accepted)
        await until(lambda: len(self.ledger.accepted) > before)

    async def send(self, way: str) -> None:
        """Sends one, and again until it is accepted, as an honest sender does."""
        address = f"{way}-{next(_numbers)}@post.example"
        self.ledger.sent[address] = way
        begun = time.monotonic()
        while (answer := await self._once(way, address)) is None:
            await asyncio.sleep(0.2)
        assert self.ledger.accepted.setdefault(address, answer) == answer
        self.waits.append(time.monotonic() - begun)

    async def _once(self, way: str, address: str) -> str | None:
        match way:
            case "mail":
                return await self._mail(address)
            case "force":
                return await self._force(address)
            case _:
                return await self._post(way, address)

    async def _post(self, way: str, address: str) -> str | None:
        person = {"name": f"Kay {address}", "email": address, "reach_by": "EMAIL"}
        body: dict[str, object] = {"words": f"Nobody rang. {address}", "persons": [person]}
        if way == "review":
            body |= {
                "declared": "REVIEW_APPLICATION",
                "review": {"outcome_on": "2026-11-12", "grounds": ["OUTCOME"]},
            }
        headers = {"Idempotency-Key": address}
        try:
            answer = await self.http.post("/api/contacts", json=body, headers=headers)
        except httpx.HTTPError as error:
            self.statuses[type(error).__name__] += 1
            return None
        self.statuses[str(answer.status_code)] += 1
        if answer.status_code != 202:
            self.headers.append(answer.headers)
            return None
        return str(answer.json()["reference"])

    async def _mail(self, address: str) -> str | None:
        host, port = self.rig.fleet.mail_in
        mail = MAIL.format(address=address).encode()
        try:
            async with aiosmtplib.SMTP(hostname=host, port=port, timeout=10) as server:
                _, words = await server.sendmail(address, [OFFICE], mail)
        except aiosmtplib.SMTPResponseException as error:
            self.statuses[f"SMTP {error.code}"] += 1
        except aiosmtplib.SMTPRecipientsRefused as error:
            self.statuses[f"SMTP {error.recipients[0].code}"] += 1
        except (aiosmtplib.SMTPException, OSError) as error:
            self.statuses[type(error).__name__] += 1
        else:
            self.statuses["SMTP 250"] += 1
            return words
        return None

    async def _force(self, address: str) -> str | None:
        person = {"role": "COMPLAINANT", "name": "Kay", "email": address, "reach_by": "EMAIL"}
        event = {
            "specversion": "1.0",
            "id": address,
            "source": "/force/cleveland/dse",
            "type": "uk.police-complaints.force.contact-redirected.v1",
            "time": "2026-11-16T10:20:00Z",
            "datacontenttype": "application/json",
            "data": {
                "channel": "FORCE_DSE",
                "made_at": "2026-11-13T15:05:00Z",
                "force_reference": address,
                "words": f"Nobody has rung. {address}",
                "persons": [person],
            },
        }
        kind = ("content-type", b"application/cloudevents+json; charset=utf-8")
        with suppress(KafkaError):
            await self.producer.send_and_wait(
                FORCE_TOPIC, json.dumps(event).encode(), key=uuid4().bytes, headers=[kind]
            )
            return address
        return None


@asynccontextmanager
async def sending(
    rig: Rig, ledger: Ledger, rate: float = 8, ways: tuple[str, ...] = ROUND
) -> AsyncIterator[Sender]:
    """Sends `rate` contacts a second meanwhile; afterwards waits until all are accepted."""
    producer = AIOKafkaProducer(**rig.kafka.clients, acks="all", enable_idempotence=True)
    limits = httpx.Limits(max_connections=50)
    async with httpx.AsyncClient(base_url=rig.fleet.intake, timeout=10, limits=limits) as http:
        await producer.start()
        sender = Sender(rig, ledger, http, producer)
        sends: set[asyncio.Task[None]] = set()

        async def steadily() -> None:
            begun = time.monotonic()
            for number, way in enumerate(itertools.cycle(ways)):
                await asyncio.sleep(max(0, begun + number / rate - time.monotonic()))
                sends.add(asyncio.create_task(sender.send(way)))

        ticking = asyncio.create_task(steadily())
        try:
            yield sender
            ticking.cancel()
            async with asyncio.timeout(PATIENCE_SECONDS):
                await asyncio.gather(*sends)
        finally:
            for task in (ticking, *sends):
                task.cancel()
            await asyncio.gather(ticking, *sends, return_exceptions=True)
            await producer.stop()
