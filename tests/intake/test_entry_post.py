"""Entering a letter or a fax: its pages beside what is typed, its text read, its days right."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from desk import Desk
from intake_service import Intake
from papers import locked_pdf, pdf, picture, png_bomb, scanned_pdf

from complaints_chassis import operate
from complaints_chassis.upkeep import Upkeep
from complaints_intake.attachments import KEPT
from complaints_intake.domain.reference import references_in
from complaints_intake.workers import Sweeper

MONDAY = datetime(2026, 11, 23, 9, 2, 30, tzinfo=UTC)
LETTER = pdf(["Dear Sir,", "nobody came."], ["Yours faithfully, Z. Quince"])
PNG = {"content-type": "image/png", "content-disposition": "inline"}


@pytest.fixture
def desk(intake: Intake) -> Desk:
    intake.clock.set(MONDAY, frozen=True)
    return Desk(intake.browser)


def day(field: str, day: str, month: str = "11", year: str = "2026") -> dict[str, str]:
    return {f"{field}-day": day, f"{field}-month": month, f"{field}-year": year}


def words(desk: Desk) -> list[str]:
    return desk.page.sent()["matter"]


async def fetch(intake: Intake, sha256: str, page: int, who: str = "adviser") -> httpx.Response:
    address = f"/entry/pages/{sha256}/{page}.png"
    return await intake.browser.get(address, headers={"who": who})


async def test_the_text_of_a_letter_is_offered_as_words_with_its_pages_beside(
    intake: Intake, desk: Desk
) -> None:
    await desk.open("/entry/letter")
    await desk.press("files", [("files", ("letter.pdf", LETTER))], name="Z. Quince")
    assert words(desk)[0].split() == LETTER_WORDS
    assert "Check it against the pages" in desk.text
    assert desk.page.sent()["name"] == ["Z. Quince"]
    sources = [image["src"] for image in desk.page.images]
    assert [re.sub("[0-9a-f]{64}", "#", source or "") for source in sources] == [
        "/entry/pages/#/1.png",
        "/entry/pages/#/2.png",
    ]
    assert all(image["alt"] for image in desk.page.images)
    for source in sources:
        shown = await intake.browser.get(str(source), headers={"who": "adviser"})
        assert shown.status_code == 200
        assert shown.content.startswith(b"\x89PNG")


LETTER_WORDS = ["Dear", "Sir,", "nobody", "came.", "Yours", "faithfully,", "Z.", "Quince"]


async def test_a_letter_becomes_a_contact_with_its_days_and_its_pages(
    intake: Intake, desk: Desk
) -> None:
    await desk.open("/entry/letter")
    await desk.press("files", [("files", ("letter.pdf", LETTER)), ("files", ("e.png", picture()))])
    await desk.press("save", **day("received_on", "20"), **day("dated_on", "16"))
    (contact,) = await intake.published()
    assert desk.address.startswith("/entry/saved/")
    assert contact["channel"] == "LETTER"
    assert contact["received_at"] == "2026-11-20T12:00:00Z"
    assert contact["dated_on"] == "2026-11-16"
    assert contact["words"].split() == LETTER_WORDS
    found = [(f["name"], f["media_type"], f["size"]) for f in contact["attachments"]]
    assert found[0] == ("letter.pdf", "application/pdf", len(LETTER))
    assert found[1][:2] == ("e.png", "image/png")
    assert intake.run.files.read(contact["attachments"][0]["sha256"]) == LETTER


@pytest.mark.parametrize("typed", [{}, day("received_on", "23")])
async def test_post_that_came_today_is_received_now(
    intake: Intake, desk: Desk, typed: dict[str, str]
) -> None:
    await desk.open("/entry/fax")
    intake.clock.set(MONDAY + timedelta(minutes=30), frozen=True)
    await desk.press("save", matter="x", **typed)
    (contact,) = await intake.published()
    assert contact["received_at"] == "2026-11-23T09:32:30Z"


async def test_a_letter_that_came_on_friday_is_promised_a_call_from_friday(desk: Desk) -> None:
    await desk.open("/entry/letter")
    await desk.press("save", matter="x", **day("received_on", "20"))
    assert "by 4:30pm on Tuesday 24 November 2026" in desk.text


async def test_a_letter_that_lay_about_is_said_to_be_late_and_promises_no_day_gone_by(
    desk: Desk,
) -> None:
    await desk.open("/entry/letter")
    await desk.press("save", matter="x", **day("received_on", "16"))
    assert "should have heard from us by 4:30pm on Wednesday 18 November 2026" in desk.text
    assert "today or on the next working day" in desk.text


@pytest.mark.parametrize("field", ["received_on", "dated_on"])
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (("24", "11", "2026"), "not in the future"),
        (("31", "2", "2026"), "a date that exists"),
        (("1", "1", "26"), "four digits"),
        (("", "11", "2026"), "Enter the day"),
    ],
)
async def test_a_day_that_cannot_be_is_refused_with_everything_still_there(
    intake: Intake, desk: Desk, field: str, typed: tuple[str, str, str], said: str
) -> None:
    await desk.open("/entry/letter")
    await desk.press("files", [("files", ("letter.pdf", LETTER))])
    await desk.press("save", matter="in my words", **day(field, *typed))
    assert said in desk.text
    assert words(desk) == ["in my words"]
    assert len(desk.page.images) == 2
    assert [desk.page.sent()[f"{field}-{part}"] for part in ("day", "month", "year")] == [
        [part] for part in typed
    ]
    assert await intake.published() == []


async def test_what_is_typed_already_is_not_written_over_but_the_text_can_be_copied(
    desk: Desk,
) -> None:
    await desk.open("/entry/letter")
    await desk.press("files", [("files", ("letter.pdf", LETTER))], matter="typed already")
    assert words(desk) == ["typed already"]
    await desk.press(f"text:{hashlib.sha256(LETTER).hexdigest()}")
    assert words(desk)[0].startswith("typed already\n\nDear Sir,")


async def test_who_saves_with_the_file_just_chosen_sees_first_what_was_read_from_it(
    intake: Intake, desk: Desk
) -> None:
    await desk.open("/entry/letter")
    await desk.press("save", [("files", ("letter.pdf", LETTER))])
    assert await intake.published() == []
    assert words(desk)[0].split() == LETTER_WORDS
    await desk.press("save")
    assert len(await intake.published()) == 1


async def test_a_scan_without_text_is_enough(intake: Intake, desk: Desk) -> None:
    await desk.open("/entry/letter")
    await desk.press("files", [("files", ("scan.pdf", scanned_pdf()))])
    assert "no text in it that can be copied" in desk.text
    await desk.press("save")
    (contact,) = await intake.published()
    assert contact["words"] == ""


async def test_a_locked_document_is_kept_and_never_opened(intake: Intake, desk: Desk) -> None:
    await desk.open("/entry/letter")
    await desk.press("files", [("files", ("locked.pdf", locked_pdf()))])
    assert "locked with a password" in desk.text
    assert desk.page.images == []
    await desk.press("save", matter="x")
    (contact,) = await intake.published()
    assert contact["attachments"][0]["quarantined"] is True


async def test_files_are_kept_whatever_button_is_pressed_and_each_once(desk: Desk) -> None:
    await desk.open("/entry/phone")
    await desk.press("look", [("files", ("a.png", picture()))], name="Z")
    await desk.press("matter", [("files", ("b.png", picture()))], matter="x")
    assert len(desk.page.images) == 1
    await desk.press(f"remove:{hashlib.sha256(picture()).hexdigest()}")
    assert desk.page.images == []
    assert words(desk) == ["x", ""]


async def test_files_that_cannot_be_taken_are_named_with_the_reason_and_nothing_is_saved(
    intake: Intake, desk: Desk
) -> None:
    await desk.open("/entry/letter")
    hostile = [
        ("files", ("good.png", picture())),
        ("files", ("program.pdf", b"MZ" + bytes(99))),
        ("files", ("page.pdf", b"<script>alert(1)</script>")),
        ("files", ("empty.pdf", b"")),
        ("files", ("film.pdf", bytes(30_000_000))),
        ("files", ("<img src=x>.zip", b"PK\x03\x04" + bytes(60))),
    ]
    await desk.press("save", hostile, matter="x")
    for said in (
        "program.pdf was not added",
        "page.pdf was not added",
        "empty.pdf was not added: it is empty",
        "film.pdf was not added: it is larger than 25 MB",
        "&lt;img src=x&gt;.zip was not added",
    ):
        assert said in desk.text
    assert "<img src=x>" not in desk.text
    assert "good.png" in desk.text
    assert await intake.published() == []
    await desk.press("save")
    (contact,) = await intake.published()
    assert [file["name"] for file in contact["attachments"]] == ["good.png"]


@pytest.mark.parametrize(
    "data", [png_bomb(), b"%PDF-1.4\n" + bytes(range(256)) * 9, b"\xff\xd8\xff\xe0" + bytes(99)]
)
async def test_what_cannot_be_drawn_is_kept_without_a_picture(
    intake: Intake, desk: Desk, data: bytes
) -> None:
    await desk.open("/entry/letter")
    await desk.press("files", [("files", ("bad", data))])
    assert desk.page.images == []
    assert (await fetch(intake, hashlib.sha256(data).hexdigest(), 1)).status_code == 404
    await desk.press("save", matter="x")
    (contact,) = await intake.published()
    assert len(contact["attachments"]) == 1


async def test_more_than_twenty_files_are_asked_to_be_fewer(intake: Intake, desk: Desk) -> None:
    await desk.open("/entry/letter")
    many = [("files", (f"{n}.txt", b"note %d" % n)) for n in range(21)]
    await desk.press("save", many, matter="x")
    assert "20 files are the most" in desk.text
    assert "#files" in desk.page.links
    await desk.press(f"remove:{hashlib.sha256(b'note 3').hexdigest()}")
    await desk.press("save")
    assert len(await intake.published()) == 1


async def test_a_page_is_shown_so_that_nothing_in_it_can_run(intake: Intake, desk: Desk) -> None:
    data = picture("GIF") + b"<script>alert(1)</script>"
    await desk.open("/entry/letter")
    await desk.press("files", [("files", ("x.gif", data))])
    shown = await fetch(intake, hashlib.sha256(data).hexdigest(), 1)
    assert shown.status_code == 200
    assert PNG.items() <= dict(shown.headers).items()
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert shown.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert shown.headers["cache-control"] == "no-store"
    assert b"script" not in shown.content


async def test_only_what_was_sent_to_us_is_shown(intake: Intake, desk: Desk) -> None:
    intake.run.files.put(LETTER)
    sha256 = hashlib.sha256(LETTER).hexdigest()
    assert (await fetch(intake, sha256, 1)).status_code == 404
    await desk.open("/entry/letter")
    await desk.press("files", [("files", ("letter.pdf", LETTER))])
    assert (await fetch(intake, sha256, 1)).status_code == 200
    for page in (0, 3, 51, -1):
        assert (await fetch(intake, sha256, page)).status_code == 404
    assert (await fetch(intake, sha256, 1, "adjudicator")).status_code == 403
    assert (await intake.program.get(f"/entry/pages/{sha256}/1.png")).status_code == 401
    assert (await fetch(intake, "../../etc/passwd", 1)).status_code == 404
    assert (await fetch(intake, "A" * 64, 1)).status_code == 404


async def test_a_page_is_shown_as_long_as_its_contact_has_it(intake: Intake, desk: Desk) -> None:
    await desk.open("/entry/letter")
    await desk.press("files", [("files", ("letter.pdf", LETTER))])
    await desk.press("save")
    sha256 = hashlib.sha256(LETTER).hexdigest()
    await sweep(intake)
    assert (await fetch(intake, sha256, 1)).status_code == 200


async def test_the_files_of_an_entry_that_is_not_saved_go_after_a_day(
    intake: Intake, desk: Desk
) -> None:
    await desk.open("/entry/letter")
    await desk.press("files", [("files", ("letter.pdf", LETTER))])
    sha256 = hashlib.sha256(LETTER).hexdigest()
    await sweep(intake)
    assert (await fetch(intake, sha256, 1)).status_code == 404
    with pytest.raises(FileNotFoundError):
        intake.run.files.read(sha256)


async def sweep(intake: Intake, after: timedelta = KEPT + timedelta(hours=1)) -> None:
    intake.clock.set(MONDAY + after, frozen=True)
    async with intake.run.engine.connect() as connection:
        while await Sweeper(intake.run).round(connection):
            pass


async def test_a_reference_read_from_a_letter_is_mentioned(intake: Intake, desk: Desk) -> None:
    await desk.open("/entry/letter")
    answer = pdf(["Your reference CL-2345-678M:", "I have not heard from you."])
    await desk.press("files", [("files", ("answer.pdf", answer))])
    await desk.press("save")
    (contact,) = await intake.published()
    assert contact["mentions"] == list(references_in("CL", "CL-2345-678M"))


async def test_who_goes_back_and_saves_the_same_again_has_one_contact_with_its_pages(
    intake: Intake, desk: Desk
) -> None:
    await desk.open("/entry/letter")
    await desk.press("files", [("files", ("letter.pdf", LETTER))], matter="x")
    stale = Desk(intake.browser)
    await stale.open(desk.address)
    await desk.press("save")
    await stale.press("save")
    assert stale.address == desk.address
    assert len(await intake.published()) == 1


async def test_what_is_changed_after_it_was_saved_is_another_contact_with_the_same_pages(
    intake: Intake, desk: Desk
) -> None:
    await desk.open("/entry/letter")
    await desk.press("files", [("files", ("letter.pdf", LETTER))], matter="x")
    stale = Desk(intake.browser)
    await stale.open(desk.address)
    await desk.press("save")
    await stale.press("save", matter="y")
    assert "This was saved as" in stale.text
    assert len(stale.page.images) == 2
    await stale.press("save")
    assert [len(c["attachments"]) for c in await intake.published()] == [1, 1]


async def test_a_page_left_for_a_day_saves_nothing_before_its_files_are_asked_for_again(
    intake: Intake, desk: Desk
) -> None:
    await desk.open("/entry/letter")
    await desk.press("files", [("files", ("letter.pdf", LETTER))], name="Z. Quince")
    intake.clock.set(MONDAY + timedelta(hours=24, minutes=10), frozen=True)
    await desk.press("save", matter="typed words")
    assert "files that were added before are gone" in desk.text
    assert "nothing is lost" not in desk.text
    assert (words(desk), desk.page.sent()["name"]) == (["typed words"], ["Z. Quince"])
    assert await intake.published() == []
    await desk.press("save", [("files", ("letter.pdf", LETTER))], **day("received_on", "23"))
    (contact,) = await intake.published()
    assert (contact["words"], len(contact["attachments"])) == ("typed words", 1)
    assert contact["received_at"] == "2026-11-23T12:00:00Z"


async def test_a_page_is_kept_with_its_files_for_a_day_from_the_last_button(
    intake: Intake, desk: Desk
) -> None:
    await desk.open("/entry/letter")
    await desk.press("files", [("files", ("letter.pdf", LETTER))])
    for hours in (23, 46):
        await sweep(intake, timedelta(hours=hours))
        await desk.press("look")
    await desk.press("save")
    (contact,) = await intake.published()
    assert intake.run.files.read(contact["attachments"][0]["sha256"]) == LETTER


async def test_a_page_that_was_saved_more_than_a_day_ago_is_not_saved_again_at_once(
    intake: Intake, desk: Desk
) -> None:
    await desk.open("/entry/letter")
    await desk.press("files", [("files", ("letter.pdf", LETTER))], matter="x")
    stale = Desk(intake.browser)
    await stale.open(desk.address)
    await desk.press("save")
    intake.clock.set(MONDAY + timedelta(hours=25), frozen=True)
    await stale.press("save")
    (contact,) = await intake.published()
    assert f"This was saved as {contact['reference']} before" in stale.text
    assert words(stale) == ["x"]
    assert "letter.pdf" in stale.text


async def test_erasing_somebody_keeps_the_same_file_that_somebody_else_has_just_added(
    intake: Intake, desk: Desk
) -> None:
    file = {"name": "a.pdf", "content": base64.b64encode(LETTER).decode()}
    await intake.program.post("/api/contacts", json={"words": "x", "attachments": [file]})
    (first,) = await intake.published()
    await desk.open("/entry/letter")
    await desk.press("files", [("files", ("letter.pdf", LETTER))])
    run, person = intake.run, first["persons"][0]["id"]
    await operate.erase(run.engine, run.book, person, "asked by letter")
    await keep_up(intake)
    digest = hashlib.sha256(LETTER).hexdigest()
    assert run.files.read(digest) == LETTER
    intake.clock.set(MONDAY + KEPT + timedelta(minutes=1), frozen=True)
    await keep_up(intake)
    with pytest.raises(FileNotFoundError):
        run.files.read(digest)


async def keep_up(intake: Intake) -> None:
    """What the leader does, now."""
    run = intake.run
    wanted = run.service.wanted_files
    upkeep = Upkeep(run.book, {}, intake.clock, run.files, run.applier.release, wanted)
    async with run.engine.connect() as connection:
        await upkeep.round(connection)
