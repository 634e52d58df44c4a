"""The same bytes are the same mail from the same sender only, and until they are read."""

from alembic import op

from complaints_chassis.migrate import run_script

revision = "intake_0006"
down_revision = "intake_0005"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE mails ADD COLUMN sent_sha256 text;
UPDATE mails SET sent_sha256 = encode(sha256(convert_to(
    raw_sha256 || coalesce(' ' || (envelope ->> 'sender'), ''), 'UTF8')), 'hex');
UPDATE mails SET envelope = '{"sender": null, "recipients": []}' WHERE became = 'RETURNED';
ALTER TABLE mails ALTER COLUMN sent_sha256 SET NOT NULL;
ALTER TABLE mails DROP CONSTRAINT mails_raw_sha256_key;
CREATE UNIQUE INDEX mails_sent_waiting ON mails (sent_sha256) WHERE became = 'WAITING';
CREATE INDEX mails_sent ON mails (sent_sha256);
"""


def upgrade() -> None:
    run_script(op.get_bind(), TABLES)
