"""The floor: the same work with the bare clients, and nothing that decides, checks or recovers.

`python -m benchmarks.floor SERVICE --batch N` is one of the five hops as a process. Whatever a
batch writes goes to the database as one statement, which is one transaction and one round trip;
then its events are sent together and awaited, its rows leave the queue in the statement that writes
the seal, and its offsets are committed. Mail goes over four kept connections, from a template that
was rendered once. `--batch 500` is floor A; `--batch 1` is floor B, one record at a time.

It is a floor and not a system, for it leaves out, to its own advantage: validation, duplicates,
gaps, held records, retries, another replica, pages, metrics, and going on after it was killed. What
it does not leave out is what a reader of the data would miss: every row, event and header, the hash
chain, the personal parts, seals, and the order of intention, mail and record. The order of writes
is that of our services too: in the database, before it is sent; sent, before the offset is.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import json
import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cache
from typing import Any, Final

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord
from aiosmtplib import SMTP

from benchmarks import work
from benchmarks.work import Entry, Notice

SMTP_CONNECTIONS: Final = 4
MAX_SEND_BYTES: Final = 1_000_000
MAX_FETCH_BYTES: Final = 4_000_000
"""So that a batch is sent to a partition, and fetched from one, in one request."""

WRITES: Final = {
    "personal": (
        "INSERT INTO personal (event_id, subject, salt, bytes) SELECT * FROM {new}",
        ("uuid", "text", "bytea", "bytea"),
    ),
    "progress": (
        "INSERT INTO progress (topic, stream, sequence, event_id) SELECT * FROM {new}",
        ("text", "text", "bigint", "uuid"),
    ),
    "timers": (
        "INSERT INTO timers (stream, kind, due_at, law_version) SELECT * FROM {new}",
        ("text", "text", "timestamptz", "text"),
    ),
    "reads": (
        "INSERT INTO reads (kind, id, other, reference, state, at) SELECT * FROM {new}"
        " ON CONFLICT (kind, id) DO UPDATE SET state = excluded.state, at = excluded.at",
        ("text", "uuid", "uuid", "text", "text", "timestamptz"),
    ),
    "mails queued": (
        "INSERT INTO mails (notice_id, subject, recipient, state, queued_at, next_at)"
        " SELECT n.id, n.subject, n.recipient, 'queued', n.at, n.at"
        " FROM {new} AS n (id, subject, recipient, at)",
        ("uuid", "text", "text", "timestamptz"),
    ),
    "mails sending": (
        "UPDATE mails SET state = 'sending', attempts = 1, sender = n.sender,"
        " message_id = n.message_id, message = n.message, begun_at = n.at"
        " FROM {new} AS n (id, sender, message_id, message, at) WHERE mails.notice_id = n.id",
        ("uuid", "text", "text", "bytea", "timestamptz"),
    ),
    "mails accepted": (
        "UPDATE mails SET state = 'accepted', last_code = 250"
        " FROM {new} AS n (id) WHERE mails.notice_id = n.id",
        ("uuid",),
    ),
    "journal": (
        "INSERT INTO journal (stream, version, event_id, type, occurred_at, actor, rule, topic,"
        " sequence, headers, record, prev_hash, hash) SELECT * FROM {new} RETURNING seq",
        (
            *("text", "integer", "uuid", "text", "timestamptz", "text", "text", "text"),
            *("bigint", "jsonb", "bytea", "bytea", "bytea"),
        ),
    ),
}
"""What is written, and the types of what is given for it; the journal last, for it is asked for
its sequence numbers."""

SEAL: Final = """
WITH published AS (DELETE FROM unpublished WHERE seq = ANY($2))
INSERT INTO seals (number, sealed_at, seqs, previous, root) VALUES ($1, now(), $2, $3, $4)
"""

CASES: Final = """
SELECT reads.id::text AS contact_id, reads.other::text AS case_id, journal.hash
FROM reads JOIN journal ON journal.stream = 'case:' || reads.other AND journal.version = $2
WHERE reads.kind = 'case' AND reads.id = ANY($1)
"""


@cache
def statement(names: tuple[str, ...]) -> str:
    """All these writes as one statement, each from an array for every column."""
    number, clauses = 0, []
    for name in names:
        sql, types = WRITES[name]
        arrays = [f"${number + index}::{type}[]" for index, type in enumerate(types, 1)]
        clauses.append(sql.format(new=f"unnest({', '.join(arrays)})"))
        number += len(types)
    *first, last = clauses
    if not first:
        return last
    return "WITH " + ", ".join(f"w{i} AS ({sql})" for i, sql in enumerate(first)) + " " + last


class Batch:
    """What is to be written together, and then sent."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)
        self.entries: list[Entry] = []
        self.rows: defaultdict[str, list[Sequence[Any]]] = defaultdict(list)
        self._reads: dict[tuple[str, str], Sequence[Any]] = {}

    def append(self, *entries: Entry) -> None:
        for entry in entries:
            self.entries.append(entry)
            self.rows["journal"].append(entry.row())
            if entry.personal:
                self.rows["personal"].append((entry.event_id, *entry.personal))

    def progress(self, record: ConsumerRecord, headers: Mapping[str, str]) -> None:
        self.rows["progress"].append(
            (record.topic, headers["ce_subject"], int(headers["ce_sequence"]), headers["ce_id"])
        )

    def read(self, kind: str, id: str, other: str | None, reference: str, state: str) -> None:
        self._reads[kind, id] = (kind, id, other, reference, state, self.now)

    async def write(self, connection: asyncpg.Connection) -> list[int]:
        """Writes all of it in one transaction; the sequence numbers of the journal's rows."""
        if self._reads:
            self.rows["reads"] = list(self._reads.values())
        names = tuple(name for name in WRITES if name in self.rows)
        arrays = [column for name in names for column in zip(*self.rows[name], strict=True)]
        return [row[0] for row in await connection.fetch(statement(names), *arrays)]


