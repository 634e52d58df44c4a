"""Composes mail: what the office says, as the bytes that are sent (reliability 2.4, S20, S21).

The same notice, office and moment always give the same bytes.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from binascii import b2a_qp
from collections.abc import Mapping
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from complaints_contracts.codes import Purpose
from complaints_law.office import OfficeProfile
from complaints_notifications.data import load_catalogue
from complaints_notifications.domain.addressee import usable_address
from complaints_notifications.domain.facts import NoticeOpened
from complaints_notifications.domain.naming import day_in_words, greeting_name, moment_in_words
from complaints_notifications.domain.promise import Promise
from complaints_notifications.domain.wording import say

LOOP_HEADER: Final = "X-Loop-Id"
"""On everything we send, with the office's mail domain: what carries it is never answered."""
MAX_SUBJECT: Final = 66
"""With its name it fits on a line."""
REFERENCE: Final = re.compile(r"[A-Za-z0-9-]{1,40}")


class _Kind(NamedTuple):
    """What letters of one purpose have in common."""

    template: str
    subject: str
    """Neutral: whoever else sees the mailbox learns nothing from it (S21). The catalogue has those
    of steps."""
    auto_submitted: str
    """Whether it answers a message, or comes by itself (RFC 3834, 5)."""


ACKNOWLEDGED: Final = "We have your message: reference {reference}"
_KINDS: Final = {
    Purpose.ACKNOWLEDGEMENT: _Kind("acknowledgement", ACKNOWLEDGED, "auto-replied"),
    Purpose.REVIEW_ACKNOWLEDGEMENT: _Kind("review_acknowledgement", ACKNOWLEDGED, "auto-replied"),
    Purpose.THANKS: _Kind("thanks", "Thank you: reference {reference}", "auto-generated"),
    Purpose.CASE_STEP: _Kind("step", "", "auto-generated"),
}


class Composed(NamedTuple):
    """A mail ready to be sent: its envelope sender, its Message-ID, its bytes."""

    sender: str
    message_id: str
    content: bytes

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


