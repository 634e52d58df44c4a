"""What came back of a notice, found by the token in its mail; and when a review is completed."""

from alembic import op

from complaints_chassis.migrate import run_script

revision = "notifications_0002"
down_revision = "notifications_0001"
branch_labels = None
depends_on = None

COLUMNS = """
ALTER TABLE notices
    ADD COLUMN complete_by timestamptz,
    ADD COLUMN token text,
    ADD COLUMN returned text,
    ADD COLUMN returned_status text;
CREATE UNIQUE INDEX notices_token ON notices (token);
"""


def upgrade() -> None:
    run_script(op.get_bind(), COLUMNS)
