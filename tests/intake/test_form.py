"""The web form, as a browser without scripts uses it."""

from __future__ import annotations

import asyncio
import html
import logging
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from intake_service import Intake
from visitor import Files, Visitor

from complaints_chassis import operate
from complaints_intake.workers import Sweeper

CANARY = "Zebulon Quince"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(64)


class Person(Visitor):
    """Somebody with something to tell us."""

    async def fill_in(self, **contact: Any) -> None:
        """Everything up to the check."""
        await self.open("/form/what-happened")
        await self.post("/form/what-happened", {"words": f"{CANARY} never rang back"})
        await self.post("/form/files", {"then": "continue"})
        await self.post("/form/who", {"who": "SELF"})
        await self.post("/form/name", {"name": CANARY})
        await self.post("/form/contact", contact or {"reach_by": "EMAIL", "email": "z@example.org"})
        await self.post("/form/support", {"needs": ["BSL"], "safe_contact": f"ask for {CANARY}"})


@pytest.fixture
def person(intake: Intake) -> Person:
    return Person(intake.browser)


async def test_the_first_page_says_where_to_turn_when_it_is_urgent_and_how_else_to_reach_us(
    person: Person,
) -> None:
    await person.open("/")
    for words in ("call 999", "01642 301860", "8:30am to 4:30pm", "St Marks House", "/form/what"):
        assert words in person.page


async def test_what_was_answered_becomes_one_contact_with_reference_and_receipt_code(
    intake: Intake, person: Person
) -> None:
    await person.fill_in()
    assert "Check what you are sending" in person.page
    await person.send()
    assert person.addresses[-1] == "/form/sent"
    assert re.search(r"\w{4}-\w{4}-\w{4}-\w{4}", person.page)
    (contact,) = await intake.published()
    assert contact["reference"] == person.reference
    assert contact["channel"] == "WEB"
    assert contact["words"] == f"{CANARY} never rang back"
    (kept,) = contact["persons"]
    assert (kept["name"], kept["email"]) == (CANARY, "z@example.org")
    assert kept["reach"] == {
        "preferred": "EMAIL",
        "needs": ["BSL"],
        "safe_contact": f"ask for {CANARY}",
        "interpreter_for": None,
    }


async def test_nothing_personal_is_in_an_address_a_cookie_or_a_log(
    intake: Intake, person: Person, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        await person.fill_in()
        await person.send()
    said = caplog.text + str(list(intake.browser.cookies.jar)) + str(person.addresses)
    assert "Zebulon" not in said
    assert "example.org" not in said


async def test_a_sent_form_is_kept_without_what_was_typed(intake: Intake, person: Person) -> None:
    await person.fill_in()
    await person.send()
    (contact,) = await intake.published()
    await operate.erase(
        intake.run.engine, intake.run.book, contact["persons"][0]["id"], "asked for"
    )
    text = await intake.all_text()
    assert "Zebulon" not in text
    assert person.reference in text


async def test_sending_twice_at_once_and_again_makes_one_contact(
    intake: Intake, person: Person
) -> None:
    await person.fill_in()
    await asyncio.gather(*(person.send() for _ in range(5)))
    assert person.addresses[-5:] == ["/form/sent"] * 5
    await person.open("/form/check")
    assert person.addresses[-1] == "/form/sent"
    assert len(await intake.published()) == 1


async def test_an_empty_form_is_answered_with_what_to_write(person: Person) -> None:
    await person.open("/form/what-happened")
    await person.post("/form/what-happened", {"words": " \r\n"})
    assert "Error: What happened?" in person.page
    assert "A few words are enough" in person.page


async def test_a_form_that_has_not_begun_has_nothing_wrong_with_it(person: Person) -> None:
    for _ in range(2):  # before the first form, and after it was sent
        answer = await person.open("/form/what-happened?again=1")
        assert answer.status_code == 200
        assert "There is a problem" not in person.page
        assert "Error: " not in person.page
        await person.fill_in()
        await person.send()


async def test_who_only_has_a_photo_can_send_it_without_a_word(
    intake: Intake, person: Person
) -> None:
    await person.open("/form/what-happened")
    await person.post("/form/what-happened", {"words": "", "then": "files"})
    await person.post("/form/files", {"then": "continue"})
    assert "Choose a file, or go back" in person.page
    await person.post("/form/files", {"then": "continue"}, [("files", ("p.jpg", PNG))])
    await person.post("/form/who", {"who": "ANONYMOUS"})
    await person.send()
    (contact,) = await intake.published()
    assert contact["words"] == ""
    assert [file["media_type"] for file in contact["attachments"]] == ["image/png"]


async def test_nobody_has_to_say_who_they_are(intake: Intake, person: Person) -> None:
    await person.open("/form/what-happened")
    await person.post("/form/what-happened", {"words": "something"})
    await person.post("/form/files", {"then": "continue"})
    await person.post("/form/who", {"who": "ANONYMOUS"})
    assert "Your name" not in person.page
    await person.send()
    assert "your receipt code" in person.page
    (contact,) = await intake.published()
    assert contact["anonymous"] is True
    assert contact["persons"][0]["reach"]["preferred"] == "NOT_AT_ALL"


async def test_who_writes_for_somebody_else_is_the_one_to_reach(
    intake: Intake, person: Person
) -> None:
    await person.fill_in()
    await person.open("/form/who?change=1")
    await person.post("/form/who?change=1", {"who": "SOMEBODY_ELSE"})
    assert person.addresses[-1] == "/form/check"
    await person.open("/form/name?change=1")
    await person.post("/form/name?change=1", {"name": "Ann", "affected_name": "Bob"})
    await person.send()
    (contact,) = await intake.published()
    found = [(p["role"], p["name"], p["reach"]["preferred"]) for p in contact["persons"]]
    assert found == [("REPRESENTATIVE", "Ann", "EMAIL"), ("COMPLAINANT", "Bob", "OTHER")]


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({}, "Choose how we can reach you"),
        ({"reach_by": "nonsense"}, "Choose how we can reach you"),
        ({"reach_by": "EMAIL"}, "Enter your email address, or choose another way"),
        ({"reach_by": "EMAIL", "email": "ann at home"}, "Enter one email address, like name@"),
        ({"reach_by": "EMAIL", "email": "ann@home"}, "Enter one email address"),
        ({"reach_by": "EMAIL", "email": "a@b.example, c@d.example"}, "Enter one email address"),
        ({"reach_by": "EMAIL", "email": "a@b.example;c@d.example"}, "Enter one email address"),
        ({"reach_by": "EMAIL", "email": "Ann <a@b.example>"}, "Enter one email address"),
        ({"reach_by": "EMAIL", "email": "a" * 65 + "@b.example"}, "Enter one email address"),
        ({"reach_by": "TELEPHONE"}, "Enter your telephone number, or choose another way"),
        ({"reach_by": "TELEPHONE", "telephone": "ask"}, "with all its digits"),
        ({"reach_by": "LETTER"}, "Enter your postal address, or choose another way"),
        ({"reach_by": "EMAIL", "email": "a" * 400 + "@b.example"}, "320 characters or fewer"),
    ],
)
async def test_a_way_to_reach_somebody_that_lacks_its_detail_is_asked_for(
    person: Person, answers: dict[str, str], said: str
) -> None:
    await person.fill_in(**(answers or {"reach_by": ""}))
    await person.open("/form/contact?change=1")
    await person.post("/form/contact?change=1", answers)
    assert said in person.page
    assert "Error: " in person.page
    assert answers.get("email", "") in html.unescape(person.page)
    await person.open("/form/check")
    assert person.addresses[-1] == "/form/contact"
    await person.post("/form/contact?change=1", {"reach_by": "NOT_AT_ALL"})
    assert person.addresses[-1] == "/form/check"


