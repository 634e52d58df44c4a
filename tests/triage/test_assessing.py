"""A person assesses a matter: the table says where it goes, and no answer is lost or got round."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from httpx import Response

from complaints_contracts.allegations import AllegationRaised
from complaints_contracts.cases import case_id
from complaints_contracts.codes import ContactType
from complaints_contracts.contacts import ContactPersonErased, ContactReceived

if TYPE_CHECKING:
    from conftest import Triage
    from staffed import Web

Contact = Callable[..., ContactReceived]

CRITERIA = tuple(f"MF{n}" for n in range(1, 8))
WHY = "She says so; nobody was hurt, Bramblewick"


def allegation(number: str = "1", category: str = "A1", **answers: str) -> dict[str, Any]:
    """One whose criteria are all answered no, but for those given."""
    given = dict.fromkeys(CRITERIA, "NO") | answers
    return {
        "number": number,
        "category": category,
        "words": "Nobody called her back.",
        "answers": {name: {"answer": said, "reason": WHY} for name, said in given.items()},
    }


def assessment(*allegations: dict[str, Any], **given: Any) -> dict[str, Any]:
    return {
        "contact_type": "COMPLAINT",
        "eligibility": "ELIGIBLE",
        "wish": "CONTENT",
        "allegations": list(allegations) or [allegation()],
        **given,
    }


async def ask(
    web: Web, contact: UUID, body: dict[str, Any], what: str = "assessment", matter: str = "1"
) -> Response:
    """Sends a command, having read the contact."""
    path = f"/api/contacts/{contact}/matters/{matter}"
    read = await web.client.get(f"{path}/assessment", headers=web.bearer())
    proof = {"If-Match": read.headers["etag"], "Idempotency-Key": str(uuid4())}
    return await web.client.post(f"{path}/{what}", json=body, headers=web.bearer(**proof))


@pytest.mark.parametrize(
    ("body", "route"),
    [
        (assessment(), "SERVICE_RECOVERY"),
        (assessment(wish="NOT_SAID"), "SEEK_VIEWS"),
        (assessment(wish="RECORD"), "RECORD"),
        (assessment(allegation(MF4="YES")), "RECORD"),
        (assessment(allegation(MF4="NOT_SURE")), "RECORD"),
        (assessment(allegation(MF4="NOT_SURE") | {"advised": ["MF4"]}), "SERVICE_RECOVERY"),
        (assessment(allegation(MF2="YES"), allegation("2")), "RECORD_URGENTLY"),
        (assessment(subject="OTHER_FORCE"), "OTHER_BODY"),
        (assessment(contact_type="COMPENSATION_CLAIM"), "SIGNPOST"),
    ],
)
async def test_the_answers_lead_where_the_table_says(
    triage: Triage, web: Web, contact: Contact, body: dict[str, Any], route: str
) -> None:
    event = contact()
    await triage.hear(event)
    answer = await ask(web, event.contact_id, body)
    assert (answer.status_code, answer.json()["route"]) == (201, route)
    told = (await triage.told(event.contact_id))[1]
    assert told["type"] == "uk.police-complaints.triage.matter-assessed.v1"
    assert (told["route"], told["case_id"]) == (route, str(case_id(event.contact_id)))
    assert (told["table_version"], told["criteria_version"]) == ("1", "1")


async def test_why_an_answer_was_given_stays_in_triage(
    triage: Triage, web: Web, contact: Contact
) -> None:
    event = contact()
    await triage.hear(event)
    await ask(web, event.contact_id, assessment())
    parts = await triage.rows(
        "SELECT j.topic, j.actor, j.rule, p.bytes FROM journal j JOIN personal p USING (event_id)"
        " WHERE j.version > 1"
    )
    reasons = [row for row in parts if b"Bramblewick" in row.bytes]
    assert len(reasons) >= 1
    assert {(row.topic, row.actor, row.rule) for row in reasons} == {(None, "adviser-1", "R43")}
    assert await triage.rows("SELECT 1 FROM journal WHERE record::text LIKE '%Bramblewick%'") == []


async def test_the_words_that_prompt_a_criterion_are_shown_and_answer_nothing(
    triage: Triage, web: Web, contact: Contact
) -> None:
    event = contact(words="They broke my wrist and I have an X-ray.")
    await triage.hear(event)
    path = f"/api/contacts/{event.contact_id}/matters/1/assessment"
    shown = (await web.client.get(path, headers=web.bearer())).json()
    assert [each["criterion"] for each in shown["questions"]] == list(CRITERIA)
    prompted = {each["criterion"] for each in shown["questions"] if each["prompts"]}
    assert "MF2" in prompted
    assert shown["assessed"] is None


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (assessment(allegation() | {"answers": {}}), 409, "has no answer to MF1"),
        (assessment(allegations=[]), 409, "no allegation"),
        (assessment(allegation(MF1="PERHAPS")), 422, "not known"),
        (assessment(wish="MAYBE"), 422, "not known"),
        (assessment(allegation("1", "I9")), 422, ""),
        (assessment(allegation(MF1="YES") | {"advised": ["MF1"]}), 409, "only a criterion"),
        (assessment(allegation(), allegation()), 409, "same number"),
    ],
)
async def test_what_is_not_answered_is_asked_for_and_nothing_is_decided(
    triage: Triage, web: Web, contact: Contact, body: dict[str, Any], status: int, said: str
) -> None:
    event = contact()
    await triage.hear(event)
    answer = await ask(web, event.contact_id, body)
    assert (answer.status_code, said in answer.text) == (status, True), answer.text
    assert len(await triage.told(event.contact_id)) == 1


async def test_a_reason_is_asked_for_with_every_answer(
    triage: Triage, web: Web, contact: Contact
) -> None:
    event = contact()
    await triage.hear(event)
    given = allegation()
    given["answers"]["MF3"]["reason"] = "   "
    assert (await ask(web, event.contact_id, assessment(given))).status_code == 422
    assert len(await triage.told(event.contact_id)) == 1


@pytest.mark.parametrize("first", ["YES", "NOT_SURE"])
async def test_an_answer_that_led_to_recording_is_not_taken_back_by_answering_again(
    triage: Triage, web: Web, contact: Contact, first: str
) -> None:
    event = contact()
    await triage.hear(event)
    await ask(web, event.contact_id, assessment(allegation(MF3=first)))
    again = await ask(web, event.contact_id, assessment())
    assert (again.status_code, again.json()["rule"]) == (409, "R43")
    left_out = await ask(web, event.contact_id, assessment(allegation("2")))
    assert "Send all of them" in left_out.text
    cleared = allegation(MF3="NOT_SURE") | {"advised": ["MF3"]}
    assert (await ask(web, event.contact_id, assessment(cleared))).status_code == 201


async def test_an_allegation_that_casework_found_has_to_be_assessed_too(
    triage: Triage, web: Web, contact: Contact
) -> None:
    event = contact()
    await triage.hear(event)
    await ask(web, event.contact_id, assessment())
    raised = AllegationRaised(
        case_id=case_id(event.contact_id),
        contact_id=event.contact_id,
        number="2",
        person_id=event.persons[0].id,
        words="And the officer swore at her.",
    )
    await triage.hear(raised, raised)
    path = f"/api/contacts/{event.contact_id}/matters/1/assessment"
    shown = (await web.client.get(path, headers=web.bearer())).json()
    assert shown["raised"] == {"2": "And the officer swore at her."}
    assert (await ask(web, event.contact_id, assessment())).status_code == 409
    both = assessment(allegation(), allegation("2", "H1"))
    assert (await ask(web, event.contact_id, both)).status_code == 201
    assert (await web.client.get(path, headers=web.bearer())).json()["raised"] == {}


async def test_who_read_an_old_version_is_told_that_it_was_assessed_since(
    triage: Triage, web: Web, contact: Contact
) -> None:
    event = contact()
    await triage.hear(event)
    path = f"/api/contacts/{event.contact_id}/matters/1/assessment"
    proof = {"If-Match": '"1"', "Idempotency-Key": "k"}
    headers = web.bearer(**proof)
    first = await web.client.post(path, json=assessment(), headers=headers)
    same = await web.client.post(path, json=assessment(), headers=headers)
    assert (first.status_code, first.json()) == (201, same.json())
    other = web.bearer(**(proof | {"Idempotency-Key": "k2"}))
    late = await web.client.post(path, json=assessment(), headers=other)
    assert (late.status_code, "it was assessed" in late.text) == (409, True)
    unproved = await web.client.post(path, json=assessment(), headers=web.bearer())
    assert unproved.status_code == 428


@pytest.mark.parametrize("person", ["adjudicator-1", "operations-1"])
async def test_only_advisers_and_team_leaders_assess(web: Web, person: str) -> None:
    path = f"/api/contacts/{uuid4()}/matters/1/assessment"
    assert (await web.client.get(path, headers=web.bearer(person))).status_code == 403
    sent = await web.client.post(path, json=assessment(), headers=web.bearer(person))
    assert sent.status_code == 403
    assert (await web.client.get(path, headers=web.bearer())).status_code == 404


async def test_a_matter_is_split_off_and_sorted_as_one_of_its_own(
    triage: Triage, web: Web, contact: Contact
) -> None:
    event = contact(words="They broke my door. I want 900 pounds.")
    await triage.hear(event)
    answer = await ask(web, event.contact_id, {"words": "I want 900 pounds."}, "split")
    assert answer.status_code == 201
    assert answer.json()["case_id"] == str(case_id(event.contact_id, "2"))
    told = (await triage.told(event.contact_id))[1]
    assert (told["matter"], told["reference"]) == ("2", event.reference)
    assert told["received_at"] == (await triage.told(event.contact_id))[0]["received_at"]
    claim = assessment(contact_type="COMPENSATION_CLAIM")
    split_off = await ask(web, event.contact_id, claim, matter="2")
    assert split_off.json()["route"] == "SIGNPOST"


async def test_what_reviews_alone_deals_with_is_not_assessed(
    triage: Triage, web: Web, contact: Contact
) -> None:
    event = contact(declared=ContactType.REVIEW_APPLICATION)
    await triage.hear(event)
    path = f"/api/contacts/{event.contact_id}/matters/1/assessment"
    assert (await web.client.get(path, headers=web.bearer())).status_code == 404


async def test_who_is_erased_is_gone_from_what_was_assessed(
    triage: Triage, web: Web, contact: Contact
) -> None:
    event = contact()
    await triage.hear(event)
    await ask(web, event.contact_id, assessment())
    gone = ContactPersonErased(contact_id=event.contact_id, person_id=event.persons[0].id)
    await triage.hear((gone, 2))
    assert await triage.rows("SELECT 1 FROM personal") == []
    kept = (await triage.told(event.contact_id))[1]
    assert kept["allegations"][0]["answers"]["MF1"] == "NO"
    assert json.dumps(kept).count("Nobody called her back") == 0
