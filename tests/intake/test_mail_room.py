"""Reading the mails that wait: in order, each once, and none keeps the others waiting."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from intake_service import Intake, migrate_intake, settings_for
from mails import ANN, COMPLAINTS, REVIEWS, arrive, mail
from post import MONDAY, Post, sorting
from sqlalchemy import text

from complaints_chassis import operate
from complaints_chassis.book import read_states
from complaints_chassis.errors import Transient
from complaints_chassis.telemetry import JsonLines
from complaints_chassis.upkeep import Upkeep
from complaints_contracts.codes import Unread
from complaints_intake import mail_room
from complaints_intake.incoming import ENCRYPTED, UNREADABLE, WITHOUT_TEXT
from complaints_intake.mail import reader
from complaints_intake.mail.reader import MailReader, ReadMail
from complaints_intake.metrics import MAILS_WAITING
from complaints_law.office import load_office
from complaints_local.postgres import DatabaseUrls

BROKEN = "raise SystemExit(3)"
"""What a reader's process does that a mail has brought down."""
CANARY = "Zephyrine"


@pytest.fixture
async def post(
    database: Callable[..., Awaitable[DatabaseUrls]], tmp_path: Path
) -> AsyncIterator[Post]:
    urls = await database("intake", migrate_intake)
    async with sorting(settings_for(urls.service, tmp_path)) as found:
        yield found


@pytest.fixture
def go_wrong(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Exception], None]:
    """Has the reading of mails that hold a word go wrong from now on, in an unforeseen way."""
    really = MailReader.read

    def set_up(word: str, error: Exception) -> None:
        async def read(self: MailReader, raw: bytes) -> ReadMail | None:
            if word.encode() in raw:
                raise error
            return await really(self, raw)

        monkeypatch.setattr(MailReader, "read", read)

    return set_up


def with_parts(*parts: bytes) -> bytes:
    body = b"".join(b"--b\r\n" + part + b"\r\n" for part in parts)
    return (
        b"From: " + ANN.encode() + b"\r\nSubject: Files\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + body + b"--b--\r\n"
    )


def attachment(name: str, content: bytes) -> bytes:
    return b'Content-Type: image/png; name="%s"\r\n\r\n%s' % (name.encode(), content)


TEXT = b"Content-Type: text/plain\r\n\r\nSee these."


async def test_mails_are_read_in_the_order_they_came(post: Post) -> None:
    kept = []
    for number in range(5):
        post.clock.set(MONDAY + timedelta(minutes=number), frozen=True)
        kept.append(await post.keep(mail(f"Number {number}.", message_id=f"{number}@x.example")))
    post.clock.set(MONDAY + timedelta(hours=3), frozen=True)
    assert await post.read() == 5
    contacts = await post.contacts()
    assert [contact["contact_id"] for contact in contacts] == [str(id) for id in kept]
    minutes = [contact["received_at"] for contact in contacts]
    assert minutes == [f"2026-11-09T09:0{minute}:00Z" for minute in range(2, 7)]


async def test_two_rooms_at_once_read_each_mail_once(post: Post) -> None:
    for number in range(6):
        await post.keep(mail(f"Number {number}.", message_id=f"{number}@x.example"))
    other = mail_room.MailRoom(post.run, load_office(), "")

    async def read(room: mail_room.MailRoom) -> None:
        async with post.run.engine.connect() as connection:
            while await room.round(connection):
                pass

    await asyncio.gather(read(post.room), read(other))
    assert len(await post.contacts()) == 6


