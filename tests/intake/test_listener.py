"""Mail comes in by SMTP and LMTP: 250 is a promise, and what cannot be taken is said in words."""

from __future__ import annotations

import asyncio
import logging
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from uuid import UUID

import aiosmtplib
import pytest
from certificates import Authority
from door import Door, opened
from intake_service import migrate_intake, settings_for
from mails import ANN, COMPLAINTS, OURS, REVIEWS, mail
from sqlalchemy import text
from talk import Talk

from complaints_chassis.errors import ChassisError
from complaints_chassis.service import Running
from complaints_intake.app import create_app
from complaints_intake.mail import listener as listening
from complaints_intake.mailbox import find_mail
from complaints_local.ports import free_port
from complaints_local.postgres import DatabaseUrls, Postgres

Opened = Callable[..., AbstractAsyncContextManager[Door]]
KEPT = re.compile(r"250 2\.6\.0 Kept as ([0-9a-f-]{36})")
CANARY = "Zephyrine"


@pytest.fixture
async def open_door(
    database: Callable[..., Awaitable[DatabaseUrls]], tmp_path: Path
) -> Callable[..., AbstractAsyncContextManager[Door]]:
    """Opens a listener with these settings, on an empty database."""
    urls = await database("intake", migrate_intake)
    return lambda **more: opened(settings_for(urls.service, tmp_path, **more))


@pytest.fixture
async def door(open_door: Opened) -> AsyncIterator[Door]:
    async with open_door() as found:
        yield found


async def test_what_is_told_250_is_committed_as_it_came(door: Door) -> None:
    odd = b"\x00 \xff\xfe " + b"x" * 300_000 + b"\r\n..dots\r\n.\r\r\n\nbare\n.\n"
    async with Talk(door.port) as talk:
        assert talk.greeting == f"220 {OURS} ESMTP"
        await talk.begin(COMPLAINTS, f"reviews+tag@{OURS}")
        await talk.send(odd.replace(b"\r\n.", b"\r\n.."))
        answer = KEPT.fullmatch(await talk.end())
    assert answer
    [row] = await door.kept()
    assert row.mail_id == UUID(answer[1])
    assert row.raw == odd + b"\r\n"
    assert row.became == "WAITING"
    recipients = [COMPLAINTS, f"reviews+tag@{OURS}"]
    assert row.envelope == {"sender": "ann@mail.example", "recipients": recipients}


async def test_the_same_bytes_again_are_the_same_mail_for_all_it_was_sent_to(door: Door) -> None:
    answers = set()
    for recipient in (COMPLAINTS, REVIEWS, COMPLAINTS):
        _, words = await aiosmtplib.send(
            mail(), sender=ANN, recipients=[recipient], hostname="127.0.0.1", port=door.port
        )
        answers.add(words)
    assert len(answers) == 1
    [row] = await door.kept()
    assert row.envelope["recipients"] == sorted([COMPLAINTS, REVIEWS])


@pytest.mark.parametrize(
    "address",
    [
        COMPLAINTS.upper(),
        f"anything.at.all@{OURS}",
        f"bounces+0123abcd@{OURS}",
        f"resolution.team+CL-7K4M-9QPC@{OURS}",
        f"two..dots@{OURS}",
        f'"quoted >box"@{OURS}',
        f"žofie@{OURS}",
        "postmaster",
    ],
)
async def test_every_address_of_the_office_is_taken(door: Door, address: str) -> None:
    async with Talk(door.port) as talk:
        await talk.begin(address, sender="")
        await talk.send(mail())
        assert KEPT.fullmatch(await talk.end())
    [row] = await door.kept()
    assert row.envelope == {"sender": "", "recipients": [address]}


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("victim@elsewhere.example", "550 5.7.1"),
        (f"victim%elsewhere.example@not-{OURS}", "550 5.7.1"),
        (f"@{OURS}:victim@elsewhere.example", "550 5.7.1"),
        (f"{COMPLAINTS}@elsewhere.example", "550 5.7.1"),
        ("", "553 5.1.3"),
        (f"@{OURS}", "553 5.1.3"),
        ("somebody", "553 5.1.3"),
    ],
)
async def test_mail_for_others_is_refused_and_nothing_is_passed_on(
    door: Door, address: str, code: str
) -> None:
    async with Talk(door.port) as talk:
        await talk.say("EHLO mx.mail.example")
        await talk.say(f"MAIL FROM:<{COMPLAINTS}>")
        assert (await talk.say(f"RCPT TO:<{address}>")).startswith(code)
        assert (await talk.say("DATA")).startswith("503")
    assert await door.kept() == []


