"""A contact can hold several matters, each sorted by itself; and somebody may say what it is."""

from alembic import op

from complaints_chassis.migrate import run_script

revision = "triage_0002"
down_revision = "triage_0001"
branch_labels = None
depends_on = None

MATTERS = """
ALTER TABLE sortings ADD COLUMN matter text NOT NULL DEFAULT '1', ADD COLUMN declared text;
ALTER TABLE sortings DROP CONSTRAINT sortings_pkey, ADD PRIMARY KEY (stream, matter);
ALTER TABLE sortings ALTER COLUMN matter DROP DEFAULT;
"""


def upgrade() -> None:
    run_script(op.get_bind(), MATTERS)
