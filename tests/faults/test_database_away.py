"""PostgreSQL restarted, down, locked and slow (F10, F11, F13)."""

from __future__ import annotations

import asyncio
import time
from typing import Literal

import httpx
import pytest
from rig import LONG, Rig, aside, until
from sending import sending

from complaints_local.fleet import SERVICES

DOWN_SECONDS = 120 if LONG else 5
LOCKED_SECONDS = 30 if LONG else 6
ANSWERS = {"web 202", "web 503", "review 202", "review 503", "mail 250", "mail 451", "force None"}
BUSY = {"mail 421"}
"""So many connections wait for an answer."""
UNANSWERED = {"web None", "review None", "mail None"}
HELD = "SELECT count(*) FROM held"
SLOW = """
CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_sleep(0.2); RETURN NEW; END $$;
CREATE TRIGGER dawdle BEFORE INSERT ON notices FOR EACH ROW EXECUTE FUNCTION dawdle()
"""


def pids(rig: Rig) -> list[int]:
    return [rig.fleet[service].pid for service in SERVICES]


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_a_restart_of_the_database_needs_no_restart_of_a_service(
    rig: Rig, mode: Literal["fast", "immediate"]
) -> None:
    before = pids(rig)
    async with sending(rig) as sender:
        await sender.flows(5)
        print(f"{mode} while {await rig.in_flight()}")
        await aside(rig.postgres.stop(mode))
        await aside(rig.postgres.start())
        back = time.monotonic()
        await sender.flows()
        print(f"accepting {time.monotonic() - back:.1f} s after it was back; {sender.answers}")
    assert pids(rig) == before


async def test_while_the_database_is_down_nothing_is_accepted_and_nothing_held(rig: Rig) -> None:
    before = pids(rig)
    held = [await rig.value(service, HELD) for service in SERVICES]
    async with sending(rig, ways=("web", "mail", "web", "review")) as sender:
        await sender.flows(5)
        await aside(rig.postgres.stop())
        accepted = len(sender.accepted)
        async with httpx.AsyncClient(base_url=rig.fleet.intake, timeout=15) as client:
            answer = await client.post("/api/contacts", json={"words": "Nobody answers."})
        await asyncio.sleep(DOWN_SECONDS)
        assert len(sender.accepted) == accepted
        await aside(rig.postgres.start())
        back = time.monotonic()
        await sender.flows()
        print(f"accepting {time.monotonic() - back:.1f} s after it was back; {sender.answers}")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0
    assert {"web 503", "mail 451"} <= sender.answers.keys() <= ANSWERS | UNANSWERED | BUSY
    assert pids(rig) == before
    await rig.quiet()
    assert held == [await rig.value(service, HELD) for service in SERVICES]


async def test_a_locked_table_of_one_service_holds_up_that_service_only(rig: Rig) -> None:
    cases = "SELECT count(*) FROM cases"
    async with sending(rig) as sender:
        await sender.flows()
        owner = await rig.postgres.connect("casework")
        async with owner.transaction():
            await owner.execute("LOCK TABLE cases IN ACCESS EXCLUSIVE MODE")
            before = await owner.fetchval(cases)
            mails, accepted = len(rig.mailbox.mails()), len(sender.accepted)
            await asyncio.sleep(LOCKED_SECONDS)
            assert await owner.fetchval(cases) == before
        mails, accepted = len(rig.mailbox.mails()) - mails, len(sender.accepted) - accepted
        await owner.close()
        await until(lambda: _more(rig, cases, before))
    print(f"locked for {LOCKED_SECONDS} s: {accepted} accepted, {mails} mails sent meanwhile")
    assert accepted > LOCKED_SECONDS
    assert mails > LOCKED_SECONDS


async def _more(rig: Rig, query: str, before: int) -> bool:
    return bool(await rig.value("casework", query) > before)


async def test_a_database_that_dawdles_holds_up_its_own_service_only(rig: Rig) -> None:
    owner = await rig.postgres.connect("notifications")
    await owner.execute(SLOW)
    try:
        async with sending(rig) as sender:
            await sender.flows(30)
            waits = sorted(sender.accepted.values())
    finally:
        await owner.execute("DROP TRIGGER dawdle ON notices; DROP FUNCTION dawdle()")
        await owner.close()
    print(f"200 ms for each notice: accepted in p50 {waits[len(waits) // 2]:.2f} s")
    assert not {"web 503", "review 503", "mail 451"} & sender.answers.keys()
