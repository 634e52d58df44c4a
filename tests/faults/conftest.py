"""One system for all fault tests: each leaves it whole and quiet, each file reconciled."""

from __future__ import annotations

import json
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from accounts import settled
from rig import PATIENCE, Rig, rigged

ON_THE_RIG = (
    pytest.mark.cluster,
    pytest.mark.slow,
    pytest.mark.timeout(400 * PATIENCE),
    pytest.mark.asyncio(loop_scope="session"),
)


HISTORY_IS_READ_AGAIN = ("test_records_again.py", "test_restore.py", "test_timers.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever uses the rig needs a cluster, takes a while, and shares the rig's event loop.

    What takes the longer, the more there was before it, comes first.
    """
    here = Path(__file__).parent
    items.sort(key=lambda item: item.path not in {here / name for name in HISTORY_IS_READ_AGAIN})
    for item in items:
        if {"rig", "own_rig"} & set(getattr(item, "fixturenames", ())):
            for mark in ON_THE_RIG:
                item.add_marker(mark, append=False)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Adds what a test found to the file that FAULTS_RESULTS names."""
    results = os.environ.get("FAULTS_RESULTS")
    if results and report.when != "setup":
        found = {
            "test": report.nodeid,
            "part": report.when,
            "outcome": report.outcome,
            "seconds": round(report.duration, 1),
            "said": report.capstdout.splitlines(),
        }
        with Path(results).open("a", encoding="utf-8") as file:
            file.write(f"{json.dumps(found)}\n")


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def started_rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    """The system, started once."""
    async with rigged(tmp_path_factory.mktemp("rig")) as rig:
        yield rig


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def judged(started_rig: Rig) -> AsyncIterator[Rig]:
    """The system, judged by `reconcile` when the tests of a file are over."""
    yield started_rig
    print(await settled(started_rig))


@pytest_asyncio.fixture(loop_scope="session")
async def rig(judged: Rig) -> AsyncIterator[Rig]:
    """The system, whole before the test, whole and quiet after it."""
    await judged.heal()
    yield judged
    begun = time.monotonic()
    await judged.heal()
    whole = time.monotonic()
    await judged.quiet()
    print(f"whole after {whole - begun:.1f} s, quiet {time.monotonic() - whole:.1f} s later")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def own_rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Rig]:
    """Another one, for tests that leave behind what `reconcile` rightly would not forgive."""
    async with rigged(tmp_path_factory.mktemp("own-rig")) as rig:
        yield rig
