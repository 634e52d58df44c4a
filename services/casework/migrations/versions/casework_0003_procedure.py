"""A case says when something last happened on it, and whether few may see it."""

from alembic import op

from complaints_chassis.migrate import run_script

revision = "casework_0003"
down_revision = "casework_0002"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE cases
    ADD COLUMN touched_at timestamptz,
    ADD COLUMN restricted boolean NOT NULL DEFAULT false;
ALTER TABLE cases ALTER COLUMN restricted DROP DEFAULT;
UPDATE cases SET
    touched_at = received_at,
    restricted = contact_type = 'STAFF_COMPLAINT' OR named <> '[]'::jsonb;
CREATE INDEX cases_status ON cases (status, next_do_by, next_due_at);
"""


def upgrade() -> None:
    run_script(op.get_bind(), COLUMNS)
