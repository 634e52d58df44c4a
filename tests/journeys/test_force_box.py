"""A force in a box, as a process of its own, plays scenarios against the whole system."""

from __future__ import annotations

import ast
import asyncio
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from case_of import case_of
from httpx import AsyncClient

import complaints_local.force_box
from complaints_chassis.web import Role
from complaints_local.force_box.scenario import ScenarioError, Step, in_order, read_scenario
from complaints_local.ports import free_port
from complaints_local.system import System

PROGRAM = Path(sys.executable).with_name("complaints-local")
BOX = Path(complaints_local.force_box.__file__).parent
PERSON = {"name": "Kay Reed", "email": "kay@post.example", "reach_by": "EMAIL"}


class Playing:
    """The command, while it runs."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process

    async def until(self, words: str) -> None:
        """Waits until it says so."""
        assert self.process.stderr
        async with asyncio.timeout(60):
            while words not in (line := (await self.process.stderr.readline()).decode()):
                assert line, "it ended"

    async def ended(self) -> tuple[int, str]:
        """Its exit code and what it said."""
        async with asyncio.timeout(90):
            out, err = await self.process.communicate()
        return self.process.returncode or 0, out.decode() + err.decode()


async def play(scenario: str | Path, bootstrap: str, *options: str) -> Playing:
    process = await asyncio.create_subprocess_exec(
        *(str(PROGRAM), "force", str(scenario), "--kafka", bootstrap, *options),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={"COLUMNS": "200"},
    )
    return Playing(process)


async def contacts(client: AsyncClient) -> int:
    """How many there are that a force passed on."""
    found = (await client.get("/casework/api/worklist")).raise_for_status().json()["cases"]
    return sum(case["channel"].startswith("FORCE") for case in found)


async def test_a_calm_day_is_all_accepted_and_what_is_sent_twice_is_one_contact(
    system: System, client: AsyncClient
) -> None:
    code, said = await (await play("rehearsal", system.bootstrap)).ended()
    print(said)
    assert code == 0
    assert said.count("ACCEPTED") == 8  # four expected, and four receipts
    client.headers["Authorization"] = f"Bearer {system.token(Role.TEAM_LEADER)}"
    async with asyncio.timeout(30):
        while await contacts(client) < 3:
            await asyncio.sleep(0.1)
    assert await contacts(client) == 3


async def test_a_bad_day_loses_nothing_and_each_record_is_answered(system: System) -> None:
    code, said = await (await play("trouble", system.bootstrap)).ended()
    print(said)
    assert code == 0
    assert "not as expected" not in said


async def test_two_transfers_are_driven_to_their_ends(system: System, client: AsyncClient) -> None:
    box = await play("transfers", system.bootstrap, "--patience", "60")
    await box.until("cleveland is there")
    client.headers["Authorization"] = f"Bearer {system.token(Role.TEAM_LEADER)}"
    recorded = []
    for words in ("They laughed at me and left.", "The officer shouted at my son."):
        contact = {"words": words, "persons": [PERSON]}
        taken = (await client.post("/intake/api/contacts", json=contact)).json()
        case = await case_of(client, taken["reference"])
        answer = await client.post(
            f"/casework/api/cases/{case['case_id']}/recorded-complaint",
            json={"reason": "COMPLAINANT_WISHES", "force": "cleveland", "note": "They asked."},
            headers={"If-Match": f'"{case["version"]}"', "Idempotency-Key": words},
        )
        assert answer.status_code == 201, answer.text
        recorded.append(taken["reference"])
    code, said = await box.ended()
    print(said)
    assert code == 0
    first, second = [await case_of(client, reference) for reference in recorded]
    assert (first["status"], second["status"]) == ("OUTCOME_GIVEN", "FORCE_HANDLING")
    open_actions = [action["kind"] for action in first["actions"] if not action["done"]]
    assert open_actions == ["TELL_OUTCOME"]
    done = {one["kind"]: one["done"] for one in second["actions"]}
    assert done == {"RECORD": True, "ANSWER_FORCE": True}


async def test_what_does_not_become_what_is_expected_is_said(
    system: System, tmp_path: Path
) -> None:
    scenario = tmp_path / "wrong.yaml"
    scenario.write_text(
        "force: cleveland\nsteps:\n"
        "  - {contact: {channel: FORCE_101, words: x}, expect: HELD}\n"
        "  - {rubbish: x, because: no such reason}\n"
    )
    code, said = await (await play(scenario, system.bootstrap, "--patience", "3")).ended()
    assert code == 1
    assert said.count("not as expected") == 2


async def test_a_topic_that_is_not_there_is_named(system: System, tmp_path: Path) -> None:
    scenario = tmp_path / "other.yaml"
    scenario.write_text("force: atlantis\nsteps:\n  - {rubbish: x}\n")
    code, said = await (await play(scenario, system.bootstrap)).ended()
    assert code == 1
    assert "There is no force.atlantis.receipts.v1 there" in said
    assert "Traceback" not in said


async def test_a_broker_that_is_away_is_said_in_words() -> None:
    code, said = await (await play("rehearsal", f"127.0.0.1:{free_port()}")).ended()
    assert code == 1
    assert "Traceback" not in said
    assert said.strip().startswith("Error: ")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("force: [", "is no YAML"),
        ("force: cleveland\nsteps: [{contact: {}, rubbish: x}]", "a step sends one of contact"),
        ("force: cleveland\nsteps: [{rubbish: x, times: 0}]", "steps.0.times"),
        ("force: cleveland\nstep: []", "step: Extra inputs are not permitted"),
        ("force: cleveland\nsteps: [{hex: xyz}]", "steps.0"),
        ("", "the scenario"),
    ],
)
def test_a_scenario_that_is_wrong_says_where(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "scenario.yaml"
    path.write_text(text)
    with pytest.raises(ScenarioError, match=said.replace("[", r"\[")):
        read_scenario(str(path))


def test_one_that_is_not_there_says_which_there_are() -> None:
    with pytest.raises(ScenarioError, match="Shipped are: demo, rehearsal, transfers, trouble"):
        read_scenario("nothing")


def test_the_seed_decides_the_order() -> None:
    steps = [Step(shuffle=tuple(Step(rubbish=str(number)) for number in range(9)))]

    def order(seed: int) -> list[str | None]:
        return [step.rubbish for step in in_order(steps, random.Random(seed))]

    assert order(1) == order(1) != order(2)
    assert sorted(map(str, order(1))) == [str(number) for number in range(9)]


def test_the_box_has_nothing_of_what_reads_it() -> None:
    """Only how to reach a cluster is shared; what is written is the box's own."""
    ours = {name for file in BOX.rglob("*.py") for name in imported(file) if "complaints" in name}
    assert {name for name in ours if not name.startswith("complaints_local.force_box")} == {
        "complaints_contracts.kafka"
    }


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
