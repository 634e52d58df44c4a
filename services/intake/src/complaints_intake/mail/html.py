"""HTML mail as text: what a reader sees, nothing loaded, and what they would not see marked."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Final

_SKIPPED: Final = frozenset({"script", "style", "head", "title", "template", "noscript", "object"})
_LINES: Final = re.compile("address|d[dt]|div|fieldset|footer|form|header|hr|li|tr")
_PARAGRAPHS: Final = re.compile("article|aside|blockquote|dl|h[1-6]|main|[ou]l|p|pre|section|table")
_VOID: Final = re.compile("area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr")
_CELLS: Final = frozenset({"td", "th"})
_HIDDEN: Final = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*[01](?:px|pt)?\s*(?:;|!|$)"
    r"|opacity\s*:\s*0(?![.\d])|mso-hide\s*:\s*all|max-height\s*:\s*0(?![.\d])"
    r"|(?:text-indent|left|top)\s*:\s*-\d{3,}|(?<!-)color\s*:\s*transparent",
    re.IGNORECASE,
)
_CLASS: Final = re.compile(r"([.#][\w-]{1,100})\s*\{([^{}]{0,1000})\}")
_MEDIA: Final = re.compile(r"@media[^{}]{0,500}\{(?:[^{}]{0,500}\{[^{}]{0,1000}\}\s*){0,100}\}")
MAX_STYLE: Final = 20_000
"""Characters of a style sheet that are read for what it hides."""
HIDDEN_MARK: Final = "[not shown in the mail: "
_BLANKS: Final = re.compile(r"[^\S\n]+")
_LINE_QUOTED: Final = re.compile(r"(?:> )*>?$")


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._open: list[str] = []
        self._skipped_from: int | None = None
        self._hidden_from: int | None = None
        self._hidden_names: frozenset[str] = frozenset()
        self._quoted = 0
        self._link = ""
        self._ended = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "br":
            self._write("\n")
        self._break(tag)
        if tag == "li":
            self._write("- ")
        if tag == "img" and (given.get("alt") or "").strip():
            self._write(f"[image: {given['alt']}]")
        if _VOID.fullmatch(tag):
            return
        self._open.append(tag)
        if tag in _SKIPPED and self._skipped_from is None:
            self._skipped_from = len(self._open)
        if tag == "blockquote" and self._skipped_from is None:
            self._quoted += 1
            self._write("> " * self._quoted)
        if self._hidden_from is None and self._skipped_from is None and self._is_hidden(given):
            self._write(HIDDEN_MARK)
            self._hidden_from = len(self._open)
        if tag == "a":
            self._link = given.get("href") or ""

    def handle_endtag(self, tag: str) -> None:
        if _VOID.fullmatch(tag) or tag not in self._open:
            return
        while self._open:
            closed = self._open.pop()
            if closed == "blockquote":
                self._quoted = max(0, self._quoted - 1)
            if self._hidden_from is not None and len(self._open) < self._hidden_from:
                self._write("]")
                self._hidden_from = None
            if self._skipped_from is not None and len(self._open) < self._skipped_from:
                self._skipped_from = None
            if closed == tag:
                break
        if tag == "a":
            self._end_link()
        self._break(tag)
        if tag in _CELLS:
            self._write(" ")

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "style":
            style = _MEDIA.sub("", data[:MAX_STYLE])
            found = (name for name, rule in _CLASS.findall(style) if _HIDDEN.search(rule))
            self._hidden_names |= frozenset(found)
        if "pre" not in self._open:
            data = re.sub(r"\s+", " ", data)
        self._write(data)

    def _is_hidden(self, given: dict[str, str | None]) -> bool:
        """Whether it is not seen: by itself, or by its class or id in the style sheet."""
        names = {f".{name}" for name in (given.get("class") or "").split()}
        names.add(f"#{given.get('id')}")
        style = given.get("style") or ""
        return (
            "hidden" in given
            or _HIDDEN.search(style) is not None
            or not self._hidden_names.isdisjoint(names)
        )

    def _end_link(self) -> None:
        """A link's address is shown where its text does not show it already."""
        address, self._link = self._link, ""
        shown = "".join(self.parts[-8:])
        if address.startswith(("http:", "https:", "mailto:")):
            bare = address.removeprefix("mailto:").removeprefix("https://").removeprefix("http://")
            if bare.rstrip("/") not in shown:
                self._write(f" <{address}>")

    def _break(self, tag: str) -> None:
        """Ends the line, or the paragraph, unless it has ended."""
        wanted = 2 if _PARAGRAPHS.fullmatch(tag) else 1 if _LINES.fullmatch(tag) else 0
        self._write("\n" * (wanted - self._ended))

    def _write(self, text: str) -> None:
        if self._skipped_from is None and text:
            self.parts.append(text.replace("\n", "\n" + "> " * self._quoted))
            kept = text.rstrip(" \n")
            self._ended = text[len(kept) :].count("\n") + (0 if kept else self._ended)


def text_of(html: str) -> str:
    """The text of an HTML document, line by line; what it quotes has `>` before each line."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines: list[str] = []
    empty = 2
    for line in "".join(reader.parts).split("\n"):
        line = _BLANKS.sub(" ", line).strip()
        empty = empty + 1 if _LINE_QUOTED.match(line) else 0
        if empty < 2:
            lines.append(line)
    return "\n".join(lines).strip()
