"""Our copies of casework's facts, one table for each kind. Nothing in them is personal data."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, DateTime, MetaData, Table, Text, Uuid

metadata: Final = MetaData()

copied_cases: Final = Table(
    "copied_cases",
    metadata,
    Column("case_id", Uuid, primary_key=True),
    Column("reference", Text, nullable=False),
    Column("contact_type", Text, nullable=False),
    Column("received_at", DateTime(timezone=True), nullable=False),
)

copied_allocations: Final = Table(
    "copied_allocations",
    metadata,
    Column("case_id", Uuid, primary_key=True),
    Column("adviser_id", Text, nullable=False),
)
