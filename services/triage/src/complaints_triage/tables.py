"""Triage's read tables."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, DateTime, Integer, MetaData, Table, Text, Uuid

metadata: Final = MetaData()

sortings: Final = Table(
    "sortings",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("matter", Text, primary_key=True),
    Column("contact_id", Uuid, nullable=False),
    Column("reference", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
    Column("declared", Text),
    Column("contact_type", Text, nullable=False),
    Column("queue", Text, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("prompts", Integer, nullable=False),
)
