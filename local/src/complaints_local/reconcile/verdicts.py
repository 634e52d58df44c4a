"""Every invariant, in order (reliability, oracles I1 to I11): pure functions of the evidence."""

from __future__ import annotations

from complaints_local.reconcile.atomic import atomic, audit_intact
from complaints_local.reconcile.contacts import no_doubled_mail, no_lost_contact
from complaints_local.reconcile.evidence import Evidence
from complaints_local.reconcile.leaks import no_leak
from complaints_local.reconcile.order import in_order
from complaints_local.reconcile.settled import converged, nothing_silent
from complaints_local.reconcile.verdict import Verdict
from complaints_local.reconcile.windows import bounded, heals, progress


def verdicts(evidence: Evidence) -> list[Verdict]:
    """What is to be said of each."""
    return [
        no_lost_contact(evidence),
        no_doubled_mail(evidence),
        in_order(evidence),
        atomic(evidence),
        audit_intact(evidence),
        converged(evidence),
        nothing_silent(evidence),
        progress(evidence),
        no_leak(evidence),
        heals(evidence),
        bounded(evidence),
    ]
