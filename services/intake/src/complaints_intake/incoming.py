"""From what the reader says of a mail to what is decided on, and what of it is kept."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Final

from complaints_chassis.service import Running
from complaints_contracts.codes import Unread
from complaints_contracts.parts import FileRef
from complaints_intake.attachments import MAX_FILE_BYTES, MAX_FILES, keep
from complaints_intake.domain.authentication import authentication
from complaints_intake.domain.mail import (
    MAX_MENTIONS,
    Arrived,
    Contents,
    Ours,
    Report,
    declared,
)
from complaints_intake.domain.reference import references_in
from complaints_intake.domain.text import beginning, clean, clean_line
from complaints_intake.mail.defects import Defect
from complaints_intake.mail.reader import ReadFile, ReadMail
from complaints_intake.mailbox import Digests, Waiting

UNREADABLE: Final = "[This mail could not be read. It is attached as it came.]"
ENCRYPTED: Final = "[This mail is encrypted. It is attached as it came.]"
WITHOUT_TEXT: Final = "[This mail has no text. It is attached as it came.]"
LEFT_OUT: Final = "[Only in original.eml, because they are too many or too large: {names}.]"
MAX_TITLE: Final = 300
MAX_NAME: Final = 200
MAX_ADDRESS: Final = 320
MAX_LISTED: Final = 20
MAX_SEARCHED: Final = 1_000_000
"""Characters of a text in which references are looked for."""


@dataclass(frozen=True)
class Incoming:
    """A mail, read: `text` is what is new in it, `full` all of its text."""

    arrived: Arrived
    digests: Digests
    text: str
    full: str
    files: tuple[ReadFile, ...]
    unread: Unread | None


def incoming(waiting: Waiting, mail: ReadMail | None, ours: Ours) -> Incoming:
    """What is known of a mail; `mail` is none where the reader could not read it.

    Takes a while for a large mail: use a thread.
    """
    sender, recipients = waiting.envelope.sender, waiting.envelope.recipients
    if mail is None:
        arrived = Arrived(
            mail_id=waiting.mail_id,
            subject_id=waiting.subject_id,
            received_at=waiting.received_at,
            envelope_sender=sender,
            recipients=recipients,
            reply_address=(sender or "")[:MAX_ADDRESS],
            automatic=sender == "",
        )
        digests = _digests(waiting, arrived, ours, waiting.raw_sha256)
        return Incoming(arrived, digests, "", "", (), Unread.UNREADABLE)
    text = clean(mail.text)
    full = clean(mail.full_text) or text
    title = clean_line(mail.subject)
    said = mail.returned
    report = Report(said.kind, said.message_ids, said.status) if said else None
    named = "\n".join((title, *recipients, *mail.recipients))
    writer = "" if Defect.SEVERAL_SENDERS in mail.defects else clean_line(mail.from_address)
    arrived = Arrived(
        mail_id=waiting.mail_id,
        subject_id=waiting.subject_id,
        received_at=waiting.received_at,
        envelope_sender=sender,
        recipients=recipients,
        addressed=mail.recipients,
        from_address=writer,
        reply_address=(clean_line(mail.address) or sender or "")[:MAX_ADDRESS],
        name=clean_line(mail.sender)[:MAX_NAME],
        title=title[:MAX_TITLE],
        message_id=mail.message_id,
        in_reply_to=mail.in_reply_to,
        automatic=mail.automatic or sender == "",
        loop_id=mail.loop_id,
        report=report,
        authentication=authentication(mail.authentication_results, ours.authserv_id, writer),
        defects=mail.defects,
        names=references_in(ours.prefix, named)[:MAX_MENTIONS],
        mentions=references_in(ours.prefix, f"{named}\n{full[:MAX_SEARCHED]}")[:MAX_MENTIONS],
    )
    files = (hashlib.sha256(file.content).hexdigest() for file in mail.files)
    says = (mail.from_address.casefold(), mail.subject, " ".join(full.split()), *files)
    digests = _digests(waiting, arrived, ours, *says)
    return Incoming(arrived, digests, text, full, mail.files, mail.unread)


async def keep_contents(run: Running, waiting: Waiting, mail: Incoming) -> Contents:
    """Puts what a mail holds into the files store: all of it, its files, and a text that is long
    or holds more than what is new.

    Raises:
        Transient: the store or the database is away.
    """
    original = await keep(run, "original.eml", waiting.raw, "message/rfc822")
    small = [file for file in mail.files if len(file.content) <= MAX_FILE_BYTES]
    taken = small[: MAX_FILES - 1]
    words = beginning(mail.text or _instead(mail.unread))
    return Contents(
        words=words + _left_out([file for file in mail.files if file not in taken]),
        words_file=await _keep_text(run, mail.full) if mail.full and mail.full != words else None,
        original=original,
        files=tuple([await _keep_file(run, file) for file in taken]),
        unread=mail.unread,
    )


def _digests(waiting: Waiting, arrived: Arrived, ours: Ours, *says: str) -> Digests:
    """The same for the same mail, by whichever way it came, and however it was wrapped there.

    Besides what it says, that takes in who says it and to what: two people may send the same words
    by one form, one person says "Yes." to two questions, and what is sent to a mailbox for
    something else as well is asked for as well.
    """
    known_by = (declared(arrived, ours), arrived.reply_address.casefold(), arrived.name)
    content = _sha256(json.dumps([*known_by, arrived.in_reply_to, *says]))
    id = _sha256(arrived.message_id) if arrived.message_id else waiting.raw_sha256
    return Digests(content, id)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _instead(unread: Unread | None) -> str:
    match unread:
        case Unread.UNREADABLE:
            return UNREADABLE
        case Unread.ENCRYPTED:
            return ENCRYPTED
        case _:
            return WITHOUT_TEXT


def _left_out(files: list[ReadFile]) -> str:
    """A sentence that says which files are not kept apart; nothing where all are."""
    if not files:
        return ""
    names = [clean_line(file.name)[:100] for file in files[:MAX_LISTED]]
    if len(files) > MAX_LISTED:
        names.append(f"and {len(files) - MAX_LISTED} more")
    return "\n\n" + LEFT_OUT.format(names=", ".join(names))


async def _keep_text(run: Running, full: str) -> FileRef:
    return await keep(run, "words.txt", full.encode(), "text/plain")


async def _keep_file(run: Running, file: ReadFile) -> FileRef:
    kept = await keep(run, file.name, file.content)
    return kept.model_copy(update={"quarantined": True}) if file.quarantined else kept
