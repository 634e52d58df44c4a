"""The intake service on a real database; nobody answers at its broker's address."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from intake_service import ByHeader, Intake, migrate_intake, settings_for

from complaints_chassis import operate
from complaints_chassis.clock import Clock
from complaints_chassis.service import Running
from complaints_chassis.verify import verify
from complaints_intake.app import create_app
from complaints_local.postgres import DatabaseUrls


@pytest.fixture
async def intake(
    database: Callable[..., Awaitable[DatabaseUrls]], tmp_path: Path
) -> AsyncIterator[Intake]:
    """The whole service; afterwards its journal verifies, and its tables follow from it."""
    urls = await database("intake", migrate_intake)
    settings = settings_for(urls.service, tmp_path, requests_per_minute_per_address=1000)
    clock = Clock()
    app = create_app(settings, clock)
    app.state.auth = ByHeader()
    run: Running = app.state.running
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=transport, base_url="http://intake.example", headers={"accept": "text/html"}
        ) as browser,
        httpx.AsyncClient(transport=transport, base_url="http://intake.example") as program,
    ):
        yield Intake(app, run, clock, settings, browser, program)
        assert await operate.rebuild(run.engine, run.book, compare=True) == []
        async with run.engine.connect() as connection:
            _, problems = await verify(connection)
        assert problems == []
