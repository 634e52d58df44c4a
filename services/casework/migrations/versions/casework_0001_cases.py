"""Cases and their actions, for worklists, pages and the count of each adviser's cases."""

from alembic import op

from complaints_chassis.migrate import run_script

revision = "casework_0001"
down_revision = None
branch_labels = ("casework",)
depends_on = "chassis_0001"

TABLES = """
CREATE TABLE cases (
    stream text PRIMARY KEY,
    case_id uuid NOT NULL,
    version integer NOT NULL,
    contact_id uuid NOT NULL,
    reference text NOT NULL,
    channel text NOT NULL,
    contact_type text NOT NULL,
    queue text NOT NULL,
    urgency text NOT NULL,
    risks jsonb NOT NULL,
    prompts integer NOT NULL,
    received_at timestamptz NOT NULL,
    status text NOT NULL,
    adviser_id text,
    named jsonb NOT NULL,
    acknowledgement text NOT NULL,
    next_clock text,
    next_due_at timestamptz,
    next_do_by date,
    open_actions integer NOT NULL
);
CREATE INDEX cases_case ON cases (case_id);
CREATE INDEX cases_contact ON cases (contact_id);
CREATE INDEX cases_reference ON cases (reference);
CREATE INDEX cases_worklist ON cases (adviser_id, next_do_by, next_due_at);
CREATE INDEX cases_queue ON cases (queue, next_do_by, next_due_at);

CREATE TABLE actions (
    stream text NOT NULL,
    number integer NOT NULL,
    case_id uuid NOT NULL,
    kind text NOT NULL,
    reason text NOT NULL,
    due_at timestamptz,
    done boolean NOT NULL,
    PRIMARY KEY (stream, number)
);
CREATE INDEX actions_open ON actions (kind, due_at) WHERE NOT done;
"""


def upgrade() -> None:
    run_script(op.get_bind(), TABLES)
