"""The mail that a Mailpit has caught, by its HTTP API."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final

import httpx
from pydantic import BaseModel, Field

from complaints_local.mailbox import Mail
from complaints_local.target import Caught

PAGE: Final = 100
_ADDED: Final = re.compile(rb"^(Received|Return-Path|Bcc):.*\n([ \t].*\n)*", re.I | re.M)
"""What Mailpit writes into the head of a mail."""


class _Address(BaseModel):
    address: str = Field(alias="Address")


class _Message(BaseModel):
    id: str = Field(alias="ID")
    to: list[_Address] | None = Field(alias="To")
    created: datetime | None = Field(alias="Created", default=None)
    subject: str = Field(alias="Subject")


class _Page(BaseModel):
    total: int
    messages: list[_Message]


async def caught(http: httpx.AsyncClient, url: str, *, page: int = PAGE) -> list[Caught]:
    """All of it, each mail once, from the Mailpit at `url`."""
    found = await _listed(http, url, page)
    return [Caught(mail.subject, tuple(to.address for to in mail.to or ())) for mail in found]


async def mails(http: httpx.AsyncClient, url: str) -> list[Mail]:
    """All of it, the oldest first, with every byte but for what Mailpit wrote into its head."""
    listed = [(mail.created, mail) for mail in await _listed(http, url, PAGE) if mail.created]
    found = []
    for number, (created, mail) in enumerate(sorted(listed, key=lambda one: one[0]), start=1):
        raw = await http.get(f"{url}/api/v1/message/{mail.id}/raw")
        head, blank, body = raw.raise_for_status().content.partition(b"\r\n\r\n")
        content = _ADDED.sub(b"", head + b"\r\n") + blank[2:] + body
        recipients = tuple(to.address for to in mail.to or ())
        found.append(Mail(number, created, "", recipients, content))
    return found


async def _listed(http: httpx.AsyncClient, url: str, page: int) -> list[_Message]:
    """Each mail once, however many come in meanwhile."""
    found: dict[str, _Message] = {}
    start = 0
    while True:
        asked = {"start": start, "limit": page}
        answer = await http.get(f"{url}/api/v1/messages", params=asked)
        listed = _Page.model_validate_json(answer.raise_for_status().content)
        # The newest come first: a mail that arrives now moves one we have seen to the next page.
        found |= {mail.id: mail for mail in listed.messages}
        start += page
        if start >= listed.total:
            return list(found.values())
