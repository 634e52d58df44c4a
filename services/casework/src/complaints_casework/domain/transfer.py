"""Recording under Schedule 3, the transfer to the force, and what it says since (domain 3.4)."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID, uuid5

from complaints_casework.domain.case import Case
from complaints_casework.domain.codes import ActionKind, Reason
from complaints_casework.domain.facts import (
    ActionAdded,
    ComplaintRecorded,
    ForceAccepted,
    ForceDecided,
    ForceQueried,
    ForceReported,
)
from complaints_contracts.codes import RecordingReason
from complaints_contracts.event import Fact
from complaints_contracts.forces import (
    CaseTransferred,
    ForceCaseRecord,
    OutcomeIssued,
    ProgressReported,
    TransferAccepted,
    TransferQueried,
)
from complaints_contracts.foreign import Foreign

FROM_FORCES: Final = UUID("7b0f4c1e-92d5-5a38-8e61-3f5c2d9ab470")
"""The ids of what forces say are made from their source and id, in this namespace."""


def report_id(foreign: Foreign) -> UUID:
    """The same for the same record, however often it is sent."""
    return uuid5(FROM_FORCES, f"{foreign.source}\0{foreign.id}")


def given(before: CaseTransferred | None, fact: Fact) -> CaseTransferred | None:
    """What the force was given of a case; None where it has not got it."""
    return fact if isinstance(fact, CaseTransferred) else before


def record_complaint(
    case: Case, reason: RecordingReason, force: str, note: str, now: datetime
) -> tuple[ComplaintRecorded, CaseTransferred]:
    """Records a complaint that is not recorded yet, in whatever state (domain 6, 2), and hands it
    to the force: what is decided on and what the force is given."""
    opened, kept = case.opened, case.kept
    assert opened is not None
    assert kept is not None
    return (
        ComplaintRecorded(at=now, reason=reason, force=force, person_id=opened.person, note=note),
        CaseTransferred(
            case_id=opened.case_id,
            force=force,
            contact_id=opened.contact_id,
            reference=opened.reference,
            received_at=opened.received_at,
            made_at=kept.made_at,
            recorded_at=now,
            reason_recorded=reason,
            urgency=case.urgency,
            risks=case.risks,
            persons=opened.persons,
            anonymous=kept.anonymous,
            title=kept.title,
            words=kept.words,
            words_file=kept.words_file,
            attachments=kept.attachments,
            force_reference=kept.force_reference,
        ),
    )


def note_force(
    case: Case, foreign: Foreign, now: datetime, soon: datetime | None, outcome_by: datetime | None
) -> tuple[Fact, ...]:
    """What a force said of a case that it has, and what that leaves to do; nothing twice.

    Whatever it says is kept, also in an order that nobody expects: a person then looks at it.

    Args:
        soon: by when somebody should look at it.
        outcome_by: by when the complainant must know an outcome (L30).
    """
    assert case.opened is not None
    id = report_id(foreign)
    if id in case.heard:
        return ()
    event = foreign.event
    assert isinstance(event, ForceCaseRecord), "its topic carries nothing else"
    said = {
        "record_id": id,
        "content_sha256": foreign.digest,
        "at": now,
        "person_id": case.opened.person,
    }
    match event:
        case TransferQueried():
            fact: Fact = ForceQueried(**said, note=event.question)
            todo = ActionAdded(kind=ActionKind.ANSWER_FORCE, reason=Reason.FORCE_ASKS, due_at=soon)
        case ProgressReported():
            fact = ForceReported(**said, note=event.words)
            todo = ActionAdded(
                kind=ActionKind.TELL_PROGRESS, reason=Reason.FORCE_REPORTED, due_at=soon
            )
        case OutcomeIssued():
            fact = ForceDecided(
                **said, note=event.words, outcome=event.outcome, issued_on=event.issued_on
            )
            todo = ActionAdded(
                kind=ActionKind.TELL_OUTCOME, reason=Reason.FORCE_DECIDED, due_at=outcome_by
            )
        case TransferAccepted():
            return (ForceAccepted(**said, note=event.force_reference),)
        case _:
            raise AssertionError(f"nothing is done about {event.type}")
    return (fact, todo)


def concerns_recording(_: Fact) -> bool:
    """Nothing that happened meanwhile keeps a complaint from being recorded (L6)."""
    return False
