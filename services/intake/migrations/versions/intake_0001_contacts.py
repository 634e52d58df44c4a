"""Contacts, for pages; forms that are being filled in; files that wait for a contact."""

from alembic import op

from complaints_chassis.migrate import run_script

revision = "intake_0001"
down_revision = None
branch_labels = ("intake",)
depends_on = "chassis_0001"

TABLES = """
CREATE TABLE contacts (
    stream text PRIMARY KEY,
    contact_id uuid NOT NULL UNIQUE,
    reference text NOT NULL UNIQUE,
    channel text NOT NULL,
    received_at timestamptz NOT NULL,
    anonymous boolean NOT NULL,
    attachments integer NOT NULL,
    suspicions text NOT NULL
);
CREATE INDEX contacts_received ON contacts (received_at DESC);
CREATE TABLE drafts (
    token_sha256 text PRIMARY KEY,
    subject text NOT NULL,
    contact_id uuid NOT NULL,
    version integer NOT NULL,
    answers jsonb NOT NULL,
    started_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX drafts_subject ON drafts (subject);
CREATE INDEX drafts_expires ON drafts (expires_at);
CREATE TABLE uploads (
    sha256 text PRIMARY KEY,
    kept_until timestamptz NOT NULL
);
CREATE INDEX uploads_kept ON uploads (kept_until);
"""


def upgrade() -> None:
    run_script(op.get_bind(), TABLES)
