"""What a load generator knows of what it sent: JSON lines, a line each, only ever added."""

from __future__ import annotations

import re
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

TAG: Final = re.compile(r"load[0-9a-f]{6}-[0-9]{6}")
Tag = Annotated[str, StringConstraints(pattern=f"^{TAG.pattern}$")]
"""One word that stands in a contact's words, name and address, and nowhere else: so whoever looks
for tags looks for all that is personal in it."""


class Way(StrEnum):
    """How it was sent."""

    WEB = "web"
    MAIL = "mail"
    FORCE = "force"


class Kind(StrEnum):
    """What it was."""

    CONTACT = "contact"
    REPLY = "reply"
    """A mail with the reference of an earlier contact, by the same person."""
    DUPLICATE = "duplicate"
    """The same request, mail or record as an earlier contact's."""
    POISON = "poison"
    """A record that cannot be read, and must be held."""


class Outcome(StrEnum):
    """What the sender was told: by 202, 250 or the broker's confirmation that it is accepted."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    """No answer came; it may be there, or not."""


class LedgerError(Exception):
    """The ledger cannot be read; the text says which line."""


class Line(BaseModel):
    """One thing that was sent. `of` is what it replies to or repeats.

    `recipient` is the address that an acknowledgement goes to; `body` what a refusal said.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    tag: Tag
    way: Way
    kind: Kind
    of: Tag | None = None
    sent_at: datetime
    answered_at: datetime | None = None
    outcome: Outcome
    reference: str | None = None
    recipient: str | None = None
    status: int | None = None
    body: str | None = None


def read_ledger(path: Path) -> list[Line]:
    """Every line. Raises `LedgerError`."""
    lines = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            lines.append(Line.model_validate_json(text))
        except ValidationError:
            raise LedgerError(
                f"Line {number} of {path} is no line of a ledger. Give the file that"
                " `complaints-local load --ledger` wrote."
            ) from None
    return lines


def tags_in(text: str) -> set[str]:
    """The tags that stand in a text, however they are written."""
    return set(TAG.findall(text.lower()))
