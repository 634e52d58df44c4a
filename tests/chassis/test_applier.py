"""Facts: applied in order, or a duplicate, or held."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import text
from toy import received, record, withheld

from complaints_contracts.codes import HeldKind

if TYPE_CHECKING:
    from conftest import Toy


async def rows(toy: Toy, query: str) -> list[Any]:
    async with toy.engine.connect() as connection:
        return list(await connection.execute(text(query)))


async def held(toy: Toy) -> list[tuple[str, int | None]]:
    return [(r.kind, r.sequence) for r in await rows(toy, "SELECT * FROM held ORDER BY sequence")]


async def test_events_of_a_stream_are_applied_in_order(toy: Toy) -> None:
    contact = uuid4()
    await toy.applier.apply([record(received(contact, str(n)), n) for n in (1, 2, 3)])
    [notebook] = await rows(toy, "SELECT * FROM notebooks")
    assert (notebook.count, notebook.last) == (3, "3")
    assert [r.version for r in await rows(toy, "SELECT * FROM journal ORDER BY seq")] == [
        *range(1, 7)
    ]


async def test_a_second_delivery_changes_nothing(toy: Toy) -> None:
    first = record(received())
    await toy.applier.apply([first])
    await toy.applier.apply([first, first])
    [notebook] = await rows(toy, "SELECT * FROM notebooks")
    assert notebook.count == 1


async def test_what_follows_a_gap_waits_until_it_closes(toy: Toy) -> None:
    contact = uuid4()
    one, two, three, four = (record(received(contact, str(n)), n) for n in (1, 2, 3, 4))
    await toy.applier.apply([four, two])
    assert await held(toy) == [(HeldKind.BEHIND, 2), (HeldKind.BEHIND, 4)]
    await toy.applier.apply([one])
    assert await held(toy) == [(HeldKind.BEHIND, 4)]
    await toy.applier.apply([three])
    [notebook] = await rows(toy, "SELECT * FROM notebooks")
    assert (notebook.count, notebook.last, await held(toy)) == (4, "4", [])


async def test_disorder_within_a_batch_holds_nothing(toy: Toy) -> None:
    contact = uuid4()
    await toy.applier.apply([record(received(contact, str(n)), n) for n in (3, 1, 4, 2)])
    [notebook] = await rows(toy, "SELECT * FROM notebooks")
    assert (notebook.count, notebook.last, await held(toy)) == (4, "4", [])


async def test_a_fork_is_held_and_what_follows_it_too(toy: Toy) -> None:
    contact = uuid4()
    await toy.applier.apply([record(received(contact, "1"), 1)])
    await toy.applier.apply([record(received(contact, "other"), 1), record(received(contact), 2)])
    assert await held(toy) == [(HeldKind.FORKED, 1), (HeldKind.BEHIND, 2)]
    await toy.applier.apply([record(received(contact), 3)])
    assert await held(toy) == [(HeldKind.FORKED, 1), (HeldKind.BEHIND, 2), (HeldKind.BEHIND, 3)]


async def test_an_event_about_an_unknown_stream_waits_for_it(toy: Toy) -> None:
    contact = uuid4()
    await toy.applier.apply([record(withheld(contact))])
    assert await held(toy) == [(HeldKind.WAITING, 1)]
    await toy.applier.apply([record(received(contact))])
    [notebook] = await rows(toy, "SELECT * FROM notebooks")
    assert (notebook.count, notebook.last, await held(toy)) == (2, "remark", [])


async def test_a_handler_that_fails_costs_its_own_record_only(toy: Toy) -> None:
    bad = record(received(words="raise"))
    await toy.applier.apply([record(received()), bad, record(received())])
    assert len(await rows(toy, "SELECT * FROM notebooks")) == 2
    [row] = await rows(toy, "SELECT * FROM held")
    assert (row.kind, row.reason) == ("UNREADABLE", "the handler failed: RuntimeError")
