"""`complaints-local reconcile`: everything holds after a load, and what is broken is named.

Each invariant is broken on the real thing: in the databases as their superuser, on the topics, in
the sink, in a log, in what the generator or the watcher wrote.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import signal
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from loaded import Said, World, run, world
from pinned import WHEELS, read_by
from published import as_bytes, faults
from sqlalchemy import text

from complaints_chassis import operate
from complaints_chassis.database import connect
from complaints_chassis.kafka_read import records_now
from complaints_law.office import load_office
from complaints_local.kafka_cluster import KAFKA_4_0, metadata_level
from complaints_local.mailbox import Mailbox
from complaints_local.reconcile.from_databases import SERVICES

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.asyncio(loop_scope="module"),
]

OPS = "complaints.ops.v1"
ERASED = {"name": "Ada Moss", "email": "ada.moss@post.example"}
SAME_PERSON = {"name": "Robin Field", "email": "robin.field@post.example", "reach_by": "EMAIL"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def loaded(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A load went through while reviews stood still; all came to rest, and was stopped."""
    async with world(tmp_path_factory.mktemp("world")) as found:
        assert await metadata_level(found.kafka.bootstrap) >= KAFKA_4_0
        async with found.watcher.watching(), httpx.AsyncClient(timeout=30) as http:
            await asyncio.sleep(3)
            load = asyncio.create_task(found.load("--rate", "12", "--seconds", "20", "--seed", "7"))
            await asyncio.sleep(5)
            async with found.watcher.fault("reviews stands", promised=True, stopped=("reviews",)):
                found.fleet["reviews"].send(signal.SIGSTOP)
                await asyncio.sleep(10)
                found.fleet["reviews"].send(signal.SIGCONT)
            print(f"\n{await load}")
            for words in ("Nobody rang me back.", "And nobody has written either."):
                contact = {"words": words, "persons": [SAME_PERSON]}
                answer = await http.post(f"{found.fleet.intake}/api/contacts", json=contact)
                assert answer.status_code == 202
            erased = {"words": "Forget me.", "persons": [ERASED | {"reach_by": "EMAIL"}]}
            answer = await http.post(f"{found.fleet.intake}/api/contacts", json=erased)
            await found.quiet()
            await erase(found, answer.json()["contact_id"])
            await found.quiet()
        await found.fleet.stop()
        yield found


async def erase(world: World, contact_id: str) -> None:
    """Erases who sent a contact, as operations do: what lies on topics and in the sink stays."""
    engine = connect(world.fleet.databases["intake"].service)
    async with engine.connect() as connection:
        query = "SELECT subject FROM personal JOIN journal USING (event_id) WHERE stream = :stream"
        stream = {"stream": f"contact:{contact_id}"}
        subject = (await connection.scalars(text(query), stream)).first()
    book = SERVICES["intake"].book(load_office().key)
    assert await operate.erase(engine, book, str(subject), "they asked") > 0
    await engine.dispose()


async def test_everything_holds_after_a_load(loaded: World) -> None:
    written_to = loaded.folder / "verdicts.json"
    code, output = await run(
        *reconcile(loaded),
        *("--logs", str(loaded.logs), "--logs", str(loaded.postgres.folder)),
        *("--watched", str(loaded.watched), "--json", str(written_to)),
    )
    print(f"\n{output}")
    said = json.loads(written_to.read_text())
    assert code == 0
    assert {id: found["verdict"] for id, found in said["verdicts"].items()} == {
        f"I{number}": "holds" for number in range(1, 12)
    }
    counts = {id: found["counts"] for id, found in said["verdicts"].items()}
    assert counts["I1"]["accepted"] > 150
    assert min(counts["I1"][what] for what in ("duplicates", "messages")) > 5
    accepted = {"kind": "contact", "outcome": "accepted"}.items()
    mine = [line for line in ledger_of(loaded) if accepted <= line.items()]
    assert counts["I2"]["acknowledged"] == len(mine)
    assert counts["I3"]["rows caused"] > 200
    assert counts["I7"]["held"] > 0
    assert min(counts["I9"][what] for what in ("canaries", "logs", "records")) > 5
    contacts = [found for found in said["final"].values() if found["contacts"]]
    assert len(contacts) == counts["I1"]["contacts"]
    assert all(found["sorted"] and found["cases"] for found in contacts)
    assert {str(found["notices"]) for found in contacts} == {"[['ACKNOWLEDGEMENT', 'SENT']]"}


