"""Steps that people decide on: whether the rules allow one, and what it makes of the case.

Which step is possible where is data (`complaints_law.procedure`). What a state alone cannot say,
because it depends on answers, words or time, is asked here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from complaints_casework.domain.case import PROCEDURE, Case
from complaints_casework.domain.facts import StepReasoned
from complaints_casework.domain.timing import has_lapsed, runs
from complaints_contracts.cases import CaseMoved
from complaints_contracts.codes import (
    CaseStatus,
    CaseStep,
    Criterion,
    CriterionAnswer,
    HandlingOutcome,
    RecordingReason,
    RecoveryMethod,
    ReviewBody,
    ReviewLimb,
    Route,
    Urgency,
    Wish,
)
from complaints_contracts.event import Fact
from complaints_contracts.triage import AssessedAllegation
from complaints_law.london import london_day
from complaints_law.procedure import BACK, By
from complaints_law.rule_sets import ClockKind, Happened

ATTEMPTS: Final = 3
"""How often, on at least two days, somebody tries before the person is written to (domain 3.1)."""

_THANKS: Final = frozenset({CaseStep.COMPLIMENT_FORWARDED, CaseStep.CONCERN_NOTED})
_CRITERIA: Final = frozenset(Criterion) - {Criterion.OTHER}
_IOPC: Final = (Criterion.MF2, Criterion.MF3, Criterion.MF4, Criterion.MF5, Criterion.MF6)
"""Any of them, if it may be so, makes the review the IOPC's (L24, L31)."""


_NO_MATTER: Final = frozenset({Route.SPAM, Route.WITHDRAWAL, Route.FURTHER_INFORMATION})
"""What is no matter of its own: it belongs to another case, or to none."""


class Obstacle(StrEnum):
    """Why a step cannot be taken (now)."""

    NOT_FROM_HERE = "NOT_FROM_HERE"
    RECORDED = "RECORDED"
    """It is recorded already."""
    NOT_ASSESSED = "NOT_ASSESSED"
    """Nobody answered the criteria yet, or not for everything that came up."""
    CRITERION = "CRITERION"
    """An answer to a mandatory criterion is not no: it has to be recorded (L7)."""
    NOT_CONTENT = "NOT_CONTENT"
    """The assessment leads elsewhere, or the complainant has not said that they are content."""
    SECOND_LOOK = "SECOND_LOOK"
    """The team leader has to look at the assessment first (R45)."""
    UNREAD = "UNREAD"
    """What they wrote since may be serious, and nobody has read it."""
    TOO_FEW_ATTEMPTS = "TOO_FEW_ATTEMPTS"
    OFFER_RUNS = "OFFER_RUNS"
    """They were not offered recording, or still have time to answer (R34)."""
    IOPC_REVIEWS = "IOPC_REVIEWS"
    """It was, or has to be, referred, or is as grave: the review of it is the IOPC's (L31)."""
    NO_REVIEW = "NO_REVIEW"
    """The IOPC directed the investigation or made it: nobody reviews that (L28, L32)."""
    OTHER_REVIEWER = "OTHER_REVIEWER"
    """The force named another review body."""
    NO_LIMB = "NO_LIMB"
    """That a review is the IOPC's is told with the paragraph of regulation 32 (L30a)."""
    HAS_REVIEW = "HAS_REVIEW"
    """It is recorded, and the force has not said that there is no right of review (L32)."""
    REVIEW_RUNS = "REVIEW_RUNS"
    """A review was asked for, or may still be (L33)."""
    OTHER_CASE = "OTHER_CASE"
    """It cannot be merged with that one: the clocks go by the earlier of two (domain 5.1.8)."""


@dataclass(frozen=True, slots=True)
class Given:
    """What is said with a step."""

    step: CaseStep
    note: str | None = None
    words: str | None = None
    about: UUID | None = None
    methods: tuple[RecoveryMethod, ...] = ()
    recorded_for: RecordingReason | None = None
    force: str | None = None
    outcome: HandlingOutcome | None = None
    review_body: ReviewBody | None = None
    review_limb: ReviewLimb | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """What has to be said with it, and is not."""
        return tuple(sorted(n for n in PROCEDURE.steps[self.step].needs if not getattr(self, n)))


