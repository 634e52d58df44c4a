"""The page of an entry: what was typed on it, and how it is shown again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final, TypeVar

from fastapi import Request, Response
from starlette.datastructures import FormData

from complaints_chassis.book import read_states
from complaints_chassis.service import Running
from complaints_chassis.web import Principal, render
from complaints_contracts.codes import (
    Adjustment,
    Consent,
    ContactType,
    ReachBy,
    RepresentativeKind,
)
from complaints_contracts.parts import Person
from complaints_intake import queries
from complaints_intake.domain.contact import Contact
from complaints_intake.domain.entry import MAX_MATTERS, Entry
from complaints_intake.domain.entry_faults import Faults, faults
from complaints_intake.domain.likeness import likeness
from complaints_intake.domain.text import clean, clean_line
from complaints_intake.domain.typed_date import TypedDate
from complaints_intake.domain.unsaved import Unsaved
from complaints_intake.domain.ways import Way
from complaints_intake.routes.common import office_of
from complaints_law.calendar import load_calendar
from complaints_law.codes import ListName, load_codes
from complaints_law.errors import CalendarEnds
from complaints_law.london import london_day
from complaints_law.office import OfficeProfile

AGAIN: Final = "again"
"""In the address of a page that is shown again, to say what is wrong."""
LAPSED: Final = "lapsed"
"""The same, to say that nothing was saved, for want of a session."""
DECLARED: Final = (
    *(ContactType.COMPLAINT, ContactType.COMPLIMENT, ContactType.COMMUNITY_CONCERN),
    *(ContactType.REVIEW_APPLICATION, ContactType.STAFF_COMPLAINT),
)
REACHES: Final = (ReachBy.EMAIL, ReachBy.TELEPHONE, ReachBy.LETTER, ReachBy.NOT_AT_ALL)
CONSENTS: Final = (Consent.HELD, Consent.REQUESTED, Consent.NOT_REQUIRED, Consent.NONE)

E = TypeVar("E", bound=Enum)


def read_entry(form: FormData) -> Entry:
    """What was typed; a choice that is not on the page is none."""

    def typed(name: str) -> str:
        value = form.get(name)
        return value if isinstance(value, str) else ""

    def line(name: str) -> str:
        return clean_line(typed(name))

    def day(name: str) -> TypedDate:
        return TypedDate(**{part: line(f"{name}-{part}") for part in TypedDate.PARTS})

    def chosen(name: str, offered: tuple[E, ...]) -> E | None:
        return next((code for code in offered if code.value == typed(name)), None)

    matters = [clean(value) for value in form.getlist("matter") if isinstance(value, str)]
    if len(matters) > MAX_MATTERS:
        matters[MAX_MATTERS - 1 :] = ["\n\n".join(matters[MAX_MATTERS - 1 :])]
    ticked = form.getlist("needs")
    return Entry(
        name=line("name"),
        telephone=line("telephone"),
        email=line("email"),
        address=clean(typed("address")),
        anonymous=bool(typed("anonymous")),
        matters=tuple(matters) or ("",),
        declared=chosen("declared", DECLARED),
        review_reference=line("review_reference"),
        outcome_on=day("outcome_on"),
        acting=chosen("acting", tuple(RepresentativeKind)),
        other_name=line("other_name"),
        other_telephone=line("other_telephone"),
        other_email=line("other_email"),
        other_address=clean(typed("other_address")),
        consent=chosen("consent", CONSENTS),
        consent_on=day("consent_on"),
        consent_scope=clean(typed("consent_scope")),
        reach_by=chosen("reach_by", REACHES),
        needs=tuple(need for need in Adjustment if need in ticked),
        interpreter_for=line("interpreter_for"),
        safe_contact=clean(typed("safe_contact")),
        received_on=day("received_on"),
        received_time=line("received_time"),
        dated_on=day("dated_on"),
    )


@dataclass(frozen=True)
class Known:
    """An earlier contact, with the name that was given then."""

    contact: queries.Earlier
    name: str


async def _earlier(run: Running, entry: Entry) -> tuple[Known, ...]:
    """Contacts that may be of whoever got in touch, or of the person they act for."""
    sender = likeness(entry.name, entry.email, entry.telephone, entry.address)
    other = likeness(
        entry.other_name, entry.other_email, entry.other_telephone, entry.other_address
    )
    found = await queries.earlier(run.engine, sender, other)
    async with run.engine.connect() as connection:
        states = await read_states(connection, run.book, [one.stream for one in found])
    return tuple(Known(one, _name(states[one.stream], one.subject)) for one in found)


def _name(contact: Contact, subject: str) -> str:
    persons: tuple[Person, ...] = contact.received.persons if contact.received else ()
    return next((p.name for p in persons if str(p.id) == subject and p.name), "No name")


async def entry_page(
    request: Request, run: Running, principal: Principal, way: Way, unsaved: Unsaved
) -> Response:
    """The page, with everything that was typed, and with what is wrong where it is shown again."""
    now, office = run.clock.now(), office_of(request)
    again = AGAIN in request.query_params or unsaved.came_late
    found = _wrong(unsaved, way, now) if again else {}
    lists = {
        name: [(code.code, code.label) for code in load_codes(name).on(london_day(now))]
        for name in (ListName.ADJUSTMENT, ListName.CONTACT_TYPE, ListName.REPRESENTATIVE)
    }
    try:
        is_open = office.is_open(now, load_calendar())
    except CalendarEnds:
        is_open = None
    return render(
        request,
        "entry.html",
        way=way,
        title=channel_label(run, way),
        script=[said.format_map(_spoken(office, principal)) for said in way.say],
        unsaved=unsaved,
        entry=unsaved.entry,
        known=await _earlier(run, unsaved.entry) if unsaved.looked else None,
        lapsed=LAPSED in request.query_params,
        fresh=unsaved == Unsaved(opened=unsaved.opened),
        wrong=lambda name: {"text": found[name]} if name in found else None,
        errors=[{"text": text, "href": f"#{name}"} for name, text in found.items()],
        office=office,
        is_open=is_open,
        adjustments=lists[ListName.ADJUSTMENT],
        types=[(code, label) for code, label in lists[ListName.CONTACT_TYPE] if code in DECLARED],
        kinds=lists[ListName.REPRESENTATIVE],
        most_matters=MAX_MATTERS,
    )


_CAME_LATE: Final = (
    "This page had been left for more than a day. What is typed is here; files that were added "
    "before are gone, so add them again. If it did not reach us today, enter the day. Then save."
)


def _wrong(unsaved: Unsaved, way: Way, now: datetime) -> Faults:
    """What is wrong with files, just added or gone, and else what keeps it from being saved."""
    if unsaved.refused:
        return {"files": " ".join(unsaved.refused)}
    if unsaved.came_late:
        return {"files": _CAME_LATE}
    found = faults(unsaved, way, now)
    if unsaved.saved_as:
        found["save"] = (
            f"This was saved as {unsaved.saved_as} before, without what you changed since. "
            "To save what stands here as another contact, save again."
        )
    return found


def channel_label(run: Running, way: Way) -> str:
    """The words for the channel."""
    return load_codes(ListName.CHANNEL).label(way.channel, london_day(run.clock.now()))


def _spoken(office: OfficeProfile, principal: Principal) -> Mapping[str, str]:
    """What is filled in where the data leave a place for it."""
    return {
        "office": office.name,
        "team": office.team_name,
        "telephone": office.telephone,
        "hours": office.opening_hours_text(),
        "address": ", ".join(office.postal_address),
        "website": str(office.links.website),
        "force": office.forces[0].name,
        "me": principal.name,
    }
