"""What is in a mail, however badly it was made: its text, and everything else as files.

What most mails have no need of is loaded where it is: a process is started for every mail.
"""

from __future__ import annotations

import re
from binascii import a2b_base64
from contextlib import suppress
from email.errors import MessageError
from email.message import Message
from string import ascii_letters, digits
from typing import Final, NamedTuple

from complaints_intake.mail.archives import is_unsafe
from complaints_intake.mail.charsets import decoded
from complaints_intake.mail.defects import Defect, defects_of
from complaints_intake.mail.headers import header, words
from complaints_intake.mail.message import MAX_DEPTH, Part, message_from

MAX_PARTS: Final = 1_000
MAX_TEXT: Final = 1_000_000
"""Bytes of a text that are read; a longer one is a file as well."""
LARGE: Final = 64 * 1024
"""Bytes of a part that are let go of once it has been read."""

_NOT_BASE64: Final = bytes(set(range(256)) - set(ascii_letters.encode() + digits.encode() + b"+/"))
_PGP: Final = re.compile(r"^-----BEGIN PGP MESSAGE-----\s*$", re.MULTILINE)
_TEXTS: Final = frozenset({"text/plain", "text/html", "text/enriched", "application/pgp"})
_RTF: Final = frozenset({"text/rtf", "application/rtf", "application/x-rtf"})
_OPAQUE: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_TNEF: Final = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_PROTECTED: Final = frozenset({"application/x-microsoft-rpmsg-message"})


class MailFile(NamedTuple):
    """A part of a mail that is not its text; `quarantined`: nobody may open it unasked."""

    name: str
    content: bytes
    quarantined: bool


