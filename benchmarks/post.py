"""How many mails a second notifications' own pool of connections hands to the mail server (T8)."""

from __future__ import annotations

import asyncio
import time
from types import SimpleNamespace
from typing import Any, Final, cast

from benchmarks import contest, sink
from complaints_notifications.domain.ledger import ReplyKind
from complaints_notifications.post import Outgoing, Post
from complaints_notifications.settings import Settings, Tls

MAILS: Final = 4000
BYTES: Final = 8000
CONTENT: Final = b"From: office@office.example\r\nMessage-ID: <%d@office.example>\r\n\r\n"


async def mails_a_second(port: int) -> float:
    """Through `post.CONNECTIONS` connections that are kept. Raises `ContestError`."""
    settings: Any = SimpleNamespace(
        smtp_host=sink.HOST,
        smtp_port=port,
        smtp_username=None,
        smtp_password=None,
        smtp_tls=Tls.NONE,
        smtp_ca_file=None,
    )
    post = Post(cast(Settings, settings), "office.example")
    line = b"x" * 76 + b"\r\n"
    mails = [
        Outgoing(
            "bounces@office.example",
            f"person-{number}@post.example",
            CONTENT % number + line * (BYTES // len(line)),
        )
        for number in range(MAILS)
    ]
    began = time.monotonic()
    replies = await asyncio.gather(*map(post.send, mails))
    seconds = time.monotonic() - began
    post.close()
    if any(reply.kind is not ReplyKind.ACCEPTED for reply in replies):
        raise contest.ContestError("the sink did not take every mail")
    return MAILS / seconds
