"""Reading mail: whatever comes, text comes out."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from email import message_from_bytes

import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rig import until

from complaints_intake.mail import reader
from complaints_intake.mail.html import text_of
from complaints_intake.mail.parse import Mail, parse
from complaints_intake.mail.quotes import new_words
from complaints_intake.mail.reader import MailReader


def mail(headers: str = "", body: bytes = b"words", kind: str = "text/plain") -> Mail:
    lines = ["From: Ann Example <ann@mail.example>", headers, f"Content-Type: {kind}"]
    return parse("\n".join(line for line in lines if line).encode() + b"\n\n" + body)


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("text/plain", "café".encode(), "café"),
        ("text/plain; charset=us-ascii", "café".encode("latin-1"), "café"),
        ("text/plain; charset=iso-8859-1", "“café” €".encode("cp1252"), "“café” €"),
        ("text/plain; charset=iso-8859-1", "“café”".encode(), "“café”"),
        ("text/plain; charset=utf-8", "café".encode()[:-1], "caf\ufffd"),
        ("text/plain; charset=nonsense", "café".encode("latin-1"), "café"),
        ("text/plain; charset=iso-2022-jp", "警察".encode("iso-2022-jp"), "警察"),
        ("text/plain; charset=utf-7", b"1 +ADw-script+AD4- caf+AOk-", "1 <script> café"),
        ("text/plain; charset=utf-16", "café".encode("utf-16"), "café"),
        ("text/html", b"<p>caf&eacute;<script>alert(1)</script>", "café"),
        ("multipart/mixed; boundary=never", b"no boundary at all", "no boundary at all"),
    ],
)
def test_text_in_any_charset_is_readable(kind: str, body: bytes, text: str) -> None:
    assert mail(kind=kind, body=body).text == text


@pytest.mark.parametrize(
    ("headers", "sender", "address"),
    [
        ("From: Ann Example <ann@mail.example>", "Ann Example", "ann@mail.example"),
        ('From: "Example, Ann" <ann@mail.example>', "Example, Ann", "ann@mail.example"),
        ("From: =?utf-8?q?Zo=C3=AB?= <z@mail.example>", "Zoë", "z@mail.example"),
        ("From: Zoë <z@mail.example>", "Zoë", "z@mail.example"),
        ("From: =?utf-8?b?broken <z@mail.example>", "=?utf-8?b?broken", "z@mail.example"),
        ("From: form@police.example\nReply-To: ann@b.example", "", "ann@b.example"),
        ("From: Ann <form@police.example>\nReply-To: ann@b.example", "Ann", "ann@b.example"),
        ('From: "boss@office.example" <ann@b.example>', "boss@office.example", "ann@b.example"),
        ("From: =?utf-8?b?abcde?= <z@mail.example>", "=?utf-8?b?abcde?=", "z@mail.example"),
        ("From: undisclosed", "", ""),
        ("From: a: b, c; <ann@b.example>", "", "ann@b.example"),
        ("To: nobody", "", ""),
        (f"From: {'(' * 5000} ann@b.example", "", ""),
    ],
)
def test_the_sender_is_found_as_far_as_the_mail_says(
    headers: str, sender: str, address: str
) -> None:
    found = parse(f"{headers}\n\nwords".encode())
    assert (found.sender, found.address) == (sender, address)


def test_the_subject_and_the_message_id_are_read() -> None:
    found = mail(
        "Subject: =?utf-8?q?Caf=C3=A9?=\n =?utf-8?q?_break-in?=\nMessage-ID: <1@x.example>"
    )
    assert (found.subject, found.message_id) == ("Café break-in", "<1@x.example>")


ALTERNATIVES = b"""--b
Content-Type: text/plain

%s
--b
Content-Type: text/html

<p>as html</p>
--b--
"""


@pytest.mark.parametrize(("plain", "text"), [(b"plain", "plain"), (b"", "as html")])
def test_of_two_forms_the_plain_one_is_read_unless_it_is_empty(plain: bytes, text: str) -> None:
    found = mail(kind="multipart/alternative; boundary=b", body=ALTERNATIVES % plain)
    assert (found.text, found.files) == (text, ())


def test_a_mail_within_the_mail_and_what_is_attached_are_files() -> None:
    body = b"""--b

