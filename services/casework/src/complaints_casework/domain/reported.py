"""What a force says of a case: kept whatever it is, and a step where it follows (domain 3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Final, NamedTuple
from uuid import UUID, uuid5

from complaints_casework.domain.codes import ActionKind, Reason
from complaints_casework.domain.facts import (
    ForceAccepted,
    ForceAdvanced,
    ForceAnswered,
    ForceDecided,
    ForceQueried,
    ForceReported,
)
from complaints_casework.domain.steps import Given
from complaints_contracts.codes import CaseStep, ForceStep, RequestKind
from complaints_contracts.event import Fact
from complaints_contracts.forces import (
    CaseAdvanced,
    ForceCaseRecord,
    OutcomeIssued,
    ProgressReported,
    RequestAnswered,
    RequestMade,
    TransferAccepted,
    TransferQueried,
)
from complaints_contracts.foreign import Foreign
from complaints_law.london import LAST_MINUTE, instant_on

FROM_FORCES: Final = UUID("7b0f4c1e-92d5-5a38-8e61-3f5c2d9ab470")
"""The ids of what forces say are made from their source and id, in this namespace."""

_ANSWERED: Final = {
    RequestKind.TASK: CaseStep.TASK_ANSWERED,
    RequestKind.EVIDENCE: CaseStep.EVIDENCE_PRESERVED,
}


class Said(NamedTuple):
    """What was said, the step that it is, if any, when that was, and what it asks of somebody."""

    fact: Fact
    given: Given | None
    at: datetime
    action: ActionKind | None = None
    reason: Reason = Reason.UNEXPECTED


def report_id(foreign: Foreign) -> UUID:
    """The same for the same record, however often it is sent."""
    return uuid5(FROM_FORCES, f"{foreign.source}\0{foreign.id}")


def read(
    foreign: Foreign, person_id: UUID, requests: Mapping[UUID, RequestMade], now: datetime
) -> Said:
    """What a record of a force says."""
    event = foreign.event
    assert isinstance(event, ForceCaseRecord), "its topic carries nothing else"
    told = {
        "record_id": report_id(foreign),
        "content_sha256": foreign.digest,
        "at": now,
        "person_id": person_id,
    }
    match event:
        case TransferAccepted():
            accepted = ForceAccepted(**told, note=event.force_reference)
            return Said(accepted, Given(CaseStep.ACCEPTED), now)
        case TransferQueried():
            queried = ForceQueried(**told, note=event.question)
            answer = ActionKind.ANSWER_FORCE
            return Said(queried, Given(CaseStep.QUERIED), now, answer, Reason.FORCE_ASKS)
        case ProgressReported():
            reported = ForceReported(**told, note=event.words)
            tell = ActionKind.TELL_PROGRESS
            step = Given(CaseStep.PROGRESS_RECEIVED)
            return Said(reported, step, now, tell, Reason.FORCE_REPORTED)
        case OutcomeIssued():
            decided = ForceDecided(
                **told,
                note=event.words,
                outcome=event.outcome,
                issued_on=event.issued_on,
                review_body=event.review_body,
                review_limb=event.review_limb,
            )
            step = Given(
                CaseStep.OUTCOME_ISSUED,
                outcome=event.outcome,
                review_body=event.review_body,
                review_limb=event.review_limb,
            )
            at = min(now, instant_on(event.issued_on, LAST_MINUTE))
            return Said(decided, step, at, ActionKind.TELL_OUTCOME, Reason.FORCE_DECIDED)
        case CaseAdvanced():
            advanced = ForceAdvanced(
                **told, note=event.words, step=event.step, done_on=event.done_on
            )
            known = None if event.step is ForceStep.OTHER else CaseStep(event.step.value)
            at = min(now, instant_on(event.done_on, LAST_MINUTE))
            passes_on = ActionKind.TELL_PROGRESS if event.words else None
            follows = Given(known) if known else None
            return Said(advanced, follows, at, passes_on, Reason.FORCE_REPORTED)
        case RequestAnswered():
            answered = ForceAnswered(**told, note=event.words, request_id=event.request_id)
            asked = requests.get(event.request_id)
            step_of = _ANSWERED.get(asked.kind) if asked else None
            answers = Given(step_of, about=event.request_id) if step_of else None
            look = ActionKind.LOOK if asked else None
            return Said(answered, answers, now, look, Reason.FORCE_ANSWERED)
        case _:
            raise AssertionError(f"nothing is done about {event.type}")
