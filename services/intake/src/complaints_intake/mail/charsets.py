"""The text that bytes mean, whatever character set their sender names."""

from __future__ import annotations

import codecs
from typing import Final

_MEANT: Final = {
    **dict.fromkeys(("", "us-ascii", "ascii", "unknown-8bit", "x-unknown", "default"), "cp1252"),
    **dict.fromkeys(("iso-8859-1", "latin-1", "latin1", "windows-1252", "cp-1252"), "cp1252"),
    "cp-850": "cp850",
    "utf8": "utf-8",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "x-sjis": "cp932",
    "iso-8859-8-i": "iso-8859-8",
    "windows-874": "cp874",
    "macintosh": "mac_roman",
    "x-mac-roman": "mac_roman",
}
"""What senders mean by these names: mostly a larger set, of which the named one is a part."""
_GUESSED: Final = frozenset({"cp1252"})
"""Any bytes are valid in these, so that valid UTF-8 is likelier meant."""
_NOT_TEXT: Final = frozenset({"punycode", "idna", "unicode-escape", "raw-unicode-escape"})
"""Codecs of Python that no mail is written in, some of them slow."""


def decoded(content: bytes, charset: str) -> tuple[str, bool]:
    """The text, and whether it is in the character set that was named."""
    name = charset.strip().lower()
    meant = _codec(_MEANT.get(name, name)) or "cp1252"
    known = _codec(name) is not None or name in _MEANT
    order = ("utf-8", meant) if meant in _GUESSED else (meant, "utf-8")
    for codec in order:
        try:
            return content.decode(codec), known and (
                codec == meant or not name or content.isascii()
            )
        except ValueError:
            continue
    if meant == "utf-8":
        text = content.decode("utf-8", "replace")
        if _is_utf8(content, text):
            return text, True
    return content.decode("cp1252" if meant == "utf-8" else meant, "replace"), False


def _is_utf8(content: bytes, text: str) -> bool:
    """Whether this is UTF-8 with a fault, rather than another set that is called so."""
    try:
        codecs.getincrementaldecoder("utf-8")().decode(content)  # only its end is missing
    except ValueError:
        wrong = text.count("\ufffd")
        return sum(character > "\x7f" for character in text) - wrong > wrong
    return True


def _codec(name: str) -> str | None:
    """Python's own name of a character set; None where it has none, or it is not one."""
    try:
        found = codecs.lookup(name).name
        b"x".decode(found, "ignore")  # Python has codecs between bytes and bytes, too
    except (LookupError, ValueError):
        return None
    return None if found in _NOT_TEXT else found