async def test_every_byte_that_services_published_is_as_the_contracts_say(loaded: World) -> None:
    """Value, key and headers by the schemas alone; and readers of every release read them."""
    found = [
        record
        async for record in records_now(
            loaded.kafka.clients, lambda name: "complaints." in name or ".receipts." in name
        )
    ]
    types = Counter(dict(record.headers)["ce_type"].decode() for record in found)
    wrong = [f"{record.topic}: {fault}" for record in found for fault in faults(record)]
    assert wrong == []
    sources = {dict(record.headers)["ce_source"].decode().split("/")[-1] for record in found}
    assert sources == set(SERVICES)
    print("\n".join(f"{count:5} {type}" for type, count in sorted(types.items())))
    assert len(types) >= 12
    for wheel in WHEELS:
        assert set(read_by(wheel, map(as_bytes, found))) <= {"", "unknown"}


async def test_what_is_not_given_is_not_judged(loaded: World) -> None:
    code, output = await run(*reconcile(loaded))
    assert code == 0
    lines = {line.split()[0]: line for line in output.splitlines() if line.startswith("I")}
    assert lines["I9"].endswith("not judged: give --logs")
    for id in ("I8", "I10", "I11"):
        assert lines[id].endswith("not judged: give --watched")


async def test_one_broken_invariant_is_the_exit_code(loaded: World) -> None:
    lost = one_sent(loaded, kind="contact", outcome="accepted", way="web") | {
        "tag": "load000000-000001"
    }
    ledger = written(loaded.folder / "one.jsonl", [lost])
    code, output = await run(*reconcile(loaded), "--ledger", str(ledger))
    assert code == 1
    assert "load000000-000001: accepted contact, and there 0 times" in output


async def test_what_cannot_be_read_is_said_in_words(loaded: World, tmp_path: Path) -> None:
    for name, content, said in (
        ("--ledger", "{}\n", "Line 1 of"),
        ("--watched", '{"at": "never"}\n', "Line 1 of"),
        ("--databases", "intake=postgresql://robin:secret@x\n", "Line 1 of"),
        ("--databases", loaded.databases.read_text().replace("intake=", "triage="), "nothing of"),
        ("--databases", loaded.databases.read_text().replace("@", "x@"), "cannot be read"),
    ):
        file = tmp_path / "given"
        file.write_text(content)
        code, output = await run(*reconcile(loaded), name, str(file))
        assert code == 1
        assert said in output
        assert "Traceback" not in output
        assert "secret" not in output


def reconcile(world: World) -> tuple[str, ...]:
    """The command, with what it must be given."""
    return (
        "reconcile",
        *("--ledger", str(world.ledger), "--databases", str(world.databases)),
        *("--kafka", world.kafka.bootstrap, "--mail", str(world.mailbox.folder)),
    )


# Breaking things, and putting them back


@asynccontextmanager
async def changed(
    world: World, service: str, table: str, change: str, *values: object
) -> AsyncIterator[Any]:
    """A table changed as only a superuser can; gives what `change` returns, and puts it back."""
    database = await world.postgres.connect(service)
    await database.execute("SET session_replication_role = replica")  # no trigger, no constraint
    await database.execute(f"CREATE TABLE put_back AS TABLE {table}")
    try:
        rows = await database.fetch(change, *values)
        assert len(rows) == 1, "it breaks something, and one thing only"
        yield rows[0][0]
    finally:
        await database.execute(
            f"DELETE FROM {table};"  # noqa: S608
            f"INSERT INTO {table} OVERRIDING SYSTEM VALUE SELECT * FROM put_back;"
            "DROP TABLE put_back"
        )
        await database.close()


def ledger_of(world: World) -> list[dict[str, Any]]:
    return [json.loads(line) for line in world.ledger.read_text().splitlines()]


def written(path: Path, lines: list[dict[str, Any]]) -> Path:
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return path


def one_sent(world: World, **wanted: str) -> dict[str, Any]:
    return next(line for line in ledger_of(world) if wanted.items() <= line.items())


def expect(said: Said, invariants: set[str], *named: tuple[str, str]) -> None:
    """Just these are broken, and the exceptions of each say what."""
    assert said.broken.keys() == invariants, said.output
    for id, what in named:
        assert any(what in exception for exception in said.broken[id]), said.broken[id]
        assert what in said.output
    for person in (SAME_PERSON["name"], SAME_PERSON["email"], "@post.example"):
        assert person not in said.output


# I1


