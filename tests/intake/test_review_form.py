"""Asking for a review of an outcome (R49 to R57, L33, L35, L36), as a browser without scripts."""

from __future__ import annotations

import asyncio
import html
import logging
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from intake_service import Intake
from visitor import Visitor

from complaints_chassis import operate
from complaints_intake.domain.reference import make_reference
from complaints_intake.domain.review import is_late, references_on_letter
from complaints_intake.domain.typed_date import TypedDate

CANARY = "Zebulon Quince"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)
OURS = make_reference("CL", (4, 2, 7, 1, 0, 9, 3))
LETTER = {"letter_date-day": "2", "letter_date-month": "11", "letter_date-year": "2026"}
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TODAY = date(2026, 11, 21)


class Applicant(Visitor):
    """Somebody who is not satisfied with an outcome."""

    form = "/review"

    async def fill_in(self, reference: str = OURS, **wrong: Any) -> None:
        """Everything up to the check."""
        await self.open("/review/reference")
        await self.post("/review/reference", {"reference": reference})
        await self.post("/review/letter-date", LETTER)
        await self.post("/review/what-was-wrong", wrong or {"words": f"{CANARY} was not asked"})
        await self.post("/review/files", {"then": "continue"})
        await self.post("/review/who", {"who": "SELF"})
        await self.post("/review/name", {"name": CANARY})
        await self.post("/review/contact", {"reach_by": "EMAIL", "email": "z@example.org"})
        await self.post("/review/support", {"needs": ["BSL"], "safe_contact": f"ask for {CANARY}"})


@pytest.fixture
def applicant(intake: Intake) -> Applicant:
    intake.clock.set(NOW)
    return Applicant(intake.browser)


async def test_the_first_page_says_what_a_review_is_and_is_not_and_where_else_to_turn(
    applicant: Applicant,
) -> None:
    await applicant.open("/review")
    for words in (
        "not take a fresh look",
        "Independent Adjudicator",
        "do not work for Cleveland Police",
        "decision is final",
        "judicial review",
        "three months",
        "Within 28 days",
        "Independent Office for Police Conduct",
        "compensation",
        "Citizens Advice",
        "Standards and Scrutiny Manager",
        "staff.complaints@cleveland-opcc.example",
        "reviews@cleveland-opcc.example",
        "01642 301860",
        "within 28 working days",
        '"/review/reference"',
    ):
        assert words in applicant.page


async def test_each_first_page_leads_to_the_other(applicant: Applicant) -> None:
    await applicant.open("/")
    assert 'href="/review"' in applicant.page
    await applicant.open("/review")
    assert 'href="/"' in applicant.page


async def test_what_was_answered_becomes_one_contact_that_asks_for_a_review(
    intake: Intake, applicant: Applicant
) -> None:
    wrong = {"grounds": ["REMEDY", "OUTCOME"], "words": f"{CANARY} was not asked"}
    await applicant.fill_in(f"ref. {OURS.lower()}, yours CO/123/26", **wrong)
    shown = html.unescape(applicant.page)
    for words in ("Check what", OURS.lower(), "2 November 2026", "The outcome itself", CANARY):
        assert words in shown
    await applicant.send()
    assert applicant.addresses[-1] == "/review/sent"
    for words in ("You get an email at once", "within 28 working days", "receipt code"):
        assert words in applicant.page
    (contact,) = await intake.published()
    assert contact["reference"] == applicant.reference
    assert (contact["channel"], contact["declared"]) == ("WEB", "REVIEW_APPLICATION")
    assert contact["words"] == f"{CANARY} was not asked"
    assert contact["mentions"] == [OURS]
    assert contact["review"] == {
        "force_reference": f"ref. {OURS.lower()}, yours CO/123/26",
        "outcome_on": "2026-11-02",
        "grounds": ["OUTCOME", "REMEDY"],
    }


@pytest.mark.parametrize(
    ("written", "ours", "the_forces"),
    [
        ("", (), None),
        (OURS, (OURS,), None),
        (OURS.removeprefix("CL-").replace("-", " ").lower(), (OURS,), None),
        ("CO/00123/26", (), "CO/00123/26"),
        (OURS[:-1], (), OURS[:-1]),
        (f"{OURS} / CO 1", (OURS,), f"{OURS} / CO 1"),
    ],
)
def test_a_reference_is_ours_where_it_is_sound_and_else_the_forces(
    written: str, ours: tuple[str, ...], the_forces: str | None
) -> None:
    assert references_on_letter("CL", written) == (ours, the_forces)


