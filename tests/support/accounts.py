"""What `reconcile` says of a rig that is quiet."""

from __future__ import annotations

from rig import Rig

from complaints_local.reconcile.gather import Sources, gather
from complaints_local.reconcile.verdict import State
from complaints_local.reconcile.verdicts import verdicts

ASKED = {"I1", "I2", "I3", "I4", "I5", "I6", "I7", "I9"}


async def settled(rig: Rig) -> str:
    """Waits until all is quiet, then asks `reconcile`; a line of its counts."""
    await rig.quiet()
    databases = rig.folder / "databases"
    urls = {name: urls.service for name, urls in rig.fleet.databases.items()}
    databases.write_text("".join(f"{name}={url}\n" for name, url in urls.items()))
    evidence = await gather(
        Sources(
            ledger=rig.ledger,
            databases=databases,
            kafka=rig.kafka.clients,
            mail=rig.mailbox.folder,
            logs=(rig.logs, rig.postgres.folder),
        )
    )
    found = {verdict.id: verdict for verdict in verdicts(evidence)}
    broken = {id: found[id].exceptions for id in ASKED if found[id].state is not State.HOLDS}
    assert not broken, broken
    told = {"accepted": found["I1"].counts["accepted"], **found["I2"].counts}
    return f"I1-I7 and I9 hold: {told}"
