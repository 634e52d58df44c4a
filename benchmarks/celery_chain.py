"""Celery with RabbitMQ: the same work as a chain of tasks, a queue and a worker for each service.

Fair to it: a task is one transaction; it is acknowledged late, its successor confirmed by the
broker before; queues and messages are durable; workers are single processes without gossip; no
results are kept; the mail connection is kept. In its favour, it has no topic and no outbox: what a
task hands on goes in the next one's message, its rows leave `unpublished` in the transaction that
wrote them, nothing answers the force, and nobody reads for `reviews`.

Runs in the virtual environment that `rabbitmq` makes, and of this repository needs `work` alone.
"""

import hashlib
import json
import os
import smtplib
import sys
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cache

import psycopg
from celery import Celery, chain
from celery.signals import worker_ready

from benchmarks import work

app = Celery("benchmarks", broker=os.environ["BROKER_URL"])
app.conf.update(
    task_acks_late=True,
    task_ignore_result=True,
    worker_prefetch_multiplier=32,
    worker_redirect_stdouts=False,
    broker_transport_options={"confirm_publish": True},
)

JOURNAL = (
    "INSERT INTO journal (stream, version, event_id, type, occurred_at, actor, rule, topic,"
    " sequence, headers, record, prev_hash, hash)"
    " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"
)
PERSONAL = "INSERT INTO personal (event_id, subject, salt, bytes) VALUES (%s, %s, %s, %s)"
PROGRESS = "INSERT INTO progress (topic, stream, sequence, event_id) VALUES (%s, %s, %s, %s)"
TIMER = "INSERT INTO timers (stream, kind, due_at, law_version) VALUES (%s, %s, %s, '2020-02-01')"
READ = (
    "INSERT INTO reads (kind, id, reference, state, at) VALUES (%s, %s, %s, %s, now())"
    " ON CONFLICT (kind, id) DO UPDATE SET state = excluded.state, at = excluded.at"
)
QUEUED = (
    "INSERT INTO mails (notice_id, subject, recipient, state, queued_at, next_at)"
    " VALUES (%s, %s, %s, 'queued', now(), now())"
)
SENDING = (
    "UPDATE mails SET state = 'sending', attempts = 1, sender = %s, message_id = %s, message = %s,"
    " begun_at = now() WHERE notice_id = %s"
)
ACCEPTED = "UPDATE mails SET state = 'accepted', last_code = 250 WHERE notice_id = %s"
SEAL = (
    "WITH gone AS (DELETE FROM unpublished RETURNING seq)"
    " INSERT INTO seals (number, sealed_at, seqs, previous, root)"
    " SELECT %s, now(), array_agg(seq), %s, %s FROM gone"
)
seals = [work.START]


@cache
def database() -> psycopg.Connection:
    return psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)


@cache
def mail_server() -> smtplib.SMTP:
    return smtplib.SMTP(os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"]))


def write(entries: list[work.Entry], *others: tuple[str, list[tuple]]) -> None:
    """All of it in one transaction, sent in one go."""
    rows = [entry.row() for entry in entries]
    personal = [(entry.event_id, *entry.personal) for entry in entries if entry.personal]
    root = hashlib.sha256(seals[-1] + b"".join(entry.hash for entry in entries)).digest()
    with database().pipeline(), database().transaction(), database().cursor() as cursor:
        for statement, values in ((JOURNAL, rows), (PERSONAL, personal), *others):
            cursor.executemany(statement, values)
        cursor.execute(SEAL, (len(seals), seals[-1], root))
    seals.append(root)


def progress(topic: str, *headers: dict) -> tuple[str, list[tuple]]:
    return PROGRESS, [(topic, h["ce_subject"], h["ce_sequence"], h["ce_id"]) for h in headers]


@app.task(queue="intake")
def intake(sent: dict, record_id: str) -> tuple[dict, dict]:
    entries = work.received(sent, record_id, 0, datetime.now(UTC))
    contact = entries[0].data
    key = (contact["contact_id"], contact["reference"], "RECEIVED")
    write(entries, (READ, [("contact", *key), ("person", *key)]))
    return contact, entries[0].event_headers


@app.task(queue="triage")
def triage(before: tuple[dict, dict]) -> tuple[dict, dict, dict]:
    contact, headers = before
    sorting = work.sorted_(contact, headers, datetime.now(UTC))
    row = ("sorting", contact["contact_id"], contact["reference"], "RESOLUTION")
    write([sorting], progress(work.CONTACTS, headers), (READ, [row]))
    return sorting.data, sorting.event_headers, headers


@app.task(queue="casework")
def casework(before: tuple[dict, dict, dict]) -> tuple[dict, dict, list[dict], str]:
    sorting, headers, contact_headers = before
    now = datetime.now(UTC)
    entries = work.opened(sorting, headers, now)
    timers = [(entries[0].stream, kind, now) for kind in ("CALL", "FIRST_UPDATE")]
    row = ("case", sorting["contact_id"], sorting["reference"], "OPEN")
    write(entries, progress(work.SORTED, headers), (TIMER, timers), (READ, [row]))
    case_headers = [entry.event_headers for entry in entries if entry.topic]
    return sorting, contact_headers, case_headers, entries[-1].hash.hex()


@app.task(queue="notifications")
def notifications(before: tuple[dict, dict, list[dict], str]) -> tuple[dict, str, str, list[dict]]:
    contact, contact_headers, case_headers, case_hash = before
    notice, first = work.notice_opened(contact, datetime.now(UTC))
    key = ("notice", notice.notice_id, notice.reference)
    read = progress(work.CONTACTS, contact_headers), progress(work.CASES, *case_headers)
    queued = (notice.notice_id, notice.subject, notice.recipient)
    write([first], *read, (QUEUED, [queued]), (READ, [(*key, "OPEN")]))
    message = work.mail(notice, format_datetime(datetime.now(UTC)))
    prepared = work.notice_prepared(notice, message, datetime.now(UTC))
    sending = (notice.sender, notice.message_id, message, notice.notice_id)
    write(prepared, (SENDING, [sending]), (READ, [(*key, "PREPARED")]))
    mail_server().sendmail(notice.sender, [notice.recipient], message)
    sent = work.notice_sent(notice, prepared[-1].hash, datetime.now(UTC))
    write([sent], (ACCEPTED, [(notice.notice_id,)]), (READ, [(*key, "SENT")]))
    notice_headers = [prepared[0].event_headers, sent.event_headers]
    return sent.data, contact["case_id"], case_hash, notice_headers


@app.task(queue="casework")
def told(before: tuple[dict, str, str, list[dict]]) -> None:
    notice, case_id, last, headers = before
    entry = work.acknowledged(case_id, bytes.fromhex(last), notice, datetime.now(UTC))
    row = ("case", notice["contact_id"], notice["reference"], "ACKNOWLEDGED")
    write([entry], progress(work.NOTICES, *headers), (READ, [row]))


@worker_ready.connect
def ready(**_: object) -> None:
    print("ready", flush=True)


def lay() -> None:
    """Has the chain begin for each line: a record's id and value."""
    for line in sys.stdin:
        record_id, _, value = line.partition(" ")
        others = [task.s() for task in (triage, casework, notifications, told)]
        chain(intake.s(json.loads(value), record_id), *others).apply_async()
