"""Notifications' read table, the send ledger, and what we keep of cases."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Boolean, Column, Date, DateTime, Integer, MetaData, Table, Text, Uuid

metadata: Final = MetaData()
INSTANT: Final = DateTime(timezone=True)

notices: Final = Table(
    "notices",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("notice_id", Uuid, nullable=False),
    Column("contact_id", Uuid, nullable=False),
    Column("reference", Text, nullable=False),
    Column("purpose", Text, nullable=False),
    Column("case_id", Uuid),
    Column("step_id", Uuid),
    Column("step", Text),
    Column("medium", Text),
    Column("state", Text, nullable=False),
    Column("reason", Text),
    Column("instead", Text),
    Column("is_task", Boolean, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("uncertain", Boolean, nullable=False),
    Column("opened_at", INSTANT, nullable=False),
    Column("call_by", INSTANT),
    Column("complete_by", INSTANT),
    Column("last_day", Date),
    Column("token", Text),
    Column("returned", Text),
    Column("returned_status", Text),
)

mails: Final = Table(
    "mails",
    metadata,
    Column("notice_id", Uuid, primary_key=True),
    Column("subject", Text, nullable=False),
    Column("words_of", Text),
    Column("is_step", Boolean, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("queued_at", INSTANT, nullable=False),
    Column("next_at", INSTANT, nullable=False),
    Column("lost", Integer, nullable=False),
)
"""What a queued mail is written with; the worker alone changes and fills in the rest."""

mails_with_words: Final = Table("mails_with_words", metadata, Column("subject", Text))
"""The same mails by the person whose words they repeat, where that is not who they are for."""

case_references: Final = Table(
    "case_references",
    metadata,
    Column("case_id", Uuid, primary_key=True),
    Column("reference", Text, nullable=False),
    Column("opened_as", Text),
)
"""By which reference the person knows a case: what another one that is merged with it names. And
what it was taken for when it was opened, where we heard of that."""
