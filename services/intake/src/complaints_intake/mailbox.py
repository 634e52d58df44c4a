"""All SQL about mails that arrived: each is kept as it came before anybody is told that it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, Row, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from complaints_chassis.database import transaction
from complaints_chassis.points import point
from complaints_chassis.service import Running
from complaints_intake.domain.mail import Became, Before, Outcome
from complaints_intake.domain.text import clean_line
from complaints_intake.tables import contacts, mails

CHANNEL: Final = "mails"
"""The notification that a mail has come in."""


@dataclass(frozen=True)
class Envelope:
    """Whom a mail was sent by and to; `sender` is none where the mail came as a file."""

    sender: str | None = None
    recipients: tuple[str, ...] = ()

    @property
    def json(self) -> str:
        """As it is stored: without what PostgreSQL could not keep."""
        sender = None if self.sender is None else clean_line(self.sender)
        return json.dumps({"sender": sender, "recipients": [*map(clean_line, self.recipients)]})


@dataclass(frozen=True)
class Waiting:
    """A mail that has still to be read."""

    mail_id: UUID
    seq: int
    subject_id: UUID
    envelope: Envelope
    raw: bytes
    raw_sha256: str
    received_at: datetime


@dataclass(frozen=True)
class Digests:
    """By what a mail is known when it comes again; the bytes stand for a Message-ID it has not."""

    content: str
    message_id: str


# What the same sender sends again keeps its row: they were not told that we have it.
KNOWN: Final = """
SELECT mail_id FROM mails WHERE sent_sha256 = :sent AND (became = 'RETURNED'
    OR (envelope -> 'recipients') @> (CAST(:envelope AS jsonb) -> 'recipients'))
ORDER BY seq LIMIT 1
"""

# A copy for another of our addresses is the same mail until it is read; then it has its own row.
KEEP: Final = """
INSERT INTO mails
    (mail_id, raw_sha256, sent_sha256, subject, envelope, raw, received_at, became)
VALUES
    (:mail_id, :digest, :sent, :subject, CAST(:envelope AS jsonb), :raw, :now, 'WAITING')
ON CONFLICT (sent_sha256) WHERE became = 'WAITING'
DO UPDATE SET envelope = mails.envelope || jsonb_build_object('recipients',
    (SELECT coalesce(jsonb_agg(DISTINCT recipient), '[]') FROM jsonb_array_elements(
        (mails.envelope -> 'recipients') || (excluded.envelope -> 'recipients')) AS recipient))
RETURNING mail_id
"""

NEXT: Final = """
SELECT mail_id, seq, subject, envelope, raw, raw_sha256, received_at FROM mails
WHERE became = 'WAITING' AND mail_id <> ALL(CAST(:besides AS uuid[])) ORDER BY seq LIMIT 1
"""

LOCK: Final = """
SELECT envelope FROM mails WHERE mail_id = :mail_id AND became = 'WAITING' FOR UPDATE
"""

BEFORE: Final = """
SELECT became, contact_id, subject, received_at, message_id_sha256 FROM mails
WHERE content_sha256 = :content AND became IN ('CONTACT', 'MESSAGE', 'DUPLICATE') ORDER BY seq
"""

# A report names somebody that we cannot tell from here, whom erasing would not reach (S11).
WAS_READ: Final = """
UPDATE mails SET raw = NULL, became = :became, contact_id = :contact_id, subject = :subject,
    content_sha256 = :content, message_id_sha256 = :message_id, envelope =
    CASE :became WHEN 'RETURNED' THEN '{"sender": null, "recipients": []}' ELSE envelope END
