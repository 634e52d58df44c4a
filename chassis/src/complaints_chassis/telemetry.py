"""Logs as JSON lines, and metrics: ids, codes and counts, nothing of what people wrote or are."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Final

from prometheus_client import Counter, Gauge, Histogram

RECORDS_APPLIED: Final = Counter("complaints_records_applied", "Records applied", ["service"])
RECORDS_DUPLICATE: Final = Counter(
    "complaints_records_duplicate", "Records seen before", ["service"]
)
RECORDS_HELD: Final = Counter(
    "complaints_records_held", "Records held, by kind", ["service", "kind"]
)
CONFLICTS: Final = Counter(
    "complaints_conflicts", "Transactions decided again after a conflict", ["service"]
)
EVENTS_PUBLISHED: Final = Counter(
    "complaints_events_published", "Events the broker confirmed", ["service"]
)
PUBLISH_FAILURES: Final = Counter(
    "complaints_publish_failures", "Sends the broker did not confirm", ["service"]
)
UNPUBLISHED: Final = Gauge(
    "complaints_unpublished", "Journal rows the relay has still to take", ["service"]
)
UNPUBLISHED_AGE: Final = Gauge(
    "complaints_unpublished_oldest_seconds", "Age of the oldest such row", ["service"]
)
HELD_NOW: Final = Gauge("complaints_held", "Records held at present", ["service", "kind"])
PAUSED: Final = Gauge("complaints_paused", "Topics or partitions not read at present", ["service"])
LAG: Final = Gauge(
    "complaints_consumer_lag",
    "Records of a topic not read yet by this replica",
    ["service", "topic"],
)
HTTP_SECONDS: Final = Histogram(
    "complaints_http_seconds", "Time to answer, by route", ["service", "method", "route", "status"]
)

_OWN: Final = logging.makeLogRecord({}).__dict__.keys() | {"message", "asctime", "color_message"}


def expose(service: str) -> None:
    """Has what was not counted yet exported as zero, so that an alarm sees the first."""
    counted = (RECORDS_APPLIED, RECORDS_DUPLICATE, CONFLICTS, EVENTS_PUBLISHED, PUBLISH_FAILURES)
    for metric in (*counted, UNPUBLISHED, UNPUBLISHED_AGE, PAUSED):
        metric.labels(service)


class JsonLines(logging.Formatter):
    """One JSON object a line. Of an exception its class and places, not its text."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {k: v for k, v in record.__dict__.items() if k not in _OWN}
        if record.exc_info and record.exc_info[0]:
            line["error"] = record.exc_info[0].__name__
            line["places"] = _places(record)
        return json.dumps(line, default=str, ensure_ascii=False)


def _places(record: logging.LogRecord) -> list[str]:
    places = []
    trace = record.exc_info[2] if record.exc_info else None
    while trace:
        code = trace.tb_frame.f_code
        places.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    return places[-8:]


def log_as_json(level: str = "INFO") -> None:
    """Sends every logger's lines to standard error as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    quieten()


def quieten() -> None:
    """Leaves out what libraries say of every step."""
    for noisy in ("httpx", "alembic", "aiokafka"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # At DEBUG it prints whole records.
    logging.getLogger("aiokafka.conn").setLevel(logging.WARNING)
