"""What the command line prints of words that people wrote: in 100 columns, and harmless.

A terminal obeys control characters, and others turn a line round: whoever writes to us must not
be able to clear a screen, hide a line or fake one (S20).
"""

from __future__ import annotations

import re
import sys
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import click

COLUMNS: Final = 100
_ACTS: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Control characters, and those that turn the direction of a line or end it."""


def clean(words: str) -> str:
    """One line in which nothing acts: what would is shown by its number, such as `\\x1b`."""
    return _ACTS.sub(lambda found: found[0].encode("unicode_escape").decode(), words)


def one_line(words: str) -> str:
    """Words without the lines that their writer made: nobody adds one to what we say."""
    return " ".join(words.split())


def wrapped(words: str, indent: str = "") -> Iterator[str]:
    """Words in lines that fit; the lines that their writer made stay, and empty ones between."""
    for line in words.expandtabs(4).splitlines():
        yield from _fitted(line, COLUMNS - len(indent), indent)


def named(rows: Sequence[tuple[str, str]], indent: str = "") -> Iterator[str]:
    """Names with what they say beside them."""
    width = max((len(name) for name, _ in rows), default=0) + 2
    for name, words in rows:
        beside = f"{indent}{'':<{width}}"
        first, *rest = _fitted(one_line(words), COLUMNS - len(beside), beside)
        yield f"{indent}{name}" + first[len(indent) + len(name) :]
        yield from rest


def table(head: Sequence[str], rows: Sequence[Sequence[str]], indent: str = "") -> Iterator[str]:
    """Columns as wide as what stands in them."""
    lines = [[clean(cell) for cell in row] for row in (head, *rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(head))]
    for line in lines:
        cells = (f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True))
        yield (indent + "  ".join(cells)).rstrip()


def _fitted(line: str, width: int, indent: str) -> list[str]:
    found = textwrap.wrap(clean(line), width, break_on_hyphens=False) or [""]
    return [(indent + part).rstrip() for part in found]


def heading(words: str) -> Iterator[str]:
    """A line that stands out without colour."""
    yield from ("", words, "-" * min(len(words), COLUMNS))


def say(lines: Iterable[str]) -> None:
    """Prints lines; what the terminal's encoding does not have is shown by its number."""
    encoding = sys.stdout.encoding or "ascii"
    for line in lines:
        click.echo(line.encode(encoding, "backslashreplace").decode(encoding))
