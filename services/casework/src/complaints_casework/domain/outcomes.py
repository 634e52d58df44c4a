"""What became of each allegation, and with that of the case (domain 4.5, 4.7, 4.9)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Final

from complaints_casework.domain.case import Case
from complaints_casework.domain.facts import AllegationDecided
from complaints_law.codes import ListName, load_codes

LISTS: Final = {
    "outcome": ListName.ALLEGATION_OUTCOME,
    "actions": ListName.ALLEGATION_ACTION,
    "factors": ListName.ALLEGATION_FACTOR,
}
_STRICTEST: Final = ("MOVED_TO_SCH3", "NOT_RESOLVED_NFA", "WITHDRAWN", "RESOLVED")


class Fault(StrEnum):
    """Why what somebody says of an allegation is not taken."""

    UNKNOWN_ALLEGATION = "UNKNOWN_ALLEGATION"
    UNKNOWN_CODE = "UNKNOWN_CODE"
    ACTION_AND_NONE = "ACTION_AND_NONE"
    """No further action stands beside an action."""
    LEARNT_NOTHING = "LEARNT_NOTHING"
    """There was learning, and the action says none: a criticised error (4.9)."""


def fault(case: Case, decided: AllegationDecided, day: date) -> Fault | None:
    """What is wrong with it, if anything."""
    assessed = case.assessment.allegations if case.assessment else ()
    if decided.number not in {each.number for each in assessed}:
        return Fault.UNKNOWN_ALLEGATION
    given = {
        "outcome": (decided.outcome,),
        "actions": decided.actions,
        "factors": decided.factors,
    }
    for field, codes in given.items():
        if not {*codes} <= {entry.code for entry in load_codes(LISTS[field]).on(day)}:
            return Fault.UNKNOWN_CODE
    if "NFA" in decided.actions:
        if len(decided.actions) > 1:
            return Fault.ACTION_AND_NONE
        if decided.learning:
            return Fault.LEARNT_NOTHING
    return None


def outcome_of(case: Case) -> str | None:
    """What the case came to: derived from its allegations, never typed; None while one is open."""
    assessed = case.assessment.allegations if case.assessment else ()
    found = {case.decided[a.number].outcome for a in assessed if a.number in case.decided}
    if not assessed or any(a.number not in case.decided for a in assessed):
        return None
    return next(outcome for outcome in _STRICTEST if outcome in found)