def obstacle(case: Case, step: CaseStep, now: datetime) -> Obstacle | None:
    """Why the case cannot take the step, if it cannot."""
    if not PROCEDURE.allows(case.status, step):
        asks = PROCEDURE.steps[step].to == CaseStatus.RECORDING
        return Obstacle.RECORDED if case.recorded and asks else Obstacle.NOT_FROM_HERE
    if case.recorded and PROCEDURE.steps[step].to == CaseStatus.RECORDING:
        return Obstacle.RECORDED
    guard = _GUARDS.get(step)
    return guard(case, now) if guard else None


def take(
    case: Case, given: Given, step_id: UUID, now: datetime, at: datetime | None = None
) -> tuple[Fact, ...]:
    """Takes a step that has no obstacle: why, which stays here, and what others learn of it.

    `at` is when it was taken, where somebody else took it before now.
    """
    opened, step = case.opened, PROCEDURE.steps[given.step]
    assert opened is not None
    tells = given.step is CaseStep.OUTCOME_LETTER
    to = case.before if step.to == BACK else step.to or case.status
    moved = CaseMoved(
        step_id=step_id,
        case_id=opened.case_id,
        contact_id=opened.contact_id,
        reference=opened.reference,
        received_at=opened.received_at,
        persons=case.persons,
        adviser_id=case.adviser_id,
        step=given.step,
        status=CaseStatus(to),
        at=at or now,
        procedure_version=PROCEDURE.version,
        words=given.words,
        about=given.about,
        methods=given.methods,
        recorded_for=given.recorded_for,
        force=given.force or (case.recorded.force if tells and case.recorded else None),
        outcome=given.outcome or (case.outcome_issued if tells else None),
        review_body=given.review_body,
        review_limb=given.review_limb,
    )
    if given.note is None:
        return (moved,)
    reasoned = StepReasoned(
        step_id=step_id, step=given.step, person_id=opened.person, note=given.note
    )
    return (reasoned, moved)


def steps_open(case: Case, by: frozenset[By], now: datetime) -> tuple[CaseStep, ...]:
    """The steps that `by` can take on the case as it stands.

    What ends a case that is no complaint has commands of its own.
    """
    possible = (CaseStep(name) for name in PROCEDURE.steps_from(case.status, by))
    return tuple(
        step for step in possible if step not in _THANKS and obstacle(case, step, now) is None
    )


def not_clear(case: Case) -> Obstacle | None:
    """Why nobody may end or recover this complaint without it being recorded (R43, domain 6, 1)."""
    assessed = case.assessment
    if assessed is None or not assessed.allegations or case.raised:
        return Obstacle.NOT_ASSESSED
    for allegation in assessed.allegations:
        # Also one that is not known here: whoever asked it knows that it matters.
        if any(_holds(allegation, one) for one in _CRITERIA | allegation.answers.keys()):
            return Obstacle.CRITERION
    if any(m.urgency is not Urgency.ROUTINE for m in case.unread):
        return Obstacle.UNREAD
    return None


def _holds(allegation: AssessedAllegation, criterion: Criterion) -> bool:
    """Whether it is met, or may be: not sure is yes, until the force has advised (domain 3.2)."""
    answer = allegation.answers.get(criterion)
    cleared = answer is CriterionAnswer.NOT_SURE and criterion in allegation.advised
    return answer is not CriterionAnswer.NO and not cleared


def said_wrong(case: Case, given: Given) -> Obstacle | None:
    """What cannot be said with a step of this case, if something is: who reviews it (L31, L32).

    Where nothing that happened decides it, the force does, and else the answers.
    """
    body = given.review_body
    if body is None:
        return None
    if (body is ReviewBody.IOPC) is (given.review_limb is None):
        return Obstacle.NO_LIMB
    happened = {event.what for event in case.happened}
    if Happened.IOPC_TOOK_OVER in happened:
        return None if body is ReviewBody.NONE else Obstacle.NO_REVIEW
    if {Happened.MUST_BE_REFERRED, Happened.REFERRED} & happened:
        return None if body is ReviewBody.IOPC else Obstacle.IOPC_REVIEWS
    if case.reviewer and case.reviewer is not ReviewBody.OTHER:
        return None if body is case.reviewer else Obstacle.OTHER_REVIEWER
    if body is ReviewBody.NONE:
        return Obstacle.HAS_REVIEW
    assessed = case.assessment.allegations if case.assessment else ()
    grave = any(_holds(allegation, criterion) for allegation in assessed for criterion in _IOPC)
    return Obstacle.IOPC_REVIEWS if grave and body is ReviewBody.LPB else None


