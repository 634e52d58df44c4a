"""Whatever the order, the doubles and the batches: the end is that of the ordered run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Final
from uuid import NAMESPACE_OID, UUID, uuid5

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from toy import BOOK, SERVICE, received, record, withheld

from complaints_chassis import operate
from complaints_chassis.record import Record
from complaints_contracts.codes import HeldKind

if TYPE_CHECKING:
    from conftest import Toy

STREAMS: Final = range(3)
TURNS: Final = range(1, 6)
FORKED_TURN: Final = 3
EVENTS: Final = [f"{stream}.{turn}" for stream in STREAMS for turn in TURNS]
REMARKS: Final = [f"{stream}.remark" for stream in STREAMS]
FORKS: Final = [f"{stream}.fork" for stream in STREAMS]
RUBBISH: Final = [f"{stream}.rubbish" for stream in STREAMS]

Step = list[str] | str
batches = st.lists(
    st.sampled_from([*EVENTS, *EVENTS, *REMARKS, *FORKS, *RUBBISH]), min_size=1, max_size=12
)
steps = st.lists(
    st.one_of(batches, batches, st.sampled_from(["replay", "discard", "release"])), max_size=8
)
numbers = count()
seen: Counter[str] = Counter()
"""What all the runs together have done."""


class World:
    """What may arrive in one run, by name, about contacts of its own; and what has."""

    def __init__(self, toy: Toy) -> None:
        self.toy = toy
        self.arrived: set[str] = set()
        run = next(numbers)
        self.contacts = [uuid5(NAMESPACE_OID, f"run {run}, contact {s}") for s in STREAMS]
        self.sent = {name: self._record(name) for name in (*EVENTS, *REMARKS, *FORKS, *RUBBISH)}

    def _record(self, name: str) -> Record:
        stream, _, what = name.partition(".")
        contact = self.contacts[int(stream)]
        event_id = uuid5(contact, what)
        if what == "remark":
            notice = withheld(contact).model_copy(update={"notice_id": event_id})
            return record(notice, event_id=event_id)
        turn = int(what) if what.isdigit() else FORKED_TURN
        found = record(received(contact, what), turn, event_id=event_id)
        return replace(found, headers=()) if what == "rubbish" else found

    async def outline(self) -> tuple[Mapping[UUID, int], list[tuple[str, str]]]:
        """How far each notebook is, and what is held."""
        notebooks = await self.toy.rows(
            "SELECT stream, count FROM notebooks WHERE stream = ANY(:streams)",
            streams=[f"notebook:{contact}" for contact in self.contacts],
        )
        rows = await self.toy.rows("SELECT id, kind FROM held ORDER BY id")
        counts = {UUID(row.stream.partition(":")[2]): row.count for row in notebooks}
        return counts, [(row.id, row.kind) for row in rows]

    def expected(self) -> Mapping[UUID, int]:
        """How far each notebook ought to be where no fork has arrived."""
        found = {}
        for stream, contact in enumerate(self.contacts):
            run = 0
            while f"{stream}.{run + 1}" in self.arrived:
                run += 1
            if run:
                found[contact] = run + (f"{stream}.remark" in self.arrived)
        return found

    async def act(self, step: Step) -> None:
        before = await self.outline()
        if isinstance(step, list):
            self.arrived.update(step)
            await self.toy.applier.apply([self.sent[name] for name in step])
        elif step == "release":
            await self.toy.applier.release()
        else:
            for id, kind in before[1]:
                if kind in (HeldKind.FORKED, HeldKind.UNREADABLE) and step == "replay":
                    await operate.replay(self.toy.engine, SERVICE, BOOK, id)
                elif kind in (HeldKind.FORKED, HeldKind.UNREADABLE):
                    await operate.discard(self.toy.engine, SERVICE, BOOK, id, "test")
            await self.toy.applier.release()
        after = await self.outline()
        seen.update({"steps": 1, "steps that changed something": before != after})
        seen.update({kind for _, kind in after[1]})
        if not self.arrived.intersection(FORKS):
            assert after[0] == self.expected()

    async def words(self, stream: int) -> list[str]:
        heard = await self.toy.rows(
            "SELECT convert_from(p.bytes, 'UTF8')::jsonb->>'/words' AS words FROM journal j"
            " JOIN personal p USING (event_id) WHERE j.stream = :stream ORDER BY version",
            stream=f"notebook:{self.contacts[stream]}",
        )
        return [row.words for row in heard]


@given(plan=steps)
@settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_any_arrival_ends_as_the_ordered_run(toy: Toy, plan: list[Step]) -> None:
    world = World(toy)
    for step in plan:
        await world.act(step)
    await world.act([*reversed(EVENTS), *REMARKS])  # what had not arrived yet, in the worst order
    while (await world.outline())[1]:
        await world.act("discard")
    for stream in STREAMS:
        heard = await world.words(stream)
        assert heard.count("remark") == 1
        heard.remove("remark")
        ordered = [str(turn) for turn in TURNS]
        forked = ["fork" if turn == FORKED_TURN else str(turn) for turn in TURNS]
        assert heard in ([ordered, forked] if f"{stream}.fork" in world.arrived else [ordered])


def test_the_runs_have_been_everywhere() -> None:
    if not seen:
        pytest.skip("the runs were not chosen")
    print(dict(seen))
    assert seen["steps that changed something"] > 0.5 * seen["steps"] > 0
    assert all(seen[kind] for kind in HeldKind if kind is not HeldKind.OTHER)
