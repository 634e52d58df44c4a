"""A service's pages and API, with people of the office's register who can sign in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from httpx import ASGITransport, AsyncClient

from complaints_chassis.auth import Provider
from complaints_chassis.clock import Clock
from complaints_chassis.settings import Settings
from complaints_chassis.web import Role as WebRole
from complaints_law.office import OfficeProfile
from complaints_local.identity import Identity, Person, create_identity


@dataclass
class Web:
    """The application over a test's database, and the identity provider that it asks."""

    app: FastAPI
    identity: Identity
    client: AsyncClient

    def bearer(self, person: str = "adviser-1", **more: str) -> dict[str, str]:
        """Headers of a program that asks for `person` with a token of the identity provider."""
        token = self.identity.access_token(self.identity.staff[person])
        return {"Authorization": f"Bearer {token}", **more}

    async def sign_in(self, person: str = "adviser-1") -> None:
        """Signs a browser in, by the whole way round; the client keeps the session."""
        self.client.headers["Accept"] = "text/html"
        asked = await self.client.get("/")
        granted = await self.client.get(f"{asked.headers['location']}&person={person}")
        back = await self.client.get(granted.headers["location"])
        assert back.status_code == 303


@asynccontextmanager
async def staffed(
    create_app: Callable[[Settings, Clock], FastAPI],
    *,
    database: str,
    clock: Clock,
    office: OfficeProfile,
    folder: Path,
    identity_key: Path,
) -> AsyncIterator[Web]:
    """The application of one service; `identity_key` is where the provider keeps its key."""
    people = [
        Person(member.id, member.name, tuple(WebRole[role.name] for role in sorted(member.roles)))
        for member in office.staff
    ]
    issuer, public = "http://identity", "http://service"
    provider = create_identity(
        people,
        issuer=issuer,
        redirect_uris=[f"{public}/signed-in"],
        folder=identity_key,
        now=clock.now,
    )
    settings = Settings.model_validate(
        {
            "database_url": database,
            "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
            "files_folder": folder / "files",
            "oidc_issuer": issuer,
            "public_url": public,
            "secret": "s" * 32,
        }
    )
    app = create_app(settings, clock)
    app.state.auth.provider = Provider(issuer, clock.now, ASGITransport(provider))
    mounts = {"all://identity": ASGITransport(provider)}
    transport = ASGITransport(app)
    async with AsyncClient(transport=transport, base_url=public, mounts=mounts) as client:
        yield Web(app, provider.state.identity, client)
    await app.state.running.engine.dispose()
