"""I8: progress during faults; I10: processes heal by themselves; I11: they do not grow."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from statistics import median
from typing import Final

from complaints_local.reconcile.evidence import Evidence
from complaints_local.reconcile.ledger import Outcome
from complaints_local.reconcile.verdict import Verdict, judged, not_judged
from complaints_local.reconcile.watched import Sample, Watched

PROGRESS: Final = 100
"""So many operations go through in a fault window where that is promised."""
READY_AGAIN: Final = timedelta(seconds=30)
GROWTH: Final = 1.10
FLOOR: Final = {"rss": 32 * 1024 * 1024, "files": 10, "connections": 10}
"""What may come on top, for a process that is young: a pool of connections that fills."""
SAMPLES: Final = 10
"""So many at either end are looked at, and their median taken."""
GIVE: Final = "give --watched"


def progress(evidence: Evidence) -> Verdict:
    """I8: in each promised fault window `PROGRESS` contacts were accepted, or mails arrived."""
    title = "progress during faults"
    if evidence.watched is None:
        return not_judged("I8", title, GIVE)
    promised = [fault for fault in evidence.watched.faults if fault.promised]
    if not promised:
        return not_judged("I8", title, "no fault in --watched promises progress")
    moments = [
        *(line.answered_at for line in evidence.ledger if line.outcome is Outcome.ACCEPTED),
        *(mail.received_at for mail in evidence.mails),
    ]
    done = {
        fault.name: sum(fault.begins <= moment <= fault.ends for moment in moments if moment)
        for fault in promised
    }
    slow = [f"{name}: {n} of {PROGRESS} operations" for name, n in done.items() if n < PROGRESS]
    counts = {f"during {name}": n for name, n in done.items()}
    return judged("I8", title, counts, slow)


def heals(evidence: Evidence) -> Verdict:
    """I10: a process that ran was live, and ready again soon after each fault."""
    title = "self-heal"
    if evidence.watched is None:
        return not_judged("I10", title, GIVE)
    exceptions = [*_dead(evidence.watched), *_not_ready(evidence.watched)]
    counts = {"samples": len(evidence.watched.samples), "faults": len(evidence.watched.faults)}
    return judged("I10", title, counts, exceptions)


def _dead(watched: Watched) -> Iterator[str]:
    """Samples that were not live, of processes that had been, unless a fault stopped just them."""
    for service, samples in watched.by_service.items():
        stopped = [
            (fault.begins, fault.ends + READY_AGAIN)
            for fault in watched.faults
            if service in fault.stopped
        ]
        for _, of_process in groupby(samples, lambda sample: sample.pid):
            was_live = False
            for sample in of_process:
                was_live = was_live or sample.live
                meant = any(begins <= sample.at <= ends for begins, ends in stopped)
                if was_live and not sample.live and not meant:
                    yield f"{service}: not live at {sample.at:%H:%M:%S}"


def _not_ready(watched: Watched) -> Iterator[str]:
    for service, samples in watched.by_service.items():
        for fault in watched.faults:
            until = fault.ends + READY_AGAIN
            after = [sample for sample in samples if fault.ends <= sample.at <= until]
            disturbed = any(fault.ends < other.begins < until for other in watched.faults)
            if not disturbed and not any(sample.ready for sample in after):
                yield f"{service}: not ready again within {READY_AGAIN.seconds} s of {fault.name}"
        if not samples[-1].ready:
            yield f"{service}: not ready at the end"


def bounded(evidence: Evidence) -> Verdict:
    """I11: memory, files and connections at the end are near those before the first fault."""
    title = "bounded"
    if evidence.watched is None:
        return not_judged("I11", title, GIVE)
    if not evidence.watched.faults:
        return not_judged("I11", title, "there is no fault in --watched")
    first = min(fault.begins for fault in evidence.watched.faults)
    exceptions: list[str] = []
    for service, samples in evidence.watched.by_service.items():
        before = [sample for sample in samples if sample.at < first][-SAMPLES:]
        if not before:
            exceptions.append(f"{service}: not watched before the first fault")
            continue
        exceptions += _grown(service, before, samples[-SAMPLES:])
    counts = {"processes": len(evidence.watched.by_service)}
    return judged("I11", title, counts, exceptions)


def _grown(service: str, before: list[Sample], after: list[Sample]) -> Iterator[str]:
    for what, floor in FLOOR.items():
        was = median(getattr(sample, what) for sample in before)
        now = median(getattr(sample, what) for sample in after)
        if now > was * GROWTH + floor:
            yield f"{service}: {what} grew from {was:.0f} to {now:.0f}"