async def test_a_changed_answer_leads_back_to_the_check_and_shows_there(person: Person) -> None:
    await person.fill_in()
    await person.open("/form/what-happened?change=1")
    assert f"{CANARY} never rang back" in person.page
    await person.post("/form/what-happened?change=1", {"words": "quite another thing"})
    assert person.addresses[-1] == "/form/check"
    assert "quite another thing" in person.page


async def test_what_was_changed_in_another_window_is_shown_before_it_is_sent(
    intake: Intake, person: Person
) -> None:
    await person.fill_in()
    other = Person(intake.browser)
    await other.open("/form/name?change=1")
    await other.post("/form/name?change=1", {"name": "Another"})
    await person.send()
    assert person.addresses[-1] == "/form/check?again=1"
    assert "changed in another window" in person.page
    assert "Another" in person.page
    assert await intake.published() == []
    await person.send()
    assert len(await intake.published()) == 1


async def test_a_form_without_its_token_is_refused_with_what_to_do(
    intake: Intake, person: Person
) -> None:
    await person.fill_in()
    page, person.page = person.page, ""
    answer = await person.post("/form/check", {"version": 7})
    assert answer.status_code == 403
    assert "Go back, load the form again" in answer.text
    assert await intake.published() == []
    person.page = page
    await person.send()
    assert len(await intake.published()) == 1


async def test_a_form_that_is_a_day_old_is_gone_and_the_page_says_how_to_start_again(
    intake: Intake, person: Person
) -> None:
    await person.fill_in()
    intake.clock.set(intake.clock.now() + timedelta(hours=25))
    answer = await person.send()
    assert answer.status_code == 410
    assert "nothing has been sent" in answer.text
    assert "/form/what-happened" in answer.text
    async with intake.run.engine.connect() as connection:
        await Sweeper(intake.run).round(connection)
    assert "Zebulon" not in await intake.all_text()