async def test_one_ground_or_one_word_is_enough_and_everything_else_may_be_left_out(
    intake: Intake, applicant: Applicant
) -> None:
    for wrong in ({"grounds": "HANDLING"}, {"words": "no"}):
        await applicant.open("/review/reference")
        await applicant.post("/review/reference")
        await applicant.post("/review/letter-date")
        await applicant.post("/review/what-was-wrong")
        assert "Choose what was wrong, or write it" in applicant.page
        await applicant.post("/review/what-was-wrong", wrong)
        await applicant.post("/review/files", {"then": "continue"})
        await applicant.post("/review/who", {"who": "ANONYMOUS"})
        await applicant.send()
        assert "your receipt code" in applicant.page
    found = await intake.published()
    said = {(contact["words"], *contact["review"]["grounds"]) for contact in found}
    assert said == {("", "HANDLING"), ("no",)}
    for contact in found:
        assert contact["review"]["force_reference"] is contact["review"]["outcome_on"] is None


async def test_a_ground_that_is_not_on_the_list_is_no_ground(applicant: Applicant) -> None:
    await applicant.open("/review/reference")
    await applicant.post("/review/reference")
    await applicant.post("/review/what-was-wrong", {"grounds": ["<b>", "outcome", ""]})
    assert "Choose what was wrong" in applicant.page


@pytest.mark.parametrize(
    ("day", "month", "year", "said"),
    [
        ("2", "", "", "Enter the month and the year too, or leave all three empty."),
        ("", "11", "2026", "Enter the day too, or leave all three empty."),
        ("2", "11", "26", "Enter the year with all its four digits"),
        ("2", "11", "1926", "Enter the year with all its four digits"),
        ("31", "2", "2026", "Enter a date that exists"),
        ("2", "13", "2026", "Enter a date that exists"),
        ("2", "Novembre", "2026", "Enter a date that exists"),
        ("-2", "11", "2026", "Enter a date that exists"),
        ("9" * 9999, "11", "2026", "Enter a date that exists"),
        ("22", "11", "2026", "not in the future"),
        ("<script>", "'\"", "2026", "Enter a date that exists"),
    ],
)
async def test_a_date_that_is_none_is_shown_again_with_what_to_do(
    applicant: Applicant, day: str, month: str, year: str, said: str
) -> None:
    await applicant.open("/review/reference")
    await applicant.post("/review/reference")
    typed = {"letter_date-day": day, "letter_date-month": month, "letter_date-year": year}
    await applicant.post("/review/letter-date", typed)
    assert applicant.addresses[-1] == "/review/letter-date?again=1"
    assert said in applicant.page
    assert "Error: " in applicant.page
    assert f'value="{html.escape(day)}"' in applicant.page or not day
    assert "<script>'" not in applicant.page


@given(st.dates(date(2000, 1, 1), date(2026, 11, 21)), st.sampled_from(["%m", "%B", "%b", "%-m"]))
def test_a_month_may_be_written_as_a_number_or_a_name(day: date, month: str) -> None:
    typed = TypedDate(day=str(day.day), month=day.strftime(month).upper(), year=str(day.year))
    assert typed.value == day
    assert typed.fault(TODAY) is None


@given(st.text(max_size=12), st.text(max_size=12), st.text(max_size=12))
def test_whatever_is_typed_is_either_no_date_with_a_reason_or_one_that_has_come(
    day: str, month: str, year: str
) -> None:
    typed = TypedDate.model_construct(day=day, month=month, year=year)
    if typed.fault(TODAY) is None:
        assert typed.value is None or typed.value <= TODAY
        assert (typed.value is None) == (typed.missing == TypedDate.PARTS)


@pytest.mark.parametrize(
    ("letter_of", "today", "late"),
    [  # L33: a letter of 1 April, so the last day is 29 April
        (date(2026, 4, 1), date(2026, 4, 29), False),
        (date(2026, 4, 1), date(2026, 4, 30), True),
        (None, date(2026, 4, 30), False),
    ],
)
def test_the_last_day_is_the_28th_after_the_letter(
    letter_of: date | None, today: date, late: bool
) -> None:
    assert is_late(letter_of, today) is late


