"""What is wrong with a mail, in short codes of ours: never anything of its content."""

from __future__ import annotations

from collections.abc import Iterable
from email.errors import HeaderDefect, MessageDefect, MultipartInvariantViolationDefect
from email.errors import NoBoundaryInMultipartDefect as NoBoundary
from email.errors import StartBoundaryNotFoundDefect as NoStart
from email.message import Message
from enum import StrEnum


class Defect(StrEnum):
    """Why a person may want to look at the mail as it came."""

    DIFFERENT_FORMS = "DIFFERENT_FORMS"
    """Its plain form has but a little of what its HTML form says, which was read."""
    BROKEN_BOUNDARY = "BROKEN_BOUNDARY"
    """Its parts are not divided as it says, or one is missing or cut off."""
    BROKEN_ENCODING = "BROKEN_ENCODING"
    BROKEN_HEADERS = "BROKEN_HEADERS"
    BROKEN_TNEF = "BROKEN_TNEF"
    """A winmail.dat could not be unpacked; it is among the files as it came."""
    CUT_HEADER = "CUT_HEADER"
    """A header was longer than we read."""
    CUT_TEXT = "CUT_TEXT"
    """A text was longer than we read; it is among the files as it came."""
    HIDDEN_TEXT = "HIDDEN_TEXT"
    MISLEADING_NAME = "MISLEADING_NAME"
    """The sender's name is another address, or mixes alphabets to look like another."""
    NO_DATE = "NO_DATE"
    NO_SENDER = "NO_SENDER"
    SEVERAL_SENDERS = "SEVERAL_SENDERS"
    TOO_DEEP = "TOO_DEEP"
    TOO_MANY_PARTS = "TOO_MANY_PARTS"
    WRONG_CHARSET = "WRONG_CHARSET"
    """The text is not in the character set that the mail names."""


def defects_of(part: Message) -> Iterable[Defect]:
    """What the parser found wrong with one part."""
    return {_code(defect) for defect in part.defects if isinstance(defect, MessageDefect)}


def _code(defect: MessageDefect) -> Defect:
    name = type(defect).__name__
    if "Base64" in name or "TransferEncoding" in name:
        return Defect.BROKEN_ENCODING
    if isinstance(defect, (NoBoundary, NoStart, MultipartInvariantViolationDefect)):
        return Defect.BROKEN_BOUNDARY
    if isinstance(defect, HeaderDefect) or "Header" in name or "Envelope" in name:
        return Defect.BROKEN_HEADERS
    return Defect.BROKEN_BOUNDARY