class Content:
    """The text and the files of a mail, found as its parts are read.

    `unread` says why its words cannot be read: "ENCRYPTED", "UNREADABLE", "EMPTY" or None.
    """

    def __init__(self, message: Part) -> None:
        self.files: list[MailFile] = []
        self.defects: set[Defect] = set()
        self.unread: str | None = None
        self._parts = 0
        self._texts = 0
        self._spare = ""
        """Words of a mail in the mail, or packed in it; used where it has no others."""
        self.text = self._read(message).strip() or self._spare.strip()
        if not self.text:
            self.unread = self.unread or "EMPTY"

    def _read(self, part: Message) -> str:
        """The text of a part and what is in it; everything else becomes files."""
        self._parts += 1
        if self._parts > MAX_PARTS:
            self.defects.add(Defect.TOO_MANY_PARTS)
            return ""
        self.defects.update(defects_of(part))
        if isinstance(part, Part):
            if part.cut:
                self.defects.add(Defect.CUT_HEADER)
            if part.depth >= MAX_DEPTH:
                self.defects.add(Defect.TOO_DEEP)
        if not part.is_multipart():
            return self._leaf(part)
        kind = part.get_content_type()
        inner = [p for p in part.get_payload() if isinstance(p, Message)]
        if not kind.startswith("multipart/"):
            self._mail_within(part, inner[0])
            return ""
        if kind == "multipart/encrypted":
            self.unread = "ENCRYPTED"
        if kind == "multipart/alternative":
            return self._best(inner)
        texts = [self._read(p) for p in inner]
        return "\n\n".join(text for text in texts if text.strip())

    def _leaf(self, part: Message) -> str:
        content = part.get_payload(decode=True)
        content = content if isinstance(content, bytes) else b""
        self.defects.update(defects_of(part))
        if Defect.BROKEN_ENCODING in defects_of(part):
            content = _mended(content)
        if len(content) > LARGE:
            part.set_payload("")
        kind, name = part.get_content_type(), _name(part)
        text = self._text(part, kind, name, content)
        if text is None and content:
            self._file(name or f"part-{len(self.files) + 1}", content)
        return text or ""

    def _text(self, part: Message, kind: str, name: str, content: bytes) -> str | None:
        """The text of a part, or of what is packed in it; None where it is to be a file."""
        if kind in _PROTECTED:
            self.unread = "ENCRYPTED"
        if kind in _OPAQUE or name.lower().endswith(".p7m"):
            return self._opaque(part, name, content)
        if kind in _TNEF or name.lower() in ("winmail.dat", "win.dat"):
            return self._tnef(content)
        attached = "attachment" in str(part.get("content-disposition", ""))[:50].lower()
        if attached or (name and self._texts):  # the first text may have a file's name
            return None
        if kind in _RTF:
            from complaints_intake.mail.rtf import MAX_RTF, text_of_rtf

            cut = self._cut(content, MAX_RTF, name or "message.rtf")
            return text_of_rtf(cut.decode("cp1252", "replace")) or None
        if kind not in _TEXTS and not kind.startswith("multipart/"):
            return None
        self._texts += 1
        if kind != "text/html" and b"\nbegin " in b"\n" + content[:LARGE]:
            content = self._without_files(content)
        cut = self._cut(content, MAX_TEXT, "message.html" if kind == "text/html" else "message.txt")
        text, right = decoded(cut, part.get_content_charset(""))
        if not right:
            self.defects.add(Defect.WRONG_CHARSET)
        if kind == "text/html":
            return self._html(text)
        if _PGP.search(text):
            self.unread = "ENCRYPTED"
        return text.replace("\r\n", "\n")

    def _html(self, html: str) -> str:
        from complaints_intake.mail.html import HIDDEN_MARK, text_of

        text = text_of(html)
        if HIDDEN_MARK in text:
            self.defects.add(Defect.HIDDEN_TEXT)
        return text

    def _without_files(self, content: bytes) -> bytes:
        from complaints_intake.mail.uuencoded import uudecoded

        text, files = uudecoded(content)
        for name, data in files:
            self._file(decoded(name, "")[0], data)
        return text

    def _cut(self, content: bytes, longest: int, name: str) -> bytes:
        """The beginning of a text; all of a longer one becomes a file."""
        if len(content) > longest:
            self.defects.add(Defect.CUT_TEXT)
            self._file(name, content)
        return content[:longest]

    def _best(self, parts: list[Message]) -> str:
        """Of several forms of the same text the plain one, unless it says next to nothing."""
        texts = [(part.get_content_type(), self._read(part).strip()) for part in parts]
        plain = next((text for kind, text in texts if kind == "text/plain"), "")
        rich = max((text for kind, text in texts if kind != "text/plain"), key=len, default="")
        if plain and len(plain) * 4 + 200 < len(rich):
            self.defects.add(Defect.DIFFERENT_FORMS)
            return rich
        return plain or rich

    def _opaque(self, part: Message, name: str, content: bytes) -> str | None:
        """S/MIME in one piece: the words where it is only signed. It is a file all the same."""
        from complaints_intake.mail.opaque import Opaque, opened

        kind, inner = opened(content)
        if inner:
            self._file(name or "smime.p7m", content)
            return self._read(message_from(inner))
        said = str(part.get_param("smime-type", "")).lower()
        if said != "certs-only":
            encrypted = kind is Opaque.ENCRYPTED or "enveloped" in said
            self.unread = "ENCRYPTED" if encrypted else "UNREADABLE"
        return None

    def _tnef(self, content: bytes) -> str | None:
        from complaints_intake.mail.tnef import SIGNATURE, unpacked

        found = unpacked(content) if content.startswith(SIGNATURE) else None
        if found is None:
            self.defects.add(Defect.BROKEN_TNEF)
            return None
        self._spare = self._spare or found.plain or self._html(found.html[:MAX_TEXT])
        for name, data in found.files[:MAX_PARTS]:
            self._file(name, data)
        return ""

    def _mail_within(self, part: Message, inner: Message) -> None:
        """A mail in the mail is a file, and so is what it attaches."""
        name = _name(part) or f"{header(inner, 'subject')[:100] or 'message'}.eml"
        with suppress(LookupError, MessageError, TypeError, ValueError):  # the original has it
            self._file(name, inner.as_bytes())
        if isinstance(inner, Part) and part.get_content_type() == "message/rfc822":
            found = Content(inner)
            self.files += found.files
            self.defects |= found.defects
            self._parts += found._parts
            self._spare = self._spare or found.text

    def _file(self, name: str, content: bytes) -> None:
        self.files.append(MailFile(name, content, is_unsafe(content, name)))


def _mended(content: bytes) -> bytes:
    """Base64 that was cut, as far as it goes; Python leaves it as it is."""
    kept = content.translate(None, _NOT_BASE64)
    if len(kept) % 4 != 1 or len(kept) * 1.1 < len(content):
        return content
    return a2b_base64(kept[:-1])


def _name(part: Message) -> str:
    try:
        return words(str(part.get_filename("")))
    except (ValueError, LookupError):
        return "attachment"