async def test_an_accepted_contact_that_is_nowhere_is_named(loaded: World) -> None:
    lost = one_sent(loaded, kind="contact", outcome="accepted", way="web") | {
        "tag": "load000000-000001"
    }
    ledger = written(loaded.folder / "lost.jsonl", [*ledger_of(loaded), lost])
    expect(await loaded.reconcile(ledger=ledger), {"I1"}, ("I1", "load000000-000001"))


@pytest.mark.parametrize(
    "told", [{"outcome": "refused"}, {"kind": "duplicate"}, {"kind": "poison"}], ids=str
)
async def test_a_contact_that_should_not_be_there_is_named(
    loaded: World, told: dict[str, str]
) -> None:
    line = one_sent(loaded, kind="contact", outcome="accepted", way="mail")
    lines = [told_of | told if told_of == line else told_of for told_of in ledger_of(loaded)]
    ledger = written(loaded.folder / "told.jsonl", lines)
    expect(await loaded.reconcile(ledger=ledger), {"I1"}, ("I1", line["tag"]))


async def test_an_unknown_contact_may_be_there_or_not(loaded: World) -> None:
    line = one_sent(loaded, kind="contact", outcome="accepted", way="mail")
    unknown = {"outcome": "unknown", "answered_at": None}
    answered = [told for told in ledger_of(loaded) if told["outcome"] != "unknown"]
    lines = [told | unknown if told == line else told for told in answered]
    lines.append(line | unknown | {"tag": "load000000-000001"})
    said = await loaded.reconcile(ledger=written(loaded.folder / "unknown.jsonl", lines))
    assert not said.broken, said.output
    assert said.verdicts["I1"].counts["unknown"] == 2
    assert said.verdicts["I1"].counts["unknown, but there"] == 1


async def test_a_contact_without_its_case_is_named(loaded: World) -> None:
    line = one_sent(loaded, kind="contact", outcome="accepted", way="web")
    gone = "DELETE FROM cases WHERE reference = $1 RETURNING stream"
    async with changed(loaded, "casework", "cases", gone, line["reference"]) as stream:
        expect(await loaded.reconcile(), {"I1", "I4"}, ("I1", line["tag"]), ("I4", stream))


# I2 and the order of mails


def sink(world: World, change: Callable[[Path], None]) -> Path:
    """A copy of the sink's folder, changed."""
    folder = world.folder / "sink"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(world.mailbox.folder, folder)
    change(folder)
    return folder


async def notice_of(world: World, number: int) -> str:
    """The notice that a mail at the sink is."""
    message_id = str(world.mailbox.mail(number).message["Message-ID"])
    database = await world.postgres.connect("notifications")
    query = "SELECT notice_id FROM mails WHERE message_id = $1"
    found = await database.fetchval(query, message_id)
    await database.close()
    return str(found)


def copy_first(folder: Path) -> None:
    shutil.copy(folder / "000001.eml", folder / "900000.eml")


async def test_a_second_mail_is_named(loaded: World) -> None:
    said = await loaded.reconcile(mail=sink(loaded, copy_first))
    expect(said, {"I2"}, ("I2", await notice_of(loaded, 1)))


async def test_a_second_mail_is_allowed_where_the_notice_is_uncertain(loaded: World) -> None:
    notice = await notice_of(loaded, 1)
    lost = "UPDATE notices SET uncertain = true WHERE notice_id = $1 RETURNING stream"
    async with changed(loaded, "notifications", "notices", lost, notice) as stream:
        said = await loaded.reconcile(mail=sink(loaded, copy_first))
        expect(said, {"I4"}, ("I4", stream))  # for the journal says nothing of it
        assert said.verdicts["I2"].counts["uncertain copies"] == 1

        def change_copy(folder: Path) -> None:
            copy_first(folder)
            (folder / "900000.eml").write_bytes((folder / "900000.eml").read_bytes() + b"more")

        expect(await loaded.reconcile(mail=sink(loaded, change_copy)), {"I2", "I4"}, ("I2", notice))


async def test_a_mail_that_did_not_arrive_is_named(loaded: World) -> None:
    line = one_sent(loaded, kind="contact", outcome="accepted")
    mails = Mailbox(loaded.mailbox.folder).mails()
    [number] = (mail.number for mail in mails if mail.recipients == (line["recipient"],))
    gone = sink(loaded, lambda folder: (folder / f"{number:06}.eml").unlink())
    said = await loaded.reconcile(mail=gone)
    expect(said, {"I2"}, ("I2", await notice_of(loaded, number)), ("I2", line["tag"]))


