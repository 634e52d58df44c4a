"""Who has a case, who may see it, and who looked."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from asking import allegation, ask, assessed

from complaints_contracts.codes import Adjustment, ContactType, Queue
from complaints_contracts.triage import ContactSorted
from complaints_law.office import Absence

if TYPE_CHECKING:
    from conftest import Casework
    from staffed import Web

Contact = Callable[..., ContactSorted]
ADVISERS = tuple(f"adviser-{number}" for number in range(1, 5))
WHY = "She knows the family, Larkswood"


async def seen(web: Web, event: ContactSorted, who: str) -> int:
    path = f"/api/cases/{event.case_id}"
    return (await web.client.get(path, headers=web.bearer(who))).status_code


async def test_the_team_leader_gives_a_case_to_somebody_else(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    had = (await casework.case(event.contact_id)).adviser_id
    other = next(one for one in ADVISERS if one != had)
    given = {"adviser_id": other, "note": WHY}
    refused = await ask(casework, web, event, "adviser", given, had)
    assert refused.status_code == 403
    assert (await ask(casework, web, event, "adviser", given)).status_code == 201
    assert (await casework.case(event.contact_id)).adviser_id == other
    [told] = await casework.rows(
        "SELECT actor, rule FROM journal WHERE type LIKE '%adviser-allocated%'"
        " ORDER BY version DESC LIMIT 1"
    )
    assert (told.actor, told.rule) == ("team-leader-1", "R61")
    assert await casework.rows("SELECT 1 FROM journal WHERE record::text LIKE '%Larkswood%'") == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"adviser_id": "nobody", "note": "x"}, "adviser-1"),
        ({"adviser_id": "team-leader-1", "note": "x"}, "adviser-1"),
        ({"adviser_id": "adviser-1", "note": " "}, ""),
    ],
)
async def test_it_is_given_to_an_adviser_and_with_a_reason(
    casework: Casework, web: Web, contact: Contact, body: dict[str, str], said: str
) -> None:
    event = contact()
    await casework.hear(event)
    answer = await ask(casework, web, event, "adviser", body)
    assert (answer.status_code, said in answer.text) == (422, True)


async def test_who_is_named_in_a_case_is_not_given_it(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact(words="Marta Hollins laughed at me")
    await casework.hear(event)
    answer = await ask(casework, web, event, "adviser", {"adviser_id": "adviser-1", "note": "x"})
    assert (answer.status_code, answer.json()["rule"]) == (409, "R24")


async def test_who_declares_a_conflict_sees_it_no_more_and_the_team_leader_decides(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    had = (await casework.case(event.contact_id)).adviser_id
    answer = await ask(casework, web, event, "conflict", {"note": "She is my aunt."}, had)
    assert answer.status_code == 201
    assert await seen(web, event, had) == 404
    asked = await casework.rows("SELECT kind, reason FROM actions WHERE NOT done")
    assert [(row.kind, row.reason) for row in asked] == [("ALLOCATE", "HOLDER_NAMED")]
    other = next(one for one in ADVISERS if one != had)
    await ask(casework, web, event, "adviser", {"adviser_id": other, "note": WHY})
    assert await seen(web, event, other) == 200
    assert await casework.rows("SELECT 1 FROM actions WHERE NOT done") == []


@pytest.mark.parametrize("category", ["G4", "J2"])
async def test_corruption_and_sexual_conduct_are_seen_by_who_has_the_case_alone(
    casework: Casework, web: Web, contact: Contact, category: str
) -> None:
    event = contact()
    await casework.hear(event)
    had = (await casework.case(event.contact_id)).adviser_id
    other = next(one for one in ADVISERS if one != had)
    assert await seen(web, event, other) == 200
    await casework.hear((assessed(event, allegation(category)), 2))
    assert [await seen(web, event, who) for who in (other, had, "team-leader-1")] == [404, 200, 200]
    listed = await web.client.get("/api/worklist", headers=web.bearer(other))
    assert listed.json()["total"] == 0


async def test_who_looks_at_a_restricted_case_is_written_down_once_in_an_hour(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact(contact_type=ContactType.STAFF_COMPLAINT, queue=Queue.STAFF)
    await casework.hear(event)

    async def looked() -> list[str]:
        rows = await casework.rows("SELECT actor, type FROM journal ORDER BY seq")
        return [row.actor for row in rows if row.type == "casework.looked-at"]

    assert await seen(web, event, "adviser-1") == 404
    assert await looked() == []
    for minutes in (0, 59, 2):
        casework.clock.set(casework.clock.now() + timedelta(minutes=minutes), frozen=True)
        assert await seen(web, event, "team-leader-1") == 200
    assert await looked() == ["team-leader-1", "team-leader-1"]


async def test_a_look_is_no_obstacle_to_who_read_before(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact(words="Marta Hollins laughed at me")
    await casework.hear(event)
    had = (await casework.case(event.contact_id)).adviser_id
    read = await web.client.get(f"/api/cases/{event.case_id}", headers=web.bearer(had))
    await seen(web, event, "team-leader-1")
    proof = {"If-Match": read.headers["etag"], "Idempotency-Key": "k"}
    answer = await web.client.post(
        f"/api/cases/{event.case_id}/contact-attempts",
        json={"made": True, "how": "TELEPHONE"},
        headers=web.bearer(had, **proof),
    )
    assert answer.status_code == 201


async def test_who_can_make_an_adjustment_by_themselves_goes_first(
    casework: Casework, contact: Contact
) -> None:
    skilled = tuple(
        member.model_copy(update={"skills": frozenset({"BSL"})})
        if member.id == "adviser-3"
        else member
        for member in casework.office.staff
    )
    casework.use(casework.office.model_copy(update={"staff": skilled}))
    for _ in range(3):
        event = contact()
        person = event.persons[0]
        reach = person.reach.model_copy(update={"needs": (Adjustment.BSL,)})
        signing = person.model_copy(update={"reach": reach})
        await casework.hear(contact(persons=(signing,)))
    held = await casework.rows("SELECT DISTINCT adviser_id FROM cases")
    assert [row.adviser_id for row in held] == ["adviser-3"]


async def test_the_caseload_counts_by_age_and_says_where_nothing_happens(
    casework: Casework, web: Web, contact: Contact
) -> None:
    await casework.hear(contact(), contact(), contact(), contact())
    old = await web.client.get("/api/caseload", headers=web.bearer("team-leader-1"))
    loads = {one["adviser_id"]: one for one in old.json()["loads"]}
    assert [loads[id]["by_age"] for id in ADVISERS] == [[1, 0, 0, 0]] * 4
    casework.clock.set(casework.clock.now() + timedelta(days=20), frozen=True)
    later = await web.client.get("/api/caseload", headers=web.bearer())
    loads = {one["adviser_id"]: one for one in later.json()["loads"]}
    assert [loads[id]["by_age"] for id in ADVISERS] == [[0, 1, 0, 0]] * 4
    assert all(loads[id]["still"] == 1 and loads[id]["present"] for id in ADVISERS)


async def test_ten_working_days_without_anything_done_are_counted_on_the_calendar(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)

    async def still(days: int) -> int:
        casework.clock.set(event.received_at + timedelta(days=days), frozen=True)
        answer = await web.client.get("/api/caseload", headers=web.bearer())
        return sum(one["still"] for one in answer.json()["loads"])

    assert await still(17) == 0  # over Easter it is the ninth
    await ask(casework, web, event, "contact-attempts", {"made": False, "how": "TELEPHONE"})
    assert await still(18) == 0  # the tenth since it came in, the first since somebody tried
    assert await still(28) == 0
    assert await still(29) == 1


async def test_who_is_present_goes_by_the_day_in_london(casework: Casework, web: Web) -> None:
    casework.clock.set(datetime(2026, 5, 2, 23, 30, tzinfo=UTC), frozen=True)
    away = Absence(first_day=date(2026, 5, 3), last_day=date(2026, 5, 3))
    staff = tuple(m.model_copy(update={"absences": (away,)}) for m in casework.office.staff)
    web.app.state.office = casework.office.model_copy(update={"staff": staff})
    answer = await web.client.get("/api/caseload", headers=web.bearer())
    assert not any(one["present"] for one in answer.json()["loads"])


async def test_cases_are_listed_by_where_they_stand(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event, contact())
    await ask(casework, web, event, "contact-attempts", {"made": True, "how": "TELEPHONE"})
    for status, count in (("LOGGED", 1), ("ASSESSING", 1), ("CLOSED_SR", 0)):
        path = f"/api/worklist?status={status}"
        found = await web.client.get(path, headers=web.bearer("team-leader-1"))
        assert found.json()["total"] == count


async def to_assess(web: Web, event: ContactSorted) -> list[str]:
    path = f"/api/cases/{event.case_id}"
    answer = await web.client.get(path, headers=web.bearer("team-leader-1"))
    found: list[str] = answer.json()["assessment"]["to_assess"]
    return found


async def test_a_later_case_is_merged_into_an_earlier_one_and_taken_apart_again(
    casework: Casework, web: Web, contact: Contact
) -> None:
    first = contact()
    later = contact(
        reference="8A1B-2C3D-E",
        received_at=first.received_at + timedelta(hours=1),
        words="It is about the van again.",
    )
    await casework.hear(first, later)
    merge = {"step": "MERGED", "note": "The same van."}
    wrong = await ask(casework, web, first, "steps", merge | {"about": str(later.case_id)})
    assert (wrong.status_code, "clocks go by the earlier one" in wrong.text) == (409, True)
    done = await ask(casework, web, later, "steps", merge | {"about": str(first.case_id)})
    assert done.status_code == 201, done.text
    row = await casework.case(later.contact_id)
    assert (row.status, row.is_open) == ("MERGED", False)
    shown = await web.client.get(f"/api/cases/{first.case_id}", headers=web.bearer("team-leader-1"))
    assert (await casework.facts(first.contact_id))[-1] == "casework.allegation-noted"
    assert shown.json()["status"] == "LOGGED"
    await casework.hear((assessed(first), 2))
    assert (await to_assess(web, first)) == ["2"]
    apart = await ask(casework, web, later, "steps", {"step": "UNMERGED", "note": "Another van."})
    assert apart.status_code == 201
    row = await casework.case(later.contact_id)
    assert (row.status, row.is_open, row.next_clock) == ("LOGGED", True, "CALL")
    # Triage need not have it assessed there any more, and nothing of it is in the way.
    assert (await to_assess(web, first)) == []
    rows = await casework.rows("SELECT record FROM journal WHERE stream LIKE 'allegations:%'")
    assert [json.loads(row.record)["data"]["number"] for row in rows] == ["2", "2"]


async def test_what_was_assessed_with_another_case_is_looked_at_when_they_are_taken_apart(
    casework: Casework, web: Web, contact: Contact
) -> None:
    first, later = contact(), contact(reference="8A1B-2C3D-E")
    await casework.hear(first, later)
    await ask(casework, web, later, "contact-attempts", {"made": True, "how": "TELEPHONE"})
    merge = {"step": "MERGED", "note": "The same van.", "about": str(first.case_id)}
    assert (await ask(casework, web, later, "steps", merge)).status_code == 201
    both = assessed(first, allegation(), allegation(number="2"), raised=("2",))
    await casework.hear((both, 2))
    apart = await ask(casework, web, later, "steps", {"step": "UNMERGED", "note": "Another van."})
    assert apart.status_code == 201
    assert (await casework.case(later.contact_id)).status == "ASSESSING", "where it was"
    rows = await casework.rows(
        "SELECT reason FROM actions WHERE case_id = :id AND NOT done", id=first.case_id
    )
    assert [row.reason for row in rows] == ["TAKEN_APART"]


async def test_the_clocks_go_by_when_a_complaint_was_made_and_not_by_when_it_came_in(
    casework: Casework, web: Web, contact: Contact
) -> None:
    """Domain 5.1.8: the one that came in an hour later was made to the force ten days before."""
    first = contact()
    later = contact(
        reference="8A1B-2C3D-E",
        received_at=first.received_at + timedelta(hours=1),
        made_at=first.received_at - timedelta(days=10),
    )
    await casework.hear(first, later)
    merge = {"step": "MERGED", "note": "The same van."}
    wrong = await ask(casework, web, later, "steps", merge | {"about": str(first.case_id)})
    assert wrong.status_code == 409
    right = await ask(casework, web, first, "steps", merge | {"about": str(later.case_id)})
    assert right.status_code == 201


async def test_two_cases_are_linked_on_both_sides_and_taken_apart_again(
    casework: Casework, web: Web, contact: Contact
) -> None:
    one, other = contact(), contact(reference="8A1B-2C3D-E")
    await casework.hear(one, other)

    async def linked(event: ContactSorted) -> list[str]:
        path = f"/api/cases/{event.case_id}"
        answer = await web.client.get(path, headers=web.bearer("team-leader-1"))
        found: list[str] = answer.json()["linked"]
        return found

    link = {"step": "LINKED", "note": "The same officers.", "about": str(other.case_id)}
    assert (await ask(casework, web, one, "steps", link)).status_code == 201
    assert await linked(one) == [str(other.case_id)]
    assert await linked(other) == [str(one.case_id)]
    assert (await ask(casework, web, one, "steps", link)).status_code == 409
    itself = link | {"about": str(one.case_id)}
    assert (await ask(casework, web, one, "steps", itself)).status_code == 409
    apart = {"step": "UNLINKED", "note": "Others.", "about": str(one.case_id)}
    assert (await ask(casework, web, other, "steps", apart)).status_code == 201
    assert await linked(one) == await linked(other) == []
