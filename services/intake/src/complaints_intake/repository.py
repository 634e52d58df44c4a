"""Intake's streams, and everything it writes beside the journal."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from complaints_chassis.aggregate import Aggregate, Rows
from complaints_chassis.database import insert_many, lock
from complaints_contracts.contacts import ContactEvent, ContactPersonErased
from complaints_intake.domain.answers import Answers, Kind
from complaints_intake.domain.contact import Contact, evolve
from complaints_intake.domain.likeness import likeness_of
from complaints_intake.tables import contacts, drafts, people, uploads


def project(_: str, contact: Contact) -> Rows:
    """A row for each contact, without anything personal, and one for each person known in it."""
    received = contact.received
    if received is None:
        return {}
    return {
        people: [
            {
                "subject": str(person.id),
                "contact_id": received.contact_id,
                "reference": received.reference,
                "received_at": received.received_at,
                **likeness,
            }
            for person in received.persons
            if any((likeness := likeness_of(person)).values())
        ],
        contacts: [
            {
                "contact_id": received.contact_id,
                "reference": received.reference,
                "channel": received.channel,
                "received_at": received.received_at,
                "anonymous": received.anonymous,
                "attachments": len(received.attachments),
                "suspicions": " ".join(contact.suspicions),
                "made_at": received.made_at,
                "declared": received.declared,
                "taken_by": received.taken_by,
            }
        ],
    }


CONTACTS: Final = Aggregate(
    "contact",
    Contact(),
    evolve,
    project=project,
    tables=(contacts, people),
    erased=lambda id, person: ContactPersonErased(contact_id=id, person_id=person),
    publishes=ContactEvent,
)


DRAFT_KEPT: Final = timedelta(hours=24)


@dataclass(frozen=True)
class Draft:
    """A form that is being filled in, or that was sent within the last day.

    Only the browser has the token; who reads the table cannot take a form over.
    """

    token: str
    person_id: UUID
    contact_id: UUID
    version: int
    answers: Answers
    started_at: datetime
    expires_at: datetime

    def row(self, answers: Answers) -> dict[str, Any]:
        """Its row with `answers`, one version on."""
        return {
            "token_sha256": _digest(self.token),
            "subject": str(self.person_id),
            "contact_id": self.contact_id,
            "version": self.version + 1,
            "answers": answers.model_dump_json(),
            "started_at": self.started_at,
            "expires_at": self.expires_at,
        }


def new_draft(kind: Kind, now: datetime) -> Draft:
    """An empty form; nothing is written before it is changed."""
    token, expires_at = secrets.token_urlsafe(32), now + DRAFT_KEPT
    return Draft(token, uuid4(), uuid4(), 0, Answers(kind=kind), now, expires_at)


async def find_draft(engine: AsyncEngine, token: str, now: datetime) -> Draft | None:
    """The form that a browser is filling in, unless it is too old."""
    async with engine.connect() as connection:
        return await _find(connection, token, now)


async def change_draft(
    engine: AsyncEngine, draft: Draft, change: Callable[[Answers], Answers], now: datetime
) -> Draft:
    """Applies a page's answers to what the form holds by now; two windows take turns.

    A form that was sent does not change any more.
    """
    async with engine.begin() as connection:
        await lock(connection, draft.token)
        current = await _find(connection, draft.token, now) or draft
        if current.answers.sent:
            return current
        row = current.row(change(current.answers))
        suffix = (
            "ON CONFLICT (token_sha256) DO UPDATE"
            " SET version = excluded.version, answers = excluded.answers"
        )
        await insert_many(connection, drafts, [row], suffix)
        found = await _find(connection, draft.token, now)
    assert found
    return found


async def clear_drafts(connection: AsyncConnection, now: datetime) -> None:
    """Deletes forms that were not sent in time."""
    async with connection.begin():
        await connection.execute(text("DELETE FROM drafts WHERE expires_at < :now"), {"now": now})


WANTED_FILES: Final = (
    "EXISTS (SELECT 1 FROM drafts d WHERE d.expires_at >= :now"
    " AND strpos(CAST(d.answers AS text), f.sha256) > 0)"
)
"""Which files `f`, by their digest, somebody is about to send, whoever else is erased."""


async def note_upload(engine: AsyncEngine, sha256: str, kept_until: datetime) -> None:
    """Says that a file is about to be kept; one that was about to be swept is not."""
    async with engine.begin() as connection:
        await lock(connection, sha256)
        suffix = (
            "ON CONFLICT (sha256)"
            " DO UPDATE SET kept_until = greatest(uploads.kept_until, excluded.kept_until)"
        )
        row = {"sha256": sha256, "kept_until": kept_until}
        await insert_many(connection, uploads, [row], suffix)


async def expired_uploads(connection: AsyncConnection, now: datetime) -> list[str]:
    """Some of the files that are no longer kept for a contact to come."""
    query = text("SELECT sha256 FROM uploads WHERE kept_until < :now LIMIT 20")
    async with connection.begin():
        return list(await connection.scalars(query, {"now": now}))


async def forget_upload(connection: AsyncConnection, sha256: str, now: datetime) -> bool:
    """Drops the note of an expired file; whether no contact names it, so that it can go.

    In the caller's transaction, which keeps others from noting the same file until it ends.
    """
    await lock(connection, sha256)
    gone = await connection.scalar(
        text(
            "DELETE FROM uploads WHERE sha256 = :sha256 AND kept_until < :now"
            " RETURNING NOT EXISTS (SELECT 1 FROM files WHERE files.sha256 = uploads.sha256)"
        ),
        {"sha256": sha256, "now": now},
    )
    return bool(gone)


async def next_unfiled(connection: AsyncConnection) -> Row[Any] | None:
    """A file that is not in the store yet: `sha256` and `content`. Whoever has it must file it.

    In the caller's transaction, which keeps others from filing, sweeping or erasing it.
    """
    query = (
        "WITH next AS MATERIALIZED"  # else it may be run again for each row, and take them all
        " (SELECT sha256, subject FROM unfiled LIMIT 1 FOR UPDATE SKIP LOCKED)"
        " DELETE FROM unfiled USING next"
        " WHERE unfiled.sha256 = next.sha256 AND unfiled.subject = next.subject"
        " RETURNING unfiled.sha256, unfiled.content"
    )
    row = (await connection.execute(text(query))).first()
    if row:
        await lock(connection, row.sha256)
    return row


async def _find(connection: AsyncConnection, token: str, now: datetime) -> Draft | None:
    chosen = (drafts.c.token_sha256 == _digest(token)) & (drafts.c.expires_at > now)
    row = (await connection.execute(select(drafts).where(chosen))).first()
    if row is None:
        return None
    return Draft(
        token=token,
        person_id=UUID(row.subject),
        contact_id=row.contact_id,
        version=row.version,
        answers=Answers.model_validate(row.answers),
        started_at=row.started_at,
        expires_at=row.expires_at,
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
