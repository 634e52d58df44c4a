"""How long it takes from when a contact is due to be sent until its acknowledgement is at the sink.

Open loop: `complaints-local load` sends when it is time, whatever became of what was sent before,
so a system that falls behind cannot hide it. It sends by every way, with replies, duplicates and
records that cannot be read among them.
"""

from __future__ import annotations

import asyncio
import subprocess
from dataclasses import dataclass
from statistics import quantiles
from typing import Final

from benchmarks import contest
from complaints_local.processes import PROGRAMS
from complaints_local.reconcile.ledger import Kind, Line, Outcome, read_ledger

SETTLE_SECONDS: Final = 60.0


@dataclass
class Latency:
    """In milliseconds, of the contacts that left an address."""

    rate: float
    contacts: int
    p50: float
    p99: float
    refused: int

    def __str__(self) -> str:
        return (
            f"at {self.rate:g}/s: p50 {self.p50:.0f} ms, p99 {self.p99:.0f} ms"
            f" ({self.contacts} contacts, {self.refused} refused)"
        )


async def latency(servers: contest.Servers, rate: float, seconds: float, seed: int) -> Latency:
    """Sends `rate` contacts a second for so many seconds to services that run.

    Raises:
        ContestError: a contact that was accepted was not acknowledged.
    """
    fleet = servers.fleet
    ledger = servers.folder / f"ledger-{seed}.jsonl"
    loading = await asyncio.create_subprocess_exec(
        PROGRAMS / "complaints-local",
        "load",
        *("--url", fleet.intake, "--mail-in", ":".join(map(str, fleet.mail_in))),
        *("--kafka", servers.kafka.bootstrap, "--ledger", str(ledger)),
        *("--rate", str(rate), "--seconds", str(seconds), "--seed", str(seed)),
        stdout=subprocess.DEVNULL,
    )
    if await loading.wait():
        raise contest.ContestError("the load did not run")
    lines = read_ledger(ledger)
    contacts = {
        line.recipient: line
        for line in lines
        if line.kind is Kind.CONTACT and line.outcome is Outcome.ACCEPTED
    }
    arrived: dict[str, float] = {}
    try:
        async with asyncio.timeout(SETTLE_SECONDS):
            while contacts.keys() - arrived.keys():
                await asyncio.sleep(0.2)
                for mail in servers.mails.update():
                    arrived.setdefault(mail.recipient, mail.at)
    except TimeoutError:
        missing = len(contacts.keys() - arrived.keys())
        raise contest.ContestError(f"{missing} contacts were not acknowledged") from None
    took = [1000 * (arrived[to] - line.sent_at.timestamp()) for to, line in contacts.items()]
    cuts = quantiles(took, n=100)
    return Latency(rate, len(took), cuts[49], cuts[98], sum(map(_refused, lines)))


def _refused(line: Line) -> bool:
    return line.outcome is Outcome.REFUSED