class Service:
    """What the hops share: the clients, and how a batch is written, sent and sealed."""

    topics: tuple[str, ...] = ()

    def __init__(self, name: str, batch: int) -> None:
        self.name = name
        self.batch = batch
        kafka: dict[str, Any] = {"bootstrap_servers": os.environ["KAFKA_BOOTSTRAP_SERVERS"]}
        self.producer = AIOKafkaProducer(
            **kafka, acks="all", enable_idempotence=True, max_batch_size=MAX_SEND_BYTES
        )
        self.consumer = AIOKafkaConsumer(
            *self.topics,
            **kafka,
            group_id=name,
            auto_offset_reset="earliest",
            enable_auto_commit=False,
            max_partition_fetch_bytes=MAX_FETCH_BYTES,
        )
        self._seal_number, self._root = 0, work.START
        self._sealing = asyncio.Lock()

    async def connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(os.environ["DATABASE_URL"])

    async def run(self) -> None:
        connection = await self.connect()
        await self.producer.start()
        await self.consumer.start()
        while not self.consumer.assignment():
            await asyncio.sleep(0.02)
        print("ready", flush=True)
        while True:
            found = await self.consumer.getmany(timeout_ms=1000, max_records=self.batch)
            records = [record for part in found.values() for record in part]
            if records and await self.handle(records, connection):
                await self.consumer.commit()

    async def handle(
        self, records: Sequence[ConsumerRecord], connection: asyncpg.Connection
    ) -> bool:
        """Does what is due for these; whether their offsets may be committed."""
        raise NotImplementedError

    async def commit(self, batch: Batch, connection: asyncpg.Connection) -> None:
        """In the database, then on the topics, then out of the queue and under a seal."""
        seqs = await batch.write(connection)
        if not seqs:
            return
        sends = [
            await self.producer.send(
                entry.topic,
                entry.event,
                key=entry.event_headers["ce_subject"].encode(),
                headers=[(name, text.encode()) for name, text in entry.event_headers.items()],
            )
            for entry in batch.entries
            if entry.topic
        ]
        await asyncio.gather(*sends)
        async with self._sealing:
            self._seal_number += 1
            hashes = b"".join(entry.hash for entry in batch.entries)
            previous, self._root = self._root, hashlib.sha256(self._root + hashes).digest()
            await connection.execute(SEAL, self._seal_number, seqs, previous, self._root)


