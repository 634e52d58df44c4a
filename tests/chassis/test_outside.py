"""Records of senders without a sequence: each counts by itself, and each is answered."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import NAMESPACE_OID, UUID, uuid5

import pytest
from toy import NOTEBOOK, SUBSCRIPTIONS, Counted, Noted, received, record

from complaints_chassis import operate
from complaints_chassis.aggregate import Aggregate, Lookup, Needs
from complaints_chassis.applier import HELD_IN_A_ROW, Applier
from complaints_chassis.errors import Refused, Unacceptable
from complaints_chassis.held import HeldAlone
from complaints_chassis.record import Record
from complaints_chassis.service import Service
from complaints_chassis.subscriptions import Afterwards, FromOutside
from complaints_chassis.work import Work
from complaints_contracts.codes import HeldKind
from complaints_contracts.event import Fact
from complaints_contracts.foreign import Foreign

if TYPE_CHECKING:
    from conftest import Toy, ToyContext

TOPIC = "force.test.contacts.v1"


class Answered(Fact):
    """Private: what a sender was told of a record."""

    type: ClassVar[str] = "toy.answered"

    said: str


ANSWERS: Aggregate[tuple[str, ...]] = Aggregate(
    "answer", (), lambda said, fact: (*said, fact.said) if isinstance(fact, Answered) else said
)


def id_of(foreign: Foreign) -> UUID:
    return uuid5(NAMESPACE_OID, foreign.id)


def needs(given: Record, foreign: Foreign | None) -> Needs:
    if foreign and foreign.event.words == "unneeded":
        raise RuntimeError("a fault in the toy")
    streams = [ANSWERS.stream(given.place_id)]
    return Needs(streams=(*streams, *([NOTEBOOK.stream(id_of(foreign))] if foreign else [])))


def is_done(given: Record, work: Work) -> bool:
    return work.state(ANSWERS, given.place_id)[-1:] in (("taken",), ("discarded",))


def handle(foreign: Foreign, given: Record, work: Work) -> Afterwards | None:
    id, words = id_of(foreign), foreign.event.words
    if not work.state(NOTEBOOK, id).notes:
        work.append(NOTEBOOK, id, Noted(person_id=id, words=words))
    elif words not in work.state(NOTEBOOK, id).notes:
        raise Unacceptable("that id was used before", HeldKind.FORKED, about=str(id))
    if words == "raise":
        raise RuntimeError("a fault in the toy")
    work.append(ANSWERS, given.place_id, Answered(said="taken"))
    if words == "unstorable":
        work.cause = replace(work.cause, actor="\0")
        work.append(NOTEBOOK, id, Counted(contact_id=id, count=1))
    return None


def held(one: HeldAlone, work: Work) -> None:
    answer = Answered(said=f"{'our fault' if one.ours else 'held'}: {one.reason}")
    work.append(ANSWERS, one.record.place_id, answer)


def discarded(given: Record, work: Work) -> None:
    work.append(ANSWERS, given.place_id, Answered(said="discarded"))


FORCE = FromOutside(TOPIC, needs, is_done, handle, held, discarded)


def service(force: FromOutside = FORCE) -> Service:
    return Service(
        name="toy",
        package="complaints_chassis",
        aggregates=(NOTEBOOK, ANSWERS),
        facts=(Noted, Counted, Answered),
        subscriptions=(*SUBSCRIPTIONS, force),
    )


BOOK = service().book("test")


def sent(id: str = "1", words: str = "hello", offset: int = 0, **headers: str) -> Record:
    """A record of the force, as its system would send it."""
    given = {
        "ce_specversion": "1.0",
        "ce_id": id,
        "ce_type": "uk.police-complaints.force.contact-redirected.v1",
        "ce_source": "/force/test",
        "ce_time": "2026-04-02T16:10:00Z",
    }
    return Record(
        topic=TOPIC,
        partition=0,
        offset=offset,
        timestamp=1234,
        key=b"a key of the force's own",
        value=json.dumps({"channel": "FORCE_101", "words": words}).encode(),
        headers=tuple((n.encode(), v.encode()) for n, v in (given | headers).items()),
    )


@dataclass
class Desk:
    """The toy, listening to a force as well."""

    toy: Toy

    def applier(self, force: FromOutside = FORCE) -> Applier:
        async def pause(topic: str, reason: str) -> None:
            self.toy.paused.append((topic, reason))

        subscriptions = service(force).subscriptions
        return Applier(self.toy.engine, BOOK, subscriptions, self.toy.clock, pause)

    async def apply(self, *records: Record) -> None:
        await self.applier().apply(records)

    async def answers(self, *records: Record) -> list[str]:
        """What was said of these records, in the order it was said."""
        streams = [ANSWERS.stream(one.place_id) for one in records]
        rows = await self.toy.rows(
            "SELECT convert_from(record, 'UTF8')::jsonb->'data'->>'said' AS said FROM journal"
            " WHERE stream = ANY(CAST(:streams AS text[])) ORDER BY seq",
            streams=streams,
        )
        return [row.said for row in rows]

    async def notes(self) -> int:
        return len(await self.toy.rows("SELECT 1 FROM notebooks"))

    async def held(self) -> list[Any]:
        rows: list[Any] = await self.toy.rows("SELECT * FROM held ORDER BY record_offset")
        return rows


@pytest.fixture
async def desk(toys: Callable[[], ToyContext]) -> AsyncIterator[Desk]:
    """Afterwards its journal verifies, a rebuild changes nothing, and nothing counts as read."""
    async with toys() as toy:
        yield Desk(toy)
        assert await toy.problems(BOOK) == []
        assert await toy.rows("SELECT 1 FROM progress WHERE topic = :topic", topic=TOPIC) == []


FAULTS: dict[str, tuple[Record, str]] = {
    "unreadable": (sent(ce_source="/force/other"), "held: ce_source names another force"),
    "its handler fails": (sent(words="raise"), "our fault: the handler failed: RuntimeError"),
    "what it needs fails": (
        sent(words="unneeded"),
        "our fault: it cannot be applied: RuntimeError",
    ),
    "the database refuses it": (
        sent(words="unstorable"),
        "our fault: it cannot be applied: Error",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_bad_record_is_held_and_answered_and_costs_itself_only(
    desk: Desk, fault: str
) -> None:
    bad, said = FAULTS[fault]
    bad = replace(bad, offset=7)
    good = [sent(id=f"good {n}", offset=n) for n in range(3)]
    ours = [record(received(words=str(n))) for n in range(3)]
    await desk.apply(good[0], ours[0], bad, good[1], *ours[1:], good[2])
    assert await desk.notes() == 6
    assert await desk.answers(*good) == ["taken"] * 3
    assert await desk.answers(bad) == [said]
    [row] = await desk.held()
    assert (row.id, row.kind, row.value) == (str(bad.place_id), "UNREADABLE", bad.value)
    assert (row.stream, row.sequence) == (None, None)


async def test_a_batch_of_both_kinds_is_one_transaction(desk: Desk) -> None:
    await desk.apply(sent(), record(received()), sent("2", ce_source="no", offset=1))
    [row] = await desk.toy.rows("SELECT count(DISTINCT xmin::text) AS transactions FROM journal")
    assert row.transactions == 1


async def test_a_record_that_is_read_again_changes_nothing(desk: Desk) -> None:
    good, bad = sent(), sent("2", ce_source="no", offset=1)
    await desk.apply(good, bad)
    before = await desk.held()
    await desk.apply(good)
    await desk.apply(good)
    assert await desk.answers(good) == ["taken"]
    await desk.apply(bad)
    assert (await desk.notes(), await desk.held()) == (1, before)


async def test_a_record_that_is_sent_again_is_answered_again(desk: Desk) -> None:
    good = [sent(offset=n) for n in range(3)]
    bad = [sent("2", ce_source="no", offset=n) for n in (3, 4)]
    await desk.apply(*good[:2], *bad)
    await desk.apply(good[2])
    assert await desk.answers(*good) == ["taken"] * 3
    assert len(await desk.answers(*bad)) == len(await desk.held()) == 2
    assert await desk.notes() == 1


async def test_a_handler_says_what_it_does_not_take(desk: Desk) -> None:
    first, other = sent(), sent(words="something else", offset=1)
    await desk.apply(first, other)
    assert await desk.answers(other) == ["held: that id was used before"]
    [row] = await desk.held()
    assert (row.kind, row.reason) == ("FORKED", "that id was used before")
    after = sent(offset=2)
    await desk.apply(after)
    assert await desk.answers(after) == ["taken"], "nothing waits behind it"


async def test_a_replayed_record_gets_a_second_answer(desk: Desk) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("a fault in the toy")

    given = sent()
    await desk.applier(replace(FORCE, handle=fails)).apply([given])
    [row] = await desk.held()
    said = await operate.replay(desk.toy.engine, service(), BOOK, row.id)
    assert said == "Applied."
    assert await desk.answers(given) == ["our fault: the handler failed: RuntimeError", "taken"]
    assert await desk.held() == []


async def test_a_record_that_is_replayed_in_vain_is_held_as_it_was(desk: Desk) -> None:
    bad = sent(ce_source="no")
    await desk.apply(bad)
    [before] = await desk.held()
    said = await operate.replay(desk.toy.engine, service(), BOOK, before.id)
    assert said == f"Held again: {before.reason}"
    [after] = await desk.held()
    assert (after.id, after.value, after.headers) == (before.id, before.value, before.headers)


async def test_a_discarded_record_is_answered_and_not_held_when_it_is_read_again(
    desk: Desk,
) -> None:
    bad = sent(ce_source="no", ce_sequence="1")
    await desk.apply(bad)
    await operate.discard(desk.toy.engine, service(), BOOK, str(bad.place_id), "Ann's, by mistake")
    await desk.apply(bad)
    assert (await desk.answers(bad))[1:] == ["discarded"]
    assert await desk.held() == []
    with pytest.raises(Refused):
        await operate.discard(desk.toy.engine, service(), BOOK, str(bad.place_id), "again")


async def test_twenty_in_a_row_pause_their_topic_only_and_each_is_answered(desk: Desk) -> None:
    bad = [sent(str(n), ce_source="no", offset=n) for n in range(HELD_IN_A_ROW)]
    applier = desk.applier()
    await applier.apply([*bad[:-1], sent("good", offset=99)])
    await applier.apply(bad[:-1])
    assert desk.toy.paused == []
    await applier.apply([record(received()), bad[-1]])
    assert desk.toy.paused == [(TOPIC, f"{HELD_IN_A_ROW} records in a row were held")]
    assert len(await desk.held()) == HELD_IN_A_ROW
    assert len(await desk.answers(*bad)) == 2 * HELD_IN_A_ROW - 1


async def test_what_follows_a_record_is_done_once_when_the_batch_is_decided_again(
    desk: Desk,
) -> None:
    both = asyncio.Barrier(2)
    decided: list[int] = []
    followed: list[int] = []

    async def meet(*_: object) -> None:
        if len(decided) < 2:
            await both.wait()

    meeting = Lookup(meet)

    def needs_meeting(given: Record, foreign: Foreign | None) -> Needs:
        return replace(needs(given, foreign), lookups=(meeting,))

    def counts(foreign: Foreign, given: Record, work: Work) -> Afterwards:
        decided.append(1)
        handle(foreign, given, work)
        return lambda: followed.append(1)

    force = replace(FORCE, needs=needs_meeting, handle=counts)
    one, other = sent(), sent(offset=1)
    await asyncio.gather(*(desk.applier(force).apply([given]) for given in (one, other)))
    assert (len(decided), len(followed), await desk.notes()) == (3, 2, 1)
    assert await desk.answers(one, other) == ["taken", "taken"]


async def test_erasing_a_person_empties_what_is_held_about_them_and_it_keeps_its_name(
    desk: Desk,
) -> None:
    first, other = sent(), sent(words="Ann was here", offset=1)
    await desk.apply(first, other)
    person = str(uuid5(NAMESPACE_OID, "1"))
    await operate.erase(desk.toy.engine, BOOK, person, "they asked")
    [row] = await desk.held()
    assert (row.value, row.headers) == (b"", [])
    await operate.discard(desk.toy.engine, service(), BOOK, row.id, "erased")
    assert (await desk.answers(other))[1:] == ["discarded"]
