"""What is read from Mailpit: every mail, once, however they are listed."""

from __future__ import annotations

from fastapi import FastAPI, Response
from httpx import ASGITransport, AsyncClient

from complaints_local.mailpit import caught, mails
from complaints_local.target import Caught


class Mailpit:
    """Lists mails newest first; `arriving` come in one at a time, after each page."""

    def __init__(self, count: int, arriving: int = 0) -> None:
        self.mails = [summary(number) for number in range(count)]
        self.arriving = arriving
        self.app = FastAPI()
        self.app.get("/api/v1/messages")(self.messages)
        self.app.get("/api/v1/message/{id}/raw")(self.raw)

    async def messages(self, start: int, limit: int) -> dict[str, object]:
        listed = self.mails[::-1][start : start + limit]
        total = len(self.mails)
        if self.arriving:
            self.arriving -= 1
            self.mails.append(summary(total))
        return {"total": total, "messages": listed, "messages_count": total, "start": start}

    async def raw(self, id: str) -> Response:
        number = int(id.removeprefix("id"))
        return Response(ADDED % number + CONTENT % number, media_type="text/plain")


ADDED = (
    b"Return-Path: <office@post.example>\r\nBcc: robin@people.example\r\n"
    b"Received: from localhost (localhost [127.0.0.1])\r\n"
    b"        by mailpit (Mailpit) with SMTP\r\n"
    b"        for <robin@people.example>; Fri, 27 Nov 2026 22:00:%02d +0000\r\n"
)
"""What Mailpit puts on top (its internal/smtpd)."""
CONTENT = (
    b"From: office@post.example\r\nMessage-ID: <%d@post.example>\r\n\r\nReceived: this is text.\r\n"
)


def summary(number: int) -> dict[str, object]:
    to = [{"Name": "Robin", "Address": f"robin{number}@people.example"}]
    return {
        "ID": f"id{number}",
        "To": to,
        "Cc": None,
        "Subject": f"Mail {number}",
        "Size": 9,
        "Created": f"2026-11-27T22:00:{number:02}.5Z",
    }


async def read(mailpit: Mailpit) -> list[Caught]:
    async with AsyncClient(transport=ASGITransport(mailpit.app)) as http:
        return await caught(http, "http://mailpit", page=3)


def expected(count: int) -> list[Caught]:
    return [Caught(f"Mail {at}", (f"robin{at}@people.example",)) for at in range(count)]


async def test_every_page_is_read() -> None:
    for count in (0, 1, 3, 4, 7):
        assert sorted(await read(Mailpit(count))) == expected(count)


async def test_a_mail_that_two_pages_show_because_another_came_counts_once() -> None:
    found = await read(Mailpit(7, arriving=2))
    assert len(found) == len(set(found))
    assert set(found) >= set(expected(7))


async def test_a_mail_without_a_recipient_is_nobodys() -> None:
    mailpit = Mailpit(1)
    mailpit.mails[0]["To"] = None
    assert await read(mailpit) == [Caught("Mail 0", ())]


async def test_mails_are_read_as_they_were_sent_the_oldest_first() -> None:
    async with AsyncClient(transport=ASGITransport(Mailpit(3).app)) as http:
        found = await mails(http, "http://mailpit")
    assert [mail.content for mail in found] == [CONTENT % number for number in range(3)]
    assert [mail.number for mail in found] == [1, 2, 3]
    assert [mail.received_at.second for mail in found] == [0, 1, 2]
    assert [mail.recipients for mail in found] == [(f"robin{n}@people.example",) for n in range(3)]
