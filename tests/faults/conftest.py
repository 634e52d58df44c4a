"""One system for all fault tests; each leaves it whole, quiet and accounted for."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from accounts import settled
from rig import Rig, rigged
from sending import Ledger


ON_THE_RIG = (
    pytest.mark.cluster,
    pytest.mark.slow,
    pytest.mark.timeout(240),
    pytest.mark.asyncio(loop_scope="session"),
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever uses the rig needs a cluster, takes a while, and shares the rig's event loop."""
    for item in items:
        if "rig" in getattr(item, "fixturenames", ()):
            for mark in ON_THE_RIG:
                item.add_marker(mark, append=False)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def _rig(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Rig, Ledger]]:
    async with rigged(tmp_path_factory.mktemp("rig")) as rig:
        yield rig, Ledger()


@pytest_asyncio.fixture(loop_scope="session")
async def rig(_rig: tuple[Rig, Ledger]) -> AsyncIterator[Rig]:
    """The system, whole before the test and again after it; then every contact is there once."""
    rig, ledger = _rig
    await rig.heal()
    yield rig
    await rig.heal()
    print(await settled(rig, ledger))


@pytest.fixture
def ledger(_rig: tuple[Rig, Ledger]) -> Ledger:
    """Of everything that was ever sent to the system."""
    return _rig[1]