class Intake(Service):
    topics = (work.FORCE,)

    async def handle(
        self, records: Sequence[ConsumerRecord], connection: asyncpg.Connection
    ) -> bool:
        batch = Batch()
        for record in records:
            entries = work.received(
                json.loads(record.value), headers_of(record)["ce_id"], record.offset, batch.now
            )
            batch.append(*entries)
            contact = entries[0].data
            for kind in ("contact", "person"):
                batch.read(kind, contact["contact_id"], None, contact["reference"], "RECEIVED")
        await self.commit(batch, connection)
        return True


class Triage(Service):
    topics = (work.CONTACTS,)

    async def handle(
        self, records: Sequence[ConsumerRecord], connection: asyncpg.Connection
    ) -> bool:
        batch = Batch()
        for record in records:
            headers, contact = headers_of(record), json.loads(record.value)
            batch.progress(record, headers)
            batch.append(work.sorted_(contact, headers, batch.now))
            batch.read("sorting", contact["contact_id"], None, contact["reference"], "RESOLUTION")
        await self.commit(batch, connection)
        return True


class Casework(Service):
    topics = (work.SORTED, work.NOTICES)

    def __init__(self, name: str, batch: int) -> None:
        super().__init__(name, batch)
        self._waiting: list[ConsumerRecord] = []

    async def handle(
        self, records: Sequence[ConsumerRecord], connection: asyncpg.Connection
    ) -> bool:
        """Notices about a case that was not opened yet wait, and no offset is committed."""
        batch = Batch()
        cases: dict[str, tuple[str, bytes]] = {}
        notices = []
        for record in (*self._waiting, *records):
            headers, data = headers_of(record), json.loads(record.value)
            if record.topic == work.NOTICES:
                notices.append((record, headers, data))
                continue
            batch.progress(record, headers)
            entries = work.opened(data, headers, batch.now)
            batch.append(*entries)
            cases[data["contact_id"]] = (data["case_id"], entries[-1].hash)
            batch.read("case", data["contact_id"], data["case_id"], data["reference"], "OPEN")
            for kind in ("CALL", "FIRST_UPDATE"):
                batch.rows["timers"].append((entries[0].stream, kind, batch.now, "2020-02-01"))
        unknown = {data["contact_id"] for _, _, data in notices} - cases.keys()
        if unknown:
            for row in await connection.fetch(CASES, list(unknown), work.LAST_OF_OPENING):
                cases[row["contact_id"]] = (row["case_id"], row["hash"])
        self._waiting = []
        for record, headers, data in notices:
            if data["contact_id"] not in cases:
                self._waiting.append(record)
                continue
            batch.progress(record, headers)
            if headers["ce_type"].endswith("notice.sent.v1"):
                case_id, last = cases[data["contact_id"]]
                batch.append(work.acknowledged(case_id, last, data, batch.now))
                batch.read("case", data["contact_id"], case_id, data["reference"], "ACKNOWLEDGED")
        if batch.rows:
            await self.commit(batch, connection)
        return not self._waiting


class Reviews(Service):
    topics = (work.SORTED, work.CASES, work.NOTICES)

    async def handle(
        self, records: Sequence[ConsumerRecord], connection: asyncpg.Connection
    ) -> bool:
        batch = Batch()
        for record in records:
            headers, data = headers_of(record), json.loads(record.value)
            batch.progress(record, headers)
            if record.topic == work.SORTED:
                kinds = ("case", "person")
            elif headers["ce_type"].endswith("adviser-allocated.v1"):
                kinds = ("adviser", "allocation")
            else:
                continue
            for kind in kinds:
                batch.read(kind, data["case_id"], None, data.get("reference", ""), "COPIED")
        await self.commit(batch, connection)
        return True


