"""What a mail says, as far as it can be made out. Nothing here raises because of a mail."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from complaints_intake.mail.automatic import is_automatic, is_from_daemon
from complaints_intake.mail.content import Content, MailFile
from complaints_intake.mail.defects import Defect
from complaints_intake.mail.headers import (
    MAX_WORDS,
    addresses,
    header,
    message_ids,
    moment,
    raw,
    senders,
)
from complaints_intake.mail.message import Part, message_from

if TYPE_CHECKING:
    from complaints_intake.mail.returned import Returned

RECIPIENTS: Final = ("to", "cc", "delivered-to", "x-original-to")
MAX_RESULTS: Final = 10

_MIXED: Final = re.compile(r"[a-z][\u0370-\u052f]|[\u0370-\u052f][a-z]", re.IGNORECASE)
"""Latin beside Greek or Cyrillic letters: those that look the same are used to deceive."""


class Mail(NamedTuple):
    """What a mail says. Whom it is from is what it claims: nothing proves it.

    `text` holds the new words of an answer, and then `full_text` everything, else nothing.
    `sender` and `address` are whom to answer; `from_address` is who says to have written.
    Message-IDs have their brackets. `unread` is a `complaints_contracts.codes.Unread`.
    """

    message_id: str
    sender: str
    address: str
    from_address: str
    recipients: tuple[str, ...]
    in_reply_to: tuple[str, ...]
    subject: str
    text: str
    full_text: str
    files: tuple[MailFile, ...]
    automatic: bool
    returned: Returned | None
    loop_id: str
    unread: str | None
    defects: tuple[str, ...]
    sent_at: datetime | None
    authentication_results: tuple[str, ...]


def parse(raw_mail: bytes) -> Mail:
    """The mail that `raw_mail` holds."""
    message = message_from(raw_mail)
    content = Content(message)

    def text_of(name: str) -> str:
        return header(message, name)

    subject, recipients = text_of("subject"), addresses(message, RECIPIENTS)
    answered = message_ids((*raw(message, "in-reply-to"), *raw(message, "references")))
    text, report = content.text, None
    if message.is_multipart() or is_from_daemon(text_of):
        from complaints_intake.mail.returned import returned

        report = returned(message, text_of, recipients, text)
    if not report and (answered or ":" in subject):
        from complaints_intake.mail.quotes import is_answer, new_words

        text = new_words(text) if is_answer(subject, bool(answered)) else text
    writers, answer_to = senders(message, "from"), senders(message, "reply-to")
    sent_at = moment(message)
    return Mail(
        message_id=text_of("message-id"),
        sender=next((name for name, _ in (*answer_to[:1], *writers[:1]) if name), ""),
        address=next((at for _, at in (*answer_to, *writers)), ""),
        from_address=writers[0][1] if writers else "",
        recipients=recipients,
        in_reply_to=answered,
        subject=subject,
        text=text,
        full_text=content.text if text != content.text else "",
        files=tuple(content.files),
        automatic=report is not None or is_automatic(text_of, message.get_content_type()),
        returned=report,
        loop_id=text_of("x-loop-id"),
        unread=content.unread,
        defects=_defects(content, writers, sent_at),
        sent_at=sent_at,
        authentication_results=_authentication(message),
    )


def _defects(
    content: Content, writers: list[tuple[str, str]], sent_at: datetime | None
) -> tuple[str, ...]:
    found = set(content.defects)
    if sent_at is None:
        found.add(Defect.NO_DATE)
    if not writers:
        found.add(Defect.NO_SENDER)
    if len(writers) > 1:
        found.add(Defect.SEVERAL_SENDERS)
    if any(("@" in name and at not in name) or _MIXED.search(name + at) for name, at in writers):
        found.add(Defect.MISLEADING_NAME)
    return tuple(sorted(found))


def _authentication(message: Part) -> tuple[str, ...]:
    """What servers on the way say of the sender; only our own server's word counts."""
    lines = list(raw(message, "authentication-results"))[:MAX_RESULTS]
    return tuple(" ".join(line[:MAX_WORDS].split()) for line in lines)
