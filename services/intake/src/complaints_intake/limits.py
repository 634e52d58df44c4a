"""How much the public may send: a bucket for each address, and one for all (S16)."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Final

MAX_ADDRESSES: Final = 10_000
"""So many addresses are remembered; the one that was quiet longest is forgotten first."""


@dataclass
class Bucket:
    """Holds tokens for a minute's requests, filled evenly; each request takes one."""

    size: int
    tokens: float
    at: datetime

    def seconds_until_free(self, now: datetime) -> int:
        """0 where a request may pass now."""
        per_second = self.size / 60
        passed = max(0.0, (now - self.at).total_seconds())
        self.tokens = min(self.size, self.tokens + passed * per_second)
        self.at = now
        return 0 if self.tokens >= 1 else ceil((1 - self.tokens) / per_second)


class Limits:
    """Counts requests within one process: each replica allows as much."""

    def __init__(self, everybody: int, one_address: int) -> None:
        self._everybody = everybody
        self._one_address = one_address
        self._all: Bucket | None = None
        self._addresses: OrderedDict[str, Bucket] = OrderedDict()

    def take(self, address: str, now: datetime) -> int:
        """Counts a request; 0, or the seconds after which it may be sent again."""
        everybody = self._all = self._all or Bucket(self._everybody, self._everybody, now)
        one = self._addresses.setdefault(address, Bucket(self._one_address, self._one_address, now))
        self._addresses.move_to_end(address)
        if len(self._addresses) > MAX_ADDRESSES:
            self._addresses.popitem(last=False)
        wait = one.seconds_until_free(now) or everybody.seconds_until_free(now)
        if not wait:
            one.tokens -= 1
            everybody.tokens -= 1
        return wait
