"""A contact can have several cases, a case can end, and people write again."""

from alembic import op

from complaints_chassis.migrate import run_script

revision = "casework_0002"
down_revision = "casework_0001"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE cases
    ADD COLUMN matter text NOT NULL DEFAULT '1',
    ADD COLUMN is_open boolean NOT NULL DEFAULT true,
    ADD COLUMN next_action text,
    ADD COLUMN unread_messages integer NOT NULL DEFAULT 0;
ALTER TABLE cases
    ALTER COLUMN matter DROP DEFAULT,
    ALTER COLUMN is_open DROP DEFAULT,
    ALTER COLUMN unread_messages DROP DEFAULT;
DROP INDEX cases_worklist;
DROP INDEX cases_queue;
CREATE INDEX cases_worklist ON cases (adviser_id, next_do_by, next_due_at) WHERE is_open;
CREATE INDEX cases_queue ON cases (queue, next_do_by, next_due_at) WHERE is_open;
"""


def upgrade() -> None:
    run_script(op.get_bind(), COLUMNS)
