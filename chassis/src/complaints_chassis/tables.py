"""The chassis' tables, the same in every service's database (architecture 3)."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

metadata: Final = MetaData()
INSTANT: Final = DateTime(timezone=True)

journal: Final = Table(
    "journal",
    metadata,
    Column("seq", BigInteger, primary_key=True),
    Column("stream", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("event_id", Uuid, nullable=False),
    Column("type", Text, nullable=False),
    Column("occurred_at", INSTANT, nullable=False),
    Column("actor", Text, nullable=False),
    Column("rule", Text, nullable=False),
    Column("topic", Text),
    Column("sequence", BigInteger),
    Column("headers", JSONB, nullable=False),
    Column("record", LargeBinary, nullable=False),
    Column("prev_hash", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)

personal: Final = Table(
    "personal",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("salt", LargeBinary, nullable=False),
    Column("bytes", LargeBinary, nullable=False),
)

files: Final = Table(
    "files",
    metadata,
    Column("event_id", Uuid, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("sha256", Text, primary_key=True),
    Column("condemned", Boolean, nullable=False),
)

unpublished: Final = Table(
    "unpublished",
    metadata,
    Column("seq", BigInteger, primary_key=True),
    Column("stream", Text, nullable=False),
    Column("topic", Text),
    Column("attempts", Integer, nullable=False),
    Column("not_before", INSTANT),
)

seals: Final = Table(
    "seals",
    metadata,
    Column("number", BigInteger, primary_key=True),
    Column("sealed_at", INSTANT, nullable=False),
    Column("seqs", ARRAY(BigInteger), nullable=False),
    Column("previous", LargeBinary, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("published", Boolean, nullable=False),
)

progress: Final = Table(
    "progress",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("stream", Text, primary_key=True),
    Column("sequence", BigInteger, primary_key=True),
    Column("event_id", Uuid, nullable=False),
)

offsets: Final = Table(
    "offsets",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("next_offset", BigInteger, nullable=False),
)
"""How far each partition has been read, as of the same moment as everything else here."""

held: Final = Table(
    "held",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("partition", Integer, nullable=False),
    Column("record_offset", BigInteger, nullable=False),
    Column("record_time", BigInteger, nullable=False),
    Column("stream", Text),
    Column("sequence", BigInteger),
    Column("waits_for", Text),
    Column("key", LargeBinary),
    Column("value", LargeBinary),
    Column("headers", JSONB, nullable=False),
    Column("held_at", INSTANT, nullable=False),
    Column("alarmed_at", INSTANT),
)

inbox: Final = Table(
    "inbox",
    metadata,
    Column("key", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("answer", JSONB, nullable=False),
    Column("answered_at", INSTANT, nullable=False),
)

timers: Final = Table(
    "timers",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("due_at", INSTANT, nullable=False),
    Column("law_version", Text, nullable=False),
)

pauses: Final = Table(
    "pauses",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("record_offset", BigInteger),
    Column("reason", Text, nullable=False),
    Column("paused_at", INSTANT, nullable=False),
    Column("skip_to", BigInteger),
)
