"""The ways in: each sends one thing once, and says what the answer was."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import aiosmtplib
import httpx
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from complaints_local.load.content import FORCE_TOPIC, Record
from complaints_local.reconcile.ledger import Outcome

ANSWER_SECONDS: Final = 10.0
"""Who has not answered by then has not answered."""


@dataclass(frozen=True)
class Answer:
    """What came back; `body` where it was refused."""

    outcome: Outcome
    status: int | None = None
    reference: str | None = None
    body: str | None = None


UNANSWERED: Final = Answer(Outcome.UNKNOWN)


@dataclass(frozen=True)
class Ways:
    """Open doors."""

    http: httpx.AsyncClient
    mail_in: tuple[str, int]
    producer: AIOKafkaProducer

    async def by_web(self, key: str, body: bytes) -> Answer:
        """As a program that calls the API."""
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        try:
            answer = await self.http.post("/api/contacts", content=body, headers=headers)
        except httpx.TransportError:
            return UNANSWERED
        if answer.status_code == 202:
            return Answer(Outcome.ACCEPTED, 202, reference=answer.json()["reference"])
        return Answer(Outcome.REFUSED, answer.status_code, body=answer.text)

    async def by_mail(self, sender: str, to: str, content: bytes) -> Answer:
        """As the sender's mail server."""
        host, port = self.mail_in
        server = aiosmtplib.SMTP(hostname=host, port=port, start_tls=False, timeout=ANSWER_SECONDS)
        try:
            async with server:
                await server.sendmail(sender, [to], content)
        except aiosmtplib.SMTPRecipientsRefused as error:
            first = error.recipients[0]
            return Answer(Outcome.REFUSED, first.code, body=first.message)
        except aiosmtplib.SMTPResponseException as error:
            return Answer(Outcome.REFUSED, error.code, body=error.message)
        except (aiosmtplib.SMTPException, OSError):
            return UNANSWERED
        return Answer(Outcome.ACCEPTED, 250)

    async def by_force(self, record: Record) -> Answer:
        """As a force's system."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self.producer.send_and_wait(
                    FORCE_TOPIC, record.value, key=record.key, headers=record.headers
                )
        except (KafkaError, TimeoutError):
            return UNANSWERED
        return Answer(Outcome.ACCEPTED)


@asynccontextmanager
async def opened(url: str, mail_in: tuple[str, int], kafka: str) -> AsyncIterator[Ways]:
    """Ways in to a running system. Raises `KafkaError` where no broker answers."""
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka,
        acks="all",
        enable_idempotence=True,  # what the client itself sends again is there once
        request_timeout_ms=int(ANSWER_SECONDS * 1000),
    )
    # Each is somebody else, with a connection of their own.
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=0)
    try:
        await producer.start()
        async with httpx.AsyncClient(base_url=url, timeout=ANSWER_SECONDS, limits=limits) as http:
            yield Ways(http, mail_in, producer)
    finally:
        with suppress(TimeoutError):  # the broker is away, and takes nothing more
            async with asyncio.timeout(ANSWER_SECONDS):
                await producer.stop()


Send = Callable[[], Awaitable[Answer]]
"""Sends the same bytes each time it is called."""
