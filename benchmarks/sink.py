"""The mail server that takes every contestant's mail: a process of its own, and as cheap as can be.

`python -m benchmarks.sink FILE` prints its port, answers 250 to everything, and writes one line for
each mail to FILE, ten times a second: seconds since 1970, size, Message-ID and recipient, with a
tab between them.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

HOST = "127.0.0.1"
WRITE_SECONDS = 0.1


class Handler:
    def __init__(self) -> None:
        self.lines: list[bytes] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        content: bytes = envelope.content
        start = content.lower().find(b"\r\nmessage-id:") + len(b"\r\nmessage-id:")
        message_id = content[start : content.find(b"\r\n", start)].strip()
        self.lines.append(
            b"%.6f\t%d\t%s\t%s\n"
            % (time.time(), len(content), message_id, envelope.rcpt_tos[0].encode())
        )
        return "250 OK"


async def main(file: Path) -> None:
    logging.getLogger("mail.log").setLevel(logging.WARNING)
    handler = Handler()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(handler, hostname="localhost"), HOST, 0
    )
    with file.open("ab", buffering=0) as out:
        print(server.sockets[0].getsockname()[1], flush=True)
        while True:
            await asyncio.sleep(WRITE_SECONDS)
            out.write(b"".join(handler.lines))
            handler.lines.clear()


@dataclass(frozen=True)
class Mail:
    at: float
    size: int
    message_id: str
    recipient: str


class Mails:
    """What a sink has written so far."""

    def __init__(self, file: Path) -> None:
        self.found: list[Mail] = []
        self._file = file
        self._read = 0

    def update(self) -> list[Mail]:
        with self._file.open("rb") as lines:
            lines.seek(self._read)
            text = lines.read()
        complete = text[: text.rfind(b"\n") + 1]
        self._read += len(complete)
        for line in complete.decode().splitlines():
            at, size, message_id, recipient = line.split("\t")
            self.found.append(Mail(float(at), int(size), message_id, recipient))
        return self.found


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
