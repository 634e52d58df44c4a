"""Records that nobody can read, on a topic of our own: of every kind, and very many (F19)."""

from __future__ import annotations

import httpx
from readiness import is_green, says
from rig import Rig, until
from rubbish import RUBBISH, rubbish
from sending import sending
from topics import writing

from complaints_local.load.content import address

READERS = ("triage", "notifications")
OF_THE_TOY = "fails in the handler"
FEW, MANY = 10, 25
"""Twenty in a row pause the topic."""
CONTACTS = "complaints.contacts.v1"
HELD = "SELECT value FROM held"


async def held_in_all(rig: Rig, service: str) -> float:
    """How often the running process has held a record."""
    async with httpx.AsyncClient(base_url=rig.fleet[service].address) as http:
        lines = (await http.get("/metrics")).text.splitlines()
    return sum(
        float(line.rpartition(" ")[2])
        for line in lines
        if line.startswith("complaints_records_held_total") and "UNREADABLE" in line
    )


async def test_poison_of_every_kind_costs_itself_only(own_rig: Rig) -> None:
    rig = own_rig
    kinds = [kind for kind in RUBBISH if kind != OF_THE_TOY]
    bad = [rubbish(kind) for kind in kinds]

    def told(tag: str) -> bool:
        return any(mail.recipients == (address(tag),) for mail in rig.mailbox.mails())

    async with sending(rig, ways=("web",)) as sender, writing(rig.kafka.bootstrap) as writer:
        for start in range(0, len(bad), FEW):
            await writer.send(*bad[start : start + FEW])
            good = await sender.send()
            await until(lambda good=good: told(good))
            print(f"{kinds[start : start + FEW]}: {good} was told behind them")
    await rig.quiet()
    for service in READERS:
        found = [row[0] for row in await rig.ask(service, HELD)]
        assert sorted(value or b"" for value in found) == sorted(r.value or b"" for r in bad)
        assert await held_in_all(rig, service) == len(bad)  # each was tried once
        assert not await rig.fleet[service].problems()


async def test_twenty_in_a_row_pause_their_topic_until_a_person_goes_on(own_rig: Rig) -> None:
    async with writing(own_rig.kafka.bootstrap) as writer:
        await writer.send(*(rubbish("not JSON") for _ in range(MANY)))
    for service in READERS:
        await says(own_rig.fleet[service], f"paused: {CONTACTS}")
    async with sending(own_rig, ways=("web",)) as sender:
        await sender.flows(3)
    for service in READERS:
        await own_rig.command(service, "skip", CONTACTS)
        await is_green(own_rig.fleet[service])
    await own_rig.quiet()
    assert await own_rig.value("casework", "SELECT count(*) FROM cases") >= len(sender.accepted)
