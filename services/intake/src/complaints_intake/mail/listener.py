"""Takes mail in by SMTP or LMTP: what is told 250 is committed. Nothing is read here.

aiosmtpd speaks the protocol; the data of a mail is taken by ourselves, so that lines may be of any
length, a mail that is too large is refused in words, and LMTP answers for each recipient
(RFC 5321, RFC 2033).
"""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import ClassVar, Final

from aiosmtpd.smtp import SMTP
from aiosmtpd.smtp import Envelope as SmtpEnvelope
from aiosmtpd.smtp import Session as SmtpSession

from complaints_chassis.errors import ChassisError
from complaints_chassis.service import Running
from complaints_intake.mailbox import Envelope, keep_mail
from complaints_intake.settings import Settings
from complaints_law.office import OfficeProfile

logger = logging.getLogger(__name__)
logging.getLogger("mail.log").disabled = True  # aiosmtpd says there who writes to whom

MAX_SESSIONS: Final = 20
"""Each holds one mail at most in memory."""
MAX_COMMITS: Final = 4
"""Mails that are being written at one time: each is copied on its way to the database."""
MAX_COMMAND: Final = 2_048
MAX_RECIPIENTS: Final = 100
NOBODY: Final = "<>"
"""The sender of a mail that wants no answer."""
LINE_BYTES: Final = 65_536
"""A longer line is taken in pieces."""
IDLE_SECONDS: Final = 300
DATA_SECONDS: Final = 600
"""For a whole mail, however slowly it comes."""
STOP_SECONDS: Final = 10

LATER: Final = "451 4.3.0 We cannot take mail at the moment. Please try again later."
BUSY: Final = "421 4.3.2 Too many connections at the moment. Please try again later."
SLOW: Final = "421 4.4.2 Nothing came for too long. Please connect again."
STOPPING: Final = "421 4.3.2 We are closing for a moment. Please try again soon."

_PATH: Final = re.compile(
    r'<(?:@[^:<>]*:)?((?:"(?:[^"\\]|\\.)*"|[^<>"])*)>\s*(.*)|([^\s<>]+)\s*(.*)'
)
_SIZE: Final = re.compile(r"SIZE=([0-9]{1,20})")


class Listener:
    """The server, and what it says about whom it takes mail for."""

    def __init__(self, run: Running, settings: Settings, office: OfficeProfile) -> None:
        given = office.addresses
        boxes = (given.complaints, given.reviews, given.staff_complaints, given.questions)
        self.domain = office.mail.domain
        self.lmtp = settings.mail_protocol == "lmtp"
        self.max_bytes = settings.mail_max_bytes
        self.too_large = (
            f"552 5.3.4 This mail is too large: {self.max_bytes // 1_000_000} MB is the most that "
            f"we can take. Send it without its files, or use the form at {settings.public_url}"
        )
        self.tls = _tls(settings)
        self.sessions: set[_Session] = set()
        self.port = settings.mail_port or 0
        self._run = run
        self._host = settings.mail_host
        self._office = office.name
        self._domains = {box.rpartition("@")[2].lower() for box in boxes} | {self.domain.lower()}
        self._commits = asyncio.Semaphore(MAX_COMMITS)

    async def start(self) -> None:
        """Listens.

        Raises:
            ChassisError: the address cannot be listened on.
        """
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(self._session, self._host, self.port)
        except OSError as error:
            raise ChassisError(
                f"Mail cannot be taken in on {self._host}, port {self.port}: {error.strerror}. "
                "Correct COMPLAINTS_MAIL_HOST or COMPLAINTS_MAIL_PORT, or stop what is there."
            ) from error
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Takes nothing more, and waits until what is being written is written."""
        self._server.close()
        try:
            async with asyncio.timeout(STOP_SECONDS):
                for _ in range(MAX_COMMITS):
                    await self._commits.acquire()
        except TimeoutError:
            logger.warning("mail was still being written")
        for session in tuple(self.sessions):
            session.end(STOPPING)
        await self._server.wait_closed()

    def refusal(self, address: str) -> str | None:
        """Why there is no mail for an address here; none where there is."""
        local, at, domain = address.rpartition("@")
        if not address.isprintable() or not (local or domain.lower() == "postmaster"):
            return "553 5.1.3 This is not an address."
        if at and domain.lower() not in self._domains:
            return f"550 5.7.1 This is the {self._office}. We do not pass mail on to others."
        return None

    async def keep(self, raw: bytes, envelope: Envelope) -> str:
        """Keeps a mail; the answer, which promises only what is committed."""
        try:
            async with self._commits:
                mail_id = await keep_mail(self._run, raw, envelope)
        except Exception as error:
            logger.warning("mail was not taken", extra={"error": type(error).__name__})
            return LATER
        return f"250 2.6.0 Kept as {mail_id}"

    def _session(self) -> asyncio.Protocol:
        if len(self.sessions) >= MAX_SESSIONS:
            return _Busy()
        session = _LmtpSession(self) if self.lmtp else _Session(self)
        self.sessions.add(session)
        return session


class _Busy(asyncio.Protocol):
    """A connection too many."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(f"{BUSY}\r\n".encode())
        transport.close()


