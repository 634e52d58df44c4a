"""Notices for pages and reports, and the ledger of mail that is sent."""

from alembic import op

from complaints_chassis.migrate import run_script

revision = "notifications_0001"
down_revision = None
branch_labels = ("notifications",)
depends_on = "chassis_0001"

NOTICES = """
CREATE TABLE notices (
    stream text PRIMARY KEY,
    notice_id uuid NOT NULL,
    contact_id uuid NOT NULL,
    reference text NOT NULL,
    purpose text NOT NULL,
    medium text,
    state text NOT NULL,
    reason text,
    instead text,
    is_task boolean NOT NULL,
    attempts integer NOT NULL,
    uncertain boolean NOT NULL,
    opened_at timestamptz NOT NULL,
    call_by timestamptz
);
CREATE INDEX notices_contact ON notices (contact_id);
CREATE INDEX notices_opened ON notices (opened_at DESC);
CREATE INDEX notices_tasks ON notices (opened_at DESC) WHERE is_task;
"""

MAILS = """
CREATE TABLE mails (
    notice_id uuid PRIMARY KEY,
    number bigint GENERATED ALWAYS AS IDENTITY,
    subject text NOT NULL,
    recipient text NOT NULL,
    state text NOT NULL
        CHECK (state IN ('queued', 'sending', 'uncertain', 'accepted', 'refused', 'withheld')),
    queued_at timestamptz NOT NULL,
    next_at timestamptz NOT NULL,
    sender text,
    message_id text UNIQUE,
    message bytea,
    begun_at timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    lost integer NOT NULL DEFAULT 0,
    last_code integer,
    CHECK (state <> 'sending' OR message IS NOT NULL)
);
CREATE INDEX mails_subject ON mails (subject);
CREATE INDEX mails_due ON mails (next_at, number) WHERE state IN ('queued', 'uncertain');
CREATE INDEX mails_open ON mails (lower(recipient), number)
    WHERE state IN ('queued', 'sending', 'uncertain');
CREATE INDEX mails_begun ON mails (lower(recipient), begun_at);
"""


def upgrade() -> None:
    run_script(op.get_bind(), NOTICES)
    run_script(op.get_bind(), MAILS)
