"""/readyz turns red for every cause it knows, and green again; /livez stays green. On triage.

What else can be wrong shows when a service starts: it does not, without its migrations.
"""

from __future__ import annotations

import signal

import pytest
from proxy import Way
from rig import Rig, until
from rubbish import rubbish
from sending import sending
from topics import writing

SERVICE = "triage"
CONTACTS = "complaints.contacts.v1"


async def says(rig: Rig, cause: str) -> None:
    """Waits until it says so, alive all the while."""
    process = rig.fleet[SERVICE]

    async def said() -> bool:
        assert await process.lives()
        return any(cause in problem for problem in await process.problems())

    await until(said, 30)
    print(f"red: {await process.problems()}")


async def is_green(rig: Rig) -> None:
    async def green() -> bool:
        assert await rig.fleet[SERVICE].lives()
        return not await rig.fleet[SERVICE].problems()

    await until(green, 30)


@pytest.mark.parametrize("way", [Way.CUT, Way.HANG])
async def test_the_database_does_not_answer(rig: Rig, way: Way) -> None:
    rig.databases[SERVICE].set(way)
    await says(rig, "database: does not answer")
    rig.databases[SERVICE].heal()
    await is_green(rig)


@pytest.mark.parametrize("way", [Way.CUT, Way.HANG])
async def test_the_broker_does_not_answer(rig: Rig, way: Way) -> None:
    rig.kafka.proxies[SERVICE].set(way)
    await says(rig, "broker: does not answer, or take events")
    rig.kafka.proxies[SERVICE].heal()
    await is_green(rig)


async def test_the_relay_cannot_work(rig: Rig) -> None:
    """The broker is away when the relay begins."""
    rig.kafka.proxies[SERVICE].set(Way.CUT)
    await rig.kill(SERVICE, signal.SIGTERM)
    await rig.fleet[SERVICE].start()
    await until(rig.fleet[SERVICE].lives)
    await says(rig, "relay: cannot work; broker or database is away")
    await says(rig, "consumer: has no partitions")
    rig.kafka.proxies[SERVICE].heal()
    await is_green(rig)


async def test_events_wait_to_be_published(rig: Rig) -> None:
    """The clock is put back, so that what is new has waited for two minutes already."""
    await rig.order(SERVICE, ahead=-120)
    async with sending(rig, ways=("web",)) as sender:
        rig.kafka.proxies[SERVICE].latency = 0.5  # in with what it reads, and then no more out
        await sender.flows(10)
        rig.kafka.proxies[SERVICE].set(Way.MUTE)
        await says(rig, "relay: events wait to be published")
        rig.kafka.proxies[SERVICE].heal()
    await rig.order(SERVICE, ahead=None)
    await is_green(rig)


async def test_the_consumer_tries_the_same_batch_again(rig: Rig) -> None:
    async with sending(rig, ways=("web",)) as sender:
        await sender.flows()
        rig.databases[SERVICE].set(Way.CUT)
        await says(rig, "consumer: tries the same batch again")
        rig.databases[SERVICE].heal()
    await is_green(rig)


async def test_a_topic_is_paused(own_rig: Rig) -> None:
    async with writing(own_rig.kafka.bootstrap) as writer:
        await writer.send(*(rubbish("not JSON") for _ in range(25)))
    await says(own_rig, f"paused: {CONTACTS}")
    await own_rig.command(SERVICE, "skip", CONTACTS)
    await is_green(own_rig)
