"""I4: no event without state, no state without event; I5: the audit trail is intact."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from complaints_contracts.ops import JournalSealed
from complaints_contracts.personal import ERASED
from complaints_contracts.topics import topic_named
from complaints_local.reconcile.evidence import Evidence, Row, Seen
from complaints_local.reconcile.verdict import Verdict, judged


def is_ours(topic: str) -> bool:
    """Whether services of ours write it: a force's contacts have no sequence, and no journal."""
    return not topic_named(topic).producers[0].startswith("force ")


def is_same(one: Seen, other: Seen) -> bool:
    """Whether two records say the same, but for what was erased between them."""
    values = one.record.value or b"", other.record.value or b""
    return one.record.headers == other.record.headers and (
        values[0] == values[1] or _same_but_erased(*values)
    )


def atomic(evidence: Evidence) -> Verdict:
    """I4: journal and topics hold the same, and read tables are what follows from the journal."""
    topics = evidence.topics
    published = [row for row in evidence.rows if row.topic]
    rows = {(row.topic, row.event_id): row for row in published}
    exceptions: list[str] = []
    for row in published:
        exceptions += _unlike(row, topics.by_id.get((str(row.topic), row.event_id), []), evidence)
    ghosts = [
        seen
        for seen in topics.records
        if is_ours(seen.topic)
        and (seen.topic, seen.id) not in rows
        and seen.attributes.get("ce_type") != JournalSealed.type  # of these verifying speaks
    ]
    exceptions += [f"{seen}: no journal has it" for seen in ghosts]
    exceptions += [
        f"{service.name} {stream}: its read table is not what follows from the journal"
        for service in evidence.services.values()
        for stream in service.rebuilt
    ]
    counts = {
        "published rows": len(published),
        "records": sum(is_ours(seen.topic) for seen in topics.records),
        "ghosts": len(ghosts),
    }
    return judged("I4", "atomic", counts, exceptions)


def _unlike(row: Row, records: list[Seen], evidence: Evidence) -> Iterator[str]:
    name = f"{row.service} row {row.seq}"
    waits = row.seq in evidence.services[row.service].unpublished
    if not records and not waits and not evidence.topics.is_cut(str(row.topic)):
        yield f"{name}: neither on {row.topic} nor queued"
    headers = tuple((k.encode(), v.encode()) for k, v in row.headers.items())
    for seen in records:
        value = seen.record.value or b""
        same = value == row.value or (row.is_erased and _same_but_erased(value, row.value))
        if seen.key != row.key or not same or sorted(seen.record.headers) != sorted(headers):
            yield f"{name}: differs from {seen}"


def _same_but_erased(one: bytes, other: bytes) -> bool:
    try:
        return _matches(json.loads(one), json.loads(other))
    except ValueError:
        return False


def _matches(one: Any, other: Any) -> bool:
    if ERASED in (one, other) and isinstance(one, str) and isinstance(other, str):
        return True
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_matches(one[k], other[k]) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_matches, one, other))
    return bool(one == other)


def audit_intact(evidence: Evidence) -> Verdict:
    """I5: chains, seals, columns and personal parts, and the seals that were published."""
    exceptions = [
        f"{service.name}: {problem}"
        for service in evidence.services.values()
        for problem in service.verified
    ]
    counts = {
        "rows": len(evidence.rows),
        "seals published": sum(
            seen.attributes.get("ce_type") == JournalSealed.type for seen in evidence.topics.records
        ),
    }
    return judged("I5", "audit intact", counts, exceptions)
