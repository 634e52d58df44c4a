"""The journal and what belongs to it."""

from alembic import op

from complaints_chassis.migrate import run_script

revision = "chassis_0001"
down_revision = None
branch_labels = ("chassis",)
depends_on = None

TABLES = """
CREATE TABLE journal (
    seq bigint GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY,
    stream text NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    event_id uuid NOT NULL UNIQUE,
    type text NOT NULL,
    occurred_at timestamptz NOT NULL,
    actor text NOT NULL,
    rule text NOT NULL,
    topic text,
    sequence bigint CHECK (sequence >= 1),
    headers jsonb NOT NULL,
    record bytea NOT NULL,
    prev_hash bytea NOT NULL,
    hash bytea NOT NULL,
    CONSTRAINT journal_version UNIQUE (stream, version),
    CHECK ((topic IS NULL) = (sequence IS NULL))
);
CREATE TABLE personal (
    event_id uuid NOT NULL,
    subject text NOT NULL,
    salt bytea NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (event_id, subject)
);
CREATE INDEX personal_subject ON personal (subject);
CREATE TABLE files (
    event_id uuid NOT NULL,
    subject text NOT NULL,
    sha256 text NOT NULL,
    condemned boolean NOT NULL DEFAULT false,
    PRIMARY KEY (event_id, subject, sha256)
);
CREATE INDEX files_subject ON files (subject);
CREATE INDEX files_sha256 ON files (sha256);
CREATE INDEX files_condemned ON files (sha256) WHERE condemned;
CREATE TABLE unpublished (
    seq bigint PRIMARY KEY,
    stream text NOT NULL,
    topic text,
    attempts integer NOT NULL DEFAULT 0,
    not_before timestamptz
);
CREATE TABLE seals (
    number bigint PRIMARY KEY,
    sealed_at timestamptz NOT NULL,
    seqs bigint[] NOT NULL,
    previous bytea NOT NULL,
    root bytea NOT NULL,
    published boolean NOT NULL DEFAULT false
);
CREATE INDEX seals_unpublished ON seals (number) WHERE NOT published;
CREATE TABLE progress (
    topic text NOT NULL,
    stream text NOT NULL,
    sequence bigint NOT NULL,
    event_id uuid NOT NULL,
    PRIMARY KEY (topic, stream, sequence)
);
CREATE TABLE held (
    id text PRIMARY KEY,
    kind text NOT NULL,
    reason text NOT NULL,
    topic text NOT NULL,
    partition integer NOT NULL,
    record_offset bigint NOT NULL,
    record_time bigint NOT NULL,
    stream text,
    sequence bigint,
    waits_for text,
    key bytea,
    value bytea,
    headers jsonb NOT NULL,
    held_at timestamptz NOT NULL,
    alarmed_at timestamptz
);
CREATE INDEX held_place ON held (topic, stream, sequence);
CREATE INDEX held_waits_for ON held (waits_for) WHERE waits_for IS NOT NULL;
CREATE TABLE inbox (
    key text PRIMARY KEY,
    fingerprint bytea NOT NULL,
    answer jsonb NOT NULL,
    answered_at timestamptz NOT NULL
);
CREATE TABLE timers (
    stream text NOT NULL,
    kind text NOT NULL,
    due_at timestamptz NOT NULL,
    law_version text NOT NULL,
    PRIMARY KEY (stream, kind)
);
CREATE INDEX timers_due ON timers (due_at);
CREATE TABLE pauses (
    topic text NOT NULL,
    partition integer NOT NULL,
    record_offset bigint,
    reason text NOT NULL,
    paused_at timestamptz NOT NULL,
    skip_to bigint,
    PRIMARY KEY (topic, partition)
);
"""

GUARDS = """
CREATE FUNCTION journal_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the journal is append-only: % is refused', TG_OP;
END $$;
CREATE TRIGGER journal_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal
    FOR EACH STATEMENT EXECUTE FUNCTION journal_is_append_only();
CREATE FUNCTION journal_queue() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO unpublished (seq, stream, topic) SELECT seq, stream, topic FROM added;
    PERFORM pg_notify('journal', '');
    RETURN NULL;
END $$;
CREATE TRIGGER journal_queue AFTER INSERT ON journal REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION journal_queue();
"""


def upgrade() -> None:
    run_script(op.get_bind(), TABLES)
    run_script(op.get_bind(), GUARDS)
