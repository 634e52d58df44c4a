"""Mails that arrived: kept as they came before the sender is told so, and read afterwards."""

from alembic import op

from complaints_chassis.migrate import run_script

revision = "intake_0002"
down_revision = "intake_0001"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE mails (
    mail_id uuid PRIMARY KEY,
    seq bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) UNIQUE,
    raw_sha256 text NOT NULL UNIQUE,
    subject text NOT NULL,
    envelope jsonb NOT NULL,
    raw bytea,
    received_at timestamptz NOT NULL,
    became text NOT NULL,
    contact_id uuid
);
CREATE INDEX mails_waiting ON mails (seq) WHERE became = 'WAITING';
CREATE INDEX mails_subject ON mails (subject);
CREATE INDEX mails_contact ON mails (contact_id);
"""


def upgrade() -> None:
    run_script(op.get_bind(), TABLES)
