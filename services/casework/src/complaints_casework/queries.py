"""What casework's pages and API read.

An adviser whom a contact seems to name sees nothing of its case, and of one that is restricted only
who has it (L57). `viewer` is the register id of
the adviser who asks, None for a team leader, from whom nothing is hidden: a case that names
everybody must not be invisible to everybody.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from complaints_casework.domain.case import Case
from complaints_casework.domain.codes import ActionKind
from complaints_casework.repository import CASES
from complaints_casework.tables import actions, cases
from complaints_chassis import journal
from complaints_chassis.book import Book
from complaints_contracts.codes import Urgency
from complaints_contracts.event import Fact

PAGE: Final = 50
UNALLOCATED: Final = "unallocated"
FOR_TEAM_LEADER: Final = (ActionKind.ALLOCATE, ActionKind.CHECK_DATES)

_ASKED: Final = (
    select(func.min(actions.c.reason))
    .where(actions.c.stream == cases.c.stream, ~actions.c.done)
    .where(actions.c.kind.in_(FOR_TEAM_LEADER))
    .scalar_subquery()
)
"""What a case waits for a team leader for."""


@dataclass(frozen=True)
class Found:
    """One page of a list, and how long the whole list is."""

    rows: Sequence[Row[Any]]
    total: int


@dataclass(frozen=True)
class Happening:
    """One line of a case's journal."""

    at: datetime
    actor: str
    rule: str
    fact: Fact


async def worklist(
    engine: AsyncEngine,
    viewer: str | None,
    *,
    adviser: str | None = None,
    queue: str | None = None,
    status: str | None = None,
    page: int = 1,
) -> Found:
    """Open cases of one adviser, of nobody (`unallocated`), of one queue; or all of them.

    With a `status` those that stand there, closed ones too.

    What is due next comes first, and of that the urgent.
    """
    chosen: list[ColumnElement[bool]] = []
    chosen.append(cases.c.status == status if status else cases.c.is_open)
    if adviser == UNALLOCATED:
        chosen.append(cases.c.adviser_id.is_(None))
    elif adviser is not None:
        chosen.append(cases.c.adviser_id == adviser)
    if queue is not None:
        chosen.append(cases.c.queue == queue)
    return await _list(engine, viewer, chosen, page)


@dataclass(frozen=True)
class Load:
    """The open cases of one adviser, or of nobody, by age; and those on which nothing happens."""

    adviser_id: str | None
    by_age: tuple[int, int, int, int]
    still: int


async def caseload(
    engine: AsyncEngine, now: datetime, ages: tuple[int, int, int], still: timedelta
) -> list[Load]:
    """How many open cases each adviser has; `ages` are the last days of the first three bands."""
    bounds = [now - timedelta(days=age) for age in ages]
    old = cases.c.received_at
    bands = (
        old >= bounds[0],
        (old < bounds[0]) & (old >= bounds[1]),
        (old < bounds[1]) & (old >= bounds[2]),
        old < bounds[2],
    )
    query = (
        select(
            cases.c.adviser_id,
            *(func.count().filter(band) for band in bands),
            func.count().filter(cases.c.touched_at < now - still),
        )
        .where(cases.c.is_open)
        .group_by(cases.c.adviser_id)
        .order_by(cases.c.adviser_id.nulls_last())
    )
    async with engine.connect() as connection:
        rows = (await connection.execute(query)).all()
    return [
        Load(id, (new, month, quarter, older), idle)
        for id, new, month, quarter, older, idle in rows
    ]


async def for_team_leader(engine: AsyncEngine, viewer: str | None) -> Found:
    """Cases that wait for a decision of the team leader."""
    return await _list(engine, viewer, [_ASKED.is_not(None)], 1)


async def find(
    engine: AsyncEngine, viewer: str | None, *, contact_id: UUID | None, reference: str | None
) -> Found:
    """The cases of a contact, by its id or its reference, closed ones too."""
    chosen: list[ColumnElement[bool]] = []
    if contact_id is not None:
        chosen.append(cases.c.contact_id == contact_id)
    if reference is not None:
        chosen.append(func.upper(cases.c.reference) == reference.strip().upper())
    return await _list(engine, viewer, chosen, 1)


async def _list(
    engine: AsyncEngine, viewer: str | None, chosen: Sequence[ColumnElement[bool]], page: int
) -> Found:
    conditions = list(chosen)
    if viewer is not None:
        conditions.append(~cases.c.named.has_key(viewer))
        conditions.append(~cases.c.restricted | (cases.c.adviser_id == viewer))
    query = (
        select(cases, _ASKED.label("asked"))
        .where(*conditions)
        .order_by(
            cases.c.next_do_by.nulls_last(),
            cases.c.next_due_at.nulls_last(),
            cases.c.urgency == Urgency.ROUTINE,
            cases.c.received_at,
            cases.c.stream,
        )
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    counting = select(func.count()).select_from(cases).where(*conditions)
    async with engine.connect() as connection:
        rows = list(await connection.execute(query))
        total = await connection.scalar(counting) or 0
    return Found(rows, total)


async def case_file(
    engine: AsyncEngine, book: Book, viewer: str | None, case_id: UUID
) -> tuple[Case, list[Happening]] | None:
    """A case as its journal tells it, and what happened, in order; None where there is none."""
    stream = CASES.stream(case_id)
    async with engine.connect() as connection:
        entries = await journal.read(connection, "j.stream = :stream", {"stream": stream})
    case = book.fold(entries).get(stream)
    if not isinstance(case, Case) or not _may_see(case, viewer):
        return None
    happened = []
    for entry in entries:
        record = json.loads(entry.record)
        happened.append(
            Happening(
                datetime.fromisoformat(record["occurred_at"]),
                record["actor"],
                record["rule"],
                book.fact(entry),
            )
        )
    return case, happened


def _may_see(case: Case, viewer: str | None) -> bool:
    if viewer is None:
        return True
    return viewer not in case.named and (not case.is_restricted or case.adviser_id == viewer)