async def test_a_copy_for_another_mailbox_that_comes_while_a_mail_is_read_counts(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = MailReader.read

    async def read(self: MailReader, raw: bytes) -> ReadMail | None:
        found = await really(self, raw)
        await post.keep(mail(), REVIEWS)
        return found

    monkeypatch.setattr(MailReader, "read", read)
    await post.keep(mail(), f"archive@{COMPLAINTS.partition('@')[2]}")
    await post.read()
    assert [contact["declared"] for contact in await post.contacts()] == ["REVIEW_APPLICATION"]


async def test_a_mail_that_breaks_its_reader_is_a_contact_for_a_person(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader, "COMMAND", BROKEN)
    raw = mail()
    await post.arrive(raw)
    [contact] = await post.contacts()
    assert (contact["unread"], contact["words"]) == (Unread.UNREADABLE, UNREADABLE)
    assert contact["persons"][0]["email"] == ANN, "from the envelope"
    assert contact["answerable"] is False
    [original] = contact["attachments"]
    assert post.run.files.read(original["sha256"]) == raw


@pytest.mark.parametrize(
    ("body", "unread", "words"),
    [
        (
            "Content-Type: multipart/encrypted; protocol=application/pgp-encrypted; boundary=b\r\n"
            "\r\n--b\r\nContent-Type: application/pgp-encrypted\r\n\r\nVersion: 1\r\n--b\r\n"
            "Content-Type: application/octet-stream\r\n\r\n-----BEGIN PGP MESSAGE-----\r\n--b--",
            Unread.ENCRYPTED,
            ENCRYPTED,
        ),
        ("\r\n \r\n", Unread.EMPTY, WITHOUT_TEXT),
    ],
)
async def test_what_cannot_be_read_says_so(
    post: Post, body: str, unread: Unread, words: str
) -> None:
    await post.arrive(f"From: {ANN}\r\nMessage-ID: <1@x.example>\r\n{body}\r\n".encode())
    [contact] = await post.contacts()
    assert (contact["unread"], contact["words"]) == (unread, words)


async def test_files_over_the_limits_stay_in_the_original_and_are_named(post: Post) -> None:
    small = [attachment(f"photo-{n}.png", b"MZ%d" % n) for n in range(21)]
    large = attachment("film.png", b"x" * 25_000_001)
    await post.arrive(with_parts(TEXT, large, *small))
    [contact] = await post.contacts()
    assert len(contact["attachments"]) == 20
    assert contact["words"] == (
        "See these.\n\n[Only in original.eml, because they are too many or too large: film.png, "
        "photo-19.png, photo-20.png.]"
    )


async def test_long_words_are_a_file_as_well(post: Post) -> None:
    await post.arrive(mail("Every night. " * 9000))
    [contact] = await post.contacts()
    assert len(contact["words"]) == 64 * 1024
    assert contact["words_file"]["size"] == len("Every night. " * 9000) - 1


async def test_a_mail_whose_reading_goes_wrong_does_not_keep_the_others_waiting(
    post: Post, go_wrong: Callable[[str, Exception], None], caplog: pytest.LogCaptureFixture
) -> None:
    go_wrong("Wrong", ValueError(CANARY))
    wrong = await post.keep(mail("Wrong."))
    await post.keep(mail("Right.", message_id="2@mail.example"))
    await post.read()
    assert [contact["words"] for contact in await post.contacts()] == ["Right."]
    [held] = await post.facts("ops.record-held.v1")
    assert (held["held_id"], held["source_topic"]) == (str(wrong), "mail")
    assert held["reason"] == "reading it went wrong: ValueError"
    logged = [json.loads(JsonLines().format(record)) for record in caplog.records]
    assert {"a mail could not be read"} == {line["message"] for line in logged}
    assert CANARY not in json.dumps(logged)
    assert await post.read() == 0, "it is put off"
    for seconds in (5, 15):
        post.clock.set(MONDAY + timedelta(seconds=seconds), frozen=True)
        assert await post.read() == 1
    post.clock.set(MONDAY + timedelta(minutes=11), frozen=True)
    assert await post.read() == 1
    _, contact = await post.contacts()
    assert (contact["words"], contact["received_at"]) == (UNREADABLE, "2026-11-09T09:02:00Z")
    [released] = await post.facts("ops.record-released.v1")
    assert released["held_id"] == str(wrong)
    assert len(await post.facts("ops.record-held.v1")) == 1


async def test_what_is_away_keeps_all_of_them_waiting_in_their_order(
    post: Post, go_wrong: Callable[[str, Exception], None], tmp_path: Path
) -> None:
    (tmp_path / "files").write_text("not a folder")
    await post.keep(mail("One."))
    await post.keep(mail("Two.", message_id="2@mail.example"))
    with pytest.raises(Transient, match="files store"):
        await post.read()
    (tmp_path / "files").unlink()
    await post.read()
    assert [contact["words"] for contact in await post.contacts()] == ["One.", "Two."]


async def test_mails_that_wait_for_ten_minutes_are_counted(post: Post) -> None:
    await post.keep(mail())
    post.clock.set(MONDAY + timedelta(minutes=11), frozen=True)
    async with post.run.engine.connect() as connection:
        assert await post.room.round(connection)
        assert MAILS_WAITING._value.get() == 1
        assert not await post.room.round(connection)
        assert MAILS_WAITING._value.get() == 0


# Erasure


def files_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def everything(post: Post, folder: Path) -> bytes:
    """Every row and every file, as bytes."""
    found = files_in(folder)
    async with post.run.engine.connect() as connection:
        names = await connection.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        )
        for name in names.all():
            rows = await connection.execute(text(f"SELECT * FROM {name}"))  # noqa: S608
            found += repr([tuple(row) for row in rows]).encode()
    return found


