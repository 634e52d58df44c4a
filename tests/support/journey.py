"""A complaint's way through the whole system, the clock run forward from day to day."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time
from email.message import EmailMessage
from itertools import count
from pathlib import Path
from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from httpx import AsyncClient, Response

from complaints_chassis.web import Role
from complaints_law.london import instant_on, london_time
from complaints_local.system import System

FORCE_SAYS = Path(__file__).parents[1] / "journeys" / "force_says"
"""What the force's system sends, as bytes; `CASE` and `REQUEST` stand for our ids."""
CRITERIA = tuple(f"MF{n}" for n in range(1, 8))
_ids = count(1)


def allegation(category: str, words: str, number: str = "1", **answers: str) -> dict[str, Any]:
    """One whose criteria are all answered no, but for those given."""
    given = dict.fromkeys(CRITERIA, "NO") | answers
    return {
        "number": number,
        "category": category,
        "words": words,
        "answers": {name: {"answer": said, "reason": "As told."} for name, said in given.items()},
    }


@dataclass
class Journey:
    """One contact, from the day on which it was made."""

    system: System
    client: AsyncClient
    producer: AIOKafkaProducer
    reference: str = ""
    contact_id: str = ""
    address: str = ""
    _read: set[int] = field(default_factory=set)

    def at(self, day: date, hour: int = 10, minute: int = 0) -> None:
        """Runs the clock forward to a moment in London, and stops it there."""
        self.system.clock.set(instant_on(day, time(hour, minute)), frozen=True)

    async def as_staff(self, role: Role = Role.ADVISER) -> dict[str, str]:
        return {**await self.system.as_staff(role), "Accept": "application/json"}

    async def send(self, contact: dict[str, Any], role: Role | None = None) -> None:
        """Sends a contact to the API: as the public does, or as staff take it."""
        headers = await self.as_staff(role) if role else {"Accept": "application/json"}
        answer = await self.client.post("/intake/api/contacts", json=contact, headers=headers)
        assert answer.status_code == 202, answer.text
        self.reference, self.contact_id = answer.json()["reference"], answer.json()["contact_id"]
        self.address = contact["persons"][0].get("email", "")

    async def case(self, matter: str = "1") -> dict[str, Any]:
        """The case of a matter, once there is one."""
        async with asyncio.timeout(60):
            while True:
                listed = await self._get("/casework/api/cases", reference=self.reference)
                for found in listed["cases"]:
                    if found["matter"] == matter:
                        return await self._get(f"/casework/api/cases/{found['case_id']}")
                await asyncio.sleep(0.05)

    async def until(self, matter: str = "1", **fields: Any) -> dict[str, Any]:
        """The case, once these of its fields are so."""
        case: dict[str, Any] = {}
        try:
            async with asyncio.timeout(60):
                while True:
                    case = await self.case(matter)
                    if all(case[name] == value for name, value in fields.items()):
                        return case
                    await asyncio.sleep(0.05)
        except TimeoutError:
            found = {name: case.get(name) for name in fields}
            raise AssertionError(f"expected {fields}, found {found}") from None

    async def has(
        self, true: Callable[[dict[str, Any]], bool], matter: str = "1"
    ) -> dict[str, Any]:
        """The case, once something is true of it."""
        async with asyncio.timeout(60):
            while not true(case := await self.case(matter)):
                await asyncio.sleep(0.05)
        return case

    async def assess(self, *allegations: dict[str, Any], matter: str = "1", **given: Any) -> str:
        """Assesses a matter; the route."""
        path = f"/triage/api/contacts/{self.contact_id}/matters/{matter}/assessment"
        read = await self.client.get(path, headers=await self.as_staff())
        body = {
            "contact_type": "COMPLAINT",
            "eligibility": "ELIGIBLE",
            "wish": "CONTENT",
            "allegations": allegations,
            **given,
        }
        headers = {
            **await self.as_staff(),
            "If-Match": read.headers["etag"],
            "Idempotency-Key": str(uuid4()),
        }
        answer = await self.client.post(path, json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        route: str = answer.json()["route"]
        await self.has(lambda case: _assessed(case, route), matter)
        return route

    async def split(self, words: str) -> None:
        """Gives another matter in the contact a case of its own."""
        path = f"/triage/api/contacts/{self.contact_id}/matters/1"
        read = await self.client.get(f"{path}/assessment", headers=await self.as_staff())
        headers = {
            **await self.as_staff(),
            "If-Match": read.headers["etag"],
            "Idempotency-Key": str(uuid4()),
        }
        answer = await self.client.post(f"{path}/split", json={"words": words}, headers=headers)
        assert answer.status_code == 201, answer.text

    async def ask(
        self, what: str, body: dict[str, Any], matter: str = "1", role: Role = Role.ADVISER
    ) -> Response:
        """Gives a command about the case."""
        case = await self.case(matter)
        headers = {
            **await self.as_staff(role),
            "If-Match": f'"{case["version"]}"',
            "Idempotency-Key": str(uuid4()),
        }
        path = f"/casework/api/cases/{case['case_id']}/{what}"
        return await self.client.post(path, json=body, headers=headers)

    async def step(
        self, step: str, matter: str = "1", role: Role = Role.ADVISER, **given: Any
    ) -> None:
        """Takes a step on the case."""
        answer = await self.ask("steps", {"step": step, **given}, matter, role)
        assert answer.status_code == 201, answer.text

    async def call(self, *, made: bool = True) -> None:
        """Rings them."""
        answer = await self.ask("contact-attempts", {"made": made, "how": "TELEPHONE"})
        assert answer.status_code == 201, answer.text

    async def redirect(self, file: str, email: str) -> None:
        """The force's system hands a contact over that was made to it."""
        value = (FORCE_SAYS / file).read_bytes()
        await self._force_sends("force.cleveland.contacts.v1", "contact-redirected", value)
        self.address = email
        async with asyncio.timeout(60):
            while not (listed := (await self._get("/casework/api/worklist"))["cases"]):
                await asyncio.sleep(0.05)
        case = await self._get(f"/casework/api/cases/{listed[0]['case_id']}")
        self.reference, self.contact_id = case["reference"], case["contact_id"]

    async def handed_over(self, kind: str) -> dict[str, Any]:
        """What the force's system reads on its own topic, of one kind."""
        consumer = AIOKafkaConsumer(
            "force.cleveland.transfers.v1",
            bootstrap_servers=self.system.bootstrap,
            auto_offset_reset="earliest",
        )
        await consumer.start()
        try:
            async with asyncio.timeout(60):
                async for record in consumer:
                    if dict(record.headers)["ce_type"].endswith(f"{kind}.v1".encode()):
                        found: dict[str, Any] = json.loads(record.value)
                        return found
        finally:
            await consumer.stop()
        raise AssertionError("the topic ended")

    async def force_says(self, file: str, kind: str, request: str = "") -> None:
        """The force's system sends a file of bytes about the case."""
        case = await self.case()
        value = (FORCE_SAYS / file).read_bytes()
        value = value.replace(b"CASE", case["case_id"].encode())
        value = value.replace(b"REQUEST", request.encode())
        await self._force_sends("force.cleveland.cases.v1", kind, value)

    async def letter(self, *words: str) -> str:
        """The text of the next mail to them, once there is one, which must say all of this."""
        async with asyncio.timeout(60):
            while not (found := self._unread()):
                await asyncio.sleep(0.05)
        number, message = found[0]
        self._read.add(number)
        text = " ".join(_text(message, "plain").split())
        for word in words:
            assert word in text, f"{word!r} is not in: {text}"
        assert "{{" not in text
        page = " ".join(_text(message, "html").split())
        assert self.reference in text
        assert self.reference in page
        return text

    def unread_letters(self) -> int:
        """How many mails to them nobody has asked for yet."""
        return len(self._unread())

    def clock_of(self, case: dict[str, Any], kind: str) -> dict[str, Any]:
        """The last run of a clock."""
        return [run for run in case["clocks"] if run["kind"] == kind][-1]

    def promise(self, case: dict[str, Any], kind: str) -> dict[str, Any]:
        """A promise that was made when the case was opened."""
        found: dict[str, Any] = next(p for p in case["promises"] if p["kind"] == kind)
        return found

    async def _force_sends(self, topic: str, kind: str, value: bytes) -> None:
        headers = {
            "ce_specversion": "1.0",
            "ce_id": f"DSE-{next(_ids)}",
            "ce_type": f"uk.police-complaints.force.{kind}.v1",
            "ce_source": "/force/cleveland/dse",
            "ce_time": self.system.clock.now().isoformat(),
            "content-type": "application/json",
        }
        sent = [(name, text.encode()) for name, text in headers.items()]
        await self.producer.send_and_wait(topic, value, headers=sent)

    def _unread(self) -> list[tuple[int, EmailMessage]]:
        return [
            (mail.number, mail.message)
            for mail in self.system.mailbox.mails()
            if self.address in mail.recipients and mail.number not in self._read
        ]

    async def _get(self, path: str, **params: str) -> Any:
        headers = await self.as_staff(Role.TEAM_LEADER)
        answer = await self.client.get(path, params=params, headers=headers)
        return answer.raise_for_status().json()


def _assessed(case: dict[str, Any], route: str) -> bool:
    return bool(case["assessment"] and case["assessment"]["route"] == route)


def _text(message: EmailMessage, kind: str) -> str:
    body = message.get_body((kind,))
    assert body is not None
    text: str = body.get_content()
    return text


def due(run: dict[str, Any]) -> tuple[str, str, str]:
    """When a run is due and to be done by, in London, and how it stands."""
    at = london_time(datetime.fromisoformat(run["clock"]["due_at"]))
    return f"{at:%a %-d %b %H:%M}", run["clock"]["do_by"], run["state"]
