"""A person is erased in intake; soon nothing of them is left anywhere, and everything verifies."""

from __future__ import annotations

import asyncio
import base64
import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import AIOKafkaProducer
from httpx import AsyncClient
from sqlalchemy import text

from complaints_chassis import journal, operate
from complaints_chassis.errors import Refused
from complaints_chassis.service import Running
from complaints_chassis.verify import verify
from complaints_chassis.web import Role
from complaints_contracts import envelope
from complaints_contracts.cases import CaseOpened, CasePersonErased, case_id
from complaints_contracts.contacts import ContactReceived
from complaints_contracts.event import Event
from complaints_contracts.triage import ContactSorted, SortingPersonErased
from complaints_local.system import System
from complaints_notifications.domain.facts import RecipientErased

EMAIL = "isolde.quarrington@people.example"
PHOTO = b"\x89PNG\r\n\x1a\n a photo of Quarringtons door"
ISOLDE: dict[str, Any] = {
    "name": "Isolde Quarrington",
    "email": EMAIL,
    "telephone": "01632 960555",
    "address": "3 Fennimore Wynd",
    "safe_contact": "My brother Tancred must not know",
    "reach_by": "EMAIL",
}
CONTACT = {
    "title": "The night at Belchamber Yard",
    "words": "An officer broke my wrist, my Borzoi saw it. " + "Nobody rang me back. " * 4000,
    "persons": [ISOLDE, {"name": "Percival Ottershaw", "role": "WITNESS"}],
    "attachments": [
        {"name": "quarrington-door.png", "content": base64.b64encode(PHOTO).decode()},
    ],
}
NOTE = "She was at Sallowfield when I rang"
ERASED = (
    *("Isolde", "Quarrington", "quarrington", EMAIL, "960555", "Fennimore", "Tancred"),
    *("Belchamber", "Borzoi", "broke my wrist", "rang me back", "Sallowfield"),
)
"""A word of everything that she told us, or that was noted about her."""
OTHERS = "Percival Ottershaw"
STAFF_PAGES = (
    *("/intake/contacts", "/triage/", "/casework/worklist", "/notifications/", "/reviews/"),
)


def running(system: System) -> Iterator[tuple[str, Running]]:
    for name, app in system.services.items():
        yield name, app.state.running


async def tables(run: Running) -> dict[str, str]:
    """Every row of every table of a service, as text."""
    found = {}
    async with run.engine.connect() as connection:
        names = await connection.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        )
        for name in names.all():
            rows = await connection.execute(text(f"SELECT * FROM {name}"))  # noqa: S608
            found[name] = str([tuple(row) for row in rows])  # a Row's own text is cut short
    return found


async def leftovers(system: System, words: tuple[str, ...] = ERASED) -> set[tuple[str, str, str]]:
    """Where (service and table, or file store) words of the person still are, as they are or in
    hexadecimal."""
    found = set()
    for service, run in running(system):
        for table, rows in (await tables(run)).items():
            for word in words:
                if word in rows or word.encode().hex() in rows:
                    found.add((service, table, word))
    for file in system.data.folder("files").rglob("*"):
        content = file.read_bytes() if file.is_file() else b""
        found |= {("files", file.name, word) for word in words if word.encode() in content}
    return found


async def rows(run: Running, query: str) -> list[Any]:
    async with run.engine.connect() as connection:
        return list(await connection.execute(text(query)))


class Office:
    """What staff read of one contact, as programs and as pages."""

    def __init__(self, system: System, client: AsyncClient, contact: UUID) -> None:
        self.client = client
        self.contact = contact
        self.case = f"/cases/{case_id(contact)}"
        self.who = {
            role: {"Authorization": f"Bearer {system.token(role)}"}
            for role in (Role.TEAM_LEADER, Role.ADJUDICATOR)
        }

    async def api(self, path: str, role: Role = Role.TEAM_LEADER, **params: str) -> Any:
        headers = {**self.who[role], "Accept": "application/json"}
        answer = await self.client.get(path, params=params, headers=headers)
        return answer.json() if answer.status_code == 200 else None

    async def page(self, path: str) -> str:
        role = Role.ADJUDICATOR if path.startswith("/reviews") else Role.TEAM_LEADER
        answer = await self.client.get(path, headers=self.who[role])
        assert answer.status_code == 200, path
        return unescape(re.sub(r"<[^>]+>", " ", answer.text))

    async def case_file(self) -> Any:
        return await self.api(f"/casework/api{self.case}")

    async def told(self) -> bool:
        told = await self.api("/notifications/api/notices", contact_id=str(self.contact))
        return bool(told) and told[0]["state"] == "SENT"

    async def note(self, note: str) -> None:
        """An adviser writes down that they tried to reach the person."""
        version = (await self.case_file())["version"]
        headers = self.who[Role.TEAM_LEADER] | {"If-Match": f'"{version}"', "Idempotency-Key": "n"}
        answer = await self.client.post(
            f"/casework/api{self.case}/contact-attempts",
            json={"made": False, "how": "TELEPHONE", "note": note},
            headers=headers,
        )
        assert answer.status_code == 201, answer.text


async def accepted(client: AsyncClient, contact: dict[str, Any], key: str) -> UUID:
    answer = await client.post(
        "/intake/api/contacts", json=contact, headers={"Idempotency-Key": key}
    )
    assert answer.status_code == 202, answer.text
    return UUID(answer.json()["contact_id"])


async def first_event(run: Running, event: type[Event], stream: str) -> Any:
    async with run.engine.connect() as connection:
        [entry] = await journal.read(
            connection,
            "j.type = :type AND j.stream = :stream",
            {"type": event.type, "stream": stream},
        )
    return event.model_validate(entry.data)


