"""Services whose clocks differ, and jump (F21)."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from rig import Rig
from sending import sending

from complaints_casework.domain.counting import started_at, work_out
from complaints_law.london import instant_on, london_day
from complaints_law.office import load_office
from complaints_local.fleet import SERVICES

AHEAD_SECONDS = (600, -600, 3600, -3600, 0)
"""Of one service each, in turn."""
BEFORE_MIDNIGHT_SECONDS = 2
RECEIVED = "SELECT contact_id, received_at, made_at FROM contacts"
COUNTED = "SELECT contact_id, next_clock, next_due_at FROM cases WHERE next_clock <> ''"


async def test_clocks_that_differ_and_jump_move_no_deadline(rig: Rig) -> None:
    """Intake passes midnight, alone: what counts is the day on which it received a contact."""
    async with sending(rig, ways=("web", "review")) as sender:
        for turn in range(len(SERVICES)):
            for at, service in enumerate(SERVICES):
                ahead = AHEAD_SECONDS[(at + turn) % len(AHEAD_SECONDS)]
                await rig.order(service, ahead=ahead)
            await sender.flows(5)
        now = datetime.now(UTC)
        tomorrow = instant_on(london_day(now) + timedelta(days=1), time.min)
        to_midnight = (tomorrow - now).total_seconds()
        await rig.order("intake", ahead=to_midnight - BEFORE_MIDNIGHT_SECONDS)
        await sender.flows(30)
    await rig.quiet()
    received = {row["contact_id"]: row for row in await rig.ask("intake", RECEIVED)}
    hours = load_office().opening_hours
    days = set()
    for case in await rig.ask("casework", COUNTED):
        contact = received[case["contact_id"]]
        start = started_at(contact["received_at"], contact["made_at"])
        due = {clock.kind: clock.due_at for clock in work_out(start, hours)}
        assert case["next_due_at"] == due[case["next_clock"]]
        days.add(london_day(contact["received_at"]))
    print(f"{len(received)} contacts, received on {sorted(map(str, days))}")
    assert len(days) > 1
