"""/livez: the loop moves. /readyz: everything it depends on answers. /metrics: Prometheus."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from typing import Final

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from complaints_chassis.kafka_in import Consumer
from complaints_chassis.leader import Leader
from complaints_chassis.migrate import is_current
from complaints_chassis.relay import Relay
from complaints_chassis.web import public

BEAT_SECONDS: Final = 1.0
STUCK_SECONDS: Final = 15.0
ANSWER_SECONDS: Final = 2.0
BACKLOG_SECONDS: Final = 60.0
"""A journal row that waits longer for the relay makes the service not ready."""


class Health:
    """What a service says of itself."""

    def __init__(
        self,
        engine: AsyncEngine,
        package: str,
        relay: Relay,
        consumer: Consumer | None,
        leaders: Sequence[Leader],
    ) -> None:
        self._engine = engine
        self._package = package
        self._relay = relay
        self._consumer = consumer
        self._leaders = leaders
        self._beat: float | None = None
        self._migrated = False

    async def beat(self) -> None:
        """Shows that the loop moves; runs as long as the service does."""
        while True:
            self._beat = time.monotonic()
            await asyncio.sleep(BEAT_SECONDS)

    def router(self) -> APIRouter:
        """The three routes, open to everybody inside the proxy."""
        router = APIRouter(tags=["health"])

        @router.get("/livez", dependencies=[public])
        async def livez() -> Response:
            """Green while the event loop moves; red before the start, or when it is stuck."""
            alive = self._beat is not None and time.monotonic() - self._beat < STUCK_SECONDS
            return _answer([] if alive else ["the loop does not move"])

        @router.get("/readyz", dependencies=[public])
        async def readyz() -> Response:
            """Green when database, migrations, broker, relay and consumer work; else what not."""
            return _answer(await self.problems())

        @router.get("/metrics", dependencies=[public])
        async def metrics() -> Response:
            """Prometheus metrics."""
            return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

        return router

    async def problems(self) -> list[str]:
        """Why the service is not ready; empty when it is."""
        if self._beat is None:
            return ["not started"]
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                found = await self._of_database()
        except Exception:
            found = ["database: does not answer"]
        return found + await self._of_kafka()

    async def _of_database(self) -> list[str]:
        found = []
        if not self._migrated:
            self._migrated = await is_current(self._engine, self._package)
        if not self._migrated:
            found.append("migrations: the database is not up to date")
        async with self._engine.connect() as connection:
            age = await connection.scalar(
                text(
                    "SELECT EXTRACT(epoch FROM now() - min(j.occurred_at))"
                    " FROM unpublished u JOIN journal j USING (seq) WHERE u.attempts > 0"
                )
            )
            pauses = await connection.execute(text("SELECT topic, reason FROM pauses"))
            found += [f"paused: {row.topic}: {row.reason}" for row in pauses]
        if age is not None and age > BACKLOG_SECONDS:
            found.append("relay: events wait to be published")
        return found

    async def _of_kafka(self) -> list[str]:
        found = []
        relay = [leader for leader in self._leaders if leader.duty == "relay"]
        if any(leader.failures for leader in relay):
            found.append("relay: cannot work; broker or database is away")
        elif any(leader.leads for leader in relay) and not await self._broker_answers():
            found.append("broker: does not answer, or take events")
        consumer = self._consumer
        if consumer is None:
            return found
        if time.monotonic() - consumer.last_poll > STUCK_SECONDS:
            found.append("consumer: does not poll")
        if not consumer.settled:
            found.append("consumer: has no partitions; the broker is away or the group rebalances")
        if consumer.waiting:
            found.append(f"consumer: tries the same batch again: {consumer.waiting}")
        return found

    async def _broker_answers(self) -> bool:
        """Asks it, for an idle consumer keeps its partitions while the broker is away."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._relay.reaches_broker()
        except TimeoutError:
            return False


def _answer(problems: list[str]) -> Response:
    body = {"ready": not problems, "problems": problems}
    return JSONResponse(body, 503 if problems else 200)
