"""A service small enough to see through: it keeps a notebook on every contact it hears of."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import ClassVar
from uuid import UUID, uuid4

from sqlalchemy import Column, Integer, MetaData, Table, Text, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from complaints_chassis.aggregate import Aggregate, Needs, Rows
from complaints_chassis.migrate import migrate
from complaints_chassis.record import Record
from complaints_chassis.service import Service
from complaints_chassis.subscriptions import On
from complaints_chassis.work import Work
from complaints_contracts import envelope
from complaints_contracts.codes import Channel, PersonRole, Purpose, ReachBy, WithheldReason
from complaints_contracts.contacts import ContactPersonErased, ContactReceived
from complaints_contracts.event import Event, Fact
from complaints_contracts.notices import NoticeWithheld
from complaints_contracts.parts import FileRef, Person, Reach
from complaints_contracts.personal import Personal
from complaints_contracts.triage import SortingPersonErased, TriageEvent


class Noted(Fact):
    """Private: what was heard."""

    type: ClassVar[str] = "toy.noted"

    person_id: UUID
    words: Personal[str]
    files: tuple[FileRef, ...] = ()

    @property
    def person(self) -> UUID:
        return self.person_id


class Counted(TriageEvent):
    """Published: how often something was heard."""

    type: ClassVar[str] = "uk.police-complaints.toy.counted.v1"

    count: int


@dataclass(frozen=True)
class Notebook:
    notes: tuple[str, ...] = ()
    erased: bool = False


def evolve(state: Notebook, fact: Fact) -> Notebook:
    if isinstance(fact, Noted):
        return replace(state, notes=(*state.notes, fact.words))
    return replace(state, erased=state.erased or isinstance(fact, SortingPersonErased))


metadata = MetaData()
notebooks = Table(
    "notebooks",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("count", Integer, nullable=False),
    Column("last", Text, nullable=False),
)


def project(_: str, state: Notebook) -> Rows:
    if not state.notes:
        return {}
    return {notebooks: [{"count": len(state.notes), "last": state.notes[-1]}]}


NOTEBOOK = Aggregate(
    "notebook", Notebook(), evolve, project=project, tables=(notebooks,), publishes=TriageEvent
)


def note(event: ContactReceived, work: Work) -> None:
    if event.words == "raise":
        raise RuntimeError("a fault in the toy")
    id = event.contact_id
    noted = Noted(person_id=event.person, words=event.words, files=event.attachments)
    work.append(NOTEBOOK, id, noted)
    count = len(work.state(NOTEBOOK, id).notes)
    work.append(NOTEBOOK, id, Counted(contact_id=id, count=count), rule="R8")


def forget(event: ContactPersonErased, work: Work) -> None:
    work.erase(event.person_id)
    told = SortingPersonErased(contact_id=event.contact_id, person_id=event.person_id)
    work.append(NOTEBOOK, event.contact_id, told)


def remark(event: NoticeWithheld, work: Work) -> None:
    work.append(NOTEBOOK, event.contact_id, Noted(person_id=event.contact_id, words="remark"))


SUBSCRIPTIONS = (
    On(ContactReceived, note, lambda e: Needs(streams=(NOTEBOOK.stream(e.contact_id),))),
    On(ContactPersonErased, forget, lambda e: Needs(streams=(NOTEBOOK.stream(e.contact_id),))),
    On(NoticeWithheld, remark, lambda e: Needs(known=(NOTEBOOK.stream(e.contact_id),))),
)

SERVICE = Service(
    name="toy",
    package="complaints_chassis",
    aggregates=(NOTEBOOK,),
    facts=(Noted, Counted),
    subscriptions=SUBSCRIPTIONS,
)
BOOK = SERVICE.book("test")


async def migrate_toy(url: str) -> None:
    """The chassis' tables, and the toy's one."""
    await migrate(url, "complaints_chassis", "toy")
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.run_sync(metadata.create_all)
        await connection.execute(text("GRANT ALL ON notebooks TO toy"))
    await engine.dispose()


def received(
    contact_id: UUID | None = None, words: str = "hello", **person: str
) -> ContactReceived:
    """A contact; `person` gives their name, email and so on."""
    someone = Person(
        id=uuid4(),
        role=PersonRole.COMPLAINANT,
        reach=Reach(preferred=ReachBy.EMAIL),
        name=person.get("name", "Ann Example"),
    )
    return ContactReceived(
        contact_id=contact_id or uuid4(),
        reference="TEST",
        channel=Channel.WEB,
        received_at=datetime(2026, 4, 2, 16, 10, tzinfo=UTC),
        persons=(someone,),
        words=words,
    )


def withheld(contact_id: UUID) -> NoticeWithheld:
    return NoticeWithheld(
        notice_id=uuid4(),
        contact_id=contact_id,
        reference="TEST",
        purpose=Purpose.ACKNOWLEDGEMENT,
        reason=WithheldReason.ANONYMOUS,
    )


def record(
    event: Event, sequence: int = 1, *, event_id: UUID | None = None, offset: int = 0
) -> Record:
    """The Kafka record of an event, as another service would send it."""
    headers = envelope.headers(
        id=event_id or uuid4(),
        type=event.type,
        source="/opcc/test/other",
        subject=event.stream,
        time=datetime(2026, 4, 2, 16, 10, tzinfo=UTC),
        sequence=sequence,
        causation=None,
        traceparent=None,
    )
    return Record(
        topic=event.topic,
        partition=0,
        offset=offset,
        timestamp=0,
        key=event.stream.encode(),
        value=envelope.encode(event.model_dump(mode="json")),
        headers=tuple((name.encode(), text.encode()) for name, text in headers.items()),
    )