class Letters:
    """What one office writes; `secret` makes its tokens unguessable."""

    def __init__(self, office: OfficeProfile, secret: bytes) -> None:
        self._office = office
        self._secret = secret
        self._catalogue = load_catalogue()
        env = Environment(
            loader=PackageLoader(__package__),
            autoescape=lambda name: bool(name and name.endswith(".html")),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            auto_reload=False,  # else every letter asks the disk whether its templates changed
        )
        self._kinds = {
            purpose: _Made(
                kind,
                mailbox := _mailbox(office, purpose),
                _same_on_every_mail(office, kind, mailbox),
                env.get_template(f"{kind.template}.txt"),
                env.get_template(f"{kind.template}.html"),
            )
            for purpose, kind in _KINDS.items()
        }

    def is_ours(self, address: str) -> bool:
        """Whether mail to `address` would come back to us: a loop."""
        local, _, domain = address.lower().rpartition("@")
        ours = {box.lower() for _, box in self._office.addresses}
        ours.add(self._office.mail.sender.lower())
        bounced = domain == self._office.mail.domain.lower() and local.startswith("bounces+")
        return address.lower() in ours or bounced

    def compose(
        self, opened: NoticeOpened, promise: Promise, recipient: str, at: datetime
    ) -> Composed:
        """The mail of a notice: what we have, what happens next, by when (R11, R12, L42), or what
        became of it (domain 3.1 to 3.4).

        Raises LookupError for what has no letter, ValueError where the address or the reference is
        not one that goes into a header.
        """
        office = self._office
        made = self._kinds[opened.purpose]
        token = self._token(opened.notice_id)
        words: dict[str, Any] = {
            "office": office,
            "mailbox": made.mailbox,
            "subject": made.kind.subject.format(reference=opened.reference),
            **self._said(opened, promise, at),
            "name": greeting_name(opened.name),
            "reference": opened.reference,
            "unread": opened.unread,
            "first_contact": opened.first_contact,
            "by": promise.call_by and moment_in_words(promise.call_by),
            "complete_by": promise.complete_by and day_in_words(promise.complete_by),
            "complete_within": promise.complete_within,
            "thanks_for": opened.thanks_for,
        }
        message_id = self.message_id(opened.notice_id)
        boundary = f"=_{token}"
        headers = {
            "To": recipient,
            "Subject": _on_one_line(words["subject"]),
            "Date": format_datetime(at),
            "Message-ID": message_id,
            "Content-Type": f'multipart/alternative;\r\n boundary="{boundary}"',
        }
        if usable_address(recipient) is None or not REFERENCE.fullmatch(opened.reference):
            raise ValueError("the address or the reference is not one that goes into a header")
        content = b"".join(
            (
                made.head,
                *(f"{name}: {value}\r\n".encode("ascii") for name, value in headers.items()),
                _part(boundary, "plain", made.plain.render(words)),
                _part(boundary, "html", made.page.render(words)),
                f"\r\n--{boundary}--\r\n".encode(),
            )
        )
        return Composed(f"bounces+{token}@{office.mail.domain}", message_id, content)

    def _said(self, opened: NoticeOpened, promise: Promise, at: datetime) -> Mapping[str, Any]:
        """What the catalogue says about the step that a notice tells of, if it tells of one."""
        if opened.purpose is not Purpose.CASE_STEP:
            return {}
        said = say(self._catalogue, self._office, opened, promise, at)
        return {"subject": said.subject, "blocks": said.blocks, "adviser": said.adviser}

    def message_id(self, notice_id: UUID) -> str:
        """The Message-ID of a notice's mail, always the same."""
        return f"<{self._token(notice_id)}@{self._office.mail.domain}>"

    def _token(self, notice_id: UUID) -> str:
        """The notice's name to the outside: stable, and nobody else can make one."""
        made = hmac.new(self._secret, b"notice:" + notice_id.bytes, hashlib.sha256)
        return made.hexdigest()[:32]


class _Made(NamedTuple):
    """A kind of letter, made ready for one office."""

    kind: _Kind
    mailbox: str
    """Where replies go, and which address the letter names."""
    head: bytes
    plain: Template
    page: Template


def _mailbox(office: OfficeProfile, purpose: Purpose) -> str:
    """Reviews have a mailbox of their own (R52)."""
    addresses = office.addresses
    return addresses.reviews if purpose is Purpose.REVIEW_ACKNOWLEDGEMENT else addresses.complaints


def _same_on_every_mail(office: OfficeProfile, kind: _Kind, mailbox: str) -> bytes:
    """The headers that never differ, folded and encoded once: that is what costs most."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(office.team_name, addr_spec=office.mail.sender)
    mail["Reply-To"] = Address(office.team_name, addr_spec=mailbox)
    mail["Auto-Submitted"] = kind.auto_submitted
    mail["X-Auto-Response-Suppress"] = "All"
    mail[LOOP_HEADER] = office.mail.domain
    mail["Content-Language"] = "en-GB"
    mail["MIME-Version"] = "1.0"
    return mail.as_bytes().removesuffix(b"\r\n")


def _on_one_line(subject: str) -> str:
    """A subject as it goes into a header; one that is long, or not in ASCII, is encoded."""
    if subject.isascii() and len(subject) <= MAX_SUBJECT:
        return subject
    return Header(subject, "utf-8", header_name="Subject").encode(linesep="\r\n")


def _part(boundary: str, subtype: str, text: str) -> bytes:
    """One part: quoted-printable, so that it is ASCII in short lines on every way it takes."""
    head = (
        f"\r\n--{boundary}\r\n"
        f'Content-Type: text/{subtype}; charset="utf-8"\r\n'
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
    )
    return head.encode() + b2a_qp(text.replace("\n", "\r\n").encode(), istext=True)
