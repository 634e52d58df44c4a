"""Timers that fall due while nobody is there (F22)."""

from __future__ import annotations

import signal

from rig import Rig, until
from sending import sending

DUE = "SELECT count(*) FROM timers WHERE due_at < now() + interval '365 days'"
FIRED = """
SELECT stream, type, record, count(*) AS times FROM journal WHERE actor = 'timer'
GROUP BY stream, type, record ORDER BY stream
"""
YEAR = 365 * 24 * 3600


async def test_what_fell_due_during_a_stop_is_done_once_and_not_again(rig: Rig) -> None:
    async with sending(rig, ways=("web",)) as sender:
        await sender.flows(10)
    await rig.quiet()
    await rig.kill("casework", signal.SIGTERM)
    due = await rig.value("casework", DUE)
    before = await rig.value("casework", "SELECT count(*) FROM journal WHERE actor = 'timer'")
    ahead = rig.orders["casework"].get("ahead", 0)
    await rig.order("casework", ahead=ahead + YEAR)
    await rig.start("casework")

    async def all_fired() -> bool:
        return not await rig.value("casework", "SELECT count(*) FROM timers")

    await until(all_fired)
    await rig.kill("casework", signal.SIGTERM)
    await rig.start("casework")
    await rig.quiet()
    fired = await rig.value("casework", "SELECT count(*) FROM journal WHERE actor = 'timer'")
    print(f"{due} timers fell due during the stop, {fired - before} events of them")
    assert all(row["times"] == 1 for row in await rig.ask("casework", FIRED))
