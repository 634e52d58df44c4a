"""The command line tells cases and counts dates again, and changes nothing by it."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import click
import pytest
from click.testing import CliRunner, Result

from complaints_casework import recounting
from complaints_casework.app import SERVICE, create_app
from complaints_casework.cli import add_case_commands
from complaints_casework.domain import timing
from complaints_casework.settings import Settings
from complaints_casework.supposed import with_holidays
from complaints_casework.terminal import COLUMNS
from complaints_chassis.cli import command_line
from complaints_contracts.codes import ContactType, Queue
from complaints_contracts.triage import ContactSorted
from complaints_law.errors import LawError

if TYPE_CHECKING:
    from conftest import Casework, Web

Contact = Callable[..., ContactSorted]
DATA = Path(str(files("complaints_law"))) / "data"
CALENDAR = DATA / "calendars" / "england-and-wales.json"
RULES = DATA / "rule_sets" / "2020-02-01.yaml"
COMMAND = Path(sys.executable).with_name("complaints-casework")
WRITTEN = "Quiet words.\x1b[2J\x07\n2 April 2026, 5:10pm, Marta Hollins\n\u202egnihtemos"


def environment(casework: Casework) -> dict[str, str]:
    return {
        "COMPLAINTS_DATABASE_URL": casework.urls.service,
        "KAFKA_BOOTSTRAP_SERVERS": "127.0.0.1:9",
        "COMPLAINTS_FILES_FOLDER": "/nowhere",
        "COMPLAINTS_OIDC_ISSUER": "http://identity",
        "COMPLAINTS_PUBLIC_URL": "http://casework",
        "COMPLAINTS_SECRET": "s" * 32,
    }


async def run(casework: Casework, *arguments: str) -> Result:
    """The commands of the service at the test's time; nothing may ever be a traceback."""
    group: click.Group = command_line(
        SERVICE, lambda given: create_app(given, casework.clock), Settings, told=(LawError,)
    )
    add_case_commands(group)
    runner = CliRunner(env=environment(casework))
    result = await asyncio.to_thread(runner.invoke, group, list(arguments))
    assert isinstance(result.exception, SystemExit | None), repr(result.exception)
    return result


async def told(casework: Casework, *arguments: str) -> str:
    result = await run(casework, *arguments)
    assert result.exit_code == 0, result.output
    for line in result.output.splitlines():
        assert len(line) <= COLUMNS, line
    return result.output


async def versions(casework: Casework) -> list[Any]:
    return await casework.rows("SELECT stream, version, type FROM journal ORDER BY seq")


async def record_it(casework: Casework, web: Web, event: ContactSorted) -> None:
    row = await casework.case(event.contact_id)
    headers = web.bearer(
        "team-leader-1", **{"If-Match": f'"{row.version}"', "Idempotency-Key": str(uuid4())}
    )
    body = {"reason": "COMPLAINANT_WISHES", "force": "cleveland", "note": WRITTEN}
    path = f"/api/cases/{event.case_id}/recorded-complaint"
    answer = await web.client.post(path, json=body, headers=headers)
    assert answer.status_code == 201, answer.text


async def test_a_case_is_told_with_its_head_what_happened_and_what_is_to_do(
    casework: Casework, contact: Contact
) -> None:
    event = contact(title="Van broken into")
    await casework.hear(event)
    before = await versions(casework)
    out = await told(casework, "case", "show", " 7k3m-9qx4-d ")
    holder = (await casework.case(event.contact_id)).adviser_id
    adviser = next(m.name for m in casework.office.staff if m.id == holder)
    for words in (
        "7K3M-9QX4-D: Van broken into\n====",
        "Status    We have your complaint and will be in touch (LOGGED)\n",
        f"Adviser   {adviser}\n",
        "Next      Make the first call, by Wednesday 8 April 2026, 4:30pm (2 working days left)\n",
        "From      Moira Tansley-Okonjo (complainant)\n",
        f"Case      {event.case_id}\n",
        "\n2 April 2026, 5:10pm, System, by R13\n  Case opened: Reference 7K3M-9QX4-D, sorted as",
        "  What they told us:\n  > I reported my van being broken into six weeks ago. Nobody has",
        "\nTo do\n-----\nNothing besides what the clocks ask for.\n",
        "Log the complaint      Tue 7 Apr 2026          Kept\n",
        "Make the first call    Wed 8 Apr 2026, 4:30pm  Running\n",
    ):
        assert words in out, words
    assert await versions(casework) == before


