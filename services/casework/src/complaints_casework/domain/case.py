"""A case, from the moment triage has sorted its contact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from complaints_casework.domain.facts import (
    Acknowledgement,
    AcknowledgementNoted,
    ActionAdded,
    ActionKind,
    CaseLogged,
    ClockBreachNoted,
    ContactAttemptFailed,
    ContactMade,
    FirstContactMade,
    How,
    Reason,
    StaffNamed,
    WordsKept,
)
from complaints_contracts.cases import AdviserAllocated, CaseOpened, CasePersonErased, Clock
from complaints_contracts.codes import ClockKind, Medium, Purpose
from complaints_contracts.event import Fact
from complaints_contracts.notices import NoticeEvent
from complaints_contracts.triage import ContactSorted


class Status(StrEnum):
    """Where a case stands (domain 3.1)."""

    LOGGED = "LOGGED"
    ASSESSING = "ASSESSING"
    """The person was reached; their complaint is being looked at."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do on a case."""

    kind: ActionKind
    reason: Reason
    due_at: datetime | None
    done: bool = False


@dataclass(frozen=True)
class Case:
    """A case. `version` counts its facts, published and private, as the journal does."""

    version: int = 0
    opened: CaseOpened | None = None
    kept: WordsKept | None = None
    named: tuple[str, ...] = ()
    adviser_id: str | None = None
    status: Status = Status.LOGGED
    met: Mapping[ClockKind, datetime] = field(default_factory=lambda: MappingProxyType({}))
    breached: frozenset[ClockKind] = frozenset()
    acknowledgement: Acknowledgement = Acknowledgement.WAITING
    actions: tuple[Action, ...] = ()
    attempts: int = 0
    """How often somebody tried to reach the person without success."""

    @property
    def clocks(self) -> tuple[Clock, ...]:
        return self.opened.clocks if self.opened else ()

    def clock(self, kind: ClockKind) -> Clock | None:
        """The clock of a kind, where the case has one."""
        return next((clock for clock in self.clocks if clock.kind is kind), None)

    @property
    def running(self) -> tuple[Clock, ...]:
        """The clocks whose promise is still to be kept, soonest first."""
        unmet = (clock for clock in self.clocks if clock.kind not in self.met)
        return tuple(sorted(unmet, key=lambda clock: (clock.do_by, clock.due_at)))

    @property
    def open_actions(self) -> tuple[Action, ...]:
        return tuple(action for action in self.actions if not action.done)


def open_case(
    case: Case, event: ContactSorted, clocks: tuple[Clock, ...], now: datetime
) -> tuple[Fact, ...]:
    """Opens the case of a sorted contact, once; with that it is logged (R13)."""
    if case.opened:
        return ()
    return (
        CaseOpened(
            case_id=event.case_id,
            contact_id=event.contact_id,
            reference=event.reference,
            channel=event.channel,
            received_at=event.received_at,
            contact_type=event.contact_type,
            queue=event.queue,
            urgency=event.urgency,
            persons=event.persons,
            clocks=clocks,
        ),
        WordsKept(
            person_id=event.person,
            made_at=event.made_at,
            anonymous=event.anonymous,
            title=event.title,
            words=event.words,
            words_file=event.words_file,
            attachments=event.attachments,
            risks=event.risks,
            prompts=event.prompts,
            prompts_version=event.prompts_version,
        ),
        CaseLogged(at=now),
    )


def add_action(case: Case, kind: ActionKind, reason: Reason) -> ActionAdded:
    """Something to do, by the moment by which the person was promised a call."""
    call = case.clock(ClockKind.CALL)
    return ActionAdded(kind=kind, reason=reason, due_at=call.due_at if call else None)


_INSTEAD = {
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


def record_attempt(
    case: Case, person_id: UUID, *, made: bool, how: How, note: str | None, now: datetime
) -> Fact:
    """What came of reaching out to the person. Any way of reaching them keeps R12 (1.9.9)."""
    if not made:
        return ContactAttemptFailed(at=now, how=how, person_id=person_id, note=note)
    first = case.status is Status.LOGGED
    return (FirstContactMade if first else ContactMade)(
        at=now, how=how, person_id=person_id, note=note
    )


def concerns_attempt(fact: Fact) -> bool:
    """Whether somebody who is about to record an attempt should know of this first."""
    return isinstance(
        fact,
        FirstContactMade | ContactMade | ContactAttemptFailed | AdviserAllocated | CasePersonErased,
    )


def evolve(case: Case, fact: Fact) -> Case:
    """What a case is after one more fact."""
    case = replace(case, version=case.version + 1)
    match fact:
        case CaseOpened():
            return replace(case, opened=fact)
        case WordsKept():
            return replace(case, kept=fact)
        case StaffNamed():
            return replace(case, named=fact.staff_ids)
        case AdviserAllocated():
            case = replace(case, adviser_id=fact.adviser_id)
            return _done(case, ActionKind.ALLOCATE)
        case CaseLogged():
            return _meet(case, ClockKind.LOG, fact.at)
        case ActionAdded():
            action = Action(fact.kind, fact.reason, fact.due_at)
            return replace(case, actions=(*case.actions, action))
        case AcknowledgementNoted():
            return replace(case, acknowledgement=fact.outcome)
        case ClockBreachNoted():
            return replace(case, breached=case.breached | {fact.clock})
        case FirstContactMade():
            case = _meet(replace(case, status=Status.ASSESSING), ClockKind.CALL, fact.at)
            return _done(case, *_INSTEAD.values())
        case ContactAttemptFailed():
            return replace(case, attempts=case.attempts + 1)
        case _:
            return case


def _meet(case: Case, kind: ClockKind, at: datetime) -> Case:
    return replace(case, met=MappingProxyType({**case.met, kind: at}))


def _done(case: Case, *kinds: ActionKind) -> Case:
    actions = (replace(a, done=True) if a.kind in kinds else a for a in case.actions)
    return replace(case, actions=tuple(actions))
