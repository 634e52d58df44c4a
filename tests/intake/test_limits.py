"""How much the public may send."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from intake_service import Intake

from complaints_intake import limits
from complaints_intake.limits import Limits

NOW = datetime(2026, 4, 2, 16, 10, tzinfo=UTC)


def test_one_address_that_sends_too_much_waits_and_others_do_not() -> None:
    found = Limits(everybody=600, one_address=60)
    assert [found.take("a", NOW) for _ in range(61)] == [0] * 60 + [1]
    assert found.take("b", NOW) == 0
    assert found.take("a", NOW + timedelta(seconds=1)) == 0
    assert found.take("a", NOW + timedelta(seconds=1)) == 1


def test_all_together_have_a_limit_too() -> None:
    found = Limits(everybody=6, one_address=60)
    assert [found.take(str(n), NOW) for n in range(7)] == [0] * 6 + [10]


def test_only_so_many_addresses_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_ADDRESSES", 2)
    found = Limits(everybody=600, one_address=1)
    assert [found.take(address, NOW) for address in "abcba"] == [0, 0, 0, 60, 0]


async def test_whoever_sends_too_much_is_told_when_to_try_again_and_how_else(
    intake: Intake,
) -> None:
    intake.clock.set(NOW, frozen=True)
    intake.app.state.limits = Limits(everybody=600, one_address=1)
    assert (await intake.program.post("/api/contacts", json={"words": "x"})).status_code == 202
    answer = await intake.program.post("/api/contacts", json={"words": "x"})
    assert answer.status_code == 429
    assert answer.headers["retry-after"] == "60"
    assert "Wait 60 seconds" in answer.json()["action"]
    assert "01642 301860" in answer.json()["action"]
    assert (await intake.browser.get("/")).status_code == 200
