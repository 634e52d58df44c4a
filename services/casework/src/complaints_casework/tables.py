"""Casework's read tables. Nothing in them is personal data."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, Date, DateTime, Integer, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

metadata: Final = MetaData()
INSTANT: Final = DateTime(timezone=True)

cases: Final = Table(
    "cases",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("case_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("contact_id", Uuid, nullable=False),
    Column("matter", Text, nullable=False),
    Column("reference", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("contact_type", Text, nullable=False),
    Column("queue", Text, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("risks", JSONB, nullable=False),
    Column("prompts", Integer, nullable=False),
    Column("received_at", INSTANT, nullable=False),
    Column("status", Text, nullable=False),
    Column("touched_at", INSTANT),
    Column("restricted", Boolean, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("adviser_id", Text),
    Column("named", JSONB, nullable=False),
    Column("acknowledgement", Text, nullable=False),
    Column("next_clock", Text),
    Column("next_action", Text),
    Column("next_due_at", INSTANT),
    Column("next_do_by", Date),
    Column("open_actions", Integer, nullable=False),
    Column("unread_messages", Integer, nullable=False),
)

actions: Final = Table(
    "actions",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("case_id", Uuid, nullable=False),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("due_at", INSTANT),
    Column("done", Boolean, nullable=False),
)
