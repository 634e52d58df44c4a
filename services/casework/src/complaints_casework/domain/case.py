"""A case, from the moment triage has sorted its contact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from complaints_casework.domain.codes import REACHING, Acknowledgement, ActionKind, How, Reason
from complaints_casework.domain.counting import started_at
from complaints_casework.domain.facts import (
    AcknowledgementNoted,
    ActionAdded,
    ActionDone,
    AllegationDecided,
    AllegationNoted,
    AssessmentKept,
    CaseLogged,
    ClockBreachNoted,
    ComplimentPassedOn,
    ConcernThemed,
    ContactAttemptFailed,
    ContactMade,
    FirstContactMade,
    ForceAccepted,
    ForceAdvanced,
    ForceAnswered,
    ForceDecided,
    ForceQueried,
    ForceReported,
    LookedAt,
    MessageKept,
    MessageRead,
    PeriodEnded,
    PersonChanged,
    ReviewNoted,
    ReviewSuggested,
    StaffNamed,
    StepNotTold,
    StepTold,
    WordsKept,
)
from complaints_contracts.cases import (
    AdviserAllocated,
    CaseMoved,
    CaseOpened,
    CasePersonErased,
    Clock,
    ComplimentForwarded,
    ConcernNoted,
)
from complaints_contracts.codes import (
    CaseStatus,
    CaseStep,
    ClockKind,
    ContactType,
    HandlingOutcome,
    RiskFlag,
    Urgency,
)
from complaints_contracts.event import Fact
from complaints_contracts.parts import Person
from complaints_contracts.reviews import ReviewMatched
from complaints_contracts.triage import ContactSorted
from complaints_law.procedure import load_procedure
from complaints_law.rule_sets import Happened
from complaints_law.running import Event

PROCEDURE: Final = load_procedure()

RESTRICTED: Final = frozenset("GJ")
"""The categories of corruption and of sexual conduct (domain 4.4)."""

THANKED: Final = frozenset({CaseStatus.CLOSED_COMPLIMENT, CaseStatus.CLOSED_CONCERN})
"""Closed without having been a complaint: what comes after that opens the case again."""

_FALLS_AWAY: Final = frozenset(ActionKind) - {ActionKind.READ_MESSAGE}
"""What nobody has to do on a closed case; what they wrote is still to be read."""

_TURNS: Final = (Happened.CLOSED, Happened.REOPENED)

_OVER: Final = (ActionKind.EXPLAIN_DELAY, ActionKind.DECIDE_END, ActionKind.CHASE_FORCE)
"""What is nobody's to do any more once recovery came to an end."""

_DONE_BY: Final = {
    CaseStep.CRITERION_MET: (ActionKind.REDIRECT, *_OVER),
    CaseStep.SERIOUS_ISSUE_FOUND: (ActionKind.REDIRECT, *_OVER),
    CaseStep.RECORDING_REQUESTED: (ActionKind.REDIRECT, *_OVER),
    CaseStep.DISSATISFIED: _OVER,
    CaseStep.RECORDED: (ActionKind.RECORD,),
    CaseStep.FOUND_COMPLIMENT: (ActionKind.REDIRECT,),
    CaseStep.FOUND_CONCERN: (ActionKind.REDIRECT,),
    CaseStep.FOUND_STAFF_COMPLAINT: (ActionKind.REDIRECT,),
    CaseStep.FOUND_REVIEW: (ActionKind.REDIRECT,),
    CaseStep.FOUND_COMPLAINT: (ActionKind.REDIRECT,),
    CaseStep.LOOKED_AGAIN: (ActionKind.SECOND_LOOK,),
    CaseStep.UPDATED: (ActionKind.TELL_PROGRESS, ActionKind.EXPLAIN_DELAY),
    CaseStep.OUTCOME_LETTER: (ActionKind.TELL_OUTCOME,),
    CaseStep.ACCEPTED: (ActionKind.ANSWER_FORCE, ActionKind.CHASE_FORCE),
    CaseStep.PROGRESS_RECEIVED: (ActionKind.CHASE_FORCE,),
    CaseStep.TASK_ANSWERED: (ActionKind.CHASE_FORCE,),
    CaseStep.OUTCOME_ISSUED: (ActionKind.CHASE_FORCE, ActionKind.TELL_PROGRESS),
    CaseStep.RESOLUTION_PROPOSED: (ActionKind.DECIDE_END,),
    CaseStep.NO_ENGAGEMENT: _OVER,
    CaseStep.RESOLVED: _OVER,
    CaseStep.NOT_RESOLVED: _OVER,
}
"""What need not be done any more, once a step was taken."""

