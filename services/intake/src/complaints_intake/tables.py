"""Intake's read table, and what it keeps while a form is being filled in."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, DateTime, Integer, LargeBinary, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

metadata: Final = MetaData()

contacts: Final = Table(
    "contacts",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("contact_id", Uuid, nullable=False),
    Column("reference", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("anonymous", Boolean, nullable=False),
    Column("attachments", Integer, nullable=False),
    Column("suspicions", Text, nullable=False),
    Column("made_at", DateTime(timezone=True)),
    Column("declared", Text),
    Column("taken_by", Text),
)

people: Final = Table(
    "people",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("contact_id", Uuid, nullable=False),
    Column("reference", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("telephone", Text, nullable=False),
    Column("postcode", Text, nullable=False),
)
"""Who was in which contact, as `likeness` compares them. Erasing a person deletes their rows."""

drafts: Final = Table(
    "drafts",
    metadata,
    Column("token_sha256", Text, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("contact_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("answers", JSONB, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
)
"""Forms that are being filled in. `subject` is the person: erasing them deletes the row."""

unfiled: Final = Table(
    "unfiled",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
"""Files that events name and that are not in the files store yet: no handler writes there."""

uploads: Final = Table(
    "uploads",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("kept_until", DateTime(timezone=True), nullable=False),
)
"""Files that no contact names yet, and until when they are kept for one that may."""

mails: Final = Table(
    "mails",
    metadata,
    Column("mail_id", Uuid, primary_key=True),
    Column("seq", Integer, nullable=False),
    Column("raw_sha256", Text, nullable=False),
    Column("sent_sha256", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("envelope", JSONB, nullable=False),
    Column("raw", LargeBinary),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("became", Text, nullable=False),
    Column("contact_id", Uuid),
    Column("content_sha256", Text),
    Column("message_id_sha256", Text),
)
"""Mails that arrived, `raw` until they were read. `subject` is the person, minted on arrival until
one is known: erasing them deletes the row."""
