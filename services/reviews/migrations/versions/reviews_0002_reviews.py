"""Reviews, and what they are matched to cases by.

The copies of cases get what they did not have, so they are forgotten with their progress, and
come back with `complaints-casework republish`. Until then new events of cases wait.
"""

from alembic import op

from complaints_chassis.migrate import run_script

revision = "reviews_0002"
down_revision = "reviews_0001"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE reviews (
    stream text PRIMARY KEY,
    review_id uuid NOT NULL,
    version integer NOT NULL,
    contact_id uuid NOT NULL,
    reference text NOT NULL,
    channel text NOT NULL,
    received_at timestamptz NOT NULL,
    state text NOT NULL,
    declared boolean NOT NULL,
    urgency text NOT NULL,
    risks jsonb NOT NULL,
    why text,
    case_id uuid,
    case_reference text,
    matched_by text,
    acknowledgement text NOT NULL,
    instead text,
    acknowledge_by date,
    complete_by date,
    messages integer NOT NULL
);
CREATE INDEX reviews_review ON reviews (review_id);
CREATE INDEX reviews_due ON reviews (complete_by, received_at);

CREATE TABLE mentions (
    stream text NOT NULL,
    reference text NOT NULL,
    PRIMARY KEY (stream, reference)
);
CREATE INDEX mentions_reference ON mentions (reference);

DELETE FROM progress WHERE topic = 'complaints.cases.v1';
DROP TABLE copied_cases, copied_allocations;

CREATE TABLE copied_cases (
    case_id uuid PRIMARY KEY,
    contact_id uuid NOT NULL,
    reference text NOT NULL,
    matter text NOT NULL,
    contact_type text NOT NULL,
    received_at timestamptz NOT NULL
);
CREATE INDEX copied_cases_received ON copied_cases (received_at DESC);
CREATE INDEX copied_cases_reference ON copied_cases (reference);

CREATE TABLE copied_people (
    case_id uuid NOT NULL,
    subject text NOT NULL,
    acts boolean NOT NULL,
    name text,
    email text,
    telephone text,
    place text,
    PRIMARY KEY (case_id, subject)
);
CREATE INDEX copied_people_subject ON copied_people (subject);

CREATE TABLE copied_allocations (
    case_id uuid PRIMARY KEY,
    adviser_id text NOT NULL
);
"""


def upgrade() -> None:
    run_script(op.get_bind(), TABLES)
