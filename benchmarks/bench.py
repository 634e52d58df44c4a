"""Everything that is claimed of speed, in one run: `scripts/bench`.

A drain is measured for each contestant, ours and the floor in turns, so that a machine that is
busy for a while slows down both. Then how long one contact takes, what it costs to run and to do
nothing, and how fast the mail alone can go.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Final

import psutil

from benchmarks import chart, contest
from benchmarks.idle import Idle, idle
from benchmarks.large import Large, large
from benchmarks.latency import Latency, latency
from benchmarks.ours import Ours
from benchmarks.post import mails_a_second

RESULTS: Final = Path(__file__).parent / "results"
CONTACTS: Final = {"ours": 3000, "floor-a": 6000, "floor-b": 1500, "naive": 800, "celery": 1000}
"""As many as last some seconds."""
ROUNDS: Final = 3
"""Of ours and floor A: the middle one counts."""
LOADS: Final = ((1.0, 20.0), (20.0, 20.0), (100.0, 20.0))
"""Contacts a second, and for how many seconds."""


@dataclass
class Result:
    """What one run found."""

    at: str
    machine: dict[str, Any]
    drains: dict[str, list[contest.Figures]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    """Contestants that could not be measured, and why."""
    latencies: list[Latency] = field(default_factory=list)
    idle: Idle | None = None
    mails_a_second: float = 0.0
    large: list[Large] = field(default_factory=list)
    seconds: float = 0.0

    def middle(self, name: str) -> contest.Figures:
        """The drain of middle speed."""
        runs = sorted(self.drains[name], key=lambda run: run.rate)
        return runs[len(runs) // 2]

    def ratio(self, name: str) -> float:
        """Ours to another's, each by its middle rate."""
        mine, its = (median(run.rate for run in self.drains[n]) for n in ("ours", name))
        return mine / its

    def table(self) -> str:
        """For the README, in Markdown."""
        lines = [
            "| drain | contacts/s | ours is | CPU ms/contact | commits/contact | memory MB |",
            "|---|---|---|---|---|---|",
        ]
        for name in self.drains:
            run = self.middle(name)
            lines.append(
                f"| {name} | {run.rate:.0f} | {self.ratio(name):.2f} × | {run.cpu_ms:.2f} |"
                f" {run.commits / run.contacts:.2f} | {sum(run.rss.values()) / 1e6:.0f} |"
            )
        lines += [f"\n{name}: {why}" for name, why in self.missing.items()]
        lines += ["", "| contacts arrive | p50 ms | p99 ms |", "|---|---|---|"]
        lines += [f"| {one.rate:g}/s | {one.p50:.0f} | {one.p99:.0f} |" for one in self.latencies]
        ours = self.middle("ours")
        where = ", ".join(
            f"{name} {1000 * cpu / ours.contacts:.2f}" for name, cpu in ours.cpu.items()
        )
        lines += [
            "",
            f"CPU of one contact, in ms of Python: {where}.",
            f"Mail alone: {self.mails_a_second:.0f} mails/s. {self.idle}.",
        ]
        lines += [f"- {one}" for one in self.large]
        return "\n".join(lines)


def machine() -> dict[str, Any]:
    """What it ran on."""
    return {
        "processor": _processor(),
        "cores": psutil.cpu_count(),
        "memory_bytes": psutil.virtual_memory().total,
        "system": platform.platform(),
        "python": platform.python_version(),
        "load_before": os.getloadavg()[0],
    }


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((line.partition(": ")[2] for line in lines if "model name" in line), "")


async def drains(result: Result) -> None:
    """Ours and floor A in turns, then each of the others once."""
    order = ["ours", "floor-a"] * ROUNDS + ["floor-b", "naive", "celery"]
    for number, name in enumerate(order, start=1):
        say(f"drain {number} of {len(order)}: {name}, {CONTACTS[name]} contacts")
        try:
            figures = await contest.run(name, CONTACTS[name])
        except contest.ContestError as error:
            if name in ("ours", "floor-a"):
                raise
            result.missing[name] = str(error).splitlines()[0]
            say(f"  not measured: {result.missing[name]}")
            continue
        result.drains.setdefault(name, []).append(figures)
        say(f"  {figures.rate:.0f} contacts/s, {figures.cpu_ms:.2f} ms of CPU each")


async def others(result: Result) -> None:
    """All that is measured of our services while they run."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        async with contest.servers(Path(folder)) as world:
            result.mails_a_second = await mails_a_second(world.mail_port)
            say(f"mail alone: {result.mails_a_second:.0f} mails/s")
            contestant = Ours(world)
            try:
                result.idle = await idle(contestant)
                say(str(result.idle))
                for seed, (rate, seconds) in enumerate(LOADS):
                    found = await latency(world, rate, seconds, seed)
                    result.latencies.append(found)
                    say(str(found))
            finally:
                await contestant.stop()


async def grown(result: Result) -> None:
    """The same beside many cases."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        async with contest.servers(Path(folder)) as world:
            result.large = await large(world)
            for one in result.large:
                say(str(one))


def say(text: str) -> None:
    """Progress, with the seconds since the start."""
    print(f"[{time.monotonic() - BEGAN:5.0f} s] {text}", file=sys.stderr, flush=True)


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, default=RESULTS, help="Where results are kept.")
    parser.add_argument(
        "--large", action="store_true", help="Also beside 10 000, 100 000 and a million cases."
    )
    arguments = parser.parse_args()
    now = datetime.now(UTC)
    result = Result(now.isoformat(timespec="seconds"), machine())
    await drains(result)
    await others(result)
    if arguments.large:
        await grown(result)
    result.seconds = time.monotonic() - BEGAN
    arguments.output.mkdir(parents=True, exist_ok=True)
    stem = arguments.output / f"{now:%Y-%m-%d-%H%M}"
    stem.with_suffix(".json").write_text(json.dumps(asdict(result), indent=1) + "\n")
    chart.draw(result, stem.with_suffix(".png"))
    print(result.table())
    say(f"kept in {stem}.json and {stem.name}.png")


BEGAN: Final = time.monotonic()

if __name__ == "__main__":
    try:
        asyncio.run(main())
    except contest.ContestError as error:
        sys.exit(str(error))
