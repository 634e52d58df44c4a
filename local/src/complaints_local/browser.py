"""Just enough of a browser to fill in our forms as somebody would: no script, one page after
another, the fields that a page asks for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urljoin

import httpx

MAX_PAGES: Final = 20


Answers = Mapping[str, str | list[str]]
Files = Mapping[str, tuple[str, bytes]]


class Form(HTMLParser):
    """The form in the main part of a page: where it goes, what it holds already, what it asks."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action: str | None = None
        self.filled: dict[str, list[str]] = {}
        self.asked: set[str] = set()
        self._main = False
        self._inside = False
        self._text: list[str] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        posts = self._main and given.get("method", "").lower() == "post"
        if tag == "main":
            self._main = True
        elif tag == "form" and posts and self.action is None:
            self.action, self._inside = given.get("action", ""), True
        elif self._inside and tag in ("input", "textarea", "select", "button") and "name" in given:
            self._field(tag, given)

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text[-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        if tag == "textarea":
            self._text = None

    def _field(self, tag: str, given: Mapping[str, str]) -> None:
        name, kind = given["name"], given.get("type", "text")
        self.asked.add(name)
        chosen = kind not in ("radio", "checkbox") or "checked" in given
        if tag == "button":
            self.filled.setdefault(name, [given.get("value", "")])  # Enter presses the first one
        elif kind != "file" and chosen:
            values = self.filled.setdefault(name, [])
            values.append(given.get("value", ""))
            self._text = values if tag == "textarea" else None


async def fill_in(
    client: httpx.AsyncClient,
    start: str,
    answers: Answers,
    end: str,
    before_each: Callable[[httpx.Response], None],
    files: Files | None = None,
) -> httpx.Response:
    """Follows the form from `start`, giving `answers` and `files` once, where they are asked for,
    up to a page below `end`; `before_each` page that is sent, something may be written down.

    Raises:
        RuntimeError: a page takes no answer, or the form does not come to its end.
    """
    page = await client.get(start, follow_redirects=True)
    left = dict(files or {})
    for _ in range(MAX_PAGES):
        page.raise_for_status()
        if page.url.path.startswith(end):
            return page
        form = Form(page.text)
        if form.action is None:
            raise RuntimeError(f"{page.url.path} has no form")
        given = {**form.filled, **{name: answers[name] for name in form.asked & answers.keys()}}
        before_each(page)
        page = await client.post(
            urljoin(str(page.url), form.action),
            data=given,
            files={name: left.pop(name) for name in form.asked & left.keys()} or None,
            follow_redirects=True,
        )
    raise RuntimeError(f"the form did not come to its end at {page.url.path}")
