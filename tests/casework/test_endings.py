"""A compliment is passed on and a concern noted; nothing that may be a complaint ends so."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from httpx import Response

from complaints_contracts.codes import Channel, ContactType, Queue, Urgency
from complaints_contracts.triage import ContactSorted, MessageSorted

if TYPE_CHECKING:
    from conftest import Casework, Web

Contact = Callable[..., ContactSorted]

PRAISE = {"queue": Queue.COMPLIMENTS, "contact_type": ContactType.COMPLIMENT}
WORRY = {"queue": Queue.CONCERNS, "contact_type": ContactType.COMMUNITY_CONCERN}
PASSED = {"passed_to": "Sergeant Amara Quill", "no_dissatisfaction": True}
NOTED = {"theme": "Off-road bikes on Fennimore Field"}


async def end(
    casework: Casework, web: Web, event: ContactSorted, what: str, body: dict[str, Any], key: str
) -> Response:
    row = await casework.case(event.contact_id)
    headers = web.bearer(**{"If-Match": f'"{row.version}"', "Idempotency-Key": key})
    return await web.client.post(f"/api/cases/{event.case_id}/{what}", json=body, headers=headers)


@pytest.mark.parametrize(
    ("kind", "what", "body", "told", "status", "secret"),
    [
        (PRAISE, "forwarded-compliment", PASSED, "compliment-forwarded", "COMPLIMENT", b"Quill"),
        (WORRY, "noted-concern", NOTED, "concern-noted", "CONCERN", b"Fennimore"),
    ],
)
async def test_a_case_that_is_no_complaint_is_closed_and_told_of(
    casework: Casework,
    web: Web,
    contact: Contact,
    kind: dict[str, Any],
    what: str,
    body: dict[str, Any],
    told: str,
    status: str,
    secret: bytes,
) -> None:
    event = contact(**kind)
    await casework.hear(event)
    answer = await end(casework, web, event, what, body, "k1")
    assert answer.status_code == 201
    row = await casework.case(event.contact_id)
    assert (row.status, row.is_open, row.next_due_at) == (f"CLOSED_{status}", False, None)
    assert (await casework.facts(event.contact_id))[-1] == f"case.{told}.v1"
    [published] = await casework.rows(f"SELECT * FROM journal WHERE type LIKE '%{told}.v1'")  # noqa: S608
    data = json.loads(published.record)["data"]
    assert (data["contact_id"], data["reference"]) == (str(event.contact_id), event.reference)
    journal = await casework.rows("SELECT record FROM journal")
    assert not [row for row in journal if secret in row.record]
    assert await casework.rows("SELECT * FROM timers") == []
    casework.clock.set(datetime(2026, 6, 1, tzinfo=UTC), frozen=True)
    assert not await casework.upkeep()


async def test_a_closed_case_leaves_the_worklist_and_the_advisers_load(
    casework: Casework, web: Web, contact: Contact, with_absences: Callable[..., Any]
) -> None:
    casework.use(with_absences("adviser-2", "adviser-3", "adviser-4"))
    event = contact(**PRAISE)
    await casework.hear(event)
    assert (await end(casework, web, event, "forwarded-compliment", PASSED, "k")).is_success
    headers = web.bearer()
    worklist = await web.client.get("/api/worklist?adviser=me", headers=headers)
    assert worklist.json()["total"] == 0
    found = await web.client.get(f"/api/cases?reference={event.reference}", headers=headers)
    assert found.json()["total"] == 1
    casework.use(with_absences("adviser-3", "adviser-4"))
    await casework.hear(*(contact() for _ in range(2)))
    rows = await casework.rows("SELECT adviser_id FROM cases WHERE is_open")
    assert sorted(row.adviser_id for row in rows) == ["adviser-1", "adviser-2"]


async def test_a_promise_that_was_broken_before_stays_broken(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact(**PRAISE)
    await casework.hear(event)
    casework.clock.set(casework.clock.now() + timedelta(days=10), frozen=True)
    assert (await end(casework, web, event, "forwarded-compliment", PASSED, "k")).is_success
    assert "casework.clock-breach-noted" in await casework.facts(event.contact_id)
    case = (await web.client.get(f"/api/cases/{event.case_id}", headers=web.bearer())).json()
    assert {p["kind"]: (p["breached"], p["stopped"]) for p in case["promises"]} == {
        "LOG": (False, False),
        "CALL": (True, True),
        "FIRST_UPDATE": (False, True),
    }


@pytest.mark.parametrize(
    "kind",
    [
        {},
        WORRY,
        {"queue": Queue.COMPLIMENTS, "contact_type": ContactType.MIXED},
        {"queue": Queue.RESOLUTION, "contact_type": ContactType.COMPLIMENT},
        {"queue": Queue.URGENT, "contact_type": ContactType.COMPLIMENT},
    ],
)
async def test_what_may_be_a_complaint_is_not_closed_as_a_compliment(
    casework: Casework, web: Web, contact: Contact, kind: dict[str, Any]
) -> None:
    event = contact(**kind)
    await casework.hear(event)
    answer = await end(casework, web, event, "forwarded-compliment", PASSED, "k")
    assert (answer.status_code, answer.json()["rule"]) == (409, "R9")
    assert (await casework.case(event.contact_id)).is_open


@pytest.mark.parametrize(
    "body", [{"passed_to": "A. Quill"}, PASSED | {"no_dissatisfaction": False}, {"passed_to": " "}]
)
async def test_nobody_passes_a_compliment_on_without_having_read_it_to_the_end(
    casework: Casework, web: Web, contact: Contact, body: dict[str, Any]
) -> None:
    event = contact(**PRAISE)
    await casework.hear(event)
    answer = await end(casework, web, event, "forwarded-compliment", body, "k")
    assert answer.status_code == 422
    assert "Quill" not in answer.text


def wrote_again(event: ContactSorted, urgency: Urgency = Urgency.ROUTINE) -> MessageSorted:
    return MessageSorted(
        contact_id=event.contact_id,
        case_id=event.case_id,
        message_id=uuid4(),
        person_id=event.person,
        reference=event.reference,
        channel=Channel.EMAIL,
        received_at=event.received_at,
        words="And one more thing.",
        queue=event.queue,
        urgency=urgency,
        prompts_version="test",
    )


async def test_what_they_wrote_since_is_read_first_and_nothing_serious_is_closed_over(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact(**WORRY)
    serious = wrote_again(event, Urgency.URGENT)
    await casework.hear(event, (serious, 2))
    unread = await end(casework, web, event, "noted-concern", NOTED, "k1")
    assert (unread.status_code, unread.json()["rule"]) == (409, "R10")
    assert "Read that first" in unread.json()["detail"]
    row = await casework.case(event.contact_id)
    headers = web.bearer(**{"If-Match": f'"{row.version}"', "Idempotency-Key": "k2"})
    address = f"/api/cases/{event.case_id}/messages/{serious.message_id}/read"
    assert (await web.client.post(address, headers=headers)).is_success
    still = await end(casework, web, event, "noted-concern", NOTED, "k3")
    assert "may be serious" in still.json()["detail"]


async def test_a_closed_case_that_gets_a_message_is_open_until_it_is_ended_again(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact(**PRAISE)
    await casework.hear(event)
    assert (await end(casework, web, event, "forwarded-compliment", PASSED, "k1")).is_success
    again = wrote_again(event)
    await casework.hear((again, 2))
    row = await casework.case(event.contact_id)
    assert (row.status, row.is_open, row.next_action) == ("LOGGED", True, "READ_MESSAGE")
    assert str(row.next_do_by) == "2026-04-07"
    unread = await end(casework, web, event, "forwarded-compliment", PASSED, "k1b")
    assert "Read that first" in unread.json()["detail"]
    headers = web.bearer(**{"If-Match": f'"{row.version}"', "Idempotency-Key": "k2"})
    address = f"/api/cases/{event.case_id}/messages/{again.message_id}/read"
    assert (await web.client.post(address, headers=headers)).is_success
    row = await casework.case(event.contact_id)
    assert (row.status, row.is_open, row.next_clock) == ("LOGGED", True, "CALL")
    assert (await end(casework, web, event, "forwarded-compliment", PASSED, "k3")).is_success
    row = await casework.case(event.contact_id)
    assert (row.status, row.is_open) == ("CLOSED_COMPLIMENT", False)
    twice = await end(casework, web, event, "forwarded-compliment", PASSED, "k4")
    assert "closed already" in twice.json()["detail"]


async def test_what_a_machine_sends_opens_no_closed_case(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact(**WORRY)
    await casework.hear(event)
    assert (await end(casework, web, event, "noted-concern", NOTED, "k")).is_success
    away = wrote_again(event).model_copy(update={"automatic": True})
    await casework.hear((away, 2))
    row = await casework.case(event.contact_id)
    assert (row.status, row.is_open) == ("CLOSED_CONCERN", False)


async def test_a_reopened_case_counts_for_its_adviser_and_breaks_no_promise_that_had_ended(
    casework: Casework, web: Web, contact: Contact, with_absences: Callable[..., Any]
) -> None:
    casework.use(with_absences("adviser-2", "adviser-3", "adviser-4"))
    event = contact(**PRAISE)
    await casework.hear(event)
    assert (await end(casework, web, event, "forwarded-compliment", PASSED, "k1")).is_success
    again = wrote_again(event, Urgency.URGENT)
    late = {"received_at": event.received_at + timedelta(days=10)}
    await casework.hear((again.model_copy(update=late), 2))
    casework.clock.set(event.received_at + timedelta(days=12), frozen=True)
    assert not await casework.upkeep()
    row = await casework.case(event.contact_id)
    assert (row.status, row.is_open, row.urgency) == ("LOGGED", True, "URGENT")
    assert "casework.clock-breach-noted" not in await casework.facts(event.contact_id)
    await casework.hear(contact())  # everybody is back, and only adviser-1 has a case
    rows = await casework.rows("SELECT adviser_id FROM cases WHERE is_open")
    first, second = sorted(row.adviser_id for row in rows)
    assert first == "adviser-1" != second
    address = f"/api/cases/{event.case_id}/contact-attempts"
    headers = web.bearer(**{"If-Match": f'"{row.version}"', "Idempotency-Key": "k2"})
    body = {"made": True, "how": "TELEPHONE"}
    assert (await web.client.post(address, json=body, headers=headers)).is_success
    assert not await casework.upkeep()
    assert (await casework.case(event.contact_id)).status == "ASSESSING"


async def test_the_page_asks_before_it_closes(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact(**PRAISE)
    await casework.hear(event)
    await web.sign_in("team-leader-1")
    address = f"/cases/{event.case_id}"
    page = (await web.client.get(address)).text
    form = {
        name: unescape(found[1])
        for name in ("csrf_token", "version", "once", "way")
        if (found := re.search(rf'name="{name}" value="([^"]+)"', page))
    }
    answer = await web.client.post(f"{address}/ending", data=form)
    assert answer.status_code == 422
    assert "Say to whom you pass it on" in answer.text
    assert "Read it to the end and confirm" in answer.text
    form |= {"ending_note": "Sergeant Amara Quill", "no_dissatisfaction": "yes"}
    for _ in range(2):
        assert (await web.client.post(f"{address}/ending", data=form)).status_code == 303
    page = (await web.client.get(address)).text
    assert "Compliment passed on, case closed" in page
    assert "Sergeant Amara Quill" in page
    assert "No longer needed" in page
    assert "Nothing: it is closed" in page
    assert "Pass on and thank" not in page