class Notifications(Service):
    """Three steps beside each other, a batch in each: open and prepare, send, record."""

    topics = (work.CONTACTS, work.CASES)

    def __init__(self, name: str, batch: int) -> None:
        super().__init__(name, batch)
        self._opened: asyncio.Queue[Notice] = asyncio.Queue()
        self._prepared: asyncio.Queue[list[Sending]] = asyncio.Queue(1)
        self._sent: asyncio.Queue[list[Sending]] = asyncio.Queue(1)

    async def run(self) -> None:
        address: dict[str, Any] = {
            "hostname": os.environ["SMTP_HOST"],
            "port": int(os.environ["SMTP_PORT"]),
        }
        clients = [SMTP(**address, start_tls=False) for _ in range(SMTP_CONNECTIONS)]
        for client in clients:
            await client.connect()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(super().run())
            tasks.create_task(self._prepare(await self.connect()))
            tasks.create_task(self._send(clients))
            tasks.create_task(self._record(await self.connect()))

    async def handle(
        self, records: Sequence[ConsumerRecord], connection: asyncpg.Connection
    ) -> bool:
        batch, notices = Batch(), []
        for record in records:
            headers = headers_of(record)
            batch.progress(record, headers)
            if record.topic == work.CONTACTS:
                notice, entry = work.notice_opened(json.loads(record.value), batch.now)
                notices.append(notice)
                batch.append(entry)
                batch.read("notice", notice.notice_id, None, notice.reference, "OPEN")
                batch.rows["mails queued"].append(
                    (notice.notice_id, notice.subject, notice.recipient, batch.now)
                )
        await self.commit(batch, connection)
        for notice in notices:
            self._opened.put_nowait(notice)
        return True

    async def _prepare(self, connection: asyncpg.Connection) -> None:
        while True:
            notices = [await self._opened.get()]
            while len(notices) < self.batch and not self._opened.empty():
                notices.append(self._opened.get_nowait())
            batch, sendings = Batch(), []
            date = format_datetime(batch.now)
            for notice in notices:
                message = from_template(notice, date)
                entries = work.notice_prepared(notice, message, batch.now)
                batch.append(*entries)
                batch.read("notice", notice.notice_id, None, notice.reference, "PREPARED")
                batch.rows["mails sending"].append(
                    (notice.notice_id, notice.sender, notice.message_id, message, batch.now)
                )
                sendings.append((notice, message, entries[-1].hash))
            await self.commit(batch, connection)
            await self._prepared.put(sendings)

    async def _send(self, clients: Sequence[SMTP]) -> None:
        while True:
            sendings = await self._prepared.get()
            remaining = iter(sendings)
            await asyncio.gather(*(send_all(client, remaining) for client in clients))
            await self._sent.put(sendings)

    async def _record(self, connection: asyncpg.Connection) -> None:
        while True:
            batch = Batch()
            for notice, _, last in await self._sent.get():
                batch.append(work.notice_sent(notice, last, batch.now))
                batch.read("notice", notice.notice_id, None, notice.reference, "SENT")
                batch.rows["mails accepted"].append((notice.notice_id,))
            await self.commit(batch, connection)


Sending = tuple[Notice, bytes, bytes]
"""A notice, its mail, and the last hash of its stream."""


async def send_all(client: SMTP, remaining: Iterable[Sending]) -> None:
    """Sends what is left; the connections take from the same."""
    for notice, message, _ in remaining:
        await client.sendmail(notice.sender, [notice.recipient], message)


SAMPLE: Final = Notice(
    notice_id="",
    contact_id="",
    reference="CL-0000-0000",
    subject="",
    recipient="recipient@post.example",
    token="0" * 32,
    hash=b"",
)
SAMPLE_DATE: Final = "Thu, 01 Jan 1970 00:00:00 +0000"
TEMPLATE: Final = work.mail(SAMPLE, SAMPLE_DATE)


def from_template(notice: Notice, date: str) -> bytes:
    return (
        TEMPLATE.replace(SAMPLE.recipient.encode(), notice.recipient.encode())
        .replace(SAMPLE.reference.encode(), notice.reference.encode())
        .replace(SAMPLE.token.encode(), notice.token.encode())
        .replace(SAMPLE_DATE.encode(), date.encode())
    )


def headers_of(record: ConsumerRecord) -> dict[str, str]:
    return {name: value.decode() for name, value in record.headers}


SERVICES: Final[Mapping[str, type[Service]]] = {
    "intake": Intake,
    "triage": Triage,
    "casework": Casework,
    "notifications": Notifications,
    "reviews": Reviews,
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("service", choices=SERVICES)
    parser.add_argument("--batch", type=int, default=500)
    arguments = parser.parse_args()

    async def run() -> None:
        await SERVICES[arguments.service](arguments.service, arguments.batch).run()

    asyncio.run(run())


if __name__ == "__main__":
    main()
