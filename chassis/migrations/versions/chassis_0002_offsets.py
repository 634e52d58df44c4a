"""How far the topics have been read, so that an older database shows when it is put back."""

from alembic import op

from complaints_chassis.migrate import run_script

revision = "chassis_0002"
down_revision = "chassis_0001"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE offsets (
    topic text NOT NULL,
    partition integer NOT NULL,
    next_offset bigint NOT NULL,
    PRIMARY KEY (topic, partition)
);
"""


def upgrade() -> None:
    run_script(op.get_bind(), TABLE)
