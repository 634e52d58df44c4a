"""What forces pass on: bytes from files, each record answered, none lost, none twice."""

from __future__ import annotations

import asyncio
import json
import random
import sys
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from force_system import read
from intake_service import Intake, migrate_intake, settings_for
from prometheus_client import REGISTRY
from sqlalchemy import text
from topics import Writer

from complaints_chassis import journal, operate
from complaints_chassis.applier import HELD_IN_A_ROW, Applier
from complaints_chassis.clock import Clock
from complaints_chassis.receipts import GIVEN_UP, OTHER_CONTENT, OUR_FAULT
from complaints_chassis.record import Record
from complaints_chassis.service import Running
from complaints_chassis.verify import verify
from complaints_contracts.topics import topics_for
from complaints_intake import handlers
from complaints_intake.app import SERVICE, create_app
from complaints_intake.domain.reference import BASE
from complaints_local.broker import MemoryBroker
from complaints_local.postgres import DatabaseUrls

RECORDS = Path(__file__).parent / "force_records"
FORCE_SYSTEM = Path(__file__).parents[1] / "support" / "force_system.py"
CONTACTS = "force.cleveland.contacts.v1"
RECEIPTS = "force.cleveland.receipts.v1"
NOW = datetime(2026, 11, 3, 9, 0, tzinfo=UTC)

NOT_JSON = "the value is not JSON as RFC 8259 has it, or nested too deeply"
ALL_HEADERS = "ce_specversion, ce_id, ce_type, ce_source, ce_time"
REASONS = {
    "bad-another-force": "ce_source names another force",
    "bad-batch": "batch mode is not read: send each event as a record of its own",
    "bad-empty-value": NOT_JSON,
    "bad-header-not-utf-8": "a header's name or value is not UTF-8 text",
    "bad-id-of-words": "wrong or missing: made_at (datetime_format)",
    "bad-long-name": "wrong or missing: persons.0.name (string_too_long)",
    "bad-missing-field": "wrong or missing: words (missing)",
    "bad-nan": NOT_JSON,
    "bad-no-force": "ce_source is neither /force/cleveland nor below /force/cleveland/",
    "bad-no-value": "the record has no value",
    "bad-not-json": NOT_JSON,
    "bad-not-utf-8": NOT_JSON,
    "bad-nul": "wrong or missing: words (nul_character)",
    "bad-plain-json": f"missing headers: {ALL_HEADERS}",
    "bad-specversion": "ce_specversion is not 1.0",
    "bad-structured-another-force": "source names another force",
    "bad-structured-base64": "data_base64 is not read: send the event as JSON in data",
    "bad-structured-missing": "missing attributes: id, time",
    "bad-surrogate": NOT_JSON,
    "bad-time": "wrong or missing: made_at (datetime_format)",
    "bad-unknown-version": "ce_type is not known here",
    "bad-without-id": "missing headers: ce_id, ce_time",
    "bad-wrong-type": "wrong or missing: words (string_type)",
}
"""What the force is told of each file that is not taken."""

GOOD = sorted(path.stem for path in RECORDS.glob("good-*.txt"))
NO_ID = {"bad-batch", "bad-id-of-words", "bad-plain-json", "bad-structured-missing"}
NO_ID |= {"bad-without-id"}


def sent(name: str, offset: int = 0, **changes: object) -> Record:
    """The record in a file, at an offset; `changes` are to fields of its value."""
    headers, value = read(RECORDS / f"{name}.txt")
    if changes:
        value = json.dumps(json.loads(value or b"") | changes).encode()
    raw = tuple((name.encode(), text) for name, text in headers)
    return Record(CONTACTS, 0, offset, 1234, None, value, raw)


