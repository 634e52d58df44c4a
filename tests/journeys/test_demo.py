"""What a newcomer sees: the demo, twice on the same data; and what nobody may see in a log."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import yaml
from up import Up

from complaints_local.demo import SAMPLES
from complaints_local.mailbox import Mailbox
from complaints_local.ports import free_port
from complaints_local.postgres import Postgres

REFERENCE = re.compile(r"\b[A-Z]{2}-[0-9A-Z]{3,4}-[0-9A-Z-]{3,8}\b")


@pytest.fixture
async def up(tmp_path: Path) -> AsyncIterator[Up]:
    found = Up(tmp_path / "data", free_port())
    yield found
    await found.kill(signal.SIGTERM)
    server = Postgres(found.data / "postgres")
    await server.start()
    await server.stop("immediate")


def canaries() -> set[str]:
    """What the samples say about people: names, addresses, telephone numbers, and some words."""
    found: set[str] = set()
    for path in SAMPLES.iterdir():
        text = path.read_text(encoding="utf-8", errors="replace")
        found |= set(re.findall(r"[\w.]+@[\w.]+example", text))
        found |= set(re.findall(r"01632 ?96\d{4}", text))
        if path.suffix == ".yaml":
            sample = yaml.safe_load(text)
        elif path.suffix == ".json":
            sample = json.loads(text)
            sample |= sample["persons"][0]
        else:
            continue
        found |= {str(sample[key]) for key in ("name", "safe_contact") if sample.get(key)}
        found |= {line.strip()[:40] for line in sample["words"].splitlines() if line.strip()}
    return found


@pytest.mark.slow
async def test_the_demo_twice_on_the_same_data_sends_nothing_twice(up: Up) -> None:
    await up.start("--demo", "--exit")
    assert await up.ended() == 0, up.output
    first = set(REFERENCE.findall(up.output))
    assert len(first) == len(list(SAMPLES.iterdir())), up.output
    mails = Mailbox(up.data / "mail").mails()
    await up.start("--demo", "--exit")
    assert await up.ended() == 0, up.output
    assert set(REFERENCE.findall(up.output)) == first
    assert Mailbox(up.data / "mail").mails() == mails


@pytest.mark.slow
async def test_no_personal_data_is_in_any_log(up: Up) -> None:
    await up.start("--demo", "--exit")
    assert await up.ended() == 0, up.output
    logs = [up.data / "log.jsonl", up.data / "postgres" / "log"]
    planted = canaries()
    assert len(planted) > 10
    for path in logs:
        content = path.read_text(encoding="utf-8", errors="replace")
        assert content
        for canary in planted:
            assert canary not in content, f"{canary!r} is in {path.name}"
    for canary in planted:
        assert canary not in up.output, f"{canary!r} is in what the system said"
