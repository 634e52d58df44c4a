"""A case, from the moment triage has sorted its contact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Final
from uuid import UUID

from complaints_casework.domain.codes import Acknowledgement, ActionKind, How, Reason
from complaints_casework.domain.facts import (
    AcknowledgementNoted,
    ActionAdded,
    AllegationDecided,
    AssessmentKept,
    CaseLogged,
    ContactAttemptFailed,
    ContactMade,
    FirstContactMade,
    MessageKept,
    ReviewNoted,
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
    ReviewBody,
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
    numbered: int = 1
    """The highest number that any of its allegations ever had."""
    second_look: bool = False
    """Whether the team leader has to look at an assessment, or at one that was before it (R45)."""
    grave: bool = False
    """Whether any assessment spoke of corruption or sexual conduct (L57)."""
    happened: tuple[Event, ...] = ()
    """What starts and ends its clocks."""
    followed: frozenset[tuple[ClockKind, datetime]] = frozenset()
    """The clocks that ran out, each noted once."""
    outcome_issued: HandlingOutcome | None = None
    """What the force's handling came to."""
    reviewer: ReviewBody | None = None
    """Who reviews it, as the force says."""
    decided: Mapping[str, AllegationDecided] = field(default_factory=lambda: MappingProxyType({}))
    """What became of its allegations, by number."""
    changed: Mapping[UUID, Person] = field(default_factory=lambda: MappingProxyType({}))
    """The persons as they are known since."""
    merged_into: UUID | None = None
    taken_over: Mapping[UUID, str] = field(default_factory=lambda: MappingProxyType({}))
    """The cases merged into it, each with the number of the allegation that its words are here."""
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
    def made_at(self) -> datetime:
        """When the complaint was made, to whomever: the clocks go by it (domain 5.1.8)."""
        return next(event.at for event in self.happened if event.what is Happened.MADE)

    @property
    def happened_at(self) -> datetime | None:
        """When the last of what its clocks go by happened."""
        return max((event.at for event in self.happened), default=None)

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
        ours = self.opened is not None and self.opened.contact_type is ContactType.STAFF_COMPLAINT
        return ours or self.grave or bool(self.named) or self.status is CaseStatus.STAFF_COMPLAINT

    @property
    def awaits_call(self) -> bool:
        """Whether the person is still to be reached for the first time (R12)."""
        return ClockKind.CALL not in self.met and not self.is_closed

    @property
    def is_open(self) -> bool:
        """Whether somebody has it on their list: also a closed one, while it asks for something."""
        outcomes = (Happened.OUTCOME_TOLD in PROCEDURE.steps[s].told for s in self.untold.values())
        return not self.is_closed or bool(self.open_actions) or any(outcomes)

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
    """The number of an allegation that comes up now: one that none ever had."""
    return str(case.numbered + 1)


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