async def test_who_is_late_is_asked_why_and_can_send_it_all_the_same(
    intake: Intake, applicant: Applicant
) -> None:
    await applicant.fill_in()
    await applicant.open("/review/what-was-wrong?change=1")
    assert "why you could not ask sooner" not in applicant.page
    await applicant.open("/review/letter-date?change=1")
    await applicant.post("/review/letter-date?change=1", {**LETTER, "letter_date-month": "10"})
    await applicant.open("/review/what-was-wrong?change=1")
    assert "why you could not ask sooner" in applicant.page
    await applicant.open("/review/check")
    await applicant.send()
    (contact,) = await intake.published()
    assert contact["review"]["outcome_on"] == "2026-10-02"


async def test_who_asks_for_somebody_else_is_the_one_to_reach(
    intake: Intake, applicant: Applicant
) -> None:
    await applicant.fill_in()
    await applicant.open("/review/who?change=1")
    assert "Whose complaint was it?" in applicant.page
    await applicant.post("/review/who?change=1", {"who": "SOMEBODY_ELSE"})
    await applicant.send()
    (contact,) = await intake.published()
    assert [p["role"] for p in contact["persons"]] == ["REPRESENTATIVE", "COMPLAINANT"]


async def test_a_file_can_be_added_and_taken_off_and_stays_on_this_form(
    intake: Intake, applicant: Applicant
) -> None:
    await applicant.fill_in()
    await applicant.open("/review/files?change=1")
    await applicant.post("/review/files", {"then": "stay"}, [("files", ("letter.png", PNG))])
    assert applicant.addresses[-1] == "/review/files"
    assert "1 file added" in applicant.page
    assert 'action="/review/files/remove"' in applicant.page
    await applicant.open("/review/check")
    await applicant.send()
    (contact,) = await intake.published()
    assert [file["name"] for file in contact["attachments"]] == ["letter.png"]


async def test_a_complaint_and_a_review_are_filled_in_side_by_side_and_sent_as_what_they_are(
    intake: Intake, applicant: Applicant
) -> None:
    complaint = Visitor(intake.browser)
    await complaint.open("/form/what-happened")
    await complaint.post("/form/what-happened", {"words": "the complaint"})
    await applicant.fill_in(words="the review")
    await complaint.post("/form/files", {"then": "continue"})
    await complaint.post("/form/who", {"who": "ANONYMOUS"})
    assert "the complaint" in complaint.page
    assert "the review" not in complaint.page
    await applicant.send()
    await complaint.send()
    found = {c["words"]: (c["declared"], c["review"] is None) for c in await intake.published()}
    assert found == {
        "the review": ("REVIEW_APPLICATION", False),
        "the complaint": (None, True),
    }


async def test_a_draft_is_not_opened_as_one_of_the_other_kind(
    intake: Intake, applicant: Applicant
) -> None:
    await applicant.fill_in()
    version = applicant.page.partition('name="version" value="')[2].partition('"')[0]
    (held,) = (c for c in intake.browser.cookies.jar if c.name.endswith("review-draft"))
    intake.browser.cookies.set(held.name.replace("review-", "form-"), held.value or "")
    other = Visitor(intake.browser)
    other.page = applicant.page
    answer = await other.post("/form/check", {"version": version})
    assert answer.status_code == 410
    assert "/form/what-happened" in answer.text
    assert await intake.published() == []


@pytest.mark.parametrize(
    "page", ["/review/what-happened", "/form/reference", "/form/letter-date", "/reviews/who"]
)
async def test_a_page_of_the_other_form_is_not_found(applicant: Applicant, page: str) -> None:
    await applicant.fill_in()
    assert (await applicant.post(page, {"words": "x"})).status_code == 404
    assert (await applicant.open(page)).status_code == 404


async def test_without_a_draft_the_form_begins_at_its_own_first_page(applicant: Applicant) -> None:
    assert (await applicant.open("/review/reference")).status_code == 200
    answer = await applicant.open("/review/who")
    assert answer.status_code == 410
    assert 'href="/review/reference"' in answer.text


