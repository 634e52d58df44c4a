"""A case that anything happens to: steps of ours and of the force, assessments, messages, notices,
time. Random, legal or not; the service's own code decides, in memory.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any, Final, TypeVar, cast
from uuid import UUID, uuid5

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from complaints_casework import assessments, commands, forces, handlers, notices
from complaints_casework.app import SERVICE
from complaints_casework.domain import steps, timing
from complaints_casework.domain.case import PROCEDURE, Case
from complaints_casework.domain.codes import ActionKind, How
from complaints_casework.domain.ending import Ending, ending_of
from complaints_casework.domain.facts import (
    AllegationNoted,
    AssessmentKept,
    ContactAttemptFailed,
    ContactMade,
    FirstContactMade,
    MessageKept,
    StepNotTold,
    StepTold,
)
from complaints_casework.domain.steps import Given
from complaints_casework.repository import CASES, CASES_OF_CONTACTS, LOADS, TRANSFERS, timers
from complaints_chassis.aggregate import Lookup
from complaints_chassis.commands import Answer
from complaints_chassis.errors import Refused, Unacceptable
from complaints_chassis.record import Record
from complaints_chassis.work import Work
from complaints_contracts.cases import CaseMoved, case_id
from complaints_contracts.codes import (
    CaseStatus,
    CaseStep,
    Channel,
    ClockKind,
    ContactType,
    Criterion,
    CriterionAnswer,
    Eligibility,
    HandlingOutcome,
    MatchedBy,
    Medium,
    PersonRole,
    Purpose,
    Queue,
    ReachBy,
    RecordingReason,
    RecoveryMethod,
    ReturnKind,
    ReviewBody,
    ReviewLimb,
    Route,
    Subject,
    Urgency,
    Wish,
    WithheldReason,
)
from complaints_contracts.event import Fact
from complaints_contracts.forces import CaseTransferred
from complaints_contracts.foreign import decode_foreign
from complaints_contracts.notices import (
    NoticeRefused,
    NoticeReturned,
    NoticeSent,
    NoticeWithheld,
)
from complaints_contracts.parts import Person, Reach
from complaints_contracts.personal import join
from complaints_contracts.reviews import ReviewMatched
from complaints_contracts.triage import (
    AssessedAllegation,
    ContactSorted,
    MatterAssessed,
    MessageSorted,
)
from complaints_law import routing
from complaints_law.london import london_day
from complaints_law.office import load_office
from complaints_law.procedure import BACK, By
from complaints_law.rule_sets import ClockKind as Kind
from complaints_law.rule_sets import Duty, Happened
from complaints_law.running import Run

L = TypeVar("L")

OFFICE: Final = load_office()
BOOK: Final = SERVICE.book(OFFICE.key)
RECEIVED: Final = datetime(2026, 4, 2, 16, 10, tzinfo=UTC)
LAST: Final = datetime(2028, 6, 1, tzinfo=UTC)
"""The calendar reaches a little further."""
IDS: Final = UUID(int=7)
OTHER_CONTACT: Final = uuid5(IDS, "other contact")
"""Whose case this one may be merged with."""
WITH_ANOTHER: Final = (CaseStep.MERGED, CaseStep.LINKED)
"""What the other case may stand in the way of."""
VERSIONS: Final = {"table_version": "table-7", "criteria_version": "criteria-7"}
"""What triage decided by; nothing of ours is called so."""
NOTE: Final = "Between ourselves: Penhallow"
WORDS: Final = "We have asked the unit for what you want to know."
OTHER_TYPES: Final = [
    *(t for t in ContactType if t is not ContactType.OTHER),
    *(ContactType.COMPLIMENT, ContactType.COMMUNITY_CONCERN, ContactType.REVIEW_APPLICATION),
]
CRITERIA: Final = tuple(c for c in Criterion if c is not Criterion.OTHER)
STATES: Final = frozenset(CaseStatus) - {CaseStatus.OTHER}
SERVICE_RECOVERY: Final = frozenset(s for s in STATES if s.startswith("SR_")) | {
    CaseStatus.CLOSED_SR
}
RECOVERING: Final = frozenset(
    {
        CaseStep.SERVICE_RECOVERY_STARTED,
        CaseStep.RESOLUTION_PROPOSED,
        CaseStep.RESOLVED,
        CaseStep.NOT_RESOLVED,
        CaseStep.NO_ENGAGEMENT,
        CaseStep.REOPENED,
        CaseStep.WITHDRAWAL_SIGNED,
    }
)
"""The steps that recover a complaint, or end it without a record."""
BY_STAFF: Final = frozenset({By.ADVISER, By.TEAM_LEADER})
BY_EVENT: Final = {CaseStep.COMPLIMENT_FORWARDED, CaseStep.CONCERN_NOTED}
"""What published events of their own say, after commands of their own."""
STAFF_STEPS: Final = tuple(
    CaseStep(name)
    for name, step in PROCEDURE.steps.items()
    if step.by in BY_STAFF and name not in BY_EVENT
)
FORCE_STEPS: Final = tuple(CaseStep(n) for n, s in PROCEDURE.steps.items() if s.by is By.FORCE)

DONE_BY: Final[dict[ActionKind, tuple[CaseStep, ...]]] = {
    ActionKind.RECORD: (CaseStep.RECORDED,),
    ActionKind.REDIRECT: (CaseStep.REDIRECTED,),
    ActionKind.DECIDE_END: (CaseStep.NO_ENGAGEMENT,),
    ActionKind.EXPLAIN_DELAY: (CaseStep.UPDATED, CaseStep.RESOLVED, CaseStep.NOT_RESOLVED),
    ActionKind.CHASE_FORCE: (
        CaseStep.TASK_ANSWERED,
        CaseStep.ACCEPTED,
        CaseStep.PROGRESS_RECEIVED,
        CaseStep.OUTCOME_ISSUED,
    ),
}
"""What ticks off what there is to do, where no other command does."""

THANKS: Final = (CaseStatus.COMPLIMENT, CaseStatus.CONCERN)
ASIDE: Final = frozenset(
    {CaseStatus.RECORDING, CaseStatus.WITHDRAWN, CaseStatus.MERGED, CaseStatus.LOGGED}
)
"""Where so many steps lead that little else would happen: taken one time in four."""

RECOVERIES: Final[dict[str, tuple[CaseStep, ...]]] = {
    "recovering": (CaseStep.SERVICE_RECOVERY_STARTED,),
    "asked": (CaseStep.SERVICE_RECOVERY_STARTED, CaseStep.TASK_SENT),
    "answered": (CaseStep.SERVICE_RECOVERY_STARTED, CaseStep.TASK_SENT, CaseStep.TASK_ANSWERED),
    "offered": (CaseStep.SERVICE_RECOVERY_STARTED, CaseStep.OFFERED),
    "unanswered": (CaseStep.SERVICE_RECOVERY_STARTED, CaseStep.OFFERED),
    "given up": (CaseStep.SERVICE_RECOVERY_STARTED, CaseStep.OFFERED),
    "proposed": (CaseStep.SERVICE_RECOVERY_STARTED, CaseStep.RESOLUTION_PROPOSED),
    "dissatisfied": (
        CaseStep.SERVICE_RECOVERY_STARTED,
        CaseStep.RESOLUTION_PROPOSED,
        CaseStep.DISSATISFIED,
    ),
    "unresolved": (
        CaseStep.SERVICE_RECOVERY_STARTED,
        CaseStep.RESOLUTION_PROPOSED,
        CaseStep.NOT_RESOLVED,
    ),
    "resolved": (
        CaseStep.SERVICE_RECOVERY_STARTED,
        CaseStep.RESOLUTION_PROPOSED,
        CaseStep.RESOLVED,
    ),
}
RECORDINGS: Final[dict[str, tuple[CaseStep, ...]]] = {
    "recorded": (),
    "accepted": (CaseStep.ACCEPTED,),
    "suspended": (
        CaseStep.ACCEPTED,
        CaseStep.UPDATED,
        CaseStep.INVESTIGATING,
        CaseStep.HANDLING_SUSPENDED,
    ),
    "resumed": (CaseStep.ACCEPTED, CaseStep.HANDLING_SUSPENDED, CaseStep.HANDLING_RESUMED),
    "directed": (CaseStep.ACCEPTED, CaseStep.REFERRED, CaseStep.IOPC_DIRECTED),
    "tried": (
        CaseStep.ACCEPTED,
        CaseStep.HANDLING_SUSPENDED,
        CaseStep.PROCEEDINGS_ENDED,
        CaseStep.RESUMPTION_LETTER,
    ),
    "decided": (CaseStep.ACCEPTED, CaseStep.OUTCOME_ISSUED),
    "told": (CaseStep.ACCEPTED, CaseStep.OUTCOME_ISSUED, CaseStep.OUTCOME_LETTER),
    "closed": (CaseStep.ACCEPTED, CaseStep.OUTCOME_ISSUED, CaseStep.OUTCOME_LETTER),
}
"""How far a case has come before anything may happen to it."""

SEARCHES: Final = 25

picks = st.sampled_from(range(240))
ONE_IN_THREE = st.sampled_from([False, False, True])


class Tally:
    """What all runs together did."""

    def __init__(self) -> None:
        self.reached: Counter[CaseStatus] = Counter()
        self.taken: Counter[CaseStep] = Counter()
        self.accepted: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()

    @property
    def share(self) -> float:
        accepted, refused = self.accepted.total(), self.refused.total()
        return accepted / (accepted + refused)


class InMemory(Work):
    """The chassis' own work, that finds what it looks up without a database."""

    def __init__(self) -> None:
        super().__init__(BOOK, RECEIVED)
        self.found: dict[Lookup[Any], Any] = {LOADS: Counter(), CASES_OF_CONTACTS: {}}
        self.written = 0

    def lookup(self, lookup: Lookup[L]) -> L:
        return cast(L, self.found[lookup])

    def news(self) -> Iterable[tuple[dict[str, Any], bytes, Fact]]:
        """What was kept since the last time, as it is read back from the journal."""
        rows, self.written = self._rows[self.written :], len(self._rows)
        for row in rows:
            record = json.loads(row.columns["record"])
            parts = {who: json.loads(part) for who, (_, part) in row.parts.items()}
            bytes_ = row.columns["record"] + b"".join(part for _, part in row.parts.values())
            fact = BOOK.facts[record["type"]].model_validate(join(record["data"], parts))
            yield record, bytes_, fact


