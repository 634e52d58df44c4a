"""A database of which some statements fail, some time out, and some are carried out and time out
(F5)."""

from __future__ import annotations

import asyncio
from collections import defaultdict

from rig import LONG, Rig
from sending import sending

from complaints_local.fleet import SERVICES

SHARE = 0.05
"""Of each of the three: Temporal's rates."""
CONTACTS = 200 if LONG else 15


async def test_a_store_that_fails_times_out_and_forgets_to_answer_loses_nothing(rig: Rig) -> None:
    async with sending(rig) as sender:
        await sender.flows()
        await asyncio.gather(*(rig.order(service, flaky=SHARE) for service in SERVICES))
        await sender.flows(CONTACTS)
        print(f"flaky while {await rig.in_flight()}")
        await asyncio.gather(*(rig.order(service, flaky=None) for service in SERVICES))
        print(f"answers: {dict(sender.answers)}")
    await rig.quiet()
    copies: dict[tuple[str, str], list[bytes]] = defaultdict(list)
    for mail in rig.mailbox.mails():
        copies[mail.recipients[0], str(mail.message["Message-ID"])].append(mail.content)
    doubled = {key: found for key, found in copies.items() if len(found) > 1}
    uncertain = await rig.value("notifications", "SELECT count(*) FROM notices WHERE uncertain")
    print(f"{len(doubled)} mails are there twice, {uncertain} notices are marked uncertain")
    assert all(len(set(found)) == 1 for found in doubled.values())
