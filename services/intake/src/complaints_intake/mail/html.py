"""HTML mail as text: what a reader sees, nothing loaded, and what they would not see marked."""

from __future__ import annotations

import re
from typing import Final

from complaints_intake.mail.markup import tokens

MAX_DEPTH: Final = 500
"""Of elements in elements; what is deeper is read as if it were not."""
MAX_QUOTED: Final = 10
MAX_STYLE: Final = 20_000
"""Characters of a style sheet that are read for what it hides."""
HIDDEN_MARK: Final = "[not shown in the mail: "

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
_RULE: Final = re.compile(r"([.#][\w-]{1,100})\s*\{([^{}]{0,1000})\}")
_MEDIA: Final = re.compile(r"@media[^{}]{0,500}\{(?:[^{}]{0,500}\{[^{}]{0,1000}\}\s*){0,100}+\}")
_BLANKS: Final = re.compile(r"[^\S\n]+")
_NOTHING: Final = re.compile(r"(?:> ?)*")


class _Reader:
    """Writes down the text as the elements open and close around it."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self._open: list[str] = []
        self._skipped_from: int | None = None
        self._hidden_from: int | None = None
        self._hidden_names: frozenset[str] = frozenset()
        self._quoted = 0
        self._preformatted = 0
        self._link = ""
        self._ended = 0

    def start(self, tag: str, given: dict[str, str]) -> None:
        """An element opens."""
        if tag == "br":
            self._write("\n")
        self._break(tag)
        if tag in _CELLS and self.parts and not self._ended:
            self._write(" ")
        if tag == "li":
            self._write("- ")
        if tag == "img" and given.get("alt", "").strip():
            self._write(f"[image: {given['alt']}]")
        if _VOID.fullmatch(tag) or len(self._open) >= MAX_DEPTH:
            return
        self._open.append(tag)
        if tag in _SKIPPED and self._skipped_from is None:
            self._skipped_from = len(self._open)
        self._preformatted += tag == "pre"
        self._quoted += tag == "blockquote"
        if self._hidden_from is None and self._skipped_from is None and self._is_hidden(given):
            self._write(HIDDEN_MARK)
            self._hidden_from = len(self._open)
        if tag == "a":
            self._link = given.get("href", "")

    def end(self, tag: str) -> None:
        """An element closes, and with it those that nobody closed."""
        if _VOID.fullmatch(tag) or tag not in self._open:
            return
        closed = ""
        while closed != tag:
            closed = self._open.pop()
            self._preformatted -= closed == "pre"
            self._quoted -= closed == "blockquote"
            if self._hidden_from is not None and len(self._open) < self._hidden_from:
                self._write("]")
                self._hidden_from = None
            if self._skipped_from is not None and len(self._open) < self._skipped_from:
                self._skipped_from = None
        if tag == "a":
            self._end_link()
        self._break(tag)

    def text(self, text: str) -> None:
        """What stands between two tags."""
        if self._open and self._open[-1] == "style":
            style = _MEDIA.sub("", text[:MAX_STYLE])
            found = (name for name, rule in _RULE.findall(style) if _HIDDEN.search(rule))
            self._hidden_names |= frozenset(found)
        self._write(text if self._preformatted else re.sub(r"\s+", " ", text))

    def _is_hidden(self, given: dict[str, str]) -> bool:
        """Whether it is not seen: by itself, or by its class or id in the style sheet."""
        names = {f".{name}" for name in given.get("class", "").split()}
        names.add(f"#{given.get('id')}")
        return (
            "hidden" in given
            or _HIDDEN.search(given.get("style", "")) is not None
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
            self.parts.append(self._marked(text) if self._quoted and text.strip() else text)
            kept = text.rstrip(" \n")
            self._ended = text[len(kept) :].count("\n") + (0 if kept else self._ended)

    def _marked(self, text: str) -> str:
        mark = "> " * min(self._quoted, MAX_QUOTED)
        begins = mark if self._ended or not self.parts else ""
        return begins + re.sub(r"\n(?=[^\n])", "\n" + mark, text)


def text_of(html: str) -> str:
    """The text of an HTML document, line by line; what it quotes has `>` before each line."""
    reader = _Reader()
    for token in tokens(html):
        if isinstance(token, str):
            reader.text(token)
        elif token.closes:
            reader.end(token.name)
        else:
            reader.start(token.name, token.attributes)
    reader.end("a")
    lines: list[str] = []
    blank = True
    for line in "".join(reader.parts).split("\n"):
        line = _BLANKS.sub(" ", line).strip()
        was_blank, blank = blank, _NOTHING.fullmatch(line) is not None
        if not (blank and was_blank):
            lines.append(line)
    return "\n".join(lines).strip()
