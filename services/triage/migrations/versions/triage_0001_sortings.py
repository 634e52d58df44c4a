"""How contacts were sorted, for pages and reports."""

from alembic import op

revision = "triage_0001"
down_revision = None
branch_labels = ("triage",)
depends_on = "chassis_0001"


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE sortings (
            stream text PRIMARY KEY,
            contact_id uuid NOT NULL,
            reference text NOT NULL,
            channel text NOT NULL,
            received_at timestamptz NOT NULL,
            contact_type text NOT NULL,
            queue text NOT NULL,
            urgency text NOT NULL,
            prompts integer NOT NULL
        )
        """
    )
    op.execute("CREATE INDEX sortings_contact ON sortings (contact_id)")
    op.execute("CREATE INDEX sortings_received ON sortings (received_at DESC)")