async def test_an_erased_persons_mails_go_with_their_bytes(post: Post, tmp_path: Path) -> None:
    words = f"I am {CANARY}. " * 6000
    await post.arrive(mail(words, sender=f"{CANARY}@mail.example"), sender=f"{CANARY}@mx.example")
    [contact] = await post.contacts()
    reference, person = contact["reference"], contact["persons"][0]["id"]
    again = b"Received: again\r\n" + mail(words, sender=f"{CANARY}@mail.example")
    await post.arrive(again, sender=f"{CANARY}@mx.example")
    reply = mail(
        f"{CANARY} once more.",
        sender=f"{CANARY.lower()}@mail.example",
        subject=f"Re: {reference}",
        message_id="2@x.example",
    )
    assert (await post.arrive(reply)).became == "MESSAGE"
    await post.arrive(mail("Somebody else.", message_id="3@x.example"))
    assert CANARY.encode() in await everything(post, tmp_path / "files")

    await operate.erase(post.run.engine, post.run.book, person, "asked by letter")
    upkeep = Upkeep(post.run.book, {}, post.clock, post.run.files, nothing)
    post.clock.set(MONDAY + timedelta(days=2), frozen=True)
    async with post.run.engine.connect() as connection:
        await upkeep.round(connection)
    left = await everything(post, tmp_path / "files")
    assert CANARY.lower().encode() not in left.lower()
    assert b"Somebody else." in left
    async with post.run.engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM mails")) == 1


async def nothing() -> None:
    """Releases no held records."""


async def test_a_mail_that_is_erased_while_it_waits_becomes_nothing(post: Post) -> None:
    mail_id = await post.keep(mail())
    subject = (await post.row(mail_id)).subject
    async with post.run.engine.begin() as connection:
        await connection.execute(text("DELETE FROM mails WHERE subject = :s"), {"s": subject})
    await post.read()
    assert await post.contacts() == []


async def test_copies_are_remembered_with_their_contact(post: Post) -> None:
    first = await post.arrive(mail())
    await post.arrive(mail(message_id="2@mail.example"))
    stream = f"contact:{first.contact_id}"
    async with post.run.engine.connect() as connection:
        states = await read_states(connection, post.run.book, [stream])
    [again] = states[stream].arrived_again
    assert again.original.name == "original.eml"


# What staff see


async def test_staff_see_what_became_of_mails_and_nothing_of_what_they_say(
    intake: Intake, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        first = await arrive(intake, mail(CANARY, sender=f"{CANARY}@mail.example", subject=CANARY))
        again = await arrive(
            intake,
            b"Received: again\r\n" + mail(CANARY, subject=CANARY, sender=f"{CANARY}@mail.example"),
        )
    assert first["became"] == "CONTACT"
    assert again == {
        **first,
        "mail_id": again["mail_id"],
        "became": "DUPLICATE",
        "received_at": again["received_at"],
    }
    assert set(first) == {"mail_id", "became", "contact_id", "reference", "received_at"}
    page = await intake.browser.get("/mails", headers={"who": "adviser"})
    assert page.status_code == 200
    assert page.text.count(first["reference"]) == 2
    assert "New contact" in page.text
    assert "Came before" in page.text
    assert 'href="/mails"' in page.text
    for found in (page.text, json.dumps([first, again]), caplog.text):
        assert CANARY.lower() not in found.lower()


async def test_what_became_of_a_mail_is_for_staff_only(intake: Intake) -> None:
    mail_id = (await arrive(intake, mail()))["mail_id"]
    for path in ("/mails", f"/api/mails/{mail_id}"):
        assert (await intake.program.get(path)).status_code == 401
        assert (await intake.program.get(path, headers={"who": "adjudicator"})).status_code == 403
    unknown = await intake.program.get(
        "/api/mails/00000000-0000-4000-8000-000000000000", headers={"who": "adviser"}
    )
    assert unknown.status_code == 404
