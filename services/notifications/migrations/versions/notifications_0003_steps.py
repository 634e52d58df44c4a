"""Notices of steps of cases, whose words mails repeat, and what is known of a case.

The events that opened the cases before are read, and not read again. But each contact has a case
whose id follows from its own, and we know the contact's reference from its acknowledgement.
"""

from uuid import uuid5

from alembic import op
from sqlalchemy import text

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
    reference text NOT NULL,
    opened_as text
);
"""
KNOWN = "SELECT contact_id, min(reference) AS reference FROM notices GROUP BY contact_id"
BEFORE = "INSERT INTO case_references (case_id, reference) VALUES (:case_id, :reference)"
MATTER = "1"
"""Of a contact: most have one only."""


def upgrade() -> None:
    for script in (NOTICES, MAILS, CASES):
        run_script(op.get_bind(), script)
    known = op.get_bind().execute(text(KNOWN)).all()
    rows = [{"case_id": uuid5(c, MATTER), "reference": reference} for c, reference in known]
    if rows:
        op.get_bind().execute(text(BEFORE), rows)
