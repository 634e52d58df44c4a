"""Which case a review is about: reference and person agree, or a person decides."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from complaints_contracts.codes import ContactType, PersonRole, ReachBy
from complaints_contracts.parts import Person, Reach
from complaints_contracts.personal import ERASED
from complaints_reviews.domain.facts import Why
from complaints_reviews.domain.identity import identity_of
from complaints_reviews.domain.matching import KnownCase, find_case

ONE, OTHER = "CL-7K4M-9QPC", "CL-3333-3333"
MATCHED = "matched"


def who(role: PersonRole = PersonRole.COMPLAINANT, **fields: str | None) -> Person:
    return Person(id=uuid4(), role=role, reach=Reach(preferred=ReachBy.EMAIL), **fields)


def acting(**fields: str | None) -> Person:
    return who(PersonRole.REPRESENTATIVE, **fields)


def a_case(
    *persons: Person, reference: str = ONE, matter: str = "1", contact: UUID | None = None
) -> KnownCase:
    return KnownCase(
        case_id=uuid4(),
        contact_id=contact or uuid4(),
        reference=reference,
        matter=matter,
        contact_type=ContactType.COMPLAINT,
        received_at=datetime(2026, 1, 12, tzinfo=UTC),
        persons=tuple(identity_of(person) for person in persons),
    )


MOIRA: dict[str, Any] = {
    "name": "Moira Tansley",
    "email": "moira@people.example",
    "telephone": "01632 960184",
    "address": "3 Fennimore Wynd, Redcar TS10 4AB",
}
SOLICITOR: dict[str, Any] = {"name": "Ines Abarquez", "email": "ines@firm.example"}


@dataclass
class Row:
    """An application and the cases that are known, and what comes of it."""

    applicants: tuple[Person, ...]
    cases: tuple[KnownCase, ...]
    outcome: Why | str
    mentions: tuple[str, ...] = field(default=(ONE,))


MOIRAS = a_case(who(**MOIRA))
CONTACT = uuid4()

ROWS = {
    "the same address": Row((who(email="Moira@People.example "),), (MOIRAS,), MATCHED),
    "the same number": Row((who(telephone="+44 1632 960184"),), (MOIRAS,), MATCHED),
    "name and postcode": Row(
        (who(name="TANSLEY, Moira", address="Redcar, ts10 4ab"),), (MOIRAS,), MATCHED
    ),
    "name and an address without postcode": Row(
        (who(name="Moira Tansley", address="9 Mill Lane, Skelder"),),
        (a_case(who(name="moira tansley", address="9, mill lane\nSkelder")),),
        MATCHED,
    ),
    "an accent and a title": Row(
        (who(name="Ms Zoe Poole", address="TS1 1AA"),),
        (a_case(who(name="Zoë Poole", address="1 Lane, TS1 1AA")),),
        MATCHED,
    ),
    "the second person of the case": Row(
        (who(email="moira@people.example"),),
        (a_case(who(name="Ian Poole"), who(**MOIRA)),),
        MATCHED,
    ),
    "a solicitor for somebody who is recognised": Row(
        (who(name="Moira Tansley", telephone="01632960184"), acting(**SOLICITOR)),
        (MOIRAS,),
        MATCHED,
    ),
    "the case's solicitor, for a client of the same name": Row(
        (who(name="Moira Tansley"), acting(**SOLICITOR)),
        (a_case(who(**MOIRA), acting(**SOLICITOR)),),
        MATCHED,
    ),
    "one of two references is theirs": Row(
        (who(**MOIRA),), (MOIRAS, a_case(who(name="Ian Poole"), reference=OTHER)), MATCHED,
        (OTHER, ONE),
    ),
    "the same reference twice": Row((who(**MOIRA),), (MOIRAS,), MATCHED, (ONE, ONE)),
    "several matters of one contact": Row(
        (who(**MOIRA),),
        (
            a_case(who(**MOIRA), contact=CONTACT, matter="2"),
            a_case(who(**MOIRA), contact=CONTACT),
        ),
        MATCHED,
    ),
    "no reference": Row((who(**MOIRA),), (MOIRAS,), Why.NO_REFERENCE, ()),
    "a reference nobody knows": Row((who(**MOIRA),), (), Why.UNKNOWN_REFERENCE),
    "one that is known, and one that is not": Row(
        (who(**MOIRA),), (MOIRAS,), Why.UNKNOWN_REFERENCE, (ONE, OTHER)
    ),
    "the first matter is not known yet": Row(
        (who(**MOIRA),), (a_case(who(**MOIRA), matter="2"),), Why.UNKNOWN_REFERENCE
    ),
    "two cases of theirs": Row(
        (who(**MOIRA),), (MOIRAS, a_case(who(**MOIRA), reference=OTHER)), Why.SEVERAL_CASES,
        (ONE, OTHER),
    ),
    "two contacts with one reference": Row(
        (who(**MOIRA),), (MOIRAS, a_case(who(**MOIRA))), Why.SEVERAL_CASES
    ),
    "the name alone": Row((who(name="Moira Tansley"),), (MOIRAS,), Why.PERSON_DIFFERS),
    "the postcode alone": Row((who(address="TS10 4AB"),), (MOIRAS,), Why.PERSON_DIFFERS),
    "a neighbour": Row(
        (who(name="Ian Poole", address="5 Fennimore Wynd, TS10 4AB"),), (MOIRAS,),
        Why.PERSON_DIFFERS,
    ),
    "a namesake elsewhere": Row(
        (who(name="Moira Tansley", address="TS1 1AA"),), (MOIRAS,), Why.PERSON_DIFFERS
    ),
    "two names in one household": Row(
        (who(**(MOIRA | {"name": "Ian Poole"})),), (MOIRAS,), Why.PERSON_DIFFERS
    ),
    "a surname that agrees, and the same email": Row(
        (who(name="Mrs Tansley", email="moira@people.example"),), (MOIRAS,), MATCHED
    ),
    "two solicitors of one firm": Row(
        (who(name="Moira Tansley"), acting(name="Otto Velde", email="ines@firm.example")),
        (a_case(who(**MOIRA), acting(**SOLICITOR)),),
        Why.PERSON_DIFFERS,
    ),
    "a first name and the postcode": Row(
        (who(name="Moira", address="TS10 4AB"),),
        (a_case(who(name="Moira", address="TS10 4AB")),),
        Why.PERSON_DIFFERS,
    ),
    "a name and a town": Row(
        (who(name="Ian Poole", address="Redcar"),),
        (a_case(who(name="Ian Poole", address="Redcar")),),
        Why.PERSON_DIFFERS,
    ),
    "an address that is nearly the same": Row(
        (who(email="moira@people.example.org"),), (MOIRAS,), Why.PERSON_DIFFERS
    ),
    "a number with a digit wrong": Row(
        (who(telephone="01632 960185"),), (MOIRAS,), Why.PERSON_DIFFERS
    ),
    "the end of a number": Row((who(telephone="960184"),), (MOIRAS,), Why.PERSON_DIFFERS),
    "the person complained about, whose name is in nobody's place": Row(
        (who(name="Pc Garrick Sloane"),), (MOIRAS,), Why.PERSON_DIFFERS
    ),
    "a solicitor alone": Row(
        (acting(**SOLICITOR),), (a_case(who(**MOIRA), acting(**SOLICITOR)),), Why.PERSON_DIFFERS
    ),
    "a solicitor who writes as if for themselves": Row(
        (who(**SOLICITOR),), (a_case(who(**MOIRA), acting(**SOLICITOR)),), Why.PERSON_DIFFERS
    ),
    "the case's solicitor, for another client": Row(
        (who(name="Ian Poole"), acting(**SOLICITOR)),
        (a_case(who(**MOIRA), acting(**SOLICITOR)),),
        Why.PERSON_DIFFERS,
    ),
    "another solicitor, for a client of the same name": Row(
        (who(name="Moira Tansley"), acting(name="Otto Velde", email="otto@firm.example")),
        (a_case(who(**MOIRA), acting(**SOLICITOR)),),
        Why.PERSON_DIFFERS,
    ),
    "nobody who says who they are": Row((who(),), (a_case(who()),), Why.PERSON_DIFFERS),
    "a case whose person was erased": Row(
        (who(name=ERASED, email=ERASED),), (a_case(who(name=ERASED, email=ERASED)),),
        Why.PERSON_DIFFERS,
    ),
}  # fmt: skip


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS.keys())
def test_a_case_is_found_where_reference_and_person_agree(row: Row) -> None:
    known: dict[str, list[KnownCase]] = {}
    for case in row.cases:
        known.setdefault(case.reference, []).append(case)
    found = find_case([identity_of(p) for p in row.applicants], row.mentions, known)
    if row.outcome is MATCHED:
        assert isinstance(found, KnownCase)
        assert found.matter == "1"
        assert found.reference == ONE
    else:
        assert found is row.outcome


NAMES = {"Moira Tansley": "mt", "moira TANSLEY": "mt", "Mrs Tansley": "t", "Ian Poole": "ip"}
"""Names as they are written, and a letter for each word of them."""
EMAILS = {"m@people.example": "m", "M@people.example ": "m", "i@people.example": "i"}
TELEPHONES = {"01632 960184": "1", "+441632960184": "1", "01632 960185": "2"}
PLACES = {"TS10 4AB": "x", "3 Fennimore Wynd, ts104ab": "x", "1 Lane, TS1 1AA": "y"}


def written(*texts: str) -> st.SearchStrategy[str | None]:
    return st.sampled_from([None, *texts, ERASED])


PERSONS = st.lists(
    st.builds(
        who,
        st.sampled_from([PersonRole.COMPLAINANT, PersonRole.REPRESENTATIVE, PersonRole.WITNESS]),
        name=written(*NAMES),
        email=written(*EMAILS),
        telephone=written(*TELEPHONES),
        address=written(*PLACES, "Redcar"),
    ),
    min_size=1,
    max_size=2,
)
REFERENCES = st.lists(st.sampled_from([ONE, OTHER, "CL-4444-4444"]), max_size=3)


def one_name(one: Person, other: Person) -> bool:
    name, another = (NAMES.get(person.name or "", "") for person in (one, other))
    return len(name) == 2 and name == another


def one_person(one: Person, other: Person) -> bool:
    """Whether two persons agree, by what was written alone."""
    name, another = (NAMES.get(person.name or "", "") for person in (one, other))
    if name and another and not set(name) & set(another):
        return False

    def both(field: str, known: dict[str, str]) -> bool:
        return getattr(one, field) in known and (
            known[getattr(one, field)] == known.get(getattr(other, field))
        )

    return (
        both("email", EMAILS)
        or both("telephone", TELEPHONES)
        or (one_name(one, other) and both("address", PLACES))
    )


def agree(applicants: list[Person], persons: list[Person]) -> bool:
    """Somebody speaks for themselves in both; or one representative in both, for one name."""

    def acts(person: Person) -> bool:
        return person.role is PersonRole.REPRESENTATIVE

    pairs = [(a, b) for a in applicants for b in persons if acts(a) is acts(b)]
    own = [pair for pair in pairs if not acts(pair[0])]
    acting = [pair for pair in pairs if acts(pair[0])]
    return any(one_person(*pair) for pair in own) or (
        any(one_person(*pair) for pair in acting) and any(one_name(*pair) for pair in own)
    )


@given(PERSONS, REFERENCES, st.lists(st.tuples(PERSONS, st.sampled_from([ONE, OTHER])), max_size=3))
@settings(max_examples=500, derandomize=True)
def test_a_case_is_matched_exactly_where_it_alone_has_both(
    applicants: list[Person], mentions: list[str], cases: list[tuple[list[Person], str]]
) -> None:
    known: dict[str, list[KnownCase]] = {}
    both = []
    for persons, reference in cases:
        case = a_case(*persons, reference=reference)
        known.setdefault(reference, []).append(case)
        if reference in mentions and agree(applicants, persons):
            both.append(case)
    found = find_case([identity_of(person) for person in applicants], mentions, known)
    if len(both) == 1 and set(mentions) <= known.keys():
        assert found == both[0]
    else:
        assert isinstance(found, Why)
