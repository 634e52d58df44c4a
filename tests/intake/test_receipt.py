"""The receipt check: staff see whether a code belongs to a contact, and nothing else of either."""

from __future__ import annotations

import re

import httpx
import pytest
from intake_service import Intake
from mails import arrive

STAFF = {"who": "adviser"}
PAGE = "/contacts/receipt"


async def sent(intake: Intake, words: str = "Zebulon Quince") -> tuple[str, str]:
    accepted = (await intake.program.post("/api/contacts", json={"words": words})).json()
    return accepted["reference"], accepted["receipt_code"]


async def check(intake: Intake, reference: str, code: str) -> httpx.Response:
    page = (await intake.browser.get(PAGE, headers=STAFF)).text
    token = re.search(r'name="csrf_token" value="(\w+)"', page)
    assert token
    data = {"csrf_token": token[1], "reference": reference, "code": code}
    return await intake.browser.post(PAGE, data=data, headers=STAFF)


async def test_a_receipt_code_matches_its_own_contact_however_both_are_written(
    intake: Intake,
) -> None:
    reference, code = await sent(intake)
    for written in (reference, code), (reference.lower()[3:], code.lower().replace("-", " ")):
        answer = await check(intake, *written)
        assert answer.status_code == 200
        assert f"This receipt code was given for {reference}." in answer.text
        assert "Zebulon" not in answer.text
        assert code not in answer.text


async def test_the_code_of_another_contact_does_not_match(intake: Intake) -> None:
    reference, _ = await sent(intake)
    _, other = await sent(intake)
    answer = await check(intake, reference, other)
    assert answer.status_code == 200
    assert f"This receipt code was not given for {reference}." in answer.text
    assert "The code matches" not in answer.text


async def test_a_contact_that_came_by_mail_has_no_code_to_compare(intake: Intake) -> None:
    _, code = await sent(intake)
    reference = (await arrive(intake, b"From: a@b.example\r\n\r\nhello"))["reference"]
    answer = await check(intake, reference, code)
    assert f"No receipt code was given for {reference}." in answer.text


@pytest.mark.parametrize(
    ("reference", "code", "said"),
    [
        (None, "", "This is not a receipt code"),
        (None, "2345-2345-2345-2346", "This is not a receipt code"),
        ("CL-2345-678X", None, "This is not a reference"),
        ("CL-2345-678M", None, "No contact here has this reference"),
    ],
)
async def test_a_mistyped_reference_or_code_is_said_to_be_one(
    intake: Intake, reference: str | None, code: str | None, said: str
) -> None:
    right = await sent(intake)
    answer = await check(
        intake,
        right[0] if reference is None else reference,
        right[1] if code is None else code,
    )
    assert answer.status_code == 422
    assert "There is a problem" in answer.text
    assert said in answer.text


async def test_the_check_is_only_made_from_our_own_page(intake: Intake) -> None:
    reference, code = await sent(intake)
    given = {"reference": reference, "code": code}
    answer = await intake.browser.post(PAGE, data=given, headers=STAFF)
    assert answer.status_code == 403
    assert (await intake.program.post(PAGE, data=given)).status_code == 401
