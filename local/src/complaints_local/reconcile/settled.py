"""I6: everything came to rest; I7: every record was applied, or is held where somebody looks."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Set
from typing import Any, Final
from uuid import NAMESPACE_OID, uuid5

from complaints_chassis.held import NEEDS_PERSON
from complaints_chassis.private import Discarded
from complaints_contracts.codes import ReceiptOutcome
from complaints_contracts.forces import FORCE_CONTACTS, FORCE_RECEIPTS, RecordAnswered, force_of
from complaints_contracts.ops import OpsEvent, RecordHeld, TopicPaused
from complaints_contracts.topics import topic_named
from complaints_local.reconcile.atomic import is_ours
from complaints_local.reconcile.evidence import Evidence, Seen, ServiceEvidence, Topics
from complaints_local.reconcile.verdict import Verdict, judged

OPEN: Final = ("queued", "sending", "uncertain")
"""States of a mail that is not done with."""


def converged(evidence: Evidence) -> Verdict:
    """I6: nothing waits any more: no record, no row, no timer, no mail."""
    services, behind = evidence.services.values(), lags(evidence.topics)
    mails = [one for one in evidence.tables.outgoing if one.state in OPEN]
    unpublished = [(one.name, seq) for one in services for seq in sorted(one.unpublished)]
    exceptions = [
        *(f"{group} is {lag} behind on {topic}" for (group, topic), lag in behind.items() if lag),
        *(f"{name} row {seq}: not published" for name, seq in unpublished),
        *(f"{one.name} timer {timer}: overdue" for one in services for timer in one.overdue),
        *(f"notice {one.notice_id}: its mail is {one.state}" for one in mails),
    ]
    if evidence.tables.unread_mails:
        exceptions.append(f"{evidence.tables.unread_mails} mails that came in were not read")
    counts = {
        "lag": sum(behind.values()),
        "unpublished": len(unpublished),
        "overdue timers": sum(len(one.overdue) for one in services),
        "open mails": len(mails) + evidence.tables.unread_mails,
    }
    return judged("I6", "convergence", counts, exceptions)


def lags(topics: Topics) -> dict[tuple[str, str], int]:
    """How many records each group has not committed past, by group and topic."""
    found: Counter[tuple[str, str]] = Counter()
    for (group, topic, partition), committed in topics.committed.items():
        read = max(committed, topics.first[topic, partition])
        found[group, topic] += topics.ends[topic, partition] - read
    return found


def nothing_silent(evidence: Evidence) -> Verdict:
    """I7: each consumer applied, settled, holds or discarded each record; somebody was told."""
    counts: Counter[str] = Counter(records=0, applied=0, held=0, discarded=0, unread=0)
    exceptions: list[str] = []
    told = _told(evidence)
    for service in evidence.services.values():
        discarded = {row.data["held_id"] for row in service.rows if row.type == Discarded.type}
        held = {one.id for one in service.held} | {one.place for one in service.held}
        answers = _answers(service)
        for seen in evidence.topics.records:
            if seen.topic not in service.topics:
                continue
            counts["records"] += 1
            place = (service.name, seen.topic, seen.record.partition)
            if is_ours(seen.topic):
                became = _became(service, seen, held, discarded)
            else:
                became = _became_outside(answers, seen, held)
            if not became and seen.record.offset >= evidence.topics.committed[place]:
                became = "unread"  # which I6 counts
            counts[became or "lost"] += 1
            if not became:
                exceptions.append(f"{service.name}, {seen}: nothing became of it")
        exceptions += [] if evidence.topics.is_cut(OpsEvent.topic) else _unsaid(service, told)
    exceptions += _unanswered(evidence)
    return judged("I7", "nothing silent", counts, exceptions)


def _became(service: ServiceEvidence, seen: Seen, held: Set[object], discarded: set[str]) -> str:
    """What became of a record of ours in a consumer; empty where nothing did."""
    applied = service.progress.get((seen.topic, seen.key), {}).get(seen.sequence)
    if applied and applied == seen.id:
        return "applied"
    if held & {seen.place, seen.id, seen.record.digest}:
        return "held"
    if discarded & {seen.id, seen.record.digest}:
        return "discarded"
    passed = {str(uuid5(NAMESPACE_OID, f"discarded {id}")) for id in discarded}
    return "discarded" if applied in passed else ""


def _became_outside(answers: dict[tuple[str, int, int], str], seen: Seen, held: Set[object]) -> str:
    """The same of a record from outside, which has a receipt instead of a turn."""
    match answers.get(seen.place):
        case ReceiptOutcome.ACCEPTED:
            return "applied"
        case ReceiptOutcome.DISCARDED:
            return "discarded"
        case ReceiptOutcome.HELD if seen.place in held:
            return "held"
    return ""


def _answers(service: ServiceEvidence) -> dict[tuple[str, int, int], str]:
    """The last receipt for each place on forces' topics."""
    return {
        _place(row.data): row.data["outcome"]
        for row in service.rows
        if row.type == RecordAnswered.type
    }


def _place(receipt: Mapping[str, Any]) -> tuple[str, int, int]:
    """Where the record lies that a receipt answers."""
    topic = receipt.get("record_topic") or FORCE_CONTACTS.format(force=receipt["force"])
    return topic, receipt["partition"], receipt["offset"]


def _told(evidence: Evidence) -> set[tuple[str, str]]:
    """What operations were told of: the speaker, and the record or topic."""
    found = set()
    for seen in evidence.topics.records:
        if seen.attributes.get("ce_type") in (RecordHeld.type, TopicPaused.type):
            data = json.loads(seen.record.value or b"{}")
            found.add((data["speaker"], data.get("held_id") or data["source_topic"]))
    return found


def _unsaid(service: ServiceEvidence, told: set[tuple[str, str]]) -> Iterator[str]:
    for one in service.held:
        if not one.reason.strip():
            yield f"{service.name} holds {one.id}: without a reason"
        if one.kind in NEEDS_PERSON and (service.name, one.id) not in told:
            yield f"{service.name} holds {one.id}: {OpsEvent.topic} does not say so"
    for topic in service.paused:
        if (service.name, topic) not in told:
            yield f"{service.name} has paused {topic}: {OpsEvent.topic} does not say so"


def _unanswered(evidence: Evidence) -> Iterator[str]:
    """Records of forces that were read, and have no receipt on the force's own topic.

    Of those that lie there longer than receipts do, nothing can be said.
    """
    answered = set()
    for seen in evidence.topics.records:
        if seen.attributes.get("ce_type") == RecordAnswered.type:
            answered.add(_place(json.loads(seen.record.value or b"{}")))
    for seen in evidence.topics.records:
        if not is_ours(seen.topic):
            topic, partition, offset = seen.place
            receipts = FORCE_RECEIPTS.format(force=force_of(topic))
            [reader] = topic_named(topic).consumers
            unread = offset >= evidence.topics.committed[reader, topic, partition]
            known = seen.place in answered or evidence.topics.is_cut(receipts)
            if not unread and not known:
                yield f"{seen}: no receipt on {receipts}"
