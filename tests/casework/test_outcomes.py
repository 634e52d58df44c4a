"""What became of each allegation, how people are reached, and what that does to what they get."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from asking import ask, assessed

from complaints_contracts.triage import ContactSorted

if TYPE_CHECKING:
    from conftest import Casework
    from staffed import Web

Contact = Callable[..., ContactSorted]


async def shown(web: Web, event: ContactSorted) -> dict[str, Any]:
    path = f"/api/cases/{event.case_id}"
    found: dict[str, Any] = (await web.client.get(path, headers=web.bearer("team-leader-1"))).json()
    return found


async def test_what_the_case_came_to_follows_from_its_allegations(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event, (assessed(event), 2))
    assert (await shown(web, event))["outcome"] is None
    body = {"outcome": "RESOLVED", "actions": ["APOLOGY"], "learning": "Ring back, Hazelmere."}
    assert (await ask(casework, web, event, "allegations/1/outcome", body)).status_code == 201
    assert (await shown(web, event))["outcome"] == "RESOLVED"
    moved = {"outcome": "MOVED_TO_SCH3", "actions": ["NFA"]}
    assert (await ask(casework, web, event, "allegations/1/outcome", moved)).status_code == 201
    assert (await shown(web, event))["outcome"] == "MOVED_TO_SCH3"
    assert await casework.rows("SELECT 1 FROM journal WHERE record::text LIKE '%Hazelmere%'") == []


@pytest.mark.parametrize(
    ("number", "body", "said"),
    [
        ("2", {"outcome": "RESOLVED", "actions": ["APOLOGY"]}, "no assessed allegation"),
        ("1", {"outcome": "FINE", "actions": ["APOLOGY"]}, "not in its list"),
        ("1", {"outcome": "RESOLVED", "actions": ["CAKE"]}, "not in its list"),
        ("1", {"outcome": "RESOLVED", "actions": ["NFA", "APOLOGY"]}, "cannot stand beside"),
        ("1", {"outcome": "RESOLVED", "actions": ["NFA"], "learning": "Ring."}, "not NFA"),
    ],
)
async def test_what_cannot_be_meant_of_an_allegation_is_refused(
    casework: Casework, web: Web, contact: Contact, number: str, body: dict[str, Any], said: str
) -> None:
    event = contact()
    await casework.hear(event, (assessed(event), 2))
    answer = await ask(casework, web, event, f"allegations/{number}/outcome", body)
    assert (answer.status_code, said in answer.text) == (409, True), answer.text


async def test_what_is_known_of_somebody_goes_with_all_that_is_said_from_then_on(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    care = {
        "email": "moira.new@post.example",
        "reach": {"preferred": "EMAIL", "needs": ["LARGE_PRINT"], "safe_contact": None},
        "vulnerabilities": ["BEREAVED"],
    }
    answer = await ask(casework, web, event, f"persons/{event.person}", care)
    assert answer.status_code == 201, answer.text
    person = (await shown(web, event))["persons"][0]
    assert (person["email"], person["vulnerabilities"]) == ("moira.new@post.example", ["BEREAVED"])
    assert person["telephone"] == event.persons[0].telephone, "what is not said stays"
    await ask(casework, web, event, "steps", {"step": "UPDATED", "words": "We are at it."})
    [told] = await casework.rows("SELECT record FROM journal WHERE type LIKE '%case.moved%'")
    [sent] = json.loads(told.record)["data"]["persons"]
    assert (sent["vulnerabilities"], sent["reach"]["needs"]) == (["BEREAVED"], ["LARGE_PRINT"])


async def test_contact_is_restricted_by_the_team_leader_for_a_time(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    had = (await casework.case(event.contact_id)).adviser_id
    path = f"persons/{event.person}/restriction"
    body = {
        "stage": "RESTRICTED",
        "measures": ["ONE_CHANNEL", "NO_CALLS"],
        "channel": "LETTER",
        "starts_on": "2026-04-02",
        "review_on": "2026-10-02",
    }
    assert (await ask(casework, web, event, path, body, had)).status_code == 403
    none_left = body | {"channel": None}
    assert (await ask(casework, web, event, path, none_left)).status_code == 422
    for_ever = body | {"review_on": "2026-04-02"}
    assert (await ask(casework, web, event, path, for_ever)).status_code == 422
    assert (await ask(casework, web, event, path, body)).status_code == 201
    restriction = (await shown(web, event))["persons"][0]["restriction"]
    assert (restriction["authorised_by"], restriction["channel"]) == ("team-leader-1", "LETTER")


@pytest.mark.parametrize(
    "body", [{}, {"reach": None}, {"email": "not an address"}, {"email": "a@b.example\r\nBcc: c"}]
)
async def test_what_says_nothing_of_a_person_is_refused(
    casework: Casework, web: Web, contact: Contact, body: dict[str, Any]
) -> None:
    event = contact()
    await casework.hear(event)
    answer = await ask(casework, web, event, f"persons/{event.person}", body)
    assert answer.status_code == 422
    unknown = await ask(
        casework, web, event, f"persons/{event.contact_id}", {"vulnerabilities": ["LITERACY"]}
    )
    assert (unknown.status_code, unknown.json()["rule"]) == (409, "R22")
