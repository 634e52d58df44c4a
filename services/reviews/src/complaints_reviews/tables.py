"""Reviews' read tables, and our copies of casework's facts, one table for each kind of fact.

Of these only `copied_people` holds personal data.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, Date, DateTime, Integer, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

metadata: Final = MetaData()
INSTANT: Final = DateTime(timezone=True)

reviews: Final = Table(
    "reviews",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("review_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False),
    Column("contact_id", Uuid, nullable=False),
    Column("reference", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("received_at", INSTANT, nullable=False),
    Column("state", Text, nullable=False),
    Column("declared", Boolean, nullable=False),
    Column("urgency", Text, nullable=False),
    Column("risks", JSONB, nullable=False),
    Column("why", Text),
    Column("case_id", Uuid),
    Column("case_reference", Text),
    Column("matched_by", Text),
    Column("acknowledgement", Text, nullable=False),
    Column("instead", Text),
    Column("acknowledge_by", Date),
    Column("complete_by", Date),
    Column("messages", Integer, nullable=False),
)

mentions: Final = Table(
    "mentions",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("reference", Text, primary_key=True),
)
"""The references of ours that an application names."""

copied_cases: Final = Table(
    "copied_cases",
    metadata,
    Column("case_id", Uuid, primary_key=True),
    Column("contact_id", Uuid, nullable=False),
    Column("reference", Text, nullable=False),
    Column("matter", Text, nullable=False),
    Column("contact_type", Text, nullable=False),
    Column("received_at", INSTANT, nullable=False),
)

copied_people: Final = Table(
    "copied_people",
    metadata,
    Column("case_id", Uuid, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("acts", Boolean, nullable=False),
    Column("name", Text),
    Column("email", Text),
    Column("telephone", Text),
    Column("place", Text),
)
"""The persons of cases, as they are recognised (`domain.identity`)."""

copied_allocations: Final = Table(
    "copied_allocations",
    metadata,
    Column("case_id", Uuid, primary_key=True),
    Column("adviser_id", Text, primary_key=True),
)
"""Everybody who was ever a case's adviser (R50)."""

copied_advisers: Final = Table(
    "copied_advisers",
    metadata,
    Column("case_id", Uuid, primary_key=True),
    Column("adviser_id", Text, nullable=False),
)
"""The adviser whom a case was given last."""
