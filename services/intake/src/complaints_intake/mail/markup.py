"""Takes HTML apart into tags and text, however broken, in time that grows with its length alone.

Python's own parser needs the square of it: a megabyte of `<a ` is more than a minute.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Final, NamedTuple

LONGEST_TAG: Final = 2_000
"""Characters in which the end of a tag is looked for outside its quotation marks."""

_TAG: Final = re.compile(r"""</?[a-z](?:[^"'>]|"[^"]*"|'[^']*')*+>""", re.IGNORECASE)
_MARKUP: Final = re.compile("<[a-z/!?]", re.IGNORECASE)
_NAME: Final = re.compile(r"</?([a-z][^\s/>]*)", re.IGNORECASE)
_ATTRIBUTE: Final = re.compile(
    r"""[\s/]([^\s"'>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?"""
)
_RAW: Final = {
    name: re.compile(rf"</{name}\b", re.IGNORECASE)
    for name in ("script", "style", "title", "textarea", "xmp")
}
"""Elements in which nothing is a tag but their own end."""


class Tag(NamedTuple):
    """A tag, in small letters, with its attributes where it opens an element."""

    name: str
    closes: bool
    attributes: dict[str, str]


def tokens(html: str) -> Iterator[Tag | str]:
    """The tags and the text between them, in order."""
    text_from = at = 0
    comments_end = True
    while (start := html.find("<", at)) >= 0:
        end, comment = 0, comments_end and html.startswith("<!--", start)
        if comment:
            end = html.find("-->", start + 2) + 3
            comments_end = end > 2
        elif _MARKUP.match(html, start):
            found = _TAG.match(html, start, start + LONGEST_TAG)
            end = found.end() if found else html.find(">", start) + 1 or len(html)
        if end <= start:
            at = start + 1  # it is text
            continue
        if text_from < start:
            yield unescape(html[text_from:start])
        tag = None if comment else _tag(html[start:end])
        if tag:
            yield tag
            if tag.name in _RAW and not tag.closes:
                closing = _RAW[tag.name].search(html, end)
                inside = closing.start() if closing else len(html)
                yield html[end:inside]
                end = inside
        text_from = at = end
    yield unescape(html[text_from:])


def _tag(text: str) -> Tag | None:
    name = _NAME.match(text)
    if not name:
        return None  # a declaration
    inside = text[name.end() : LONGEST_TAG]
    attributes: dict[str, str] = {}
    for key, *values in _ATTRIBUTE.findall(inside):
        attributes.setdefault(key.lower(), unescape("".join(values)))
    return Tag(name[1].lower(), text.startswith("</"), attributes)
