"""A mail from a file takes the road of every mail (R3): it is kept, and read in its turn."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from complaints_chassis.leader import take_lead
from complaints_chassis.service import Running
from complaints_intake.domain.mail import Became
from complaints_intake.mail_room import DUTY, MailRoom
from complaints_intake.mailbox import Envelope, find_mail, keep_mail

LOOK_SECONDS: Final = 0.2
READ_SECONDS: Final = 60.0


@dataclass(frozen=True)
class Imported:
    """What became of a mail; `reference` is of the contact it became, or is part of."""

    mail_id: UUID
    became: Became
    reference: str | None
    is_new: bool
    """False where the very same bytes had come in before."""


async def import_mail(run: Running, room: MailRoom, raw: bytes) -> Imported:
    """Keeps a mail and has it read in its turn: by the service, or here where it does not run.

    One that still waits after a minute is said to.

    Raises:
        Transient: the database, or the files store, is away.
    """
    async with run.engine.connect() as connection:
        mail_id = await keep_mail(run, raw, Envelope())
        found = await find_mail(run.engine, mail_id)
        is_new = found is not None and found.became == Became.WAITING
        try:
            async with asyncio.timeout(READ_SECONDS):
                while found and found.became == Became.WAITING:
                    if not await take_lead(connection, DUTY) or not await room.round(connection):
                        await asyncio.sleep(LOOK_SECONDS)
                    found = await find_mail(run.engine, mail_id)
        except TimeoutError:
            pass  # it is kept, and will be read
        finally:
            await connection.invalidate()  # which ends the lead
    assert found, "a mail goes only with its person"
    return Imported(mail_id, Became(found.became), found.reference, is_new)
