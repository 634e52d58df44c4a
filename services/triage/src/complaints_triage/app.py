"""Triage, put together."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI

from complaints_chassis.cli import command_line
from complaints_chassis.clock import Clock
from complaints_chassis.service import Running, Service
from complaints_chassis.service import create_app as create
from complaints_chassis.web import Link, site_of
from complaints_law.errors import LawError
from complaints_law.office import load_office
from complaints_triage.domain.facts import FACTS
from complaints_triage.repository import CONTACTS
from complaints_triage.routes import assessments, sortings
from complaints_triage.settings import Settings
from complaints_triage.subscribers import SUBSCRIPTIONS

SERVICE: Final = Service(
    name="triage",
    package="complaints_triage",
    aggregates=(CONTACTS,),
    facts=FACTS,
    subscriptions=SUBSCRIPTIONS,
)


def create_app(settings: Settings, clock: Clock | None = None) -> FastAPI:
    """Settings in, one ASGI application out."""
    office = load_office(settings.office)
    running = Running(SERVICE, settings, clock or Clock(), office.key)
    site = site_of(office, "triage", "Triage", "latest", (Link("Sorted contacts", "latest"),))
    return create(running, site, routers=(sortings.router, assessments.router))


main = command_line(SERVICE, create_app, Settings, told=(LawError,))
