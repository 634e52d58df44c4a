"""A case, from the moment triage has sorted its contact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from uuid import UUID

from complaints_casework.domain.codes import REACHING, Acknowledgement, ActionKind, How, Reason
from complaints_casework.domain.facts import (
    AcknowledgementNoted,
    ActionAdded,
    CaseLogged,
    ClockBreachNoted,
    ComplaintRecorded,
    ContactAttemptFailed,
    ContactMade,
    FirstContactMade,
    ForceAccepted,
    ForceDecided,
    ForceQueried,
    ForceReported,
    MessageKept,
    MessageRead,
    ReviewNoted,
    ReviewSuggested,
    StaffNamed,
    WordsKept,
)
from complaints_contracts.cases import (
    AdviserAllocated,
    CaseOpened,
    CasePersonErased,
    Clock,
    ComplimentForwarded,
    ConcernNoted,
)
from complaints_contracts.codes import ClockKind, ContactType, RiskFlag, Urgency
from complaints_contracts.event import Fact
from complaints_contracts.reviews import ReviewMatched
from complaints_contracts.triage import ContactSorted


class Status(StrEnum):
    """Where a case stands (domain 3.1)."""

    LOGGED = "LOGGED"
    ASSESSING = "ASSESSING"
    """The person was reached; their complaint is being looked at."""
    TRANSFERRED = "TRANSFERRED"
    """Recorded under Schedule 3, and handed to the force (domain 3.4)."""
    FORCE_HANDLING = "FORCE_HANDLING"
    OUTCOME_GIVEN = "OUTCOME_GIVEN"
    CLOSED_COMPLIMENT = "CLOSED_COMPLIMENT"
    CLOSED_CONCERN = "CLOSED_CONCERN"


CLOSED: Final = frozenset({Status.CLOSED_COMPLIMENT, Status.CLOSED_CONCERN})

_URGENCIES: Final = (Urgency.IMMEDIATE, Urgency.OTHER, Urgency.URGENT, Urgency.ROUTINE)
"""The first goes first; one that is not known here is for a person to look at."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do on a case; `message_id` is what there is to read."""

    kind: ActionKind
    reason: Reason
    due_at: datetime | None
    message_id: UUID | None = None
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
    stopped: frozenset[ClockKind] = frozenset()
    """The clocks whose promise fell away when the case was closed."""
    acknowledgement: Acknowledgement = Acknowledgement.WAITING
    told: AcknowledgementNoted | None = None
    """What said so last, of the acknowledgement of its contact."""
    actions: tuple[Action, ...] = ()
    attempts: int = 0
    """How often somebody tried to reach the person without success."""
    messages: tuple[MessageKept, ...] = ()
    read: frozenset[UUID] = frozenset()
    """The messages that somebody of ours has read."""
    reviews: tuple[ReviewNoted, ...] = ()
    recorded: ComplaintRecorded | None = None
    """With that it is the force's to handle, and ours to keep people informed of."""
    heard: Mapping[UUID, str] = field(default_factory=lambda: MappingProxyType({}))
    """What the force said, each with what its content came to."""
    suggested: frozenset[UUID] = frozenset()
    """The reviews that the words of its contact may ask for."""

    @property
    def matter(self) -> str:
        """Which of its contact's matters the case is about."""
        return self.opened.matter if self.opened else "1"

    @property
    def clocks(self) -> tuple[Clock, ...]:
        return self.opened.clocks if self.opened else ()

    def clock(self, kind: ClockKind) -> Clock | None:
        """The clock of a kind, where the case has one."""
        return next((clock for clock in self.clocks if clock.kind is kind), None)

    @property
    def running(self) -> tuple[Clock, ...]:
        """The clocks whose promise is still to be kept, soonest first."""
        over = self.met.keys() | self.stopped
        unmet = (clock for clock in self.clocks if clock.kind not in over)
        return tuple(sorted(unmet, key=lambda clock: (clock.do_by, clock.due_at)))

    @property
    def open_actions(self) -> tuple[Action, ...]:
        return tuple(action for action in self.actions if not action.done)

    @property
    def is_closed(self) -> bool:
        return self.status in CLOSED

    @property
    def awaits_call(self) -> bool:
        """Whether the person is still to be reached for the first time (R12)."""
        return ClockKind.CALL not in self.met and not self.is_closed

    @property
    def is_open(self) -> bool:
        """Whether somebody has it on their list: also a closed one, while it asks for something."""
        return not self.is_closed or bool(self.open_actions)

    @property
    def unread(self) -> tuple[MessageKept, ...]:
        """What they wrote since and nobody has read yet; nobody has to read what machines sent."""
        return tuple(m for m in self.messages if not m.automatic and m.message_id not in self.read)

    @property
    def urgency(self) -> Urgency:
        """How soon a person must look: as soon as the most urgent of what they wrote asks for."""
        first = (self.opened.urgency,) if self.opened else ()
        since = (m.urgency for m in self.messages if not m.automatic)
        return min((*first, *since), key=_URGENCIES.index, default=Urgency.ROUTINE)

    @property
    def risks(self) -> tuple[RiskFlag, ...]:
        """The risks in all that they wrote, each once."""
        first = self.kept.risks if self.kept else ()
        since = (risk for m in self.messages if not m.automatic for risk in m.risks)
        return tuple(dict.fromkeys((*first, *since)))


