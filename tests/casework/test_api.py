"""The API: worklists, one case, and commands that prove what their sender has read."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from httpx import Response

from complaints_contracts.codes import ContactType, Medium, Purpose, Queue
from complaints_contracts.notices import NoticeRefused, NoticeSent
from complaints_contracts.triage import ContactSorted

if TYPE_CHECKING:
    from conftest import Casework, Web

Contact = Callable[..., ContactSorted]
MADE = {"made": True, "how": "TELEPHONE", "note": "She would like an apology."}


async def record(
    web: Web, event: ContactSorted, version: int, body: dict[str, Any] = MADE, key: str = "k1"
) -> Response:
    headers = {"If-Match": f'"{version}"', "Idempotency-Key": key}
    address = f"/api/cases/{event.case_id}/contact-attempts"
    return await web.client.post(address, json=body, headers=web.bearer(**headers))


async def test_a_case_shows_its_clocks_with_the_working_day_by_day(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    answer = await web.client.get(f"/api/cases/{event.case_id}", headers=web.bearer())
    assert (answer.status_code, answer.headers["etag"]) == (200, '"4"')
    case = answer.json()
    call = next(p for p in case["promises"] if p["kind"] == "CALL")
    days = [(step["day"], step["number"], step["holiday"]) for step in call["working"]]
    assert days == [
        ("2026-04-02", 0, None),
        ("2026-04-03", None, "Good Friday"),
        ("2026-04-04", None, None),
        ("2026-04-05", None, None),
        ("2026-04-06", None, "Easter Monday"),
        ("2026-04-07", 1, None),
        ("2026-04-08", 2, None),
    ]
    assert (call["due"]["days_left"], call["due"]["overdue"], call["rule"]) == (2, False, "R12")
    assert case["persons"][0]["reach"]["safe_contact"] == "Not before 6 pm, please"


async def test_the_worklist_is_sorted_by_what_is_due_first(
    casework: Casework, web: Web, contact: Contact, with_absences: Callable[..., Any]
) -> None:
    casework.use(with_absences("adviser-2", "adviser-3", "adviser-4"))
    later, sooner = contact(), contact(made_at=datetime.fromisoformat("2026-03-31T09:00Z"))
    await casework.hear(later, sooner)
    answer = await web.client.get("/api/worklist?adviser=me", headers=web.bearer())
    cases = answer.json()["cases"]
    assert [c["case_id"] for c in cases] == [str(sooner.case_id), str(later.case_id)]
    assert {c["next_clock"] for c in cases} == {"CALL"}
    other = await web.client.get("/api/worklist?adviser=me", headers=web.bearer("adviser-2"))
    assert other.json()["total"] == 0


async def test_the_worklist_can_be_narrowed(casework: Casework, web: Web, contact: Contact) -> None:
    other = contact(queue=Queue.STAFF, contact_type=ContactType.STAFF_COMPLAINT)
    await casework.hear(contact(), other)

    async def listed(query: str) -> list[str]:
        headers = web.bearer("team-leader-1")
        answer = await web.client.get(f"/api/worklist?{query}", headers=headers)
        return [case["contact_id"] for case in answer.json()["cases"]]

    assert await listed("adviser=unallocated") == [str(other.contact_id)]
    assert await listed("queue=STAFF") == [str(other.contact_id)]
    assert len(await listed("")) == 2


async def test_a_long_worklist_says_how_long_it_is(
    casework: Casework, web: Web, contact: Contact
) -> None:
    await casework.hear(*(contact() for _ in range(53)))
    answer = await web.client.get("/api/worklist?page=2", headers=web.bearer())
    assert (len(answer.json()["cases"]), answer.json()["total"]) == (3, 53)


async def test_a_case_is_found_by_contact_and_by_reference(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event, contact(reference="2222-2222-2"))
    for query in (f"contact_id={event.contact_id}", "reference=7k3m-9qx4-d "):
        answer = await web.client.get(f"/api/cases?{query}", headers=web.bearer())
        assert [c["case_id"] for c in answer.json()["cases"]] == [str(event.case_id)]
    assert (await web.client.get("/api/cases", headers=web.bearer())).status_code == 400


async def test_whoever_the_contact_names_cannot_see_its_case(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact(words="Marta Hollins laughed at me")
    await casework.hear(event)
    has_it = (await casework.case(event.contact_id)).adviser_id
    for person, seen in (("adviser-1", 0), (has_it, 1), ("team-leader-1", 1)):
        headers = web.bearer(person)
        listed = await web.client.get("/api/worklist", headers=headers)
        one = await web.client.get(f"/api/cases/{event.case_id}", headers=headers)
        assert (listed.json()["total"], one.status_code) == (seen, 200 if seen else 404)
    unknown = await web.client.get(f"/api/cases/{uuid4()}", headers=web.bearer())
    hidden = await web.client.get(f"/api/cases/{event.case_id}", headers=web.bearer())
    assert unknown.content == hidden.content


@pytest.mark.parametrize("person", ["adjudicator-1", "operations-1"])
async def test_other_roles_have_no_access(web: Web, person: str) -> None:
    for path in ("/api/worklist", "/api/cases", f"/api/cases/{uuid4()}"):
        assert (await web.client.get(path, headers=web.bearer(person))).status_code == 403


async def test_reaching_the_person_keeps_the_promise_of_a_call(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    refused = NoticeRefused(
        notice_id=uuid4(),
        contact_id=event.contact_id,
        reference=event.reference,
        purpose=Purpose.ACKNOWLEDGEMENT,
        medium=Medium.EMAIL,
        attempts=1,
        instead=Medium.TELEPHONE,
    )
    await casework.hear(event, refused)
    casework.clock.set(casework.clock.now() + timedelta(minutes=5), frozen=True)
    answer = await record(web, event, 6)
    assert (answer.status_code, answer.headers["etag"]) == (201, '"8"')
    row = await casework.case(event.contact_id)
    assert (row.status, row.next_clock, row.open_actions) == ("ASSESSING", "FIRST_UPDATE", 0)
    case = (await web.client.get(f"/api/cases/{event.case_id}", headers=web.bearer())).json()
    call = next(p for p in case["promises"] if p["kind"] == "CALL")
    assert datetime.fromisoformat(call["met_at"]) == casework.clock.now()
    [written] = await casework.rows("SELECT * FROM journal WHERE type LIKE '%first-contact%'")
    assert (written.actor, written.rule, written.topic) == ("adviser-1", "R12", None)
    assert b"apology" not in written.record


async def test_a_call_that_nobody_took_leaves_the_promise_open(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    assert (await record(web, event, 4, {"made": False, "how": "TELEPHONE"})).status_code == 201
    assert (await casework.case(event.contact_id)).next_clock == "CALL"
    assert (await record(web, event, 5, key="k2")).json()["recorded"].endswith("first-contact-made")
    assert (await record(web, event, 7, key="k3")).json()["recorded"].endswith("contact-made")


async def test_the_same_request_twice_is_recorded_once(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    first, second = await record(web, event, 4), await record(web, event, 4)
    assert first.json() == second.json()
    assert (await casework.facts(event.contact_id)).count("casework.first-contact-made") == 1
    other = await record(web, event, 4, {"made": False, "how": "EMAIL"})
    assert (other.status_code, other.json()["rule"]) == (409, "Idempotency-Key")


async def test_who_read_an_old_version_is_told_what_happened_since(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    await record(web, event, 4)
    late = await record(web, event, 4, key="k2")
    assert late.status_code == 409
    assert late.json()["detail"] == "Since you read this case: first contact made."
    assert late.json()["events"] == ["casework.first-contact-made"]
    assert "Read the case again" in late.json()["action"]


async def test_what_does_not_concern_an_attempt_is_no_obstacle(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    sent = NoticeSent(
        notice_id=uuid4(),
        contact_id=event.contact_id,
        reference=event.reference,
        purpose=Purpose.ACKNOWLEDGEMENT,
        medium=Medium.EMAIL,
        attempts=1,
    )
    await casework.hear(sent)
    assert (await record(web, event, 4)).status_code == 201


@pytest.mark.parametrize(
    ("headers", "status", "word"),
    [
        ({"Idempotency-Key": "k"}, 428, "If-Match"),
        ({"If-Match": "4", "Idempotency-Key": "k"}, 400, "ETag"),
        ({"If-Match": "*", "Idempotency-Key": "k"}, 400, "ETag"),
        ({"If-Match": '"99"', "Idempotency-Key": "k"}, 400, "ETag"),
        ({"If-Match": '"4"'}, 400, "Idempotency-Key"),
    ],
)
async def test_a_command_without_proof_of_what_was_read_is_refused_in_words(
    casework: Casework,
    web: Web,
    contact: Contact,
    headers: dict[str, str],
    status: int,
    word: str,
) -> None:
    event = contact()
    await casework.hear(event)
    answer = await web.client.post(
        f"/api/cases/{event.case_id}/contact-attempts", json=MADE, headers=web.bearer(**headers)
    )
    assert answer.status_code == status
    assert word in answer.json()["detail"]
    assert answer.json()["action"]
    assert len(await casework.facts(event.contact_id)) == 4


@pytest.mark.parametrize(
    "body",
    [
        {"made": "perhaps", "how": "TELEPHONE"},
        {"made": True, "how": "PIGEON"},
        {"made": True, "how": "TELEPHONE", "note": "x" * 5001},
        {"made": True, "how": "TELEPHONE", "note": "nul \0"},
    ],
)
async def test_what_cannot_be_recorded_is_refused_without_repeating_it(
    casework: Casework, web: Web, contact: Contact, body: dict[str, Any]
) -> None:
    event = contact()
    await casework.hear(event)
    answer = await record(web, event, 4, body)
    assert answer.status_code == 422
    assert "PIGEON" not in answer.text


async def test_an_attempt_on_an_unknown_case_is_not_found(web: Web, contact: Contact) -> None:
    assert (await record(web, contact(), 1)).status_code == 404
