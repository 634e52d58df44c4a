"""Importing mail from the command line: every mail is a contact, once."""

from __future__ import annotations

import asyncio
import re
import sys
from collections.abc import Awaitable, Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from intake_service import Intake, environment, migrate_intake, settings_for
from mails import ANN, OURS, arrive, mail
from post import sorting
from pydantic import SecretStr, ValidationError

from complaints_intake.incoming import WITHOUT_TEXT
from complaints_intake.settings import Settings
from complaints_local.postgres import DatabaseUrls

SAMPLES = Path(str(files("complaints_local"))) / "samples" / "mail"
COMMAND = Path(sys.executable).with_name("complaints-intake")


async def run(settings: Settings, *args: str, given: bytes = b"") -> tuple[int, str, str]:
    """The command as a person runs it: exit code, output, errors."""
    child = await asyncio.create_subprocess_exec(
        *(str(COMMAND), *args),
        env=environment(settings),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await child.communicate(given)
    assert child.returncode is not None
    return child.returncode, out.decode(), errors.decode()


async def test_a_plain_mail_becomes_a_contact_and_its_reference_is_printed(intake: Intake) -> None:
    path = SAMPLES / "plain.eml"
    code, out, errors = await run(intake.settings, "import-eml", str(path))
    assert (code, errors) == (0, "")
    (contact,) = await intake.published()
    assert out == f"{contact['reference']}\n"
    assert re.fullmatch(r"CL-\w{4}-\w{4}", contact["reference"])
    assert contact["channel"] == "EMAIL"
    assert contact["title"] == "Nobody came back to me about the café break-in"
    assert contact["words"].startswith("Hello,\n\nOur café on Marton Lane")
    assert contact["words"].endswith("Kind regards,\nRosalind Thackwray")
    assert contact["answerable"] is True
    (person,) = contact["persons"]
    assert person["name"] == "Rosalind Thackwray"
    assert person["email"] == "rosalind.thackwray@mail.example"
    assert person["reach"]["preferred"] == "EMAIL"
    (original,) = contact["attachments"]
    assert (original["name"], original["media_type"]) == ("original.eml", "message/rfc822")
    assert intake.run.files.read(original["sha256"]) == path.read_bytes()


async def test_an_html_mail_is_read_and_its_photo_kept(intake: Intake) -> None:
    raw = (SAMPLES / "html-photo.eml").read_bytes()
    code, _, _ = await run(intake.settings, "import-eml", "-", given=raw)
    assert code == 0
    (contact,) = await intake.published()
    assert contact["persons"][0]["name"] == "Okonedo-Firth, Winston"
    assert "[image: Scratches along the side of a blue car]" in contact["words"]
    assert "tracker.example" not in contact["words"]
    original, photo = contact["attachments"]
    assert original["name"] == "original.eml"
    assert (photo["name"], photo["media_type"]) == ("image001.jpg", "image/jpeg")
    assert intake.run.files.read(photo["sha256"])[:3] == b"\xff\xd8\xff"


async def test_the_same_mail_twice_is_one_contact_by_whichever_way_it_came(
    intake: Intake,
) -> None:
    raw = (SAMPLES / "plain.eml").read_bytes()
    first = await arrive(intake, raw)
    code, out, errors = await run(
        intake.settings, "import-eml", "-", given=b"Received: from elsewhere\r\n" + raw
    )
    assert (code, out) == (0, f"{first['reference']}\n")
    assert "had come in before" in errors
    assert len(await intake.published()) == 1


async def test_another_mail_with_the_same_message_id_is_not_lost(intake: Intake) -> None:
    for words in (b"one", b"two"):
        await arrive(intake, b"Message-ID: <1@x.example>\n\n" + words)
    assert [contact["words"] for contact in await intake.published()] in (
        ["one", "two"],
        ["two", "one"],
    )


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"Content-Type: text/plain" + b";" * 3_000_000 + b"\n\nx", "x"),
        (b"From: ann@mail.example\nContent-Type: application/pdf\n\n%PDF-1.7", WITHOUT_TEXT),
        (b"\xff\xfe\x00\x01 nothing like a mail", None),
        (
            b"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\ncut",
            "cut",
        ),
    ],
)
async def test_a_mail_that_is_broken_is_a_contact_with_the_mail_attached(
    intake: Intake, raw: bytes, words: str | None
) -> None:
    await arrive(intake, raw)
    (contact,) = await intake.published()
    assert words is None or contact["words"] == words
    assert intake.run.files.read(contact["attachments"][0]["sha256"]) == raw


