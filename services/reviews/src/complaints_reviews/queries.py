"""What reviews' pages and API read.

Whoever handled a case as its adviser sees nothing of its review (R50); `viewer` is the register id
of who asks.
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
from complaints_reviews.tables import copied_allocations, copied_cases, reviews

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
    """A case, and who has handled it as its adviser."""

    case: KnownCase
    adviser_id: str | None


async def known_cases(engine: AsyncEngine, page: int = 1) -> Found:
    """The cases known here, the one received last at the top."""
    query = (
        select(copied_cases, copied_allocations.c.adviser_id)
        .join(
            copied_allocations,
            copied_allocations.c.case_id == copied_cases.c.case_id,
            isouter=True,
        )
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
    joined = reviews.join(
        copied_allocations, copied_allocations.c.case_id == reviews.c.case_id, isouter=True
    )
    not_theirs = copied_allocations.c.adviser_id.is_distinct_from(viewer)
    query = (
        select(reviews)
        .select_from(joined)
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
    counting = select(func.count()).select_from(joined).where(not_theirs)
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
            advisers = await _advisers(connection, [review.matched.case_id])
            if viewer in advisers.values():
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
        advisers = await _advisers(connection, [case.case_id for case in cases])
    return [Handled(case, advisers.get(case.case_id)) for case in cases]


async def _advisers(connection: AsyncConnection, cases: Sequence[UUID]) -> dict[UUID, str]:
    query = select(copied_allocations).where(copied_allocations.c.case_id.in_(cases))
    return {row.case_id: row.adviser_id for row in await connection.execute(query)}
