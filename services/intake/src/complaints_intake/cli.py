"""What intake's command line has besides that of every service: importing mail."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import BinaryIO, Final

import click

from complaints_chassis.cli import Console
from complaints_chassis.service import Running
from complaints_intake.domain.mail import Became
from complaints_intake.import_mail import Imported, import_mail
from complaints_intake.mail import MAX_MAIL_BYTES
from complaints_intake.mail_room import MailRoom
from complaints_intake.settings import Settings
from complaints_law.office import load_office

AGAIN: Final = "This mail had come in before; nothing was added."
SAID: Final = {
    Became.CONTACT: "",
    Became.MESSAGE: "Added to its contact.",
    Became.DUPLICATE: AGAIN,
    Became.RETURNED: "This is a report about a mail of ours; it goes to notifications.",
}


def add_import_eml(group: click.Group) -> None:
    """Adds `import-eml` to the commands of the service."""

    @group.command("import-eml")
    @click.argument("file", type=click.File("rb"))
    @click.pass_obj
    def import_eml(console: Console[Settings], file: BinaryIO) -> None:
        """Accept the mail in FILE (- for standard input), and print its reference.

        It is kept, and read after those that came before it, whether the service runs or not. The
        same mail again changes nothing. A mail that cannot be read is a contact too.
        """
        raw = file.read(MAX_MAIL_BYTES + 1)
        if not raw.strip():
            raise click.ClickException("This is empty: name a file that holds a mail.")
        if len(raw) > MAX_MAIL_BYTES:
            raise click.ClickException(
                f"This mail is too large: {MAX_MAIL_BYTES // 1_000_000} MB is the most that we can "
                "take. Save its files, and send them with its words through the form."
            )
        imported = console.run(_import(console.settings(), raw))
        if imported.became == Became.WAITING:
            raise click.ClickException(
                f"This mail is kept as {imported.mail_id}, but was not read yet. The service's log "
                "says why; it is tried again."
            )
        if imported.reference:
            click.echo(imported.reference)
        words = SAID[imported.became] if imported.is_new else AGAIN
        if words:
            click.echo(words, err=True)


def _import(settings: Settings, raw: bytes) -> Callable[[Running], Awaitable[Imported]]:
    async def work(run: Running) -> Imported:
        room = MailRoom(run, load_office(settings.office), settings.mail_authserv_id)
        return await import_mail(run, room, raw)

    return work
