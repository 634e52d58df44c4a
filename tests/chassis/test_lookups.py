"""Look-ups: one query for a batch, about all its keys, and the streams that it leads to."""

from __future__ import annotations

from collections.abc import Set
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection
from toy import BOOK, NOTEBOOK, SUBSCRIPTIONS, Noted, received, record

from complaints_chassis.aggregate import Lookup, Needs
from complaints_chassis.applier import Applier
from complaints_chassis.subscriptions import On
from complaints_chassis.work import Work
from complaints_contracts.codes import ReturnKind
from complaints_contracts.contacts import MailReturned

if TYPE_CHECKING:
    from conftest import Toy

Found = dict[str, UUID]


def returned(status: str) -> MailReturned:
    received_at = received().received_at
    return MailReturned(
        contact_id=uuid4(), kind=ReturnKind.BOUNCED, received_at=received_at, status=status
    )


@pytest.fixture
def asked() -> list[set[str]]:
    """What each query asked about."""
    return []


@pytest.fixture
def applier(toy: Toy, asked: list[set[str]]) -> Applier:
    """The toy, that finds the notebook whose last word is the status of a returned mail."""

    async def load(connection: AsyncConnection, keys: Set[str]) -> Found:
        asked.append(set(keys))
        found = await connection.execute(
            text("SELECT last, stream FROM notebooks WHERE last = ANY(CAST(:keys AS text[]))"),
            {"keys": sorted(keys)},
        )
        return {row.last: UUID(row.stream.partition(":")[2]) for row in found}

    notebooks = Lookup(load, lambda found: (NOTEBOOK.stream(id) for id in found.values()))

    def note(event: MailReturned, work: Work) -> None:
        if id := work.lookup(notebooks).get(event.status or ""):
            count = len(work.state(NOTEBOOK, id).notes)
            work.append(NOTEBOOK, id, Noted(person_id=id, words=f"after {count}"))

    def needs(event: MailReturned) -> Needs:
        return Needs(lookups=(notebooks,), keys=(event.status or "",))

    async def pause(topic: str, reason: str) -> None:
        raise AssertionError(f"{topic}: {reason}")

    subscriptions = (*SUBSCRIPTIONS, On(MailReturned, note, needs))
    return Applier(toy.engine, BOOK, subscriptions, toy.clock, pause)


async def test_one_query_asks_for_the_whole_batch_and_loads_what_it_leads_to(
    toy: Toy, applier: Applier, asked: list[set[str]]
) -> None:
    one, other = received(words="5.1.1"), received(words="4.2.2")
    await applier.apply([record(one), record(other)])
    assert asked == []
    statuses = ("5.1.1", "4.2.2", "5.1.1", "5.7.1")
    await applier.apply([record(returned(status)) for status in statuses])
    assert asked == [set(statuses)]
    found = await toy.rows("SELECT count, last FROM notebooks ORDER BY count")
    assert [tuple(row) for row in found] == [(2, "after 1"), (3, "after 2")]