TO_FORCE: Final = frozenset(
    {CaseStep.TASK_SENT, CaseStep.EVIDENCE_REQUESTED, CaseStep.WITHDRAWAL_PASSED_ON}
)
"""The steps whose words are for the force."""

_URGENCIES: Final = (Urgency.IMMEDIATE, Urgency.OTHER, Urgency.URGENT, Urgency.ROUTINE)
"""The first goes first; one that is not known here is for a person to look at."""


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do on a case; `message_id` is what there is to read."""

    kind: ActionKind
    reason: Reason
    due_at: datetime | None
    message_id: UUID | None = None
    step_id: UUID | None = None
    """What they were to be told of."""
    done: bool = False


@dataclass(frozen=True)
class Case:
    """A case. `version` counts its facts, published and private, as the journal does."""

    version: int = 0
    opened: CaseOpened | None = None
    kept: WordsKept | None = None
    named: tuple[str, ...] = ()
    adviser_id: str | None = None
    status: CaseStatus = CaseStatus.LOGGED
    met: Mapping[ClockKind, datetime] = field(default_factory=lambda: MappingProxyType({}))
    breached: frozenset[ClockKind] = frozenset()
    stopped: frozenset[ClockKind] = frozenset()
    """The clocks whose promise fell away when the case was closed."""
    acknowledgement: Acknowledgement = Acknowledgement.WAITING
    told: AcknowledgementNoted | None = None
    """What said so last, of the acknowledgement of its contact."""
    actions: tuple[Action, ...] = ()
    tried: tuple[datetime, ...] = ()
    """When somebody tried to reach the person without success."""
    messages: tuple[MessageKept, ...] = ()
    read: frozenset[UUID] = frozenset()
    """The messages that somebody of ours has read."""
    reviews: tuple[ReviewNoted, ...] = ()
    recorded: CaseMoved | None = None
    """With that it is the force's to handle, and ours to keep people informed of."""
    before: CaseStatus = CaseStatus.FORCE_HANDLING
    """Where it stood before handling was suspended."""
    assessment: AssessmentKept | None = None
    raised: frozenset[str] = frozenset()
    """The further allegations that came up since and are not assessed yet."""
    looked_again: bool = False
    """Whether the team leader looked at the assessment (R45)."""
    happened: tuple[Event, ...] = ()
    """What starts and ends its clocks."""
    followed: frozenset[tuple[ClockKind, datetime]] = frozenset()
    """The clocks that ran out, each noted once."""
    outcome_issued: HandlingOutcome | None = None
    """What the force's handling came to."""
    decided: Mapping[str, AllegationDecided] = field(default_factory=lambda: MappingProxyType({}))
    """What became of its allegations, by number."""
    changed: Mapping[UUID, Person] = field(default_factory=lambda: MappingProxyType({}))
    """The persons as they are known since."""
    linked: frozenset[UUID] = frozenset()
    """The cases that have to do with it, as people said."""
    looked: Mapping[str, datetime] = field(default_factory=lambda: MappingProxyType({}))
    """Who looked at it when last, where that is written down."""
    untold: Mapping[UUID, CaseStep] = field(default_factory=lambda: MappingProxyType({}))
    """The steps that the person is to be told of."""
    heard: Mapping[UUID, str] = field(default_factory=lambda: MappingProxyType({}))
    """What the force said, each with what its content came to."""
    suggested: frozenset[UUID] = frozenset()
    """The reviews that the words of its contact may ask for."""

    @property
    def attempts(self) -> int:
        return len(self.tried)

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
        return PROCEDURE.states[self.status].ended

    @property
    def persons(self) -> tuple[Person, ...]:
        """Who is in it, as they are known now; the first is whose complaint it is."""
        return tuple(self.changed.get(p.id, p) for p in self.opened.persons) if self.opened else ()

    @property
    def is_restricted(self) -> bool:
        """Whether only who has it and the team leader see it, and who looks is written down (L57).

        So are complaints of corruption or sexual conduct, and those that concern our own staff.
        """
        assessed = self.assessment.allegations if self.assessment else ()
        ours = self.opened is not None and self.opened.contact_type is ContactType.STAFF_COMPLAINT
        grave = any(each.category[0] in RESTRICTED for each in assessed)
        return ours or grave or bool(self.named) or self.status is CaseStatus.STAFF_COMPLAINT

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


def next_allegation(case: Case) -> str:
    """The number of an allegation that comes up now."""
    assessed = case.assessment.allegations if case.assessment else ()
    numbers = [int(number) for number in (*case.raised, *(each.number for each in assessed))]
    return str(max(numbers, default=1) + 1)