class AnyCase(RuleBasedStateMachine):
    """One case of one contact, and what we know of it by ourselves."""

    tally = Tally()

    def __init__(self) -> None:
        super().__init__()
        self.work = InMemory()
        self.numbers = count(1)
        self.contact = uuid5(IDS, "contact")
        self.id = case_id(self.contact)
        self.person = uuid5(self.contact, "person")
        self.assessed: MatterAssessed | None = None
        self.raised: set[str] = set()
        self.serious: set[UUID] = set()
        """What they wrote since that may be serious and nobody has read."""
        self.folded = Case()
        self.facts: list[Fact] = []
        self.recorded = 0
        self.transferred = 0
        self.made: dict[UUID, datetime] = {}
        """When each complaint was made, to whomever."""
        self.failed: list[datetime] = []
        """When somebody tried to reach them, in vain."""
        self.offered: datetime | None = None
        """When they were last told of the offer that they have not answered since (3.3)."""
        self.told: datetime | None = None
        """When they were last told of the force's outcome, or nobody was left to tell."""
        self.reviewed = False
        self._runs_at = self._held_at = (0, RECEIVED)
        self._runs: tuple[Run, ...] = ()

    # What the machine knows and does.

    @property
    def case(self) -> Case:
        return self.work.state(CASES, self.id)

    @property
    def now(self) -> datetime:
        return self.work.now

    @property
    def runs(self) -> tuple[Run, ...]:
        """Every run of its clocks up to now."""
        at = self.case.version, self.now
        if self._runs_at != at:
            self._runs_at, self._runs = at, timing.runs(self.case, self.now)
        return self._runs

    def new_id(self) -> UUID:
        return uuid5(IDS, str(next(self.numbers)))

    def do(self, name: str, decide: Callable[[Work], Answer]) -> bool:
        """A command: what it decides is kept, what is refused leaves nothing."""
        try:
            decide(self.work)
        except Refused:
            self.work.drop()
            self.tally.refused[name] += 1
            return False
        self.work.keep()
        self.tally.accepted[name] += 1
        return True

    def step(self, step: CaseStep) -> bool:
        given = Given(
            step,
            note=NOTE if "note" in PROCEDURE.steps[step].needs else None,
            words=WORDS if "words" in PROCEDURE.steps[step].needs else None,
            about=case_id(OTHER_CONTACT) if "about" in PROCEDURE.steps[step].needs else None,
            methods=(RecoveryMethod.APOLOGY,),
            recorded_for=RecordingReason.AA_DECIDES,
            force="cleveland" if "force" in PROCEDURE.steps[step].needs else None,
            **(self.who_reviews() if step is CaseStep.OUTCOME_LETTER else {}),
        )
        return self.do("step", commands.step(OFFICE, self.id, given))

    def who_reviews(self) -> dict[str, Any]:
        """L28, L31, L32; the force leaves it to us here."""
        happened = {event.what for event in self.case.happened}
        if Happened.IOPC_TOOK_OVER in happened:
            return {"review_body": ReviewBody.NONE}
        grave = {criterion for _, criterion in uncleared(self.assessed)} if self.assessed else set()
        referred = {Happened.MUST_BE_REFERRED, Happened.REFERRED} & happened
        if referred or grave - {Criterion.MF1, Criterion.MF7}:
            return {"review_body": ReviewBody.IOPC, "review_limb": ReviewLimb.REG_32_C}
        return {"review_body": ReviewBody.LPB}

    def hear(self, handle: Callable[..., None], *given: Any) -> None:
        handle(*given, self.work)
        self.work.keep()

    def fire(self) -> None:
        """What the leader does in one round."""
        due = [timer for timer in timers(self.case) if timer.due_at <= self.now]
        for timer in sorted(due, key=lambda timer: (timer.due_at, timer.kind)):
            if any(t.kind == timer.kind and t.due_at <= self.now for t in timers(self.case)):
                self.hear(handlers.run_out, OFFICE, str(self.id))
        assert not [timer for timer in timers(self.case) if timer.due_at <= self.now]

    def is_clear(self) -> bool:
        """Whether all that is alleged is answered no, or was not sure and advised on (6, 1)."""
        if self.assessed is None or not self.assessed.allegations or self.raised:
            return False
        return not uncleared(self.assessed)

    # How it begins.

    @initialize(
        kind=st.sampled_from(["complaint"] * 5 + ["compliment", "concern", "staff"]),
        spoken=st.booleans(),
        start=st.sampled_from(["", "", "set aside", *RECOVERIES, *RECORDINGS]),
        days_before=st.sampled_from([0, 0, 0, 1]),
    )
    def opens(self, kind: str, spoken: bool, start: str, days_before: int) -> None:
        """Our complaint was made to us when the other one was, or `days_before` to the force."""
        queue, contact_type = {
            "complaint": (Queue.RESOLUTION, ContactType.COMPLAINT),
            "compliment": (Queue.COMPLIMENTS, ContactType.COMPLIMENT),
            "concern": (Queue.CONCERNS, ContactType.COMMUNITY_CONCERN),
            "staff": (Queue.STAFF, ContactType.STAFF_COMPLAINT),
        }[kind]
        made_at = RECEIVED - timedelta(days=days_before)
        for contact, made in ((OTHER_CONTACT, RECEIVED), (self.contact, made_at)):
            self.made[case_id(contact)] = made
            person = Person(
                id=uuid5(contact, "person"),
                role=PersonRole.COMPLAINANT,
                reach=Reach(preferred=ReachBy.EMAIL),
            )
            event = ContactSorted(
                contact_id=contact,
                case_id=case_id(contact),
                reference="7K3M-9QX4-D",
                channel=Channel.PHONE if spoken else Channel.WEB,
                received_at=RECEIVED,
                made_at=made,
                persons=(person,),
                words="My van was broken into and nobody has called.",
                contact_type=contact_type,
                queue=queue,
                urgency=Urgency.ROUTINE,
                prompts_version="test",
            )
            self.hear(handlers.open_for, OFFICE, event)
        if kind != "complaint":
            return
        if start == "set aside":
            self.assess_as([], Wish.NOT_SAID, ContactType.SPAM_ABUSE)
            self.step(CaseStep.SET_ASIDE)
        if start in RECOVERIES:
            self.reach_them(made=True, how=How.TELEPHONE)
            self.assess_as(["NO"], Wish.CONTENT)
            for step in RECOVERIES[start]:
                if step in FORCE_STEPS:
                    self.force_says(step, 0)
                else:
                    self.step(step)
        if start in ("unanswered", "given up"):
            self.nobody_answers(3)
            while self.case.untold:
                self.tell_them(1, How.LETTER)
            self.time_passes(24 * 15, "on time")
        if start == "given up":
            self.step(CaseStep.NO_ENGAGEMENT)
        if start in RECORDINGS:
            self.record(asked=True)
            for step in RECORDINGS[start]:
                if step in FORCE_STEPS:
                    self.force_says(step, 0)
                else:
                    self.step(step)
                    self.tell_them(1, How.LETTER)
        if start == "closed":
            self.time_passes(24 * 30, "on time")

    # What our people do.

    @rule(pick=picks, any_of_them=ONE_IN_THREE)
    def take_a_possible_step(self, pick: int, any_of_them: bool) -> None:
        possible = steps.steps_open(self.case, BY_STAFF, self.now)
        choice = possible if any_of_them else self.leading(possible, pick)
        if choice:
            step = choice[pick // 4 % len(choice)]
            assert self.step(step) or step in WITH_ANOTHER

    def leading(self, possible: Iterable[CaseStep], pick: int) -> list[CaseStep]:
        """Those that lead elsewhere."""
        elsewhere = [s for s in possible if PROCEDURE.steps[s].to not in (None, self.case.status)]
        ahead = [s for s in elsewhere if PROCEDURE.steps[s].to not in ASIDE]
        return ahead if ahead and pick % 4 else elsewhere

    @rule(step=st.sampled_from(STAFF_STEPS))
    def try_any_step(self, step: CaseStep) -> None:
        possible = steps.obstacle(self.case, step, self.now) is None
        assert self.step(step) is possible or (possible and step in WITH_ANOTHER)

    @rule(asked=st.booleans(), pick=picks)
    def somebody_records_it(self, asked: bool, pick: int) -> None:
        # Most of the time a case goes its way before that, and once it did, that is refused.
        if pick % 8 == 0:
            self.record(asked)

    def record(self, asked: bool) -> None:
        why = RecordingReason.COMPLAINANT_WISHES if asked else RecordingReason.NATURE_OF_ALLEGATION
        before = self.case.recorded
        done = self.do("record", commands.record(self.id, why, "cleveland", NOTE))
        assert done is (before is None)

    @rule(made=st.booleans(), how=st.sampled_from(How))
    def reach_them(self, made: bool, how: How) -> None:
        self.do("call", commands.contact_attempt(self.id, made=made, how=how, note=NOTE))

    @precondition(lambda self: self.case.status in (CaseStatus.LOGGED, CaseStatus.SR_OPEN))
    @rule(days=st.integers(1, 3))
    def nobody_answers(self, days: int) -> None:
        for _ in range(days):
            self.reach_them(made=False, how=How.TELEPHONE)
            self.time_passes(26, "on time")

    @precondition(lambda self: self.case.untold)
    @rule(pick=picks, days=st.sampled_from([6, 15, 30]))
    def tell_them_and_wait(self, pick: int, days: int) -> None:
        self.tell_them(pick, How.LETTER)
        self.time_passes(24 * days, "on time")

    @precondition(lambda self: self.case.unread)
    @rule(pick=picks)
    def read_a_message(self, pick: int) -> None:
        message = self.case.unread[pick % len(self.case.unread)].message_id
        self.do("read", commands.message_read(self.id, message))
        self.serious.discard(message)

    @precondition(lambda self: self.may_be_thanks)
    @rule(way=st.sampled_from(Ending), as_it_was_found=st.sampled_from([True, True, False]))
    def end_it(self, way: Ending, as_it_was_found: bool) -> None:
        found = ending_of(self.case) if as_it_was_found else way
        self.do("end", commands.end_case(self.id, found or way, NOTE))

    @precondition(lambda self: self.case.untold)
    @rule(pick=picks, how=st.sampled_from(How))
    def tell_them(self, pick: int, how: How) -> None:
        ids = list(self.case.untold)
        step_id = ids[-1] if pick % 3 else ids[pick // 3 % len(ids)]  # mostly the latest
        self.do("tell", commands.tell(self.id, step_id, how, NOTE))

    @rule(pick=picks)
    def raise_an_allegation(self, pick: int) -> None:
        if pick % 4 == 0 and len(self.raised) < 3:
            self.do("raise", commands.raise_allegation(OFFICE, self.id, "And he swore at me."))

    # What others say.

    @rule(
        answers=st.lists(
            st.sampled_from(["NO"] * 12 + ["ADVISED"] * 4 + ["YES", "NOT_SURE", "OTHER"]),
            min_size=1,
            max_size=3,
        ),
        wish=st.sampled_from([*[Wish.CONTENT] * 6, Wish.NOT_SAID, Wish.RECORD]),
        contact_type=st.sampled_from([ContactType.COMPLAINT] * 8 + OTHER_TYPES),
        subject=st.sampled_from([Subject.FORCE] * 6 + list(Subject)[:-1]),
        eligibility=st.sampled_from([Eligibility.ELIGIBLE] * 4 + list(Eligibility)[:-1]),
        criterion=st.sampled_from(CRITERIA),
        category=st.sampled_from(["A1", "A1", "F6"]),
        heard=st.sampled_from([True, True, True, False]),
    )
    def assess(self, **given: Any) -> None:
        self.assess_as(**given)

    @rule(
        answers=st.lists(st.sampled_from(["NO", "YES", "NOT_SURE", "ADVISED"]), max_size=2),
        route=st.sampled_from(Route),
        criterion=st.sampled_from(CRITERIA),
        pick=picks,
    )
    def assess_against_the_table(self, pick: int, **given: Any) -> None:
        """Triage is wrong, or newer than we are: our own guards must hold all the same."""
        if pick % 3 == 0:
            self.assess_as(wish=Wish.CONTENT, **given)

    def assess_as(
        self,
        answers: list[str],
        wish: Wish,
        contact_type: ContactType = ContactType.COMPLAINT,
        subject: Subject = Subject.FORCE,
        eligibility: Eligibility = Eligibility.ELIGIBLE,
        criterion: Criterion = Criterion.MF1,
        category: str = "A1",
        route: Route | None = None,
        heard: bool = True,
    ) -> None:
        """Where triage has not `heard` yet what came up, that is not among what it assessed."""
        allegations = tuple(
            allegation(number, answer, criterion, category)
            for number, answer in enumerate(answers, start=1)
        )
        row, second_look = "1", False
        if route is None:
            decision = routing.decide_route(
                routing.Assessment(
                    contact_type=contact_type.value,
                    subject=subject.value,
                    eligibility=routing.Eligibility(eligibility.value),
                    wish=routing.Wish(wish.value),
                    allegations=tuple(for_table(one) for one in allegations),
                ),
                routing.load_routes(),
            )
            route, row = Route(decision.route.value), decision.row
            second_look = decision.second_look
        event = MatterAssessed(
            contact_id=self.contact,
            case_id=self.id,
            reference="7K3M-9QX4-D",
            person_id=self.person,
            assessed_at=self.now,
            contact_type=contact_type,
            subject=subject,
            eligibility=eligibility,
            wish=wish,
            allegations=allegations,
            raised=tuple(self.raised) if heard else (),
            route=route,
            row=row,
            second_look=second_look,
            **VERSIONS,
        )
        self.assessed = event
        self.raised -= {*event.raised}
        self.hear(assessments.follow, OFFICE, event)
        if (
            uncleared(event)
            and subject is Subject.FORCE
            and eligibility is not (Eligibility.NOT_ELIGIBLE)
        ):
            assert self.is_seen_to("a criterion that is not cleared leads to recording")

    def is_seen_to(self, why: str) -> bool:
        """Whether it is recorded or about to be, or somebody looks at what was merged."""
        case = self.case
        looks = any(action.kind is ActionKind.LOOK for action in case.open_actions)
        merged = case.status is CaseStatus.MERGED and looks
        assert case.recorded or case.status is CaseStatus.RECORDING or merged, why
        return True

    @rule(
        urgency=st.sampled_from([Urgency.ROUTINE, Urgency.ROUTINE, Urgency.URGENT, Urgency.OTHER]),
        automatic=st.sampled_from([False, False, True]),
        hours_ago=st.sampled_from([0, 0, 30]),
    )
    def they_write(self, urgency: Urgency, automatic: bool, hours_ago: int) -> None:
        message = MessageSorted(
            contact_id=self.contact,
            case_id=self.id,
            message_id=self.new_id(),
            person_id=self.person,
            reference="7K3M-9QX4-D",
            channel=Channel.EMAIL,
            received_at=max(RECEIVED, self.now - timedelta(hours=hours_ago)),
            automatic=automatic,
            words="Has anything happened?",
            queue=Queue.RESOLUTION,
            urgency=urgency,
            prompts_version="test",
        )
        if urgency is not Urgency.ROUTINE and not automatic:
            self.serious.add(message.message_id)
        self.hear(handlers.keep, OFFICE, message)

    @precondition(lambda self: self.given_to)
    @rule(pick=picks, any_of_them=ONE_IN_THREE, days_ago=st.sampled_from([0, 0, 3]))
    def the_force_says_what_follows(self, pick: int, any_of_them: bool, days_ago: int) -> None:
        possible = [s for s in FORCE_STEPS if PROCEDURE.allows(self.case.status, s)]
        choice = possible if any_of_them else self.leading(possible, pick)
        if choice:
            self.force_says(choice[pick // 4 % len(choice)], days_ago)

    @property
    def may_be_thanks(self) -> bool:
        """Whether it may be no complaint; sometimes somebody tries with one that is."""
        opened = self.case.opened
        sorted_so = opened is not None and opened.queue in (Queue.COMPLIMENTS, Queue.CONCERNS)
        untouched = sorted_so and self.case.assessment is None and not self.case.is_closed
        return self.case.status in THANKS or untouched or self.case.version % 25 == 0

    @property
    def given_to(self) -> str | None:
        """The force that was given it, or was asked something of it."""
        return self.work.state(TRANSFERS, self.id).force

    @rule(step=st.sampled_from(FORCE_STEPS), days_ago=st.sampled_from([0, 3]))
    def the_force_says_anything(self, step: CaseStep, days_ago: int) -> None:
        self.force_says(step, days_ago)

    def force_says(self, step: CaseStep, days_ago: int) -> None:
        day = london_day(self.now) - timedelta(days=days_ago)
        kind, data = self.force_data(step, day)
        before = self.work.version(CASES.stream(self.id))
        record = Record(
            topic="force.cleveland.cases.v1",
            partition=0,
            offset=next(self.numbers),
            timestamp=0,
            key=None,
            value=json.dumps({"case_id": str(self.id), **data}).encode(),
            headers=tuple(
                (name.encode(), text.encode())
                for name, text in {
                    "ce_specversion": "1.0",
                    "ce_id": str(self.new_id()),
                    "ce_type": f"uk.police-complaints.force.{kind}.v1",
                    "ce_source": "/force/cleveland/dse",
                    "ce_time": self.now.isoformat(),
                }.items()
            ),
        )
        foreign = decode_foreign(record.value, record.headers, record.topic)
        follows = steps.obstacle(self.case, step, self.now) is None
        try:
            forces.take(OFFICE, foreign, record, self.work)
        except Unacceptable:
            assert self.given_to is None
            self.work.drop()
            self.tally.refused["force"] += 1
            assert self.work.version(CASES.stream(self.id)) == before
            return
        self.work.keep()
        (self.tally.accepted if follows else self.tally.refused)["force"] += 1
        moved = [fact for fact in self.since(before) if isinstance(fact, CaseMoved)]
        if not follows or moved:
            return
        # An answer to a request that is none of ours is all that follows from nothing.
        assert kind == "request-answered"

    def force_data(self, step: CaseStep, day: date) -> tuple[str, dict[str, Any]]:
        if step in (CaseStep.TASK_ANSWERED, CaseStep.EVIDENCE_PRESERVED):
            asked = self.work.state(TRANSFERS, self.id).requests
            wanted = "TASK" if step is CaseStep.TASK_ANSWERED else "EVIDENCE"
            ours = [id for id, made in asked.items() if made.kind == wanted]
            id = ours[-1] if ours else self.new_id()
            return "request-answered", {"request_id": str(id), "words": "Done."}
        return {
            CaseStep.ACCEPTED: ("transfer-accepted", {"force_reference": "DSE/1"}),
            CaseStep.QUERIED: ("transfer-queried", {"question": "Which van?"}),
            CaseStep.PROGRESS_RECEIVED: ("progress-reported", {"words": "At it."}),
            CaseStep.OUTCOME_ISSUED: (
                "outcome-issued",
                {
                    "outcome": HandlingOutcome.SERVICE_ACCEPTABLE,
                    "words": "It was fine.",
                    "issued_on": day.isoformat(),
                },
            ),
        }.get(
            step,
            (
                "case-advanced",
                {"step": step.value, "done_on": day.isoformat(), "words": "This was done."},
            ),
        )

    @rule(pick=picks, what=st.sampled_from(["sent", "sent", "refused", "withheld", "returned"]))
    def a_notice(self, pick: int, what: str) -> None:
        steps_told = list(self.case.untold)
        if steps_told and pick % 4:
            step_id = steps_told[pick // 4 % len(steps_told)]
            self.notice(what, purpose=Purpose.CASE_STEP, case_id=self.id, step_id=step_id)
        else:
            self.notice(what, purpose=Purpose.ACKNOWLEDGEMENT)

    def notice(self, what: str, **about: Any) -> None:
        about |= {
            "notice_id": self.new_id(),
            "contact_id": self.contact,
            "reference": "7K3M-9QX4-D",
        }
        match what:
            case "sent":
                sent = NoticeSent(**about, medium=Medium.EMAIL, attempts=1)
                self.hear(notices.note_sent, OFFICE, sent)
            case "refused":
                refused = NoticeRefused(
                    **about, medium=Medium.EMAIL, attempts=3, instead=Medium.LETTER
                )
                self.hear(notices.note_refused, OFFICE, refused)
            case "withheld":
                withheld = NoticeWithheld(
                    **about, reason=WithheldReason.NO_ADDRESS, instead=Medium.TELEPHONE
                )
                self.hear(notices.note_withheld, OFFICE, withheld)
            case _:
                returned = NoticeReturned(
                    **about, kind=ReturnKind.BOUNCED, status="5.1.1", instead=Medium.LETTER
                )
                self.hear(notices.note_returned, OFFICE, returned)

    @precondition(lambda self: self.case.status is CaseStatus.OUTCOME_GIVEN)
    @rule(pick=picks)
    def a_review_is_asked_for(self, pick: int) -> None:
        if pick % 3 == 0:
            matched = ReviewMatched(
                review_id=self.new_id(),
                contact_id=self.contact,
                case_id=self.id,
                reference="7K3M-9QX4-D",
                case_reference="7K3M-9QX4-D",
                received_at=self.now,
                by=MatchedBy.STAFF,
            )
            self.hear(handlers.note_reviewed, matched)
            self.reviewed = True

    @precondition(lambda self: self.now < LAST)
    @rule(
        hours=st.sampled_from([1, 5, 26, 75, 24 * 6, 24 * 15, 24 * 29, 24 * 200]),
        looks=st.sampled_from(["on time", "on time", "late", "not yet"]),
    )
    def time_passes(self, hours: int, looks: str) -> None:
        end = self.now + timedelta(hours=hours)
        while looks == "on time":
            due = min((timer.due_at for timer in timers(self.case)), default=end)
            if due >= end:
                break
            self.work.now = max(self.now, due)
            self.fire()
        self.work.now = end
        if looks != "not yet":
            self.fire()

    # What always holds.

    def since(self, version: int) -> list[Fact]:
        self.catch_up()
        return self.facts[version:]

    def catch_up(self) -> None:
        """Reads what was written since, and looks at each step as it was taken."""
        for record, written, fact in self.work.news():
            assert record["topic"] is None or NOTE.encode() not in written, "a note stays here"
            self.is_reasoned(record, fact)
            if isinstance(fact, CaseTransferred):
                self.transferred += 1
            if record["stream"] != CASES.stream(self.id):
                continue
            self.facts.append(fact)
            before, self.folded = self.folded, CASES.evolve(self.folded, fact)
            self.tally.reached[self.folded.status] += 1
            if isinstance(fact, AllegationNoted):
                self.raised.add(fact.number)
            self.note_contact(fact)
            if isinstance(fact, CaseMoved):
                self.look_at(fact, before)

    def is_reasoned(self, record: dict[str, Any], fact: Fact) -> None:
        """Who decided, by which rule, with which data (6, 7)."""
        if isinstance(fact, CaseMoved):
            assert record["actor"], fact.step
            assert record["rule"] == PROCEDURE.steps[fact.step].rule, fact.step
            assert fact.procedure_version == PROCEDURE.version, fact.step
        if isinstance(fact, AssessmentKept):
            assert record["actor"]
            assert record["rule"] == "R43"
            assert {name: getattr(fact, name) for name in VERSIONS} == VERSIONS

    def note_contact(self, fact: Fact) -> None:
        """What passed between us and them, as far as time they have, or had, goes by it."""
        match fact:
            case ContactAttemptFailed():
                self.failed.append(fact.at)
            case StepTold(step=CaseStep.OFFERED):
                self.offered = fact.at
            case FirstContactMade() | ContactMade() if fact.how not in (How.LETTER, How.EMAIL):
                self.offered = None
            case MessageKept(automatic=False) if self.offered and fact.received_at >= self.offered:
                self.offered = None
            case StepTold(step=CaseStep.OUTCOME_LETTER) | StepNotTold(step=CaseStep.OUTCOME_LETTER):
                self.told = fact.at

    def look_at(self, moved: CaseMoved, before: Case) -> None:
        """A step: it is one of the procedure, where it leads, and none is a way round."""
        assert PROCEDURE.allows(before.status, moved.step)
        to = PROCEDURE.steps[moved.step].to or before.status
        assert moved.status == self.folded.status == (before.before if to == BACK else to)
        self.tally.taken[moved.step] += 1
        self.recorded += moved.step is CaseStep.RECORDED
        if moved.step in RECOVERING:
            assert self.is_clear(), f"{moved.step}: a way round the criteria (R43)"
            opens = moved.step is CaseStep.REOPENED  # what they wrote does; it stays to be read
            assert opens or not self.serious, f"{moved.step}: nobody read what may be serious"
        match moved.step:
            case CaseStep.REVIEW_PERIOD_OVER:
                assert not self.reviewed, "a review is pending (3.4)"
                assert have_passed(28, self.told, moved.at), "they may still ask for one (L33)"
            case CaseStep.NO_ENGAGEMENT:
                days = {london_day(at) for at in self.failed}
                assert len(self.failed) >= 3, "they were hardly tried (3.1, 3.3)"
                assert len(days) >= 2, "they were tried on one day (3.1, 3.3)"
                assert have_passed(14, self.offered, moved.at), "the offer is answered, or runs"
            case CaseStep.SERVICE_RECOVERY_STARTED:
                assert self.assessed, "nobody assessed it (3.2)"
                assert self.assessed.wish is Wish.CONTENT, "they are not content with it (3.2)"
            case CaseStep.MERGED:
                assert moved.about, "merged with nothing"
                assert self.made[moved.about] <= self.made[self.id], "the earlier counts (5.1.8)"
            case _:
                pass

    @invariant()
    def everything_holds(self) -> None:
        """All of it, wherever something happened or time passed."""
        at = self.case.version, self.now
        if at == self._held_at:
            return
        self.catch_up()
        assert self.folded == self.case, "the journal says all"
        self.no_way_leads_round_the_criteria()
        self.recording_can_be_asked_for_wherever_it_is_not_recorded()
        self.it_is_handed_over_once_and_only_when_it_is_recorded()
        self.what_is_open_waits_for_something()
        self.they_are_owed_an_update_every_28_days()
        self.no_clock_of_ours_runs_on_what_is_closed()
        self.every_clock_that_runs_has_its_timer()
        self.where_it_stands_its_clock_runs()
        self.nothing_is_stuck()
        self.what_there_is_to_do_can_be_done()
        self.nobody_forgets_to_read()
        self._held_at = at

    def teardown(self) -> None:
        if self._held_at != (self.case.version, self.now):
            return  # something was broken before
        state = Case()
        for fact in self.facts:
            state = CASES.evolve(state, fact)
        assert state == self.case, "the journal says all, from its first fact on"

    def no_way_leads_round_the_criteria(self) -> None:
        case = self.case
        if case.status in SERVICE_RECOVERY and self.assessed and uncleared(self.assessed):
            looks = any(action.kind is ActionKind.LOOK for action in case.open_actions)
            assert looks, "what is in recovery, and found to be for others, is looked at"
            assert self.assessed.subject is not Subject.FORCE or (
                self.assessed.eligibility is Eligibility.NOT_ELIGIBLE
            )

    def recording_can_be_asked_for_wherever_it_is_not_recorded(self) -> None:
        found = steps.obstacle(self.case, CaseStep.RECORDING_REQUESTED, self.now)
        if self.case.recorded:
            assert found is steps.Obstacle.RECORDED
        else:
            assert found is None, f"not accepted in {self.case.status}: {found}"

    def it_is_handed_over_once_and_only_when_it_is_recorded(self) -> None:
        self.catch_up()
        assert self.recorded == self.transferred <= 1, "handed over once, with its record"
        assert (self.case.recorded is not None) is (self.recorded == 1)
        status = PROCEDURE.states[self.case.status]
        assert not status.recorded or self.recorded
        assert self.case.status is not CaseStatus.RECORDED, "it does not stay there"

    def what_is_open_waits_for_something(self) -> None:
        """Something of ours, theirs or the force's is due, or to do, or to be told."""
        case = self.case
        if case.opened is None or case.is_closed:
            return
        waits = (
            case.running
            or case.open_actions
            or case.untold
            or case.reviews
            or case.status is CaseStatus.IOPC_HANDLING
            or any(run.ended_at is None for run in self.runs)
        )
        assert waits, f"nothing happens any more in {case.status}"

    def they_are_owed_an_update_every_28_days(self) -> None:
        """Whoever handles it, and while it is suspended, until they know the outcome (6, 6)."""
        case = self.case
        if case.opened is None or case.is_closed:
            return
        if Happened.IOPC_TOOK_OVER in {event.what for event in case.happened}:
            return  # it keeps them informed (L28)
        told = any(event.what is Happened.OUTCOME_TOLD for event in case.happened)
        if case.status is CaseStatus.OUTCOME_GIVEN and told:
            return
        first = any(clock.kind is ClockKind.FIRST_UPDATE for clock in case.running)
        following = any(run.kind is Kind.NEXT_UPDATE and run.ended_at is None for run in self.runs)
        assert first or following, f"no update is owed in {case.status}"

    def no_clock_of_ours_runs_on_what_is_closed(self) -> None:
        case = self.case
        if not case.is_closed or case.status in SERVICE_RECOVERY - {CaseStatus.CLOSED_SR}:
            return
        assert not case.running
        left = {run.kind for run in self.runs if run.ended_at is None and run.duty is Duty.OFFICE}
        # The rules let nothing take away that an outcome has to be told (L30).
        assert left <= {Kind.OUTCOME_NOTICE}, f"{left} in {case.status}"

    def every_clock_that_runs_has_its_timer(self) -> None:
        set_ = {timer.kind: timer.due_at for timer in timers(self.case)}
        for run in timing.to_follow(self.case, self.now):
            assert run.clock is not None
            assert set_.get(run.kind, LAST + timedelta(days=999)) <= run.clock.due_at, run.kind

    def where_it_stands_its_clock_runs(self) -> None:
        """What has to be done next has its date, past or to come (3.3, 3.4)."""
        status = self.case.status
        open_ = {run.kind for run in self.runs if run.ended_at is None}
        met = {run.kind for run in self.runs if run.ended_by is Happened.FORCE_ACCEPTED}
        if status is CaseStatus.RECORDING:
            assert Kind.RECORD in open_, "it has to be recorded (L6)"
        if status in (CaseStatus.SR_OPEN, CaseStatus.SR_PROPOSED):
            assert Kind.SERVICE_RECOVERY in open_, "it has to be recovered in time (R36)"
        if status is CaseStatus.TRANSFERRED:
            asked = {Kind.FORCE_ACKNOWLEDGEMENT, Kind.URGENT_FORCE_ACKNOWLEDGEMENT}
            assert asked & (open_ | met), "the force has to say that it has it (3.4)"
        if self.case.recorded:
            assert Kind.TRANSFER not in open_, "it was handed over (R46)"
        if status is CaseStatus.OUTCOME_GIVEN and self.told is None:
            assert Kind.OUTCOME_NOTICE in open_, "they have to be told what came of it (L30)"

    def nothing_is_stuck(self) -> None:
        case = self.case
        if case.opened is None or case.is_closed:
            return
        possible = steps.steps_open(case, frozenset(By) - {By.SYSTEM}, self.now)
        leads = [s for s in possible if PROCEDURE.steps[s].to not in (None, case.status)]
        # With the letter, or another one, the time begins at whose end the case is closed.
        assert leads or CaseStep.OUTCOME_LETTER in possible, f"stuck in {case.status}"

    def what_there_is_to_do_can_be_done(self) -> None:
        for action in self.case.open_actions:
            if action.kind in DONE_BY:
                doable = [step for step in DONE_BY[action.kind] if step in self.reachable]
                assert doable, f"{action.kind} in {self.case.status}"

    @property
    def reachable(self) -> frozenset[str]:
        """The steps that may still be taken from where it stands, sooner or later."""
        return REACHABLE[self.case.status]

    def nobody_forgets_to_read(self) -> None:
        asked = {action.message_id for action in self.case.open_actions}
        unread = {message.message_id for message in self.case.unread}
        assert unread <= asked, "nobody is asked to read it"


def have_passed(days: int, since: datetime | None, at: datetime) -> bool:
    """Whether that many whole days came after the one of `since`; the last ends at 23:59 (5.1)."""
    if since is None:
        return False
    return london_day(at + timedelta(minutes=1)) > london_day(since) + timedelta(days=days)


def _reachable(state: str) -> frozenset[str]:
    seen, new = set[str](), {state}
    while new:
        seen |= new
        new = {
            to
            for one in new
            for name in PROCEDURE.steps_from(one)
            if (to := PROCEDURE.steps[name].to)
            and to in PROCEDURE.states
            # What ended, or is recorded, need not be opened again to have things done.
            and not (PROCEDURE.states[one].ended and name not in ("SURVEYED",))
        } - seen
    return frozenset(name for one in seen for name in PROCEDURE.steps_from(one))


REACHABLE: Final = {state: _reachable(state) for state in PROCEDURE.states}


def allegation(number: int, answer: str, criterion: Criterion, category: str) -> AssessedAllegation:
    """One whose criteria are all no but for one of them."""
    advised = answer == "ADVISED"
    given = CriterionAnswer.NOT_SURE if advised else CriterionAnswer(answer)
    return AssessedAllegation(
        number=str(number),
        category=category,
        words="Nobody called.",
        answers=dict.fromkeys(CRITERIA, CriterionAnswer.NO) | {criterion: given},
        advised=(criterion,) if advised else (),
    )


def for_table(one: AssessedAllegation) -> routing.Allegation:
    """The same for the decision table, which takes an answer it does not know for not sure."""
    return routing.Allegation(
        number=int(one.number),
        category=one.category,
        answers={
            name.value: routing.Answer(
                "NOT_SURE" if answer is CriterionAnswer.OTHER else answer.value
            )
            for name, answer in one.answers.items()
        },
        advised=frozenset(name.value for name in one.advised),
    )


def uncleared(assessed: MatterAssessed) -> list[tuple[str, Criterion]]:
    """The answers that are neither no, nor not sure with the force's advice."""
    return [
        (one.number, criterion)
        for one in assessed.allegations
        for criterion, answer in one.answers.items()
        if answer is not CriterionAnswer.NO
        and not (answer is CriterionAnswer.NOT_SURE and criterion in one.advised)
    ]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_nothing_that_can_happen_to_a_case_breaks_what_always_holds() -> None:
    AnyCase.tally = tally = Tally()
    # Many short searches from seeds of our own: one long one mostly varies what it did before.
    for number in range(SEARCHES):
        run_state_machine_as_test(
            seed(number)(AnyCase),
            settings=settings(
                max_examples=30,
                stateful_step_count=40,
                database=None,
                deadline=None,
                report_multiple_bugs=False,
                suppress_health_check=list(HealthCheck),
            ),
        )
    accepted, refused = tally.accepted.total(), tally.refused.total()
    print(f"\n{accepted} commands accepted, {refused} refused: {tally.share:.0%} accepted")
    for name in sorted(tally.accepted | tally.refused):
        print(f"  {name}: {tally.accepted[name]} accepted, {tally.refused[name]} refused")
    print(f"{len(tally.reached)} states reached, {len(tally.taken)} kinds of step taken:")
    print(", ".join(f"{state} {number}" for state, number in tally.reached.most_common()))
    print("taken least:", ", ".join(f"{s} {n}" for s, n in tally.taken.most_common()[:-9:-1]))
    assert tally.share >= 0.3
    assert set(tally.reached) == STATES
    # Everything that anybody can do was done at least once.
    assert set(tally.taken) == {CaseStep(name) for name in PROCEDURE.steps} - BY_EVENT
