"""A mail server that delivers nothing: it keeps every mail as a file, for people and tests to read.

It says 250 only when the file is on disk. Tests can tell it how to treat a recipient.
"""

import asyncio
import itertools
import logging
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from enum import Enum, auto
from functools import cached_property
from pathlib import Path
from typing import NoReturn, Self
from weakref import WeakSet

from aiosmtpd.smtp import SMTP, Envelope, Session

from complaints_local.data import write_durably
from complaints_local.ports import HOST

MAX_BYTES = 25 * 1024 * 1024
ACCEPTED = "250 2.0.0 Kept"

# At INFO aiosmtpd logs who writes to whom.
logging.getLogger("mail.log").setLevel(logging.WARNING)


class Fault(Enum):
    """What a mail server may do instead of answering."""

    HANG = auto()
    """Never answer the recipient's RCPT."""
    RESET = auto()
    """Drop the connection instead of answering the recipient's RCPT."""
    DRIP = auto()
    """Answer the recipient's RCPT with a byte each second, and never an end of line."""
    CLOSE_AFTER_DOT = auto()
    """Keep the mail, and close the connection instead of saying so."""


Reply = str | Fault
"""A fault, or the line that answers the recipient's RCPT, such as `451 4.7.1 Try later`."""


@dataclass(frozen=True)
class Mail:
    """One mail, with the envelope it came in."""

    number: int
    received_at: datetime
    sender: str
    recipients: tuple[str, ...]
    content: bytes
    """Every byte as it was sent."""

    @cached_property
    def message(self) -> EmailMessage:
        """The mail, parsed; good for mail that we composed, not for what strangers send."""
        return message_from_bytes(self.content, policy=policy.default)

    def to_file(self) -> bytes:
        """The mail below its envelope, as header lines: one file, that mail programs open too."""
        lines = [
            f"Return-Path: <{self.sender}>",
            *(f"Delivered-To: {recipient}" for recipient in self.recipients),
            f"X-Received-At: {self.received_at.isoformat()}",
        ]
        envelope = "".join(f"{line}\r\n" for line in lines)
        return envelope.encode(errors="surrogateescape") + self.content

    @classmethod
    def from_file(cls, path: Path) -> Self:
        """The mail in a file that `to_file` made. Raises FileNotFoundError."""
        top, _, rest = path.read_bytes().partition(b"\r\nX-Received-At: ")
        received_at, _, content = rest.partition(b"\r\n")
        envelope = top.decode(errors="surrogateescape").split("\r\n")
        sender, *recipients = (line.partition(": ")[2] for line in envelope)
        return cls(
            number=int(path.stem),
            received_at=datetime.fromisoformat(received_at.decode()),
            sender=sender[1:-1],
            recipients=tuple(recipients),
            content=content,
        )


class Mailbox:
    """The server, and the mail it has kept in `folder`, numbered from 1 in order of arrival."""

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.folder = folder
        self.host = HOST
        self.port = port
        """Where it listens; a free port is chosen at the first start unless one is given."""
        self._replies: defaultdict[str, deque[Reply]] = defaultdict(deque)
        self._connections: WeakSet[SMTP] = WeakSet()
        self._to_close: WeakSet[Envelope] = WeakSet()
        self._changed = asyncio.Condition()
        self.on_kept: Callable[[Mail], Awaitable[None]] | None = None
        """Called when a mail is kept and not answered yet."""
        self._count = 0

    async def start(self) -> None:
        """Listen. Raises OSError where the port is taken."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        kept = [int(path.stem) for path in self.folder.glob("*.eml")]
        self._count = len(kept)
        self._numbers = itertools.count(max(kept, default=0) + 1)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._connection, self.host, self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and drop every connection; what was kept stays."""
        self._server.close()
        for connection in self._connections:
            if connection.transport is not None:
                connection.transport.close()
        await self._server.wait_closed()

    def program(self, recipient: str, *replies: Reply) -> None:
        """Treat the next mails to `recipient` so, one reply each; afterwards accept them again."""
        self._replies[recipient.casefold()].extend(replies)

    def forget(self) -> None:
        """Accept everything from now on, whatever was programmed."""
        self._replies.clear()
        self.on_kept = None

    def mail(self, number: int) -> Mail:
        """One mail. Raises FileNotFoundError."""
        return Mail.from_file(self._path(number))

    def mails(self) -> list[Mail]:
        """All of them, the oldest first; also those of a server that is not running."""
        return [Mail.from_file(path) for path in sorted(self.folder.glob("*.eml"))]

    async def wait_for(self, count: int) -> list[Mail]:
        """All mails, as soon as there are at least `count` of them."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._count >= count)
        return self.mails()

    def _path(self, number: int) -> Path:
        return self.folder / f"{number:06}.eml"

    def _connection(self) -> SMTP:
        connection = SMTP(
            self, hostname="localhost", data_size_limit=MAX_BYTES, enable_SMTPUTF8=True
        )
        self._connections.add(connection)
        return connection

    # What aiosmtpd calls

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _: list[str]
    ) -> str:
        """Answer for one recipient, as programmed."""
        replies = self._replies[address.casefold()]
        reply = replies.popleft() if replies else ACCEPTED
        match reply:
            case Fault.CLOSE_AFTER_DOT:
                self._to_close.add(envelope)
                reply = ACCEPTED
            case Fault():
                await _misbehave(server, reply)
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep the mail, then say so."""
        mail = Mail(
            number=next(self._numbers),
            received_at=datetime.now(UTC),
            sender=envelope.mail_from or "",
            recipients=tuple(envelope.rcpt_tos),
            content=envelope.original_content or b"",
        )
        try:
            await asyncio.to_thread(write_durably, self._path(mail.number), mail.to_file())
        except OSError:
            return "452 4.3.1 The disk is full or broken: try later"
        async with self._changed:
            self._count += 1
            self._changed.notify_all()
        if self.on_kept:
            await self.on_kept(mail)
        if envelope in self._to_close and server.transport is not None:
            server.transport.close()
            await _end_of_connection()
        return ACCEPTED


async def _misbehave(server: SMTP, fault: Fault) -> NoReturn:
    """Answer nothing of use until the connection ends."""
    transport = server.transport
    assert isinstance(transport, asyncio.Transport)
    if fault is Fault.RESET:
        transport.abort()
    while fault is Fault.DRIP:
        transport.write(b"2")
        await asyncio.sleep(1)
    await _end_of_connection()


async def _end_of_connection() -> NoReturn:
    """Wait to be cancelled, as aiosmtpd does to whatever runs for a connection that ends."""
    await asyncio.Event().wait()
    raise AssertionError("nobody sets it")
