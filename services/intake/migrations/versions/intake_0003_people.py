"""Who got in touch, to find their earlier contacts; when a contact was made, and who took it."""

from alembic import op

from complaints_chassis.migrate import run_script

revision = "intake_0003"
down_revision = "intake_0002"
branch_labels = None
depends_on = None

TABLES = """
ALTER TABLE contacts
    ADD COLUMN made_at timestamptz,
    ADD COLUMN declared text,
    ADD COLUMN taken_by text;
CREATE TABLE people (
    stream text NOT NULL,
    subject text NOT NULL,
    contact_id uuid NOT NULL,
    reference text NOT NULL,
    received_at timestamptz NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    telephone text NOT NULL,
    postcode text NOT NULL,
    PRIMARY KEY (stream, subject)
);
CREATE INDEX people_subject ON people (subject);
CREATE INDEX people_contact ON people (contact_id);
-- Without the list of what is not indexed yet, which every search would read through.
CREATE INDEX people_name ON people USING gin (to_tsvector('simple', name)) WITH (fastupdate = off);
CREATE INDEX people_email ON people (email) WHERE email <> '';
CREATE INDEX people_telephone ON people (telephone) WHERE telephone <> '';
CREATE INDEX people_postcode ON people (postcode) WHERE postcode <> '';
"""


def upgrade() -> None:
    run_script(op.get_bind(), TABLES)
