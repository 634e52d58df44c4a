"""To a mail server that asks for a password: over TLS that was verified, or not at all."""

from __future__ import annotations

import base64
import logging
from pathlib import Path
from typing import Any

import pytest
from certificates import DAY, Authority
from click.testing import CliRunner
from notices import IMPATIENCE, THURSDAY, Desk, received, settings_for
from tls_mail import CANARY, NAME, PASSWORD, MailServer

from complaints_contracts.notices import NoticeSent
from complaints_local.ports import HOST
from complaints_local.postgres import DatabaseUrls
from complaints_notifications.app import main
from complaints_notifications.domain.ledger import Reply, ReplyKind
from complaints_notifications.domain.notice import NoticeState
from complaints_notifications.post import Outgoing, Post
from complaints_notifications.settings import Settings, Tls

MAIL = Outgoing("bounces@opcc.example", "robin@people.example", b"Subject: x\r\n\r\nx\r\n")
NO_DATABASE = "postgresql+asyncpg://notifications:secret@127.0.0.1:9/notifications"
FORMS_OF_THE_PASSWORD = (
    CANARY,
    base64.b64encode(PASSWORD.encode()).decode(),
    base64.b64encode(f"\0{NAME}\0{PASSWORD}".encode()).decode(),
)
BOTH = pytest.mark.parametrize("tls", [Tls.STARTTLS, Tls.TLS])


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Who vouches for the mail server."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """An authority that we were not told of."""
    return Authority(tmp_path_factory.mktemp("stranger"))


def settings(server: MailServer, database_url: str = NO_DATABASE, **more: Any) -> Settings:
    """Those of a service that logs in to the server, unless `more` says otherwise."""
    account = {"smtp_username": NAME, "smtp_password": PASSWORD}
    given = settings_for(database_url, HOST, server.port, Path("/nowhere"))
    return Settings(**given | account | more)


async def sent(settings: Settings) -> Reply:
    """What becomes of a mail."""
    post = Post(settings, "opcc.example", patience=IMPATIENCE)
    try:
        return await post.send(MAIL)
    finally:
        post.close()


@BOTH
async def test_a_mail_and_the_password_go_through_tls(tls: Tls, authority: Authority) -> None:
    issued = authority.issue("mail.opcc.example", HOST)
    async with MailServer(tls, issued).listening() as server:
        reply = await sent(settings(server, smtp_tls=tls, smtp_ca_file=authority.file))
    assert reply == Reply(ReplyKind.ACCEPTED, 250)
    assert server.mails == [(True, MAIL.content)]
    assert server.logins == [True]
    assert b"AUTH" in server.protected
    before = {Tls.STARTTLS: b"EHLO opcc.example\r\nSTARTTLS\r\n", Tls.TLS: b""}
    assert server.in_the_clear == before[tls]


@BOTH
@pytest.mark.parametrize("wrong", ["authority", "the system's authorities", "name", "time"])
async def test_a_server_that_cannot_prove_itself_gets_neither_mail_nor_password(
    tls: Tls, wrong: str, authority: Authority, stranger: Authority
) -> None:
    trusted: Path | None = authority.file
    issued = authority.issue("mail.opcc.example", HOST)
    match wrong:
        case "authority":
            issued = stranger.issue("mail.opcc.example", HOST)
        case "the system's authorities":
            trusted = None
        case "name":
            issued = authority.issue("mail.elsewhere.example", "127.0.0.2")
        case "time":
            issued = authority.issue("mail.opcc.example", HOST, ends_in=-DAY)
    async with MailServer(tls, issued).listening() as server:
        reply = await sent(settings(server, smtp_tls=tls, smtp_ca_file=trusted))
    assert reply == Reply(ReplyKind.AWAY)
    assert (server.mails, server.logins, server.protected) == ([], [], b"")
    assert server.in_the_clear in (b"", b"EHLO opcc.example\r\nSTARTTLS\r\n")


@BOTH
async def test_a_server_without_tls_gets_neither_mail_nor_password(
    tls: Tls, authority: Authority
) -> None:
    async with MailServer(Tls.NONE).listening() as server:
        reply = await sent(settings(server, smtp_tls=tls, smtp_ca_file=authority.file))
    assert reply == Reply(ReplyKind.AWAY)
    assert (server.mails, server.logins) == ([], [])
    assert b"AUTH" not in server.in_the_clear
    assert b"MAIL" not in server.in_the_clear


async def test_without_tls_there_is_mail_and_no_password() -> None:
    async with MailServer(Tls.NONE).listening() as server:
        told = settings(server, smtp_tls=Tls.NONE, smtp_username=None, smtp_password=None)
        reply = await sent(told)
    assert reply == Reply(ReplyKind.ACCEPTED, 250)
    assert server.mails == [(False, MAIL.content)]
    assert b"AUTH" not in server.in_the_clear


@BOTH
async def test_mail_waits_until_the_password_is_right(
    tls: Tls, authority: Authority, urls: DatabaseUrls, caplog: pytest.LogCaptureFixture
) -> None:
    issued = authority.issue("mail.opcc.example", HOST)
    async with MailServer(tls, issued).listening() as server:
        server.password = "another"
        told = settings(server, urls.service, smtp_tls=tls, smtp_ca_file=authority.file)
        desk = Desk(told)
        desk.clock.set(THURSDAY, frozen=True)
        contact = received()
        with caplog.at_level(logging.DEBUG):
            async with desk.engine.connect() as lead:
                await desk.apply(contact)
                await desk.work(lead)
                assert (await desk.notice(contact.contact_id)).state is NoticeState.QUEUED
                assert server.mails == []
                assert server.logins
                assert not any(server.logins)
                server.password = PASSWORD
                desk.pass_time(seconds=5)
                await desk.work(lead)
        end = (await desk.notice(contact.contact_id)).end
        assert isinstance(end, NoticeSent)
        assert end.attempts == 2
        [(logged_in, _)] = server.mails
        assert logged_in
        assert b"AUTH" not in server.in_the_clear
        await desk.close()
    assert not [form for form in FORMS_OF_THE_PASSWORD if form in caplog.text]


# What is set wrongly is said when the service starts

ENVIRONMENT = {
    "COMPLAINTS_DATABASE_URL": NO_DATABASE,
    "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
    "COMPLAINTS_FILES_FOLDER": "/nowhere",
    "COMPLAINTS_OIDC_ISSUER": "http://identity",
    "COMPLAINTS_PUBLIC_URL": "http://notifications",
    "COMPLAINTS_SECRET": "s" * 32,
    "COMPLAINTS_SMTP_HOST": "mail.opcc.example",
    "COMPLAINTS_SMTP_USERNAME": NAME,
    "COMPLAINTS_SMTP_PASSWORD": PASSWORD,
}


def output(command: str, **more: str | None) -> str:
    """What the command line says; a variable that is None is not set."""
    environment = ENVIRONMENT | {f"COMPLAINTS_SMTP_{name}": value for name, value in more.items()}
    result = CliRunner(env=environment).invoke(main, [command])
    assert isinstance(result.exception, SystemExit | None), repr(result.exception)
    assert not [form for form in FORMS_OF_THE_PASSWORD if form in result.output]
    return result.output


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"USERNAME": None}, "SMTP_USERNAME and COMPLAINTS_SMTP_PASSWORD go together"),
        ({"PASSWORD": None}, "SMTP_USERNAME and COMPLAINTS_SMTP_PASSWORD go together"),
        ({"TLS": "none"}, "SMTP_TLS should be starttls or tls where there is a password"),
        ({"TLS": PASSWORD}, "SMTP_TLS: should be 'none', 'starttls' or 'tls'"),
        ({"PORT": PASSWORD}, "SMTP_PORT: should be a whole number"),
    ],
)
def test_a_password_that_would_not_be_safe_is_said_in_a_line(
    wrong: dict[str, str | None], said: str
) -> None:
    message = output("serve", **wrong)
    assert message.startswith("Error: ")
    assert message.endswith(f"COMPLAINTS_{said} (see --help)\n")
    assert message.count("\n") == 1


@pytest.mark.parametrize("file", ["missing", "folder", "empty", "words", "key"])
def test_a_file_that_holds_no_certificate_is_said_in_a_line(
    file: str, tmp_path: Path, authority: Authority
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "empty").touch()
    (tmp_path / "words").write_text(PASSWORD)
    (tmp_path / "key").write_bytes(authority.issue("mail.opcc.example").key.read_bytes())
    assert output("serve", CA_FILE=str(tmp_path / file)) == (
        "Error: COMPLAINTS_SMTP_CA_FILE: should name a file of certificates in PEM form"
        " (see --help)\n"
    )


def test_right_settings_are_taken_and_the_password_is_never_shown(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (ENVIRONMENT | {"COMPLAINTS_SMTP_CA_FILE": str(authority.file)}).items():
        monkeypatch.setenv(name, value)
    told = Settings()  # type: ignore[call-arg]
    assert told.smtp_ca_file == authority.file
    assert told.smtp_password
    assert told.smtp_password.get_secret_value() == PASSWORD
    shown = f"{told!r} {told} {told.model_dump()} {told.model_dump_json()} {vars(told)}"
    assert CANARY not in shown
    assert "COMPLAINTS_SMTP_PASSWORD: Our password there" in output("--help")
    said = output("serve", CA_FILE=str(authority.file))
    assert said.startswith("Error: The database of COMPLAINTS_DATABASE_URL does not answer.")
