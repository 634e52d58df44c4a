"""A complaint is recorded, goes to the force, and what the force says comes back to its case."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from httpx import Response

from complaints_casework.forces import NOT_TRANSFERRED
from complaints_chassis.receipts import OTHER_CONTENT
from complaints_chassis.record import Record
from complaints_contracts.codes import ContactType, Queue
from complaints_contracts.triage import ContactSorted, SortingPersonErased

if TYPE_CHECKING:
    from conftest import Casework, Web

Contact = Callable[..., ContactSorted]

WHY = "Mr Penhallow said on the telephone that he wants it recorded"
NOTHING: dict[str, Any] = {}
_offsets = count()


async def ask(
    casework: Casework, web: Web, event: ContactSorted, key: str = "k", **body: str
) -> Response:
    row = await casework.case(event.contact_id)
    headers = web.bearer(**{"If-Match": f'"{row.version}"', "Idempotency-Key": key})
    sent = {"reason": "COMPLAINANT_WISHES", "force": "cleveland", "note": WHY, **body}
    path = f"/api/cases/{event.case_id}/recorded-complaint"
    return await web.client.post(path, json=sent, headers=headers)


def said(
    kind: str, case_id: UUID | str, id: str = "", force: str = "cleveland", **fields: object
) -> Record:
    """What a force sends about a case."""
    headers = {
        "ce_specversion": "1.0",
        "ce_id": id or str(uuid4()),
        "ce_type": f"uk.police-complaints.force.{kind}.v1",
        "ce_source": f"/force/{force}/dse",
        "ce_time": "2026-04-20T09:00:00Z",
    }
    return Record(
        topic=f"force.{force}.cases.v1",
        partition=0,
        offset=next(_offsets),
        timestamp=0,
        key=None,
        value=json.dumps({"case_id": str(case_id), **fields}).encode(),
        headers=tuple((name.encode(), text.encode()) for name, text in headers.items()),
    )


async def receipts(casework: Casework) -> list[tuple[str, str | None]]:
    rows = await casework.rows(
        "SELECT record FROM journal WHERE topic LIKE 'force.%.receipts.v1' ORDER BY seq"
    )
    data = [json.loads(row.record)["data"] for row in rows]
    return [(one["outcome"], one["reason"]) for one in data]


async def to_do(casework: Casework, event: ContactSorted) -> list[tuple[str, datetime | None]]:
    rows = await casework.rows(
        "SELECT kind, due_at FROM actions WHERE case_id = :id AND NOT done ORDER BY number",
        id=event.case_id,
    )
    return [(row.kind, row.due_at) for row in rows]


async def test_a_recorded_complaint_goes_to_the_force_with_all_it_needs(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact(words="They broke my door.")
    await casework.hear(event)
    answer = await ask(casework, web, event)
    assert answer.status_code == 201
    assert (await casework.case(event.contact_id)).status == "TRANSFERRED"
    [given] = await casework.rows(
        "SELECT j.*, array_agg(p.bytes) AS parts FROM journal j JOIN personal p USING (event_id)"
        " WHERE topic LIKE 'force.%' GROUP BY j.seq"
    )
    assert (given.topic, given.sequence) == ("force.cleveland.transfers.v1", 1)
    data = json.loads(given.record)["data"]
    assert (data["case_id"], data["reference"]) == (str(event.case_id), event.reference)
    assert (data["force"], data["reason_recorded"]) == ("cleveland", "COMPLAINANT_WISHES")
    parts = b"".join(given.parts)
    assert b"They broke my door." in parts
    assert b"Penhallow" not in parts, "why it was recorded stays here"
    shown = (await web.client.get(f"/api/cases/{event.case_id}", headers=web.bearer())).json()
    assert shown["recorded"]["force"] == "cleveland"


@pytest.mark.parametrize(
    "kind",
    [
        NOTHING,
        {"queue": Queue.COMPLIMENTS, "contact_type": ContactType.COMPLIMENT},
        {"queue": Queue.CONCERNS, "contact_type": ContactType.COMMUNITY_CONCERN},
    ],
)
async def test_it_is_recorded_in_whatever_state_but_once(
    casework: Casework, web: Web, contact: Contact, kind: dict[str, Any]
) -> None:
    event = contact(**kind)
    await casework.hear(event)
    if kind:
        compliment = kind["queue"] is Queue.COMPLIMENTS
        what = "forwarded-compliment" if compliment else "noted-concern"
        body = {"passed_to": "x", "no_dissatisfaction": True} if compliment else {"theme": "x"}
        row = await casework.case(event.contact_id)
        headers = web.bearer(**{"If-Match": f'"{row.version}"', "Idempotency-Key": "end"})
        path = f"/api/cases/{event.case_id}/{what}"
        assert (await web.client.post(path, json=body, headers=headers)).status_code == 201
        assert not (await casework.case(event.contact_id)).is_open
    assert (await ask(casework, web, event)).status_code == 201
    assert (await casework.case(event.contact_id)).is_open
    again = await ask(casework, web, event, "other")
    assert (again.status_code, again.json()["rule"]) == (409, "L6")
    assert len(await casework.rows("SELECT 1 FROM journal WHERE topic LIKE 'force.%'")) == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"force": "atlantis"}, "Send one of: cleveland"),
        ({"reason": "BECAUSE"}, "Send one of: COMPLAINANT_WISHES"),
        ({"note": "  "}, ""),
    ],
)
async def test_what_cannot_be_meant_is_refused_with_what_to_send(
    casework: Casework, web: Web, contact: Contact, body: dict[str, str], said: str
) -> None:
    event = contact()
    await casework.hear(event)
    answer = await ask(casework, web, event, **body)
    assert answer.status_code == 422
    assert said in answer.text
    assert (await casework.case(event.contact_id)).status == "LOGGED"


async def test_the_force_accepts_reports_and_decides(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    await ask(casework, web, event)
    casework.clock.set(datetime(2026, 4, 20, 9, 30, tzinfo=UTC), frozen=True)
    id = event.case_id
    await casework.apply([said("transfer-queried", id, question="Which door?")])
    assert [kind for kind, _ in await to_do(casework, event)] == ["ANSWER_FORCE"]
    await casework.apply([said("transfer-accepted", id, force_reference="DSE/2026/77")])
    assert (await casework.case(event.contact_id)).status == "FORCE_HANDLING"
    assert await to_do(casework, event) == []
    await casework.apply([said("progress-reported", id, words="An officer was interviewed.")])
    assert [kind for kind, _ in await to_do(casework, event)] == ["TELL_PROGRESS"]
    decided = {"outcome": "SERVICE_NOT_ACCEPTABLE", "words": "Sorry.", "issued_on": "2026-05-01"}
    await casework.apply([said("outcome-issued", id, **decided)])
    row = await casework.case(event.contact_id)
    assert (row.status, row.is_open) == ("OUTCOME_GIVEN", True)
    # Five working days after Friday 1 May 2026, of which Monday the 4th is a bank holiday (L30).
    assert (await to_do(casework, event))[-1] == (
        "TELL_OUTCOME",
        datetime(2026, 5, 11, 22, 59, tzinfo=UTC),
    )
    assert await receipts(casework) == [("ACCEPTED", None)] * 4
    await web.sign_in("team-leader-1")
    page = (await web.client.get(f"/cases/{id}")).text
    for words in ("Which door?", "DSE/2026/77", "The service was not acceptable, on Friday 1 May"):
        assert words in page


async def test_nothing_a_force_says_twice_counts_twice(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    await ask(casework, web, event)
    report = {"kind": "progress-reported", "case_id": event.case_id, "id": "r1"}
    await casework.apply([said(**report, words="One."), said(**report, words="One.")])
    await casework.apply([said(**report, words="Another.")])
    assert (await casework.facts(event.contact_id)).count("casework.force-reported") == 1
    assert await casework.held() == ["FORKED"]
    accepted, same, other = await receipts(casework)
    assert accepted == same == ("ACCEPTED", None)
    assert other == ("HELD", OTHER_CONTENT)


@pytest.mark.parametrize("theirs", [False, True])
async def test_a_force_may_only_speak_of_what_it_was_given(
    casework: Casework, web: Web, contact: Contact, theirs: bool
) -> None:
    event = contact()
    await casework.hear(event)
    if theirs:
        await ask(casework, web, event)
    id = uuid4() if theirs else event.case_id
    await casework.apply([said("transfer-accepted", id)])
    assert await receipts(casework) == [("HELD", NOT_TRANSFERRED)]
    assert await casework.held() == ["UNREADABLE"]


async def test_what_a_force_says_in_an_order_nobody_expects_is_kept_and_looked_at(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    await ask(casework, web, event)
    decided = {"outcome": "NFA", "words": "No.", "issued_on": "2026-05-01"}
    await casework.apply(
        [
            said("outcome-issued", event.case_id, **decided),
            said("progress-reported", event.case_id, words="Still at it."),
            said("transfer-accepted", event.case_id),
        ]
    )
    assert (await casework.case(event.contact_id)).status == "OUTCOME_GIVEN"
    left = {kind for kind, _ in await to_do(casework, event)}
    assert left == {"TELL_OUTCOME", "TELL_PROGRESS", "LOOK"}
    assert await casework.held() == []


async def test_who_is_erased_is_gone_from_what_the_force_said_too(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    await ask(casework, web, event)
    await casework.apply([said("progress-reported", event.case_id, "r", words="Zebulon agreed.")])
    before = await casework.rows("SELECT bytes FROM personal")
    assert any(b"Zebulon" in row.bytes for row in before)
    gone = SortingPersonErased(contact_id=event.contact_id, person_id=event.person)
    await casework.hear((gone, 2))
    assert await casework.rows("SELECT bytes FROM personal") == []
    await casework.apply([said("progress-reported", event.case_id, "r", words="Zebulon agreed.")])
    assert await casework.held() == []
