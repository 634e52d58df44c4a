"""Notifications, put together."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI

from complaints_chassis.cli import command_line
from complaints_chassis.clock import Clock
from complaints_chassis.service import Running, Service
from complaints_chassis.service import create_app as create
from complaints_chassis.web import Link, site_of
from complaints_law.calendar import load_calendar
from complaints_law.errors import LawError
from complaints_law.office import load_office
from complaints_law.rule_sets import load_rule_sets
from complaints_notifications.clerk import Clerk
from complaints_notifications.domain.catalogue import CatalogueError
from complaints_notifications.domain.facts import (
    AcknowledgedAsReview,
    NoticeComposed,
    NoticeDelayed,
    NoticeOpened,
    RecipientErased,
    StepBegun,
    ThanksBegun,
)
from complaints_notifications.domain.promise import Law
from complaints_notifications.letters import Letters
from complaints_notifications.post import Post
from complaints_notifications.repository import NOTICES
from complaints_notifications.routes import notices
from complaints_notifications.settings import Settings
from complaints_notifications.subscribers import SUBSCRIPTIONS
from complaints_notifications.tables import mails, mails_with_words
from complaints_notifications.worker import Postmaster

SERVICE: Final = Service(
    name="notifications",
    package="complaints_notifications",
    aggregates=(NOTICES,),
    facts=(
        NoticeOpened,
        NoticeComposed,
        NoticeDelayed,
        RecipientErased,
        ThanksBegun,
        StepBegun,
        AcknowledgedAsReview,
    ),
    subscriptions=SUBSCRIPTIONS,
    personal_tables=(mails, mails_with_words),
)


def create_app(settings: Settings, clock: Clock | None = None) -> FastAPI:
    """Settings in, one ASGI application out."""
    office = load_office(settings.office)
    letters = Letters(office, settings.secret.get_secret_value().encode())
    law = Law(load_calendar(), load_rule_sets(), office.opening_hours)
    running = Running(SERVICE, settings, clock or Clock(), office.key)
    clerk = Clerk(running.book, letters, law)
    post = Post(settings, office.mail.domain)
    links = (Link("Notices", "notices"),)
    site = site_of(office, "notifications", "Notifications", "notices", links)
    return create(
        running,
        site,
        routers=(notices.router,),
        workers=lambda running: [Postmaster(running.engine, running.clock, clerk, post)],
    )


main = command_line(SERVICE, create_app, Settings, told=(LawError, CatalogueError))