BOTH_SIDES: Final = frozenset({CaseStep.LINKED, CaseStep.UNLINKED})
"""What is noted on both of two cases."""


def may_link(case: Case, other: Case, step: CaseStep) -> Obstacle | None:
    """Why two cases cannot be linked, or taken apart, if they cannot."""
    assert case.opened is not None
    if other.opened is None or other.opened.case_id == case.opened.case_id:
        return Obstacle.OTHER_CASE
    linked = other.opened.case_id in case.linked
    return Obstacle.NOT_FROM_HERE if linked is (step is CaseStep.LINKED) else None


def may_merge(case: Case, other: Case) -> Obstacle | None:
    """Why a case cannot be merged into another one, if it cannot.

    The other one must be open and have been made no later, to whomever: so the clocks that go on
    are those of the earlier one (domain 5.1.8).
    """
    assert case.opened is not None
    if (
        other.opened is None
        or other.opened.case_id == case.opened.case_id
        or other.is_closed
        or other.made_at > case.made_at
    ):
        return Obstacle.OTHER_CASE
    return None


def gives_up_calling(case: Case) -> bool:
    """Whether somebody tried often enough for the person to be written to instead."""
    days = {london_day(at) for at in case.tried}
    return len(case.tried) >= ATTEMPTS and len(days) > 1


def _may_recover(case: Case, _: datetime) -> Obstacle | None:
    if found := not_clear(case):
        return found
    assert case.assessment is not None
    content = case.assessment.wish is Wish.CONTENT
    if case.assessment.route is not Route.SERVICE_RECOVERY or not content:
        return Obstacle.NOT_CONTENT
    return _not_looked_again(case)


def _not_looked_again(case: Case) -> Obstacle | None:
    return Obstacle.SECOND_LOOK if case.second_look else None


def _may_end(case: Case, _: datetime) -> Obstacle | None:
    return not_clear(case) or _not_looked_again(case)


def _may_set_aside(case: Case, _: datetime) -> Obstacle | None:
    """What triage found to be no matter of its own, and nothing serious is in."""
    if case.assessment is None or case.assessment.route not in _NO_MATTER or case.raised:
        return Obstacle.NOT_ASSESSED
    return not_clear(case) if case.assessment.allegations or case.unread else None


def _may_withdraw(case: Case, _: datetime) -> Obstacle | None:
    return not_clear(case)


def _review_over(case: Case, now: datetime) -> Obstacle | None:
    """None asked for a review, nor can any more, also not after a letter that came later."""
    periods = (run for run in runs(case, now) if run.kind is ClockKind.REVIEW_PERIOD)
    may_ask = any(run.clock and run.clock.due_at > now for run in periods)
    return Obstacle.REVIEW_RUNS if case.reviews or may_ask else None


def _may_reopen(case: Case, _: datetime) -> Obstacle | None:
    """What they wrote opens it again, also where that is serious: it stays to be read."""
    found = not_clear(case)
    return None if found is Obstacle.UNREAD else found


def _nobody_answers(case: Case, now: datetime) -> Obstacle | None:
    if found := not_clear(case):
        return found
    if found := _not_looked_again(case):
        return found
    if not gives_up_calling(case):
        return Obstacle.TOO_FEW_ATTEMPTS
    return None if has_lapsed(case, ClockKind.OFFER, now) else Obstacle.OFFER_RUNS


def _has_links(case: Case, _: datetime) -> Obstacle | None:
    return None if case.linked else Obstacle.NOT_FROM_HERE


_GUARDS: Final[dict[CaseStep, Callable[[Case, datetime], Obstacle | None]]] = {
    CaseStep.SERVICE_RECOVERY_STARTED: _may_recover,
    CaseStep.RESOLUTION_PROPOSED: _may_end,
    CaseStep.RESOLVED: _may_end,
    CaseStep.NOT_RESOLVED: _may_end,
    CaseStep.NO_ENGAGEMENT: _nobody_answers,
    CaseStep.WITHDRAWAL_SIGNED: _may_withdraw,
    CaseStep.REVIEW_PERIOD_OVER: _review_over,
    CaseStep.SET_ASIDE: _may_set_aside,
    CaseStep.REOPENED: _may_reopen,
    CaseStep.UNLINKED: _has_links,
}