WHERE mail_id = :mail_id
"""


async def keep_mail(run: Running, raw: bytes, envelope: Envelope) -> UUID:
    """Keeps a mail as it came, committed when it returns; the same from its sender again keeps its
    id.

    Raises:
        Transient: the database is away; nothing was kept.
    """
    digest = hashlib.sha256(raw).hexdigest()
    row = {
        "mail_id": uuid4(),
        "digest": digest,
        "sent": _sent_sha256(digest, envelope),
        "subject": str(uuid4()),
        "envelope": envelope.json,
        "raw": raw,
        "now": run.clock.now(),
    }

    async def once(connection: AsyncConnection) -> UUID:
        if known := await connection.scalar(text(KNOWN), row):
            return UUID(str(known))
        mail_id: UUID = (await connection.execute(text(KEEP), row)).scalar_one()
        await connection.execute(text(f"SELECT pg_notify('{CHANNEL}', '')"))
        point("mail.before-commit")
        return mail_id

    mail_id = await transaction(run.engine, once, run.service.name)
    point("mail.after-commit")
    return mail_id


def _sent_sha256(raw_sha256: str, envelope: Envelope) -> str:
    """The same for the same bytes from the same sender; from a file they have none."""
    sender = "" if envelope.sender is None else f" {clean_line(envelope.sender)}"
    return hashlib.sha256(f"{raw_sha256}{sender}".encode()).hexdigest()


async def next_mail(connection: AsyncConnection, besides: Collection[UUID]) -> Waiting | None:
    """The mail that has waited longest, but for those that are tried again later."""
    async with connection.begin():
        row = (await connection.execute(text(NEXT), {"besides": list(besides)})).first()
    if row is None:
        return None
    return Waiting(
        mail_id=row.mail_id,
        seq=row.seq,
        subject_id=UUID(row.subject),
        envelope=_envelope(row.envelope),
        raw=row.raw,
        raw_sha256=row.raw_sha256,
        received_at=row.received_at,
    )


async def lock_mail(connection: AsyncConnection, mail_id: UUID) -> Envelope | None:
    """The envelope of a mail that still waits, for the caller's transaction alone; none where it
    was read or erased."""
    row = (await connection.execute(text(LOCK), {"mail_id": mail_id})).first()
    return _envelope(row.envelope) if row else None


def _envelope(stored: dict[str, Any]) -> Envelope:
    return Envelope(stored["sender"], tuple(stored["recipients"]))


async def mails_before(connection: AsyncConnection, digests: Digests) -> list[Before]:
    """Mails with the same contents that were read before, the first one first."""
    found = await connection.execute(text(BEFORE), {"content": digests.content})
    return [
        Before(
            became=Became(row.became),
            contact_id=row.contact_id,
            person_id=UUID(row.subject),
            received_at=row.received_at,
            same_message_id=row.message_id_sha256 == digests.message_id,
        )
        for row in found
    ]


async def mark_read(
    connection: AsyncConnection, mail_id: UUID, digests: Digests, outcome: Outcome
) -> None:
    """Says what a mail became; its bytes are in the files store by now."""
    await connection.execute(
        text(WAS_READ),
        {
            "mail_id": mail_id,
            "became": outcome.became,
            "contact_id": outcome.contact_id,
            "subject": str(outcome.person_id),
            "content": digests.content,
            "message_id": digests.message_id,
        },
    )


async def contacts_named(connection: AsyncConnection, references: Sequence[str]) -> dict[str, UUID]:
    """The ids of the contacts that there are, by reference."""
    query = select(contacts.c.reference, contacts.c.contact_id)
    found = await connection.execute(query.where(contacts.c.reference.in_(references)))
    return {row.reference: row.contact_id for row in found}


async def count_waiting(connection: AsyncConnection, since: datetime) -> int:
    """How many mails came before `since` and have not been read."""
    query = "SELECT count(*) FROM mails WHERE became = 'WAITING' AND received_at < :since"
    async with connection.begin():
        found: int = (await connection.execute(text(query), {"since": since})).scalar_one()
    return found


_SHOWN: Final[tuple[ColumnElement[Any], ...]] = (
    mails.c.mail_id,
    mails.c.received_at,
    mails.c.became,
    mails.c.contact_id,
    contacts.c.reference,
)
_WITH_CONTACT: Final = mails.outerjoin(contacts, contacts.c.contact_id == mails.c.contact_id)


async def find_mail(engine: AsyncEngine, mail_id: UUID) -> Row[Any] | None:
    """What a mail became, and the reference of the contact it is part of; nothing personal."""
    query = select(*_SHOWN).select_from(_WITH_CONTACT).where(mails.c.mail_id == mail_id)
    async with engine.connect() as connection:
        return (await connection.execute(query)).first()


async def latest_mails(engine: AsyncEngine, limit: int = 50) -> list[Row[Any]]:
    """Those that wait, the longest first, and then the others, the latest first."""
    waits = mails.c.became == Became.WAITING
    query = select(*_SHOWN).select_from(_WITH_CONTACT).limit(limit)
    async with engine.connect() as connection:
        waiting = await connection.execute(query.where(waits).order_by(mails.c.seq))
        read = await connection.execute(query.where(~waits).order_by(mails.c.received_at.desc()))
        return [*waiting, *read]
