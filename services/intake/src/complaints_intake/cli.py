"""What intake's command line has besides that of every service: importing mail."""

from __future__ import annotations

from typing import BinaryIO, Final

import click

from complaints_chassis.cli import Console
from complaints_chassis.service import Running
from complaints_intake.handlers import Receipt
from complaints_intake.import_mail import import_mail
from complaints_intake.routes.common import prefix
from complaints_intake.settings import Settings
from complaints_law.office import load_office

MAX_MAIL_BYTES: Final = 50_000_000


def add_import_eml(group: click.Group) -> None:
    """Adds `import-eml` to the commands of the service."""

    @group.command("import-eml")
    @click.argument("file", type=click.File("rb"))
    @click.pass_obj
    def import_eml(console: Console[Settings], file: BinaryIO) -> None:
        """Accept the mail in FILE (- for standard input) as a contact, and print its reference.

        The same mail again changes nothing. A mail that cannot be read is a contact too.
        """
        raw = file.read(MAX_MAIL_BYTES + 1)
        if not raw.strip():
            raise click.ClickException("This is empty: name a file that holds a mail.")
        if len(raw) > MAX_MAIL_BYTES:
            raise click.ClickException(
                f"This mail is larger than {MAX_MAIL_BYTES // 1_000_000} MB. Save its attachments, "
                "and send the contact through the form."
            )
        receipt = console.run(lambda run: _import(run, raw))
        click.echo(receipt.reference)
        if not receipt.is_new:
            click.echo("This mail had come in before; nothing was added.", err=True)


async def _import(run: Running, raw: bytes) -> Receipt:
    return await import_mail(run, raw, prefix(load_office(run.settings.office)))
