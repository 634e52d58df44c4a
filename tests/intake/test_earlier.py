"""Earlier contacts: found by what stays the same of a person, however it is written."""

from __future__ import annotations

import json
import statistics
import time
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from intake_service import Intake
from sqlalchemy import text

from complaints_chassis import operate
from complaints_contracts.codes import Channel, PersonRole, ReachBy
from complaints_contracts.parts import Person, Reach
from complaints_intake import queries
from complaints_intake.domain.contact import Submission
from complaints_intake.domain.likeness import (
    email_key,
    likeness,
    name_key,
    postcode_key,
    telephone_key,
)
from complaints_intake.handlers import Receipt, receive

ANN = {
    "name": "Ann O’Hara-Lindqvist",
    "email": "Ann.Ohara@example.org",
    "telephone": "+44 (0)1632 960 123",
    "address": "14 Alder Row\nStockton\nTS18 1AB",
}


def person(**given: str | None) -> Person:
    reach = Reach(preferred=ReachBy.OTHER)
    return Person(id=uuid4(), role=PersonRole.COMPLAINANT, reach=reach, **given)


async def came(intake: Intake, *persons: Person, channel: Channel = Channel.PHONE) -> Receipt:
    submission = Submission(channel=channel, persons=persons, words="something")
    return await receive(intake.run, uuid4(), submission, prefix="CL", actor="test")


async def look(
    intake: Intake, name: str = "", email: str = "", telephone: str = "", address: str = ""
) -> list[tuple[str, tuple[str, ...]]]:
    wanted = likeness(name, email, telephone, address)
    return [(one.reference, one.same) for one in await queries.earlier(intake.run.engine, wanted)]


@pytest.mark.parametrize(
    "written",
    [
        "01632 960123",
        "+44 1632 960123",
        "0044 (0) 1632-960-123",
        "(01632) 960123 ext 4",
        "01632.960.123 or 07700 900001",
        "tel: 01632/960123",
        "441632960123",
    ],
)
def test_a_telephone_number_is_the_same_however_it_is_written(written: str) -> None:
    assert telephone_key(written) == "01632960123"


@pytest.mark.parametrize("written", ["", "none", "ask her", "5pm", "12345", "after 6"])
def test_what_is_no_telephone_number_is_none(written: str) -> None:
    assert telephone_key(written) == ""


def test_a_foreign_number_keeps_its_country() -> None:
    assert telephone_key("0049 30 901820") == telephone_key("+49 30 901820") == "4930901820"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Mr José O'Neil", "jose oneil"),
        ("O’NEIL, José", "Oneil Jose"),
        ("Smith-Jones", "smith jones"),
        ("  Cllr.  ANN   Lee ", "Ann Lee"),
        ("Straße", "STRASSE"),
    ],
)
def test_a_name_is_the_same_however_it_is_written(one: str, other: str) -> None:
    assert name_key(one).split() == name_key(other).split()


def test_an_email_address_and_a_postcode_are_the_same_in_capitals_and_with_spaces() -> None:
    assert email_key(" Ann@Example.org ") == email_key("ann@example.ORG")
    assert postcode_key("1 High St, ts181ab") == postcode_key("TS18  1AB, England") == "TS181AB"
    assert postcode_key("no fixed address") == ""


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ({"telephone": "01632 960123"}, ("telephone",)),
        ({"email": "ann.ohara@EXAMPLE.org"}, ("email",)),
        ({"name": "ohara lindqvist"}, ("name",)),
        ({"name": "Lindqvist, Ann", "address": "ts18 1ab"}, ("name", "postcode")),
        ({"name": "Ann O'Hara", "telephone": "01632960123"}, ("telephone", "name")),
    ],
)
async def test_somebody_is_found_by_any_of_it_and_it_is_said_why(
    intake: Intake, typed: dict[str, str], why: tuple[str, ...]
) -> None:
    receipt = await came(intake, person(**ANN))
    await came(intake, person(name="Sam Other", telephone="01632 960999"))
    assert await look(intake, **typed) == [(receipt.reference, why)]


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"name": "Ann Nobody"},
        {"name": "'; DROP TABLE people; --"},
        {"name": "& | ! :* <->"},
        {"address": "9 Other Road TS18 1AB"},
        {"telephone": "999"},
    ],
)
async def test_nobody_is_found_by_nothing_or_by_a_neighbour(
    intake: Intake, typed: dict[str, str]
) -> None:
    await came(intake, person(**ANN))
    await came(intake, person(name=None, email=None, telephone="", address=""))
    assert await look(intake, **typed) == []


