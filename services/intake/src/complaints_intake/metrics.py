"""Intake's metrics: counts and times, nothing of whom they are about."""

from __future__ import annotations

from typing import Final

from prometheus_client import Gauge, Histogram

_HOUR: Final = 3600
_DAY: Final = 24 * _HOUR

TRANSFER_LAG: Final = Histogram(
    "complaints_transfer_lag_seconds",
    "From when a contact was made to a force or the IOPC until it reached us (domain 5.1, 8)",
    ["channel"],
    buckets=(60, 600, _HOUR, 4 * _HOUR, _DAY, 2 * _DAY, 5 * _DAY, 7 * _DAY, 14 * _DAY, 28 * _DAY),
)
MAILS_WAITING: Final = Gauge(
    "complaints_mails_waiting", "Mails not read ten minutes after they came"
)
