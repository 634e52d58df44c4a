"""What is read from Mailpit: every mail, once, however they are listed."""

from __future__ import annotations

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from complaints_local.mailpit import caught
from complaints_local.target import Caught


class Mailpit:
    """Lists mails newest first; `arriving` come in one at a time, after each page."""

    def __init__(self, count: int, arriving: int = 0) -> None:
        self.mails = [summary(number) for number in range(count)]
        self.arriving = arriving
        self.app = FastAPI()
        self.app.get("/api/v1/messages")(self.messages)

    async def messages(self, start: int, limit: int) -> dict[str, object]:
        listed = self.mails[::-1][start : start + limit]
        total = len(self.mails)
        if self.arriving:
            self.arriving -= 1
            self.mails.append(summary(total))
        return {"total": total, "messages": listed, "messages_count": total, "start": start}


def summary(number: int) -> dict[str, object]:
    to = [{"Name": "Robin", "Address": f"robin{number}@people.example"}]
    return {"ID": f"id{number}", "To": to, "Cc": None, "Subject": f"Mail {number}", "Size": 9}


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
