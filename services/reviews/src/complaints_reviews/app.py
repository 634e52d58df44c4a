"""Reviews, put together."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI

from complaints_chassis.cli import command_line
from complaints_chassis.clock import Clock
from complaints_chassis.service import Running, Service
from complaints_chassis.service import create_app as create
from complaints_chassis.web import Link, site_of
from complaints_law.errors import LawError
from complaints_law.office import OfficeProfile, load_office
from complaints_reviews.domain.facts import FACTS
from complaints_reviews.repository import REVIEWS
from complaints_reviews.routes import cases, matches, reviews, telling
from complaints_reviews.settings import Settings
from complaints_reviews.subscribers import subscriptions
from complaints_reviews.tables import copied_people


def service_of(office: OfficeProfile) -> Service:
    """Reviews for one office."""
    return Service(
        name="reviews",
        package="complaints_reviews",
        aggregates=(REVIEWS,),
        facts=FACTS,
        subscriptions=subscriptions(office),
        personal_tables=(copied_people,),
    )


ROUTERS: Final = (reviews.router, matches.router, telling.router, cases.router)
SERVICE: Final = service_of(load_office())


def create_app(settings: Settings, clock: Clock | None = None) -> FastAPI:
    """Settings in, one ASGI application out."""
    office = load_office(settings.office)
    running = Running(service_of(office), settings, clock or Clock(), office.key)
    links = (Link("All reviews", "reviews"), Link("Cases known here", "known_cases"))
    site = site_of(office, "reviews", "Reviews", "reviews", links)
    return create(running, site, routers=ROUTERS, state={"office": office})


main = command_line(SERVICE, create_app, Settings, told=(LawError,))
