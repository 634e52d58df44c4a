"""A bound on what one request may send."""

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from complaints_chassis.web.errors import respond
from complaints_chassis.web.problems import Problem

MEGABYTE = 1_000_000
DEFAULT_MAX_BODY = 26 * MEGABYTE
"""Bytes: one file of 25 MB (S18) and the rest of its form."""
READ_OFF = 4
"""So many times the limit is read and thrown away: a browser shows no answer before it has sent."""


class LimitBody:
    """Answers 413 to a body of more than `max_bytes`, announced or not, and keeps none of it.

    Not Starlette's own: it answers an announced size in plain text, with no word of what to do.
    """

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self.app = app
        self.max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application on a body that ends, with `Problem` 413, at the limit."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced) > self.max_bytes:
            await _read_off(receive, READ_OFF * self.max_bytes)
            response = respond(Request(scope, receive), self._too_large())
            await response(scope, receive, send)
            return
        received = 0

        async def counted() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > self.max_bytes:
                raise self._too_large()
            return message

        await self.app(scope, counted, send)

    def _too_large(self) -> Problem:
        return Problem(
            413,
            f"What you sent is larger than {self.max_bytes // MEGABYTE} MB, "
            "the most this service accepts at once, so nothing was saved.",
            headers={"Connection": "close"},
        )


async def _read_off(receive: Receive, at_most: int) -> None:
    read = 0
    while read < at_most:
        message = await receive()
        read += len(message.get("body", b""))
        if not message.get("more_body", False):
            return