def concerns_attempt(fact: Fact) -> bool:
    """Whether somebody who is about to record an attempt should know of this first."""
    if isinstance(fact, CaseMoved):
        return fact.step is not CaseStep.CONTACTED  # it follows from the contact itself
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
            made_at = started_at(case.opened.received_at, fact.made_at) if case.opened else None
            case = _happened(case, made_at, Happened.MADE) if made_at else case
            return replace(case, kept=fact, acknowledgement=told)
        case StaffNamed():
            return replace(case, named=tuple(sorted({*case.named, *fact.staff_ids})))
        case AdviserAllocated():
            case = replace(case, adviser_id=fact.adviser_id)
            return _done(case, ActionKind.ALLOCATE)
        case CaseLogged():
            return _happened(_meet(case, ClockKind.LOG, fact.at), fact.at, Happened.LOGGED)
        case ActionAdded():
            action = Action(fact.kind, fact.reason, fact.due_at, fact.message_id, fact.step_id)
            return replace(case, actions=(*case.actions, action))
        case AcknowledgementNoted() if case.acknowledgement is not Acknowledgement.RETURNED:
            return replace(case, acknowledgement=fact.outcome, told=fact)
        case ClockBreachNoted():
            followed = case.followed | {(fact.clock, fact.due_at)}
            return replace(case, breached=case.breached | {fact.clock}, followed=followed)
        case PeriodEnded():
            return replace(case, followed=case.followed | {(fact.clock, fact.due_at)})
        case FirstContactMade():
            case = _happened(_meet(case, ClockKind.CALL, fact.at), fact.at, Happened.REACHED)
            return _done(case, *REACHING)
        case ContactMade():
            in_writing = fact.how in (How.EMAIL, How.LETTER)
            case = _happened(case, fact.at, Happened.REACHED)
            return _done(case, *REACHING, *((ActionKind.TELL_OUTCOME,) if in_writing else ()))
        case ContactAttemptFailed():
            return replace(case, tried=(*case.tried, fact.at))
        case MessageKept():
            case = replace(case, messages=(*case.messages, fact))
            if not fact.automatic:
                case = _happened(case, fact.received_at, Happened.OFFER_ANSWERED)
            return _reopen(case, fact) if case.status in THANKED and not fact.automatic else case
        case MessageRead():
            return _read(case, fact.message_id)
        case ComplimentPassedOn() | ConcernThemed():
            return _happened(case, fact.at, Happened.CLOSED)
        case ComplimentForwarded():
            return _close(case, CaseStatus.CLOSED_COMPLIMENT)
        case ConcernNoted():
            return _close(case, CaseStatus.CLOSED_CONCERN)
        case ReviewNoted():
            case = _happened(case, fact.received_at, Happened.REVIEW_APPLIED)
            return replace(case, reviews=(*case.reviews, fact))
        case AssessmentKept():
            return replace(case, assessment=fact, raised=frozenset(), looked_again=False)
        case AllegationNoted():
            return replace(case, raised=case.raised | {fact.number})
        case CaseMoved():
            return _moved(case, fact)
        case StepTold():
            return _told(case, fact)
        case StepNotTold():
            case = _happened(case, fact.at, Happened.OUT_OF_CONTACT)
            untold = {id: step for id, step in case.untold.items() if id != fact.step_id}
            return replace(case, untold=MappingProxyType(untold))
        case ActionDone():
            actions = list(case.actions)
            actions[fact.number - 1] = replace(actions[fact.number - 1], done=True)
            return replace(case, actions=tuple(actions))
        case (
            ForceAccepted()
            | ForceQueried()
            | ForceReported()
            | ForceDecided()
            | ForceAdvanced()
            | ForceAnswered()
        ):
            heard = {**case.heard, fact.record_id: fact.content_sha256}
            return replace(case, heard=MappingProxyType(heard))
        case AllegationDecided():
            decided = {**case.decided, fact.number: fact}
            return replace(case, decided=MappingProxyType(decided))
        case PersonChanged():
            changed = {**case.changed, fact.changed.id: fact.changed}
            return replace(case, changed=MappingProxyType(changed))
        case LookedAt():
            return replace(case, looked=MappingProxyType({**case.looked, fact.staff_id: fact.at}))
        case ReviewSuggested():
            return replace(case, suggested=case.suggested | {fact.review_id})
        case _:
            return case


