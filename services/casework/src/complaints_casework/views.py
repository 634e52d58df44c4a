"""What is shown of cases, on pages and by the API alike."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy import Row

from complaints_casework import wording
from complaints_casework.domain.case import PROCEDURE, Action, Case
from complaints_casework.domain.codes import Acknowledgement, ActionKind, Reason
from complaints_casework.domain.counting import workings
from complaints_casework.domain.ending import Ending, Obstacle, ending_of, obstacle
from complaints_casework.domain.facts import MessageKept
from complaints_casework.domain.outcomes import outcome_of
from complaints_casework.domain.steps import steps_open
from complaints_casework.domain.timing import runs
from complaints_casework.due import Due, due
from complaints_contracts.cases import Clock
from complaints_contracts.codes import (
    CaseStatus,
    CaseStep,
    Channel,
    ClockKind,
    ContactType,
    Queue,
    RecordingReason,
    RiskFlag,
    Route,
    Unread,
    Urgency,
    Wish,
)
from complaints_contracts.parts import FileRef, Person, ReviewAsked
from complaints_contracts.triage import AssessedAllegation, Prompt
from complaints_law.calendar import Step, load_calendar
from complaints_law.clocks import Clock as Working
from complaints_law.errors import CalendarEnds
from complaints_law.london import london_day
from complaints_law.office import OfficeProfile
from complaints_law.procedure import By
from complaints_law.rule_sets import Happened
from complaints_law.running import Run, Taken, suspensions, time_taken

STAFF: Final = frozenset({By.ADVISER, By.TEAM_LEADER})


class ListedCase(BaseModel):
    """A case in a list, with what is due next and why."""

    case_id: UUID
    version: int
    contact_id: UUID
    matter: str
    reference: str
    channel: Channel
    contact_type: ContactType
    queue: Queue
    urgency: Urgency
    risks: tuple[RiskFlag, ...]
    prompts: int
    received_at: datetime
    status: CaseStatus
    is_open: bool
    adviser_id: str | None
    acknowledgement: Acknowledgement
    next_clock: ClockKind | None
    next_action: ActionKind | None
    next_due: Due | None
    open_actions: int
    unread_messages: int
    asked: Reason | None
    """What the case waits for a team leader for."""

    @property
    def next_words(self) -> str:
        """What is due next."""
        if self.next_action:
            return wording.ACTIONS[self.next_action]
        return wording.CLOCKS[self.next_clock] if self.next_clock else "Nothing with a date"

    @property
    def asked_words(self) -> str | None:
        """What the team leader has to decide about."""
        return wording.REASONS[self.asked] if self.asked else None


def listed(row: Row[Any], now: datetime) -> ListedCase:
    """A row of the read table as it is shown."""
    values = dict(row._mapping)
    at, by = values["next_due_at"], values["next_do_by"]
    return ListedCase.model_validate({**values, "next_due": due(at, by, now) if at else None})


class Promise(BaseModel):
    """A clock of a case: what was promised by when, what came of it, and why that is the day."""

    kind: ClockKind
    due: Due
    met_at: datetime | None
    stopped: bool
    """The case was closed before; nobody waits for it any more."""
    breached: bool
    calendar_version: str
    rules_version: str
    rule: str | None
    source: str | None
    working: tuple[Step, ...]
    """Day by day from the day it was received; empty where newer data counts differently."""

    @property
    def words(self) -> str:
        return wording.CLOCKS[self.kind]


class ToDo(BaseModel):
    """Something to do on a case."""

    kind: ActionKind
    reason: Reason
    due: Due | None
    done: bool

    @property
    def words(self) -> str:
        return wording.ACTIONS[self.kind]

    @property
    def why(self) -> str:
        return wording.REASONS[self.reason]


class Message(BaseModel):
    """What they added to their contact once it had its case."""

    message_id: UUID
    channel: Channel
    received_at: datetime
    automatic: bool
    """A machine wrote it; nobody has to read it."""
    waits: bool
    """Nobody of ours has said yet that they read it."""
    title: str | None
    words: str
    words_file: FileRef | None
    attachments: tuple[FileRef, ...]
    unread: Unread | None
    prompts: tuple[Prompt, ...]


class Review(BaseModel):
    """A review that was asked for of this case."""

    review_id: UUID
    received_at: datetime


class Recording(BaseModel):
    """That a complaint is recorded under Schedule 3, why, and which force has it."""

    at: datetime
    reason: RecordingReason
    force: str


class Untold(BaseModel):
    """A step that the person is to be told of."""

    step_id: UUID
    step: CaseStep


class Assessment(BaseModel):
    """What a person answered to the mandatory criteria, and where that leads."""

    assessed_at: datetime
    route: Route
    row: str
    wish: Wish
    second_look: bool
    allegations: tuple[AssessedAllegation, ...]
    to_assess: tuple[str, ...]
    """The numbers of allegations that came up since."""


class CaseView(BaseModel):
    """A case as those who work on it see it. `version` is what `If-Match` wants."""

    case_id: UUID
    version: int
    contact_id: UUID
    matter: str
    reference: str
    channel: Channel
    contact_type: ContactType
    queue: Queue
    urgency: Urgency
    received_at: datetime
    made_at: datetime | None
    dated_on: date | None
    taken_by: str | None
    force: str | None
    """The key of the force that passed it on, with that force's own number for it."""
    force_reference: str | None
    declared: ContactType | None
    mentions: tuple[str, ...]
    status: CaseStatus
    is_open: bool
    adviser_id: str | None
    acknowledgement: Acknowledgement
    named_staff: tuple[str, ...]
    attempts: int
    anonymous: bool
    persons: tuple[Person, ...]
    title: str | None
    words: str
    words_file: FileRef | None
    attachments: tuple[FileRef, ...]
    unread: Unread | None
    risks: tuple[RiskFlag, ...]
    prompts: tuple[Prompt, ...]
    asks_review: ReviewAsked | None
    promises: tuple[Promise, ...]
    actions: tuple[ToDo, ...]
    messages: tuple[Message, ...]
    reviews: tuple[Review, ...]
    recorded: Recording | None
    public_status: str
    """Where it stands, as the complainant reads it (R77)."""
    clocks: tuple[Run, ...]
    """What else runs on it, with its working."""
    steps: tuple[CaseStep, ...]
    """What an adviser or a team leader can do next, beside what is always possible."""
    untold: tuple[Untold, ...]
    """What the person is to be told of and, as far as we know, has not been."""
    assessment: Assessment | None
    """What triage's assessment says, as it was last."""
    merged_into: UUID | None
    """The case it was merged into last."""
    linked: tuple[UUID, ...]
    """The cases that have to do with it."""
    taken: Taken | None
    """How long it has taken, or took to its outcome, with suspensions and without (domain 5.2)."""
    outcome: str | None
    """What it came to, as it follows from its allegations."""
    can_end_as: Ending | None
    """As what it can end without being assessed, by how it was sorted."""
    obstacle: Obstacle | None
    """Why it cannot end so now."""


