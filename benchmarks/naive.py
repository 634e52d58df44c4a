"""What most would write first, for the same work: nothing in it is slow on purpose.

`python -m benchmarks.naive SERVICE` is one of the five services as a process: FastStream
subscribers that take one message each, into a pydantic model; an SQLAlchemy ORM session as one unit
of work for each message; an outbox that is polled every 20 ms and published one event after the
other; and for each mail a message that is built, and an SMTP connection of its own.

The rows, events, headers and hashes are those of `work`, and the order of writes is that of our
services: in the database before it is sent, and the intention to send a mail before the mail.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import os
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Final
from uuid import UUID

import aiosmtplib
from faststream import AckPolicy, FastStream
from faststream.kafka import KafkaBroker, KafkaMessage
from pydantic import BaseModel
from sqlalchemy import ARRAY, BigInteger, DateTime, Identity, LargeBinary, delete, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from benchmarks import work
from benchmarks.work import Entry, Notice
from complaints_contracts.personal import join

POLL_SECONDS: Final = 0.02
OUTBOX_ROWS: Final = 100
WAIT_SECONDS: Final = 0.02
LOGGER: Final = logging.getLogger("naive")
"""That tells what went wrong, to stderr."""


# The tables


class Base(DeclarativeBase):
    type_annotation_map: Mapping[Any, Any] = {
        bytes: LargeBinary,
        datetime: DateTime(timezone=True),
    }


class JournalRow(Base):
    __tablename__ = "journal"
    seq: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    stream: Mapped[str]
    version: Mapped[int]
    event_id: Mapped[UUID]
    type: Mapped[str]
    occurred_at: Mapped[datetime]
    actor: Mapped[str]
    rule: Mapped[str]
    topic: Mapped[str | None]
    sequence: Mapped[int | None] = mapped_column(BigInteger)
    headers: Mapped[dict[str, str]] = mapped_column(JSONB)
    record: Mapped[bytes]
    prev_hash: Mapped[bytes]
    hash: Mapped[bytes]


class PersonalRow(Base):
    __tablename__ = "personal"
    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    salt: Mapped[bytes]
    bytes: Mapped[bytes]


class ProgressRow(Base):
    __tablename__ = "progress"
    topic: Mapped[str] = mapped_column(primary_key=True)
    stream: Mapped[str] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    event_id: Mapped[UUID]


class OutboxRow(Base):
    __tablename__ = "unpublished"
    seq: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    stream: Mapped[str]
    topic: Mapped[str | None]


class SealRow(Base):
    __tablename__ = "seals"
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    sealed_at: Mapped[datetime]
    seqs: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))
    previous: Mapped[bytes]
    root: Mapped[bytes]


class TimerRow(Base):
    __tablename__ = "timers"
    stream: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    due_at: Mapped[datetime]
    law_version: Mapped[str]


class MailRow(Base):
    __tablename__ = "mails"
    notice_id: Mapped[UUID] = mapped_column(primary_key=True)
    subject: Mapped[str]
    recipient: Mapped[str]
    state: Mapped[str]
    queued_at: Mapped[datetime]
    next_at: Mapped[datetime]
    sender: Mapped[str | None]
    message_id: Mapped[str | None]
    message: Mapped[bytes | None]
    begun_at: Mapped[datetime | None]
    attempts: Mapped[int]
    last_code: Mapped[int | None]


class ReadRow(Base):
    __tablename__ = "reads"
    kind: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    other: Mapped[UUID | None]
    reference: Mapped[str]
    state: Mapped[str]
    at: Mapped[datetime]


# The messages


class Sender(BaseModel):
    name: str
    email: str
    reach_by: str


class Sent(BaseModel):
    channel: str
    made_at: datetime
    title: str
    words: str
    persons: list[Sender]


class Reach(BaseModel):
    preferred: str
    needs: list[str]
    safe_contact: str | None
    interpreter_for: str | None


class Person(BaseModel):
    id: UUID
    role: str
    name: str
    email: str
    telephone: str | None
    address: str | None
    reach: Reach
    representation: str | None


class Contact(BaseModel):
    contact_id: UUID
    reference: str
    channel: str
    received_at: datetime
    made_at: datetime
    persons: list[Person]
    title: str
    words: str


class Sorting(Contact):
    case_id: UUID
    contact_type: str
    queue: str
    urgency: str
    prompts_version: str


class CaseEvent(BaseModel):
    case_id: UUID


class NoticeEvent(BaseModel):
    notice_id: UUID
    contact_id: UUID
    reference: str
    purpose: str
    medium: str


# What the services share

broker = KafkaBroker(
    os.environ["KAFKA_BOOTSTRAP_SERVERS"],
    acks="all",
    enable_idempotence=True,
    logger=LOGGER,
)
engine = create_async_engine(os.environ["DATABASE_URL"].replace("://", "+asyncpg://", 1))
sessions = async_sessionmaker(engine, expire_on_commit=False)


def now() -> datetime:
    return datetime.now(UTC)


def append(session: AsyncSession, *entries: Entry) -> None:
    for entry in entries:
        session.add(
            JournalRow(
                stream=entry.stream,
                version=entry.version,
                event_id=entry.event_id,
                type=entry.type,
                occurred_at=entry.occurred_at,
                actor=entry.actor,
                rule=entry.rule,
                topic=entry.topic,
                sequence=entry.sequence,
                headers=json.loads(entry.headers),
                record=entry.record,
                prev_hash=entry.prev_hash,
                hash=entry.hash,
            )
        )
        if entry.personal:
            subject, salt, part = entry.personal
            session.add(
                PersonalRow(event_id=entry.event_id, subject=subject, salt=salt, bytes=part)
            )


def progress(session: AsyncSession, message: KafkaMessage) -> None:
    headers = message.headers
    session.add(
        ProgressRow(
            topic=message.raw_message.topic,
            stream=headers["ce_subject"],
            sequence=int(headers["ce_sequence"]),
            event_id=UUID(headers["ce_id"]),
        )
    )


def read(kind: str, id: UUID, reference: str, state: str, other: UUID | None = None) -> ReadRow:
    return ReadRow(kind=kind, id=id, other=other, reference=reference, state=state, at=now())


async def publish_outbox() -> None:
    """Looks every 20 ms for what is to be published."""
    while True:
        async with sessions.begin() as session:
            found = await session.scalars(
                select(JournalRow)
                .join(OutboxRow, OutboxRow.seq == JournalRow.seq)
                .order_by(JournalRow.seq)
                .limit(OUTBOX_ROWS)
            )
            rows = found.all()
            for row in rows:
                if row.topic:
                    await publish(session, row)
            if rows:
                await seal(session, rows)
        await asyncio.sleep(POLL_SECONDS)


async def publish(session: AsyncSession, row: JournalRow) -> None:
    parts = await session.scalars(select(PersonalRow).where(PersonalRow.event_id == row.event_id))
    data = join(
        json.loads(row.record)["data"],
        {part.subject: json.loads(part.bytes) for part in parts},
    )
    await broker.publish(
        data, row.topic, key=row.stream.partition(":")[2].encode(), headers=row.headers
    )


async def seal(session: AsyncSession, rows: Any) -> None:
    last = await session.scalar(select(SealRow).order_by(SealRow.number.desc()).limit(1))
    previous = last.root if last else work.START
    seqs = [row.seq for row in rows]
    session.add(
        SealRow(
            number=last.number + 1 if last else 1,
            sealed_at=now(),
            seqs=seqs,
            previous=previous,
            root=hashlib.sha256(previous + b"".join(row.hash for row in rows)).digest(),
        )
    )
    await session.execute(delete(OutboxRow).where(OutboxRow.seq.in_(seqs)))


# The services


def intake() -> None:
    @subscriber(work.FORCE)
    async def take(sent: Sent, message: KafkaMessage) -> None:
        entries = work.received(
            sent.model_dump(mode="json"),
            message.headers["ce_id"],
            message.raw_message.offset,
            now(),
        )
        contact = Contact.model_validate(entries[0].data)
        async with sessions.begin() as session:
            append(session, *entries)
            for kind in ("contact", "person"):
                session.add(read(kind, contact.contact_id, contact.reference, "RECEIVED"))


def triage() -> None:
    @subscriber(work.CONTACTS)
    async def sort(contact: Contact, message: KafkaMessage) -> None:
        async with sessions.begin() as session:
            progress(session, message)
            append(session, work.sorted_(contact.model_dump(mode="json"), message.headers, now()))
            session.add(read("sorting", contact.contact_id, contact.reference, "RESOLUTION"))


def casework() -> None:
    @subscriber(work.SORTED)
    async def open_case(sorting: Sorting, message: KafkaMessage) -> None:
        entries = work.opened(sorting.model_dump(mode="json"), message.headers, now())
        async with sessions.begin() as session:
            progress(session, message)
            append(session, *entries)
            session.add(
                read("case", sorting.contact_id, sorting.reference, "OPEN", sorting.case_id)
            )
            for kind in ("CALL", "FIRST_UPDATE"):
                session.add(
                    TimerRow(
                        stream=entries[0].stream, kind=kind, due_at=now(), law_version="2020-02-01"
                    )
                )

    @subscriber(work.NOTICES)
    async def note(notice: NoticeEvent, message: KafkaMessage) -> None:
        async with sessions.begin() as session:
            while not (case := await session.get(ReadRow, ("case", notice.contact_id))):
                await asyncio.sleep(WAIT_SECONDS)  # it is opened by the other subscriber
            progress(session, message)
            if message.headers["ce_type"].endswith("notice.sent.v1"):
                last = await session.scalar(
                    select(JournalRow)
                    .where(JournalRow.stream == f"case:{case.other}")
                    .order_by(JournalRow.version.desc())
                    .limit(1)
                )
                assert last
                data = notice.model_dump(mode="json")
                append(session, work.acknowledged(str(case.other), last.hash, data, now()))
                case.state, case.at = "ACKNOWLEDGED", now()


def notifications() -> None:
    @subscriber(work.CONTACTS)
    async def tell(contact: Contact, message: KafkaMessage) -> None:
        async with sessions.begin() as session:
            notice, first = work.notice_opened(contact.model_dump(mode="json"), now())
            progress(session, message)
            append(session, first)
            row = read("notice", UUID(notice.notice_id), notice.reference, "OPEN")
            mail = MailRow(
                notice_id=UUID(notice.notice_id),
                subject=notice.subject,
                recipient=notice.recipient,
                state="queued",
                queued_at=now(),
                next_at=now(),
                attempts=0,
            )
            session.add_all([row, mail])
        await send(notice, row, mail)

    async def send(notice: Notice, row: ReadRow, mail: MailRow) -> None:
        content = work.mail(notice, format_datetime(now()))
        prepared = work.notice_prepared(notice, content, now())
        async with sessions.begin() as session:
            session.add_all([row, mail])
            append(session, *prepared)
            mail.state, mail.attempts, mail.begun_at = "sending", 1, now()
            mail.sender, mail.message_id, mail.message = notice.sender, notice.message_id, content
            row.state, row.at = "PREPARED", now()
        await aiosmtplib.send(
            content,
            sender=notice.sender,
            recipients=[notice.recipient],
            hostname=os.environ["SMTP_HOST"],
            port=int(os.environ["SMTP_PORT"]),
            start_tls=False,
        )
        async with sessions.begin() as session:
            session.add_all([row, mail])
            append(session, work.notice_sent(notice, prepared[-1].hash, now()))
            mail.state, mail.last_code = "accepted", 250
            row.state, row.at = "SENT", now()

    @subscriber(work.CASES)
    async def follow(_case: CaseEvent, message: KafkaMessage) -> None:
        async with sessions.begin() as session:
            progress(session, message)


def reviews() -> None:
    @subscriber(work.SORTED)
    async def copy_case(sorting: Sorting, message: KafkaMessage) -> None:
        async with sessions.begin() as session:
            progress(session, message)
            for kind in ("case", "person"):
                session.add(read(kind, sorting.case_id, sorting.reference, "COPIED"))

    @subscriber(work.CASES)
    async def copy_adviser(case: CaseEvent, message: KafkaMessage) -> None:
        async with sessions.begin() as session:
            progress(session, message)
            if message.headers["ce_type"].endswith("adviser-allocated.v1"):
                for kind in ("adviser", "allocation"):
                    session.add(read(kind, case.case_id, "", "COPIED"))

    @subscriber(work.NOTICES)
    async def follow(_notice: NoticeEvent, message: KafkaMessage) -> None:
        async with sessions.begin() as session:
            progress(session, message)


SERVICES: Final[Mapping[str, Callable[[], None]]] = {
    "intake": intake,
    "triage": triage,
    "casework": casework,
    "notifications": notifications,
    "reviews": reviews,
}


def subscriber(topic: str) -> Any:
    """One message at a time, its offset committed when it was handled."""
    return broker.subscriber(
        topic,
        group_id=f"{sys.argv[1]}-{topic}",
        auto_offset_reset="earliest",
        ack_policy=AckPolicy.ACK,
    )


async def main() -> None:
    SERVICES[sys.argv[1]]()
    app = FastStream(broker, logger=LOGGER)

    @app.after_startup
    async def ready() -> None:
        while not all(each.consumer and each.consumer.assignment() for each in broker.subscribers):
            await asyncio.sleep(0.02)
        print("ready", flush=True)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(publish_outbox())
        tasks.create_task(app.run())


if __name__ == "__main__":
    asyncio.run(main())