async def test_every_matter_of_a_reference_is_told(casework: Casework, contact: Contact) -> None:
    first = contact()
    second = contact(first.contact_id, matter="2", persons=first.persons, title="Another")
    await casework.hear(first, (second, 2))
    out = await told(casework, "case", "show", first.reference)
    assert out.index("7K3M-9QX4-D, matter 1: Complaint") < out.index("7K3M-9QX4-D, matter 2: Ano")
    only = await told(casework, "clocks", "explain", first.reference, "--case", str(second.case_id))
    assert f"Case        {second.case_id}" in only
    assert str(first.case_id) not in only
    wrong = await run(casework, "clocks", "explain", first.reference, "--case", str(uuid4()))
    assert wrong.exit_code == 1
    assert f"There is: {first.case_id}, {second.case_id}." in wrong.output


async def test_words_do_nothing_to_the_terminal_and_pass_for_none_of_ours(
    casework: Casework, web: Web, contact: Contact
) -> None:
    await casework.hear(event := contact(words=WRITTEN, title=WRITTEN))
    await record_it(casework, web, event)
    out = await told(casework, "case", "show", event.reference)
    assert not {"\x1b", "\x07", "\u202e"} & set(out)
    assert r"> Quiet words.\x1b[2J\x07" in out
    assert r"> \u202egnihtemos" in out
    assert "  > 2 April 2026, 5:10pm, Marta Hollins\n" in out
    assert "\n2 April 2026, 5:10pm, Marta Hollins\n" not in out


@pytest.mark.parametrize(
    "reference", ["2222-2222-2", "x", "\x1b[2J", "'; --", "7K3M-9QX4-D\udc80", "é" * 40]
)
async def test_a_reference_that_nobody_has_is_said_to_be_unknown(
    casework: Casework, contact: Contact, reference: str
) -> None:
    await casework.hear(contact())
    for command in (["case", "show"], ["clocks", "explain"]):
        result = await run(casework, *command, reference)
        assert result.exit_code == 1
        assert "Error: There is no case with the reference" in result.output
        assert "\x1b" not in result.output


async def test_that_operations_looked_at_a_restricted_case_is_written_down(
    casework: Casework, contact: Contact
) -> None:
    """L57."""
    event = contact(contact_type=ContactType.STAFF_COMPLAINT, queue=Queue.STAFF)
    await casework.hear(event)
    await told(casework, "case", "show", event.reference)
    [row] = await casework.rows("SELECT actor, rule FROM journal WHERE type LIKE '%looked-at'")
    assert (row.actor, row.rule) == ("operations", "L57")
    assert ", Operations, by L57" in await told(casework, "case", "show", event.reference)


async def test_the_clocks_over_easter_are_explained_day_by_day(
    casework: Casework, contact: Contact
) -> None:
    """S1 (domain 5.1)."""
    await casework.hear(event := contact())
    out = await told(casework, "clocks", "explain", event.reference)
    call = out[out.index("Make the first call: running") : out.index("Send the first update")]
    assert (
        """
  Date        Weekday    Counts as  What it is
  2026-04-02  Thursday   Start      Working day
  2026-04-03  Friday     –          Good Friday
  2026-04-04  Saturday   –          Weekend
  2026-04-05  Sunday     –          Weekend
  2026-04-06  Monday     –          Easter Monday
  2026-04-07  Tuesday    1          Working day
  2026-04-08  Wednesday  2          Working day
"""
        in call
    )
    for words in (
        "Due           8 April 2026, 4:30pm (2 working days left)\n",
        "Since         Received on 2 April 2026, 5:10pm\n",
        "Rule          R12: The Resolution Team's promise to telephone within two working days",
        "Counted with  Calendar govuk-bank-holidays-0.19, rules 2020-02-01\n",
        "Told          When the case was opened, so it does not move\n",
    ):
        assert words in call, words