def case_view(case: Case, office: OfficeProfile, now: datetime) -> CaseView:
    """A case as it is shown at `now`."""
    opened, kept = case.opened, case.kept
    assert opened is not None
    assert kept is not None
    way, waiting = ending_of(case), case.unread
    found = workings(case.clocks, opened.received_at, kept.made_at, office.opening_hours)
    return CaseView(
        case_id=opened.case_id,
        version=case.version,
        contact_id=opened.contact_id,
        matter=opened.matter,
        reference=opened.reference,
        channel=opened.channel,
        contact_type=opened.contact_type,
        queue=opened.queue,
        urgency=case.urgency,
        received_at=opened.received_at,
        made_at=kept.made_at,
        dated_on=kept.dated_on,
        taken_by=kept.taken_by,
        force=kept.force,
        force_reference=kept.force_reference,
        declared=kept.declared,
        mentions=kept.mentions,
        status=case.status,
        is_open=case.is_open,
        adviser_id=case.adviser_id,
        acknowledgement=case.acknowledgement,
        named_staff=case.named,
        attempts=case.attempts,
        anonymous=kept.anonymous,
        persons=case.persons,
        title=kept.title,
        words=kept.words,
        words_file=kept.words_file,
        attachments=kept.attachments,
        unread=kept.unread,
        risks=case.risks,
        prompts=kept.prompts,
        asks_review=kept.review,
        promises=tuple(_promise(case, clock, found, now) for clock in case.clocks),
        actions=tuple(_to_do(action, now) for action in case.actions),
        messages=tuple(_message(message, waits=message in waiting) for message in case.messages),
        reviews=tuple(
            Review(review_id=review.review_id, received_at=review.received_at)
            for review in case.reviews
        ),
        recorded=_recording(case),
        public_status=PROCEDURE.states[case.status].public,
        clocks=runs(case, now, office.opening_hours),
        steps=steps_open(case, STAFF, now),
        untold=tuple(Untold(step_id=id, step=step) for id, step in case.untold.items()),
        assessment=_assessment(case),
        merged_into=case.merged_into,
        linked=tuple(sorted(case.linked)),
        taken=_taken(case, now),
        outcome=outcome_of(case),
        can_end_as=way,
        obstacle=obstacle(case, way) if way else None,
    )


