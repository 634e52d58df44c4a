"""Reads the mails that wait, in the order they came, and writes what each became."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from complaints_chassis.aggregate import Needs
from complaints_chassis.commands import new_trace
from complaints_chassis.database import MAX_TRIES, is_away, is_conflict
from complaints_chassis.errors import Conflict, Transient
from complaints_chassis.journal import Cause
from complaints_chassis.leader import Leader
from complaints_chassis.service import Running
from complaints_chassis.work import Work
from complaints_contracts.codes import ContactType, HeldKind
from complaints_contracts.ops import RecordHeld, RecordReleased
from complaints_intake.attachments import keep
from complaints_intake.domain.mail import (
    Contents,
    Ours,
    Outcome,
    decide_mail,
    report_on_ours,
)
from complaints_intake.handlers import new_reference
from complaints_intake.incoming import Incoming, incoming, keep_contents
from complaints_intake.mail.reader import MailReader
from complaints_intake.mailbox import (
    CHANNEL,
    Waiting,
    contacts_named,
    count_waiting,
    lock_mail,
    mails_before,
    mark_read,
    next_mail,
)
from complaints_intake.metrics import MAILS_WAITING
from complaints_intake.repository import CONTACTS, note_upload
from complaints_intake.routes.common import prefix
from complaints_law.office import OfficeProfile

logger = logging.getLogger(__name__)

DUTY: Final = "mail"
LATE: Final = timedelta(minutes=10)
FIRST_PAUSE: Final = timedelta(seconds=5)
LONGEST_PAUSE: Final = timedelta(minutes=5)
TRIES: Final = 3
"""A mail whose reading went wrong as often as this is taken as one that cannot be read."""
REPORTS_KEPT: Final = timedelta(days=30)
"""How long a report about a mail of ours is kept as it came. It names somebody that we cannot tell
from here, so that erasing them would not reach it."""


@dataclass(frozen=True)
class _PutOff:
    """A mail whose reading went wrong, and when it is tried again."""

    tries: int
    until: datetime


class MailRoom:
    """Rounds run by the leader, each for one mail."""

    def __init__(self, run: Running, office: OfficeProfile, authserv_id: str) -> None:
        self._run = run
        self._ours = ours(office, authserv_id)
        self._put_off: dict[UUID, _PutOff] = {}
        self._reader = MailReader()

    async def round(self, connection: AsyncConnection) -> bool:
        """Reads the mail that has waited longest; whether there was one.

        One whose reading goes wrong is tried again later, and the others go on.

        Raises:
            Transient: the database, or the files store, is away.
        """
        now = self._run.clock.now()
        MAILS_WAITING.set(await count_waiting(connection, now - LATE))
        later = [mail_id for mail_id, put_off in self._put_off.items() if put_off.until > now]
        waiting = await next_mail(connection, later)
        if waiting is None:
            return False
        try:
            await self._read(connection, waiting)
        except Exception as error:
            if is_away(error) or isinstance(error, Transient):
                raise
            await self._try_later(waiting, error)
        else:
            if self._put_off.pop(waiting.mail_id, None):
                released = RecordReleased(speaker="intake", held_id=str(waiting.mail_id))
                await self._run.commands.tell_operations(released)
        return True

    async def _read(self, connection: AsyncConnection, waiting: Waiting) -> None:
        put_off = self._put_off.get(waiting.mail_id)
        given_up = put_off is not None and put_off.tries >= TRIES
        read, raw = None, _delivered(waiting)
        if not given_up:  # twice, for a machine short of memory may have ended the first reader
            read = await self._reader.read(raw) or await self._reader.read(raw)
        mail = await asyncio.to_thread(incoming, waiting, read, self._ours)
        kept: Outcome | Contents | None = report_on_ours(mail.arrived, self._ours)
        if kept:
            await self._keep_report(waiting.raw)
        else:
            kept = await keep_contents(self._run, waiting, mail)
        for _ in range(MAX_TRIES):
            try:
                async with connection.begin():
                    await self._write(connection, waiting, mail, kept)
                return
            except Exception as error:
                if not is_conflict(error):
                    raise
        raise Conflict("somebody else was faster every time")

    async def _write(
        self,
        connection: AsyncConnection,
        waiting: Waiting,
        mail: Incoming,
        kept: Outcome | Contents,
    ) -> None:
        """Writes what a mail became, unless it was read or erased meanwhile, or a copy for another
        of our mailboxes came: then it is read again."""
        if await lock_mail(connection, waiting.mail_id) != waiting.envelope:
            return
        work = Work(self._run.book, self._run.clock.now())
        work.cause = Cause(actor="mail", rule="R3", traceparent=new_trace())
        if isinstance(kept, Contents):
            outcome = await self._decide(connection, work, mail, kept)
        else:
            outcome = kept
            await work.load(connection, [Needs(streams=(CONTACTS.stream(outcome.contact_id),))])
        work.append(CONTACTS, outcome.contact_id, *outcome.facts)
        work.keep()
        await work.write(connection)
        await mark_read(connection, waiting.mail_id, mail.digests, outcome)

    async def _decide(
        self, connection: AsyncConnection, work: Work, mail: Incoming, contents: Contents
    ) -> Outcome:
        before = await mails_before(connection, mail.digests)
        named = await contacts_named(connection, mail.arrived.names)
        ids = (mail.arrived.mail_id, *(earlier.contact_id for earlier in before), *named.values())
        await work.load(connection, [Needs(streams=tuple(map(CONTACTS.stream, ids)))])
        return decide_mail(
            mail.arrived,
            contents,
            self._ours,
            before,
            {reference: work.state(CONTACTS, id) for reference, id in named.items()},
            new_reference(self._ours.prefix),
            work.now,
        )

    async def _keep_report(self, raw: bytes) -> None:
        """Keeps a report for a while, though no contact names it."""
        original = await keep(self._run, "original.eml", raw, "message/rfc822")
        until = self._run.clock.now() + REPORTS_KEPT
        await note_upload(self._run.engine, original.sha256, until)

    async def _try_later(self, waiting: Waiting, error: Exception) -> None:
        before = self._put_off.get(waiting.mail_id)
        tries = before.tries + 1 if before else 1
        pause = min(FIRST_PAUSE * 2 ** (tries - 1), LONGEST_PAUSE)
        self._put_off[waiting.mail_id] = _PutOff(tries, self._run.clock.now() + pause)
        logger.error(
            "a mail could not be read",
            extra={"mail": str(waiting.mail_id), "tries": tries},
            exc_info=error,
        )
        if before is None:
            held = RecordHeld(
                speaker="intake",
                held_id=str(waiting.mail_id),
                kind=HeldKind.OTHER,
                source_topic="mail",
                partition=0,
                offset=waiting.seq,
                reason=f"reading it went wrong: {type(error).__name__}",
            )
            await self._run.commands.tell_operations(held)


def ours(office: OfficeProfile, authserv_id: str) -> Ours:
    """What tells an office's own addresses, references and mails from those of others."""
    given = office.addresses
    boxes = {
        given.reviews: ContactType.REVIEW_APPLICATION,
        given.staff_complaints: ContactType.STAFF_COMPLAINT,
        given.questions: None,
        office.mail.sender: None,
        given.complaints: None,  # last: an office may have one mailbox for everything
    }
    return Ours(
        prefix=prefix(office),
        domain=office.mail.domain.lower(),
        boxes={address.lower(): kind for address, kind in boxes.items()},
        authserv_id=authserv_id,
    )


def _delivered(waiting: Waiting) -> bytes:
    """A mail below its envelope's sender, as the last server on its way writes it (RFC 5321, 4.4);
    one from a file has that line already."""
    sender = waiting.envelope.sender
    if sender is None:
        return waiting.raw
    return f"Return-Path: <{sender}>\r\n".encode() + waiting.raw


def mail_leader(run: Running, room: MailRoom) -> Leader:
    """Has the mails read by one process at a time."""
    return Leader(DUTY, run.engine, run.clock, room.round, channel=CHANNEL)
