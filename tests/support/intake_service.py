"""The intake service as its tests use it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from fastapi import FastAPI, Request
from sqlalchemy import text

from complaints_chassis import journal
from complaints_chassis.clock import Clock
from complaints_chassis.migrate import migrate
from complaints_chassis.service import Running
from complaints_chassis.web import Principal, Problem, Role
from complaints_intake.settings import Settings


async def migrate_intake(url: str) -> None:
    await migrate(url, "complaints_intake", "intake")


class ByHeader:
    """Stands for sign-in: the header `who` names the roles."""

    async def principal(self, request: Request) -> Principal:
        if "who" not in request.headers:
            raise Problem(401)
        roles = frozenset(Role(role) for role in request.headers["who"].split())
        return Principal("p1", "Maya Thornbury", roles)


class Intake(NamedTuple):
    app: FastAPI
    run: Running
    clock: Clock
    settings: Settings
    browser: httpx.AsyncClient
    """Keeps cookies, follows no redirect, asks for pages."""
    program: httpx.AsyncClient
    """Asks for JSON."""

    async def all_text(self) -> str:
        """Every row of every table, as text."""
        async with self.run.engine.connect() as connection:
            names = await connection.scalars(
                text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            )
            found = []
            for name in names:
                rows = await connection.execute(text(f"SELECT * FROM {name}"))  # noqa: S608
                found.append(str([tuple(row) for row in rows]))  # a Row's own text is cut short
            return "".join(found)

    async def published(self) -> list[dict[str, Any]]:
        """The contacts of the journal, as consumers get them."""
        async with self.run.engine.connect() as connection:
            entries = await journal.read(connection, "j.topic = 'complaints.contacts.v1'", {})
        return [entry.data for entry in entries]


def environment(settings: Settings) -> dict[str, str]:
    """The same settings as a process of its own reads them."""
    return {
        "PATH": os.environ["PATH"],
        "COMPLAINTS_DATABASE_URL": settings.database_url.get_secret_value(),
        "KAFKA_BOOTSTRAP_SERVERS": settings.kafka_bootstrap_servers,
        "COMPLAINTS_FILES_FOLDER": str(settings.files_folder),
        "COMPLAINTS_OIDC_ISSUER": settings.oidc_issuer,
        "COMPLAINTS_PUBLIC_URL": settings.public_url,
        "COMPLAINTS_SECRET": settings.secret.get_secret_value(),
    }


def settings_for(database_url: str, folder: Path, **more: object) -> Settings:
    return Settings.model_validate(
        {
            "database_url": database_url,
            "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
            "files_folder": folder / "files",
            "oidc_issuer": "http://identity.example",
            "public_url": "http://intake.example",
            "secret": "not a secret, but long enough for a test",
            **more,
        }
    )
