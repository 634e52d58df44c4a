"""Our copies of casework's facts about cases."""

from alembic import op

from complaints_chassis.migrate import run_script

revision = "reviews_0001"
down_revision = None
branch_labels = ("reviews",)
depends_on = "chassis_0001"

TABLES = """
CREATE TABLE copied_cases (
    case_id uuid PRIMARY KEY,
    reference text NOT NULL,
    contact_type text NOT NULL,
    received_at timestamptz NOT NULL
);
CREATE INDEX copied_cases_received ON copied_cases (received_at DESC);

CREATE TABLE copied_allocations (
    case_id uuid PRIMARY KEY,
    adviser_id text NOT NULL
);
"""


def upgrade() -> None:
    run_script(op.get_bind(), TABLES)
