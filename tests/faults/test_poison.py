"""Records that nobody can read, of every kind, on a topic of our own, amid good ones (F19)."""

from __future__ import annotations

import httpx
from rig import Rig, until
from rubbish import RUBBISH, rubbish
from sending import sending
from topics import writing

READERS = ("triage", "notifications")
OF_THE_TOY = "fails in the handler"
FEW = 10
"""Twenty in a row would pause the topic, and are a case of their own."""
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
    async with sending(rig, ways=("web",)) as sender, writing(rig.kafka.bootstrap) as writer:
        for start in range(0, len(bad), FEW):
            await writer.send(*bad[start : start + FEW])
            good, known = await sender.send(), len(rig.mailbox.mails())
            await until(lambda known=known: len(rig.mailbox.mails()) > known)
            print(f"{kinds[start : start + FEW]}: told {good} behind them")
    for service in READERS:
        found = [row[0] for row in await rig.ask(service, HELD)]
        assert sorted(value or b"" for value in found) == sorted(r.value or b"" for r in bad)
        assert await held_in_all(rig, service) == len(bad)
        assert not await rig.fleet[service].problems()
    await rig.quiet()
