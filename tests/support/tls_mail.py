"""A mail server that asks for a password, over TLS, and keeps every byte that it hears."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from certificates import Issued

from complaints_local.ports import HOST
from complaints_notifications.settings import Tls

NAME: Final = "complaints"
CANARY: Final = "quillon-farrowdale"
PASSWORD: Final = f"{CANARY}-£9"


class MailServer:
    """A mail server with one account, which keeps every byte that it hears.

    Without a certificate it offers no TLS, and would take the password in the clear.
    """

    def __init__(self, tls: Tls, issued: Issued | None = None) -> None:
        self.password = PASSWORD
        self.in_the_clear = b""
        self.protected = b""
        self.logins: list[bool] = []
        """Whether each attempt had the right name and password."""
        self.mails: list[tuple[bool, bytes]] = []
        """Each mail, and whether its sender had logged in."""
        self._tls = tls
        self._context: ssl.SSLContext | None = None
        if issued:
            self._context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self._context.load_cert_chain(*issued)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[MailServer]:
        outer = self._context if self._tls is Tls.TLS else None
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Hearing(self), HOST, 0, ssl=outer)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            await server.wait_closed()

    def options(self) -> dict[str, Any]:
        """How aiosmtpd is told; what it knows of TLS is STARTTLS only."""
        if self._tls is not Tls.STARTTLS or self._context is None:
            return {"auth_require_tls": False}
        return {"tls_context": self._context, "require_starttls": True, "auth_required": True}

    # What aiosmtpd calls

    def authenticate(
        self, _server: SMTP, _session: Session, _envelope: Envelope, _: str, told: LoginPassword
    ) -> AuthResult:
        self.logins.append(told == LoginPassword(NAME.encode(), self.password.encode()))
        return AuthResult(success=self.logins[-1], handled=False)

    async def handle_DATA(  # noqa: N802
        self, _server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.mails.append((bool(session.authenticated), envelope.original_content or b""))
        return "250 2.0.0 Kept"


class Hearing(SMTP):
    """One of its connections."""

    def __init__(self, server: MailServer) -> None:
        super().__init__(
            server, hostname=HOST, authenticator=server.authenticate, **server.options()
        )
        self._kept_by = server

    def data_received(self, data: bytes) -> None:
        if self.transport.get_extra_info("sslcontext"):
            self._kept_by.protected += data
        else:
            self._kept_by.in_the_clear += data
        super().data_received(data)
