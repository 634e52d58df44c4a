"""Intake, put together."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI

from complaints_chassis.cli import command_line
from complaints_chassis.clock import Clock
from complaints_chassis.leader import Leader
from complaints_chassis.receipts import RECEIPTS
from complaints_chassis.service import Running, Service
from complaints_chassis.service import create_app as create
from complaints_chassis.web import Link, site_of
from complaints_intake.cli import add_import_eml
from complaints_intake.documents.reader import Documents
from complaints_intake.domain.contact import (
    ArrivedAgain,
    CameByMail,
    ReceiptIssued,
    Redirected,
    Suspected,
    Taken,
)
from complaints_intake.limits import Limits
from complaints_intake.mail.listener import listening
from complaints_intake.mail_room import MailRoom, mail_leader
from complaints_intake.repository import CONTACTS, WANTED_FILES
from complaints_intake.routes import (
    api,
    entry,
    entry_files,
    files,
    form,
    mails,
    sending,
    staff,
    start,
)
from complaints_intake.settings import Settings
from complaints_intake.subscribers import subscriptions
from complaints_intake.tables import drafts, people, unfiled
from complaints_intake.tables import mails as mails_table
from complaints_intake.workers import Filer, Sweeper
from complaints_law.errors import LawError
from complaints_law.office import OfficeProfile, load_office

MAX_BODY: Final = 60_000_000
"""Bytes: room for a file that is too large, so that its page can say which one and what to do."""


def service_of(office: OfficeProfile) -> Service:
    """Intake for one office."""
    return Service(
        name="intake",
        package="complaints_intake",
        aggregates=(CONTACTS, RECEIPTS),
        facts=(ReceiptIssued, Suspected, Redirected, CameByMail, ArrivedAgain, Taken),
        subscriptions=subscriptions(office),
        personal_tables=(drafts, unfiled, mails_table, people),
        keeps_files=True,
        wanted_files=WANTED_FILES,
    )


SERVICE: Final = service_of(load_office())


def create_app(settings: Settings, clock: Clock | None = None) -> FastAPI:
    """Settings in, one ASGI application out."""
    office = load_office(settings.office)
    running = Running(service_of(office), settings, clock or Clock(), office.key)
    links = (
        Link("Enter a contact", "entry"),
        Link("Latest contacts", "latest"),
        Link("Mail", "mails"),
        Link("Check a receipt code", "receipt"),
    )
    site = site_of(office, "intake", office.wording.service_name, "start", links)
    limits = Limits(settings.requests_per_minute, settings.requests_per_minute_per_address)
    return create(
        running,
        site,
        routers=(
            *(start.router, files.router, sending.router, form.router),
            *(api.router, staff.router, mails.router, entry_files.router, entry.router),
        ),
        workers=lambda run: [
            Leader("sweep", run.engine, run.clock, Sweeper(run).round),
            Leader("file", run.engine, run.clock, Filer(run).round, channel="journal"),
            mail_leader(run, MailRoom(run, office, settings.mail_authserv_id)),
        ],
        beside=lambda run: listening(run, settings, office),
        state={"office": office, "limits": limits, "documents": Documents()},
        max_body=MAX_BODY,
    )


main = command_line(SERVICE, create_app, Settings, told=(LawError,))
add_import_eml(main)