hello
--b
Content-Type: message/rfc822

From: x@y.example

inner
--b
Content-Type: text/plain; name="=?utf-8?q?caf=C3=A9.txt?="
Content-Disposition: attachment

notes
"""
    found = mail(kind="multipart/mixed; boundary=b", body=body)
    assert found.text == "hello"
    assert [file.name for file in found.files] == ["message.eml", "café.txt"]
    assert found.files[1].content.strip() == b"notes"


@pytest.mark.parametrize(
    "headers",
    [
        "Return-Path: <>",
        "Auto-Submitted: auto-replied; owner=x",
        "Precedence: bulk",
        "Precedence: auto_reply",
        "List-Id: <a.list.example>",
        "X-Autoreply: yes",
        "X-Autorespond: yes",
        "X-Loop-Id: 1",
        "X-POST-MessageClass: 9; Autoresponder",
    ],
)
def test_mail_that_a_machine_sent_is_recognised(headers: str) -> None:
    assert mail(headers).automatic


@pytest.mark.parametrize(
    "address", ["MAILER-DAEMON@x.example", "no-reply@x.example", "noreply+7@x.example"]
)
def test_mail_from_an_address_that_nobody_reads_is_automatic(address: str) -> None:
    assert parse(f"From: <{address}>\n\nx".encode()).automatic


def test_a_delivery_report_is_automatic() -> None:
    assert mail(kind="multipart/report; boundary=b", body=b"--b\n\nfailed\n--b--").automatic


@pytest.mark.parametrize("headers", ["", "Auto-Submitted: no", "Return-Path: <ann@mail.example>"])
def test_mail_that_a_person_sent_is_not(headers: str) -> None:
    assert not mail(headers).automatic


def test_whom_it_is_for_what_it_answers_and_when_it_was_sent_are_read() -> None:
    found = mail(
        "To: Team <team@office.example>, b@b.example\nCc: team@office.example\n"
        "Delivered-To: bounces+0f@office.example\nX-Original-To: x@office.example\n"
        "In-Reply-To: <1@x.example>\nReferences: <0@x.example>\n <1@x.example>\n"
        "Date: Tue, 2 Jun 2026 10:04:00 +0100\n"
        "Authentication-Results: mx.office.example;\n dkim=pass\nAuthentication-Results: other"
    )
    assert found.recipients == (
        *("team@office.example", "b@b.example"),
        *("bounces+0f@office.example", "x@office.example"),
    )
    assert found.in_reply_to == ("<1@x.example>", "<0@x.example>")
    assert found.sent_at == datetime(2026, 6, 2, 9, 4, tzinfo=UTC)
    assert found.authentication_results == ("mx.office.example; dkim=pass", "other")
    assert found.defects == ()


@pytest.mark.parametrize("date", ["", "yesterday", "Tue, 99 Jun 2026 10:04:00 +0100", "0" * 5000])
def test_a_mail_without_a_date_that_can_be_read_has_none(date: str) -> None:
    found = mail(f"Date: {date}")
    assert found.sent_at is None
    assert found.defects == ("NO_DATE",)


LINES = (
    *("", "Thank you.", "> We have your message.", "> ", "-- ", "________________________________"),
    *("On Tue, 2 Jun 2026 at 10:04, Team wrote:", "From: Team <team@office.example>", "Sent: x"),
    *("To: Ann", "Subject: x", "-----Original Message-----", "see below", "Sent from my iPhone"),
)


@given(st.lists(st.sampled_from(LINES), max_size=20))
def test_new_words_are_words_of_the_mail_and_never_none(lines: list[str]) -> None:
    text = "\n".join(lines).strip()
    new = new_words(text)
    assert new in text
    assert bool(new) == bool(text)


@given(st.binary(max_size=2000))
def test_no_bytes_raise(raw: bytes) -> None:
    parse(raw)


PIECES = (
    *(b"\n", b"--b", b"--b--", b"Content-Type: ", b"multipart/mixed; boundary=b", b"text/html"),
    *(b"; charset=unicode_escape", b"=?utf-8?b?", b"?=", b"\xff", b"<p hidden>", b"\\ud800"),
    *(b"Content-Transfer-Encoding: base64", b"Subject: ", b"message/rfc822", b"; name*=x''%ff"),
)


@given(st.lists(st.sampled_from(PIECES), max_size=40))
def test_no_broken_structure_raises(pieces: list[bytes]) -> None:
    parse(b"".join(pieces))


def test_html_is_read_as_it_is_seen_and_what_is_not_seen_is_marked() -> None:
    html = """<head><title>x</title></head><style>p{}</style>
      <div>Dear  team,<div style="display: none">unsubscribe</div></div>
      <p>see <a href="https://x.example/y">this</a><img src="https://t.example/1.gif" alt="">
      <ul><li>one<li>two</ul><pre>a\n b</pre><form action="/x"><input value="y">end"""
    assert text_of(html) == (
        "Dear team,\n[not shown in the mail: unsubscribe]\n\nsee this <https://x.example/y>\n\n"
        "- one\n- two\n\na\nb\n\nend"
    )


async def test_a_mail_is_read_in_a_process_of_its_own() -> None:
    found = await MailReader().read(
        b"From: Ann <ann@mail.example>\nSubject: x\n\n\xff words \xed\xa0\x80"
    )
    assert found
    assert found.text.startswith("\xff words")


@pytest.mark.parametrize(
    ("raw", "defect"),
    [
        (b"Content-Type: text/plain" + b";" * 3_000_000 + b"\n\nwords", "CUT_HEADER"),
        (
            b"".join(
                b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n)
                for n in range(3000)
            )
            + b"\nwords",
            "TOO_DEEP",
        ),
    ],
)
async def test_a_mail_made_to_take_for_ever_or_to_fall_over_is_read(
    raw: bytes, defect: str
) -> None:
    found = await MailReader().read(raw)
    assert found
    assert found.text.endswith("words")
    assert defect in found.defects


@pytest.fixture
def processes() -> Callable[[], list[psutil.Process]]:
    """Those that have mails read for the test; other tests have left theirs to the collector."""
    before = set(psutil.Process().children())

    def found() -> list[psutil.Process]:
        children = [one for one in psutil.Process().children() if one not in before]
        return [one for one in children if _reads(one)]

    return found


def _reads(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return reader.COMMAND in process.cmdline()
    return False


SHORT = b"From: Ann <ann@mail.example>\nSubject: x\n\nwords"


async def test_a_mail_that_breaks_the_limits_is_unread_and_the_next_is_read() -> None:
    mails = MailReader()
    assert await mails.read(b"a:\n" * 3_000_000) is None
    assert await mails.read(SHORT)


async def test_what_hangs_is_ended_and_the_next_mail_is_read(
    monkeypatch: pytest.MonkeyPatch, processes: Callable[[], list[psutil.Process]]
) -> None:
    mails = MailReader()
    with monkeypatch.context() as hurried:
        hurried.setattr(reader, "SECONDS", 0.0)
        assert await mails.read(SHORT) is None
    assert not processes()
    assert await mails.read(SHORT)


async def test_a_reader_that_was_ended_is_started_again(
    processes: Callable[[], list[psutil.Process]],
) -> None:
    mails = MailReader()
    assert await mails.read(SHORT)
    [process] = processes()
    process.kill()
    assert await mails.read(SHORT) is None
    assert await mails.read(SHORT)


async def test_a_reader_ends_with_its_owner(
    processes: Callable[[], list[psutil.Process]],
) -> None:
    mails = MailReader()
    assert await mails.read(SHORT)
    # The thread that read may hold it a moment longer than the answer takes to come back.
    del mails
    await until(lambda: not processes())


def test_the_old_parser_is_the_one_used() -> None:
    assert type(message_from_bytes(b"Subject: x\n\n").policy).__name__ == "Compat32"