async def test_the_likeliest_come_first_and_of_those_the_newest_and_no_more_than_ten(
    intake: Intake,
) -> None:
    start = intake.clock.now()
    by_name = []
    for hours in range(12):
        intake.clock.set(start + timedelta(hours=hours))
        by_name.append((await came(intake, person(name="Ann Lee"))).reference)
    by_postcode = await came(intake, person(name="Ann Lee", address="TS18 1AB"))
    intake.clock.set(start)
    by_number = await came(intake, person(name="A. Leigh", telephone="01632 960123"))
    found = await look(intake, "Ann Lee", "", "01632 960123", "TS18 1AB")
    assert [reference for reference, _ in found] == [
        by_number.reference,
        by_postcode.reference,
        *by_name[:-9:-1],
    ]


async def test_everybody_in_a_contact_can_be_found(intake: Intake) -> None:
    receipt = await came(intake, person(name="Solicitor Sam"), person(**ANN))
    assert await look(intake, name="Sam Solicitor") == [(receipt.reference, ("name",))]
    assert await look(intake, telephone="01632960123") == [(receipt.reference, ("telephone",))]


async def test_who_was_erased_is_found_no_more_and_the_tables_still_follow(
    intake: Intake,
) -> None:
    ann, sam = person(**ANN), person(name="Solicitor Sam")
    receipt = await came(intake, sam, ann)
    assert await operate.rebuild(intake.run.engine, intake.run.book, compare=True) == []
    await operate.erase(intake.run.engine, intake.run.book, str(ann.id), "asked for")
    assert await operate.rebuild(intake.run.engine, intake.run.book, compare=True) == []
    assert await look(intake, **ANN) == []
    assert await look(intake, name="Sam") == [(receipt.reference, ("name",))]
    kept = await intake.all_text()
    for trace in ("lindqvist", "Lindqvist", "01632960123", "TS181AB", "ann.ohara"):
        assert trace not in kept


async def fill(intake: Intake, begin: int, end: int) -> None:
    """Rows of people and contacts as `project` writes them, made by the database."""
    now = datetime(2026, 11, 2, 9, tzinfo=UTC)
    async with intake.run.engine.begin() as connection:
        given = {"begin": begin, "end": end - 1, "now": now}
        await connection.execute(
            text(
                "INSERT INTO contacts SELECT 'contact:' || n, gen_random_uuid(), 'CL-' || n,"
                " 'PHONE', :now, false, 0, ''"
                " FROM generate_series(CAST(:begin AS int), CAST(:end AS int)) n"
            ),
            given,
        )
        await connection.execute(
            text(
                "INSERT INTO people SELECT 'contact:' || n, 'p' || n, gen_random_uuid(),"
                " 'CL-' || n, :now, 'first' || n % 997 || ' last' || n % 7919,"
                " 'p' || n || '@example.org', '07700' || lpad(n::text, 6, '0'),"
                " 'TS' || n % 90 || ' '"
                " FROM generate_series(CAST(:begin AS int), CAST(:end AS int)) n"
            ),
            given,
        )


async def empty(intake: Intake) -> None:
    async with intake.run.engine.begin() as connection:
        await connection.execute(text("DELETE FROM people"))
        await connection.execute(text("DELETE FROM contacts"))


async def milliseconds(intake: Intake) -> float:
    taken = []
    for n in range(100, 130):
        started = time.perf_counter()
        found = await look(
            intake, f"last{n} first{n}", f"p{n}@example.org", f"07700 {n:06}", "TS1 1AA"
        )
        taken.append((time.perf_counter() - started) * 1000)
        assert (f"CL-{n}", ("telephone", "email", "name")) in found
    return statistics.median(taken)


async def pages_read(intake: Intake) -> tuple[int, int, str]:
    """How many pages of the database the search reads, of how many of the table; and its plan."""
    wanted = likeness("first1 last1", "p1@example.org", "07700 000001", "TS1 1AB")
    explain = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {queries.EARLIER}"
    async with intake.run.engine.connect() as connection:
        [found] = await connection.scalar(text(explain), dict(wanted))
        all_ = await connection.scalar(text("SELECT pg_relation_size('people') / 8192"))
    read = found["Plan"]["Shared Hit Blocks"] + found["Plan"]["Shared Read Blocks"]
    return read, all_, json.dumps(found)


@pytest.mark.slow
async def test_it_reads_hardly_more_among_a_hundred_thousand_people(intake: Intake) -> None:
    await fill(intake, 0, 1_000)
    few = await milliseconds(intake)
    await fill(intake, 1_000, 100_000)
    many = await milliseconds(intake)
    read, all_, plan = await pages_read(intake)
    await empty(intake)
    print(f"earlier contacts among 1,000 people {few:.2f} ms, among 100,000 {many:.2f} ms")
    print(f"{read} pages read of {all_}")
    for index in ("people_name", "people_email", "people_telephone"):
        assert index in plan
    assert read < all_ / 10
