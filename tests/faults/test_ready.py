"""/readyz turns red for every cause it knows, and green again; /livez stays green. On triage.

A paused topic is test_poison's. Without its migrations a service does not start at all.
"""

from __future__ import annotations

import signal

import pytest
from proxy import Way
from readiness import is_green, says
from rig import Rig, until
from sending import sending

SERVICE = "triage"


@pytest.mark.parametrize("way", [Way.CUT, Way.HANG])
async def test_the_database_does_not_answer(rig: Rig, way: Way) -> None:
    rig.databases[SERVICE].set(way)
    await says(rig.fleet[SERVICE], "database: does not answer")
    rig.databases[SERVICE].heal()
    await is_green(rig.fleet[SERVICE])


@pytest.mark.parametrize("way", [Way.CUT, Way.HANG])
async def test_the_broker_does_not_answer(rig: Rig, way: Way) -> None:
    rig.kafka.proxies[SERVICE].set(way)
    await says(rig.fleet[SERVICE], "broker: does not answer, or take events")
    rig.kafka.proxies[SERVICE].heal()
    await is_green(rig.fleet[SERVICE])


async def test_the_relay_cannot_work(rig: Rig) -> None:
    """The broker is away when the relay begins."""
    rig.kafka.proxies[SERVICE].set(Way.CUT)
    await rig.kill(SERVICE, signal.SIGTERM)
    await rig.fleet[SERVICE].start()
    await until(rig.fleet[SERVICE].lives)
    await says(rig.fleet[SERVICE], "relay: cannot work; broker or database is away")
    await says(rig.fleet[SERVICE], "consumer: has no partitions")
    rig.kafka.proxies[SERVICE].heal()
    await is_green(rig.fleet[SERVICE])


async def test_events_wait_to_be_published(rig: Rig) -> None:
    """The clock is put back, so that what is new has waited for two minutes already."""
    await rig.order(SERVICE, ahead=-120)
    async with sending(rig, ways=("web",)) as sender:
        rig.kafka.proxies[SERVICE].latency = 0.5  # in with what it reads, and then no more out
        await sender.flows(10)
        rig.kafka.proxies[SERVICE].set(Way.MUTE)
        await says(rig.fleet[SERVICE], "relay: events wait to be published")
        rig.kafka.proxies[SERVICE].heal()
    await rig.order(SERVICE, ahead=None)
    await is_green(rig.fleet[SERVICE])


async def test_the_consumer_tries_the_same_batch_again(rig: Rig) -> None:
    async with sending(rig, ways=("web",)) as sender:
        await sender.flows()
        rig.databases[SERVICE].set(Way.CUT)
        await says(rig.fleet[SERVICE], "consumer: tries the same batch again")
        rig.databases[SERVICE].heal()
    await is_green(rig.fleet[SERVICE])