class Force:
    """The intake service, and what a force sees of it."""

    def __init__(self, intake: Intake) -> None:
        self.intake = intake
        self.run = intake.run
        self.engine = intake.run.engine

    async def apply(self, *records: Record) -> None:
        await self.run.applier.apply(records)

    async def receipts(self, *records: Record) -> list[dict[str, Any]]:
        """The receipts of these records, or all, in the order they were given."""
        async with self.engine.connect() as connection:
            where = "j.topic = CAST(:topic AS text)"
            found = await journal.read(connection, where, {"topic": RECEIPTS})
        wanted = {str(one.place_id) for one in records}
        data = [entry.data for entry in sorted(found, key=lambda entry: entry.seq)]
        return [one for one in data if not records or one["receipt_id"] in wanted]

    async def outcomes(self, *records: Record) -> list[str]:
        return [receipt["outcome"] for receipt in await self.receipts(*records)]

    async def contact(self) -> dict[str, Any]:
        """The only contact there is."""
        [contact] = await self.intake.published()
        return contact

    async def rows(self, query: str) -> Sequence[Any]:
        async with self.engine.connect() as connection:
            return (await connection.execute(text(query))).all()

    async def discard(self, record: Record) -> None:
        run, id = self.run, str(record.place_id)
        await operate.discard(run.engine, SERVICE, run.book, id, "Mrs Example was told by hand")

    async def replay(self, record: Record) -> str:
        run = self.run
        return await operate.replay(run.engine, SERVICE, run.book, str(record.place_id))


@pytest.fixture
def force(intake: Intake) -> Force:
    intake.clock.set(NOW, frozen=True)
    return Force(intake)


async def test_what_a_force_passes_on_is_a_contact_and_has_a_receipt(force: Force) -> None:
    record = sent("good-101", 7)
    await force.apply(record)
    contact = await force.contact()
    person, witness = contact["persons"]
    assert (contact["channel"], contact["force"]) == ("FORCE_101", "cleveland")
    assert (contact["made_at"], contact["received_at"]) == (
        "2026-11-01T22:10:00Z",
        "2026-11-03T09:00:00Z",
    )
    assert contact["force_reference"] == "CC/0117/2026"
    assert contact["title"] == "Caller about an officer at Albert Road"
    assert contact["words"].splitlines()[1].startswith("She had written before:")
    assert contact["mentions"] == ["CL-74QF-9KJK"]
    assert (contact["declared"], contact["answerable"]) == (None, True)
    assert (person["name"], person["role"]) == ("Imogen Farrant", "COMPLAINANT")
    assert person["reach"]["preferred"] == "OTHER"  # for there is a word on what is safe
    assert person["reach"]["needs"] == ["LARGE_PRINT"]
    assert person["reach"]["safe_contact"] == "Not before six."
    assert (witness["role"], witness["reach"]["preferred"]) == ("WITNESS", "OTHER")
    [receipt] = await force.receipts()
    assert receipt == {
        "receipt_id": str(record.place_id),
        "force": "cleveland",
        "outcome": "ACCEPTED",
        "reason": None,
        "reference": contact["reference"],
        "record_id": "CC-20261102-0117",
        "partition": 0,
        "offset": 7,
        "answered_at": "2026-11-03T09:00:00Z",
        "record_topic": CONTACTS,
    }


async def test_structured_mode_makes_the_same_contact(force: Force) -> None:
    await force.apply(sent("good-dse-structured"))
    contact = await force.contact()
    [person] = contact["persons"]
    assert (contact["channel"], contact["made_at"]) == ("FORCE_DSE", "2026-10-30T16:45:00Z")
    assert person["address"] == "4 Example Row\nMiddlesbrough"
    [receipt] = await force.receipts()
    assert receipt["record_id"] == "DSE/2026/412"


async def test_who_says_nothing_of_themselves_is_not_to_be_reached(force: Force) -> None:
    await force.apply(sent("good-desk-anonymous"))
    contact = await force.contact()
    assert contact["anonymous"] is True
    assert contact["persons"][0]["reach"]["preferred"] == "NOT_AT_ALL"


