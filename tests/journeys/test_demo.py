"""What a newcomer sees: the demo, twice on the same data; and what nobody may see in a log."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from typing import Any

import pytest
import yaml
from up import Up

from complaints_local.mailbox import Mailbox
from complaints_local.samples import samples

REFERENCE = re.compile(r"\b[A-Z]{2}-[0-9A-Z]{3,4}-[0-9A-Z-]{3,8}\b")


def said(fields: dict[str, Any]) -> set[str]:
    """Names, and the beginnings of every line of somebody's words."""
    names = ("name", "other_name", "safe_contact")
    texts = [*flat(fields.get("words")), *flat(fields.get("matter"))]
    lines = (line.strip()[:40] for text in texts for line in text.splitlines())
    return {fields[name] for name in names if fields.get(name)} | {line for line in lines if line}


def flat(value: str | list[str] | None) -> list[str]:
    return [value] if isinstance(value, str) else value or []


def canaries() -> set[str]:
    """What the samples say about people: names, addresses, telephone numbers, and some words."""
    found: set[str] = set()
    for sample in samples():
        text = sample.content(defaultdict(str)).decode(errors="replace")
        found |= set(re.findall(r"[\w.]+@[\w.-]+example", text))
        found |= set(re.findall(r"01632 ?96\d{4}", text))
        if sample.way in ("web", "entry"):
            found |= said(yaml.safe_load(text))
        elif sample.way != "mail":
            sent = json.loads(text)
            sent = sent.get("data", sent)
            for part in (sent, *sent.get("persons", ())):
                found |= said(part)
    return found


@pytest.mark.slow
async def test_the_demo_twice_on_the_same_data_sends_nothing_twice(up: Up) -> None:
    await up.start("--demo", "--exit")
    assert await up.ended() == 0, up.output
    first = set(REFERENCE.findall(up.output))
    joined, held = up.output.count("Part of an earlier"), up.output.count("held:")
    assert (joined, held) == (2, 1), up.output
    assert len(first) == len(samples()) - joined - held, up.output
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