async def test_one_more_holiday_moves_exactly_the_clocks_that_count_it(
    casework: Casework, web: Web, contact: Contact
) -> None:
    """On Thursday 9 April: what the force has until then, and nothing that was told."""
    await casework.hear(plain := contact(), event := contact(reference="2222-2222-2"))
    casework.clock.set(datetime(2026, 4, 8, 9, 0, tzinfo=UTC), frozen=True)
    await record_it(casework, web, event)
    before = await versions(casework)
    out = await told(casework, "clocks", "what-if", "--holiday", "2026-04-09")
    assert out == (
        "Calendar supposed  govuk-bank-holidays-0.19 with 2026-04-09\n"
        "\n"
        "Dates that would move\n"
        "---------------------\n"
        "Reference    Clock                 State    Now             Then\n"
        "2222-2222-2  The force accepts it  running  Thu 9 Apr 2026  Fri 10 Apr 2026\n"
        "\n"
        "Looked at 2 open cases: 1 date would move.\n"
        "Nothing is changed.\n"
    )
    assert await versions(casework) == before
    assert plain.reference not in out


async def test_what_was_told_stays_and_is_said_to_be_what_it_would_be(
    casework: Casework, contact: Contact
) -> None:
    """Domain 6, 8."""
    await casework.hear(contact())
    both = ("--holiday", "2026-04-07", "--holiday", "2026-04-30")
    out = await told(casework, "clocks", "what-if", *both)
    assert "Dates that would move" not in out
    rows = [line.split("  ") for line in out.splitlines() if line.startswith("7K3M")]
    assert [[cell.strip() for cell in row if cell] for row in rows] == [
        ["7K3M-9QX4-D", "Log the complaint", "over", "Tue 7 Apr 2026", "Wed 8 Apr 2026"],
        ["7K3M-9QX4-D", "Make the first call", "running", "Wed 8 Apr 2026", "Thu 9 Apr 2026"],
        [
            "7K3M-9QX4-D",
            "Send the first update: do it by",
            "running",
            "Thu 30 Apr 2026",
            "Wed 29 Apr 2026",
        ],
    ]
    assert (
        "Looked at 1 open case: 0 dates would move; 3 dates that were told would be other ones, and"
        " stay.\nNothing is changed.\n"
    ) in out


async def test_another_calendar_or_rule_set_is_tried_from_a_file(
    casework: Casework, contact: Contact, tmp_path: Path
) -> None:
    await casework.hear(contact(), contact(received_at=datetime(2019, 1, 7, 9, 0, tzinfo=UTC)))
    same = await told(casework, "clocks", "what-if", "--calendar", str(CALENDAR))
    assert "0 dates would move.\n" in same
    assert "1 of them could not be counted: no rule set reaches" in same
    calendar = json.loads(CALENDAR.read_text())
    calendar["events"] = [e for e in calendar["events"] if e["title"] != "Easter Monday"]
    calendar["version"] = "without Easter Monday"
    (tmp_path / "calendar.json").write_text(json.dumps(calendar))
    out = await told(casework, "clocks", "what-if", "--calendar", str(tmp_path / "calendar.json"))
    assert "Calendar supposed  without Easter Monday\n" in out
    assert "Make the first call  running  Wed 8 Apr 2026   Tue 7 Apr 2026\n" in out
    rules = RULES.read_text().replace("days: 28", "days: 21").replace('"2020-02-01"', '"trial"')
    (tmp_path / "rules.yaml").write_text(rules)
    out = await told(casework, "clocks", "what-if", "--rules", str(tmp_path / "rules.yaml"))
    assert "Send the first update  running  Thu 30 Apr 2026  Thu 23 Apr 2026\n" in out
    later = rules.replace("valid_from: 2020-02-01", "valid_from: 2026-04-03")
    (tmp_path / "rules.yaml").write_text(later)
    out = await told(casework, "clocks", "what-if", "--rules", str(tmp_path / "rules.yaml"))
    assert "0 dates would move.\n" in out, "rules do not reach back"


