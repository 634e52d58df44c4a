"""Reads the mail sink, and looks for tags in logs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from email import policy
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Final

from complaints_local.mailbox import Mail, Mailbox
from complaints_local.reconcile.evidence import SinkMail
from complaints_local.reconcile.ledger import tags_in

_HEADERS: Final = BytesHeaderParser(policy=policy.default)


def sink_mail(mail: Mail) -> SinkMail:
    """A mail as it is judged."""
    return SinkMail(
        name=str(mail.number),
        received_at=mail.received_at,
        message_id=str(_HEADERS.parsebytes(mail.content)["Message-ID"]),
        recipients=tuple(address.lower() for address in mail.recipients),
        digest=hashlib.sha256(mail.content).hexdigest(),
    )


def read_folder(folder: Path) -> tuple[SinkMail, ...]:
    """The mails in a mailbox's folder."""
    return tuple(sink_mail(mail) for mail in Mailbox(folder).mails())


def read_logs(folders: Sequence[Path]) -> dict[str, frozenset[str]]:
    """The tags in each file that is directly in one of the folders."""
    return {
        str(path): frozenset(tags_in(path.read_text(encoding="utf-8", errors="replace")))
        for folder in folders
        for path in sorted(folder.iterdir())
        if path.is_file()
    }
