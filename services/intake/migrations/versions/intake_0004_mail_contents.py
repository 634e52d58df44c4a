"""By what a mail that arrives again is known: a digest of what it says, and of its Message-ID."""

from alembic import op

from complaints_chassis.migrate import run_script

revision = "intake_0004"
down_revision = "intake_0003"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE mails
    ADD COLUMN content_sha256 text,
    ADD COLUMN message_id_sha256 text;
CREATE INDEX mails_content ON mails (content_sha256);
CREATE INDEX mails_received ON mails (received_at DESC);
"""


def upgrade() -> None:
    run_script(op.get_bind(), TABLES)
