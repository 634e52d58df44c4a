"""What happened on a case, in words, newest first."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from complaints_casework.domain.facts import (
    AcknowledgementNoted,
    ActionAdded,
    AssessmentKept,
    ClockBreachNoted,
    ContactAttemptFailed,
    ContactMade,
    FirstContactMade,
    ForceAdvanced,
    ForceDecided,
    MessageKept,
    NoticeReturnNoted,
    PeriodEnded,
    ReviewNoted,
    ReviewSuggested,
    StaffNamed,
    StepReasoned,
    StepTold,
)
from complaints_casework.queries import Happening
from complaints_casework.wording import (
    ACKNOWLEDGEMENTS,
    ACTIONS,
    CLOCKS,
    HAPPENED,
    HOWS,
    OUTCOMES,
    REASONS,
    RECORDED_FOR,
    RETURNED,
    STEPS,
    day_words,
)
from complaints_chassis.private import Erased
from complaints_contracts.cases import (
    AdviserAllocated,
    CaseMoved,
    CaseOpened,
    CasePersonErased,
)
from complaints_contracts.codes import CaseStep, ForceStep
from complaints_contracts.event import Fact
from complaints_law.london import london_day
from complaints_law.office import OfficeProfile


@dataclass(frozen=True)
class Line:
    """One thing that happened; `note` is what somebody wrote about it."""

    at: datetime
    who: str
    what: str
    detail: str
    note: str | None


def timeline(happened: Iterable[Happening], office: OfficeProfile) -> list[Line]:
    """The lines of a case's timeline."""
    return [
        Line(
            item.at,
            who(item.actor, office),
            HAPPENED[item.fact.type],
            _detail(item.fact, office),
            getattr(item.fact, "note", None),
        )
        for item in reversed(list(happened))
    ]


def who(actor: str, office: OfficeProfile) -> str:
    """A member of staff by name; another service, the clock or the system as `System`."""
    return next((member.name for member in office.staff if member.id == actor), "System")


def force_name(key: str, office: OfficeProfile) -> str:
    """What a force is called; its key, where the office deals with it no more."""
    return next((force.name for force in office.forces if force.key == key), key)


def _step(fact: CaseMoved, office: OfficeProfile) -> str:
    said = [STEPS[fact.step]]
    if fact.recorded_for:
        said.append(RECORDED_FOR[fact.recorded_for])
    if fact.force:
        said.append(force_name(fact.force, office))
    return ". ".join(said) + "."


def _force_step(fact: ForceAdvanced) -> str:
    unknown = fact.step is ForceStep.OTHER
    return "Something that this service does not know" if unknown else STEPS[CaseStep(fact.step)]


def _detail(fact: Fact, office: OfficeProfile) -> str:
    match fact:
        case CaseOpened():
            sorted_as = fact.contact_type.replace("_", " ").lower()
            matter = f", matter {fact.matter}" if fact.matter != "1" else ""
            return f"Reference {fact.reference}{matter}, sorted as {sorted_as}."
        case AdviserAllocated():
            return f"{who(fact.adviser_id, office)} is the single point of contact."
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
        case PeriodEnded():
            return f"{CLOCKS[fact.clock]}, until {day_words(london_day(fact.due_at))}."
        case ForceAdvanced():
            return f"{_force_step(fact)}, on {day_words(fact.done_on)}."
        case ForceDecided():
            return f"{OUTCOMES[fact.outcome]}, on {day_words(fact.issued_on)}."
        case ReviewSuggested():
            return "Nobody said so, but their words suggest it: reviews look at it as well."
        case ClockBreachNoted():
            day = day_words(london_day(fact.due_at))
            return f"{CLOCKS[fact.clock]}, by {day}. Operations were told."
        case FirstContactMade() | ContactMade() | ContactAttemptFailed():
            return f"{HOWS[fact.how]}."
        case CasePersonErased() | Erased():
            return "What was personal to them is gone; what was done and decided stays."
        case _:
            return ""
