"""I9: no personal data outside: tags are canaries, for they stand in all that is personal."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Final

from complaints_contracts.ops import OpsEvent
from complaints_local.reconcile.evidence import Evidence
from complaints_local.reconcile.ledger import tags_in
from complaints_local.reconcile.verdict import Verdict, judged, not_judged

TITLE: Final = "no personal data outside"


def no_leak(evidence: Evidence) -> Verdict:
    """I9: no tag is in a log, a key, a header, operations' events, held reasons or refusals."""
    if evidence.logs is None:
        return not_judged("I9", TITLE, "give --logs")
    canaries = {line.tag for line in evidence.ledger}
    found = [(place, tag) for place, tags in _places(evidence) for tag in tags & canaries]
    counts = {
        "canaries": len(canaries),
        "logs": len(evidence.logs),
        "records": len(evidence.topics.records),
        "hits": len(found),
    }
    return judged("I9", TITLE, counts, (f"{tag} in {place}" for place, tag in sorted(found)))


def _places(evidence: Evidence) -> Iterator[tuple[str, Set[str]]]:
    yield from (evidence.logs or {}).items()
    for seen in evidence.topics.records:
        record = seen.record
        parts = [record.key, *(part for header in record.headers for part in header)]
        if record.topic == OpsEvent.topic:
            parts.append(record.value)
        text = " ".join((part or b"").decode(errors="replace") for part in parts)
        yield str(seen), tags_in(text)
    for service in evidence.services.values():
        for one in service.held:
            yield f"{service.name}'s reason to hold {one.id}", tags_in(one.reason)
    for line in evidence.ledger:
        yield f"the refusal of {line.tag}", tags_in(line.body or "")