async def test_mail_that_a_machine_sent_is_kept_and_not_answered(intake: Intake) -> None:
    await arrive(intake, b"Auto-Submitted: auto-replied\nFrom: a@b.example\n\nx")
    (contact,) = await intake.published()
    assert contact["answerable"] is False


async def test_what_a_mail_attaches_is_kept_whatever_it_is(intake: Intake) -> None:
    part = b"--b\nContent-Type: image/png; name=%d.png\n\n" + b"MZ" + bytes(9) + b"%d\n"
    parts = b"".join(part % (n, n) for n in range(30))
    await arrive(intake, b"Content-Type: multipart/mixed; boundary=b\n\n" + parts + b"--b--")
    (contact,) = await intake.published()
    kinds: Any = [file["media_type"] for file in contact["attachments"]]
    assert kinds == ["message/rfc822"] + ["application/octet-stream"] * 19


@pytest.mark.parametrize(
    ("args", "given", "code", "said"),
    [
        (["import-eml", "/no/such/file"], b"", 2, "No such file"),
        (["import-eml"], b"", 2, "Missing argument"),
        (["import-eml", "-"], b" \n", 1, "This is empty"),
        (
            ["import-eml", "-"],
            b"x" * 25_000_001,
            1,
            "too large: 25 MB is the most that we can take",
        ),
    ],
)
async def test_what_is_wrong_on_the_command_line_is_said(
    intake: Intake, args: list[str], given: bytes, code: int, said: str
) -> None:
    found, out, errors = await run(intake.settings, *args, given=given)
    assert (found, out) == (code, "")
    assert said in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"database_url": SecretStr("postgresql+asyncpg://intake:hidden@127.0.0.1:9/intake")},
            "The database of COMPLAINTS_DATABASE_URL does not answer. "
            "Is it up, and are host and port right?",
        ),
        (
            {"files_folder": Path("/dev/null/files")},
            "The files store cannot be used. Is COMPLAINTS_FILES_FOLDER right, and not full?",
        ),
    ],
)
async def test_what_is_away_is_said_in_a_line(
    database: Callable[..., Awaitable[DatabaseUrls]],
    tmp_path: Path,
    change: dict[str, object],
    said: str,
) -> None:
    urls = await database("intake", migrate_intake)
    without = settings_for(urls.service, tmp_path).model_copy(update=change)
    code, out, errors = await run(without, "import-eml", "-", given=b"From: a@b.example\n\nx")
    assert (code, out, errors) == (1, "", f"Error: {said}\n")


def test_no_setting_takes_a_mail_that_its_reader_has_no_memory_for(tmp_path: Path) -> None:
    url = "postgresql+asyncpg://intake:hidden@127.0.0.1:9/intake"
    with pytest.raises(ValidationError, match="less than or equal to 25000000"):
        settings_for(url, tmp_path, mail_max_bytes=25_000_001)


async def test_without_the_service_mails_are_read_in_their_turn_all_the_same(
    database: Callable[..., Awaitable[DatabaseUrls]], tmp_path: Path
) -> None:
    urls = await database("intake", migrate_intake)
    settings = settings_for(urls.service, tmp_path)
    async with sorting(settings) as post:
        await post.keep(mail("First."))
        second = mail("Second.", message_id="2@mail.example")
        code, out, errors = await run(settings, "import-eml", "-", given=second)
        assert (code, errors) == (0, "")
        contacts = await post.contacts()
        assert [contact["words"] for contact in contacts] == ["First.", "Second."]
        assert out == f"{contacts[1]['reference']}\n"


async def test_what_a_mail_became_besides_a_contact_is_said(intake: Intake) -> None:
    first = await arrive(intake, mail())
    reference = first["reference"]
    reply = mail("More.", subject=f"Re: {reference}", message_id="2@mail.example")
    ours = mail(message_id="0123@" + OURS, more=f"X-Loop-Id: {OURS}\r\n")
    for raw, expected in (
        (reply, (0, f"{reference}\n", "Added to its contact.\n")),
        (ours, (0, "", "This is a report about a mail of ours; it goes to notifications.\n")),
    ):
        assert await run(intake.settings, "import-eml", "-", given=raw) == expected
    assert ANN in str(await intake.published())
