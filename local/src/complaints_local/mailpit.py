"""The mail that a Mailpit has caught, by its HTTP API."""

from __future__ import annotations

from typing import Final

import httpx
from pydantic import BaseModel, Field

from complaints_local.target import Caught

PAGE: Final = 100


class _Address(BaseModel):
    address: str = Field(alias="Address")


class _Message(BaseModel):
    id: str = Field(alias="ID")
    to: list[_Address] | None = Field(alias="To")
    subject: str = Field(alias="Subject")


class _Page(BaseModel):
    total: int
    messages: list[_Message]


async def caught(http: httpx.AsyncClient, url: str, *, page: int = PAGE) -> list[Caught]:
    """All of it, each mail once, from the Mailpit at `url`."""
    found: dict[str, Caught] = {}
    start = 0
    while True:
        asked = {"start": start, "limit": page}
        answer = await http.get(f"{url}/api/v1/messages", params=asked)
        listed = _Page.model_validate_json(answer.raise_for_status().content)
        # The newest come first: a mail that arrives now moves one we have seen to the next page.
        for mail in listed.messages:
            found[mail.id] = Caught(mail.subject, tuple(to.address for to in mail.to or ()))
        start += page
        if start >= listed.total:
            return list(found.values())