async def test_without_made_at_the_time_of_the_record_counts(force: Force) -> None:
    await force.apply(sent("good-iopc"))
    assert (await force.contact())["made_at"] == "2026-11-02T08:05:40Z"


async def test_codes_that_are_not_known_are_other(force: Force) -> None:
    await force.apply(sent("good-unknown-words"))
    contact = await force.contact()
    [person] = contact["persons"]
    assert (contact["channel"], person["role"]) == ("OTHER", "OTHER")
    assert person["reach"]["preferred"] == "OTHER"


async def test_a_channel_that_is_not_a_forces_is_other(force: Force) -> None:
    await force.apply(sent("good-101", channel="WEB"))
    assert (await force.contact())["channel"] == "OTHER"


async def test_blank_words_are_a_contact_for_a_person_to_look_at(force: Force) -> None:
    await force.apply(sent("good-blank"))
    contact = await force.contact()
    assert (contact["words"], contact["unread"]) == ("", "EMPTY")


@pytest.mark.parametrize(
    ("minutes", "made_at"),
    [(-1, "2026-11-03T08:59:00Z"), (0, NOW), (5, "2026-11-03T09:00:00Z"), (6, None)],
)
async def test_a_contact_does_not_wait_until_the_clock_of_a_force_is_right(
    force: Force, minutes: int, made_at: object
) -> None:
    ahead = (NOW + timedelta(minutes=minutes)).isoformat()
    await force.apply(sent("good-101", made_at=ahead))
    found = (await force.contact())["made_at"]
    assert found == (made_at if made_at is not NOW else "2026-11-03T09:00:00Z")
    assert await force.outcomes() == ["ACCEPTED"]


@pytest.mark.parametrize("long_ago", ["0001-01-02T00:00:00Z", "1989-12-31T23:59:59Z"])
async def test_a_contact_that_was_made_before_anybody_can_have_meant_it_counts_from_now(
    force: Force, long_ago: str
) -> None:
    await force.apply(sent("good-101", made_at=long_ago))
    assert (await force.contact())["made_at"] is None
    assert await force.outcomes() == ["ACCEPTED"]
    page = await force.intake.browser.get("/contacts", headers={"who": "adviser"})
    assert page.status_code == 200


@pytest.mark.parametrize("edge", ["0001-01-01T00:00:00Z", "9999-12-31T23:30:00Z"])
async def test_a_moment_that_is_no_day_in_some_places_is_held(force: Force, edge: str) -> None:
    await force.apply(sent("good-101", made_at=edge))
    [receipt] = await force.receipts()
    assert receipt["outcome"] == "HELD"
    assert receipt["reason"] == "wrong or missing: made_at (datetime_range)"


async def test_a_record_that_is_read_again_is_answered_once(force: Force) -> None:
    good, bad = sent("good-101"), sent("bad-nan", 1)
    await force.apply(good, bad)
    await force.apply(good, bad)
    await force.apply(bad)
    assert await force.outcomes(good) == ["ACCEPTED"]
    assert await force.outcomes(bad) == ["HELD"]
    assert len(await force.rows("SELECT 1 FROM held")) == 1
    await force.contact()


async def test_a_record_that_is_sent_again_is_answered_again_with_the_same_reference(
    force: Force,
) -> None:
    again = [sent("good-101", n) for n in range(3)]
    _, value = read(RECORDS / "good-101.txt")
    spaced = json.dumps(json.loads(value or b""), indent=8).encode()
    again.append(replace(again[0], offset=3, value=spaced))
    await force.apply(*again[:2])
    await force.apply(*again[2:])
    contact = await force.contact()
    receipts = await force.receipts()
    assert sorted(r["offset"] for r in receipts) == [0, 1, 2, 3]
    assert {(r["outcome"], r["reference"]) for r in receipts} == {
        ("ACCEPTED", contact["reference"])
    }


