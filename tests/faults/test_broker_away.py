"""The broker stopped, killed, away for long, and acknowledging into the void (F6, F7, F8)."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

import pytest
from cluster import kill
from proxy import Way
from relaying import records_of
from rig import LONG, Rig, aside
from sending import sending

from complaints_contracts.topics import topics_for
from complaints_law.office import load_office

AWAY_SECONDS = 180 if LONG else 10
DRAIN = 5
"""So many times faster than they came, events that waited go out."""
INTAKE_ONLY = ("web", "review", "web", "mail")
ALWAYS = {"web 202", "review 202", "mail 250"}


@pytest.mark.parametrize("end", ["SIGTERM", "SIGKILL"])
async def test_contacts_are_accepted_throughout_a_restart_of_the_broker(rig: Rig, end: str) -> None:
    async with sending(rig, ways=INTAKE_ONLY) as sender:
        await sender.flows(10)
        print(f"{end} while {await rig.in_flight()}")
        begun, before = time.monotonic(), len(sender.accepted)
        await (aside(rig.kafka.stop()) if end == "SIGTERM" else asyncio.to_thread(kill, rig.kafka))
        await sender.flows(10)
        await aside(rig.kafka.start())
        gone = time.monotonic() - begun
        print(f"gone for {gone:.1f} s, {len(sender.accepted) - before} accepted meanwhile")
    assert sender.answers.keys() <= ALWAYS


async def test_what_waited_for_the_broker_goes_out_faster_than_it_came(rig: Rig) -> None:
    async def waiting() -> int:
        return (await rig.unpublished())["intake"]

    async with sending(rig, ways=INTAKE_ONLY) as sender:
        await sender.flows()
        pids = {name: process.pid for name, process in rig.fleet.processes.items()}
        await aside(rig.kafka.stop())
        begun = time.monotonic()
        await asyncio.sleep(AWAY_SECONDS)
        arrival = await waiting() / (time.monotonic() - begun)
        await aside(rig.kafka.start())
        most, begun = await waiting(), time.monotonic()
        while (left := await waiting()) > most / 10:
            if left > most:  # the relay tries again after a pause
                most, begun = left, time.monotonic()
            await asyncio.sleep(0.01)
        drain = (most - left) / (time.monotonic() - begun)
    print(f"{arrival:.0f} rows/s came for {AWAY_SECONDS} s, {most} waited, {drain:.0f}/s went out")
    assert sender.answers.keys() <= ALWAYS
    assert drain > DRAIN * arrival
    assert pids == {name: process.pid for name, process in rig.fleet.processes.items()}


async def test_lost_acknowledgements_of_the_broker_lose_and_double_nothing(rig: Rig) -> None:
    async with sending(rig) as sender:
        for _ in range(3):
            await sender.flows(5)
            for proxy in rig.kafka.proxies.values():
                proxy.set(Way.MUTE)
            await asyncio.sleep(1)  # so long are the answers lost
            print(f"answers lost while {await rig.in_flight()}")
            for proxy in rig.kafka.proxies.values():
                proxy.heal()
    await rig.quiet()
    ids: Counter[bytes] = Counter()
    for topic in topics_for(force.key for force in load_office().forces).values():
        for record in await records_of(rig.kafka, topic.name, topic.partitions):
            ids[dict(record.headers).get("ce_id", b"")] += 1
    twice = sum(count > 1 for count in ids.values())
    print(f"{len(ids)} events on the topics, {twice} of them more than once")
