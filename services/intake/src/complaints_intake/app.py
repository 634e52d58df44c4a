"""Intake, put together."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI

from complaints_chassis.cli import command_line
from complaints_chassis.clock import Clock
from complaints_chassis.leader import Leader
from complaints_chassis.service import Running, Service
from complaints_chassis.service import create_app as create
from complaints_chassis.web import Link, site_of
from complaints_intake.cli import add_import_eml
from complaints_intake.domain.contact import ReceiptIssued, Redirected, Suspected
from complaints_intake.limits import Limits
from complaints_intake.repository import CONTACTS, RECEIPTS
from complaints_intake.routes import api, files, form, sending, staff, start
from complaints_intake.settings import Settings
from complaints_intake.subscribers import subscriptions
from complaints_intake.tables import drafts, unfiled
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
        facts=(ReceiptIssued, Suspected, Redirected),
        subscriptions=subscriptions(office),
        personal_tables=(drafts, unfiled),
        keeps_files=True,
    )


SERVICE: Final = service_of(load_office())


def create_app(settings: Settings, clock: Clock | None = None) -> FastAPI:
    """Settings in, one ASGI application out."""
    office = load_office(settings.office)
    running = Running(service_of(office), settings, clock or Clock(), office.key)
    links = (Link("Latest contacts", "latest"), Link("Check a receipt code", "receipt"))
    site = site_of(office, "intake", office.wording.service_name, "start", links)
    limits = Limits(settings.requests_per_minute, settings.requests_per_minute_per_address)
    return create(
        running,
        site,
        routers=(start.router, files.router, sending.router, form.router, api.router, staff.router),
        workers=lambda run: [
            Leader("sweep", run.engine, run.clock, Sweeper(run).round),
            Leader("file", run.engine, run.clock, Filer(run).round, channel="journal"),
        ],
        state={"office": office, "limits": limits},
        max_body=MAX_BODY,
    )


main = command_line(SERVICE, create_app, Settings, told=(LawError,))
add_import_eml(main)