async def test_mails_to_one_person_in_the_wrong_order_are_named(loaded: World) -> None:
    mails = Mailbox(loaded.mailbox.folder).mails()
    first, second = (m.number for m in mails if m.recipients == (SAME_PERSON["email"],))

    def swap(folder: Path) -> None:
        one, other = folder / f"{first:06}.eml", folder / f"{second:06}.eml"
        kept = one.read_bytes()
        shutil.copy(other, one)
        other.write_bytes(kept)

    said = await loaded.reconcile(mail=sink(loaded, swap))
    expect(said, {"I3"}, ("I3", await notice_of(loaded, second)))


# I3


async def test_a_gap_in_what_was_applied_is_named(loaded: World) -> None:
    gap = (
        "DELETE FROM progress WHERE sequence = 1 AND stream = (SELECT stream FROM progress"
        " WHERE topic = 'complaints.contacts.v1' AND sequence = 2 LIMIT 1) RETURNING stream"
    )
    async with changed(loaded, "triage", "progress", gap) as stream:
        expect(await loaded.reconcile(), {"I3", "I7"}, ("I3", stream))


async def test_effects_in_the_wrong_order_are_named(loaded: World) -> None:
    swapped = """
WITH pair AS (
    SELECT one.seq AS first, other.seq AS second,
        one.headers ->> 'ce_causationid' AS cause, other.headers ->> 'ce_causationid' AS later
    FROM journal one JOIN journal other USING (stream)
    WHERE one.sequence = 1 AND other.sequence = 2 AND stream LIKE 'contact:%' LIMIT 1
), done AS (
    UPDATE journal SET record = convert_to(replace(convert_from(record, 'UTF8'),
        CASE WHEN seq = first THEN cause ELSE later END,
        CASE WHEN seq = first THEN later ELSE cause END), 'UTF8')
    FROM pair WHERE seq IN (first, second) RETURNING seq
)
SELECT 'triage row ' || max(seq) FROM done HAVING count(*) = 2
"""
    async with changed(loaded, "triage", "journal", swapped) as row:
        expect(await loaded.reconcile(), {"I3", "I4", "I5"}, ("I3", row), ("I4", row))


# I4


async def test_a_read_table_that_does_not_follow_is_named(loaded: World) -> None:
    change = (
        "UPDATE cases SET queue = 'OTHER' WHERE stream = (SELECT min(stream) FROM cases)"
        " RETURNING stream"
    )
    async with changed(loaded, "casework", "cases", change) as stream:
        expect(await loaded.reconcile(), {"I4"}, ("I4", stream))


async def test_a_row_that_never_went_out_is_named(loaded: World) -> None:
    added = (
        "INSERT INTO journal OVERRIDING SYSTEM VALUE SELECT 1000000, stream, version + 1000,"
        " gen_random_uuid(), type, occurred_at, actor, rule, topic, sequence, headers, record,"
        " prev_hash, hash FROM journal WHERE stream = 'ops:intake' LIMIT 1 RETURNING seq"
    )
    async with changed(loaded, "intake", "journal", added):
        said = await loaded.reconcile()
        expect(said, {"I4", "I5"}, ("I4", "intake row 1000000"), ("I5", "row 1000000"))


# I5


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("journal", "UPDATE journal SET actor = 'somebody' WHERE seq = 5 RETURNING 'row 5'"),
        (  # of the fewest rows, for each of them is named as well
            "seals",
            "DELETE FROM seals WHERE number = (SELECT number FROM seals ORDER BY cardinality(seqs),"
            " number LIMIT 1) RETURNING 'seal ' || number || ': was published'",
        ),
        (
            "personal",
            "UPDATE personal SET salt = 'x' WHERE (event_id, subject) = (SELECT event_id, subject"
            " FROM personal LIMIT 1) RETURNING 'a personal part'",
        ),
    ],
)
async def test_a_journal_that_was_changed_is_named(loaded: World, table: str, change: str) -> None:
    async with changed(loaded, "casework", table, change) as what:
        expect(await loaded.reconcile(), {"I5"}, ("I5", what), ("I5", "casework"))


# I6