@pytest.mark.parametrize("together", [True, False])
async def test_the_same_id_with_other_content_is_held_and_the_force_is_told(
    force: Force, together: bool
) -> None:
    first, other = sent("good-101"), sent("other-content", 1)
    if together:
        await force.apply(first, other)
    else:
        await force.apply(first)
        await force.apply(other)
    contact = await force.contact()
    assert contact["persons"][0]["name"] == "Imogen Farrant"
    [receipt] = await force.receipts(other)
    assert (receipt["outcome"], receipt["reason"]) == ("HELD", OTHER_CONTENT)
    assert receipt["reference"] is None
    [held] = await force.rows("SELECT * FROM held")
    assert (held.kind, held.value, held.stream) == ("FORKED", other.value, contact["contact_id"])
    assert (await force.replay(other)).startswith("Held again: ")
    assert await force.outcomes(other) == ["HELD"]


async def test_what_is_our_fault_is_said_to_be_and_is_accepted_once_it_is_put_right(
    force: Force,
) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("a fault of ours")

    broken = [replace(on, handle=fails) for on in SERVICE.subscriptions]
    run, record = force.run, sent("good-101")
    applier = Applier(run.engine, run.book, broken, run.clock, run.pauses.pause)
    await applier.apply([record])
    [receipt] = await force.receipts()
    assert (receipt["outcome"], receipt["reason"]) == ("HELD", OUR_FAULT)
    assert await force.replay(record) == "Applied."
    first, second = await force.receipts()
    contact = await force.contact()
    assert (second["outcome"], second["reference"]) == ("ACCEPTED", contact["reference"])
    assert second["receipt_id"] == first["receipt_id"]
    assert contact["received_at"] == first["answered_at"], "it had reached us then"


async def test_a_discarded_record_has_a_receipt_without_the_reason(force: Force) -> None:
    bad = sent("bad-nan")
    await force.apply(bad)
    await force.discard(bad)
    await force.apply(bad)
    _, receipt = await force.receipts()
    assert (receipt["outcome"], receipt["reason"]) == ("DISCARDED", GIVEN_UP)
    assert await force.rows("SELECT 1 FROM held") == []


async def test_twenty_in_a_row_pause_the_topic_and_each_has_its_receipt(force: Force) -> None:
    bad = [sent("bad-nan", n) for n in range(HELD_IN_A_ROW)]
    await force.apply(*bad[:-1])
    assert await force.rows("SELECT 1 FROM pauses") == []
    await force.apply(bad[-1])
    [pause] = await force.rows("SELECT * FROM pauses")
    assert pause.topic == CONTACTS
    assert await force.outcomes() == ["HELD"] * HELD_IN_A_ROW


