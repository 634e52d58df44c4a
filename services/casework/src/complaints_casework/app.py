"""Casework, put together."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI

from complaints_casework.cli import add_case_commands
from complaints_casework.domain.facts import FACTS
from complaints_casework.repository import ALLEGATIONS, CASES, TRANSFERS
from complaints_casework.routes import (
    alike,
    allocating,
    cases,
    contact_attempts,
    endings,
    messages,
    persons,
    recording,
    steps,
    telling,
    worklist,
)
from complaints_casework.settings import Settings
from complaints_casework.subscribers import due, subscriptions
from complaints_chassis.cli import command_line
from complaints_chassis.clock import Clock
from complaints_chassis.receipts import RECEIPTS
from complaints_chassis.service import Running, Service
from complaints_chassis.service import create_app as create
from complaints_chassis.web import Link, site_of
from complaints_law.errors import LawError
from complaints_law.office import OfficeProfile, load_office


def service_of(office: OfficeProfile) -> Service:
    """Casework for one office."""
    return Service(
        name="casework",
        package="complaints_casework",
        aggregates=(CASES, TRANSFERS, ALLEGATIONS, RECEIPTS),
        facts=FACTS,
        subscriptions=subscriptions(office),
        due=due(office),
    )


ROUTERS: Final = (
    worklist.router,
    cases.router,
    alike.router,
    contact_attempts.router,
    messages.router,
    endings.router,
    recording.router,
    steps.router,
    allocating.router,
    persons.router,
    telling.router,
)
SERVICE: Final = service_of(load_office())


def create_app(settings: Settings, clock: Clock | None = None) -> FastAPI:
    """Settings in, one ASGI application out."""
    office = load_office(settings.office)
    running = Running(service_of(office), settings, clock or Clock(), office.key)
    links = (Link("My work", "my_work"), Link("All work", "all_work"))
    site = site_of(office, "casework", "Cases", "my_work", links)
    return create(running, site, routers=ROUTERS, state={"office": office})


main = command_line(SERVICE, create_app, Settings, told=(LawError,))
add_case_commands(main)
