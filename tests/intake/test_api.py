"""The API: any contact is taken, once; what is wrong is said without repeating it."""

from __future__ import annotations

import asyncio
import base64
import json
from typing import Any
from uuid import UUID

import httpx
import pytest
from intake_service import Intake

from complaints_chassis import operate
from complaints_intake import handlers
from complaints_intake.handlers import receipt_code

CANARY = "Zebulon Quince"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


def file(content: bytes, name: str = "photo.png") -> dict[str, str]:
    return {"name": name, "content": base64.b64encode(content).decode()}


async def send(intake: Intake, key: str | None = None, **body: Any) -> httpx.Response:
    headers = {"Idempotency-Key": key} if key else {}
    return await intake.program.post("/api/contacts", json=body, headers=headers)


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
    }
    made_at = "2026-03-29T01:30:00+01:00"
    await send(intake, words="x", persons=[person], made_at=made_at, channel="IOPC")
    (contact,) = await intake.published()
    (kept,) = contact["persons"]
    assert kept["name"] == "Ann Example"
    assert kept["reach"] == {
        "preferred": "TELEPHONE",
        "needs": ["LARGE_PRINT"],
        "safe_contact": "Not before noon.\nMy brother reads my post.",
    }
    assert contact["channel"] == "IOPC"
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
    person = dict.fromkeys(("name", "email", "telephone"), "\U0001f600" * 320)
    person |= dict.fromkeys(("address", "safe_contact"), "\U0001f600" * 2000)
    files = [file(PNG + bytes([n]), "\U0001f600" * 300) for n in range(20)]
    answer = await send(
        intake, words='"' * 100_000, title="\\" * 320, persons=[person] * 5, attachments=files
    )
    assert answer.status_code == 202


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


async def test_erasing_a_person_takes_their_words_and_tells_the_others(intake: Intake) -> None:
    answer = await send(
        intake,
        "key-1",
        words=f"{CANARY} words",
        persons=[{"name": CANARY}],
        attachments=[{**file(PNG), "name": f"{CANARY}.png"}],
    )
    assert CANARY in await intake.all_text()
    (contact,) = await intake.published()
    person: Any = contact["persons"][0]
    await operate.erase(intake.run.engine, intake.run.book, person["id"], "asked for")
    assert CANARY not in await intake.all_text()
    assert answer.json()["reference"] in await intake.all_text()
    assert len(await intake.published()) == 2
