"""Files that were decided in a transaction and are not in the files store yet."""

from alembic import op

from complaints_chassis.migrate import run_script

revision = "intake_0005"
down_revision = "intake_0004"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE unfiled (
    sha256 text NOT NULL,
    subject text NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (sha256, subject)
);
CREATE INDEX unfiled_subject ON unfiled (subject);
"""


def upgrade() -> None:
    run_script(op.get_bind(), TABLES)
