"""Notices of steps of cases, whose words mails repeat, and by which reference a case is known."""

from alembic import op

from complaints_chassis.migrate import run_script

revision = "notifications_0003"
down_revision = "notifications_0002"
branch_labels = None
depends_on = None

NOTICES = """
ALTER TABLE notices
    ADD COLUMN case_id uuid,
    ADD COLUMN step_id uuid,
    ADD COLUMN step text,
    ADD COLUMN last_day date;
CREATE INDEX notices_case ON notices (case_id) WHERE case_id IS NOT NULL;
"""

MAILS = """
ALTER TABLE mails
    ADD COLUMN words_of text,
    ADD COLUMN is_step boolean NOT NULL DEFAULT false;
CREATE INDEX mails_words_of ON mails (words_of) WHERE words_of IS NOT NULL;
CREATE VIEW mails_with_words AS SELECT words_of AS subject FROM mails WHERE words_of IS NOT NULL;
"""

CASES = """
CREATE TABLE case_references (
    case_id uuid PRIMARY KEY,
    reference text NOT NULL
);
"""


def upgrade() -> None:
    for script in (NOTICES, MAILS, CASES):
        run_script(op.get_bind(), script)
