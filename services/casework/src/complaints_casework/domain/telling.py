"""What became of what we told people, and what that leaves to do (R11)."""

from __future__ import annotations

from typing import Final

from complaints_casework.domain.case import Case, Status, add_action
from complaints_casework.domain.codes import Acknowledgement, ActionKind, Reason
from complaints_casework.domain.facts import AcknowledgementNoted, NoticeReturnNoted
from complaints_contracts.codes import Medium, Purpose, ReturnKind
from complaints_contracts.event import Fact
from complaints_contracts.notices import NoticeEvent, NoticeReturned

_INSTEAD: Final = {
    Medium.TELEPHONE: ActionKind.CALL,
    Medium.LETTER: ActionKind.WRITE,
    Medium.EMAIL: ActionKind.EMAIL,
    Medium.AS_ASKED: ActionKind.READ_FIRST,
    Medium.OTHER: ActionKind.REACH,
}


def note_notice(
    case: Case,
    notice: NoticeEvent,
    outcome: Acknowledgement,
    *,
    instead: Medium | None = None,
    why: Reason = Reason.NOT_TOLD,
    uncertain: bool = False,
) -> tuple[Fact, ...]:
    """What became of a notice, and in which other way somebody has to tell the person (R11).

    Who was reached meanwhile needs no acknowledgement any more.
    """
    facts: list[Fact] = []
    acknowledges = notice.purpose is Purpose.ACKNOWLEDGEMENT
    if acknowledges:
        facts.append(
            AcknowledgementNoted(notice_id=notice.notice_id, outcome=outcome, uncertain=uncertain)
        )
    if instead and not (acknowledges and case.status is not Status.LOGGED):
        facts.append(add_action(case, _INSTEAD[instead], why))
    return tuple(facts)


def note_return(case: Case, notice: NoticeReturned) -> tuple[Fact, ...]:
    """A machine answered a notice: somebody must act where it did not arrive, or is unwanted."""
    noted = NoticeReturnNoted(notice_id=notice.notice_id, kind=notice.kind, status=notice.status)
    if notice.kind is ReturnKind.REPORTED:
        return (noted, add_action(case, ActionKind.REACH, Reason.UNWANTED))
    if notice.instead:
        told = note_notice(case, notice, Acknowledgement.RETURNED, instead=notice.instead)
        return (noted, *told)
    return (noted,)
