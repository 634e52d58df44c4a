"""Steps on a case, what the person is told of them, and the clocks they start (domain 3)."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from complaints_casework.commands import decide_allegation, do_action, raise_allegation, step, tell
from complaints_casework.domain.case import PROCEDURE
from complaints_casework.domain.codes import How
from complaints_casework.domain.facts import AllegationNoted, AssessmentKept, MessageKept
from complaints_casework.domain.steps import BOTH_SIDES, Given
from complaints_casework.domain.transfer import concerns_recording
from complaints_casework.repository import ALLEGATIONS, TRANSFERS
from complaints_casework.routes.commanding import Command, Program, Recorded
from complaints_casework.routes.common import Office, Staff, read_case
from complaints_casework.views import STAFF
from complaints_casework.wording import MISSING
from complaints_chassis.service import Run
from complaints_chassis.web import Problem, Role
from complaints_contracts.cases import CaseMoved
from complaints_contracts.codes import (
    CaseStep,
    RecordingReason,
    RecoveryMethod,
    ReviewBody,
    ReviewLimb,
)
from complaints_contracts.event import Fact, Model
from complaints_law.procedure import By
from complaints_law.running import Run as ClockRun

router = APIRouter()

LONGEST_NOTE: Final = 5000
LONGEST_WORDS: Final = 20_000
_BY_EVENT: Final = frozenset({CaseStep.COMPLIMENT_FORWARDED, CaseStep.CONCERN_NOTED})
"""Those with a command of their own."""


class SentStep(Model):
    """A step that somebody decides on; GET steps names what has to be said with each."""

    step: CaseStep
    note: str | None = Field(
        default=None,
        max_length=LONGEST_NOTE,
        pattern=r"\S",
        description="Why, for our own record: it never leaves this service (R60)",
    )
    words: str | None = Field(
        default=None,
        max_length=LONGEST_WORDS,
        pattern=r"\S",
        description="What the person, or the force, is told",
    )
    about: UUID | None = Field(default=None, description="The id of the other case")
    methods: tuple[RecoveryMethod, ...] = Field(
        default=(), max_length=20, description="How it is put right (R31)"
    )
    recorded_for: RecordingReason | None = None
    force: str | None = Field(default=None, max_length=100, description="The key of a force")
    review_body: ReviewBody | None = None
    review_limb: ReviewLimb | None = Field(
        default=None, description="Why a review is the IOPC's (L30a)"
    )


class SentTelling(Model):
    """That somebody of ours told the person of a step."""

    step_id: UUID
    how: How
    note: str | None = Field(default=None, max_length=LONGEST_NOTE)


class SentAllegation(Model):
    """A further allegation that came up, in words that name nobody who need not be named."""

    words: str = Field(min_length=1, max_length=LONGEST_WORDS, pattern=r"\S")


class SentOutcome(Model):
    """What became of an allegation: codes of the lists 4.5, 4.7 and 4.9, and what was learnt."""

    outcome: str = Field(max_length=40)
    actions: tuple[str, ...] = Field(min_length=1, max_length=20)
    factors: tuple[str, ...] = Field(default=(), max_length=30)
    learning: str | None = Field(default=None, max_length=LONGEST_NOTE, pattern=r"\S")


class SentDone(Model):
    """What was done about an action; its number is its place among the case's, from 1."""

    note: str = Field(min_length=1, max_length=LONGEST_NOTE, pattern=r"\S")


class PossibleStep(BaseModel):
    """A step that can be taken, by which rule, and what has to be said with it."""

    step: CaseStep
    rule: str
    needs: tuple[str, ...]


class Clocks(BaseModel):
    """Every clock of a case at `at`, each with its working day by day."""

    at: datetime
    clocks: tuple[ClockRun, ...]


