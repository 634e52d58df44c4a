"""Just enough of a browser to fill in the public form as somebody would: no script, one page after
another, the fields that a page asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin

import httpx

MAX_PAGES: Final = 20


class Form(HTMLParser):
    """The form of a page: where it goes, what it holds already, what it asks."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action: str | None = None
        self.filled: dict[str, str] = {}
        self.asked: set[str] = set()
        self._inside = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and given.get("method", "").lower() == "post" and self.action is None:
            self.action, self._inside = given.get("action", ""), True
        elif self._inside and tag in ("input", "textarea", "select", "button") and "name" in given:
            self._field(given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False

    def _field(self, given: Mapping[str, str]) -> None:
        name, kind = given["name"], given.get("type", "text")
        self.asked.add(name)
        if kind in ("radio", "checkbox") and "checked" not in given:
            return
        if kind != "file":
            self.filled.setdefault(name, given.get("value", ""))


async def fill_in(
    client: httpx.AsyncClient,
    start: str,
    answers: Mapping[str, str],
    end: str,
    before_each: Callable[[], None],
) -> httpx.Response:
    """Follows the form from `start`, giving `answers` where they are asked for, up to the page
    at `end`; `before_each` page that is sent, something may be written down.

    Raises:
        RuntimeError: a page takes no answer, or the form does not come to its end.
    """
    page = await client.get(start, follow_redirects=True)
    for _ in range(MAX_PAGES):
        page.raise_for_status()
        if page.url.path == end:
            return page
        form = Form(page.text)
        if form.action is None:
            raise RuntimeError(f"{page.url.path} has no form")
        given = form.filled | {name: answers[name] for name in form.asked & answers.keys()}
        before_each()
        address = urljoin(str(page.url), form.action)
        page = await client.post(address, data=given, follow_redirects=True)
    raise RuntimeError(f"the form did not come to its end at {page.url.path}")
