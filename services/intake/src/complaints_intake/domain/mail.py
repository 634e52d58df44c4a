"""What a mail becomes: a contact, a message to one, the same mail again, or a report on ours."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from complaints_contracts.codes import (
    Channel,
    ContactType,
    PersonRole,
    ReachBy,
    ReturnKind,
    Unread,
)
from complaints_contracts.contacts import ContactReceived, MailReturned, MessageAdded
from complaints_contracts.event import Fact
from complaints_contracts.parts import FileRef, Person, Reach
from complaints_intake.domain.authentication import Authentication
from complaints_intake.domain.contact import (
    ArrivedAgain,
    CameByMail,
    Contact,
    Submission,
    decide,
)

SENT_TWICE: Final = timedelta(hours=24)
"""The same words from the same address to mailboxes for the same are the same mail within this time
of the first; later, somebody says them again, and is heard again."""
MAX_MENTIONS: Final = 20
"""Of references and of message ids that are taken from one mail."""
_TOKEN: Final = re.compile(r"bounces\+([0-9a-f]{1,64})", re.IGNORECASE)
_STATUS: Final = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}", re.ASCII)


class Became(StrEnum):
    """What a mail became; none is thrown away."""

    WAITING = "WAITING"
    """It is kept, and has still to be read."""
    CONTACT = "CONTACT"
    MESSAGE = "MESSAGE"
    """Somebody known in a contact wrote again, with its reference."""
    DUPLICATE = "DUPLICATE"
    RETURNED = "RETURNED"
    """It is about a mail of ours: a bounce, a receipt, or our own mail."""


@dataclass(frozen=True)
class Ours:
    """What tells our own addresses, references and mails from those of others."""

    prefix: str
    """What references begin with."""
    domain: str
    """The right side of our message ids and of the addresses that bounces go to."""
    boxes: Mapping[str, ContactType | None]
    """The office's mailboxes, in small letters, and what mail to each is declared to be."""
    authserv_id: str
    """The name of the mail server whose `Authentication-Results` we trust; empty for none."""


@dataclass(frozen=True)
class Report:
    """What a machine says of a mail of ours; everything in it is only claimed."""

    kind: ReturnKind
    message_ids: tuple[str, ...] = ()
    status: str | None = None


@dataclass(frozen=True, kw_only=True)
class Arrived:
    """A mail as it was read; nothing proves that its sender sent it."""

    mail_id: UUID
    subject_id: UUID
    """The person minted for it on arrival."""
    received_at: datetime
    envelope_sender: str | None
    """Empty where it wants no answer; none where the mail came as a file."""
    recipients: tuple[str, ...]
    """The envelope's."""
    addressed: tuple[str, ...] = ()
    """Those in its headers."""
    from_address: str = ""
    """Empty where there is none, or more than one."""
    reply_address: str = ""
    """Where to answer; the envelope's sender, where the mail says nothing else."""
    name: str = ""
    title: str = ""
    message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    automatic: bool = False
    loop_id: str = ""
    report: Report | None = None
    authentication: Authentication = Authentication.NONE
    defects: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    """The references of ours in its subject, and in the addresses it was sent to."""
    mentions: tuple[str, ...] = ()
    """The same, and those in its text."""


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What a mail holds, once its files are in the store; `original` is all of it."""

    words: str
    words_file: FileRef | None = None
    original: FileRef
    files: tuple[FileRef, ...] = ()
    unread: Unread | None = None


@dataclass(frozen=True)
class Before:
    """An earlier mail of the same sender, with the same contents, and declared to be the same."""

    became: Became
    contact_id: UUID
    person_id: UUID
    received_at: datetime
    same_message_id: bool


@dataclass(frozen=True)
class Outcome:
    """What a mail became, whom it is about, and what is written on the contact's stream."""

    became: Became
    contact_id: UUID
    person_id: UUID
    facts: tuple[Fact, ...]


def report_on_ours(mail: Arrived, ours: Ours) -> Outcome | None:
    """What it became, where a mail is a machine's report about a mail of ours, or a mail of ours.

    That is also what answers the address that our bounces go to, unasked and by itself. Only tokens
    and message ids of our own shape are taken from it.
    """
    token = _token((*mail.recipients, *mail.addressed), ours)
    if ours.domain == mail.loop_id.strip().lower():
        report = Report(ReturnKind.LOOPED, (mail.message_id,))
    elif mail.report:
        report = mail.report
    elif token and mail.automatic and not mail.names:
        report = Report(ReturnKind.OTHER)
    else:
        return None
    returned = MailReturned(
        contact_id=mail.mail_id,
        kind=report.kind,
        received_at=mail.received_at,
        token=token,
        message_ids=_ids_of_ours((*report.message_ids, *mail.in_reply_to), ours),
        status=report.status if _STATUS.fullmatch(report.status or "") else None,
    )
    return Outcome(Became.RETURNED, mail.mail_id, mail.subject_id, (returned,))


def first_of(before: Iterable[Before], received_at: datetime) -> Before | None:
    """The earlier mail that this one is the same as, or nothing."""
    for earlier in before:
        first = earlier.became is not Became.DUPLICATE
        if earlier.same_message_id or (first and received_at - earlier.received_at <= SENT_TWICE):
            return earlier
    return None


