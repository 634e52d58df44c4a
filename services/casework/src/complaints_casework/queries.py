"""What casework's pages and API read.

Who is named in a case, or said that they should not have it, sees nothing of it (R81); one that is
restricted is seen by who has it and by team leaders (L57). `viewer` is None for the command line,
from which nothing is hidden.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from pydantic import Field
from sqlalchemy import ColumnElement, Row, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from complaints_casework.domain.alike import Alike, alike
from complaints_casework.domain.case import Case
from complaints_casework.domain.codes import ActionKind
from complaints_casework.repository import CASES
from complaints_casework.tables import actions, cases
from complaints_chassis import journal
from complaints_chassis.book import Book, read_states
from complaints_contracts.codes import CaseStatus, Urgency
from complaints_contracts.event import Fact, Model
from complaints_law.london import instant_on

PAGE: Final = 50
COMPARED: Final = 500
"""With how many cases one is compared, the latest first: more than an office has open."""
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
class Viewer:
    """Who asks, an adviser or a team leader; `leaders` are all team leaders of the office."""

    id: str
    leads: bool
    leaders: frozenset[str]

    def may_see(self, case: Case) -> bool:
        """Whether they see the case. One that names every team leader is still theirs to give to
        somebody (R61): it must not be invisible to everybody."""
        if self.id in case.named:
            return self.leads and self.leaders.issubset(case.named)
        return self.leads or not case.is_restricted or case.adviser_id == self.id

    @property
    def sees(self) -> ColumnElement[bool]:
        """The same of a row of the table."""
        named = cases.c.named.has_key(self.id)
        if self.leads:
            return or_(~named, cases.c.named.contains(sorted(self.leaders)))
        return and_(~named, or_(~cases.c.restricted, cases.c.adviser_id == self.id))


class Sought(Model):
    """Which cases; what is left out is not asked about. No list has names, so none is searched."""

    contact_id: UUID | None = None
    reference: str | None = Field(default=None, max_length=64, description="All of it")
    status: CaseStatus | None = Field(default=None, description="Where they stand")
    unread: bool | None = Field(
        default=None, description="Whether something they wrote waits to be read"
    )
    overdue: bool | None = Field(
        default=None, description="Whether what is due next was due before now"
    )
    restricted: bool | None = Field(
        default=None, description="Whether few may see them; of those you find what you may (L57)"
    )
    received_from: date | None = Field(
        default=None, description="The first day on which they came in, in London"
    )
    received_to: date | None = Field(
        default=None, description="The last day on which they came in, in London"
    )

    def conditions(self, now: datetime) -> list[ColumnElement[bool]]:
        """What has to be so of a row of the table."""
        row = cases.c
        starts = instant_on(self.received_from or date.min, time.min)
        ends = instant_on(self.received_to or date.max, time.max)
        asked = (
            (self.contact_id, row.contact_id == self.contact_id),
            (self.reference, _has_reference(self.reference or "")),
            (self.status, row.status == self.status),
            (self.unread, (row.unread_messages > 0) == self.unread),
            (self.overdue, func.coalesce(row.next_due_at < now, False) == self.overdue),
            (self.restricted, row.restricted == self.restricted),
            (self.received_from, row.received_at >= starts),
            (self.received_to, row.received_at <= ends),
        )
        return [condition for value, condition in asked if value is not None]


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
    viewer: Viewer | None,
    *,
    adviser: str | None = None,
    queue: str | None = None,
    status: str | None = None,
    asked: bool = False,
    page: int = 1,
) -> Found:
    """Open cases of one adviser, of nobody (`unallocated`), of one queue; or all of them.

    With a `status` those that stand there, closed ones too; `asked`: those that wait for a team
    leader.

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
    if asked:
        chosen.append(_ASKED.is_not(None))
    return await _list(engine, viewer, chosen, page)


@dataclass(frozen=True)
class Load:
    """The open cases of one adviser, or of nobody, by age; and those on which nothing happens."""

    adviser_id: str | None
    by_age: tuple[int, int, int, int]
    still: int


async def caseload(
    engine: AsyncEngine, now: datetime, ages: tuple[int, int, int], still: datetime
) -> list[Load]:
    """How many open cases each adviser has; `ages` are the last days of the first three bands.

    Nothing happens on those that were last touched before `still`.
    """
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
            func.count().filter(cases.c.touched_at < still),
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


async def find(
    engine: AsyncEngine, viewer: Viewer | None, *, contact_id: UUID | None, reference: str | None
) -> Found:
    """The cases of a contact, by its id or its reference, closed ones too."""
    chosen = [cases.c.contact_id == contact_id] if contact_id else []
    if reference is not None:
        chosen.append(_has_reference(reference))
    return await _list(engine, viewer, chosen, 1)


async def search(
    engine: AsyncEngine, viewer: Viewer | None, sought: Sought, now: datetime, page: int
) -> Found:
    """The cases that are sought, closed ones too."""
    return await _list(engine, viewer, sought.conditions(now), page)


def _has_reference(written: str) -> ColumnElement[bool]:
    return func.upper(cases.c.reference) == written.strip().upper()


async def _list(
    engine: AsyncEngine, viewer: Viewer | None, chosen: Sequence[ColumnElement[bool]], page: int
) -> Found:
    conditions = list(chosen)
    if viewer is not None:
        conditions.append(viewer.sees)
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


async def alike_to(
    engine: AsyncEngine, book: Book, viewer: Viewer, case: Case
) -> list[tuple[Case, tuple[Alike, ...]]]:
    """The open cases of other contacts that may be about the same, the likeliest first (R8)."""
    assert case.opened is not None
    query = (
        select(cases.c.stream)
        .where(cases.c.is_open, cases.c.contact_id != case.opened.contact_id, viewer.sees)
        .order_by(cases.c.received_at.desc())
        .limit(COMPARED)
    )
    async with engine.connect() as connection:
        streams = list(await connection.scalars(query))
        others = (await read_states(connection, book, streams)).values()
    return sorted(
        alike(case, others), key=lambda item: [why in item[1] for why in Alike], reverse=True
    )


async def case_file(
    engine: AsyncEngine, book: Book, viewer: Viewer | None, case_id: UUID
) -> tuple[Case, list[Happening]] | None:
    """A case as its journal tells it, and what happened, in order; None where there is none."""
    stream = CASES.stream(case_id)
    async with engine.connect() as connection:
        entries = await journal.read(connection, "j.stream = :stream", {"stream": stream})
    case = book.fold(entries).get(stream)
    if not isinstance(case, Case) or (viewer and not viewer.may_see(case)):
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