@pytest.mark.parametrize(
    ("service", "table", "change"),
    [
        (
            "triage",
            "unpublished",
            "INSERT INTO unpublished (seq, stream, topic) SELECT seq, stream, topic FROM journal"
            " WHERE topic IS NOT NULL LIMIT 1 RETURNING 'triage row ' || seq",
        ),
        (
            "casework",
            "timers",
            "UPDATE timers SET due_at = now() - interval '2 minutes' WHERE (stream, kind) ="
            " (SELECT stream, kind FROM timers LIMIT 1) RETURNING stream",
        ),
        (
            "notifications",
            "mails",
            "UPDATE mails SET state = 'queued' WHERE number = 3 RETURNING notice_id::text",
        ),
        (
            "intake",
            "mails",
            "UPDATE mails SET became = 'WAITING' WHERE seq = (SELECT min(seq) FROM mails)"
            " RETURNING '1 mails that came in'",
        ),
    ],
)
async def test_what_still_waits_is_named(
    loaded: World, service: str, table: str, change: str
) -> None:
    async with changed(loaded, service, table, change) as what:
        expect(await loaded.reconcile(), {"I6"}, ("I6", what))


async def test_a_group_that_is_behind_is_named(loaded: World) -> None:
    group = {"bootstrap_servers": loaded.kafka.bootstrap, "group_id": "reviews"}
    async with AIOKafkaConsumer(**group, enable_auto_commit=False) as consumer:
        place = TopicPartition("complaints.cases.v1", 0)
        consumer.assign([place])
        read = await consumer.committed(place)
        await consumer.commit({place: read - 1})
        said = await loaded.reconcile()
        await consumer.commit({place: read})
    expect(said, {"I6"}, ("I6", "reviews is 1 behind on complaints.cases.v1"))


# I7


async def test_a_record_of_which_nothing_became_is_named(loaded: World) -> None:
    last = (
        "DELETE FROM progress p WHERE topic = 'complaints.contacts.v1' AND sequence = 1 AND stream"
        " = (SELECT max(stream) FROM (SELECT stream FROM progress GROUP BY topic, stream"
        " HAVING count(*) = 1 AND topic = 'complaints.contacts.v1') alone) RETURNING stream"
    )
    async with changed(loaded, "notifications", "progress", last):
        said = await loaded.reconcile()
        expect(said, {"I7"}, ("I7", "notifications, complaints.contacts.v1/"))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE held SET reason = ' ' WHERE id = {one} RETURNING 'holds ' || id",
        "UPDATE held SET id = 'other' WHERE id = {one} RETURNING 'holds other'",
        "DELETE FROM held WHERE id = {one} RETURNING topic || '/0@' || record_offset",
    ],
)
async def test_a_held_record_of_which_nobody_hears_is_named(loaded: World, change: str) -> None:
    broken = change.format(one="(SELECT min(id) FROM held)")
    async with changed(loaded, "intake", "held", broken) as what:
        expect(await loaded.reconcile(), {"I7"}, ("I7", what))


async def test_a_pause_of_which_nobody_hears_is_named(loaded: World) -> None:
    paused = (
        "INSERT INTO pauses (topic, partition, reason, paused_at)"
        " VALUES ('complaints.contacts.v1', -1, 'made up', now()) RETURNING topic"
    )
    async with changed(loaded, "triage", "pauses", paused) as topic:
        expect(await loaded.reconcile(), {"I7"}, ("I7", f"triage has paused {topic}"))


# I8, I10, I11


def watched_of(world: World) -> list[dict[str, Any]]:
    return [json.loads(line) for line in world.watched.read_text().splitlines()]


async def test_a_window_in_which_nothing_went_on_is_named(loaded: World) -> None:
    lines = watched_of(loaded)
    first = next(number for number, line in enumerate(lines) if line.get("begins"))
    fault = {"at": lines[first]["at"], "fault": "silence", "promised": True}
    lines[first:first] = [fault | {"begins": True}, fault | {"ends": True}]
    watched = written(loaded.folder / "silence.jsonl", lines)
    expect(await loaded.reconcile(watched=watched), {"I8"}, ("I8", "silence: 0 of 100"))