def _moved(case: Case, fact: CaseMoved) -> Case:
    """Takes a step: where it leads, what that does to the clocks, and to what there was to do."""
    step, was_over = PROCEDURE.steps[fact.step], case.is_closed
    if fact.status is CaseStatus.SUSPENDED and case.status is not CaseStatus.SUSPENDED:
        case = replace(case, before=case.status)
    case = replace(case, status=fact.status)
    happened = [h for h in step.happened if was_over or h is not Happened.REOPENED]
    about = {CaseStep.TASK_SENT: fact.step_id, CaseStep.TASK_ANSWERED: fact.about}
    case = _happened(case, fact.at, *happened, about=about.get(fact.step))
    if step.told or (fact.words is not None and fact.step not in TO_FORCE):
        case = replace(case, untold=MappingProxyType({**case.untold, fact.step_id: fact.step}))
    if fact.step is CaseStep.RECORDED:
        case = replace(case, recorded=fact)
    if fact.step is CaseStep.LINKED and fact.about:
        case = replace(case, linked=case.linked | {fact.about})
    if fact.step is CaseStep.UNLINKED and fact.about:
        case = replace(case, linked=case.linked - {fact.about})
    if fact.step is CaseStep.OUTCOME_ISSUED:
        case = replace(case, outcome_issued=fact.outcome)
    if fact.step is CaseStep.LOOKED_AGAIN:
        case = replace(case, looked_again=True)
    if Happened.REOPENED in happened:
        past = {clock.kind for clock in case.clocks if clock.due_at <= fact.at}
        case = replace(case, stopped=case.stopped & past)
    if Happened.CLOSED in happened:
        return _close(case, fact.status)
    return _done(case, *_DONE_BY.get(fact.step, ()))


def _told(case: Case, fact: StepTold) -> Case:
    """The person knows of a step."""
    case = _happened(case, fact.at, *_known(case, fact.step))
    untold = {id: step for id, step in case.untold.items() if id != fact.step_id}
    actions = (replace(a, done=True) if a.step_id == fact.step_id else a for a in case.actions)
    return replace(case, untold=MappingProxyType(untold), actions=tuple(actions))


def _known(case: Case, step: CaseStep) -> tuple[Happened, ...]:
    """What they know once they are told of a step, as the case stands by then.

    An outcome that was overtaken by recording, or by what they wrote, is news of the progress; once
    the case is closed there is no progress to tell of.
    """
    told = PROCEDURE.steps[step].told
    if Happened.OUTCOME_TOLD in told:
        ended = case.is_closed or case.status is CaseStatus.OUTCOME_GIVEN
        overtaken = case.recorded is not None and step is not CaseStep.OUTCOME_LETTER
        told = told if ended and not overtaken else (Happened.UPDATED,)
    turns = (event.what for event in reversed(case.happened) if event.what in _TURNS)
    over = next(turns, None) is Happened.CLOSED
    return tuple(what for what in told if not (over and what is Happened.UPDATED))


def _happened(case: Case, at: datetime, *what: Happened, about: UUID | None = None) -> Case:
    """Notes what the clocks go by. Nothing closes or opens again before what was known by then."""
    last = max((event.at for event in case.happened), default=at)
    events = (
        Event(what=each, at=max(at, last) if each in _TURNS else at, about=str(about or ""))
        for each in what
    )
    case = replace(case, happened=(*case.happened, *events))
    if {Happened.UPDATED, Happened.OUTCOME_TOLD} & {*what} and case.clocks:
        return (
            case if ClockKind.FIRST_UPDATE in case.met else _meet(case, ClockKind.FIRST_UPDATE, at)
        )
    return case


def _meet(case: Case, kind: ClockKind, at: datetime) -> Case:
    return replace(case, met=MappingProxyType({**case.met, kind: at}))


def _close(case: Case, status: CaseStatus) -> Case:
    stopped = frozenset(clock.kind for clock in case.clocks if clock.kind not in case.met)
    return _done(replace(case, status=status, stopped=stopped), *_FALLS_AWAY)


def _reopen(case: Case, message: MessageKept) -> Case:
    """Back to where it stood: who is thanked may write what is no thanks (R9, R10).

    What was promised for a moment that had passed by then stays stopped: nobody was late with it.
    """
    past = {clock.kind for clock in case.clocks if clock.due_at <= message.received_at}
    reached = ClockKind.CALL in case.met
    case = _happened(case, message.received_at, Happened.REOPENED)
    status = CaseStatus.ASSESSING if reached else CaseStatus.LOGGED
    return replace(case, status=status, stopped=case.stopped & past)


def _done(case: Case, *kinds: ActionKind) -> Case:
    actions = (replace(a, done=True) if a.kind in kinds else a for a in case.actions)
    return replace(case, actions=tuple(actions))


def _read(case: Case, message_id: UUID) -> Case:
    actions = (replace(a, done=True) if a.message_id == message_id else a for a in case.actions)
    return replace(case, actions=tuple(actions), read=case.read | {message_id})
