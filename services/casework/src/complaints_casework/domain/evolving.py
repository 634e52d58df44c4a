"""What a case is after one more fact."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from complaints_casework.domain.case import PROCEDURE, RESTRICTED, Action, Case
from complaints_casework.domain.codes import REACHING, Acknowledgement, ActionKind, How
from complaints_casework.domain.counting import started_at
from complaints_casework.domain.facts import (
    AcknowledgementNoted,
    ActionAdded,
    ActionDone,
    AllegationDecided,
    AllegationDropped,
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
from complaints_casework.domain.transfer import REQUESTS
from complaints_contracts.cases import (
    AdviserAllocated,
    CaseMoved,
    CaseOpened,
    ComplimentForwarded,
    ConcernNoted,
)
from complaints_contracts.codes import (
    CaseStatus,
    CaseStep,
    ClockKind,
    ContactType,
    Criterion,
    CriterionAnswer,
)
from complaints_contracts.event import Fact
from complaints_law.rule_sets import Happened
from complaints_law.running import Event

THANKED: Final = frozenset({CaseStatus.CLOSED_COMPLIMENT, CaseStatus.CLOSED_CONCERN})
"""Closed without having been a complaint: what comes after that opens the case again."""

_FALLS_AWAY: Final = frozenset(ActionKind) - {ActionKind.READ_MESSAGE}
"""What nobody has to do on a closed case; what they wrote is still to be read."""

_LEFT_AGAIN: Final = (CaseStatus.SUSPENDED, CaseStatus.MERGED)
"""From where a case can go back to where it was."""

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
    CaseStep.ACCEPTED: (ActionKind.ANSWER_FORCE, ActionKind.CALL_FORCE, ActionKind.CHASE_FORCE),
    CaseStep.PROGRESS_RECEIVED: (ActionKind.CHASE_FORCE,),
    CaseStep.TASK_ANSWERED: (ActionKind.CHASE_FORCE,),
    CaseStep.OUTCOME_ISSUED: (ActionKind.CHASE_FORCE, ActionKind.TELL_PROGRESS),
    CaseStep.RESOLUTION_PROPOSED: (ActionKind.DECIDE_END,),
    CaseStep.NO_ENGAGEMENT: _OVER,
    CaseStep.RESOLVED: _OVER,
    CaseStep.NOT_RESOLVED: _OVER,
}
"""What need not be done any more, once a step was taken."""


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
            if fact.how not in (How.EMAIL, How.LETTER):  # what we write is no answer of theirs
                case = _happened(case, fact.at, Happened.REACHED)
            return _done(case, *REACHING)
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
            raised = case.raised - {*fact.raised}
            grave = any(each.category[0] in RESTRICTED for each in fact.allegations)
            numbers = [int(each.number) for each in fact.allegations]
            return replace(
                case,
                assessment=fact,
                numbered=max([case.numbered, *numbers]),
                raised=raised,
                second_look=case.second_look or fact.second_look,
                grave=case.grave or grave,
            )
        case AllegationNoted():
            if fact.merged:
                taken = {**case.taken_over, fact.merged: fact.number}
                case = replace(case, taken_over=MappingProxyType(taken))
            numbered = max(case.numbered, int(fact.number))
            return replace(case, raised=case.raised | {fact.number}, numbered=numbered)
        case AllegationDropped():
            return replace(case, raised=case.raised - {fact.number})
        case CaseMoved():
            return _moved(case, fact)
        case StepTold():
            return _told(case, fact)
        case StepNotTold():
            case = _happened(case, fact.at, Happened.OUT_OF_CONTACT)
            if Happened.OUTCOME_TOLD in PROCEDURE.steps[fact.step].told:
                case = _happened(case, fact.at, Happened.NOBODY_TO_TELL)
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
    if fact.status in _LEFT_AGAIN and case.status is not fact.status:
        case = replace(case, before=case.status)
    asked_again = case.status is fact.status is CaseStatus.RECORDING
    happened = [
        h for h in (() if asked_again else step.happened) if was_over or h is not Happened.REOPENED
    ]
    case = replace(case, status=fact.status)
    about = {CaseStep.TASK_SENT: fact.step_id, CaseStep.TASK_ANSWERED: fact.about}
    case = _happened(case, fact.at, *happened, about=about.get(fact.step))
    if step.letter or (fact.words is not None and fact.step not in REQUESTS):
        case = replace(case, untold=MappingProxyType({**case.untold, fact.step_id: fact.step}))
    if fact.step is CaseStep.RECORDED:
        case = replace(case, recorded=fact)
    if fact.step is CaseStep.MERGED:
        case = replace(case, merged_into=fact.about)
    if fact.step is CaseStep.LINKED and fact.about:
        case = replace(case, linked=case.linked | {fact.about})
    if fact.step is CaseStep.UNLINKED and fact.about:
        case = replace(case, linked=case.linked - {fact.about})
    if fact.step is CaseStep.OUTCOME_ISSUED:
        case = replace(case, outcome_issued=fact.outcome, reviewer=fact.review_body)
    if fact.step is CaseStep.LOOKED_AGAIN:
        case = replace(case, second_look=False)
    if Happened.TRANSFERRED in happened and _seems_referable(case):
        case = _happened(case, fact.at, Happened.SEEMS_REFERABLE)
    if Happened.IOPC_TOOK_OVER in happened and ClockKind.FIRST_UPDATE not in case.met:
        case = replace(case, stopped=case.stopped | {ClockKind.FIRST_UPDATE})
    if Happened.REOPENED in happened:
        past = {clock.kind for clock in case.clocks if clock.due_at <= fact.at}
        case = replace(case, stopped=case.stopped & past)
    if Happened.CLOSED in happened:
        return _close(case, fact.status)
    return _done(case, *_DONE_BY.get(fact.step, ()))


def _seems_referable(case: Case) -> bool:
    """Whether the answers say that the force must refer it to the IOPC by the next day (L26)."""
    assessed = case.assessment.allegations if case.assessment else ()
    answers = (each.answers.get(one) for each in assessed for one in (Criterion.MF2, Criterion.MF6))
    return CriterionAnswer.YES in answers


def _told(case: Case, fact: StepTold) -> Case:
    """The person knows of a step."""
    case = _happened(case, fact.at, *_known(case, fact.step))
    untold = {id: step for id, step in case.untold.items() if id != fact.step_id}
    actions = (replace(a, done=True) if a.step_id == fact.step_id else a for a in case.actions)
    return replace(case, untold=MappingProxyType(untold), actions=tuple(actions))


def _known(case: Case, step: CaseStep) -> tuple[Happened, ...]:
    """What they know once they are told of a step, as the case stands by then.

    An outcome that was overtaken by recording, or by what they wrote, is news of the progress; once
    the case is closed, or the IOPC keeps them informed (L28), there is none for us to tell of.
    """
    told = PROCEDURE.steps[step].told
    if Happened.OUTCOME_TOLD in told:
        ended = case.is_closed or case.status is CaseStatus.OUTCOME_GIVEN
        overtaken = case.recorded is not None and step is not CaseStep.OUTCOME_LETTER
        told = told if ended and not overtaken else (Happened.UPDATED,)
    turns = (event.what for event in reversed(case.happened) if event.what in _TURNS)
    over = next(turns, None) is Happened.CLOSED or any(
        event.what is Happened.IOPC_TOOK_OVER for event in case.happened
    )
    return tuple(what for what in told if not (over and what is Happened.UPDATED))


def _happened(case: Case, at: datetime, *what: Happened, about: UUID | None = None) -> Case:
    """Notes what the clocks go by. Nothing closes or opens again before what was known by then."""
    last = case.happened_at or at
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