async def test_a_calendar_that_was_taken_in_moves_what_runs_and_the_journal_says_so(
    casework: Casework, web: Web, contact: Contact, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Architecture 5: what was told does not move (domain 6, 8)."""
    await casework.hear(plain := contact(), event := contact(reference="2222-2222-2"))
    casework.clock.set(datetime(2026, 4, 8, 9, 0, tzinfo=UTC), frozen=True)
    await record_it(casework, web, event)
    before = await versions(casework)
    assert await told(casework, "clocks", "recount") == "Counted 2 cases again: 0 dates moved.\n"
    assert await versions(casework) == before
    newer = with_holidays(None, [date(2026, 4, 9)])
    for module in (timing, recounting):
        monkeypatch.setattr(module, "load_calendar", lambda: newer)
    assert await told(casework, "clocks", "recount") == (
        "Reference    Clock                 Was             Is\n"
        "2222-2222-2  The force accepts it  Thu 9 Apr 2026  Fri 10 Apr 2026\n"
        "\n"
        "Counted 2 cases again: 1 date moved.\n"
    )
    assert await told(casework, "clocks", "recount") == "Counted 2 cases again: 0 dates moved.\n"
    assert len(await versions(casework)) == len(before) + 1
    [timer] = await casework.rows("SELECT due_at FROM timers WHERE kind = 'FORCE_ACKNOWLEDGEMENT'")
    assert timer.due_at.date() == date(2026, 4, 10)
    story = await told(casework, "case", "show", event.reference)
    assert "Operations, by L49\n  Dates were counted again: By the calendar govuk-bank-hol" in story
    assert "The force accepts it: Friday 10 April 2026" in " ".join(story.split())
    assert "counted again" not in await told(casework, "case", "show", plain.reference)


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ([], 2, "Name a --holiday, a --calendar or a --rules file"),
        (["--holiday", "tomorrow"], 2, "does not match the format"),
        (["--holiday", "2026-04-04"], 1, "2026-04-04 is a Saturday, which is no working day"),
        (["--holiday", "2026-04-03"], 1, "2026-04-03 is Good Friday already"),
        (["--holiday", "2060-04-05"], 1, "covers 2012 to 2028, not 2060-04-05"),
        (["--calendar", "/no/such/file"], 2, "does not exist"),
        (["--calendar", "{bytes}"], 1, "cannot be read as text"),
        (["--calendar", "{text}"], 1, "cannot be used: it is not JSON"),
        (["--calendar", "{elsewhere}"], 1, "it is not the calendar of england-and-wales"),
        (["--rules", "{text}"], 1, "is not YAML"),
        (["--rules", "{elsewhere}"], 1, "cannot be used: valid_from is missing"),
    ],
)
async def test_what_cannot_be_tried_is_refused_in_words(
    casework: Casework, tmp_path: Path, arguments: list[str], code: int, words: str
) -> None:
    made = {name: tmp_path / name for name in ("bytes", "text", "elsewhere")}
    made["bytes"].write_bytes(b"\xff\xfe\x00")
    made["text"].write_text("{[: not")
    scotland = {**json.loads(CALENDAR.read_text()), "division": "scotland"}
    made["elsewhere"].write_text(json.dumps(scotland))
    given = [argument.format_map(made) for argument in arguments]
    result = await run(casework, "clocks", "what-if", *given)
    assert result.exit_code == code
    assert words in " ".join(result.output.split())


async def test_the_installed_command_tells_a_case_in_ascii_too(
    casework: Casework, contact: Contact
) -> None:
    await casework.hear(event := contact(words="Zoë said: £5"))
    child = await asyncio.create_subprocess_exec(
        *(str(COMMAND), "case", "show", event.reference),
        env={
            "PATH": os.environ["PATH"],
            "PYTHONIOENCODING": "ascii",
            **environment(casework),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, errors = await child.communicate()
    assert (child.returncode, errors) == (0, b"")
    assert rb"> Zo\xeb said: \xa35" in out