async def send(system: System, event: Event, sequence: int, *, readable: bool = True) -> None:
    """Puts a record on its topic whose turn has not come, or that nobody can read."""
    headers = envelope.headers(
        id=uuid4(),
        type=event.type,
        source="/opcc/test/other",
        subject=event.stream,
        time=system.clock.now(),
        sequence=sequence,
        causation=None,
        traceparent=None,
    )
    if not readable:
        del headers["ce_type"]
    producer = AIOKafkaProducer(bootstrap_servers=system.bootstrap)
    await producer.start()
    try:
        await producer.send_and_wait(
            event.topic,
            envelope.encode(event.model_dump(mode="json")),
            key=event.stream.encode(),
            headers=[(name, value.encode()) for name, value in headers.items()],
        )
    finally:
        await producer.stop()


async def hold_records(system: System, contact: UUID) -> None:
    """Records about the person that cannot be applied, in every service that reads topics."""
    runs = dict(running(system))
    received = await first_event(runs["intake"], ContactReceived, f"contact:{contact}")
    sorted_ = await first_event(runs["triage"], ContactSorted, f"contact:{contact}")
    opened = await first_event(runs["casework"], CaseOpened, f"case:{case_id(contact)}")
    for event in (received, sorted_, opened):
        await send(system, event, 9)
        await send(system, event, 10, readable=False)
    async with asyncio.timeout(30):
        for name, run in runs.items():
            wanted = 0 if name == "intake" else 2
            while len(await rows(run, "SELECT 1 FROM held")) < wanted:
                await asyncio.sleep(0.1)
            assert wanted == 0 or "Quarrington" in (await tables(run))["held"]


async def everything_adds_up(system: System) -> None:
    for name, run in running(system):
        assert await operate.rebuild(run.engine, run.book, compare=True) == [], name
        async with run.engine.connect() as connection:
            count, problems = await verify(connection)
        assert (problems, count > 0) == ([], True), name


async def published(system: System) -> None:
    async with asyncio.timeout(30):
        for _, run in running(system):
            while await rows(run, "SELECT 1 FROM unpublished"):
                await asyncio.sleep(0.1)


async def until_gone(system: System) -> None:
    try:
        async with asyncio.timeout(20):
            while await leftovers(system):
                await asyncio.sleep(0.2)
    except TimeoutError:
        pytest.fail(f"still there: {sorted(await leftovers(system))}")


@pytest.mark.slow
async def test_people_erased_while_their_contacts_are_on_their_way_are_nowhere_in_the_end(
    system: System, client: AsyncClient
) -> None:
    intake = system.services["intake"].state.running
    contacts = [await accepted(client, CONTACT, f"{EMAIL} {number}") for number in range(8)]
    for contact in contacts:
        received = await first_event(intake, ContactReceived, f"contact:{contact}")
        await operate.erase(intake.engine, intake.book, str(received.person), "asked at once")
    ends = {
        "triage": (SortingPersonErased.type, len(contacts)),
        "casework": (CasePersonErased.type, len(contacts)),
        "notifications": (RecipientErased.type, len(contacts)),
    }
    async with asyncio.timeout(60):
        for name, run in running(system):
            type_, wanted = ends.get(name, ("", 0))
            query = f"SELECT 1 FROM journal WHERE type = '{type_}'"  # noqa: S608
            while len(await rows(run, query)) < wanted:
                await asyncio.sleep(0.1)
    await published(system)
    await until_gone(system)
    await everything_adds_up(system)
    for _, run in running(system):
        assert await rows(run, "SELECT reason FROM held") == []
    notices = await rows(
        system.services["notifications"].state.running, "SELECT state FROM notices"
    )
    assert {notice.state for notice in notices} <= {"SENT", "CANCELLED", "WITHHELD"}


@pytest.mark.slow
async def test_an_erased_person_is_nowhere_and_everything_verifies(
    system: System, client: AsyncClient
) -> None:
    contact = await accepted(client, CONTACT, f"{EMAIL} 1")
    bystander = await accepted(
        client, {"words": "Thank you.", "persons": [{"name": "Una Bystander"}]}, "2"
    )
    office = Office(system, client, contact)
    async with asyncio.timeout(60):
        while not (await office.case_file() and await office.told()):
            await asyncio.sleep(0.1)
    await office.note(NOTE)
    await hold_records(system, contact)
    before = await leftovers(system)
    assert {word for _, _, word in before} == set(ERASED)
    assert {where for where, _, _ in before} == {*system.services, "files"}

    intake = system.services["intake"].state.running
    case = await office.case_file()
    person = case["persons"][0]["id"]
    assert await operate.erase(intake.engine, intake.book, person, "asked by letter") > 0
    with pytest.raises(Refused, match="erased already"):
        await operate.erase(intake.engine, intake.book, person, "asked again")
    await until_gone(system)
    await published(system)

    await everything_adds_up(system)
    case = await office.case_file()
    named = [person["name"] for person in case["persons"]]
    assert (named, case["words"]) == (["[erased]", OTHERS], "[erased]")
    page = await office.page(f"/casework{office.case}")
    assert "[erased]" in page
    assert "A person was erased" in page
    for path in STAFF_PAGES:
        page += await office.page(path)
    page += json.dumps([await office.case_file(), await office.told()])
    assert not [word for word in ERASED if word in page]
    kept = await Office(system, client, bystander).case_file()
    assert kept["persons"][0]["name"] == "Una Bystander"

    for _, run in running(system):
        await operate.republish(run.engine, [])
    await published(system)
    await everything_adds_up(system)
    assert await leftovers(system) == set()
