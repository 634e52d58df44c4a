"""When much comes at once, one transaction for many instead of one for each few.

A transaction costs about the same for one record and for fifty. So whoever has just worked off a
crowd waits a moment for the next one to gather; whoever found only a few goes on at once, and so
nothing waits while little happens.
"""

from __future__ import annotations

from typing import Final

CROWD: Final = 8
GATHER_SECONDS: Final = 0.1


def gather_seconds(worked_off: int, limit: int) -> float:
    """How long to wait before the next round: not at all where it was few, or all that fitted."""
    return GATHER_SECONDS if CROWD <= worked_off < limit else 0.0
