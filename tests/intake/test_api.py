"""The API: any contact is taken, once; what is wrong is said without repeating it."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from intake_service import Intake

from complaints_chassis import operate
from complaints_contracts.codes import Adjustment, Channel, Consent, ReviewGround
from complaints_intake import handlers
from complaints_intake.domain.reference import make_reference
from complaints_intake.domain.text import MAX_WORDS_BYTES
from complaints_intake.handlers import receipt_code

CANARY = "Zebulon Quince"
REFERENCES = [make_reference("CL", (n, 2, 7, 1, 0, 9, 3)) for n in range(23)]
WRONG = REFERENCES[0][:-1] + ("2" if REFERENCES[0][-1] != "2" else "3")
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


def file(content: bytes, name: str = "photo.png") -> dict[str, str]:
    return {"name": name, "content": base64.b64encode(content).decode()}


async def send(
    intake: Intake, key: str | None = None, who: str | None = None, **body: Any
) -> httpx.Response:
    """Sends a contact; with the token of somebody who has the roles `who`."""
    headers = {"Idempotency-Key": key} if key else {}
    token = {"Authorization": "Bearer token", "who": who} if who else {}
    return await intake.program.post("/api/contacts", json=body, headers=headers | token)


async def test_a_few_vague_words_become_a_contact_with_a_reference_and_a_receipt_code(
    intake: Intake,
) -> None:
    answer = await send(intake, words="they never rang back")
    assert answer.status_code == 202
    accepted = answer.json()
    assert accepted["reference"].startswith("CL-")
    assert accepted["receipt_code"] == receipt_code(intake.run, UUID(accepted["contact_id"]))
    (contact,) = await intake.published()
    assert contact["words"] == "they never rang back"
    assert contact["reference"] == accepted["reference"]


@pytest.mark.parametrize(
    ("person", "anonymous", "preferred"),
    [
        ({}, False, "OTHER"),
        ({"name": "Ann"}, False, "OTHER"),
        ({"email": " "}, False, "OTHER"),
        ({"telephone": "01632 960999"}, False, "TELEPHONE"),
        ({"address": "14 Larkspur Rise"}, False, "LETTER"),
        ({"email": "ann@example.org", "reach_by": "NOT_AT_ALL"}, False, "NOT_AT_ALL"),
        ({"email": "ann@example.org", "safe_contact": "Ring only."}, False, "OTHER"),
        ({"email": "a@b.example", "safe_contact": "x", "reach_by": "EMAIL"}, False, "EMAIL"),
        ({}, True, "NOT_AT_ALL"),
    ],
)
async def test_nobody_is_said_to_want_no_contact_who_did_not_say_so(
    intake: Intake, person: dict[str, str], anonymous: bool, preferred: str
) -> None:
    persons = [person] if person else []
    answer = await send(intake, words="x", persons=persons, anonymous=anonymous)
    assert answer.status_code == 202
    (contact,) = await intake.published()
    assert contact["persons"][0]["reach"]["preferred"] == preferred


async def test_the_receipt_code_is_stored_nowhere(intake: Intake) -> None:
    accepted = (await send(intake, "key-1", words="hello")).json()
    assert accepted["receipt_code"] not in await intake.all_text()


async def test_who_it_is_and_how_to_reach_them_is_kept_as_sent(intake: Intake) -> None:
    person = {
        "name": "Ann  Example",
        "email": "ann@example.org",
        "telephone": "01632 960999",
        "reach_by": "TELEPHONE",
        "needs": ["LARGE_PRINT", "LARGE_PRINT"],
        "safe_contact": "Not before noon.\r\nMy brother reads my post.",
        "interpreter_for": " Polish ",
    }
    made_at = "2026-03-29T01:30:00+01:00"
    await send(intake, who="adviser", words="x", persons=[person], made_at=made_at)
    (contact,) = await intake.published()
    (kept,) = contact["persons"]
    assert kept["name"] == "Ann Example"
    assert kept["reach"] == {
        "preferred": "TELEPHONE",
        "needs": ["LARGE_PRINT", "INTERPRETER"],
        "safe_contact": "Not before noon.\nMy brother reads my post.",
        "interpreter_for": "Polish",
    }
    assert kept["representation"] is None
    assert contact["made_at"] == "2026-03-29T00:30:00Z"


async def test_an_attachment_is_kept_by_its_hash_and_its_type_found_from_its_content(
    intake: Intake,
) -> None:
    answer = await send(intake, attachments=[file(PNG, "../../letter.pdf")])
    assert answer.status_code == 202
    (contact,) = await intake.published()
    (kept,) = contact["attachments"]
    assert kept["media_type"] == "image/png"
    assert intake.run.files.read(kept["sha256"]) == PNG


async def test_words_over_64_kib_go_into_a_file_and_none_is_lost(intake: Intake) -> None:
    words = "ä" * 40_000 + "end"
    assert (await send(intake, words=words)).status_code == 202
    (contact,) = await intake.published()
    assert contact["words"] == "ä" * 32_768
    kept: Any = contact["words_file"]
    assert intake.run.files.read(kept["sha256"]).decode() == words


async def test_the_largest_contact_fits_into_an_event(intake: Intake) -> None:
    wide = "\U0001f600"
    person: dict[str, Any] = {"name": wide * 200, "email": wide * 320}
    person |= dict.fromkeys(("address", "safe_contact"), wide * 2000)
    person |= dict.fromkeys(("telephone", "interpreter_for"), wide * 100)
    person |= {"needs": list(Adjustment), "reach_by": "TELEPHONE"}
    acts = {"kind": "PARENT_GUARDIAN", "consent": "NOT_REQUIRED", "consent_on": "2026-11-02"}
    person["representation"] = {**acts, "scope": wide * 100}
    files = [file(PNG + bytes([n]), wide * 300) for n in range(20)]
    answer = await send(
        intake,
        who="team-leader",
        words='"' * 100_000 + " ".join(REFERENCES),
        matters=['"' * 7280] * 9,
        title=wide * 320,
        channel="SURVEY_REPLY",
        declared="COMMUNITY_CONCERN",
        mentions=REFERENCES[:10],
        review={
            "reference": "\\" * 100,
            "outcome_on": "2026-11-02",
            "grounds": list(ReviewGround),
        },
        made_at="2026-03-29T01:30:00+01:00",
        dated_on="2026-11-02",
        persons=[person] * 5,
        attachments=files,
    )
    assert answer.status_code == 202


async def test_what_was_declared_mentioned_and_asked_for_is_kept(intake: Intake) -> None:
    ours, other, third = REFERENCES[:3]
    answer = await send(
        intake,
        words=f"about {third.lower()} and {ours}",
        mentions=[ours, other.removeprefix("CL-").lower()],
        review={"reference": "CO/1/26", "outcome_on": "2026-11-02", "grounds": ["REMEDY"] * 2},
        dated_on="2026-11-03",
    )
    assert answer.status_code == 202
    (contact,) = await intake.published()
    assert contact["declared"] == "REVIEW_APPLICATION"
    assert contact["mentions"] == [ours, other, third]
    assert contact["review"] == {
        "force_reference": "CO/1/26",
        "outcome_on": "2026-11-02",
        "grounds": ["REMEDY"],
    }
    assert contact["dated_on"] == "2026-11-03"
    assert contact["taken_by"] is None


async def test_a_ground_alone_asks_for_a_review_and_what_is_declared_stays(intake: Intake) -> None:
    review = {"reference": REFERENCES[0], "grounds": ["OUTCOME"]}
    assert (await send(intake, review=review)).status_code == 202
    assert (await send(intake, review=review, declared="MIXED")).status_code == 202
    found = await intake.published()
    assert {contact["declared"] for contact in found} == {"REVIEW_APPLICATION", "MIXED"}
    for contact in found:
        assert (contact["words"], contact["mentions"]) == ("", [REFERENCES[0]])
        assert contact["review"]["force_reference"] is None


async def test_several_matters_are_numbered_and_are_the_words_where_there_are_no_others(
    intake: Intake,
) -> None:
    matters = ["first\r\nline", " second "]
    await send(intake, matters=matters)
    await send(intake, matters=matters, words="all in one")
    found = await intake.published()
    assert {contact["words"] for contact in found} == {"first\nline\n\nsecond", "all in one"}
    for contact in found:
        assert contact["matters"] == [
            {"number": "1", "words": "first\nline"},
            {"number": "2", "words": "second"},
        ]


async def test_words_give_way_to_matters_and_none_is_lost(intake: Intake) -> None:
    matters = ["x" * 30_000, "y" * 30_000]
    await send(intake, matters=matters)
    (contact,) = await intake.published()
    kept: Any = contact["words_file"]
    assert intake.run.files.read(kept["sha256"]).decode() == "\n\n".join(matters)
    assert contact["words"] == "x" * (MAX_WORDS_BYTES - 60_000)
    assert [matter["words"] for matter in contact["matters"]] == matters


async def test_who_acts_for_somebody_says_as_what(intake: Intake) -> None:
    acts = {"kind": "SOLICITOR", "scope": "everything"}
    persons = [{"name": "Ann", "representation": acts}, {"name": "Bob"}]
    await send(intake, words="x", persons=persons)
    (contact,) = await intake.published()
    assert [person["role"] for person in contact["persons"]] == ["REPRESENTATIVE", "COMPLAINANT"]
    assert contact["persons"][0]["representation"] == {
        "kind": "SOLICITOR",
        "consent": "NONE",
        "consent_on": None,
        "scope": "everything",
    }


@pytest.mark.parametrize("who", ["adviser", "team-leader"])
async def test_a_contact_that_staff_took_says_how_it_came_and_who_took_it(
    intake: Intake, who: str
) -> None:
    consent = {"kind": "MP", "consent": "HELD", "consent_on": "2026-11-02"}
    answer = await send(
        intake, who=who, words="x", channel="PHONE", persons=[{"representation": consent}]
    )
    assert answer.status_code == 202
    (contact,) = await intake.published()
    assert (contact["channel"], contact["taken_by"]) == ("PHONE", "p1")
    assert contact["persons"][0]["representation"]["consent"] == "HELD"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"made_at": "2026-05-04T09:00:00Z"}, "#/made_at"),
        *(({"channel": channel}, "#/channel") for channel in Channel if channel != "WEB"),
        *(
            (
                {"persons": [{}, {"representation": {"kind": "MP", "consent": consent}}]},
                "#/persons/1/representation/consent",
            )
            for consent in Consent
            if consent != "NONE"
        ),
    ],
)
async def test_the_public_says_nothing_that_is_for_staff_to_say(
    intake: Intake, body: dict[str, Any], pointer: str
) -> None:
    answer = await send(intake, words=CANARY, **body)
    assert answer.status_code == 403
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert "access token" in answer.json()["action"]
    assert CANARY not in answer.text
    assert await intake.published() == []
    assert (await send(intake, words="x", channel="WEB")).status_code == 202


@pytest.mark.parametrize("year", ["0001", "1989", "2027", "9999"])
async def test_staff_say_no_time_at_which_it_cannot_have_been_made(
    intake: Intake, year: str
) -> None:
    intake.clock.set(datetime(2026, 11, 23, 9, tzinfo=UTC), frozen=True)
    answer = await send(intake, who="adviser", words="x", made_at=f"{year}-12-31T23:59:59Z")
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == ["#/made_at"]
    assert await intake.published() == []


@pytest.mark.parametrize("field", ["taken_by", "force", "force_reference", "received_at"])
@pytest.mark.parametrize("who", [None, "adviser"])
async def test_nobody_says_from_outside_what_only_we_know(
    intake: Intake, who: str | None, field: str
) -> None:
    answer = await send(intake, who=who, words="x", **{field: CANARY})
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [f"#/{field}"]
    assert CANARY not in answer.text


@pytest.mark.parametrize("who", ["operations", "adjudicator"])
async def test_a_token_of_somebody_who_takes_no_contacts_is_refused(
    intake: Intake, who: str
) -> None:
    answer = await send(intake, who=who, words="x")
    assert answer.status_code == 403
    assert await intake.published() == []


async def test_a_token_that_proves_nothing_is_refused_and_not_taken_for_nobody(
    intake: Intake,
) -> None:
    answer = await intake.program.post(
        "/api/contacts", json={"words": "x"}, headers={"Authorization": f"Bearer {CANARY}"}
    )
    assert answer.status_code == 401
    assert CANARY not in answer.text
    assert await intake.published() == []


async def test_a_thousand_references_in_the_words_are_no_reason_to_refuse_them(
    intake: Intake,
) -> None:
    words = " ".join(
        make_reference("CL", (n // 529, n // 23 % 23, n % 23, 1, 1, 1, 1)) for n in range(4000)
    )
    assert (await send(intake, words=words)).status_code == 202
    (contact,) = await intake.published()
    mentions: Any = contact["mentions"]
    assert 0 < len(mentions) <= 20


async def test_what_no_system_can_store_is_replaced_and_the_rest_is_taken(intake: Intake) -> None:
    body = json.dumps({"words": "a\0b \ud800 c\r\nd", "persons": [{"name": "A\0nn\nX"}]})
    answer = await intake.program.post(
        "/api/contacts", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code == 202
    (contact,) = await intake.published()
    assert contact["words"] == "a\ufffdb \ufffd c\nd"


async def test_fifty_equal_requests_at_once_make_one_contact(intake: Intake) -> None:
    answers = await asyncio.gather(*(send(intake, "key-1", words="once") for _ in range(50)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.text for answer in answers}) == 1
    assert len(await intake.published()) == 1


async def test_the_same_key_with_other_words_is_refused_and_says_what_to_do(
    intake: Intake,
) -> None:
    await send(intake, "key-1", words="one")
    answer = await send(intake, "key-1", words=CANARY)
    assert answer.status_code == 409
    assert "Send the request with a new key" in answer.json()["detail"]
    assert CANARY not in answer.text
    assert len(await intake.published()) == 1


async def test_without_a_key_every_request_is_a_contact_of_its_own(intake: Intake) -> None:
    first, second = [(await send(intake, words="same")).json() for _ in range(2)]
    assert first["reference"] != second["reference"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "#/"),
        ({"words": " \n "}, "#/"),
        ({"words": [CANARY]}, "#/words"),
        ({"words": "x", "wrods": CANARY}, "#/wrods"),
        ({"words": "x", "made_at": CANARY}, "#/made_at"),
        ({"words": "x", "persons": [{"name": CANARY * 99}]}, "#/persons/0/name"),
        ({"words": "x", "persons": [{"role": CANARY}]}, "#/persons/0/role"),
        ({"words": "x", "persons": [{"reach_by": CANARY}]}, "#/persons/0/reach_by"),
        ({"words": "x", "persons": [{"reach_by": 7}]}, "#/persons/0/reach_by"),
        ({"words": "x", "persons": [{"needs": ["BSL", CANARY]}]}, "#/persons/0/needs/1"),
        ({"words": "x", "channel": CANARY}, "#/channel"),
        ({"words": "x", "declared": CANARY}, "#/declared"),
        ({"words": "x", "mentions": [REFERENCES[0], CANARY]}, "#/mentions/1"),
        ({"words": "x", "mentions": [WRONG]}, "#/mentions/0"),
        ({"words": "x", "mentions": REFERENCES[:11]}, "#/mentions"),
        ({"matters": [CANARY, " "]}, "#/matters/1"),
        ({"matters": [CANARY] * 10}, "#/matters"),
        ({"matters": [CANARY * 2500] * 2}, "#/matters"),
        ({"words": "x", "matters": CANARY}, "#/matters"),
        ({"review": {}}, "#/"),
        ({"review": {"reference": CANARY}}, "#/"),
        ({"words": "x", "review": {"outcome_on": CANARY}}, "#/review/outcome_on"),
        ({"words": "x", "review": {"outcome_on": "2999-01-01"}}, "#/review/outcome_on"),
        ({"words": "x", "review": {"outcome_on": 1}}, "#/review/outcome_on"),
        ({"words": "x", "review": {"outcome_on": "2026-02-30"}}, "#/review/outcome_on"),
        ({"words": "x", "review": {"grounds": [CANARY]}}, "#/review/grounds/0"),
        ({"words": "x", "review": {"reference": CANARY * 9}}, "#/review/reference"),
        ({"words": "x", "dated_on": "1700000000"}, "#/dated_on"),
        (
            {"words": "x", "persons": [{"representation": {"kind": CANARY}}]},
            "#/persons/0/representation/kind",
        ),
        (
            {"words": "x", "persons": [{"representation": {"scope": "x"}}]},
            "#/persons/0/representation/kind",
        ),
        (
            {"words": "x", "persons": [{"interpreter_for": CANARY * 9}]},
            "#/persons/0/interpreter_for",
        ),
        ({"attachments": [{"name": "a", "content": CANARY}]}, "#/attachments/0/content"),
        ({"attachments": [file(b"")]}, "#/attachments/0/content"),
        ({"attachments": [file(b"MZ" + bytes(99))]}, "#/attachments/0/content"),
        ({"attachments": [file(b"<html>" + CANARY.encode())]}, "#/attachments/0/content"),
        ({"attachments": [file(PNG)] * 21}, "#/attachments"),
    ],
)
async def test_what_is_wrong_is_named_and_not_repeated(
    intake: Intake, body: dict[str, Any], pointer: str
) -> None:
    answer = await send(intake, **body)
    assert answer.status_code == 422
    assert [error["pointer"] for error in answer.json()["errors"]] == [pointer]
    assert "Quince" not in answer.text
    assert await intake.published() == []


async def test_malformed_json_is_answered_with_what_is_wrong(intake: Intake) -> None:
    answer = await intake.program.post(
        "/api/contacts",
        content=b'{"words": "' + CANARY.encode(),
        headers={"content-type": "application/json"},
    )
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["action"]
    assert CANARY not in answer.text


async def test_a_request_of_over_60_mb_is_answered_with_what_to_do(intake: Intake) -> None:
    answer = await send(intake, words="x" * 61_000_000)
    assert answer.status_code == 413
    assert "60 MB" in answer.json()["detail"]


async def test_a_file_of_over_25_mb_is_refused_with_other_ways_to_send_it(intake: Intake) -> None:
    answer = await send(intake, attachments=[file(PNG + bytes(25_000_000))])
    assert answer.status_code == 422
    assert "25 MB" in answer.text
    assert "01642 301860" in answer.json()["action"]


async def test_staff_find_a_contact_by_its_reference_however_it_is_written(
    intake: Intake,
) -> None:
    accepted = (await send(intake, words=CANARY)).json()
    reference = accepted["reference"]
    staff = {"who": "adviser"}
    for which in (reference, reference.lower().replace("-", " "), accepted["contact_id"]):
        answer = await intake.program.get(f"/api/contacts/{which}", headers=staff)
        assert answer.json() == {
            "contact_id": accepted["contact_id"],
            "reference": reference,
            "channel": "WEB",
            "received_at": accepted["received_at"],
        }
    wrong = reference[:-1] + ("2" if reference[-1] != "2" else "3")
    answer = await intake.program.get(f"/api/contacts/{wrong}", headers=staff)
    assert answer.status_code == 404
    assert "another's place" in answer.json()["detail"]


async def test_the_public_cannot_look_contacts_up(intake: Intake) -> None:
    accepted = (await send(intake, words="x")).json()
    answer = await intake.program.get(f"/api/contacts/{accepted['reference']}")
    assert answer.status_code == 401


async def test_a_reference_that_is_taken_is_decided_again(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = (await send(intake, words="one")).json()
    taken = first["reference"]
    made = [taken, taken, "CL-2222-2222"]
    monkeypatch.setattr(handlers, "make_reference", lambda *_: made.pop(0))
    second = (await send(intake, words="two")).json()
    assert second["reference"] == "CL-2222-2222"
    assert len(await intake.published()) == 2


async def test_erasing_a_person_takes_their_words_and_tells_the_others(
    intake: Intake, caplog: pytest.LogCaptureFixture
) -> None:
    acts = {"kind": "OTHER", "scope": CANARY}
    with caplog.at_level(logging.DEBUG):
        answer = await send(
            intake,
            "key-1",
            words=f"{CANARY} words",
            matters=[f"{CANARY} one", f"{CANARY} two"],
            review={"reference": f"CO/{CANARY}"},
            persons=[{"name": CANARY, "interpreter_for": CANARY, "representation": acts}],
            attachments=[{**file(PNG), "name": f"{CANARY}.png"}],
        )
    assert CANARY not in caplog.text
    assert CANARY in await intake.all_text()
    (contact,) = await intake.published()
    person: Any = contact["persons"][0]
    await operate.erase(intake.run.engine, intake.run.book, person["id"], "asked for")
    assert CANARY not in await intake.all_text()
    assert answer.json()["reference"] in await intake.all_text()
    assert len(await intake.published()) == 2