async def test_who_has_an_address_here_is_told_to_nobody(door: Door) -> None:
    async with Talk(door.port) as talk:
        await talk.say("EHLO mx.mail.example")
        known, unknown = await talk.say(f"VRFY {COMPLAINTS}"), await talk.say("VRFY nobody")
        assert known == unknown
        assert known.startswith("252")
        assert (await talk.say(f"EXPN {COMPLAINTS}")).startswith("502")
        assert (await talk.say("AUTH PLAIN AGEAYg==")).startswith("500")


@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\r.\r", b"\n.\r\n", b"\r\n.\n", b"\r\n.\r", b"\r\n\x00.\r\n", b"\r.\r\n"]
)
async def test_a_second_mail_cannot_be_hidden_in_one(door: Door, end: bytes) -> None:
    hidden = (
        b"MAIL FROM:<chief@force.example>\r\nRCPT TO:<" + COMPLAINTS.encode() + b">\r\nDATA\r\n"
    )
    async with Talk(door.port) as talk:
        await talk.begin(COMPLAINTS)
        await talk.send(b"Subject: one\r\n\r\nwords" + end + hidden + b"Subject: two\r\n\r\nforged")
        assert KEPT.fullmatch(await talk.end())
        assert (await talk.say("QUIT")).startswith("221")
    [row] = await door.kept()
    assert row.envelope["sender"] == "ann@mail.example"
    assert b"MAIL FROM:<chief@force.example>" in row.raw
    assert row.raw.endswith(b"forged\r\n")


async def test_a_mail_too_large_is_refused_with_the_address_of_the_form(open_door: Opened) -> None:
    async with open_door(mail_max_bytes=2_000_000) as door, Talk(door.port) as talk:
        said = await talk.say("EHLO mx.mail.example")
        assert "250-SIZE 2000000" in said
        assert "AUTH" not in said
        early = await talk.say("MAIL FROM:<ann@mail.example> SIZE=2000001 BODY=8BITMIME")
        await talk.begin(COMPLAINTS)
        for _ in range(30):
            await talk.send(b"x" * 76 + b"\r\n" + b"y" * 99_922)
        late = await talk.end()
        for answer in (early, late):
            assert answer.startswith("552 5.3.4 This mail is too large: 2 MB is the most")
            assert answer.endswith("use the form at http://intake.example")
        assert await door.kept() == []
        await talk.begin(COMPLAINTS)
        await talk.send(b"x" * 1_999_998)
        assert KEPT.fullmatch(await talk.end()), "the largest that is taken"


