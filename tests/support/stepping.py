"""One case, and all that can be done to it from outside: commands, other services, forces, time."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from httpx import Response

from complaints_chassis.record import Record
from complaints_contracts.codes import (
    Channel,
    ContactType,
    Criterion,
    CriterionAnswer,
    Eligibility,
    Medium,
    Purpose,
    Queue,
    Route,
    Subject,
    Urgency,
    Wish,
)
from complaints_contracts.event import Event
from complaints_contracts.notices import NoticeSent
from complaints_contracts.reviews import ReviewMatched
from complaints_contracts.triage import (
    AssessedAllegation,
    ContactSorted,
    MatterAssessed,
    MessageSorted,
)

if TYPE_CHECKING:
    from conftest import Casework
    from staffed import Web

NO = CriterionAnswer.NO
_offsets = count(1000)


@dataclass
class Story:
    """One case, and all that can be done to it from outside."""

    casework: Casework
    web: Web
    event: ContactSorted
    sequence: dict[str, int] = field(default_factory=lambda: {"triage": 1})

    @property
    def path(self) -> str:
        return f"/api/cases/{self.event.case_id}"

    async def post(
        self,
        what: str,
        body: dict[str, Any],
        person: str = "adviser-1",
        *,
        key: str | None = None,
        version: int | None = None,
    ) -> Response:
        row = await self.casework.case(self.event.contact_id)
        headers = {
            "If-Match": f'"{version or row.version}"',
            "Idempotency-Key": key or str(uuid4()),
        }
        bearer = self.web.bearer(person, **headers)
        answer: Response = await self.web.client.post(
            f"{self.path}/{what}", json=body, headers=bearer
        )
        return answer

    async def step(self, step: str, person: str = "adviser-1", **given: Any) -> None:
        answer = await self.post("steps", {"step": step, **given}, person)
        assert answer.status_code == 201, answer.text

    async def refused(self, step: str, person: str = "adviser-1", **given: Any) -> dict[str, Any]:
        answer = await self.post("steps", {"step": step, **given}, person)
        assert answer.status_code == 409, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def get(self, what: str = "") -> Any:
        answer = await self.web.client.get(f"{self.path}{what}", headers=self.web.bearer())
        assert answer.status_code == 200
        return answer.json()

    async def status(self) -> str:
        row = await self.casework.case(self.event.contact_id)
        return str(row.status)

    async def to_do(self) -> list[str]:
        rows = await self.casework.rows(
            "SELECT kind FROM actions WHERE case_id = :id AND NOT done ORDER BY number",
            id=self.event.case_id,
        )
        return [row.kind for row in rows]

    async def untold(self) -> list[tuple[str, str]]:
        return [(one["step"], one["step_id"]) for one in (await self.get())["untold"]]

    async def reach(self, *, made: bool = True, how: str = "TELEPHONE") -> None:
        answer = await self.post("contact-attempts", {"made": made, "how": how})
        assert answer.status_code == 201

    async def assess(
        self,
        *answers: CriterionAnswer,
        route: Route = Route.SERVICE_RECOVERY,
        advised: bool = False,
        criterion: str = "MF4",
        category: str = "A1",
        **more: Any,
    ) -> None:
        """Each answer is that to one criterion of one allegation; the rest are no."""
        asked = Criterion(criterion)
        self.sequence["triage"] += 1
        criteria = [c for c in Criterion if c is not Criterion.OTHER]
        allegations = tuple(
            AssessedAllegation(
                number=str(number),
                category=category,
                words="Nobody called.",
                answers=dict.fromkeys(criteria, NO) | {asked: answer},
                advised=(asked,) if advised else (),
            )
            for number, answer in enumerate(answers, start=1)
        )
        given: dict[str, Any] = {
            "raised": tuple(str(number) for number in range(2, len(answers) + 1)),
            "contact_type": ContactType.COMPLAINT,
            "subject": Subject.FORCE,
            "eligibility": Eligibility.ELIGIBLE,
            "wish": Wish.CONTENT,
        }
        assessed = MatterAssessed(
            contact_id=self.event.contact_id,
            case_id=self.event.case_id,
            reference=self.event.reference,
            person_id=self.event.person,
            assessed_at=self.casework.clock.now(),
            allegations=allegations,
            route=route,
            row="1",
            table_version="1",
            criteria_version="1",
            **(given | more),
        )
        await self.casework.hear((assessed, self.sequence["triage"]))

    async def writes(self, urgency: Urgency = Urgency.ROUTINE) -> UUID:
        self.sequence["triage"] += 1
        message = MessageSorted(
            contact_id=self.event.contact_id,
            case_id=self.event.case_id,
            message_id=uuid4(),
            person_id=self.event.person,
            reference=self.event.reference,
            channel=Channel.EMAIL,
            received_at=self.casework.clock.now(),
            words="Has anything happened?",
            queue=Queue.RESOLUTION,
            urgency=urgency,
            prompts_version="test",
        )
        await self.casework.hear((message, self.sequence["triage"]))
        return message.message_id

    async def asks_for_a_review(self) -> None:
        """As reviews says it, once it knows which case that is about."""
        asked = ReviewMatched(
            review_id=uuid4(),
            contact_id=uuid4(),
            reference="9QX4-7K3M-D",
            case_id=self.event.case_id,
            case_reference=self.event.reference,
            received_at=self.casework.clock.now(),
            by="REFERENCE_AND_PERSON",
        )
        await self.casework.hear(asked)

    async def says(self, kind: str, force: str = "cleveland", **fields: object) -> None:
        headers = {
            "ce_specversion": "1.0",
            "ce_id": str(uuid4()),
            "ce_type": f"uk.police-complaints.force.{kind}.v1",
            "ce_source": f"/force/{force}/dse",
            "ce_time": "2026-04-20T09:00:00Z",
        }
        sent = Record(
            topic=f"force.{force}.cases.v1",
            partition=0,
            offset=next(_offsets),
            timestamp=0,
            key=None,
            value=json.dumps({"case_id": str(self.event.case_id), **fields}).encode(),
            headers=tuple((name.encode(), text.encode()) for name, text in headers.items()),
        )
        await self.casework.apply([sent])

    async def advances(self, step: str, words: str | None = None) -> None:
        today = self.casework.clock.now().date().isoformat()
        await self.says("case-advanced", step=step, done_on=today, words=words)

    def notice(self, kind: type[Event], step_id: str, **more: Any) -> Event:
        return kind(
            notice_id=uuid4(),
            contact_id=self.event.contact_id,
            reference=self.event.reference,
            purpose=Purpose.CASE_STEP,
            case_id=self.event.case_id,
            step_id=UUID(step_id),
            **more,
        )

    async def told_by_mail(self, step: str) -> None:
        step_id = dict(await self.untold())[step]
        sent = self.notice(NoticeSent, step_id, medium=Medium.EMAIL, attempts=1)
        await self.casework.hear(sent)

    async def comes(self, day: int, month: int = 4, year: int = 2026, *, hour: int = 8) -> None:
        """It is that moment, and the leader has looked as often as it does."""
        self.casework.clock.set(datetime(year, month, day, hour, tzinfo=UTC), frozen=True)
        while await self.casework.upkeep():
            pass

    async def recovers(self) -> None:
        await self.reach()
        await self.assess(NO)
        await self.step("SERVICE_RECOVERY_STARTED", note="Quick to put right.")

    async def goes_to_the_force(self) -> None:
        body = {"reason": "AA_DECIDES", "force": "cleveland", "note": "x"}
        assert (await self.post("recorded-complaint", body)).status_code == 201
        await self.says("transfer-accepted", force_reference="DSE/1")
        assert await self.status() == "FORCE_HANDLING"

    async def clock(self, kind: str) -> dict[str, Any]:
        found: list[dict[str, Any]] = (await self.get("/clocks"))["clocks"]
        return [one for one in found if one["kind"] == kind][-1]
