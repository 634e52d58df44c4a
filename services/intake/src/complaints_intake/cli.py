"""What intake's command line has besides that of every service: importing mail."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import BinaryIO, Final

import click
from fastapi import FastAPI
from pydantic import ValidationError

from complaints_chassis.errors import ChassisError
from complaints_chassis.service import Running
from complaints_intake.handlers import Receipt
from complaints_intake.import_mail import import_mail
from complaints_intake.routes.common import prefix
from complaints_intake.settings import Settings
from complaints_law.office import load_office

MAX_MAIL_BYTES: Final = 50_000_000


def add_import_eml(group: click.Group, create_app: Callable[[Settings], FastAPI]) -> None:
    """Adds `import-eml` to the commands of the service."""

    @group.command("import-eml")
    @click.argument("file", type=click.File("rb"))
    def import_eml(file: BinaryIO) -> None:
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
        try:
            running: Running = create_app(Settings()).state.running
        except ValidationError:
            raise click.ClickException(
                "Set the environment variables that complaints-intake --help lists."
            ) from None
        receipt = asyncio.run(_import(running, raw))
        click.echo(receipt.reference)
        if not receipt.is_new:
            click.echo("This mail had come in before; nothing was added.", err=True)


async def _import(running: Running, raw: bytes) -> Receipt:
    try:
        return await import_mail(running, raw, prefix(load_office(running.settings.office)))
    except ChassisError as error:
        raise click.ClickException(f"Nothing was saved: {error}. Try again later.") from None
    finally:
        await running.engine.dispose()
