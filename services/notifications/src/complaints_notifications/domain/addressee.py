"""Whom a notice is for, where it goes, and how else they can be reached."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from complaints_contracts.codes import (
    Adjustment,
    Consent,
    Medium,
    PersonRole,
    ReachBy,
    RestrictionMeasure,
    Vulnerability,
    WithheldReason,
)
from complaints_contracts.parts import Person, is_mail_address
from complaints_contracts.personal import ERASED

_TOLD: Final = frozenset({PersonRole.COMPLAINANT, PersonRole.REPRESENTATIVE})
_CONSENTED: Final = frozenset({Consent.HELD, Consent.NOT_REQUIRED})
_AT_RISK: Final = frozenset({Vulnerability.SAFETY_RISK, Vulnerability.DOMESTIC_ABUSE})
"""Whose mailbox somebody who harms them may read."""
_NO_EMAIL: Final = frozenset(
    {
        *(Adjustment.BRAILLE, Adjustment.EASY_READ, Adjustment.AUDIO),
        *(Adjustment.INTERPRETER, Adjustment.BSL, Adjustment.OTHER),
    }
)
"""What no email of ours is, or that we do not know."""
_ONLY: Final = {ReachBy.LETTER: Medium.LETTER, ReachBy.TELEPHONE: Medium.TELEPHONE}
"""The ways, beside email, that contact can be restricted to."""


def addressee(persons: Sequence[Person]) -> Person | None:
    """Who is told: whoever complains or speaks for them, in the order of the contact.

    The first with a usable address, else the first. None where none of them wants to hear from us,
    or speaks for the complainant any more (L12).
    """
    return _first_to_reach([p for p in _asked(persons) if _may_be_told(p)])


def told_of_steps(persons: Sequence[Person]) -> Person | None:
    """Who is told of a step: whoever complains, or speaks for them as they agreed (L12).

    In the order of the contact, but whose consent is not required come after those who complain.
    """
    may_hear = [p for p in _asked(persons) if _may_be_told(p) and not _lacks_consent(p)]
    return _first_to_reach(sorted(may_hear, key=lambda p: _consent(p) is Consent.NOT_REQUIRED))


def asked_for_nothing(persons: Sequence[Person]) -> bool:
    """Whether nobody is told because that is their wish, not because a consent is not there yet."""
    asked = _asked(persons)
    silent = any(p.reach.preferred is ReachBy.NOT_AT_ALL for p in asked)
    return not asked or (silent and not any(_may_be_told(p) for p in asked))


def usable_address(email: str | None) -> str | None:
    """The one plain address in what was given as an email, or None: then a person must act."""
    given = (email or "").strip(" ")
    return given if is_mail_address(given) else None


def is_erased(person: Person) -> bool:
    """Whether who they were is gone."""
    return ERASED in (person.name, person.email, person.telephone, person.address)


def instead_of_mail(person: Person, *, in_writing: bool = False) -> Medium | None:
    """How a person can reach them without email: by telephone, else by letter.

    By letter first where they want that, or where it has to be `in_writing`.
    """
    may_call = Adjustment.WRITTEN_ONLY not in person.reach.needs
    wants_letters = in_writing or person.reach.preferred is ReachBy.LETTER
    ways = [Medium.TELEPHONE] if may_call and _given(person.telephone) else []
    if _given(person.address):
        ways.insert(0 if wants_letters else len(ways), Medium.LETTER)
    return next(iter(ways), None)


def first_contact(person: Person) -> Medium:
    """How we reach them first: a call (R12), unless they asked for none or left no number (1.9.9).

    Where they said a word on safety it is the way they asked for, which is for a person to read.
    """
    if _given(person.reach.safe_contact):
        return Medium.AS_ASKED
    other = instead_of_mail(person)
    wants_letters = person.reach.preferred is ReachBy.LETTER
    if other is Medium.TELEPHONE or (other is Medium.LETTER and wants_letters):
        return other
    return Medium.EMAIL


def needs_a_person(person: Person) -> bool:
    """Whether only a person can tell if mail is welcome.

    An unknown wish, a word on safety, or a consent we cannot read (L12). Who chose email
    themselves is sent one, in neutral words (S21).
    """
    preferred = person.reach.preferred
    careful = bool(_given(person.reach.safe_contact)) and preferred is not ReachBy.EMAIL
    return careful or preferred is ReachBy.OTHER or _consent(person) is Consent.OTHER


def is_at_risk(person: Person) -> bool:
    """Whether a letter that is not neutral may harm them where it arrives: a person reads first.

    Whatever they prefer: they may have said so before, and we cannot read what they said on safety.
    """
    return bool(_given(person.reach.safe_contact) or _AT_RISK & {*person.vulnerabilities})


def not_by_mail(person: Person, day: date) -> WithheldReason | None:
    """Why what is told them does not go by email (R22, L48).

    Contact by another way only, as long as that holds; or a format that an email is not, of which
    paper is one for whoever wants letters.
    """
    restriction = person.restriction
    if restriction and restriction.holds_on(day) and restriction.channel in _ONLY:
        return WithheldReason.RESTRICTED
    on_paper = person.reach.preferred is ReachBy.LETTER and _given(person.address)
    return WithheldReason.FORMAT if on_paper or needs_format(person) else None


def needs_format(person: Person) -> bool:
    """Whether they need a format that only a person can see to (domain 4.12).

    An email can be enlarged by whoever reads it, which is for them to say: by choosing email.
    """
    needs = {*person.reach.needs}
    enlarges = person.reach.preferred is ReachBy.EMAIL
    return bool(_NO_EMAIL & needs) or (Adjustment.LARGE_PRINT in needs and not enlarges)


def instead_on(person: Person, day: date, *, in_writing: bool = False) -> Medium | None:
    """How a person can reach them without email on a day, as far as contact is not restricted."""
    way = instead_of_mail(person, in_writing=in_writing)
    restriction = person.restriction
    if restriction is None or not restriction.holds_on(day):
        return way
    if restriction.channel is not None:
        return _ONLY.get(restriction.channel)
    barred = RestrictionMeasure.NO_CALLS in restriction.measures and way is Medium.TELEPHONE
    return (Medium.LETTER if _given(person.address) else None) if barred else way


def _asked(persons: Sequence[Person]) -> list[Person]:
    return [p for p in persons if p.role in _TOLD] or list(persons[:1])


def _first_to_reach(persons: Sequence[Person]) -> Person | None:
    return next((p for p in persons if usable_address(p.email)), next(iter(persons), None))


def _may_be_told(person: Person) -> bool:
    """Not whoever asked for nothing, nor whom the complainant no longer lets speak for them."""
    return (
        person.reach.preferred is not ReachBy.NOT_AT_ALL
        and _consent(person) is not Consent.WITHDRAWN
    )


def _lacks_consent(person: Person) -> bool:
    return person.role is PersonRole.REPRESENTATIVE and _consent(person) not in _CONSENTED


def _consent(person: Person) -> Consent | None:
    return person.representation.consent if person.representation else None


def _given(value: str | None) -> bool:
    return bool(value and value.strip()) and value != ERASED