class _Session(SMTP):
    """One connection. What begins with `smtp_` or `handle_` is called by aiosmtpd."""

    line_length_limit = LINE_BYTES
    without: ClassVar[tuple[str, ...]] = ("AUTH",)
    """Commands that are not for us: nobody signs in here."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener
        super().__init__(
            self,
            data_size_limit=None,
            enable_SMTPUTF8=True,
            hostname=listener.domain,
            ident="LMTP" if listener.lmtp else "ESMTP",
            tls_context=listener.tls,
            timeout=IDLE_SECONDS,
            loop=asyncio.get_running_loop(),
        )
        self.command_size_limits = defaultdict(lambda: MAX_COMMAND)
        for command in self.without:
            del self._smtp_methods[command]

    def end(self, words: str) -> None:
        """Says why, and closes the connection."""
        if self.transport is not None:
            self._writer.write(f"{words}\r\n".encode())
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        self._listener.sessions.discard(self)
        super().connection_lost(error)

    async def smtp_VRFY(self, _: str) -> None:  # noqa: N802
        """Tells nobody which addresses there are."""
        await self.push("252 2.5.2 Send the mail, and see.")

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802
        """Takes a mail, and answers once it is kept."""
        if await self.check_helo_needed():
            return
        given = self.envelope
        if given is None or not given.rcpt_tos:
            await self.push("503 5.5.1 Say whom it is for first: RCPT TO.")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        await self.push("354 End with a dot on a line by itself")
        self._reset_timeout(DATA_SECONDS)
        raw = await self._take(self._listener.max_bytes)
        sender = "" if given.mail_from == NOBODY else given.mail_from
        envelope = Envelope(sender, tuple(given.rcpt_tos))
        self._reset_timeout(DATA_SECONDS)
        answer = self._listener.too_large
        if raw is not None:
            answer = await self._listener.keep(raw, envelope)
        self.envelope = self._create_envelope()
        self._reset_timeout()
        for _ in envelope.recipients if self._listener.lmtp else (None,):  # RFC 2033, 4.2
            await self.push(answer)

    async def _take(self, most: int) -> bytes | None:
        """The bytes of a mail, up to the dot; none where they are more than `most`.

        Only CR LF ends a line: a dot between other line ends is part of the mail, so that nobody
        can hide a second one in it.
        """
        taken = bytearray()
        too_many = False
        begins = True
        while True:
            try:
                line: bytes = await self._reader.readuntil(b"\r\n")
            except asyncio.LimitOverrunError as overrun:
                line = await self._reader.read(overrun.consumed)
            if begins and line == b".\r\n":
                return None if too_many else bytes(taken)
            if begins and line.startswith(b"."):
                line = line[1:]
            begins = line.endswith(b"\r\n")
            too_many = too_many or len(taken) + len(line) > most
            if too_many:
                taken.clear()
            else:
                taken += line

    async def handle_EHLO(  # noqa: N802
        self,
        _server: SMTP,
        session: SmtpSession,
        _envelope: SmtpEnvelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        """What we can do; signing in is not among it."""
        session.host_name = hostname
        kept = [line for line in responses if not line.startswith("250-AUTH")]
        size = f"250-SIZE {self._listener.max_bytes}"
        return [*kept[:-1], size, "250-ENHANCEDSTATUSCODES", *kept[-1:]]

    async def handle_MAIL(  # noqa: N802
        self,
        _server: SMTP,
        _session: SmtpSession,
        envelope: SmtpEnvelope,
        address: str,
        options: list[str],
    ) -> str:
        """Refuses at once what says that it is too large."""
        sizes = (found for option in options if (found := _SIZE.fullmatch(option)))
        if any(int(size[1]) > self._listener.max_bytes for size in sizes):
            return self._listener.too_large
        envelope.mail_from = address
        return "250 2.1.0 OK"

    async def handle_RCPT(  # noqa: N802
        self,
        _server: SMTP,
        _session: SmtpSession,
        envelope: SmtpEnvelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Takes mail for every address at the office's domains, and for no other."""
        if refusal := self._listener.refusal(address):
            return refusal
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return "452 4.5.3 Too many recipients: send it to the others separately."
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_exception(self, error: Exception) -> str:
        """Says nothing of what went wrong, which may hold what was sent."""
        logger.warning("a mail session failed", extra={"error": type(error).__name__})
        return LATER

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """The address in a command, and what follows it: whatever is in it, nobody is turned away
        for how their address is written."""
        if not (found := _PATH.fullmatch(arg.strip())):
            return None, None
        path, rest, bare, bare_rest = found.groups()
        return (path or NOBODY, rest) if bare is None else (bare, bare_rest)

    def _timeout_cb(self) -> None:
        self.end(SLOW)


class _LmtpSession(_Session):
    without = ("AUTH", "HELO", "EHLO")

    async def smtp_LHLO(self, hostname: str) -> None:  # noqa: N802
        """How LMTP begins (RFC 2033, 4.1)."""
        await super().smtp_EHLO(hostname)


def _tls(settings: Settings) -> ssl.SSLContext | None:
    """What STARTTLS uses.

    Raises:
        ChassisError: certificate or key cannot be used.
    """
    if settings.mail_certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(settings.mail_certificate, settings.mail_key)
    except (OSError, ssl.SSLError) as error:
        raise ChassisError(
            "The certificate for mail cannot be used. Correct COMPLAINTS_MAIL_CERTIFICATE or "
            "COMPLAINTS_MAIL_KEY: both name files in PEM form."
        ) from error
    return context


@asynccontextmanager
async def listening(run: Running, settings: Settings, office: OfficeProfile) -> AsyncIterator[None]:
    """Takes mail in while it lasts, if a port is set."""
    if settings.mail_port is None:
        yield
        return
    listener = Listener(run, settings, office)
    await listener.start()
    try:
        yield
    finally:
        await listener.stop()
