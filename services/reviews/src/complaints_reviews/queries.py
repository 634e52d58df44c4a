"""What reviews' pages and API read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from complaints_reviews.tables import copied_allocations, copied_cases

PAGE: Final = 50


@dataclass(frozen=True)
class Found:
    """One page of a list, and how long the whole list is."""

    rows: Sequence[Row[Any]]
    total: int


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
