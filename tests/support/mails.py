"""Mails as tests send them in: made of plain bytes, by people who are invented."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

from intake_service import Intake

from complaints_intake.domain.mail import Became
from complaints_intake.mailbox import Envelope, keep_mail

COMPLAINTS = "resolution.team@cleveland-opcc.example"
REVIEWS = "reviews@cleveland-opcc.example"
STAFF = "staff.complaints@cleveland-opcc.example"
OURS = "cleveland-opcc.example"
ANN = "ann.holloway@mail.example"


def mail(
    words: str = "Nobody has rung me back.",
    *,
    sender: str = ANN,
    subject: str = "About the break-in",
    message_id: str = "1@mail.example",
    to: str = COMPLAINTS,
    more: str = "",
) -> bytes:
    """A plain mail; `more` are whole header lines."""
    head = f"From: Ann Holloway <{sender}>\r\nTo: {to}\r\nSubject: {subject}\r\n"
    if message_id:
        head += f"Message-ID: <{message_id}>\r\n"
    return f"{head}{more}\r\n{words}\r\n".encode()


async def arrive(
    intake: Intake, raw: bytes, *recipients: str, sender: str | None = ANN
) -> dict[str, Any]:
    """Has a mail kept, and waits until it is read; what staff are told became of it."""
    kept = await keep_mail(intake.run, raw, Envelope(sender, recipients or (COMPLAINTS,)))
    return await read(intake, kept)


async def read(intake: Intake, mail_id: UUID | str) -> dict[str, Any]:
    """Waits until a mail is read."""
    async with asyncio.timeout(30):
        while True:
            answer = await intake.program.get(f"/api/mails/{mail_id}", headers={"who": "adviser"})
            found: dict[str, Any] = answer.raise_for_status().json()
            if found["became"] != Became.WAITING:
                return found
            await asyncio.sleep(0.05)