def answered(
    mail: Arrived, contacts: Mapping[str, Contact], ours: Ours
) -> tuple[ContactReceived, Person] | None:
    """The contact that a mail belongs to, and who in it wrote.

    That takes its reference, and an address that somebody in it gave or wrote from: either alone
    can be guessed. An address that the mail does not come from is nobody's. What is sent to a
    mailbox for something else than the contact, such as a review of its outcome (R52), is a contact
    of its own.
    """
    if mail.authentication is Authentication.FAIL or "@" not in mail.from_address:
        return None
    writer, kind = mail.from_address.casefold(), declared(mail, ours)
    for reference in mail.names:
        contact = contacts.get(reference, Contact())
        received = contact.received
        if not received or (kind and kind is not received.declared):
            continue
        for person in received.persons:
            if contact.wrote_from(person, writer):
                return received, person
    return None


def decide_mail(
    mail: Arrived,
    contents: Contents,
    ours: Ours,
    before: Sequence[Before],
    contacts: Mapping[str, Contact],
    reference: str,
    now: datetime,
) -> Outcome:
    """What a mail that is no report becomes. `reference` is for a new contact.

    `contacts` are those that the mail names, by reference.
    """
    if earlier := first_of(before, mail.received_at):
        again = ArrivedAgain(
            mail_id=mail.mail_id,
            person_id=earlier.person_id,
            at=mail.received_at,
            original=contents.original,
        )
        return Outcome(Became.DUPLICATE, earlier.contact_id, earlier.person_id, (again,))
    if found := answered(mail, contacts, ours):
        received, writer = found
        message = _message(mail, contents, received, writer)
        added = (message, _came(mail, writer.id))
        return Outcome(Became.MESSAGE, received.contact_id, writer.id, added)
    submission = _submission(mail, contents, ours)
    new = decide(Contact(), submission, mail.mail_id, reference, now, None)
    facts = (*new, _came(mail, mail.subject_id))
    return Outcome(Became.CONTACT, mail.mail_id, mail.subject_id, facts)


def declared(mail: Arrived, ours: Ours) -> ContactType | None:
    """What the mailbox it came to says that it is.

    The envelope says where it came to; a list of mailboxes that disagree says nothing, so that
    what also came to the mailbox for complaints is sorted as one.
    """
    boxes = _boxes(mail.recipients, ours) or _boxes(mail.addressed, ours)
    kinds = {ours.boxes[box] for box in boxes}
    return kinds.pop() if len(kinds) == 1 else None


def _submission(mail: Arrived, contents: Contents, ours: Ours) -> Submission:
    sender = Person(
        id=mail.subject_id,
        role=PersonRole.COMPLAINANT,
        name=mail.name or None,
        email=mail.reply_address or None,
        reach=Reach(preferred=ReachBy.EMAIL if mail.reply_address else ReachBy.OTHER),
    )
    return Submission(
        channel=Channel.EMAIL,
        persons=(sender,),
        title=mail.title or None,
        words=contents.words,
        words_file=contents.words_file,
        attachments=(contents.original, *contents.files),
        received_at=mail.received_at,
        answerable=not mail.automatic and contents.unread is not Unread.UNREADABLE,
        declared=declared(mail, ours),
        mentions=mail.mentions,
        unread=contents.unread,
    )


def _message(
    mail: Arrived, contents: Contents, contact: ContactReceived, writer: Person
) -> MessageAdded:
    return MessageAdded(
        contact_id=contact.contact_id,
        message_id=mail.mail_id,
        person_id=writer.id,
        reference=contact.reference,
        channel=Channel.EMAIL,
        received_at=mail.received_at,
        automatic=mail.automatic,
        title=mail.title or None,
        words=contents.words,
        words_file=contents.words_file,
        attachments=(contents.original, *contents.files),
        unread=contents.unread,
    )


def _came(mail: Arrived, person_id: UUID) -> CameByMail:
    forged = mail.authentication is Authentication.FAIL
    return CameByMail(
        mail_id=mail.mail_id,
        person_id=person_id,
        sender=mail.envelope_sender or None,
        writer=None if forged else mail.from_address or None,
        authentication=mail.authentication,
        defects=mail.defects,
    )


def _boxes(addresses: Iterable[str], ours: Ours) -> set[str]:
    """The office's mailboxes among addresses; what follows a plus sign is a tag."""
    halves = (address.lower().rpartition("@") for address in addresses)
    plain = {f"{local.partition('+')[0]}@{domain}" for local, _, domain in halves}
    return plain & ours.boxes.keys()


def _token(addresses: Iterable[str], ours: Ours) -> str | None:
    """The token in the address that bounces of one of our mails go to."""
    for address in addresses:
        local, _, domain = address.strip().rpartition("@")
        if domain.lower() == ours.domain and (found := _TOKEN.fullmatch(local)):
            return found[1].lower()
    return None


def _ids_of_ours(message_ids: Iterable[str], ours: Ours) -> tuple[str, ...]:
    shape = re.compile(rf"<?([0-9a-f]{{1,64}}@{re.escape(ours.domain)})>?", re.IGNORECASE)
    found = (shape.fullmatch(id.strip()) for id in message_ids)
    return tuple(dict.fromkeys(f"<{match[1]}>" for match in found if match))[:MAX_MENTIONS]
