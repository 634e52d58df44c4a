"""`complaints-local load`, from start to summary."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from complaints_law.office import load_office
from complaints_local.load.generator import Generator
from complaints_local.load.plan import Intended, Mix, plan, run_name
from complaints_local.load.ways import opened


class LoadError(Exception):
    """The load cannot be run; the text says why, and what to do."""


def run(
    url: str,
    mail_in: tuple[str, int],
    kafka: str,
    ledger: Path,
    seed: int,
    rate: float,
    seconds: float,
    mix: Mix,
) -> str:
    """Sends `rate` contacts a second for so many seconds; a line about what was answered.

    SIGTERM and SIGINT end it early.

    Raises:
        LoadError: the ledger has a run of this seed already.
        KafkaError: no broker answers.
    """
    if ledger.exists() and run_name(seed) in ledger.read_text(encoding="utf-8"):
        raise LoadError(f"{ledger} has a run of seed {seed}. Give another --seed or --ledger.")
    with ledger.open("a", encoding="utf-8") as file:
        told = asyncio.run(_send(url, mail_in, kafka, file, plan(seed, rate, seconds, mix)))
    return f"{run_name(seed)}: {told}"


async def _send(
    url: str, mail_in: tuple[str, int], kafka: str, file: TextIO, planned: Iterable[Intended]
) -> str:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with opened(url, mail_in, kafka) as ways:
        generator = Generator(ways, load_office().addresses.complaints, file)
        begun = time.monotonic()
        await generator.run(planned, stop)
        return generator.summary(time.monotonic() - begun)
