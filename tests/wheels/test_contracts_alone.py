"""A force installs complaints-contracts in an environment where nothing is, and checks messages."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

CONTRACTS = Path(__file__).parents[2] / "contracts"
GOOD = {"channel": "FORCE_101", "words": "Caller says that nobody came."}
SENT = {
    "specversion": "1.0",
    "id": "CC-7",
    "type": "uk.police-complaints.force.contact-redirected.v1",
    "source": "/force/cleveland/101",
    "time": "2026-11-02T08:05:40Z",
    "data": GOOD,
}

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`complaints-contracts`, installed as a force would, with what it needs by itself."""
    folder = tmp_path_factory.mktemp("force")
    build = (sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder)
    subprocess.run(build, cwd=CONTRACTS, check=True, capture_output=True, timeout=60)
    [wheel] = folder.glob("*.whl")
    python = folder / "venv" / "bin" / "python"
    subprocess.run((sys.executable, "-m", "venv", "--without-pip", folder / "venv"), check=True)
    pip = (sys.executable, "-m", "pip", "--python", python)
    install = (*pip, "install", "--quiet", "--no-compile", wheel)
    subprocess.run(install, check=True, timeout=200)
    listed = subprocess.run((*pip, "list", "--format", "json"), capture_output=True, check=True)
    print(sorted(found["name"] for found in json.loads(listed.stdout)))
    return python.with_name("complaints-contracts")


def run(program: Path, *arguments: str, given: str = "") -> tuple[int, str]:
    """Its exit code and what it said, with an environment of nothing."""
    done = subprocess.run(
        (program, *arguments), input=given, capture_output=True, text=True, env={}, timeout=60
    )
    return done.returncode, done.stdout + done.stderr


def test_the_archived_messages_are_all_as_they_should_be(program: Path) -> None:
    code, archive = run(program, "examples")
    assert code == 0
    code, said = run(program, "validate", "-", given=archive)
    assert code == 0, said
    lines = said.splitlines()
    assert len(lines) == len(list((CONTRACTS / "examples").glob("*/*.record")))
    assert all(line.endswith("as it should be") for line in lines)


@pytest.mark.parametrize(
    ("message", "code", "said"),
    [
        (SENT, 0, "message: force.contact-redirected.v1: as it should be"),
        ({**SENT, "data": {"words": "x"}}, 1, "wrong or missing: channel (missing)"),
        (
            {**SENT, "data": {**GOOD, "made_at": "yesterday"}},
            1,
            "wrong or missing: made_at (datetime_format)",
        ),
        ({**SENT, "source": "/county/cleveland"}, 1, "source"),
        (GOOD, 1, "it is no message: give a CloudEvent in structured mode"),
    ],
)
def test_a_message_is_good_or_it_says_exactly_where_it_is_not(
    program: Path, message: dict[str, object], code: int, said: str
) -> None:
    found = run(program, "validate", "-", given=json.dumps(message))
    assert found[0] == code, found
    assert said in found[1]
    assert "Traceback" not in found[1]


def test_of_many_lines_each_bad_one_is_named_by_its_number(program: Path) -> None:
    bad = {**SENT, "data": {**GOOD, "channel": 5}}
    given = "\n".join(json.dumps(message) for message in (SENT, bad, SENT))
    code, said = run(program, "validate", "-", given=given)
    assert code == 1
    good, wrong, other = said.splitlines()
    assert good.startswith("line 1")
    assert good.endswith("as it should be")
    assert wrong.startswith("line 2")
    assert "channel" in wrong
    assert other.endswith("as it should be")


def test_what_needs_more_says_how_to_get_it(program: Path) -> None:
    code, said = run(program, "topics", "plan", "--force", "cleveland")
    assert code == 1
    assert "pip install 'complaints-contracts[kafka]'" in said
