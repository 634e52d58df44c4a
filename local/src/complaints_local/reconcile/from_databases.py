"""Reads the five services' databases, each as its own service's role."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from complaints_chassis import journal
from complaints_chassis.anchors import differences, published_seals
from complaints_chassis.database import connect
from complaints_chassis.operate import rebuild
from complaints_chassis.service import Service
from complaints_chassis.verify import verify
from complaints_law.office import load_office
from complaints_local.reconcile.evidence import (
    EvidenceError,
    Held,
    Notice,
    Outgoing,
    Row,
    ServiceEvidence,
    Tables,
)
from complaints_local.system import PARTS

SERVICES: Final[Mapping[str, Service]] = {part.service.name: part.service for part in PARTS}
SNAPSHOT: Final = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
OVERDUE: Final = "SELECT stream, kind FROM timers WHERE due_at < now() - interval '60 seconds'"
UNREAD: Final = "SELECT count(*) FROM mails WHERE became = 'WAITING'"


def read_addresses(path: Path) -> dict[str, str]:
    """The database URL of each service: a line each, `intake=postgresql+asyncpg://...`.

    Raises:
        EvidenceError: a service is missing, or a line is none; never quotes one, for passwords.
    """
    found = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        name, _, url = line.strip().partition("=")
        try:
            good = name in SERVICES and make_url(url).drivername == "postgresql+asyncpg"
        except ArgumentError:
            good = False
        if not good:
            raise EvidenceError(
                f"Line {number} of {path} should be like intake=postgresql+asyncpg://..., with one"
                f" of {', '.join(SERVICES)}."
            )
        found[name] = url
    if missing := SERVICES.keys() - found.keys():
        raise EvidenceError(f"{path} says nothing of {', '.join(sorted(missing))}.")
    return found


async def read_databases(
    addresses: Mapping[str, str], kafka: Mapping[str, Any]
) -> tuple[dict[str, ServiceEvidence], Tables]:
    """What is in the databases, and what `journal verify` and `journal rebuild` say of them.

    Raises:
        DBAPIError, OSError: a database does not answer, or does not let us in.
        Transient: the seals could not be read from their topic.
    """
    services: dict[str, ServiceEvidence] = {}
    engines = {name: connect(url) for name, url in addresses.items()}
    try:
        for name, engine in engines.items():
            services[name] = await _service(SERVICES[name], engine, kafka)
        tables = await _tables(engines)
    finally:
        for engine in engines.values():
            await engine.dispose()
    return services, tables


async def _service(
    service: Service, engine: AsyncEngine, kafka: Mapping[str, Any]
) -> ServiceEvidence:
    seals = await published_seals(kafka, service.name)
    async with engine.connect() as connection:
        _, problems = await verify(connection)
        problems += await differences(connection, seals)
    rebuilt = await rebuild(engine, service.book(load_office().key), compare=True)
    async with engine.connect() as connection:
        await connection.execute(text(SNAPSHOT))
        rows = [_row(service.name, entry) for entry in await journal.read(connection, "true", {})]
        progress: dict[tuple[str, str], dict[int, str]] = {}
        for row in await connection.execute(text("SELECT * FROM progress")):
            place = progress.setdefault((row.topic, row.stream), {})
            place[row.sequence] = str(row.event_id)
        held = await connection.execute(text("SELECT * FROM held ORDER BY held_at, id"))
        timers = await connection.execute(text(OVERDUE))
        return ServiceEvidence(
            name=service.name,
            topics=service.topics,
            rows=tuple(sorted(rows, key=lambda row: row.seq)),
            unpublished=frozenset(await _column(connection, "SELECT seq FROM unpublished")),
            progress=progress,
            held=tuple(
                Held(row.id, row.kind, row.reason, (row.topic, row.partition, row.record_offset))
                for row in held
            ),
            paused=tuple(await _column(connection, "SELECT topic FROM pauses")),
            overdue=tuple(f"{row.stream} {row.kind}" for row in timers),
            verified=tuple(problems),
            rebuilt=tuple(rebuilt),
        )


def _row(service: str, entry: journal.Entry) -> Row:
    record = json.loads(entry.record)
    return Row(
        service=service,
        seq=entry.seq,
        stream=entry.stream,
        event_id=str(entry.event_id),
        type=entry.type,
        topic=entry.topic,
        sequence=entry.sequence,
        occurred_at=datetime.fromisoformat(record["occurred_at"]),
        headers=record["headers"],
        data=entry.data,
        is_erased=len(entry.parts) < len(record["personal"]),
    )


async def _tables(engines: Mapping[str, AsyncEngine]) -> Tables:
    async with engines["casework"].connect() as casework:
        cases = await casework.execute(text("SELECT case_id, status FROM cases"))
    async with engines["reviews"].connect() as reviews:
        asked = await _column(reviews, "SELECT contact_id FROM reviews")
    async with engines["intake"].connect() as intake:
        [unread] = await _column(intake, UNREAD)
    async with engines["notifications"].connect() as notifications:
        notices = await notifications.execute(text("SELECT * FROM notices"))
        outgoing = await notifications.execute(text("SELECT * FROM mails ORDER BY number"))
    return Tables(
        cases={str(row.case_id): row.status for row in cases},
        reviews=frozenset(map(str, asked)),
        notices=tuple(
            Notice(
                str(row.notice_id),
                str(row.contact_id),
                row.purpose,
                row.state,
                row.uncertain,
                row.token,
            )
            for row in notices
        ),
        outgoing=tuple(
            Outgoing(str(row.notice_id), row.number, row.recipient, row.state, row.message_id)
            for row in outgoing
        ),
        unread_mails=unread,
    )


async def _column(connection: AsyncConnection, query: str) -> list[Any]:
    return list(await connection.scalars(text(query)))
