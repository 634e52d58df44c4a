"""Hands mail to the mail server, through a few connections that are kept open."""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from contextlib import suppress
from typing import Final, NamedTuple

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPRecipientRefused,
    SMTPResponseException,
)

from complaints_chassis.points import point
from complaints_notifications.domain.ledger import MAILBOX_FULL, Reply, ReplyKind
from complaints_notifications.settings import Settings, Tls

logger = logging.getLogger(__name__)

CONNECTIONS: Final = 4
MAILS_PER_CONNECTION: Final = 100
IDLE_SECONDS: Final = 60.0
ANSWER_SECONDS: Final = 30.0
"""How long the server may take for each answer; a whole mail is well under ten minutes."""


class Outgoing(NamedTuple):
    """A mail with its envelope."""

    sender: str
    recipient: str
    content: bytes


class Post:
    """A pool of connections. One mail at a time on each: SMTP is a sequential protocol."""

    def __init__(
        self, settings: Settings, local_hostname: str, patience: float = ANSWER_SECONDS
    ) -> None:
        trust = ssl.create_default_context(cafile=settings.smtp_ca_file)
        self._lines = [_Line(settings, trust, local_hostname, patience) for _ in range(CONNECTIONS)]
        self._free: asyncio.LifoQueue[_Line] = asyncio.LifoQueue()
        for line in self._lines:
            self._free.put_nowait(line)

    async def send(self, mail: Outgoing) -> Reply:
        """Sends one mail; whatever happens, it ends with a reply."""
        line = await self._free.get()
        try:
            return await line.send(mail)
        finally:
            self._free.put_nowait(line)

    def close(self) -> None:
        """Drops every connection."""
        for line in self._lines:
            line.drop()


class _Line:
    """One connection, made when it is needed and made anew when it is old."""

    def __init__(
        self, settings: Settings, trust: ssl.SSLContext, local_hostname: str, patience: float
    ) -> None:
        self._settings = settings
        self._trust = trust
        self._local_hostname = local_hostname
        self._patience = patience
        self._client: SMTP | None = None
        self._sent = 0
        self._used = 0.0

    async def send(self, mail: Outgoing) -> Reply:
        try:
            client = await self._begin(mail)
        except (SMTPException, OSError) as error:
            self.drop()
            problem = {"error": type(error).__name__, "code": _code(error)}
            logger.warning("the mail server was not reached, or did not let us in", extra=problem)
            return Reply(ReplyKind.AWAY, _code(error))
        try:
            await client.rcpt(mail.recipient)
        except (SMTPException, OSError) as error:
            return await self._refused(error, SMTPRecipientRefused, ReplyKind.LATER)
        point("mail.after-rcpt")
        try:
            await client.data(mail.content)
        except (SMTPException, OSError) as error:
            return await self._refused(error, SMTPDataError, ReplyKind.LOST)
        self._sent += 1
        self._used = time.monotonic()
        return Reply(ReplyKind.ACCEPTED, 250)

    def drop(self) -> None:
        """Ends the connection without a word."""
        if self._client:
            self._client.close()
        self._client = None

    async def _begin(self, mail: Outgoing) -> SMTP:
        """A connection that has taken MAIL FROM: nothing proves better that it is alive.

        A connection that was kept may have ended; then a new one gets its chance at once.
        """
        worn = self._sent >= MAILS_PER_CONNECTION
        idle = time.monotonic() - self._used > IDLE_SECONDS
        if self._client and (worn or idle):
            with suppress(SMTPException, OSError):
                await self._client.quit(timeout=1)
            self.drop()
        if self._client:
            try:
                await self._client.mail(mail.sender)
                return self._client
            except (SMTPException, OSError):
                self.drop()
        self._client = client = self._connection()
        self._sent = 0
        await client.connect()
        await client.mail(mail.sender)
        return client

    def _connection(self) -> SMTP:
        settings = self._settings
        password = settings.smtp_password
        return SMTP(
            hostname=settings.smtp_host,
            port=settings.smtp_port,
            username=settings.smtp_username,
            password=password.get_secret_value() if password else None,
            local_hostname=self._local_hostname,
            timeout=self._patience,
            use_tls=settings.smtp_tls is Tls.TLS,
            start_tls=settings.smtp_tls is Tls.STARTTLS,
            tls_context=self._trust,
        )

    async def _refused(
        self, error: Exception, answer: type[SMTPResponseException], silence: ReplyKind
    ) -> Reply:
        """The server's own answer, or `silence` where it gave none that can be read."""
        if not isinstance(error, answer) or error.code < 400:
            self.drop()
            return Reply(silence)
        if error.code == 421:  # it hangs up now
            self.drop()
        else:
            try:
                if self._client:
                    await self._client.rset()
            except (SMTPException, OSError):
                self.drop()
        passes = error.code < 500 or error.message.startswith(MAILBOX_FULL)
        return Reply(ReplyKind.LATER if passes else ReplyKind.REFUSED, error.code)


def _code(error: Exception) -> int | None:
    return error.code if isinstance(error, SMTPResponseException) else None
