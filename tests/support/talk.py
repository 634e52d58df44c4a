"""Speaks SMTP or LMTP byte by byte, as well-behaved clients never do."""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Self


class Talk:
    """One connection; `async with Talk(port) as talk`."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> Self:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self._port)
        self.greeting = await self.reply()
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self.writer.close()

    async def reply(self) -> str:
        """The next reply, its lines joined; empty where the connection ended."""
        lines = []
        while line := (await self.reader.readline()).decode():
            lines.append(line.rstrip("\r\n"))
            if line[3:4] != "-":
                break
        return "\n".join(lines)

    async def say(self, words: str) -> str:
        """Sends a command, and waits for the reply."""
        await self.send(f"{words}\r\n".encode())
        return await self.reply()

    async def send(self, data: bytes) -> None:
        """Sends bytes as they are."""
        self.writer.write(data)
        await self.writer.drain()

    async def begin(self, *recipients: str, sender: str = "ann@mail.example") -> None:
        """Everything up to the data of a mail, all of it accepted."""
        for words in ("EHLO mx.mail.example", f"MAIL FROM:<{sender}>"):
            assert (await self.say(words)).startswith("250")
        for recipient in recipients:
            assert (await self.say(f"RCPT TO:<{recipient}>")).startswith("250")
        assert (await self.say("DATA")).startswith("354")

    async def end(self) -> str:
        """The dot after a mail; what is said to it."""
        await self.send(b"\r\n.\r\n")
        return await self.reply()
