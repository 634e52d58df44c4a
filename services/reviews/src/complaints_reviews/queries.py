"""What reviews' pages and API read.

Whoever has ever been the adviser of a case, or of another case of the same contact, sees nothing
of its review (R50); `viewer` is the register id of who asks.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from complaints_chassis import journal
from complaints_chassis.book import Book
from complaints_contracts.codes import Urgency
from complaints_contracts.event import Fact
from complaints_reviews.domain.matching import KnownCase
from complaints_reviews.domain.review import Review
from complaints_reviews.repository import REVIEWS, cases_where
from complaints_reviews.tables import copied_advisers, copied_allocations, copied_cases, reviews

PAGE: Final = 50


@dataclass(frozen=True)
class Found:
    """One page of a list, and how long the whole list is."""

    rows: Sequence[Row[Any]]
    total: int


@dataclass(frozen=True)
class Happening:
    """One line of a review's journal."""

    at: datetime
    actor: str
    fact: Fact


@dataclass(frozen=True)
class Handled:
    """A case, its adviser, and everybody who has handled it or another of its contact."""

    case: KnownCase
    adviser_id: str | None
    involved: frozenset[str]


async def known_cases(engine: AsyncEngine, page: int = 1) -> Found:
    """The cases known here, the one received last at the top."""
    query = (
        select(copied_cases, copied_advisers.c.adviser_id)
        .join(copied_advisers, copied_advisers.c.case_id == copied_cases.c.case_id, isouter=True)
        .order_by(copied_cases.c.received_at.desc(), copied_cases.c.case_id)
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    counting = select(func.count()).select_from(copied_cases)
    async with engine.connect() as connection:
        rows = list(await connection.execute(query))
        return Found(rows, await connection.scalar(counting) or 0)


async def listed(engine: AsyncEngine, viewer: str, page: int = 1) -> Found:
    """The reviews there are: the urgent first, then what has to be complete first."""
    involved = _INVOLVED.where(
        copied_cases.c.case_id == reviews.c.case_id, copied_allocations.c.adviser_id == viewer
    )
    not_theirs = ~involved.exists()
    query = (
        select(reviews)
        .where(not_theirs)
        .order_by(
            reviews.c.urgency == Urgency.ROUTINE,
            reviews.c.complete_by.nulls_first(),
            reviews.c.received_at,
            reviews.c.stream,
        )
        .limit(PAGE)
        .offset((page - 1) * PAGE)
    )
    counting = select(func.count()).select_from(reviews).where(not_theirs)
    async with engine.connect() as connection:
        rows = list(await connection.execute(query))
        return Found(rows, await connection.scalar(counting) or 0)


async def review_file(
    engine: AsyncEngine, book: Book, viewer: str, review_id: UUID
) -> tuple[Review, list[Happening]] | None:
    """A review as its journal tells it, and what happened, in order; None where there is none."""
    stream = REVIEWS.stream(review_id)
    async with engine.connect() as connection:
        entries = await journal.read(connection, "j.stream = :stream", {"stream": stream})
        review = book.fold(entries).get(stream)
        if not isinstance(review, Review) or review.received is None:
            return None
        if review.matched:
            case_id = review.matched.case_id
            if viewer in (await _involved(connection, [case_id]))[case_id]:
                return None
    happened = []
    for entry in entries:
        record = json.loads(entry.record)
        at = datetime.fromisoformat(record["occurred_at"])
        happened.append(Happening(at, record["actor"], book.fact(entry)))
    return review, happened


async def case_of(engine: AsyncEngine, case_id: UUID) -> Handled | None:
    """A case that is known here."""
    return next(iter(await _handled(engine, copied_cases.c.case_id == case_id)), None)


async def cases_of(engine: AsyncEngine, references: Collection[str]) -> list[Handled]:
    """The cases of these references, with all their matters."""
    return await _handled(engine, copied_cases.c.reference.in_(references))


async def _handled(engine: AsyncEngine, condition: ColumnElement[bool]) -> list[Handled]:
    async with engine.connect() as connection:
        cases = await cases_where(connection, condition)
        ids = [case.case_id for case in cases]
        query = select(copied_advisers).where(copied_advisers.c.case_id.in_(ids))
        advisers = {row.case_id: row.adviser_id for row in await connection.execute(query)}
        involved = await _involved(connection, ids)
    return [
        Handled(case, advisers.get(case.case_id), frozenset(involved[case.case_id]))
        for case in cases
    ]


_beside = copied_cases.alias("beside")
_INVOLVED: Final = (
    select(copied_cases.c.case_id, copied_allocations.c.adviser_id)
    .join(_beside, _beside.c.contact_id == copied_cases.c.contact_id)
    .join(copied_allocations, copied_allocations.c.case_id == _beside.c.case_id)
)
"""For each case whoever was the adviser of one of its contact's cases."""


async def _involved(connection: AsyncConnection, cases: Sequence[UUID]) -> dict[UUID, set[str]]:
    found: dict[UUID, set[str]] = {case: set() for case in cases}
    for row in await connection.execute(_INVOLVED.where(copied_cases.c.case_id.in_(cases))):
        found[row.case_id].add(row.adviser_id)
    return found
