"""Counts the clocks of cases again on a calendar or rule set that was taken in (architecture 5).

What a person was told when their case was opened is an event, and does not move.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from complaints_casework.domain.case import Case
from complaints_casework.domain.facts import ClocksRecounted, DateMoved
from complaints_casework.repository import CASES, timers
from complaints_casework.tables import cases
from complaints_casework.what_if import name_of
from complaints_chassis.aggregate import Lookup, Needs
from complaints_chassis.operate import OPERATOR
from complaints_chassis.service import Running
from complaints_chassis.tables import timers as running
from complaints_chassis.work import Work
from complaints_contracts.codes import ClockKind
from complaints_law.calendar import load_calendar

_AT_ONCE: Final = 200
"""Cases: how many are counted, and written, together."""


@dataclass
class _Counted:
    """Which version of a case its dates were counted for, and what they were."""

    version: int
    due_at: dict[str, datetime] = field(default_factory=dict)


@dataclass(frozen=True)
class Recounted:
    """What moved, by reference, and how many cases were counted again."""

    moved: tuple[tuple[str, DateMoved], ...]
    looked_at: int


async def _counted(connection: AsyncConnection, ids: Set[str]) -> dict[UUID, _Counted]:
    query = (
        select(cases.c.case_id, cases.c.version, running.c.kind, running.c.due_at)
        .outerjoin(running, running.c.stream == cases.c.stream)
        .where(cases.c.case_id.in_([UUID(id) for id in ids]))
        .order_by(cases.c.stream)
    )
    found: dict[UUID, _Counted] = {}
    for row in await connection.execute(query):
        case = found.setdefault(row.case_id, _Counted(row.version))
        if row.kind:
            case.due_at[row.kind] = row.due_at
    return found


_COUNTED: Final = Lookup(_counted)
"""The dates that run on each case asked about, as they were counted when it was last written."""


async def recount(run: Running) -> Recounted:
    """Counts again what runs on every case, and journals what moved."""
    async with run.engine.connect() as connection:
        timed = select(running.c.stream)
        chosen = select(cases.c.case_id).where(or_(cases.c.is_open, cases.c.stream.in_(timed)))
        ids = list(await connection.scalars(chosen.order_by(cases.c.reference, cases.c.stream)))
    moved: list[tuple[str, DateMoved]] = []
    for start in range(0, len(ids), _AT_ONCE):
        part = ids[start : start + _AT_ONCE]
        needs = Needs(
            streams=tuple(CASES.stream(id) for id in part),
            lookups=(_COUNTED,),
            keys=tuple(map(str, part)),
        )
        answer = await run.commands.run(needs, partial(_count_again, part), OPERATOR)
        moved += answer["moved"]
    return Recounted(tuple(moved), len(ids))


def _count_again(ids: Sequence[UUID], work: Work) -> dict[str, Any]:
    moved: list[tuple[str, DateMoved]] = []
    for id in ids:
        case, counted = work.state(CASES, id), work.lookup(_COUNTED)[id]
        if counted.version != case.version:
            continue  # somebody wrote it meanwhile, and so counted it
        dates = tuple(_moved(case, counted.due_at))
        if dates:
            fact = ClocksRecounted(calendar_version=load_calendar().version, moved=dates)
            work.append(CASES, id, fact, rule="L49")
            moved += [(name_of(case), date) for date in dates]
    return {"moved": moved}


def _moved(case: Case, counted: Mapping[str, datetime]) -> Iterator[DateMoved]:
    now = {timer.kind: timer.due_at for timer in timers(case)}
    for kind in sorted(counted.keys() | now.keys()):
        before, after = counted.get(kind), now.get(kind)
        if before != after:
            yield DateMoved(clock=ClockKind(kind), before=before, after=after)
