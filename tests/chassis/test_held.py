"""What is held: nothing lost of it, nothing stuck behind it, nothing applied twice."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest
from rubbish import rubbish
from toy import BOOK, NOTEBOOK, SERVICE, SUBSCRIPTIONS, Noted, received, record, withheld

from complaints_chassis import operate
from complaints_chassis.aggregate import Needs
from complaints_chassis.applier import HELD_IN_A_ROW, Applier
from complaints_chassis.errors import Refused
from complaints_chassis.journal import Cause
from complaints_chassis.subscriptions import On
from complaints_chassis.work import Work
from complaints_contracts.contacts import ContactReceived

if TYPE_CHECKING:
    from conftest import Toy


async def kinds(toy: Toy) -> list[tuple[str, int | None]]:
    found = await toy.rows("SELECT kind, sequence FROM held ORDER BY sequence, kind")
    return [(row.kind, row.sequence) for row in found]


async def words(toy: Toy) -> list[str]:
    found = await toy.rows(
        "SELECT convert_from(p.bytes, 'UTF8')::jsonb->>'/words' AS words"
        " FROM journal JOIN personal p USING (event_id) ORDER BY seq"
    )
    return [row.words for row in found]


async def told(toy: Toy) -> list[str]:
    found = await toy.rows("SELECT type FROM journal WHERE stream = 'ops:toy' ORDER BY seq")
    return [row.type.removesuffix(".v1").rpartition(".")[2] for row in found]


def another_applier(toy: Toy, *subscriptions: On[ContactReceived]) -> Applier:
    async def pause(topic: str, reason: str) -> None:
        toy.paused.append((topic, reason))

    return Applier(toy.engine, BOOK, subscriptions or SUBSCRIPTIONS, toy.clock, pause)


async def test_two_records_of_one_sequence_behind_a_gap_are_both_kept(toy: Toy) -> None:
    contact = uuid4()
    one, two, other, three = (
        record(received(contact, w), int(w[0])) for w in ("1", "2", "2b", "3")
    )
    await toy.applier.apply([three, two, other])
    assert await kinds(toy) == [("BEHIND", 2), ("BEHIND", 2), ("BEHIND", 3)]
    await toy.applier.apply([one])
    assert await kinds(toy) == [("FORKED", 2), ("BEHIND", 3)]
    [fork] = await toy.rows("SELECT id FROM held WHERE kind = 'FORKED'")
    await operate.discard(toy.engine, SERVICE, BOOK, fork.id, "sent twice by mistake")
    await toy.applier.release()
    assert await kinds(toy) == []
    assert len(await words(toy)) == 3


async def test_a_fork_in_the_batch_that_closes_the_gap_is_found_there(toy: Toy) -> None:
    contact = uuid4()
    one, two, other, three = (
        record(received(contact, w), int(w[0])) for w in ("1", "2", "2b", "3")
    )
    await toy.applier.apply([three, two, other, one])
    assert await kinds(toy) == [("FORKED", 2), ("BEHIND", 3)]
    assert await words(toy) == ["1", "2"]


async def test_two_records_that_share_an_id_are_both_kept(toy: Toy) -> None:
    contact, shared = uuid4(), uuid4()
    one = record(received(contact, "1"), 1)
    two, three = (record(received(contact, str(n)), n, event_id=shared) for n in (2, 3))
    await toy.applier.apply([two])
    await toy.applier.apply([three, three])
    await toy.applier.apply([one])
    assert (await words(toy), await kinds(toy)) == (["1", "2", "3"], [])


async def test_what_the_database_refuses_costs_itself_only_also_on_its_release(toy: Toy) -> None:
    def note(event: ContactReceived, work: Work) -> None:
        id = event.contact_id
        work.append(NOTEBOOK, id, Noted(person_id=event.person, words=event.words))
        work.cause = replace(work.cause, actor="\0" if event.words == "bad" else "good")
        work.append(NOTEBOOK, id, Noted(person_id=event.person, words=event.words))

    def needs(event: ContactReceived) -> Needs:
        if event.words == "unneeded":
            raise RuntimeError("a fault in the toy")
        return Needs(streams=(NOTEBOOK.stream(event.contact_id),))

    applier = another_applier(toy, On(ContactReceived, note, needs))
    contact = uuid4()
    others = [record(received(words=str(n))) for n in range(20)]
    bad = record(received(contact, "bad"), 2)
    unneeded = record(received(words="unneeded"))
    await applier.apply([*others[:10], bad, record(received(contact), 3), unneeded, *others[10:]])
    assert await kinds(toy) == [("UNREADABLE", 1), ("BEHIND", 2), ("BEHIND", 3)]
    await applier.apply([record(received(contact, "first"), 1)])
    assert await kinds(toy) == [("UNREADABLE", 1), ("UNREADABLE", 2), ("BEHIND", 3)]
    assert len(await toy.rows("SELECT 1 FROM notebooks")) == 21
    reasons = {r.reason for r in await toy.rows("SELECT reason FROM held WHERE sequence < 3")}
    assert all(reason.startswith("it cannot be applied: ") for reason in reasons)


async def test_replay_applies_in_one_transaction_and_lets_the_followers_go(toy: Toy) -> None:
    def fails(event: ContactReceived, work: Work) -> None:
        work.erase(event.person)
        raise RuntimeError("a fault in the toy")

    contact = uuid4()
    broken = another_applier(toy, On(ContactReceived, fails, lambda _: Needs()))
    await broken.apply([record(received(contact, "1"), 1), record(received(contact, "2"), 2)])
    assert await kinds(toy) == [("UNREADABLE", 1), ("BEHIND", 2)]
    [first] = await toy.rows("SELECT * FROM held WHERE sequence = 1")
    assert await operate.replay(toy.engine, SERVICE, BOOK, first.id) == "Applied."
    assert (await words(toy), await kinds(toy)) == (["1", "2"], [])
    assert await told(toy) == ["record-held", "record-released"]
    with pytest.raises(Refused):
        await operate.replay(toy.engine, SERVICE, BOOK, first.id)


async def test_replay_of_what_is_still_bad_keeps_it_as_it_came(toy: Toy) -> None:
    bad = rubbish("NaN")
    await toy.applier.apply([bad])
    [row] = await toy.rows("SELECT * FROM held")
    said = await operate.replay(toy.engine, SERVICE, BOOK, row.id)
    assert said.startswith("Held again: ")
    assert [(r.id, r.value) for r in await toy.rows("SELECT * FROM held")] == [(row.id, bad.value)]


async def test_discard_lets_the_followers_go(toy: Toy) -> None:
    contact = uuid4()
    bad = replace(record(received(contact, "1"), 1), value=b"rubbish")
    await toy.applier.apply([record(received(contact, "2"), 2), bad])
    assert await kinds(toy) == [("UNREADABLE", 1), ("BEHIND", 2)]
    [row] = await toy.rows("SELECT * FROM held WHERE sequence = 1")
    await operate.discard(toy.engine, SERVICE, BOOK, row.id, "rubbish")
    await toy.applier.release()
    assert (await words(toy), await kinds(toy)) == (["2"], [])
    assert await told(toy) == ["record-held", "held-discarded", "record-released"]
    with pytest.raises(Refused):
        await operate.discard(toy.engine, SERVICE, BOOK, row.id, "again")


async def test_twenty_held_in_a_row_pause_and_twenty_more_pause_again(toy: Toy) -> None:
    many = [rubbish("not JSON") for _ in range(3 * HELD_IN_A_ROW)]
    await toy.applier.apply([*many[:19], record(received()), *many[19:38]])
    assert toy.paused == []
    await toy.applier.apply(many[38:40])
    await toy.applier.apply(many[40:])
    assert [topic for topic, _ in toy.paused] == ["complaints.contacts.v1"] * 2


async def test_a_batch_applied_by_two_at_once_is_applied_once(toy: Toy) -> None:
    contacts = [uuid4() for _ in range(20)]
    batch = [record(received(c, str(n)), n) for n in (1, 2, 3) for c in contacts]
    zombies = [another_applier(toy) for _ in range(4)]
    await asyncio.gather(*(zombie.apply(batch) for zombie in zombies))
    rows = await toy.rows("SELECT * FROM notebooks")
    assert [(row.count, row.last) for row in rows] == [(3, "3")] * 20
    assert len(await toy.rows("SELECT 1 FROM progress")) == 60


async def test_what_waits_while_another_commits_what_it_waits_for_is_released_by_the_sweep(
    toy: Toy,
) -> None:
    contact = uuid4()
    async with toy.engine.begin() as connection:  # a command that is not committed yet
        work = Work(BOOK, toy.clock.now())
        work.append(NOTEBOOK, contact, Noted(person_id=contact, words="by hand"))
        work.keep()
        await work.write(connection)
        await toy.applier.apply([record(withheld(contact))])
        assert await kinds(toy) == [("WAITING", 1)]
    assert await kinds(toy) == [("WAITING", 1)]
    await another_applier(toy).release()
    assert (await words(toy), await kinds(toy)) == (["by hand", "remark"], [])


async def test_two_that_release_at_once_apply_once_and_in_order(toy: Toy) -> None:
    contacts = [uuid4() for _ in range(30)]
    later = [record(received(c, str(n)), n) for n in range(10, 1, -1) for c in contacts]
    await toy.applier.apply(later)
    firsts = [record(received(c, "1"), 1) for c in contacts]
    both = [another_applier(toy), another_applier(toy)]
    await asyncio.gather(
        both[0].apply(firsts[:15]), both[1].apply(firsts[15:]), toy.applier.release()
    )
    await toy.applier.release()
    rows = await toy.rows("SELECT * FROM notebooks")
    assert [(row.count, row.last) for row in rows] == [(10, "10")] * 30
    assert await kinds(toy) == []


async def test_what_a_command_reads_while_a_person_is_erased_does_not_come_back(toy: Toy) -> None:
    person, contact = uuid4(), uuid4()

    async def append(*facts: Noted) -> None:
        def decide(work: Work) -> dict[str, object]:
            work.append(NOTEBOOK, contact, *facts)
            return {}

        needs = Needs(streams=(NOTEBOOK.stream(contact),))
        await toy.commands.run(needs, decide, Cause("test"))

    await append(Noted(person_id=person, words="Zebedee"))
    async with toy.engine.connect() as slow:
        transaction = await slow.begin()
        work = Work(BOOK, toy.clock.now())
        await work.load(slow, [Needs(streams=(NOTEBOOK.stream(contact),))])
        await operate.erase(toy.engine, BOOK, str(person), "asked")
        work.append(NOTEBOOK, contact, Noted(person_id=UUID(int=1), words="late"))
        work.keep()
        with pytest.raises(Exception, match="journal_version"):
            await work.write(slow)
        await transaction.rollback()
    await append(Noted(person_id=UUID(int=1), words="late"))
    assert [row.last for row in await toy.rows("SELECT last FROM notebooks")] == ["late"]
    assert await words(toy) == ["late"]