async def test_files_are_kept_at_once_and_each_that_is_not_taken_is_named_with_the_reason(
    intake: Intake, person: Person
) -> None:
    await person.open("/form/what-happened")
    await person.post("/form/what-happened", {"words": "something"})
    chosen: Files = [
        ("files", ("photo.png", PNG)),
        ("files", ("photo again.png", PNG)),
        ("files", ("program.pdf", b"MZ" + bytes(99))),
        ("files", ("page.txt", b"<script>alert(1)</script>")),
        ("files", ("empty.txt", b"")),
        ("files", ("film.mov", bytes(50_000_000))),
    ]
    await person.post("/form/files", {"then": "continue"}, chosen)
    assert person.addresses[-1] == "/form/files?again=1"
    for name in ("program.pdf was", "page.txt was", "empty.txt was", "film.mov was not added: it"):
        assert name in person.page
    assert "1 file added" in person.page
    assert "photo again.png" in person.page
    await person.post("/form/files", {"then": "continue"})
    assert person.addresses[-1] == "/form/who"


async def test_a_file_can_be_taken_off_again_and_is_deleted_when_no_contact_names_it(
    intake: Intake, person: Person
) -> None:
    await person.open("/form/what-happened")
    await person.post("/form/what-happened", {"words": "something"})
    kept, dropped = PNG + b"kept", PNG + b"dropped"
    files: Files = [("files", ("a.png", kept)), ("files", ("b.png", dropped))]
    await person.post("/form/files", {"then": "stay"}, files)
    digests = re.findall(r'name="sha256" value="(\w+)"', person.page)
    await person.post("/form/files/remove", {"sha256": digests[1]})
    assert "b.png" not in person.page
    await person.post("/form/files", {"then": "continue"})
    await person.post("/form/who", {"who": "ANONYMOUS"})
    await person.send()
    intake.clock.set(intake.clock.now() + timedelta(hours=26))
    async with intake.run.engine.connect() as connection:
        await Sweeper(intake.run).round(connection)
    assert intake.run.files.read(digests[0]) == kept
    with pytest.raises(FileNotFoundError):
        intake.run.files.read(digests[1])


async def test_at_most_twenty_files_are_taken_and_the_rest_is_named(person: Person) -> None:
    await person.open("/form/what-happened")
    await person.post("/form/what-happened", {"words": "something"})
    files: Files = [("files", (f"{n}.png", PNG + bytes([n]))) for n in range(21)]
    await person.post("/form/files", {"then": "stay"}, files)
    assert "20 files added" in person.page
    assert "20.png was not added: 20 files are the most" in person.page


async def test_a_form_that_a_machine_filled_in_is_marked_and_kept(
    intake: Intake, person: Person
) -> None:
    await person.open("/form/what-happened")
    await person.post("/form/what-happened", {"words": "buy", "website": "http://x.example"})
    await person.post("/form/files", {"then": "continue"})
    await person.post("/form/who", {"who": "ANONYMOUS"})
    await person.send()
    assert len(await intake.published()) == 1
    latest = await intake.browser.get("/contacts", headers={"who": "adviser"})
    assert "Hidden field filled" in latest.text
    assert "Sent very fast" in latest.text


async def test_a_person_who_takes_their_time_is_not_marked(intake: Intake, person: Person) -> None:
    await person.fill_in()
    intake.clock.set(intake.clock.now() + timedelta(minutes=9))
    await person.send()
    latest = await intake.browser.get("/contacts", headers={"who": "adviser"})
    assert person.reference in latest.text
    assert "Sent very fast" not in latest.text
    assert "Zebulon" not in latest.text


async def test_the_exit_leads_elsewhere_and_the_form_cannot_be_opened_again(
    person: Person,
) -> None:
    await person.fill_in()
    answer = await person.browser.get("/leave")
    assert answer.headers["location"].startswith("https://www.bbc.co.uk")
    assert (await person.open("/form/name")).status_code == 410


async def test_after_a_form_was_sent_another_can_be_begun(intake: Intake, person: Person) -> None:
    await person.fill_in()
    await person.send()
    await person.open("/form/what-happened")
    assert "Zebulon" not in person.page
    await person.post("/form/what-happened", {"words": "another thing"})
    assert person.addresses[-1] == "/form/files"


async def test_the_confirmation_says_by_when_we_get_in_touch(
    intake: Intake, person: Person
) -> None:
    await person.fill_in(reach_by="TELEPHONE", telephone="01632 960001")
    intake.clock.set(datetime(2026, 11, 20, 23, 0, tzinfo=UTC))  # a Friday night
    await person.fill_in(reach_by="TELEPHONE", telephone="01632 960001")
    await person.send()
    assert re.search(r"telephones you\s+by 4:30pm on Tuesday 24 November 2026", person.page)


async def test_an_unknown_page_of_the_form_is_not_found(person: Person) -> None:
    assert (await person.open("/form/nothing")).status_code == 404


async def test_words_from_an_old_machine_are_taken_as_they_can_be(
    intake: Intake, person: Person
) -> None:
    await person.open("/form/what-happened")
    await person.post("/form/what-happened", {"words": "a\r\nb\0c\x1b"})
    await person.post("/form/files", {"then": "continue"})
    await person.post("/form/who", {"who": "ANONYMOUS"})
    await person.send()
    (contact,) = await intake.published()
    assert contact["words"] == "a\nb\ufffdc\ufffd"
