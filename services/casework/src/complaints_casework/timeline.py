"""What happened on a case, in words."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from complaints_casework.domain.facts import (
    AcknowledgementNoted,
    ActionAdded,
    AllegationDropped,
    AllegationNoted,
    AllocationReasoned,
    AssessmentKept,
    ClockBreachNoted,
    ClocksRecounted,
    ContactAttemptFailed,
    ContactMade,
    DateMoved,
    FirstContactMade,
    ForceAccepted,
    ForceAdvanced,
    ForceAnswered,
    ForceDecided,
    ForceQueried,
    ForceReported,
    MessageKept,
    NoticeReturnNoted,
    PeriodEnded,
    ReviewNoted,
    ReviewSuggested,
    StaffNamed,
    StepReasoned,
    StepTold,
    WordsKept,
)
from complaints_casework.domain.transfer import REQUESTS
from complaints_casework.queries import Happening
from complaints_casework.wording import (
    ACKNOWLEDGEMENTS,
    ACTIONS,
    CLOCKS,
    HAPPENED,
    HOWS,
    METHODS,
    OUTCOMES,
    REASONS,
    RECORDED_FOR,
    RETURNED,
    STEPS,
    day_words,
)
from complaints_chassis.operate import OPERATOR
from complaints_chassis.private import Erased
from complaints_contracts.cases import (
    AdviserAllocated,
    CaseMoved,
    CaseOpened,
    CasePersonErased,
)
from complaints_contracts.codes import (
    CaseStep,
    Criterion,
    CriterionAnswer,
    ForceStep,
    ReviewBody,
)
from complaints_contracts.event import Fact
from complaints_contracts.triage import AssessedAllegation
from complaints_law.criteria import load_criteria
from complaints_law.london import london_day
from complaints_law.office import OfficeProfile

ANSWERS: Final = {
    CriterionAnswer.YES: "yes",
    CriterionAnswer.NO: "no",
    CriterionAnswer.NOT_SURE: "not sure",
    CriterionAnswer.OTHER: "an answer that this service does not know",
}

REVIEWERS: Final = {
    ReviewBody.LPB: "A review of it is for the commissioner",
    ReviewBody.IOPC: "A review of it is for the IOPC",
    ReviewBody.NONE: "There is no right of review",
    ReviewBody.OTHER: "A review of it is for somebody whom this service does not know",
}

_FORCE: Final = "/force/"


@dataclass(frozen=True)
class Quote:
    """Words that are not ours, and whose they are or whom they are for."""

    label: str
    words: str


@dataclass(frozen=True)
class Line:
    """One thing that happened; `note` is what somebody of ours wrote about it, for our record."""

    at: datetime
    who: str
    what: str
    detail: str
    note: str | None
    quotes: tuple[Quote, ...] = ()
    rule: str = ""


def timeline(happened: Iterable[Happening], office: OfficeProfile) -> list[Line]:
    """The lines of a case's timeline, newest first; what they wrote stands elsewhere beside it."""
    return list(reversed(in_order(happened, office, whole=False)))


def in_order(
    happened: Iterable[Happening], office: OfficeProfile, *, whole: bool = True
) -> list[Line]:
    """What happened, oldest first; where it is the `whole` story, with what they wrote to us."""
    happened = list(happened)
    told = {item.fact.step_id for item in happened if isinstance(item.fact, StepTold)}
    return [
        Line(
            item.at,
            who(item.actor, office),
            _what(item.fact),
            _detail(item.fact, office),
            None if isinstance(item.fact, _FORCE_SAID) else getattr(item.fact, "note", None),
            (*_quotes(item.fact, told), *(_written(item.fact) if whole else ())),
            item.rule,
        )
        for item in happened
    ]


def who(actor: str, office: OfficeProfile) -> str:
    """Staff and forces by name; another service, the clock and the system as `System`."""
    if actor == OPERATOR.actor:
        return "Operations"
    if actor.startswith(_FORCE):
        return force_name(actor.removeprefix(_FORCE), office)
    return next((member.name for member in office.staff if member.id == actor), "System")


def force_name(key: str, office: OfficeProfile) -> str:
    """What a force is called; its key, where the office deals with it no more."""
    return next((force.name for force in office.forces if force.key == key), key)


def _what(fact: Fact) -> str:
    return STEPS[fact.step] if isinstance(fact, CaseMoved) else HAPPENED[fact.type]


_FORCE_SAID: Final = (
    ForceAccepted,
    ForceQueried,
    ForceReported,
    ForceDecided,
    ForceAdvanced,
    ForceAnswered,
)


def _quotes(fact: Fact, told: Collection[UUID]) -> tuple[Quote, ...]:
    """What the person was told with a step (L29, L30), what a force wrote, what is alleged."""
    match fact:
        case CaseMoved() if fact.words is not None:
            if fact.step in REQUESTS:
                return (Quote("What the force was asked", fact.words),)
            return (Quote(_told_words(fact.step_id in told), fact.words),)
        case AssessmentKept():
            return tuple(_allegation(each) for each in fact.allegations)
        case ForceAccepted():
            return ()  # its words are a number, which is the detail
        case (
            ForceQueried() | ForceReported() | ForceDecided() | ForceAdvanced() | ForceAnswered()
        ) if fact.note is not None:
            return (Quote("The force wrote", fact.note),)
        case _:
            return ()


def _told_words(is_told: bool) -> str:
    return "What they were told" if is_told else "What they are to be told"


