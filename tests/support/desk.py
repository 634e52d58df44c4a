"""A member of staff at the entry page, with a browser that runs no script."""

from __future__ import annotations

from typing import Any

import httpx
from html_page import Page

Files = list[tuple[str, tuple[str, bytes]]]
SENT_BY_BUTTON = "then"


class Desk:
    def __init__(self, browser: httpx.AsyncClient, roles: str = "adviser") -> None:
        self.browser = browser
        self.headers = {"who": roles}
        self.address = ""
        self.page = Page("")
        self.status = 0

    async def open(self, address: str) -> None:
        """Follows redirects, as a browser does; what comes after # is not sent."""
        answer = await self.browser.get(address, headers=self.headers)
        if answer.status_code == 303:
            return await self.open(answer.headers["location"])
        self._see(address, answer)
        return None

    async def press(self, button: str, files: Files | None = None, /, **typed: Any) -> None:
        """Types over what is on the page, and presses a button."""
        answer = await self.send(button, files, **typed)
        if answer.status_code == 303:
            return await self.open(answer.headers["location"])
        self._see(self.address, answer)
        return None

    async def send(
        self, button: str, files: Files | None = None, /, **typed: Any
    ) -> httpx.Response:
        """The answer to the button alone."""
        data = self.page.sent() | {SENT_BY_BUTTON: button} | typed
        address = self.address.partition("?")[0].partition("#")[0]
        return await self.browser.post(address, data=data, files=files or {}, headers=self.headers)

    @property
    def text(self) -> str:
        return self.page.html

    def _see(self, address: str, answer: httpx.Response) -> None:
        self.address, self.status, self.page = address, answer.status_code, Page(answer.text)