async def test_mail_waits_with_its_sender_while_the_database_is_away(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = Postgres(tmp_path / "postgres", fsync=False)
    await server.start()
    try:
        urls = await server.ensure_database("intake", service="intake")
        await migrate_intake(urls.owner)
        async with opened(settings_for(urls.service, tmp_path)) as door, Talk(door.port) as talk:
            await server.stop()
            await talk.begin(f"{CANARY}@{OURS}")
            await talk.send(mail(CANARY))
            assert await talk.end() == (
                "451 4.3.0 We cannot take mail at the moment. Please try again later."
            )
            await server.start()
            await talk.begin(COMPLAINTS)
            await talk.send(mail())
            assert KEPT.fullmatch(await talk.end())
            assert len(await door.kept()) == 1
            assert "mail was not taken" in caplog.text
            assert CANARY not in caplog.text
    finally:
        await server.stop("immediate")


async def test_a_connection_that_ends_before_the_dot_leaves_nothing(door: Door) -> None:
    async with Talk(door.port) as talk:
        await talk.begin(COMPLAINTS)
        await talk.send(mail())
    async with Talk(door.port) as talk:
        await talk.begin(COMPLAINTS)
        await talk.send(mail("Another."))
        assert KEPT.fullmatch(await talk.end())
    [row] = await door.kept()
    assert b"Another." in row.raw


async def test_stopping_waits_for_what_is_being_written_and_says_goodbye(
    open_door: Opened,
) -> None:
    service = open_door()
    door = await service.__aenter__()
    async with Talk(door.port) as idle, Talk(door.port) as talk:
        async with door.run.engine.begin() as connection:
            await connection.execute(text("LOCK TABLE mails IN SHARE MODE"))
            await talk.begin(COMPLAINTS)
            await talk.send(mail() + b"\r\n.\r\n")
            async with asyncio.timeout(10):
                while not await blocked(door):
                    await asyncio.sleep(0.05)
            stopping = asyncio.create_task(service.__aexit__(None, None, None))
        assert KEPT.fullmatch(await talk.reply())
        await stopping
        assert (await idle.reply()).startswith("421 4.3.2")
        with pytest.raises(OSError, match="onnect"):
            await asyncio.open_connection("127.0.0.1", door.port)


async def blocked(door: Door) -> bool:
    query = text(
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM"
        " pg_database WHERE datname = current_database())"
    )
    async with door.run.engine.connect() as connection:
        return bool(await connection.scalar(query))


async def test_a_connection_too_many_is_asked_to_come_again(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "MAX_SESSIONS", 2)
    async with Talk(door.port), Talk(door.port) as second:
        async with Talk(door.port) as third:
            assert third.greeting.startswith("421 4.3.2")
            assert await third.reply() == ""
        await second.say("QUIT")
        assert await second.reply() == ""
        async with Talk(door.port) as fourth:
            assert fourth.greeting.startswith("220")


async def test_who_says_nothing_is_told_that_the_connection_ends(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "IDLE_SECONDS", 0.2)
    async with Talk(door.port) as talk:
        assert (await talk.reply()).startswith("421 4.4.2")
        assert await talk.reply() == ""


async def test_a_mail_that_never_ends_is_ended(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "DATA_SECONDS", 0.3)
    async with Talk(door.port) as talk:
        await talk.begin(COMPLAINTS)
        sending = asyncio.create_task(drip(talk))
        assert (await talk.reply()).startswith("421 4.4.2")
        sending.cancel()
    assert await door.kept() == []


async def drip(talk: Talk) -> None:
    while True:
        await talk.send(b"x\r\n")
        await asyncio.sleep(0.02)


async def test_a_hundred_recipients_are_taken_and_the_next_is_put_off(door: Door) -> None:
    async with Talk(door.port) as talk:
        await talk.say("EHLO mx.mail.example")
        await talk.say("MAIL FROM:<ann@mail.example>")
        for number in range(100):
            assert (await talk.say(f"RCPT TO:<n{number}@{OURS}>")).startswith("250")
        assert (await talk.say(f"RCPT TO:<{COMPLAINTS}>")).startswith("452 4.5.3")


async def test_lmtp_answers_for_each_recipient(open_door: Opened) -> None:
    async with open_door(mail_protocol="lmtp", mail_max_bytes=1000) as door:
        async with Talk(door.port) as talk:
            assert (await talk.say("EHLO mx.mail.example")).startswith("500")
            assert (await talk.say("LHLO mx.mail.example")).startswith(f"250-{OURS}")
            for content, code in ((mail(), "250 2.6.0"), (mail("x" * 2000), "552 5.3.4")):
                await talk.say("MAIL FROM:<ann@mail.example>")
                await talk.say(f"RCPT TO:<{COMPLAINTS}>")
                refused = await talk.say("RCPT TO:<victim@elsewhere.example>")
                assert refused.startswith("550")
                await talk.say(f"RCPT TO:<{REVIEWS}>")
                await talk.say("DATA")
                await talk.send(content)
                first, second = await talk.end(), await talk.reply()
                assert first == second
                assert first.startswith(code)
            assert (await talk.say("NOOP")).startswith("250"), "there is no third answer"
        [row] = await door.kept()
        assert row.envelope["recipients"] == [COMPLAINTS, REVIEWS]


@pytest.mark.parametrize("files", [1, 2])
async def test_mail_comes_in_over_tls_where_there_is_a_certificate(
    open_door: Opened, tmp_path: Path, files: int
) -> None:
    authority = Authority(tmp_path / "authority")
    certificate, key = authority.issue(OURS, "127.0.0.1")
    given: dict[str, Path | None] = {"mail_certificate": certificate, "mail_key": key}
    if files == 1:
        certificate.write_bytes(key.read_bytes() + certificate.read_bytes())
        given["mail_key"] = None
    trusting = ssl.create_default_context(cafile=authority.file)
    async with open_door(**given) as door:
        client = aiosmtplib.SMTP(
            hostname="127.0.0.1", port=door.port, start_tls=True, tls_context=trusting
        )
        async with client:
            assert client.transport is not None
            assert client.transport.get_extra_info("cipher")
            _, words = await client.sendmail(ANN, [COMPLAINTS], mail())
            assert words.startswith("2.6.0 Kept as")
        async with Talk(door.port) as talk:  # what was sent before the handshake is forgotten
            await talk.say("EHLO mx.mail.example")
            assert (await talk.say("STARTTLS\r\nNOOP")).startswith("220")
        assert len(await door.kept()) == 1


async def test_a_certificate_or_port_that_cannot_be_used_is_said(
    door: Door, open_door: Opened, tmp_path: Path
) -> None:
    with pytest.raises(ChassisError, match="COMPLAINTS_MAIL_CERTIFICATE"):
        async with open_door(mail_certificate=tmp_path / "nothing.pem"):
            pass
    with pytest.raises(ChassisError, match="COMPLAINTS_MAIL_PORT"):
        async with open_door(mail_port=door.port):
            pass


async def test_nothing_that_was_sent_is_in_a_log(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        async with Talk(door.port) as talk:
            await talk.say(f"EHLO {CANARY}.example")
            for words in (CANARY, f"VRFY {CANARY}", f"MAIL FROM:<{CANARY}", f"HELP {CANARY}"):
                await talk.say(words)
            await talk.say(f"MAIL FROM:<{CANARY}@mail.example>")
            assert (await talk.say(f"RCPT TO:<{CANARY}@elsewhere.example>")).startswith("550")
            await talk.say(f"RCPT TO:<{CANARY}@{OURS}>")
            await talk.say("DATA")
            await talk.send(mail(CANARY, subject=CANARY))
            assert KEPT.fullmatch(await talk.end())
        [row] = await door.kept()
        assert CANARY.encode() in row.raw
    assert CANARY.lower() not in caplog.text.lower()


async def test_the_service_listens_while_it_runs_and_reads_at_once(
    database: Callable[..., Awaitable[DatabaseUrls]], tmp_path: Path
) -> None:
    urls = await database("intake", migrate_intake)
    port = free_port()
    app = create_app(settings_for(urls.service, tmp_path, mail_port=port))
    async with app.router.lifespan_context(app):
        _, words = await aiosmtplib.send(
            mail(), sender=ANN, recipients=[COMPLAINTS], hostname="127.0.0.1", port=port
        )
        mail_id = UUID(words.removeprefix("2.6.0 Kept as "))
        async with asyncio.timeout(20):
            while await is_waiting(app.state.running, mail_id):
                await asyncio.sleep(0.05)
    with pytest.raises(OSError, match="onnect"):
        await asyncio.open_connection("127.0.0.1", port)


async def is_waiting(run: Running, mail_id: UUID) -> bool:
    found = await find_mail(run.engine, mail_id)
    return found is not None and found.became == "WAITING"
