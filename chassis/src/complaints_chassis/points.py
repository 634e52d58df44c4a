"""Named crash points: where a test may end the process, as a power cut would."""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter
from typing import Final

ENVIRONMENT: Final = "COMPLAINTS_CRASH_AT"
_hits: Counter[str] = Counter()


def point(name: str) -> None:
    """Does nothing, unless `COMPLAINTS_CRASH_AT` is `name`, or `name:k`: the k-th is the end."""
    armed = os.environ.get(ENVIRONMENT)
    if not armed:
        return
    wanted, _, count = armed.partition(":")
    if name != wanted:
        return
    _hits[name] += 1
    if _hits[name] == int(count or 1):
        sys.stderr.write(f"crash point {armed}\n")
        sys.stderr.flush()
        os.kill(os.getpid(), signal.SIGKILL)