async def test_a_reference_that_is_taken_is_drawn_again(
    force: Force, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Unlucky(random.Random):
        drawn = 0

        def randrange(self, *_: int) -> int:  # type: ignore[override]
            self.drawn += 1
            return 1 if self.drawn <= 21 else self.drawn % BASE

    monkeypatch.setattr(handlers, "_random", Unlucky())
    records = [sent("good-101"), sent("good-iopc", 1)]
    for record in records:
        await force.apply(record)
    assert await force.outcomes() == ["ACCEPTED", "ACCEPTED"]
    assert len({r["reference"] for r in await force.receipts()}) == 2
    assert await force.rows("SELECT 1 FROM held") == []


async def test_long_words_are_kept_whole_in_a_file(force: Force) -> None:
    words = "It began in the spring. " * 9_000
    await force.apply(sent("good-101", words=words))
    contact = await force.contact()
    kept = contact["words_file"]
    assert len(contact["words"].encode()) <= 64 * 1024 < kept["size"]
    async with asyncio.timeout(20):
        while await force.rows("SELECT 1 FROM unfiled"):
            await asyncio.sleep(0.05)
    assert force.run.files.read(kept["sha256"]).decode() == words.strip()


def lag(channel: str) -> tuple[float, float]:
    """How many transfers were measured, and how long they took together, in seconds."""
    names = ("complaints_transfer_lag_seconds_count", "complaints_transfer_lag_seconds_sum")
    count, total = (REGISTRY.get_sample_value(n, {"channel": channel}) or 0 for n in names)
    return count, total


async def test_the_transfer_lag_is_measured_once_for_each_contact(force: Force) -> None:
    (count, total), future = lag("FORCE_DSE"), lag("FORCE_WEB")
    record = sent("good-dse-structured")
    for offset in (0, 0, 1, 2):
        await force.apply(replace(record, offset=offset))
    await force.apply(sent("good-future", 3))
    made = datetime(2026, 10, 30, 16, 45, tzinfo=UTC)
    assert lag("FORCE_DSE") == (count + 1, total + (NOW - made).total_seconds())
    assert lag("FORCE_WEB") == future


async def test_an_erased_contact_is_still_answered_and_not_made_again(force: Force) -> None:
    words = "x" * 100_000
    record, other = sent("good-101", words=words), sent("other-content", 1)
    await force.apply(record, other)
    person = (await force.contact())["persons"][0]["id"]
    run = force.run
    await operate.erase(run.engine, run.book, person, "they asked")
    await force.apply(replace(record, offset=2))
    assert await force.outcomes() == ["ACCEPTED", "HELD", "ACCEPTED"]
    everything = await force.intake.all_text()
    assert "Petra Lowe" not in everything, "the held record about them is emptied"
    assert "xxxxxxxx" not in everything
    await force.discard(other)
    assert (await force.outcomes(other)) == ["HELD", "DISCARDED"]


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_fifty_records_in_any_order_have_a_receipt_each(force: Force, seed: int) -> None:
    chance = random.Random(seed)
    names = [*GOOD, *REASONS, "other-content"]
    drawn = [chance.choice(names) for _ in range(50)]
    records = [sent(name, offset) for offset, name in enumerate(drawn)]
    chance.shuffle(records)
    start = 0
    while start < len(records):
        size = chance.randint(1, 12)
        await force.apply(*records[start : start + size])
        await force.apply(*chance.sample(records[: start + size], min(3, start + size)))
        start += size
    receipts = await force.receipts()
    assert sorted(r["offset"] for r in receipts) == list(range(50))
    told = {r["offset"]: r for r in receipts}
    for offset, name in enumerate(drawn):
        if name in REASONS:
            assert told[offset]["reason"] == REASONS[name]
        elif name not in ("good-101", "other-content"):  # whichever of these came first
            assert told[offset]["outcome"] == "ACCEPTED"
    accepted = {r["reference"] for r in receipts if r["outcome"] == "ACCEPTED"}
    assert len(accepted) == len(await force.intake.published())


# With a broker, and a force's system in a process of its own.


@asynccontextmanager
async def served(settings: Any) -> AsyncIterator[Running]:
    app = create_app(settings, Clock())
    async with app.router.lifespan_context(app):
        yield app.state.running


async def send(bootstrap: str, *files: Path) -> list[int]:
    """Has a force's system send files; the offsets they got."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, str(FORCE_SYSTEM), bootstrap, CONTACTS, *map(str, files)),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await child.communicate()
    assert child.returncode == 0
    return [int(line.split()[1]) for line in out.splitlines()]


async def read_receipts(bootstrap: str, count: int) -> list[dict[str, Any]]:
    """What a force reads of its receipts: so many, from the first on."""
    found: list[dict[str, Any]] = []
    async with asyncio.timeout(60):
        consumer = AIOKafkaConsumer(
            bootstrap_servers=bootstrap, auto_offset_reset="earliest", fetch_max_wait_ms=50
        )
        async with consumer:
            consumer.assign([TopicPartition(RECEIPTS, 0)])
            async for record in consumer:
                found.append(json.loads(record.value))
                assert record.key.decode() == found[-1]["receipt_id"]
                if len(found) == count:
                    break
    return found


def duplicates() -> float:
    """How many records intake has passed over in this process."""
    labels = {"service": "intake"}
    return REGISTRY.get_sample_value("complaints_records_duplicate_total", labels) or 0


async def rewind(bootstrap: str) -> None:
    """Has intake read its force's topic from the start again."""
    consumer = AIOKafkaConsumer(
        CONTACTS,
        bootstrap_servers=bootstrap,
        group_id="intake",
        enable_auto_commit=False,
        session_timeout_ms=6000,
    )
    async with consumer:
        while not (mine := consumer.assignment()):
            await asyncio.sleep(0.05)
        await consumer.commit(dict.fromkeys(mine, 0))


async def test_every_record_of_a_force_has_its_receipt_and_one_more_reading_changes_nothing(
    database: Callable[..., Awaitable[DatabaseUrls]], kafka: MemoryBroker, tmp_path: Path
) -> None:
    for topic in topics_for(["cleveland"]).values():
        await kafka.create_topic(topic.name, topic.partitions)
    urls = await database("intake", migrate_intake)
    settings = settings_for(
        urls.service,
        tmp_path,
        KAFKA_BOOTSTRAP_SERVERS=kafka.bootstrap,
        kafka_keeps_records=True,
    )
    names = [*REASONS, *GOOD, "other-content"]
    random.Random(4).shuffle(names)
    names.sort(key=lambda name: name == "other-content")  # after good-101
    files = [RECORDS / f"{name}.txt" for name in names]
    for name, words in (("2-mb", "x" * 2_000_000), ("deep", "")):
        head, _, body = (RECORDS / "good-iopc.txt").read_text().partition("\n\n")
        deep = body.rstrip()[:-1] + ', "a": ' + "[" * 50_000 + "]" * 50_000 + "}"
        body = body.replace("Forwarded", words) if words else deep
        (tmp_path / name).write_text(f"{head}\n\n{body}")
        files.append(tmp_path / name)
        names.append(name)
    reasons: dict[str, str | None] = dict.fromkeys(GOOD) | REASONS
    reasons |= {"2-mb": "the value is larger than 262144 bytes", "deep": NOT_JSON}
    reasons["other-content"] = OTHER_CONTENT

    async with served(settings) as run:
        offsets = dict(zip(await send(kafka.bootstrap, *files), names, strict=True))
        before = await read_receipts(kafka.bootstrap, len(names))
        assert {offsets[r["offset"]]: r["reason"] for r in before} == reasons
        assert Counter(offsets[r["offset"]] for r in before) == Counter(names)
        for receipt in before:
            name = offsets[receipt["offset"]]
            assert (receipt["outcome"], receipt["reference"] is not None) == (
                ("HELD", False) if reasons[name] else ("ACCEPTED", True)
            )
            assert (receipt["record_id"] is None) == (name in NO_ID)
            assert UUID(receipt["receipt_id"])

    await rewind(kafka.bootstrap)
    seen_before = duplicates()
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap) as producer:
        header = (*sent("good-desk-anonymous").headers, (b"\xff\xfe", b"no name"))
        await Writer(producer).send(replace(sent("good-desk-anonymous"), headers=header))
    async with served(settings) as run:
        after = await read_receipts(kafka.bootstrap, len(names) + 1)
        assert after[:-1] == before
        assert duplicates() - seen_before == len(GOOD)
        assert after[-1]["reason"] == "a header's name or value is not UTF-8 text"
        assert await operate.rebuild(run.engine, run.book, compare=True) == []
        async with run.engine.connect() as connection:
            _, problems = await verify(connection)
            answered = await connection.scalar(
                text("SELECT count(*) FROM journal WHERE topic = :topic"), {"topic": RECEIPTS}
            )
        assert (problems, answered) == ([], len(after))