def _taken(case: Case, now: datetime) -> Taken | None:
    """None where its dates cannot be counted, because the calendar ends."""
    made = next((e.at for e in case.happened if e.what is Happened.MADE), None)
    ends = (e.at for e in case.happened if e.what in (Happened.OUTCOME, Happened.CLOSED))
    if made is None:
        return None
    end = max(next(ends, now), made)
    try:
        return time_taken(made, end, suspensions(case.happened), load_calendar())
    except CalendarEnds:
        return None


def _assessment(case: Case) -> Assessment | None:
    kept = case.assessment
    if kept is None:
        return None
    return Assessment(
        assessed_at=kept.assessed_at,
        route=kept.route,
        row=kept.row,
        wish=kept.wish,
        second_look=case.second_look,
        allegations=kept.allegations,
        to_assess=tuple(sorted(case.raised)),
    )


def _recording(case: Case) -> Recording | None:
    found = case.recorded
    if found is None or found.recorded_for is None or found.force is None:
        return None
    return Recording(at=found.at, reason=found.recorded_for, force=found.force)


def _message(kept: MessageKept, *, waits: bool) -> Message:
    return Message(
        message_id=kept.message_id,
        channel=kept.channel,
        received_at=kept.received_at,
        automatic=kept.automatic,
        waits=waits,
        title=kept.title,
        words=kept.words,
        words_file=kept.words_file,
        attachments=kept.attachments,
        unread=kept.unread,
        prompts=kept.prompts,
    )


def _promise(
    case: Case, clock: Clock, found: Mapping[ClockKind, Working], now: datetime
) -> Promise:
    working = found.get(clock.kind)
    return Promise(
        kind=clock.kind,
        due=due(clock.due_at, clock.do_by, now),
        met_at=case.met.get(clock.kind),
        stopped=clock.kind in case.stopped and clock.kind not in case.met,
        breached=clock.kind in case.breached,
        calendar_version=clock.calendar_version,
        rules_version=clock.rules_version,
        rule=working.rule if working else None,
        source=working.source if working else None,
        working=working.working if working else (),
    )


def _to_do(action: Action, now: datetime) -> ToDo:
    when = action.due_at
    return ToDo(
        kind=action.kind,
        reason=action.reason,
        due=due(when, london_day(when), now) if when else None,
        done=action.done,
    )
