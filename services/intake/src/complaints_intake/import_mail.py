"""A mail becomes a contact (R3): the same mail once, and one that cannot be read all the same."""

from __future__ import annotations

import hashlib
from typing import Final
from uuid import UUID, uuid4, uuid5

from complaints_chassis.service import Running
from complaints_contracts.codes import Channel, PersonRole, ReachBy
from complaints_contracts.parts import FileRef, Person, Reach
from complaints_intake.attachments import MAX_FILE_BYTES, MAX_FILES, keep, keep_words
from complaints_intake.domain.answers import LONGEST
from complaints_intake.domain.contact import Submission
from complaints_intake.domain.text import clean, clean_line
from complaints_intake.handlers import Receipt, receive
from complaints_intake.mail.reader import ReadMail, read_mail

MAILS: Final = UUID("6b1c2f0e-3d4a-5b6c-8d7e-9f0a1b2c3d4e")
"""The ids of contacts that came by mail are made from what is in them, in this namespace."""
UNREADABLE: Final = "[This mail could not be read. It is attached as it came.]"
WITHOUT_TEXT: Final = "[This mail has no text. It is attached as it came.]"
MAX_TITLE: Final = 300


async def import_mail(run: Running, raw: bytes, prefix: str) -> Receipt:
    """Accepts a mail, which is kept as it came, beside its parts.

    Raises:
        Transient: the database is away; nothing was saved.
    """
    mail = await read_mail(raw)
    original = await keep(run, "original.eml", raw, "message/rfc822")
    if mail is None:
        submission = _submission(None, UNREADABLE, None, (original,))
    else:
        words, words_file = await keep_words(run, clean(mail.text) or WITHOUT_TEXT)
        parts = [f for f in mail.files if len(f.content) <= MAX_FILE_BYTES][: MAX_FILES - 1]
        files = [await keep(run, part.name, part.content) for part in parts]
        submission = _submission(mail, words, words_file, (original, *files))
    return await receive(run, _contact_id(mail, raw), submission, prefix=prefix, actor="mail")


def _contact_id(mail: ReadMail | None, raw: bytes) -> UUID:
    """The same for the same mail, by whichever way it came.

    A Message-ID alone is not enough: some programs use one twice, and a mail must not be lost.
    """
    if mail is None or not mail.message_id:
        return uuid5(MAILS, hashlib.sha256(raw).hexdigest())
    contents = (hashlib.sha256(file.content).hexdigest() for file in mail.files)
    same = (mail.message_id, mail.address, mail.subject, mail.text, *contents)
    return uuid5(MAILS, hashlib.sha256("\0".join(same).encode()).hexdigest())


def _submission(
    mail: ReadMail | None, words: str, words_file: FileRef | None, files: tuple[FileRef, ...]
) -> Submission:
    address = clean_line(mail.address)[: LONGEST["email"]] if mail else ""
    name = clean_line(mail.sender)[: LONGEST["name"]] if mail else ""
    sender = Person(
        id=uuid4(),
        role=PersonRole.COMPLAINANT,
        name=name or None,
        email=address or None,
        reach=Reach(preferred=ReachBy.EMAIL if address else ReachBy.OTHER),
    )
    return Submission(
        channel=Channel.EMAIL,
        persons=(sender,),
        words=words,
        words_file=words_file,
        title=(clean_line(mail.subject)[:MAX_TITLE] or None) if mail else None,
        attachments=files,
        answerable=mail is not None and not mail.automatic,
    )
