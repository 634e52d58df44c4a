"""I3: order for each stream, on the topics, in every consumer, and in what people are sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from complaints_local.reconcile.atomic import is_ours, is_same
from complaints_local.reconcile.evidence import Evidence, Seen, ServiceEvidence
from complaints_local.reconcile.verdict import Verdict, judged


def in_order(evidence: Evidence) -> Verdict:
    """I3: 1..n on each topic and in each consumer's progress; effects and mails in that order."""
    streams: defaultdict[tuple[str, str], list[Seen]] = defaultdict(list)
    for seen in evidence.topics.records:
        if is_ours(seen.topic):
            streams[seen.topic, seen.key].append(seen)
    causes = {seen.id: seen for records in streams.values() for seen in records}
    exceptions = [
        *(one for records in streams.values() for one in _out_of_order(evidence, records)),
        *(one for service in evidence.services.values() for one in _gaps(service)),
        *(one for service in evidence.services.values() for one in _effects(service, causes)),
        *_mails(evidence),
    ]
    counts = {
        "streams on topics": len(streams),
        "streams read": sum(len(one.progress) for one in evidence.services.values()),
        "rows caused": sum(
            row.headers.get("ce_causationid", "") in causes for row in evidence.rows
        ),
        "recipients": len({one for mail in evidence.mails for one in mail.recipients}),
    }
    return judged("I3", "order", counts, exceptions)


def _out_of_order(evidence: Evidence, records: list[Seen]) -> Iterator[str]:
    topic, key = records[0].topic, records[0].key
    if len({seen.record.partition for seen in records}) > 1:
        yield f"{topic} {key}: on several partitions"
    known: dict[int, Seen] = {}
    last = records[0].sequence - 1 if evidence.topics.is_cut(topic) else 0
    for seen in records:
        first = known.setdefault(seen.sequence, seen)
        if first is not seen:
            if first.id != seen.id or not is_same(first, seen):
                yield f"{topic} {key}: sequence {seen.sequence} is there twice, and differs"
        elif seen.sequence != last + 1:
            yield f"{topic} {key}: sequence {seen.sequence} follows {last}"
        last = max(last, seen.sequence)


def _gaps(service: ServiceEvidence) -> Iterator[str]:
    for (topic, stream), applied in service.progress.items():
        missing = set(range(1, max(applied) + 1)) - applied.keys()
        if missing:
            yield f"{service.name}, {topic} {stream}: sequence {min(missing)} was not applied"


def _effects(service: ServiceEvidence, causes: dict[str, Seen]) -> Iterator[str]:
    """Within one stream of the consumer, what events of one other stream caused is in their order.

    Between its streams there is none: a batch is written sorted by stream.
    """
    last: dict[tuple[str, str, str], int] = {}
    for row in service.rows:
        cause = causes.get(row.headers.get("ce_causationid", ""))
        if cause is None:
            continue
        place = row.stream, cause.topic, cause.key
        if cause.sequence < last.get(place, 0):
            yield f"{service.name} row {row.seq}: its cause came before that of an earlier row"
        last[place] = max(last.get(place, 0), cause.sequence)


def _mails(evidence: Evidence) -> Iterator[str]:
    arrived: dict[str, int] = {}
    for number, mail in enumerate(evidence.mails):
        arrived.setdefault(mail.message_id, number)
    last: dict[str, int] = {}
    for one in evidence.tables.outgoing:  # in the order they were queued
        if one.message_id not in arrived:
            continue
        number, person = arrived[one.message_id], one.recipient.lower()
        if number < last.get(person, -1):
            yield f"notice {one.notice_id}: arrived before an earlier one to the same person"
        last[person] = max(number, last.get(person, -1))