def _written(fact: Fact) -> tuple[Quote, ...]:
    match fact:
        case WordsKept():
            return (Quote("What they told us", fact.words),)
        case MessageKept():
            return (Quote(fact.title or "No subject", fact.words),)
        case _:
            return ()


def _allegation(each: AssessedAllegation) -> Quote:
    """An allegation with the answers that are not no: any of them decides where it goes (R43)."""
    titles = {criterion.id: criterion.title for criterion in load_criteria().criteria}
    asked = dict.fromkeys((*(c for c in Criterion if c is not Criterion.OTHER), *each.answers))
    said = [
        f"{criterion} {titles.get(criterion, 'Another criterion')}, {_answer(each, criterion)}"
        for criterion in asked
        if each.answers.get(criterion) is not CriterionAnswer.NO
    ]
    answers = "; ".join(said) or "no to every mandatory criterion"
    return Quote(f"Allegation {each.number}, category {each.category}: {answers}", each.words)


def _answer(each: AssessedAllegation, criterion: Criterion) -> str:
    given = each.answers.get(criterion)
    words = ANSWERS[given] if given else "not answered"
    advised = criterion in each.advised
    return f"{words}, and the force’s professional standards say no" if advised else words


def _step(fact: CaseMoved, office: OfficeProfile) -> str:
    said = []
    if fact.recorded_for:
        said.append(RECORDED_FOR[fact.recorded_for])
    if fact.force:
        said.append(force_name(fact.force, office))
    if fact.outcome:
        said.append(OUTCOMES[fact.outcome])
    if fact.methods:
        said.append(f"Put right by: {'; '.join(METHODS[method] for method in fact.methods)}")
    if fact.review_body:
        said.append(REVIEWERS[fact.review_body])
    return "".join(f"{each}. " for each in said).rstrip()


def _force_step(fact: ForceAdvanced) -> str:
    unknown = fact.step is ForceStep.OTHER
    return "Something that this service does not know" if unknown else STEPS[CaseStep(fact.step)]


def _date_moved(moved: DateMoved) -> str:
    before, after = (
        day_words(london_day(at)) if at else "no date" for at in (moved.before, moved.after)
    )
    return f"{CLOCKS[moved.clock]}: {after}, and no more {before}."


def _detail(fact: Fact, office: OfficeProfile) -> str:
    match fact:
        case CaseOpened():
            sorted_as = fact.contact_type.replace("_", " ").lower()
            matter = f", matter {fact.matter}" if fact.matter != "1" else ""
            return f"Reference {fact.reference}{matter}, sorted as {sorted_as}."
        case AdviserAllocated():
            return f"{who(fact.adviser_id, office)} is the single point of contact."
        case AllocationReasoned():
            return f"{who(fact.adviser_id, office)}."
        case StaffNamed():
            names = ", ".join(who(id, office) for id in fact.staff_ids)
            return f"{names}. The case is not given to anybody named."
        case ActionAdded():
            return f"{ACTIONS[fact.kind]}. {REASONS[fact.reason]}."
        case AcknowledgementNoted():
            doubt = " The mail server’s last answer was lost; it may have arrived twice."
            return f"{ACKNOWLEDGEMENTS[fact.outcome]}.{doubt if fact.uncertain else ''}"
        case NoticeReturnNoted():
            return f"{RETURNED[fact.kind]}{f' ({fact.status})' if fact.status else ''}."
        case MessageKept():
            by = fact.channel.replace("_", " ").lower()
            return f"By {by}; a machine wrote it." if fact.automatic else f"By {by}."
        case ReviewNoted():
            return f"On {day_words(london_day(fact.received_at))}."
        case CaseMoved():
            return _step(fact, office)
        case StepReasoned():
            return f"{STEPS[fact.step]}."
        case StepTold():
            by = f" {HOWS[fact.how]}." if fact.how else ""
            return f"{STEPS[fact.step]}.{by}"
        case AssessmentKept():
            number = len(fact.allegations)
            allegations = f"{number} allegation{'' if number == 1 else 's'}"
            return f"{allegations}: {fact.route.replace('_', ' ').lower()}."
        case AllegationNoted():
            return f"Allegation {fact.number}, to be assessed with the others."
        case AllegationDropped():
            return f"Allegation {fact.number}."
        case PeriodEnded():
            return f"{CLOCKS[fact.clock]}, until {day_words(london_day(fact.due_at))}."
        case ForceAdvanced():
            return f"{_force_step(fact)}, on {day_words(fact.done_on)}."
        case ForceAccepted() if fact.note:
            return f"Its own number for it: {fact.note}."
        case ForceDecided():
            return f"{OUTCOMES[fact.outcome]}, on {day_words(fact.issued_on)}."
        case ReviewSuggested():
            return "Nobody said so, but their words suggest it: reviews look at it as well."
        case ClockBreachNoted():
            day = day_words(london_day(fact.due_at))
            return f"{CLOCKS[fact.clock]}, by {day}. Operations were told."
        case ClocksRecounted():
            moved = " ".join(map(_date_moved, fact.moved))
            return f"By the calendar {fact.calendar_version}. {moved}"
        case FirstContactMade() | ContactMade() | ContactAttemptFailed():
            return f"{HOWS[fact.how]}."
        case CasePersonErased() | Erased():
            return "What was personal to them is gone; what was done and decided stays."
        case _:
            return ""
