"""Mails of our own making, for each row of hard cases; every person in them is invented.

Made of plain bytes: a library that composes mail would not make most of them.
"""

from __future__ import annotations

from base64 import encodebytes
from collections.abc import Iterator
from dataclasses import dataclass
from quopri import encodestring
from typing import Final, NamedTuple

OFFICE: Final = "resolution.team@cleveland-opcc.example"
TOKEN: Final = "0f3a9c5e7b1d2468ace013579bdf2468"
BOUNCES: Final = f"bounces+{TOKEN}@cleveland-opcc.example"
OUR_ID: Final = f"<{TOKEN}@cleveland-opcc.example>"
ANN: Final = "Ann Holloway <ann.holloway@mail.example>"
ANN_ADDRESS: Final = "ann.holloway@mail.example"
WORDS: Final = "Nobody has rung me back about the break-in."
DATE: Final = "Tue, 2 Jun 2026 10:04:00 +0100"


@dataclass(frozen=True, kw_only=True)
class Expected:
    """What the reader is to find. None: it does not matter; `text` is all of the new words."""

    kind: str = "contact"
    """contact, returned or automatic."""
    text: str | None = None
    contains: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    full: tuple[str, ...] | None = None
    """What the full text has that the new words do not; () where there is no more."""
    files: tuple[str, ...] | None = None
    quarantined: tuple[str, ...] = ()
    unread: str | None = None
    defects: tuple[str, ...] = ()
    subject: str | None = None
    sender: str | None = None
    address: str | None = None
    from_address: str | None = None
    returned: str | None = None
    status: str | None = None
    token: str | None = None
    message_ids: tuple[str, ...] | None = None
    loop_id: str | None = None


class SampleMail(NamedTuple):
    """A mail, the row of hard cases it belongs to, and what is to be found in it."""

    name: str
    row: str
    raw: bytes
    expects: Expected


def mail(
    body: str | bytes = WORDS,
    *more: str,
    kind: str = "text/plain; charset=utf-8",
    sender: str | None = ANN,
    to: str = OFFICE,
    subject: str = "About the break-in",
    name: str = "1@mail.example",
    encoding: str = "",
) -> bytes:
    """A mail with one part; `more` are header lines, and `encoding` how its body travels."""
    lines = [
        *([f"From: {sender}"] if sender is not None else []),
        f"To: {to}",
        f"Subject: {subject}",
        f"Date: {DATE}",
        f"Message-ID: <{name}>",
        *more,
        "MIME-Version: 1.0",
    ]
    head = "\r\n".join(lines).encode() + b"\r\n"
    return head + part(body, kind, encoding)


def part(body: str | bytes, kind: str, encoding: str = "", *more: str) -> bytes:
    """The headers that say what a body is, and the body."""
    content = body.encode() if isinstance(body, str) else body
    lines = [f"Content-Type: {kind}", *more]
    match encoding:
        case "base64":
            content = encodebytes(content)
        case "quoted-printable":
            content = encodestring(content)
    if encoding:
        lines.append(f"Content-Transfer-Encoding: {encoding}")
    if encoding != "binary":
        content = content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def attached(content: bytes, name: str, kind: str = "application/octet-stream") -> bytes:
    """A part that is a file."""
    disposition = f'Content-Disposition: attachment; filename="{name}"'
    return part(content, kind, "base64", disposition)


def multi(
    *parts: bytes, kind: str = "mixed", boundary: str = "=_b1", closed: bool = True
) -> tuple[bytes, str]:
    """A body of several parts, and its type."""
    mark = boundary.encode()
    body = b"".join(b"--%s\r\n%s\r\n" % (mark, one) for one in parts)
    end = b"--%s--\r\n" % mark if closed else b""
    return body + end, f'multipart/{kind}; boundary="{boundary}"'


def of_parts(*parts: bytes, kind: str = "mixed", **given: str) -> bytes:
    """A mail of several parts."""
    body, said = multi(*parts, kind=kind)
    return mail(body, kind=said, encoding="binary", **given)


def mails() -> Iterator[SampleMail]:
    """All of them, in an order that does not change, each under a name of its own."""
    import sample_mails_machines
    import sample_mails_parts
    import sample_mails_text

    for module in (sample_mails_text, sample_mails_parts, sample_mails_machines):
        for row in module.ROWS:
            yield from row()
