"""What casework does about what became of notices."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from complaints_casework.domain.case import PROCEDURE
from complaints_casework.domain.codes import Acknowledgement, Reason
from complaints_casework.domain.facts import NoticeReturnNoted, StepNotTold, StepTold
from complaints_casework.domain.telling import (
    ask_how_to_reach,
    note_notice,
    tell_instead,
    tell_step_instead,
)
from complaints_casework.handlers import cases_of, in_a_day
from complaints_casework.repository import CASES, CASES_OF_CONTACTS
from complaints_chassis.aggregate import Needs
from complaints_chassis.work import Work
from complaints_contracts.cases import case_id
from complaints_contracts.codes import Medium, Purpose, ReturnKind, WithheldReason
from complaints_contracts.notices import (
    NoticeEvent,
    NoticeRefused,
    NoticeReturned,
    NoticeSent,
    NoticeWithheld,
)
from complaints_law.office import OfficeProfile

_UNTOLD: Final = {
    WithheldReason.SAFE_CONTACT: Medium.AS_ASKED,
    WithheldReason.OTHER: Medium.OTHER,
}
"""What is left to a person even where no way to reach them is given."""


_NOBODY_TELLS: Final = frozenset({WithheldReason.ANONYMOUS, WithheldReason.DO_NOT_CONTACT})
"""There is no way to tell them, or they want to hear nothing."""

_OURS: Final = frozenset({Purpose.ACKNOWLEDGEMENT, Purpose.THANKS})
"""The purposes of notices about what has a case, or gets one."""


def told_cases(event: NoticeEvent) -> Needs:
    """The cases of the contact a notice is about; one that must have a case waits for it.

    A review's acknowledgement is not ours, nor may be what we do not know: there may never be one.
    """
    if event.purpose is Purpose.REVIEW_ACKNOWLEDGEMENT:
        return Needs()
    if event.purpose is Purpose.CASE_STEP and event.case_id:
        return Needs(known=(CASES.stream(event.case_id),))
    known = (CASES.stream(case_id(event.contact_id)),) if event.purpose in _OURS else ()
    return Needs(known=known, lookups=(CASES_OF_CONTACTS,), keys=(str(event.contact_id),))


def note_sent(office: OfficeProfile, event: NoticeSent, work: Work) -> None:
    """A notice reached the next mail server or the post: of a step the person is told with that."""
    if event.case_id and event.step_id:
        case = work.state(CASES, event.case_id)
        if step := case.untold.get(event.step_id):
            # From when the letter counts its own dates, however late we hear of it (domain 6, 8).
            at = min(event.told_at or work.now, work.now)
            told = StepTold(step_id=event.step_id, step=step, at=at)
            work.append(CASES, event.case_id, told, rule=PROCEDURE.steps[step].rule)
        return
    _note(office, event, work, Acknowledgement.SENT, uncertain=event.uncertain)


def note_refused(office: OfficeProfile, event: NoticeRefused, work: Work) -> None:
    """A notice will not arrive: somebody has to tell the person in another way."""
    _note(office, event, work, Acknowledgement.REFUSED, instead=event.instead)


def note_withheld(office: OfficeProfile, event: NoticeWithheld, work: Work) -> None:
    """A notice was not sent: somebody has to tell the person, where they can be told at all."""
    if event.case_id and event.step_id and event.reason in _NOBODY_TELLS:
        if step := work.state(CASES, event.case_id).untold.get(event.step_id):
            cannot = StepNotTold(step_id=event.step_id, step=step, at=work.now)
            work.append(CASES, event.case_id, cannot, rule="R22")
        return
    why = Reason.SAFE_CONTACT if event.reason is WithheldReason.SAFE_CONTACT else Reason.NOT_TOLD
    owed = event.case_id is None or event.step_id in work.state(CASES, event.case_id).untold
    instead = event.instead or (_UNTOLD.get(event.reason) if owed else None)
    _note(office, event, work, Acknowledgement.WITHHELD, instead=instead, why=why)


def note_returned(office: OfficeProfile, event: NoticeReturned, work: Work) -> None:
    """A machine answered a notice: somebody must act where it did not arrive, or is unwanted."""
    ids = [event.case_id] if event.case_id else _ids(event, work)
    for id in ids[:1]:
        noted = NoticeReturnNoted(notice_id=event.notice_id, kind=event.kind, status=event.status)
        work.append(CASES, id, noted, rule="R11")
        if event.kind is ReturnKind.REPORTED:
            work.append(CASES, id, ask_how_to_reach(in_a_day(office, work.now)), rule="R11")
        elif event.instead:
            _note(office, event, work, Acknowledgement.RETURNED, instead=event.instead)


def _note(
    office: OfficeProfile,
    event: NoticeEvent,
    work: Work,
    outcome: Acknowledgement,
    *,
    instead: Medium | None = None,
    why: Reason = Reason.NOT_TOLD,
    uncertain: bool = False,
) -> None:
    """Notes it on every case of the contact; what there is to do is done once, on the first.

    What is told of a step is told of its one case.
    """
    if event.case_id and event.step_id:
        if instead:
            action = tell_step_instead(event, instead, why, in_a_day(office, work.now))
            work.append(CASES, event.case_id, action, rule="R11")
        return
    for at, id in enumerate(_ids(event, work)):
        work.append(CASES, id, *note_notice(event, outcome, uncertain=uncertain), rule="R11")
        if instead and at == 0:
            due_at = in_a_day(office, work.now)
            facts = tell_instead(work.state(CASES, id), event, instead, why, due_at)
            work.append(CASES, id, *facts, rule="R11")


def _ids(event: NoticeEvent, work: Work) -> list[UUID]:
    if event.purpose is Purpose.REVIEW_ACKNOWLEDGEMENT:
        return []
    return list(cases_of(event.contact_id, work))
