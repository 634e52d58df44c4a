"""The front page of the local system: what there is, and what lies on its topics."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from fastapi import FastAPI, Request, Response
from pydantic import BaseModel

from complaints_chassis.clock import Clock
from complaints_chassis.web import Problem, Site, install_web, public, render
from complaints_contracts.event import Instant
from complaints_contracts.topics import Topic, topic_named
from complaints_law.office import OfficeProfile

LATEST = 50
"""So many records of a topic are shown."""


class Shown(NamedTuple):
    """One record, as a page shows it."""

    at: datetime
    place: str
    type: str
    key: str
    sequence: str
    value: str


class Moment(BaseModel):
    """Where the clock of the whole system shall stand; `frozen` stops it there."""

    instant: Instant
    frozen: bool = False


def create_front(
    bootstrap: str,
    clock: Clock,
    topics: Mapping[str, Topic],
    office: OfficeProfile,
    mail_in: str,
    *,
    secret: bytes,
) -> FastAPI:
    """The application that services and tools are mounted on; each has its own limits."""
    app = FastAPI(title="Complaints", openapi_url=None, dependencies=[public])
    site = Site(
        name="front",
        office="The whole system on this machine",
        title="Start",
        home="start",
        help="Everybody and everything here is made up.",
        privacy=None,
    )
    install_web(app, site, secret=secret, package="complaints_local", max_body=sys.maxsize)

    @app.get("/")
    async def start(request: Request) -> Response:
        """What there is."""
        return render(request, "start.html", topics=topics.values(), office=office, mail_in=mail_in)

    @app.get("/topics/{name}")
    async def topic(request: Request, name: str) -> Response:
        """The latest records of one topic, as operations would see them."""
        if name not in topics:
            raise Problem(404)
        records = await latest(bootstrap, name)
        return render(request, "topic.html", topic=topics[name], records=records)

    @app.put("/clock")
    async def set_clock(moment: Moment) -> dict[str, datetime]:
        """Moves the clock of all services; every wait looks again."""
        clock.set(moment.instant, frozen=moment.frozen)
        return {"now": clock.now()}

    return app


async def latest(bootstrap: str, topic: str) -> list[Shown]:
    """The newest records of a topic, newest first, read without a consumer group."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        parts = await _partitions(consumer, topic)
        consumer.assign(parts)
        ends = await consumer.end_offsets(parts)
        for part in parts:
            consumer.seek(part, max(0, ends[part] - LATEST))
        records: list[ConsumerRecord] = []
        async with asyncio.timeout(5):
            while any([await consumer.position(part) < ends[part] for part in parts]):
                found = await consumer.getmany(timeout_ms=200)
                records += [record for batch in found.values() for record in batch]
    finally:
        await consumer.stop()
    return sorted((_shown(record) for record in records), reverse=True)[:LATEST]


async def _partitions(consumer: AIOKafkaConsumer, topic: str) -> list[TopicPartition]:
    await consumer._client.force_metadata_update()  # no public way without subscribing
    numbers = consumer.partitions_for_topic(topic) or range(topic_named(topic).partitions)
    return [TopicPartition(topic, number) for number in sorted(numbers)]


def _shown(record: ConsumerRecord) -> Shown:
    headers = {name: value.decode(errors="replace") for name, value in record.headers}
    try:
        at = datetime.fromisoformat(headers.get("ce_time", ""))
    except ValueError:
        at = datetime.fromtimestamp(record.timestamp / 1000, UTC)
    return Shown(
        at,
        f"{record.partition}@{record.offset}",
        headers.get("ce_type", "unknown").removeprefix("uk.police-complaints."),
        (record.key or b"").decode(errors="replace"),
        headers.get("ce_sequence", ""),
        (record.value or b"").decode(errors="replace"),
    )
