"""Pages that show the mail the mailbox has kept, as its reader would have seen it."""

import mimetypes
import re
from email.message import EmailMessage, MIMEPart

from fastapi import FastAPI, Request, Response
from fastapi.responses import HTMLResponse

from complaints_chassis.web import Problem, Site, attachment, install_web, public, render
from complaints_local.mailbox import Mail, Mailbox

# A mail may bring its own style and pictures; it runs nothing, loads nothing, goes nowhere.
MAIL_POLICY = {
    "Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; "
    "img-src data:; frame-ancestors 'self'",
    "X-Frame-Options": "SAMEORIGIN",
}


def create_mail_pages(mailbox: Mailbox, *, secret: bytes) -> FastAPI:
    """The pages, for everyone who reaches this machine: never for mail of real people."""
    app = FastAPI(title="Mail", openapi_url=None, dependencies=[public])
    site = Site(
        name="mail",
        office="Made-up people",
        title="Mail",
        home="mails",
        help="This page exists only where the whole system runs on one machine.",
        privacy=None,
    )
    install_web(app, site, secret=secret, package="complaints_local")

    def find(number: int) -> Mail:
        try:
            return mailbox.mail(number)
        except FileNotFoundError as error:
            raise Problem(404) from error

    @app.get("/")
    def mails(request: Request) -> Response:
        """All mail, the latest first."""
        return render(request, "mails.html", mails=mailbox.mails()[::-1])

    @app.get("/{number}")
    def mail(request: Request, number: int) -> Response:
        """One mail: its envelope, headers, text, HTML and attachments."""
        found = find(number)
        return render(
            request,
            "mail.html",
            mail=found,
            text=_body(found.message, "plain"),
            has_html=_body(found.message, "html") is not None,
            attachments=list(found.message.iter_attachments()),
        )

    @app.get("/{number}/html")
    def mail_html(number: int) -> Response:
        """The HTML of one mail, for a frame."""
        html = _body(find(number).message, "html")
        if html is None:
            raise Problem(404)
        return HTMLResponse(html, headers=MAIL_POLICY)

    @app.get("/{number}/raw")
    def mail_raw(number: int) -> Response:
        """One mail as it was sent."""
        return attachment(find(number).content, f"mail-{number}.eml")

    @app.get("/{number}/attachments/{index}")
    def mail_attachment(number: int, index: int) -> Response:
        """An attachment, counted from 0."""
        parts = dict(enumerate(find(number).message.iter_attachments()))
        if index not in parts:
            raise Problem(404)
        return attachment(_content(parts[index]), f"mail-{number}-{index}{_suffix(parts[index])}")

    return app


def _body(message: EmailMessage, kind: str) -> str | None:
    part = message.get_body(preferencelist=(kind,))
    if part is None:
        return None
    return _content(part).decode(part.get_content_charset("utf-8"), "replace")


def _content(part: MIMEPart) -> bytes:
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else part.as_bytes()


def _suffix(part: MIMEPart) -> str:
    suffix = mimetypes.guess_extension(part.get_content_type()) or ""
    return suffix if re.fullmatch(r"\.[a-z0-9]{1,8}", suffix) else ""
