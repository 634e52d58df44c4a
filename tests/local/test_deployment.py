"""A deployed system as the demo reaches it: until it is ready, and as a member of staff."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import create_server

import pytest
from fastapi import FastAPI, Response
from httpx import ASGITransport, AsyncClient

from complaints_chassis.auth import Provider, principal_of, verify
from complaints_chassis.web import Role
from complaints_law.office import load_office
from complaints_local import demo
from complaints_local import deployment as module
from complaints_local.deployment import Deployment, DeploymentError
from complaints_local.identity import AUDIENCE, create_identity, made_up_staff
from complaints_local.system import PARTS
from complaints_local.target import SERVICES

URL = "http://staff"
TYPES = frozenset({"at+jwt"})
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Outside:
    """What answers for a deployed system; of those that are `away`, one comes back at each look."""

    def __init__(self) -> None:
        self.app = FastAPI()
        self.away: list[str] = []
        self.app.get("/{service}/readyz")(self.readyz)
        self.app.get("/api/v1/messages")(lambda: {"total": 0, "messages": []})

    async def readyz(self, service: str) -> Response:
        away = service in self.away
        if self.away and self.away[0] == service:
            del self.away[0]
        return Response(status_code=503 if away else 200)


@pytest.fixture
def outside() -> Outside:
    return Outside()


@pytest.fixture
async def deployment(outside: Outside, tmp_path: Path) -> AsyncIterator[Deployment]:
    async with AsyncClient(transport=ASGITransport(outside.app)) as http:
        found = Deployment(
            http, URL, "127.0.0.1:1", ("127.0.0.1", 1), "http://mailpit", tmp_path / "demo.json"
        )
        identity = create_identity(
            made_up_staff(load_office()),
            issuer=f"{URL}/identity",
            redirect_uris=[f"{URL}/casework/signed-in"],
            folder=tmp_path,
            now=found.clock.now,
        )
        outside.app.mount("/identity", identity)
        yield found


def test_the_services_are_those_that_run_on_one_machine() -> None:
    assert tuple(part.service.name for part in PARTS) == SERVICES


async def test_it_says_for_whom_it_waits(
    outside: Outside, deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LOOK_SECONDS", 0)
    outside.away = ["reviews", "triage"]
    said: list[str] = []
    await deployment.ready(said.append)
    assert said == [
        f"Waiting for {URL}/triage/readyz, {URL}/reviews/readyz",
        f"Waiting for {URL}/triage/readyz",
    ]


async def test_it_waits_no_longer_than_it_should(outside: Outside, deployment: Deployment) -> None:
    outside.away = ["nobody", "reviews"]
    with pytest.raises(DeploymentError, match=r"^Not ready .*: http://staff/reviews/readyz\.$"):
        await deployment.ready(print, seconds=0)


@pytest.mark.parametrize("role", Role)
async def test_it_signs_in_as_somebody_with_the_role(
    role: Role, outside: Outside, deployment: Deployment
) -> None:
    header = await deployment.as_staff(role)
    token = header["Authorization"].removeprefix("Bearer ")
    now = deployment.clock.now
    provider = Provider(f"{URL}/identity", now, ASGITransport(outside.app))
    claims = await verify(token, provider, audience=AUDIENCE, now=now(), types=TYPES)
    assert role in principal_of(claims).roles


async def test_a_token_is_used_until_a_minute_before_it_expires(deployment: Deployment) -> None:
    deployment.clock.set(NOON, frozen=True)
    first = await deployment.as_staff(Role.ADVISER)
    deployment.clock.set(NOON + timedelta(minutes=14, seconds=-1), frozen=True)
    assert await deployment.as_staff(Role.ADVISER) == first
    deployment.clock.set(NOON + timedelta(minutes=14), frozen=True)
    assert await deployment.as_staff(Role.ADVISER) != first


async def test_it_says_what_to_do_where_the_identity_page_lets_nobody_in(
    deployment: Deployment,
) -> None:
    deployment.url = "http://other-name"
    with pytest.raises(DeploymentError, match=r"\(HTTP 400\)\. Give --url"):
        await deployment.as_staff(Role.ADVISER)


async def test_the_demo_gives_up_on_what_never_answers(
    deployment: Deployment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "GIVE_UP_SECONDS", 0)
    with create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        deployment.url = f"http://127.0.0.1:{port}"
        deployment.mail_in = ("127.0.0.1", port)
        deployment.bootstrap = f"127.0.0.1:{port}"
        async with asyncio.timeout(15):
            assert await demo.run(deployment) == 1


def test_the_services_asked_are_those_there_are() -> None:
    assert tuple(part.service.name for part in PARTS) == SERVICES
