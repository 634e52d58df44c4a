"""The pages that show kept mail: readable for people, harmless whatever a mail holds."""

from collections.abc import AsyncIterator
from email.message import EmailMessage

import aiosmtplib
import pytest_asyncio
from httpx import ASGITransport, AsyncClient

from complaints_chassis.web import check_rights
from complaints_local.mail_pages import create_mail_pages
from complaints_local.mailbox import Mailbox


@pytest_asyncio.fixture
async def pages(smtp: Mailbox) -> AsyncIterator[AsyncClient]:
    app = create_mail_pages(smtp, secret=b"secret of these pages")
    check_rights(app)
    async with AsyncClient(transport=ASGITransport(app), base_url="http://test") as client:
        yield client


async def send(smtp: Mailbox, mail: EmailMessage) -> None:
    mail["From"], mail["To"] = "complaints@opcc.example", "robin@people.example"
    await aiosmtplib.send(mail, hostname=smtp.host, port=smtp.port)


async def send_letter(smtp: Mailbox) -> None:
    mail = EmailMessage()
    mail["Subject"] = "Your complaint <PH-7K2M>"
    mail.set_content("Dear Robin & friends")
    mail.add_alternative("<p>Dear Robin</p><script>alert(1)</script>", subtype="html")
    mail.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="<letter>.pdf")
    await send(smtp, mail)


async def test_an_empty_mailbox_says_so(pages: AsyncClient) -> None:
    assert "Nobody has been sent any mail yet." in (await pages.get("/")).text


async def test_the_latest_mail_is_first_in_the_list(pages: AsyncClient, smtp: Mailbox) -> None:
    await send_letter(smtp)
    await send(smtp, EmailMessage())
    page = (await pages.get("/")).text
    assert page.index('href="/2">No subject') < page.index(
        'href="/1">Your complaint &lt;PH-7K2M&gt;'
    )


async def test_a_mail_is_shown_with_envelope_text_headers_and_attachments(
    pages: AsyncClient, smtp: Mailbox
) -> None:
    await send_letter(smtp)
    page = (await pages.get("/1")).text
    for shown in (
        "robin@people.example",
        "Dear Robin &amp; friends",
        "multipart/mixed",
        "&lt;letter&gt;.pdf",
        '<iframe sandbox title="The mail as a page" src="/1/html"',
    ):
        assert shown in page
    assert "<script>alert" not in page


async def test_the_html_of_a_mail_cannot_run_load_or_leave(
    pages: AsyncClient, smtp: Mailbox
) -> None:
    await send_letter(smtp)
    answer = await pages.get("/1/html")
    assert "<p>Dear Robin</p>" in answer.text
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("sandbox; default-src 'none'")
    assert "script-src" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_attachments_and_the_mail_itself_are_downloads_under_our_names(
    pages: AsyncClient, smtp: Mailbox
) -> None:
    await send_letter(smtp)
    answer = await pages.get("/1/attachments/0")
    assert answer.content == b"%PDF-"
    assert answer.headers["content-disposition"] == 'attachment; filename="mail-1-0.pdf"'
    raw = await pages.get("/1/raw")
    assert raw.content == smtp.mail(1).content


async def test_what_is_not_there_is_not_found(pages: AsyncClient, smtp: Mailbox) -> None:
    await send(smtp, EmailMessage())
    for path in ("/2", "/1/html", "/1/attachments/0", "/0/raw"):
        assert (await pages.get(path)).status_code == 404
