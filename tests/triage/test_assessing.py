"""A person assesses a matter: the table says where it goes, and no answer is lost or got round."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from httpx import Response

from complaints_contracts.allegations import AllegationRaised, AllegationWithdrawn
from complaints_contracts.cases import case_id
from complaints_contracts.codes import Channel, ContactType
from complaints_contracts.contacts import ContactPersonErased, ContactReceived, MessageAdded
from complaints_contracts.parts import Matter

if TYPE_CHECKING:
    from conftest import Triage
    from staffed import Web

Contact = Callable[..., ContactReceived]

CRITERIA = tuple(f"MF{n}" for n in range(1, 8))
WHY = "She says so; nobody was hurt, Bramblewick"
ADVICE = {
    "by": "Inspector Harrowgate, DSE",
    "on": "2026-04-02",
    "words": "Short of a breach of the standards, Thistlemere",
}


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
    return await post(web, contact, body, await etag(web, contact, matter), what, matter)


async def etag(web: Web, contact: UUID, matter: str = "1") -> str:
    path = f"/api/contacts/{contact}/matters/{matter}/assessment"
    return str((await web.client.get(path, headers=web.bearer())).headers["etag"])


async def post(
    web: Web,
    contact: UUID,
    body: dict[str, Any],
    seen: str,
    what: str = "assessment",
    matter: str = "1",
) -> Response:
    """Sends a command, having read the version `seen`."""
    path = f"/api/contacts/{contact}/matters/{matter}/{what}"
    proof = {"If-Match": seen, "Idempotency-Key": str(uuid4())}
    return await web.client.post(path, json=body, headers=web.bearer(**proof))


async def shown(web: Web, contact: UUID, matter: str = "1") -> dict[str, Any]:
    """What there is to assess."""
    path = f"/api/contacts/{contact}/matters/{matter}/assessment"
    found: dict[str, Any] = (await web.client.get(path, headers=web.bearer())).json()
    return found


def prompts(found: dict[str, Any], criterion: str) -> list[dict[str, Any]]:
    [question] = [each for each in found["questions"] if each["criterion"] == criterion]
    return list(question["prompts"])


def raised(contact: ContactReceived, number: str = "2", **given: Any) -> AllegationRaised:
    """What casework found on the case of the first matter."""
    fields: dict[str, Any] = {"words": "And the officer swore at her."} | given
    return AllegationRaised(
        case_id=case_id(contact.contact_id),
        contact_id=contact.contact_id,
        number=number,
        person_id=contact.person,
        **fields,
    )


def written(contact: ContactReceived, words: str) -> MessageAdded:
    """Somebody wrote again."""
    return MessageAdded(
        contact_id=contact.contact_id,
        message_id=uuid4(),
        person_id=contact.person,
        reference=contact.reference,
        channel=Channel.EMAIL,
        received_at=contact.received_at,
        words=words,
    )


@pytest.mark.parametrize(
    ("body", "route"),
    [
        (assessment(), "SERVICE_RECOVERY"),
        (assessment(wish="NOT_SAID"), "SEEK_VIEWS"),
        (assessment(wish="RECORD"), "RECORD"),
        (assessment(allegation(MF4="YES")), "RECORD"),
        (assessment(allegation(MF4="NOT_SURE")), "RECORD"),
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
    both = [allegation(), allegation("2", "H1")]
    for each in both:
        for name, given in each["answers"].items():
            given["reason"] = f"{WHY}: {each['number']} {name}"
    await ask(web, event.contact_id, assessment(*both))
    parts = await triage.rows(
        "SELECT j.topic, j.actor, j.rule, p.bytes FROM journal j JOIN personal p USING (event_id)"
        " WHERE j.version > 1"
    )
    [kept] = [row for row in parts if b"Bramblewick" in row.bytes]
    assert (kept.topic, kept.actor, kept.rule) == (None, "adviser-1", "R43")
    assert set(json.loads(kept.bytes).values()) == {
        f"{WHY}: {number} {name}" for number in ("1", "2") for name in CRITERIA
    }
    assert await records_that_say(triage, "Bramblewick") == 0


async def records_that_say(triage: Triage, words: str) -> int:
    """How many records of the journal, which nothing is erased from, have these words in them."""
    found = await triage.rows("SELECT convert_from(record, 'UTF8') AS said FROM journal")
    return sum(words in row.said for row in found)


async def test_the_words_that_prompt_a_criterion_are_shown_and_answer_nothing(
    triage: Triage, web: Web, contact: Contact
) -> None:
    event = contact(words="They broke my wrist and I have an X-ray.")
    await triage.hear(event)
    found = await shown(web, event.contact_id)
    assert [each["criterion"] for each in found["questions"]] == list(CRITERIA)
    assert "broke my wrist" in prompts(found, "MF2")[0]["words"]
    assert found["assessed"] is None


async def test_what_they_wrote_later_prompts_as_well(
    triage: Triage, web: Web, contact: Contact
) -> None:
    event = contact()
    message = written(event, "I forgot to say that he broke my wrist.")
    await triage.hear(event, (message, 2))
    [prompt] = prompts(await shown(web, event.contact_id), "MF2")
    assert "broke my wrist" in prompt["words"]
    assert (prompt["message_id"], prompt["allegation"]) == (str(message.message_id), None)


async def test_what_reviews_alone_was_written_prompts_the_matter_that_it_became_once(
    triage: Triage, web: Web, contact: Contact
) -> None:
    event = contact(declared=ContactType.REVIEW_APPLICATION, words="Please review the outcome.")
    await triage.hear(event, (written(event, "I forgot to say that he broke my wrist."), 2))
    [prompt] = prompts(await shown(web, event.contact_id, "2"), "MF2")
    assert prompt["message_id"] is None


async def test_what_casework_found_prompts_before_and_after_it_is_assessed(
    triage: Triage, web: Web, contact: Contact
) -> None:
    event = contact()
    await triage.hear(event, raised(event, words="Then he broke my wrist."))
    [prompt] = prompts(await shown(web, event.contact_id), "MF2")
    assert ("broke my wrist" in prompt["words"], prompt["allegation"]) == (True, "2")
    await ask(web, event.contact_id, assessment(allegation(), allegation("2", MF2="YES")))
    assert prompts(await shown(web, event.contact_id), "MF2") == [prompt]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (assessment(allegation() | {"answers": {}}), 409, "has no answer to MF1"),
        (assessment(allegations=[]), 409, "no allegation"),
        (assessment(allegation(MF1="PERHAPS")), 422, "not known"),
        (assessment(wish="MAYBE"), 422, "not known"),
        (assessment(allegation("1", "I9")), 422, "Allegation 1 has the category I9"),
        (
            assessment(allegation(), allegation("2", "B99")),
            422,
            "Allegation 2 has the category B99",
        ),
        (assessment(allegation("1", "J9")), 422, "J9, which is not in the list of allegation"),
        (assessment(allegation("1", "F")), 422, "listed with SentAllegation in /docs"),
        (assessment(allegation("1", "C1")), 422, "the letter alone where it has no numbers"),
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


@pytest.mark.parametrize("category", ["C", "E", "K", "L"])
async def test_a_category_that_has_no_numbers_is_its_letter(
    triage: Triage, web: Web, contact: Contact, category: str
) -> None:
    event = contact()
    await triage.hear(event)
    answer = await ask(web, event.contact_id, assessment(allegation("1", category)))
    assert answer.status_code == 201


async def test_where_the_categories_are_listed_they_are(web: Web) -> None:
    parts = (await web.client.get("/openapi.json")).json()["components"]["schemas"]
    said = parts["SentAllegation"]["properties"]["category"]["description"]
    assert {"B4", "C", "F10"} <= set(said.strip("One of.").split(", "))


@pytest.mark.parametrize("subject", ["FORCE", "OTHER_FORCE"])
@pytest.mark.parametrize("again", ["NO", "NOT_SURE", "ADVISED"])
async def test_a_yes_stays_a_yes_whatever_is_said_later(
    triage: Triage, web: Web, contact: Contact, again: str, subject: str
) -> None:
    """Domain 6, invariant 1."""
    event = contact()
    await triage.hear(event)
    await ask(web, event.contact_id, assessment(allegation(MF3="YES"), subject=subject))
    given = allegation(MF3="NOT_SURE" if again == "ADVISED" else again)
    if again == "ADVISED":
        given["advice"] = {"MF3": ADVICE}
    answer = await ask(web, event.contact_id, assessment(given))
    assert (answer.status_code, answer.json()["rule"]) == (409, "R43")
    assert "yes stays yes" in answer.text
    assert len(await triage.told(event.contact_id)) == 3
    same = assessment(allegation(MF3="YES", MF4="YES"))
    assert (await ask(web, event.contact_id, same)).json()["route"] == "RECORD_URGENTLY"


async def test_what_is_not_sure_is_cleared_by_advice_alone_which_is_kept(
    triage: Triage, web: Web, contact: Contact
) -> None:
    """Domain 6, invariant 1."""
    event = contact()
    await triage.hear(event)
    doubted = await ask(web, event.contact_id, assessment(allegation(MF3="NOT_SURE")))
    assert doubted.json()["route"] == "RECORD_URGENTLY"
    refused = await ask(web, event.contact_id, assessment())
    assert (refused.status_code, refused.json()["rule"]) == (409, "R43")
    assert "give their advice with it" in refused.text
    left_out = await ask(web, event.contact_id, assessment(allegation("2")))
    assert "Send all of them" in left_out.text
    cleared = assessment(allegation(MF3="NOT_SURE") | {"advice": {"MF3": ADVICE}})
    answer = await ask(web, event.contact_id, cleared)
    assert (answer.status_code, answer.json()["route"]) == (201, "SERVICE_RECOVERY")
    *_, assessed, reasoned = await triage.told(event.contact_id)
    assert assessed["allegations"][0]["advised"] == ["MF3"]
    [advice] = reasoned["advice"]
    assert (advice["number"], advice["criterion"], advice["on"]) == ("1", "MF3", "2026-04-02")
    parts = b" ".join(row.bytes for row in await triage.rows("SELECT bytes FROM personal"))
    assert (b"Harrowgate" in parts, b"Thistlemere" in parts) == (True, True)
    assert await records_that_say(triage, "Harrowgate") == 0
    assert await records_that_say(triage, "Thistlemere") == 0


@pytest.mark.parametrize("before", [None, {}, {"MF4": "NOT_SURE"}])
@pytest.mark.parametrize("now", ["YES", "NO", "NOT_SURE"])
async def test_advice_is_not_taken_before_anybody_was_not_sure(
    triage: Triage, web: Web, contact: Contact, before: dict[str, str] | None, now: str
) -> None:
    """Domain 6, invariant 1: neither with the first answer, nor for another criterion."""
    event = contact()
    await triage.hear(event)
    if before is not None:
        await ask(web, event.contact_id, assessment(allegation(**before)))
    known = len(await triage.told(event.contact_id))
    given = allegation(**{**(before or {}), "MF3": now}) | {"advice": {"MF3": ADVICE}}
    answer = await ask(web, event.contact_id, assessment(given))
    assert (answer.status_code, answer.json()["rule"]) == (409, "R43")
    assert "Send this one without advice" in answer.text
    assert len(await triage.told(event.contact_id)) == known


@pytest.mark.parametrize(
    ("wrong", "status", "said"),
    [
        ({"by": "  "}, 422, "#/allegations/0/advice/MF3/by"),
        ({"words": ""}, 422, "#/allegations/0/advice/MF3/words"),
        ({"on": None}, 422, "#/allegations/0/advice/MF3/on"),
        ({"on": "2026-04-01"}, 409, "before the contact came in"),
        ({"on": "2026-04-03"}, 409, "after today"),
    ],
)
async def test_advice_says_who_gave_it_when_and_how(
    triage: Triage, web: Web, contact: Contact, wrong: dict[str, Any], status: int, said: str
) -> None:
    event = contact()
    await triage.hear(event)
    await ask(web, event.contact_id, assessment(allegation(MF3="NOT_SURE")))
    given = allegation(MF3="NOT_SURE") | {"advice": {"MF3": ADVICE | wrong}}
    answer = await ask(web, event.contact_id, assessment(given))
    assert (answer.status_code, said in answer.text) == (status, True), answer.text
    assert len(await triage.told(event.contact_id)) == 3


async def test_an_allegation_that_casework_found_has_to_be_assessed_too(
    triage: Triage, web: Web, contact: Contact
) -> None:
    event = contact()
    await triage.hear(event)
    await ask(web, event.contact_id, assessment())
    await triage.hear(raised(event), (raised(event), 2))
    found = await shown(web, event.contact_id)
    assert found["raised"] == {"2": "And the officer swore at her."}
    assert (await ask(web, event.contact_id, assessment())).status_code == 409
    both = assessment(allegation(), allegation("2", "H1"))
    assert (await ask(web, event.contact_id, both)).status_code == 201
    assert (await shown(web, event.contact_id))["raised"] == {}


async def test_an_allegation_that_casework_found_gets_a_number_that_nothing_else_has(
    triage: Triage, web: Web, contact: Contact
) -> None:
    event = contact()
    await triage.hear(event)
    await ask(web, event.contact_id, assessment(allegation(), allegation("2")))
    await triage.hear(raised(event, "2"))
    found = await shown(web, event.contact_id)
    assert found["raised"] == {"3": "And the officer swore at her."}
    of_three = assessment(allegation(), allegation("2"), allegation("3", "H1"))
    assert (await ask(web, event.contact_id, of_three)).status_code == 201
    *_, assessed, _ = await triage.told(event.contact_id)
    assert [each["number"] for each in assessed["allegations"]] == ["1", "2", "3"]
    assert assessed["raised"] == ["2"]


def taken_back(contact: ContactReceived, number: str = "2") -> AllegationWithdrawn:
    return AllegationWithdrawn(
        case_id=case_id(contact.contact_id), contact_id=contact.contact_id, number=number
    )


async def test_an_allegation_that_casework_took_back_is_not_assessed_and_its_number_not_reused(
    triage: Triage, web: Web, contact: Contact
) -> None:
    event = contact()
    await triage.hear(event, raised(event, words="Then he broke my wrist."))
    seen = await etag(web, event.contact_id)
    await triage.hear((taken_back(event), 2), (taken_back(event), 3))
    found = await shown(web, event.contact_id)
    assert (found["raised"], prompts(found, "MF2")) == ({}, [])
    late = await post(web, event.contact_id, assessment(), seen)
    assert (late.status_code, "an allegation was taken back" in late.text) == (409, True)
    await triage.hear((raised(event), 4), (raised(event, "3"), 5))
    assert (await shown(web, event.contact_id))["raised"] == {"3": "And the officer swore at her."}
    both = assessment(allegation(), allegation("3", "H1"))
    assert (await ask(web, event.contact_id, both)).status_code == 201
    *_, assessed, _ = await triage.told(event.contact_id)
    assert assessed["raised"] == ["3"]


async def test_an_allegation_that_was_assessed_before_casework_took_it_back_stays_assessed(
    triage: Triage, web: Web, contact: Contact
) -> None:
    event = contact()
    await triage.hear(event, raised(event))
    await ask(web, event.contact_id, assessment(allegation(), allegation("2", MF3="YES")))
    known = len(await triage.told(event.contact_id))
    await triage.hear((taken_back(event), 2))
    assert len(await triage.told(event.contact_id)) == known
    left_out = await ask(web, event.contact_id, assessment())
    assert "Send all of them" in left_out.text


async def test_what_casework_takes_back_before_its_contact_is_known_waits(
    triage: Triage, web: Web, contact: Contact
) -> None:
    event = contact()
    await triage.hear(raised(event), (taken_back(event), 2))
    assert set(await triage.held()) == {"WAITING", "BEHIND"}
    await triage.hear(event)
    assert await triage.held() == []
    assert (await shown(web, event.contact_id))["raised"] == {}


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


@pytest.mark.parametrize(
    ("what", "body"), [("assessment", assessment()), ("split", {"words": "I want 900 pounds."})]
)
async def test_who_read_an_old_version_is_told_what_was_written_or_found_since(
    triage: Triage, web: Web, contact: Contact, what: str, body: dict[str, Any]
) -> None:
    event = contact(words="They broke my door. I want 900 pounds.")
    await triage.hear(event)
    seen = await etag(web, event.contact_id)
    await triage.hear((written(event, "He broke my wrist."), 2))
    late = await post(web, event.contact_id, body, seen, what)
    assert (late.status_code, "somebody wrote again" in late.text) == (409, True)
    seen = await etag(web, event.contact_id)
    split = {"words": "I want 900 pounds."}
    assert (await post(web, event.contact_id, split, seen, "split")).status_code == 201
    late = await post(web, event.contact_id, body, seen, what)
    assert (late.status_code, "another matter was found" in late.text) == (409, True)
    seen = await etag(web, event.contact_id)
    gone = ContactPersonErased(contact_id=event.contact_id, person_id=event.person)
    await triage.hear((gone, 3))
    late = await post(web, event.contact_id, body, seen, what)
    assert (late.status_code, "a person was erased" in late.text) == (409, True)
    assert len(await triage.told(event.contact_id)) == 4


async def test_what_is_decided_of_another_matter_stands_in_nobodys_way(
    triage: Triage, web: Web, contact: Contact
) -> None:
    matters = (Matter(number="1", words="Nobody rang."), Matter(number="2", words="He swore."))
    event = contact(matters=matters)
    await triage.hear(event)
    seen = await etag(web, event.contact_id)
    assert (await post(web, event.contact_id, assessment(), seen)).status_code == 201
    await triage.hear(raised(event))
    other = await post(web, event.contact_id, assessment(), seen, matter="2")
    assert other.status_code == 201


async def test_an_assessment_that_is_too_long_to_keep_is_refused_and_nothing_written(
    triage: Triage, web: Web, contact: Contact
) -> None:
    event = contact()
    await triage.hear(event)
    long = [allegation(str(number)) | {"words": "x" * 5000} for number in range(1, 61)]
    answer = await ask(web, event.contact_id, assessment(*long))
    assert (answer.status_code, "Shorten it" in answer.text) == (413, True)
    assert len(await triage.told(event.contact_id)) == 1


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


async def test_what_is_split_off_is_prompted_by_its_own_words_and_presses_no_less(
    triage: Triage, web: Web, contact: Contact
) -> None:
    event = contact(words="Nobody rang. They broke my wrist, and stole my phone.")
    await triage.hear(event)
    for words in ("They broke my wrist.", "Nobody rang."):
        assert (await ask(web, event.contact_id, {"words": words}, "split")).status_code == 201
    whole, grave, calm = await triage.told(event.contact_id)
    [prompt] = prompts(await shown(web, event.contact_id, "2"), "MF2")
    assert (prompt["start"], "broke my wrist" in prompt["words"]) == (5, True)
    assert (grave["urgency"], grave["queue"]) == ("URGENT", "URGENT")
    assert prompts(await shown(web, event.contact_id, "3"), "MF2") == []
    assert (calm["urgency"], calm["queue"]) == (whole["urgency"], "URGENT")
    assert calm["prompts_version"] == whole["prompts_version"]


async def test_what_is_split_off_can_press_more_than_the_whole(
    triage: Triage, web: Web, contact: Contact
) -> None:
    event = contact(words="Nobody rang, and see the recording.")
    await triage.hear(event)
    await ask(web, event.contact_id, {"words": "They broke my wrist."}, "split")
    whole, grave = await triage.told(event.contact_id)
    assert (whole["queue"], grave["queue"], grave["urgency"]) == ("RESOLUTION", "URGENT", "URGENT")


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
