"""What is wrong with what a member of staff typed, and what to do about it, in words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from complaints_contracts.parts import is_mail_address
from complaints_intake.domain.entry import Entry, received_at
from complaints_intake.domain.typed_date import TypedDate
from complaints_intake.domain.unsaved import Unsaved
from complaints_intake.domain.ways import Way
from complaints_law.london import london_day
from complaints_law.rule_sets import load_rule_sets

Faults = dict[str, str]
"""Id of a field on the page -> what is wrong and what to do, in the order of the page."""


LONGEST: Final[Mapping[str, int]] = {
    "name": 200,
    "telephone": 50,
    "email": 320,
    "address": 1000,
    "review_reference": 100,
    "other_name": 200,
    "other_telephone": 50,
    "other_email": 320,
    "other_address": 1000,
    "consent_scope": 1000,
    "interpreter_for": 100,
    "safe_contact": 2000,
}
"""Characters."""
LONGEST_MATTER: Final = 500_000
MAX_FILES: Final = 20
"""S18."""


def faults(unsaved: Unsaved, way: Way, now: datetime) -> Faults:
    """What keeps an entry from being saved; as little as possible."""
    entry, today = unsaved.entry, london_day(now)
    found: Faults = {}
    for field, most in LONGEST.items():
        if len(getattr(entry, field)) > most:
            found[field] = f"This is too long. Use {most} characters or fewer."
    for field in ("email", "other_email"):
        typed = getattr(entry, field)
        if typed and field not in found and not is_mail_address(typed):
            found[field] = "Enter one email address, like name@example.com, or leave it empty."
    if entry.anonymous and any((entry.name, entry.telephone, entry.email, entry.address)):
        found["anonymous"] = (
            "Empty the name, telephone, email and address, or do not choose that they stay unknown."
        )
    for number, matter in enumerate(entry.matters, start=1):
        if len(matter) > LONGEST_MATTER:
            found[f"matter-{number}"] = "This is too long. Add the rest as a file."
    if len(unsaved.papers) > MAX_FILES:
        found["files"] = f"Remove some: {MAX_FILES} files are the most for one contact."
    if not entry.told and not unsaved.papers:
        found["matter-1"] = "Enter a few words on what it is about, or add a file."
    for field in ("outcome_on", "consent_on", "dated_on"):
        found |= _wrong_day(field, getattr(entry, field), today)
    found |= _wrong_receipt(entry, way, unsaved.opened.at, now)
    return {field: found[field] for field in sorted(found, key=_place)}


def _wrong_receipt(entry: Entry, way: Way, at: datetime, now: datetime) -> Faults:
    """What is wrong with the day or the time it reached us."""
    today = london_day(now)
    first = min(rules.valid_from for rules in load_rule_sets())
    if wrong := _wrong_day("received_on", entry.received_on, today):
        return wrong
    if (day := entry.received_on.value) and day < first:
        return {"received_on-day": f"Enter a day from {first:%Y} on, when the present law began."}
    if day is None and way.live and london_day(at) != today:
        return {"received_on-day": "Enter the day: this page was opened on an earlier one."}
    try:
        when = received_at(entry, way, at, now)
    except ValueError:
        return {"received_time": "Enter a time like 9:05am or 14:30, or leave it empty."}
    if when and when > now:
        return {"received_time": "Enter a time that has passed, or leave it empty."}
    return {}


def _wrong_day(field: str, typed: TypedDate, today: date) -> Faults:
    if typed.value and typed.value > today:
        return {f"{field}-day": "Enter a day that is not in the future, or leave it empty."}
    wrong = typed.fault(today)
    return {f"{field}-{wrong[0]}": wrong[1]} if wrong else {}


_ORDER: Final = (
    *("name", "telephone", "email", "address", "anonymous", "received", "dated", "matter", "files"),
    *("declared", "review", "outcome", "acting", "other", "consent", "reach"),
    *("needs", "interpreter", "safe"),
)
"""The beginnings of the fields' names, in the order of the page."""


def _place(field: str) -> int:
    return next(place for place, begins in enumerate(_ORDER) if field.startswith(begins))
