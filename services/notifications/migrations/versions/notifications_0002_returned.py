"""What came back of a notice, found by the token in its mail; and when a review is completed.

What was sent before gets its token from the Message-ID in the journal.
"""

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
"""

TOKENS = """
UPDATE notices SET token = split_part(trim(BOTH '<>' FROM composed.message_id), '@', 1)
FROM (
    SELECT stream, convert_from(record, 'UTF8')::json #>> '{data,message_id}' AS message_id
    FROM journal WHERE type = 'notifications.notice-composed') composed
WHERE composed.stream = notices.stream;
CREATE UNIQUE INDEX notices_token ON notices (token);
"""


def upgrade() -> None:
    run_script(op.get_bind(), COLUMNS)
    run_script(op.get_bind(), TOKENS)
