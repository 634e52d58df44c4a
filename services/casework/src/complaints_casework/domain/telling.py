"""What became of what we told people, and what that leaves to do (R11)."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from complaints_casework.domain.case import PROCEDURE, Case, add_action
from complaints_casework.domain.codes import Acknowledgement, ActionKind, Reason
from complaints_casework.domain.facts import AcknowledgementNoted, ActionAdded
from complaints_contracts.codes import CaseStatus, CaseStep, Channel, Medium, Purpose
from complaints_contracts.event import Fact
from complaints_contracts.notices import NoticeEvent
from complaints_law.rule_sets import Happened

_INSTEAD: Final = {
    Medium.TELEPHONE: ActionKind.CALL,
    Medium.LETTER: ActionKind.WRITE,
    Medium.EMAIL: ActionKind.EMAIL,
    Medium.AS_ASKED: ActionKind.READ_FIRST,
    Medium.OTHER: ActionKind.REACH,
}

_SPOKEN: Final = frozenset(
    {Channel.PHONE, Channel.IN_PERSON, Channel.FORCE_101, Channel.FORCE_STATION}
)
"""The ways by which a complaint is not made in writing."""


def note_notice(
    notice: NoticeEvent, outcome: Acknowledgement, *, uncertain: bool = False
) -> tuple[Fact, ...]:
    """What became of a notice, where it is the acknowledgement (R11)."""
    if notice.purpose is not Purpose.ACKNOWLEDGEMENT:
        return ()
    noted = AcknowledgementNoted(notice_id=notice.notice_id, outcome=outcome, uncertain=uncertain)
    return (noted,)


def tell_instead(
    case: Case, notice: NoticeEvent, instead: Medium, why: Reason, due_at: datetime | None
) -> tuple[Fact, ...]:
    """In which other way somebody has to tell the person what a notice did not (R11).

    Who was reached meanwhile needs no acknowledgement any more. Its place is taken by the call it
    promises; anything else may come long after that, and is told by `due_at`.
    """
    if notice.purpose is not Purpose.ACKNOWLEDGEMENT:
        return (ActionAdded(kind=_INSTEAD[instead], reason=why, due_at=due_at),)
    if case.status is not CaseStatus.LOGGED:
        return ()
    return (add_action(case, _INSTEAD[instead], why),)


def tell_step_instead(
    notice: NoticeEvent, instead: Medium, why: Reason, due_at: datetime | None
) -> ActionAdded:
    """In which other way somebody has to tell the person of a step that a notice did not."""
    return ActionAdded(kind=_INSTEAD[instead], reason=why, due_at=due_at, step_id=notice.step_id)


def needs_writing(case: Case, step: CaseStep) -> bool:
    """Whether the person has to be told of this in writing: an outcome, unless the complaint was
    not made in writing and is not recorded (L30)."""
    assert case.opened is not None
    outcome = Happened.OUTCOME_TOLD in PROCEDURE.steps[step].told
    return outcome and (case.recorded is not None or case.opened.channel not in _SPOKEN)


def ask_how_to_reach(due_at: datetime | None) -> ActionAdded:
    """Our email was reported as unwanted: somebody has to ask how they may be reached."""
    return ActionAdded(kind=ActionKind.REACH, reason=Reason.UNWANTED, due_at=due_at)
