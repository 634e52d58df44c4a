"""What a person is recognised by, however they write it."""

from __future__ import annotations

from uuid import uuid4

import pytest

from complaints_contracts.codes import PersonRole, ReachBy
from complaints_contracts.parts import Person, Reach
from complaints_contracts.personal import ERASED
from complaints_reviews.domain.identity import Identity, identity_of


def identity(**fields: str | None) -> Identity:
    reach = Reach(preferred=ReachBy.EMAIL)
    return identity_of(Person(id=uuid4(), role=PersonRole.COMPLAINANT, reach=reach, **fields))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Moira Tansley-Okonjo", "TANSLEY OKONJO, Moira"),
        ("Zoë O’Brien", "zoe o'brien"),
        ("Dr Łukasz Brzęk", "Lukasz Brzek"),
        ("Søren  Ulv", "Soren Ulv"),
        ("Mrs. Anne-Marie Poole", "Anne Marie Poole"),
    ],
)
def test_a_name_is_the_same_however_it_is_written(one: str, other: str) -> None:
    assert identity(name=one).name == identity(name=other).name is not None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Moira Tansley", "Moira Tansley-Okonjo"),
        ("John Poole", "Joan Poole"),
        ("J Poole", "John Poole"),
    ],
)
def test_another_name_is_another(one: str, other: str) -> None:
    assert identity(name=one).name != identity(name=other).name


@pytest.mark.parametrize("name", ["Moira", "Mrs Poole", "", " ", "Dr", ERASED, None])
def test_one_word_names_nobody(name: str | None) -> None:
    named = identity(name=name)
    assert not named.is_called_as(named)
    assert not named.is_known
    assert not identity(name=name, address="TS10 4AB").is_same_as(
        identity(name=name, address="TS10 4AB")
    )


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Moira Tansley", "Ian Poole", False),
        ("Moira", "Ian", False),
        ("Mrs Tansley", "Mrs Poole", False),
        ("Dr Łukasz Brzęk", "Dr Moira Tansley", False),
        ("Moira Tansley", "Mrs Tansley", True),
        ("Moira", "Tansley-Okonjo, Moira", True),
        ("Moira Tansley", None, True),
        ("Dr", "Ian Poole", True),
        (ERASED, "Ian Poole", True),
    ],
)
@pytest.mark.parametrize(
    "shared", [{"email": "home@people.example"}, {"telephone": "01632 960184"}]
)
def test_who_shares_a_number_or_an_address_is_the_same_unless_the_names_contradict_each_other(
    one: str, other: str | None, same: bool, shared: dict[str, str]
) -> None:
    first, second = identity(name=one, **shared), identity(name=other, **shared)
    assert first.is_same_as(second) is second.is_same_as(first) is same


@pytest.mark.parametrize(
    "written",
    [
        "01632 960184",
        "+44 1632 960184",
        "0044 1632 960184",
        "+44 (0)1632 960184",
        "(01632) 960-184",
        "home: 01632.960184 after 6",
        "01632 960184 ext 12",
        "01632 960184 or 07700 900123",
    ],
)
def test_a_number_is_the_same_however_it_is_written(written: str) -> None:
    assert identity(telephone=written).telephone == "1632960184"


@pytest.mark.parametrize("written", ["960184", "ask my sister", "999", "", ERASED])
def test_what_is_no_whole_number_is_none(written: str) -> None:
    assert identity(telephone=written).telephone is None


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("3 Fennimore Wynd, Redcar, TS10 4AB", "Flat 2, 3 Fennimore Wynd\nts104ab"),
        ("12 High Street, Redcar", "12, high street\nREDCAR"),
    ],
)
def test_a_place_is_the_same_however_it_is_written(one: str, other: str) -> None:
    assert identity(address=one).place == identity(address=other).place is not None


@pytest.mark.parametrize("written", ["Redcar", "High Street, Redcar", "no fixed address", ERASED])
def test_a_town_is_no_place(written: str) -> None:
    assert identity(address=written).place is None


def test_nothing_of_an_erased_person_is_recognised() -> None:
    gone = identity(name=ERASED, email=ERASED, telephone=ERASED, address=ERASED)
    assert not gone.is_known
    assert not gone.is_same_as(gone)
