"""Everybody who was ever a case's adviser, and the one it has now.

What is known stays. Earlier advisers come with `complaints-casework republish`; until then new
events of cases wait.
"""

from alembic import op

from complaints_chassis.migrate import run_script

revision = "reviews_0003"
down_revision = "reviews_0002"
branch_labels = None
depends_on = None

TABLES = """
DELETE FROM progress WHERE topic = 'complaints.cases.v1';

CREATE TABLE copied_advisers (
    case_id uuid PRIMARY KEY,
    adviser_id text NOT NULL
);
INSERT INTO copied_advisers SELECT case_id, adviser_id FROM copied_allocations;

ALTER TABLE copied_allocations DROP CONSTRAINT copied_allocations_pkey;
ALTER TABLE copied_allocations ADD PRIMARY KEY (case_id, adviser_id);
CREATE INDEX copied_cases_contact ON copied_cases (contact_id);
"""


def upgrade() -> None:
    run_script(op.get_bind(), TABLES)