def open_case(
    case: Case, event: ContactSorted, clocks: tuple[Clock, ...], now: datetime
) -> tuple[Fact, ...]:
    """Opens the case of a sorted contact, once; with that it is logged (R13).

    One that is open without words was taken back from its topic: what never left us is kept again.
    """
    if case.kept:
        return ()
    opened = CaseOpened(
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
        matter=event.matter,
    )
    return (
        *(() if case.opened else (opened,)),
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
            declared=event.declared,
            mentions=event.mentions,
            review=event.review,
            unread=event.unread,
            taken_by=event.taken_by,
            dated_on=event.dated_on,
            force=event.force,
            force_reference=event.force_reference,
        ),
        CaseLogged(at=now),
    )


def add_action(case: Case, kind: ActionKind, reason: Reason) -> ActionAdded:
    """Something to do, by the moment by which the person was promised a call."""
    call = case.clock(ClockKind.CALL)
    return ActionAdded(kind=kind, reason=reason, due_at=call.due_at if call else None)


def record_attempt(
    case: Case, person_id: UUID, *, made: bool, how: How, note: str | None, now: datetime
) -> Fact:
    """What came of reaching out to the person. Any way of reaching them keeps R12 (1.9.9)."""
    if not made:
        return ContactAttemptFailed(at=now, how=how, person_id=person_id, note=note)
    first = ClockKind.CALL not in case.met
    return (FirstContactMade if first else ContactMade)(
        at=now, how=how, person_id=person_id, note=note
    )


def concerns_attempt(fact: Fact) -> bool:
    """Whether somebody who is about to record an attempt should know of this first."""
    return isinstance(
        fact,
        FirstContactMade
        | ContactMade
        | ContactAttemptFailed
        | AdviserAllocated
        | ComplimentForwarded
        | ConcernNoted
        | CasePersonErased,
    )


def note_review(case: Case, event: ReviewMatched) -> tuple[Fact, ...]:
    """Somebody asked for a review of this case, once for each review."""
    if any(review.review_id == event.review_id for review in case.reviews):
        return ()
    return (ReviewNoted(review_id=event.review_id, received_at=event.received_at, by=event.by),)


