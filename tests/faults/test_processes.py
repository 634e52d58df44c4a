"""Processes killed at random, restarted in turn, frozen, joined by others, cut off (F2-F4, F23-F25,
F28)."""

from __future__ import annotations

import asyncio
import random
import signal
import time

from aiokafka import AIOKafkaConsumer
from proxy import Way
from rig import LONG, PATIENCE, READS, Rig, until
from sending import sending

from complaints_local.fleet import SERVICES

SEED = 20_260_402
KILLS = 100 if LONG else 8
FROZEN_SECONDS = 45 if LONG else 10
"""Longer than the session timeout of a consumer, which is 6 s."""
LOCKED_FOR_ALL = "hashtext('allocation')"
"""Of the statement that locks what every replica of casework needs in order to open a case."""
STORM_SECONDS = 120 if LONG else 8
PAUSE_SECONDS = 180 if LONG else 8
CUT_SECONDS = 60 if LONG else 12
FLOOD = 2_000 if LONG else 150
BEHIND_SECONDS = 5.0
CASES = "SELECT count(*) FROM cases"
NO_FORCE = ("web", "review", "web", "web")


async def test_random_kills_of_single_services_lose_nothing(rig: Rig) -> None:
    chance = random.Random(SEED)
    async with sending(rig) as sender:
        await sender.flows()
        for number in range(1, KILLS + 1):
            await asyncio.sleep(chance.uniform(0.5, 3 if LONG else 2))
            service = chance.choice(SERVICES)
            print(f"kill {number}, {service}: {await rig.in_flight()}")
            await rig.kill(service)
            await rig.fleet[service].start()  # which the next kill may hit too
        await rig.heal()
    begun = time.monotonic()
    await rig.quiet()
    print(f"quiet {time.monotonic() - begun:.1f} s after the last restart")


async def test_a_rolling_restart_turns_nobody_away(rig: Rig) -> None:
    async with (
        rig.replica("intake") as second,
        sending(rig, ways=NO_FORCE, intake=second.address) as sender,
    ):
        for service in SERVICES:
            await sender.flows(3)
            assert await rig.kill(service, signal.SIGTERM) == 0
            await rig.start(service)
        await sender.flows(3)
    print(f"answers of the second replica: {dict(sender.answers)}")
    assert sender.answers.keys() <= {"web 202", "review 202"}


async def test_who_wakes_after_others_took_over_overwrites_nothing(rig: Rig) -> None:
    """One freezes in the middle of a transaction, and keeps what it has locked for 30 s."""
    async with rig.replica("casework"), rig.replica("notifications"), sending(rig) as sender:
        await sender.flows(3)
        await rig.order("casework", freeze_on=LOCKED_FOR_ALL)
        await until(lambda: "\nfrozen\n" in rig.fleet["casework"].log())
        rig.fleet["notifications"].send(signal.SIGSTOP)
        before, begun = await rig.value("casework", CASES), time.monotonic()
        print(f"frozen while {await rig.in_flight()}")
        await asyncio.sleep(FROZEN_SECONDS)

        async def taken_over() -> bool:
            return bool(await rig.value("casework", CASES) > before)

        await until(taken_over, 120)
        opened = await rig.value("casework", CASES) - before
        for service in ("casework", "notifications"):
            rig.fleet[service].send(signal.SIGCONT)
        await rig.order("casework", freeze_on=None)
        print(f"{opened} cases opened by others in {time.monotonic() - begun:.0f} s of frost")
        await sender.flows(10)
    await rig.quiet()


async def test_members_that_join_and_leave_all_the_time_lose_nothing(rig: Rig) -> None:
    """They take partitions, read nothing, and go."""
    mails = len(rig.mailbox.mails())
    begun = time.monotonic()
    visits = 0
    async with sending(rig) as sender:
        while time.monotonic() - begun < STORM_SECONDS:
            passing = AIOKafkaConsumer(
                *READS["triage"],
                **rig.kafka.clients,
                group_id="triage",
                enable_auto_commit=False,
                auto_offset_reset="earliest",
            )
            await passing.start()
            await asyncio.sleep(2)  # so often do they come and go
            await passing.stop()
            visits += 1
        await until(lambda: len(rig.mailbox.mails()) - mails >= len(sender.accepted) / 2)
        taken = time.monotonic() - begun
    print(f"{visits} visits, {len(sender.accepted)} accepted in {taken:.0f} s")


async def test_a_paused_service_catches_up_without_a_step_back(rig: Rig) -> None:
    async with sending(rig) as sender:
        await sender.flows(3)
        rig.fleet["casework"].send(signal.SIGSTOP)
        await asyncio.sleep(PAUSE_SECONDS)
        behind = (await rig.lag())["casework"]
        rig.fleet["casework"].send(signal.SIGCONT)
        print(f"{behind} records behind after {PAUSE_SECONDS} s")
    assert behind > PAUSE_SECONDS
    lags = [behind]
    while lags[-1]:
        lags.append((await rig.lag())["casework"])
    print(f"caught up: {lags[:10]}")


async def test_a_flood_from_one_force_does_not_keep_others_waiting(rig: Rig) -> None:
    async with sending(rig, ways=("web",)) as sender:
        await sender.flows(3)
        flood = [asyncio.create_task(sender.send("force")) for _ in range(FLOOD)]
        await asyncio.gather(*flood)
        before = set(sender.accepted)
        await sender.flows(20)
        waits = sorted(sender.accepted[tag] for tag in sender.accepted.keys() - before)
    print(f"amid {FLOOD} of a force: p50 {waits[len(waits) // 2]:.2f} s, {waits[-1]:.2f} at most")
    assert waits[-1] < BEHIND_SECONDS


async def test_a_service_that_is_cut_off_from_everything_heals_by_itself(rig: Rig) -> None:
    casework = rig.fleet["casework"]
    ways_out = (rig.databases["casework"], rig.kafka.proxies["casework"])
    async with sending(rig) as sender:
        await sender.flows(3)
        mails, begun = len(rig.mailbox.mails()), time.monotonic()
        for proxy in ways_out:
            proxy.set(Way.HANG)

        async def is_red() -> bool:
            assert await casework.lives()
            return bool(await casework.problems())

        await until(is_red, 30)
        red = time.monotonic() - begun
        await asyncio.sleep(CUT_SECONDS - red)
        assert await casework.lives()
        told = len(rig.mailbox.mails()) - mails
        pid, begun = casework.pid, time.monotonic()
        for proxy in ways_out:
            proxy.heal()
        await casework.ready(60 * PATIENCE)
        green = time.monotonic() - begun
    print(f"red after {red:.1f} s, green {green:.1f} s after the end; {told} mails meanwhile")
    assert casework.pid == pid
    assert told > CUT_SECONDS
    assert green < 30
