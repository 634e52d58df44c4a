"""The mail catcher: kept before it says so, byte for byte, and as difficult as a test wants it."""

import asyncio
from pathlib import Path

import aiosmtplib
import pytest

from complaints_local import mailbox as module
from complaints_local.mailbox import Fault, Mailbox

SENDER = "complaints@opcc.example"
ROBIN = "robin@people.example"
MAIL = b"Subject: Your complaint PH-7K2M\r\n\r\n.dots\r\n..stay\r\ncaf\xc3\xa9\r\n"


async def send(
    smtp: Mailbox, *recipients: str, mail: bytes = MAIL, patience: float = 5
) -> dict[str, aiosmtplib.response.SMTPResponse]:
    async with aiosmtplib.SMTP(hostname=smtp.host, port=smtp.port, timeout=patience) as client:
        refused, _ = await client.sendmail(SENDER, list(recipients), mail)
        return refused


async def test_a_mail_is_kept_byte_for_byte_with_its_envelope(smtp: Mailbox) -> None:
    await send(smtp, ROBIN, "Alex@people.example")
    [mail] = smtp.mails()
    assert mail.content == MAIL
    assert (mail.number, mail.sender) == (1, SENDER)
    assert mail.recipients == (ROBIN, "Alex@people.example")
    assert mail.message["Subject"] == "Your complaint PH-7K2M"
    assert mail == smtp.mail(1)


async def test_250_is_said_only_when_the_file_is_on_disk(
    smtp: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = asyncio.Event()
    loop = asyncio.get_running_loop()

    def write_late(path: Path, content: bytes) -> None:
        asyncio.run_coroutine_threadsafe(written.wait(), loop).result(5)
        path.write_bytes(content)

    monkeypatch.setattr(module, "write_durably", write_late)
    sending = asyncio.create_task(send(smtp, ROBIN))
    done, _ = await asyncio.wait([sending], timeout=0.2)
    assert not done
    assert smtp.mails() == []
    written.set()
    await sending
    assert len(smtp.mails()) == 1


async def test_a_mail_that_cannot_be_written_is_for_later_not_lost(smtp: Mailbox) -> None:
    smtp.folder.rmdir()
    with pytest.raises(aiosmtplib.SMTPDataError) as refused:
        await send(smtp, ROBIN)
    assert refused.value.code == 452


async def test_numbers_go_on_after_a_restart_on_the_same_port(smtp: Mailbox) -> None:
    await send(smtp, ROBIN)
    await smtp.stop()
    with pytest.raises(aiosmtplib.SMTPConnectError):
        await send(smtp, ROBIN)
    await smtp.start()
    await send(smtp, ROBIN)
    assert [mail.number for mail in await smtp.wait_for(2)] == [1, 2]


async def test_waiting_ends_with_the_mail_that_was_waited_for(smtp: Mailbox) -> None:
    waiting = asyncio.create_task(smtp.wait_for(2))
    await send(smtp, ROBIN)
    assert not waiting.done()
    await send(smtp, ROBIN)
    assert len(await waiting) == 2


async def test_a_recipient_is_refused_as_programmed_and_then_accepted(smtp: Mailbox) -> None:
    smtp.program(ROBIN, "451 4.7.1 Try later", "550 5.1.1 Nobody here")
    codes = []
    for _ in range(2):
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused:
            await send(smtp, ROBIN.upper())
        codes.append(refused.value.recipients[0].code)
    assert codes == [451, 550]
    assert await send(smtp, ROBIN) == {}
    assert len(smtp.mails()) == 1


async def test_one_refused_recipient_does_not_keep_the_mail_from_another(smtp: Mailbox) -> None:
    smtp.program(ROBIN, "550 5.1.1 Nobody here")
    assert list(await send(smtp, ROBIN, "alex@people.example")) == [ROBIN]
    assert smtp.mail(1).recipients == ("alex@people.example",)


async def test_a_hanging_recipient_holds_up_nobody_else(smtp: Mailbox) -> None:
    smtp.program(ROBIN, Fault.HANG)
    hanging = asyncio.create_task(send(smtp, ROBIN, patience=0.5))
    await send(smtp, "alex@people.example")
    with pytest.raises(aiosmtplib.SMTPTimeoutError):
        await hanging
    assert [mail.recipients for mail in smtp.mails()] == [("alex@people.example",)]


async def test_a_mail_whose_last_answer_is_lost_is_kept_all_the_same(smtp: Mailbox) -> None:
    smtp.program(ROBIN, Fault.CLOSE_AFTER_DOT)
    with pytest.raises(aiosmtplib.SMTPServerDisconnected):
        await send(smtp, ROBIN)
    assert [mail.content for mail in smtp.mails()] == [MAIL]


async def test_stopping_drops_open_connections(smtp: Mailbox) -> None:
    async with asyncio.timeout(5):
        client = aiosmtplib.SMTP(hostname=smtp.host, port=smtp.port)
        await client.connect()
        await smtp.stop()
        with pytest.raises(aiosmtplib.SMTPServerDisconnected):
            await client.noop()
        client.close()
        await smtp.start()


async def test_who_writes_to_whom_is_not_logged(
    smtp: Mailbox, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        await send(smtp, ROBIN)
    assert "robin" not in caplog.text.casefold()
