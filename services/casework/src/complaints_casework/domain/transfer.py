"""What is handed to a force: complaints that are recorded, and requests (domain 3.3, 3.4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from complaints_casework.domain.case import Case
from complaints_contracts.cases import CaseMoved
from complaints_contracts.codes import CaseStep, Criterion, CriterionAnswer, RequestKind, Urgency
from complaints_contracts.event import Fact
from complaints_contracts.forces import (
    CaseTransferred,
    RequestAnswered,
    RequestMade,
    TransferredAllegation,
)
from complaints_contracts.foreign import Foreign

REQUESTS: Final = {
    CaseStep.TASK_SENT: RequestKind.TASK,
    CaseStep.EVIDENCE_REQUESTED: RequestKind.EVIDENCE,
    CaseStep.WITHDRAWAL_PASSED_ON: RequestKind.WITHDRAWAL,
}
"""The steps that ask something of the force."""

_URGENT: Final = frozenset({Criterion.MF2, Criterion.MF3, Criterion.MF5, Criterion.MF6})
"""With any of these it goes the urgent way (domain 3.4)."""


@dataclass(frozen=True)
class HandedOver:
    """What a force was given of a case. `force` is whose it is, once there is one."""

    force: str | None = None
    transferred: CaseTransferred | None = None
    requests: Mapping[UUID, RequestMade] = field(default_factory=lambda: MappingProxyType({}))


def given(before: HandedOver, fact: Fact) -> HandedOver:
    """What the force was given after one more event."""
    match fact:
        case CaseTransferred():
            return replace(before, force=fact.force, transferred=fact)
        case RequestMade():
            requests = {**before.requests, fact.request_id: fact}
            force = before.force if before.transferred else fact.force
            return replace(before, force=force, requests=MappingProxyType(requests))
        case _:
            return before


def may_say(handed: HandedOver, foreign: Foreign) -> bool:
    """Whether a force was given what it speaks of: the case, or the request that it answers."""
    event = foreign.event
    asked = handed.requests.get(event.request_id) if isinstance(event, RequestAnswered) else None
    return (asked.force if asked else handed.force) == foreign.force


def is_urgent(case: Case) -> bool:
    """Whether the force must hear of it at once: an answer, or the words, ask for that."""
    assessed = case.assessment.allegations if case.assessment else ()
    answered = any(
        allegation.answers.get(criterion) is not CriterionAnswer.NO
        for allegation in assessed
        for criterion in _URGENT
    )
    return answered or case.urgency is not Urgency.ROUTINE


def pack(case: Case, recorded: CaseMoved, preserve: str | None) -> CaseTransferred:
    """Everything that the force needs to handle a recorded complaint (domain 3.4)."""
    opened, kept = case.opened, case.kept
    assert opened is not None
    assert kept is not None
    assert recorded.force is not None
    assert recorded.recorded_for is not None
    assessed = case.assessment.allegations if case.assessment else ()
    return CaseTransferred(
        case_id=opened.case_id,
        force=recorded.force,
        contact_id=opened.contact_id,
        reference=opened.reference,
        received_at=opened.received_at,
        made_at=kept.made_at,
        recorded_at=recorded.at,
        reason_recorded=recorded.recorded_for,
        urgency=Urgency.URGENT
        if is_urgent(case) and case.urgency is Urgency.ROUTINE
        else case.urgency,
        risks=case.risks,
        persons=case.persons,
        anonymous=kept.anonymous,
        title=kept.title,
        words=kept.words,
        words_file=kept.words_file,
        attachments=kept.attachments,
        force_reference=kept.force_reference,
        allegations=tuple(
            TransferredAllegation(
                number=each.number,
                category=each.category,
                words=each.words,
                answers=each.answers,
            )
            for each in assessed
        ),
        preserve=preserve,
    )


def request(case: Case, moved: CaseMoved, force: str, answer_by: datetime | None) -> RequestMade:
    """What a step asks of a force; the step's id is the request's."""
    opened = case.opened
    assert opened is not None
    return RequestMade(
        case_id=opened.case_id,
        force=force,
        request_id=moved.step_id,
        kind=REQUESTS[moved.step],
        reference=opened.reference,
        person_id=opened.person,
        words=moved.words or "",
        made_at=moved.at,
        answer_by=answer_by,
    )


def concerns_recording(_: Fact) -> bool:
    """Nothing that happened meanwhile keeps a complaint from being recorded (L6)."""
    return False