def evolve(case: Case, fact: Fact) -> Case:
    """What a case is after one more fact."""
    case = replace(case, version=case.version + 1)
    match fact:
        case CaseOpened():
            return replace(case, opened=fact)
        case WordsKept():
            asks = fact.declared is ContactType.REVIEW_APPLICATION
            told = Acknowledgement.AS_REVIEW if asks else case.acknowledgement
            return replace(case, kept=fact, acknowledgement=told)
        case StaffNamed():
            return replace(case, named=tuple(sorted({*case.named, *fact.staff_ids})))
        case AdviserAllocated():
            case = replace(case, adviser_id=fact.adviser_id)
            return _done(case, ActionKind.ALLOCATE)
        case CaseLogged():
            return _meet(case, ClockKind.LOG, fact.at)
        case ActionAdded():
            action = Action(fact.kind, fact.reason, fact.due_at, fact.message_id)
            return replace(case, actions=(*case.actions, action))
        case AcknowledgementNoted() if case.acknowledgement is not Acknowledgement.RETURNED:
            return replace(case, acknowledgement=fact.outcome, told=fact)
        case ClockBreachNoted():
            return replace(case, breached=case.breached | {fact.clock})
        case FirstContactMade():
            status = case.status if case.recorded else Status.ASSESSING
            case = _meet(replace(case, status=status), ClockKind.CALL, fact.at)
            return _done(case, *REACHING)
        case ContactMade():
            in_writing = fact.how in (How.EMAIL, How.LETTER)
            return _done(case, *REACHING, *((ActionKind.TELL_OUTCOME,) if in_writing else ()))
        case ContactAttemptFailed():
            return replace(case, attempts=case.attempts + 1)
        case MessageKept():
            case = replace(case, messages=(*case.messages, fact))
            return _reopen(case, fact) if case.is_closed and not fact.automatic else case
        case MessageRead():
            return _read(case, fact.message_id)
        case ComplimentForwarded():
            return _close(case, Status.CLOSED_COMPLIMENT)
        case ConcernNoted():
            return _close(case, Status.CLOSED_CONCERN)
        case ReviewNoted():
            return replace(case, reviews=(*case.reviews, fact))
        case ComplaintRecorded():
            return replace(
                case, status=Status.TRANSFERRED, recorded=fact, stopped=_past(case, fact)
            )
        case ForceAccepted() | ForceQueried() | ForceReported() | ForceDecided():
            return _heard(case, fact)
        case ReviewSuggested():
            return replace(case, suggested=case.suggested | {fact.review_id})
        case _:
            return case


def _meet(case: Case, kind: ClockKind, at: datetime) -> Case:
    return replace(case, met=MappingProxyType({**case.met, kind: at}))


def _close(case: Case, status: Status) -> Case:
    stopped = frozenset(clock.kind for clock in case.clocks if clock.kind not in case.met)
    return _done(replace(case, status=status, stopped=stopped), *ActionKind)


def _reopen(case: Case, message: MessageKept) -> Case:
    """Back to where it stood: who is thanked may write what is no thanks (R9, R10).

    What was promised for a moment that had passed by then stays stopped: nobody was late with it.
    """
    past = {clock.kind for clock in case.clocks if clock.due_at <= message.received_at}
    status = Status.ASSESSING if ClockKind.CALL in case.met else Status.LOGGED
    return replace(case, status=status, stopped=case.stopped & past)


def _past(case: Case, recorded: ComplaintRecorded) -> frozenset[ClockKind]:
    """A closed case opens again: what was promised for a moment that passed since stays stopped."""
    return case.stopped & {clock.kind for clock in case.clocks if clock.due_at <= recorded.at}


def _heard(case: Case, fact: ForceAccepted | ForceQueried | ForceReported | ForceDecided) -> Case:
    case = replace(
        case, heard=MappingProxyType({**case.heard, fact.record_id: fact.content_sha256})
    )
    match fact:
        case ForceDecided():
            return replace(case, status=Status.OUTCOME_GIVEN)
        case ForceAccepted() | ForceReported() if case.status is not Status.OUTCOME_GIVEN:
            return _done(replace(case, status=Status.FORCE_HANDLING), ActionKind.ANSWER_FORCE)
    return case


def _done(case: Case, *kinds: ActionKind) -> Case:
    actions = (replace(a, done=True) if a.kind in kinds else a for a in case.actions)
    return replace(case, actions=tuple(actions))


def _read(case: Case, message_id: UUID) -> Case:
    actions = (replace(a, done=True) if a.message_id == message_id else a for a in case.actions)
    return replace(case, actions=tuple(actions), read=case.read | {message_id})