async def test_the_way_back_leads_through_every_page_with_what_was_answered(
    applicant: Applicant,
) -> None:
    await applicant.fill_in(grounds="REMEDY")
    seen = []
    for _ in range(8):
        back = applicant.page.partition('class="govuk-back-link"')[0].rpartition('href="')[2]
        await applicant.open(back.partition('"')[0])
        seen.append(applicant.addresses[-1].removeprefix("/review/"))
    names = "support contact name who files what-was-wrong letter-date reference"
    assert seen == names.split()
    assert OURS in applicant.page
    await applicant.open("/review/what-was-wrong")
    assert 'value="REMEDY" checked' in applicant.page


async def test_sending_twice_at_once_and_after_the_way_back_makes_one_contact(
    intake: Intake, applicant: Applicant
) -> None:
    await applicant.fill_in()
    await asyncio.gather(*(applicant.send() for _ in range(5)))
    assert applicant.addresses[-5:] == ["/review/sent"] * 5
    for page in ("check", "support", "letter-date"):
        await applicant.open(f"/review/{page}")
        assert applicant.addresses[-1] == "/review/sent"
    await applicant.post("/review/letter-date", LETTER)
    assert len(await intake.published()) == 1


async def test_what_was_changed_in_another_window_is_shown_before_it_is_sent(
    intake: Intake, applicant: Applicant
) -> None:
    await applicant.fill_in()
    other = Applicant(intake.browser)
    await other.open("/review/reference?change=1")
    await other.post("/review/reference?change=1", {"reference": "another"})
    await applicant.send()
    assert applicant.addresses[-1] == "/review/check?again=1"
    assert "another" in applicant.page
    assert await intake.published() == []


async def test_markup_in_an_answer_is_text_on_every_page(applicant: Applicant) -> None:
    bad = "\"><script>alert('x')</script>{{ 7*7 }}"
    await applicant.fill_in(bad, words=bad)
    await applicant.open("/review/reference")
    for page in ("reference", "what-was-wrong", "check"):
        await applicant.open(f"/review/{page}")
        assert "<script>alert" not in applicant.page
        assert html.escape(bad).replace("&#x27;", "&#39;").replace("&quot;", "&#34;") in (
            applicant.page.replace("&quot;", "&#34;").replace("&#x27;", "&#39;")
        )


async def test_a_reference_as_long_as_a_book_is_refused_with_how_long_it_may_be(
    applicant: Applicant,
) -> None:
    await applicant.open("/review/reference")
    await applicant.post("/review/reference", {"reference": "9" * 5000})
    assert "200 characters or fewer" in applicant.page
    await applicant.open("/review/check")
    assert applicant.addresses[-1] == "/review/reference"


async def test_a_form_without_its_token_is_refused(intake: Intake, applicant: Applicant) -> None:
    await applicant.fill_in()
    applicant.page = applicant.page.replace("csrf_token", "nothing")
    assert (await applicant.send()).status_code == 403
    assert await intake.published() == []


async def test_the_exit_forgets_both_forms(intake: Intake, applicant: Applicant) -> None:
    await applicant.fill_in()
    complaint = Visitor(intake.browser)
    await complaint.open("/form/what-happened")
    await complaint.post("/form/what-happened", {"words": "something"})
    await intake.browser.get("/leave")
    assert (await complaint.open("/form/who")).status_code == 410
    assert (await applicant.open("/review/who")).status_code == 410


async def test_a_field_that_people_cannot_see_marks_the_contact_and_drops_nothing(
    intake: Intake, applicant: Applicant
) -> None:
    await applicant.fill_in(words="buy", website="http://x.example")
    await applicant.send()
    assert len(await intake.published()) == 1
    latest = await intake.browser.get("/contacts", headers={"who": "adviser"})
    assert "Hidden field filled" in latest.text


async def test_nothing_personal_is_in_an_address_a_cookie_or_a_log_and_it_can_be_erased(
    intake: Intake, applicant: Applicant, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await applicant.fill_in(f"CO/{CANARY}")
        await applicant.send()
    said = caplog.text + str(list(intake.browser.cookies.jar)) + str(applicant.addresses)
    assert "Zebulon" not in said
    assert "example.org" not in said
    (contact,) = await intake.published()
    assert contact["review"]["force_reference"] == f"CO/{CANARY}"
    person = contact["persons"][0]["id"]
    await operate.erase(intake.run.engine, intake.run.book, person, "asked for")
    text = await intake.all_text()
    assert "Zebulon" not in text
    assert applicant.reference in text