@router.post("/api/cases/{case_id}/steps", status_code=201, tags=["cases"])
async def api_step(case_id: UUID, sent: SentStep, program: Program) -> Recorded:
    """Takes a step on a case; one that the rules do not allow is refused with the rule's name."""
    case = await program.case(case_id)
    allowed = PROCEDURE.steps.get(sent.step)
    if allowed is None or allowed.by not in STAFF or sent.step in _BY_EVENT:
        raise Problem(
            422,
            "That is no step that a member of staff takes this way.",
            action="Send one of those that GET steps names for the case.",
        )
    if allowed.by is By.TEAM_LEADER and Role.TEAM_LEADER not in program.principal.roles:
        raise Problem(403, "Only a team leader can decide this.", rule=allowed.rule)
    given = Given(**sent.model_dump())
    if given.missing:
        wanted = "; ".join(f"`{name}`: {MISSING[name]}" for name in given.missing)
        raise Problem(422, "Something is missing.", action=f"Say {wanted}.", rule=allowed.rule)
    keys = [force.key for force in program.office.forces]
    if given.force is not None and given.force not in keys:
        raise Problem(
            422,
            "This office deals with no force of that key.",
            action=f"Send one of: {', '.join(keys)}.",
        )
    if RecordingReason.OTHER is given.recorded_for or RecoveryMethod.OTHER in given.methods:
        raise Problem(422, "One of the codes is not known.", action="See the list in /docs.")
    if given.words is not None and given.step in BOTH_SIDES:
        raise Problem(422, "Nobody is told of a link.", action="Leave `words` out.", rule="L57")
    # As for any case: also that somebody looked at one which few may see is written down.
    about = case.merged_into if given.step is CaseStep.UNMERGED else given.about
    other = await program.case(about) if about else None
    wished = sent.step is CaseStep.RECORDING_REQUESTED
    command = Command(
        case_id,
        step(program.office, case_id, given),
        allowed.rule,
        concerns_recording if wished else _concerns,
        contact_id=other.contact_id if other else None,
        streams=(
            TRANSFERS.stream(case_id),
            *([ALLEGATIONS.stream(other.case_id)] if other else []),
        ),
        others=(other.case_id,) if other else (),
    )
    return await program.do(command)


@router.post("/api/cases/{case_id}/told", status_code=201, tags=["cases"])
async def api_tell(case_id: UUID, sent: SentTelling, program: Program) -> Recorded:
    """Says that somebody told the person of a step in another way than by a notice (L29, L30)."""
    await program.case(case_id)
    decide = tell(case_id, sent.step_id, sent.how, sent.note)
    return await program.do(Command(case_id, decide, "L29", lambda _: False))


@router.post("/api/cases/{case_id}/allegations", status_code=201, tags=["cases"])
async def api_raise(case_id: UUID, sent: SentAllegation, program: Program) -> Recorded:
    """Says that a further allegation came up, for triage to have it assessed (R43).

    Whom of our staff its words name does not have the case from then on, nor sees it (R24).
    """
    case = await program.case(case_id)
    decide = raise_allegation(program.office, case_id, sent.words.strip())
    streams = (ALLEGATIONS.stream(case_id),)
    return await program.do(
        Command(case_id, decide, "R43", lambda _: False, case.contact_id, streams)
    )


@router.post("/api/cases/{case_id}/allegations/{number}/outcome", status_code=201, tags=["cases"])
async def api_decide(case_id: UUID, number: str, sent: SentOutcome, program: Program) -> Recorded:
    """Says what became of an allegation; what the case came to follows from all of them (4.7)."""
    await program.case(case_id)
    decide = decide_allegation(
        case_id, number, sent.outcome, sent.actions, sent.factors, sent.learning
    )
    return await program.do(Command(case_id, decide, "L19", _concerns))


@router.post("/api/cases/{case_id}/actions/{number}/done", status_code=201, tags=["cases"])
async def api_done(case_id: UUID, number: int, sent: SentDone, program: Program) -> Recorded:
    """Says that something is done, of which the case cannot know by itself (R59)."""
    await program.case(case_id)
    decide = do_action(case_id, number, sent.note.strip())
    return await program.do(Command(case_id, decide, "R59", lambda _: False))


@router.get("/api/cases/{case_id}/steps", tags=["cases"])
async def api_steps(
    case_id: UUID, run: Run, office: Office, principal: Staff
) -> tuple[PossibleStep, ...]:
    """What can be done with a case from where it stands, and what has to be said with it."""
    case, _ = await read_case(run, office, principal, case_id)
    return tuple(
        PossibleStep(
            step=name,
            rule=PROCEDURE.steps[name].rule,
            needs=tuple(sorted(PROCEDURE.steps[name].needs)),
        )
        for name in case.steps
    )


@router.get("/api/cases/{case_id}/clocks", tags=["cases"])
async def api_clocks(case_id: UUID, run: Run, office: Office, principal: Staff) -> Clocks:
    """The clocks of a case with their working, rule and source, day by day."""
    case, _ = await read_case(run, office, principal, case_id)
    return Clocks(at=run.clock.now(), clocks=case.clocks)


def _concerns(fact: Fact) -> bool:
    """Whether somebody who is about to take a step should know of this first."""
    return isinstance(fact, CaseMoved | AssessmentKept | AllegationNoted | MessageKept)
