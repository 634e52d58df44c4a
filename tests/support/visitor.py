"""Somebody at a browser without scripts, filling in one of the public forms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx

Files = list[tuple[str, tuple[str, bytes]]]


class Visitor:
    """Opens a page, types, and goes where they are sent. `form` is where the form's pages are."""

    form = "/form"

    def __init__(self, browser: httpx.AsyncClient) -> None:
        self.browser = browser
        self.page = ""
        self.addresses: list[str] = []

    async def open(self, address: str) -> httpx.Response:
        self.addresses.append(address)
        answer = await self.browser.get(address)
        if answer.status_code == 303:
            return await self.open(answer.headers["location"])
        self.page = answer.text
        return answer

    async def post(
        self, address: str, answers: Mapping[str, Any] | None = None, files: Files | None = None
    ) -> httpx.Response:
        """Sends the form that is open, and looks at where that leads."""
        token = re.search(r'name="csrf_token" value="(\w+)"', self.page)
        data = {"csrf_token": token[1] if token else "", **(answers or {})}
        answer = await self.browser.post(address, data=data, files=files)
        if answer.status_code == 303:
            return await self.open(answer.headers["location"])
        self.page = answer.text
        return answer

    async def send(self) -> httpx.Response:
        version = re.search(r'name="version" value="(\d+)"', self.page)
        assert version, "the check is not open"
        return await self.post(f"{self.form}/check", {"version": version[1]})

    @property
    def reference(self) -> str:
        found = re.search(r"CL-\w{4}-\w{4}", self.page)
        assert found
        return found[0]