async def test_a_process_that_did_not_move_is_named(loaded: World) -> None:
    lines = watched_of(loaded)
    mine = [line for line in lines if line.get("service") == "triage"]
    mine[len(mine) // 2]["live"] = False
    watched = written(loaded.folder / "dead.jsonl", lines)
    expect(await loaded.reconcile(watched=watched), {"I10"}, ("I10", "triage: not live"))


async def test_a_process_that_did_not_heal_is_named(loaded: World) -> None:
    lines = watched_of(loaded)
    for line in lines[next(n for n, line in enumerate(lines) if line.get("ends")) :]:
        if line.get("service") == "casework":
            line["ready"] = False
    watched = written(loaded.folder / "unready.jsonl", lines)
    said = await loaded.reconcile(watched=watched)
    expect(said, {"I10"}, ("I10", "casework: not ready again within 30 s of reviews stands"))


@pytest.mark.parametrize("what", ["rss", "files", "connections"])
async def test_a_process_that_grew_is_named(loaded: World, what: str) -> None:
    lines = watched_of(loaded)
    for line in [line for line in lines if line.get("service") == "intake"][-10:]:
        line[what] = line[what] * 2 + 20
    watched = written(loaded.folder / "grown.jsonl", lines)
    expect(await loaded.reconcile(watched=watched), {"I11"}, ("I11", f"intake: {what} grew"))


# I9


async def test_a_tag_in_a_log_is_named(loaded: World) -> None:
    tag = one_sent(loaded, kind="contact", outcome="accepted", way="force")["tag"]
    log = loaded.logs / "intake.log"
    before = log.read_bytes()
    log.write_bytes(before + f'{{"message": "hello Robin {tag.upper()}"}}\n'.encode())
    said = await loaded.reconcile()
    log.write_bytes(before)
    expect(said, {"I9"}, ("I9", f"{tag} in {log}"))


async def test_a_tag_in_a_refusal_is_named(loaded: World) -> None:
    tag = "load000000-000002"
    refused = one_sent(loaded, kind="contact", outcome="accepted", way="web") | {
        "tag": tag,
        "outcome": "refused",
        "status": 422,
        "body": f"There is no {tag}@post.example here.",
    }
    ledger = written(loaded.folder / "refused.jsonl", [*ledger_of(loaded), refused])
    said = await loaded.reconcile(ledger=ledger)
    expect(said, {"I9"}, ("I9", f"{tag} in the refusal"))


async def test_a_tag_in_the_reason_of_a_held_record_is_named(loaded: World) -> None:
    tag = one_sent(loaded, kind="poison", outcome="accepted")["tag"]
    reason = "UPDATE held SET reason = $1 WHERE id = (SELECT min(id) FROM held) RETURNING id"
    async with changed(loaded, "intake", "held", reason, f"no {tag}") as id:
        expect(await loaded.reconcile(), {"I9"}, ("I9", f"{tag} in intake's reason to hold {id}"))


async def test_everything_holds_again(loaded: World) -> None:
    said = await loaded.reconcile()
    assert not said.broken, said.output


# What was put onto a topic stays there: each of these adds to what those before it broke.


async def forge(world: World, skipped: int = 0, **headers: str) -> str:
    """Another event of intake's for operations, `skipped` sequences further on; where it lies."""
    async with AIOKafkaConsumer(bootstrap_servers=world.kafka.bootstrap) as consumer:
        places = [TopicPartition(OPS, number) for number in range(3)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        ends = await consumer.end_offsets(places)
        last = None
        while any([await consumer.position(place) < ends[place] for place in places]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                last = next((r for r in reversed(records) if r.key == b"intake"), last)
    assert last
    attributes = {name: value.decode() for name, value in last.headers}
    attributes |= {
        "ce_id": str(uuid4()),
        "ce_sequence": str(int(attributes["ce_sequence"]) + 1 + skipped),
        **headers,
    }
    async with AIOKafkaProducer(bootstrap_servers=world.kafka.bootstrap) as producer:
        pairs = [(name, value.encode()) for name, value in attributes.items()]
        place = await producer.send_and_wait(
            OPS, last.value, key=last.key, headers=pairs, partition=last.partition
        )
    return f"{OPS}/{place.partition}@{place.offset}"


async def test_an_event_that_no_journal_has_is_named(loaded: World) -> None:
    ghost = await forge(loaded)
    expect(await loaded.reconcile(), {"I4"}, ("I4", ghost))


async def test_a_tag_in_a_header_is_named(loaded: World) -> None:
    tag = one_sent(loaded, kind="contact", outcome="accepted", way="web")["tag"]
    leak = await forge(loaded, traceparent=tag)
    expect(await loaded.reconcile(), {"I4", "I9"}, ("I4", leak), ("I9", f"{tag} in {leak}"))


async def test_a_gap_on_a_topic_is_named(loaded: World) -> None:
    await forge(loaded, skipped=1)
    expect(await loaded.reconcile(), {"I3", "I4", "I9"}, ("I3", f"{OPS} intake: sequence"))
