"""Entering a contact while talking: one page, a keyboard, no script, and nothing that is lost."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from desk import Desk
from fastapi import Request, Response
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake_service import Intake

from complaints_chassis import operate
from complaints_chassis.web import rights
from complaints_chassis.web.sessions import SignedCookies
from complaints_contracts.codes import Adjustment, Channel, ContactType, ReachBy, RepresentativeKind
from complaints_intake.data import load_ways
from complaints_intake.domain.aloud import aloud
from complaints_intake.domain.reference import references_in
from complaints_intake.domain.text import clean, clean_line
from complaints_intake.workers import Sweeper

CANARY = "Zebulon Quince"
MONDAY = datetime(2026, 11, 23, 9, 2, 30, tzinfo=UTC)
TYPED: dict[str, Any] = {
    "name": CANARY,
    "telephone": "01632 960123",
    "email": "zeb@example.org",
    "address": "14 Alder Row\r\nStockton\r\nTS18 1AB",
    "matter": ["Nobody rang back.", "My bicycle was taken."],
    "declared": "COMPLAINT",
    "reach_by": "LETTER",
    "needs": ["LARGE_PRINT"],
    "interpreter_for": "Polish",
    "safe_contact": "not before noon",
}


@pytest.fixture
def desk(intake: Intake) -> Desk:
    intake.clock.set(MONDAY, frozen=True)
    return Desk(intake.browser)


def saved_reference(desk: Desk) -> str:
    assert desk.address.startswith("/entry/saved/"), desk.page.headings
    return references_in("CL", desk.text)[0]


async def only(intake: Intake) -> dict[str, Any]:
    (contact,) = await intake.published()
    return contact


async def test_the_start_page_leads_to_every_way_in_one_step(desk: Desk) -> None:
    await desk.open("/entry")
    for path in ("phone", "in-person", "fax", "letter", "mp-councillor", "solicitor"):
        assert f"/entry/{path}" in desk.page.links
    for path in ("support-org", "social-media", "survey-reply"):
        assert f"/entry/{path}" in desk.page.links
    assert "Telephone call to the office" in desk.text
    for way in load_ways().values():
        await desk.open(f"/entry/{way.path}")
        assert desk.status == 200


async def test_the_page_says_what_to_read_out_and_whether_the_office_is_open(
    intake: Intake, desk: Desk
) -> None:
    await desk.open("/entry/phone")
    for words in (
        "call 999",
        "We are open",
        "8:30am to 4:30pm",
        "You are speaking to Maya Thornbury",
        "a number to ring you on if we are cut off",
        "Cleveland Police",
        "Privacy notice",
    ):
        assert words in desk.text
    intake.clock.set(datetime(2026, 11, 22, 9, 2, tzinfo=UTC), frozen=True)
    await desk.open("/entry/phone")
    assert "We are closed" in desk.text


async def test_what_is_typed_becomes_one_contact(intake: Intake, desk: Desk) -> None:
    await desk.open("/entry/phone")
    intake.clock.set(MONDAY + timedelta(minutes=20), frozen=True)
    await desk.press("save", **TYPED)
    reference = saved_reference(desk)
    contact = await only(intake)
    assert contact["reference"] == reference
    assert contact["channel"] == "PHONE"
    assert contact["received_at"] == "2026-11-23T09:02:30Z"
    assert contact["taken_by"] == "p1"
    assert contact["declared"] == "COMPLAINT"
    assert contact["words"] == "Nobody rang back.\n\nMy bicycle was taken."
    assert contact["matters"] == [
        {"number": "1", "words": "Nobody rang back."},
        {"number": "2", "words": "My bicycle was taken."},
    ]
    (person,) = contact["persons"]
    assert person["role"] == "COMPLAINANT"
    assert person["name"] == CANARY
    assert person["address"] == "14 Alder Row\nStockton\nTS18 1AB"
    assert person["reach"] == {
        "preferred": "LETTER",
        "needs": ["LARGE_PRINT", "INTERPRETER"],
        "safe_contact": "not before noon",
        "interpreter_for": "Polish",
    }


async def test_the_reference_is_there_to_be_read_out_with_what_happens_next(desk: Desk) -> None:
    await desk.open("/entry/phone")
    await desk.press("save", matter="something", telephone="01632 960123")
    for group in aloud(saved_reference(desk)):
        assert group in desk.text
    assert "rings you" in desk.text
    assert "by 4:30pm on Wednesday 25 November 2026" in desk.text
    assert "/entry/phone" in desk.page.links
    assert "/entry" in desk.page.links


def test_a_reference_is_spelled_as_the_police_spell() -> None:
    assert aloud("CL-7K4M-9QPC") == ("Charlie Lima", "7 Kilo 4 Mike", "9 Quebec Papa Charlie")


@pytest.mark.parametrize("typed", [{"matter": "?"}, {"matter": ["", "", "he was rude"]}])
async def test_a_word_is_enough(intake: Intake, desk: Desk, typed: dict[str, Any]) -> None:
    await desk.open("/entry/phone")
    await desk.press("save", **typed)
    saved_reference(desk)
    contact = await only(intake)
    assert contact["persons"][0]["reach"]["preferred"] == "OTHER"
    assert contact["matters"] == []
    assert contact["declared"] is None
    assert contact["review"] is None


async def test_nothing_at_all_is_answered_with_what_to_do(intake: Intake, desk: Desk) -> None:
    await desk.open("/entry/phone")
    await desk.press("save", name=CANARY)
    assert "There is a problem" in desk.text
    assert "#matter-1" in desk.page.links
    assert desk.page.sent()["name"] == [CANARY]
    assert await intake.published() == []


async def test_a_double_click_and_the_way_back_make_no_second_contact(
    intake: Intake, desk: Desk
) -> None:
    await desk.open("/entry/phone")
    opened = desk.address
    answers = await asyncio.gather(*(desk.send("save", **TYPED) for _ in range(5)))
    assert {a.status_code for a in answers} == {303}
    assert len({a.headers["location"] for a in answers}) == 1
    await desk.open(opened)
    reference = saved_reference(desk)
    assert (await only(intake))["reference"] == reference


async def test_what_is_changed_after_it_was_saved_is_kept_and_said_not_to_be_saved(
    intake: Intake, desk: Desk
) -> None:
    await desk.open("/entry/phone")
    stale = Desk(intake.browser)
    await stale.open(desk.address)
    await desk.press("save", **TYPED)
    first = saved_reference(desk)
    await stale.press("save", **(TYPED | {"matter": "And one thing more."}))
    assert f"This was saved as {first} before" in stale.text
    assert stale.page.sent()["matter"] == ["And one thing more."]
    assert len(await intake.published()) == 1
    await stale.press("save")
    second = saved_reference(stale)
    assert second != first
    assert len(await intake.published()) == 2
    assert "And one thing more." in [c["words"] for c in await intake.published()]


async def test_any_other_button_after_it_was_saved_keeps_what_was_typed_too(
    intake: Intake, desk: Desk
) -> None:
    await desk.open("/entry/phone")
    stale = Desk(intake.browser)
    await stale.open(desk.address)
    await desk.press("save", **TYPED)
    await stale.press("matter", **(TYPED | {"matter": "one thing more"}))
    assert stale.page.sent()["matter"] == ["one thing more", ""]
    assert len(await intake.published()) == 1


async def test_enter_in_a_field_looks_for_earlier_contacts_and_saves_nothing(
    intake: Intake, desk: Desk
) -> None:
    """A browser presses the first button of the form."""
    await desk.open("/entry/letter")
    buttons = [c for c in desk.page.controls if c.tag == "button" and c.name == "then"]
    assert buttons[0].value == "look"
    await desk.press(buttons[0].value, **TYPED)
    assert "We find none" in desk.text
    assert await intake.published() == []


async def test_earlier_contacts_are_shown_beside_what_was_typed(intake: Intake, desk: Desk) -> None:
    await desk.open("/entry/phone")
    await desk.press("save", **TYPED)
    earlier = saved_reference(desk)
    await desk.open("/entry/letter")
    await desk.press("look", name="quince zebulon", address="TS181AB", matter="again")
    assert earlier in desk.text
    assert CANARY in desk.text
    assert "Same name, postcode" in desk.text
    assert "23 November 2026" in desk.text
    assert desk.page.sent()["matter"] == ["again"]
    await desk.press("matter")
    assert earlier in desk.text


async def test_earlier_contacts_of_the_person_somebody_acts_for_are_found(
    desk: Desk,
) -> None:
    await desk.open("/entry/phone")
    await desk.press("save", **TYPED)
    earlier = saved_reference(desk)
    await desk.open("/entry/mp-councillor")
    await desk.press("look", name="Dana Hollis MP", other_telephone="01632960123")
    assert earlier in desk.text


async def test_another_matter_keeps_all_that_was_typed(desk: Desk) -> None:
    await desk.open("/entry/phone")
    await desk.press("matter", **TYPED)
    assert desk.page.sent()["matter"] == [*TYPED["matter"], ""]
    for field in ("name", "email", "safe_contact", "interpreter_for"):
        assert desk.page.sent()[field] == [TYPED[field]]
    for _ in range(12):
        await desk.press("matter")
    assert len(desk.page.sent()["matter"]) == 10


async def test_who_comes_back_to_the_page_finds_what_they_typed(intake: Intake, desk: Desk) -> None:
    await desk.open("/entry/phone")
    await desk.press("look", **TYPED)
    await Desk(intake.browser).open("/contacts")
    await desk.open(desk.address)
    assert desk.page.sent()["matter"] == TYPED["matter"]


async def test_what_was_typed_is_kept_for_a_day_and_not_once_it_is_saved(
    intake: Intake, desk: Desk
) -> None:
    await desk.open("/entry/phone")
    await desk.press("look", **TYPED)
    assert "Zebulon" in await intake.all_text()
    opened = desk.address
    intake.clock.set(MONDAY + timedelta(hours=25), frozen=True)
    async with intake.run.engine.connect() as connection:
        await Sweeper(intake.run).round(connection)
    assert "Zebulon" not in await intake.all_text()
    await desk.press("save", **(TYPED | {"received_on-day": "23", "received_on-month": "11"}))
    assert "There is a problem" in desk.text
    assert desk.page.sent()["matter"] == TYPED["matter"]
    assert desk.address.partition("?")[0] != opened


async def test_a_call_is_received_when_its_page_was_opened(intake: Intake, desk: Desk) -> None:
    await desk.open("/entry/in-person")
    intake.clock.set(MONDAY + timedelta(minutes=45), frozen=True)
    await desk.press("save", matter="x")
    assert (await only(intake))["received_at"] == "2026-11-23T09:02:30Z"
    assert "23 November 2026, 9:02am" in desk.text


@pytest.mark.parametrize(
    ("typed", "received"),
    [
        (("", "", "", "8:40am"), "2026-11-23T08:40:00Z"),
        (("20", "11", "2026", "4.15pm"), "2026-11-20T16:15:00Z"),
        (("20", "november", "2026", "1415"), "2026-11-20T14:15:00Z"),
        (("1", "6", "2026", "9am"), "2026-06-01T08:00:00Z"),
        (("20", "11", "2026", ""), "2026-11-20T12:00:00Z"),
        (("23", "11", "2026", ""), "2026-11-23T09:02:30Z"),
    ],
)
async def test_a_call_of_an_earlier_time_is_entered_with_its_day_and_time(
    intake: Intake, desk: Desk, typed: tuple[str, ...], received: str
) -> None:
    await desk.open("/entry/phone")
    await desk.press("save", matter="x", **when(*typed))
    saved_reference(desk)
    assert (await only(intake))["received_at"] == received


def when(day: str, month: str, year: str, at: str) -> dict[str, str]:
    return {
        "received_on-day": day,
        "received_on-month": month,
        "received_on-year": year,
        "received_time": at,
    }


@pytest.mark.parametrize(
    ("typed", "place", "said"),
    [
        (("", "", "", "9:03am"), "received_time", "a time that has passed"),
        (("", "", "", "25:00"), "received_time", "a time like 9:05am"),
        (("", "", "", "13pm"), "received_time", "a time like 9:05am"),
        (("", "", "", "soon"), "received_time", "a time like 9:05am"),
        (("24", "11", "2026", ""), "received_on-day", "not in the future"),
        (("31", "11", "2026", ""), "received_on-day", "a date that exists"),
        (("23", "11", "", ""), "received_on-year", "Enter the year"),
        (("23", "11", "1926", ""), "received_on-year", "four digits"),
        (("23", "11", "2019", ""), "received_on-day", "a day from 2020 on"),
    ],
)
async def test_a_day_or_time_that_cannot_be_is_said_to_be_one_at_its_field(
    intake: Intake, desk: Desk, typed: tuple[str, ...], place: str, said: str
) -> None:
    await desk.open("/entry/phone")
    await desk.press("save", matter="x", **when(*typed))
    assert said in desk.text
    assert f"#{place}" in desk.page.links
    assert place in desk.page.ids
    assert desk.page.sent()["received_on-day"] == [typed[0]]
    assert await intake.published() == []


async def test_a_page_that_was_left_open_overnight_asks_for_the_day_of_the_call(
    intake: Intake, desk: Desk
) -> None:
    await desk.open("/entry/phone")
    intake.clock.set(MONDAY + timedelta(hours=20), frozen=True)
    await desk.press("save", matter="x")
    assert "this page was opened on an earlier one" in desk.text
    await desk.press("save", **when("24", "11", "2026", ""))
    assert (await only(intake))["received_at"].startswith("2026-11-24T05:02")


async def test_who_stays_unknown_gives_no_name(intake: Intake, desk: Desk) -> None:
    await desk.open("/entry/phone")
    await desk.press("save", anonymous="yes", matter="x", name=CANARY)
    assert "#anonymous" in desk.page.links
    assert desk.page.sent()["name"] == [CANARY]
    await desk.press("save", name="")
    contact = await only(intake)
    assert contact["anonymous"] is True
    assert contact["persons"][0]["reach"]["preferred"] == "NOT_AT_ALL"
    assert "do not contact you" in desk.text


async def test_who_acts_for_somebody_comes_first_with_what_was_agreed(
    intake: Intake, desk: Desk
) -> None:
    await desk.open("/entry/solicitor")
    assert desk.page.sent()["acting"] == ["SOLICITOR"]
    await desk.press(
        "save",
        matter="x",
        name="Firm & Sons",
        other_name=CANARY,
        other_telephone="01632 960124",
        consent="HELD",
        **{"consent_on-day": "2", "consent_on-month": "11", "consent_on-year": "2026"},
        consent_scope="everything but medical records",
    )
    solicitor, client = (await only(intake))["persons"]
    assert (solicitor["role"], client["role"]) == ("REPRESENTATIVE", "COMPLAINANT")
    assert solicitor["representation"] == {
        "kind": "SOLICITOR",
        "consent": "HELD",
        "consent_on": "2026-11-02",
        "scope": "everything but medical records",
    }
    assert (client["name"], client["telephone"]) == (CANARY, "01632 960124")
    assert client["reach"]["preferred"] == "OTHER"


async def test_a_word_on_what_is_safe_stands_with_both_and_leaves_the_way_to_a_person(
    intake: Intake, desk: Desk
) -> None:
    word = "Her partner reads the email. Ring only."
    await desk.open("/entry/support-org")
    await desk.press(
        "save", matter="x", email="w@example.org", other_name=CANARY, safe_contact=word
    )
    for person in (await only(intake))["persons"]:
        assert (person["reach"]["preferred"], person["reach"]["safe_contact"]) == ("OTHER", word)


async def test_an_mp_needs_no_consent_unless_whoever_enters_it_says_so(
    intake: Intake, desk: Desk
) -> None:
    """L55; everybody else needs it in writing (L12)."""
    await desk.open("/entry/mp-councillor")
    await desk.press("save", matter="x", name="Dana Hollis MP", other_name=CANARY)
    await desk.open("/entry/phone")
    await desk.press("save", matter="y", other_name=CANARY)
    found = [c["persons"][0]["representation"] for c in await intake.published()]
    known = {(f["kind"], f["consent"]) for f in found}
    assert known == {("MP", "NOT_REQUIRED"), ("OTHER", "NONE")}


@pytest.mark.parametrize(
    ("written", "mentions", "force_reference"),
    [("cl 2345 678m", ["CL-2345-678M"], None), ("CO/123/26", [], "CO/123/26"), ("", [], None)],
)
async def test_an_application_for_a_review_names_its_case_and_the_day_of_the_outcome(
    intake: Intake, desk: Desk, written: str, mentions: list[str], force_reference: str | None
) -> None:
    await desk.open("/entry/phone")
    outcome = {"outcome_on-day": "2", "outcome_on-month": "11", "outcome_on-year": "2026"}
    await desk.press(
        "save", matter="x", declared="REVIEW_APPLICATION", review_reference=written, **outcome
    )
    contact = await only(intake)
    assert contact["declared"] == "REVIEW_APPLICATION"
    assert contact["mentions"] == mentions
    assert contact["review"]["force_reference"] == force_reference
    assert contact["review"]["outcome_on"] == "2026-11-02"


async def test_a_reference_in_the_words_is_mentioned(intake: Intake, desk: Desk) -> None:
    await desk.open("/entry/phone")
    await desk.press("save", matter=["about CL-2345-678M again", "and more"])
    assert (await only(intake))["mentions"] == ["CL-2345-678M"]


async def test_many_long_matters_are_cut_in_the_event_and_whole_in_a_file(
    intake: Intake, desk: Desk
) -> None:
    await desk.open("/entry/phone")
    told = [f'{n}" ' * 10_000 for n in range(10)]
    await desk.press("save", matter=told)
    saved_reference(desk)
    contact = await only(intake)
    assert len(contact["matters"]) == 10
    whole = intake.run.files.read(contact["words_file"]["sha256"]).decode()
    assert whole == "\n\n".join(words.strip() for words in told)


async def test_the_latest_contacts_say_who_took_each_and_what_it_is_said_to_be(
    intake: Intake, desk: Desk
) -> None:
    await desk.open("/entry/phone")
    await desk.press("save", matter="x", declared="COMMUNITY_CONCERN")
    await desk.open("/contacts")
    for words in ("Community concern", "p1", "Phone"):
        assert words in desk.text


async def test_a_person_who_is_erased_leaves_nothing_typed_behind(
    intake: Intake, desk: Desk
) -> None:
    await desk.open("/entry/phone")
    await desk.press("save", **TYPED, other_name="Yolanda Quist")
    sender, other = (await only(intake))["persons"]
    for person in (sender, other):
        await operate.erase(intake.run.engine, intake.run.book, person["id"], "asked for")
    kept = await intake.all_text()
    for trace in ("ebulon", "zeb@", "960123", "Alder", "bicycle", "Polish", "noon", "uist"):
        assert trace not in kept
    await desk.open(desk.address)
    assert desk.status == 200


async def test_nothing_personal_is_in_an_address_or_a_log(
    intake: Intake, desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await desk.open("/entry/phone")
        await desk.press("look", **TYPED)
        addresses = desk.address
        await desk.press("save")
    said = caplog.text + addresses + desk.address
    for trace in ("Zebulon", "example.org", "960123", "Alder", "bicycle"):
        assert trace not in said


async def test_only_advisers_and_team_leaders_enter_contacts(intake: Intake, desk: Desk) -> None:
    ours = {(r.method, r.path): r.right for r in rights(intake.app) if "/entry" in r.path}
    assert len(ours) == 6
    assert set(ours.values()) == {"adviser, team-leader"}
    await desk.open("/entry/phone")
    for path in ("/entry", "/entry/phone", desk.address, "/entry/pages/" + "0" * 64 + "/1.png"):
        assert (await intake.program.get(path)).status_code == 401
        for role in ("adjudicator", "operations"):
            refused = await intake.program.get(path, headers={"who": role})
            assert refused.status_code == 403
    for role in ("adjudicator", "operations"):
        refused = await intake.browser.post(desk.address, headers={"who": role}, data={})
        assert refused.status_code == 403
    await Desk(intake.browser, "team-leader").open("/entry/phone")


def signed_in(intake: Intake, role: str = "adviser") -> dict[str, str]:
    """The cookie of a browser that signed in an hour ago."""
    secret = intake.settings.secret.get_secret_value().encode()
    cookies = SignedCookies(secret, lambda: MONDAY - timedelta(hours=1))
    scope = {"type": "http", "scheme": "http", "headers": [], "path": "/", "app": intake.app}
    request = Request(scope | {"server": ("intake.example", 80), "query_string": b""})
    response, person = Response(), {"sub": "p1", "name": "Maya Thornbury", "roles": [role]}
    cookies.write(request, response, "session", person, timedelta(hours=1))
    name, _, value = response.headers["set-cookie"].partition(";")[0].partition("=")
    return {name: value}


async def test_what_is_typed_outlives_the_session_but_is_not_saved_without_one(
    intake: Intake, desk: Desk
) -> None:
    await desk.open("/entry/phone")
    opened = desk.address
    desk.headers = {}
    intake.browser.cookies.update(signed_in(intake))
    answer = await desk.send("save", **TYPED)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"{opened}?lapsed=1"
    assert await intake.published() == []
    desk.headers = {"who": "adviser"}
    await desk.open(answer.headers["location"])
    assert "Everything you typed is here" in desk.text
    assert desk.page.sent()["matter"] == TYPED["matter"]
    await desk.press("save")
    assert len(await intake.published()) == 1


async def test_who_was_never_signed_in_or_for_something_else_keeps_nothing(
    intake: Intake, desk: Desk
) -> None:
    await desk.open("/entry/phone")
    desk.headers = {}
    forged = {name: value[:-4] + "AAAA" for name, value in signed_in(intake).items()}
    for cookies in ({}, forged, signed_in(intake, "adjudicator")):
        intake.browser.cookies.update(cookies)
        assert (await desk.send("save", **TYPED)).status_code == 401
    intake.browser.cookies.update(signed_in(intake))
    assert (await desk.send("save", **TYPED, csrf_token="0" * 64)).status_code == 403
    intake.clock.set(MONDAY + timedelta(hours=13), frozen=True)
    assert (await desk.send("save", **TYPED)).status_code == 401
    assert "Zebulon" not in await intake.all_text()


async def test_an_entry_is_only_taken_from_our_own_page(intake: Intake, desk: Desk) -> None:
    await desk.open("/entry/phone")
    for token in ("", "0" * 64):
        answer = await desk.send("save", **TYPED, csrf_token=token)
        assert answer.status_code == 403
    assert await intake.published() == []


async def test_an_address_that_is_not_an_entry_is_not_found(intake: Intake, desk: Desk) -> None:
    accepted = (await intake.program.post("/api/contacts", json={"words": "x"})).json()
    await desk.open(f"/entry/saved/{accepted['contact_id']}")
    assert desk.status == 404
    for path in ("/entry/email", "/entry/web", "/entry/phone/nonsense"):
        await desk.open(path)
        assert desk.status == 404


@pytest.mark.parametrize("path", ["phone", "letter", "mp-councillor"])
async def test_a_keyboard_meets_everything_in_the_order_of_the_page(desk: Desk, path: str) -> None:
    await desk.open(f"/entry/{path}")
    await desk.press("save", email="wrong", name="x", **when("99", "1", "2026", ""))
    page = desk.page
    assert [index for index in page.tab_indexes if index != "-1"] == []
    assert len([line for line in page.headings if line.startswith("h1")]) == 1
    assert len(page.ids) == len(set(page.ids))
    for control in page.controls:
        if control.tag != "button" and control.type not in ("hidden", "submit"):
            assert control.id in page.labels, control
    names = list(dict.fromkeys(c.name for c in page.controls if c.id or c.name == "then"))
    order = ["name", "telephone", "email", "address", "anonymous", "matter", "declared"]
    assert [name for name in names if name in order] == order
    wrong = [link for link in page.links if link.startswith("#") and link != "#main-content"]
    assert {"#email", "#matter-1"} <= set(wrong)
    assert all(link.removeprefix("#") in page.ids for link in wrong)


outcomes: Counter[str] = Counter()

LINE = st.text(max_size=40).filter(lambda text: "\r" not in text)
DATE = st.one_of(
    st.sampled_from([("2", "11", "2026"), ("1", "May", "2026"), ("", "", "")]),
    st.tuples(*[st.sampled_from(["", "-1", "1", "31", "99", "2026", "x"])] * 3),
)
EMAIL = st.one_of(st.just("zeb@example.org"), LINE)
TIME = st.one_of(st.sampled_from(["", "8am", "08:15", "24:00"]), LINE)


@st.composite
def anything_typed(draw: st.DrawFn) -> dict[str, Any]:
    """Any combination of fields, right or wrong, as a browser sends them."""
    lines = {
        **dict.fromkeys(("name", "telephone", "address", "other_name", "other_telephone"), LINE),
        **dict.fromkeys(("other_address", "consent_scope", "interpreter_for"), LINE),
        **dict.fromkeys(("safe_contact", "review_reference"), LINE),
        **{"email": EMAIL, "other_email": EMAIL, "received_time": TIME},
    }
    chosen = draw(st.sets(st.sampled_from([*lines]), max_size=6))
    typed: dict[str, Any] = {field: draw(lines[field]) for field in chosen}
    typed["matter"] = draw(st.lists(LINE, min_size=1, max_size=4))
    for field in ("received_on", "dated_on", "outcome_on", "consent_on"):
        if draw(st.integers(0, 3)) == 0:
            parts = zip(("day", "month", "year"), draw(DATE), strict=True)
            typed |= {f"{field}-{part}": value for part, value in parts}
    for field, codes in (
        ("declared", ContactType),
        ("acting", RepresentativeKind),
        ("reach_by", ReachBy),
        ("consent", Channel),
    ):
        typed[field] = draw(st.sampled_from(["", "nonsense", *codes]))
    typed["needs"] = draw(st.lists(st.sampled_from([*Adjustment]), max_size=3, unique=True))
    if draw(st.integers(0, 4)) == 0:
        typed["anonymous"] = "yes"
    return typed


@settings(
    max_examples=60,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(typed=anything_typed(), path=st.sampled_from(["phone", "letter", "mp-councillor"]))
async def test_whatever_is_typed_is_saved_or_still_on_the_page(
    intake: Intake, typed: dict[str, Any], path: str
) -> None:
    desk = Desk(intake.browser)
    before = len(await intake.published())
    await desk.open(f"/entry/{path}")
    fields = {control.name for control in desk.page.controls}
    typed = {field: value for field, value in typed.items() if field in fields}
    await desk.press("save", **typed)
    assert desk.status == 200
    saved = await intake.published()
    if desk.address.startswith("/entry/saved/"):
        assert len(saved) == before + 1
        words = "\n\n".join(filter(None, map(clean, typed["matter"])))
        assert words in [contact["words"] for contact in saved]
        outcomes["saved"] += 1
        return
    outcomes["shown again"] += 1
    assert len(saved) == before
    assert "There is a problem" in desk.text
    shown = desk.page.sent()
    for field, value in typed.items():
        match field:
            case "matter":
                assert list(map(clean, shown[field])) == list(map(clean, value))
            case "needs":
                assert set(shown.get(field, [])) == set(value)
            case "anonymous" | "declared" | "acting" | "reach_by" | "consent":
                choices = [c for c in desk.page.controls if c.name == field]
                offered = {choice.value for choice in choices}
                assert value not in offered or shown[field] == [value]
            case _:
                assert clean_line(shown[field][0]) == clean_line(value)


def test_as_much_was_saved_as_was_shown_again() -> None:
    if not outcomes:
        pytest.skip("nothing was typed")
    print(dict(outcomes))
    assert min(outcomes["saved"], outcomes["shown again"]) * 20 >= outcomes.total()
