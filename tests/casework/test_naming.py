"""Recognising a member of staff in what people wrote."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints_casework.domain.naming import staff_named_in, without_greetings
from complaints_law.office import Role, StaffMember


def member(id: str, name: str, email: str) -> StaffMember:
    return StaffMember(
        id=id,
        name=name,
        roles=frozenset({Role.ADVISER}),
        email=f"{email}@opcc.example",
        telephone="01632 960101",
    )


MARTA = member("adviser-1", "Marta Hollins", "marta.hollins")
DEVAN = member("adviser-2", "Devan Pryce", "devan.pryce")
ZOE = member("adviser-3", "Zoë O’Brien-Okafor", "zoe")
ANNA = member("adviser-4", "Anna Young", "ayoung2")
STAFF = (MARTA, DEVAN, ZOE, ANNA)


@pytest.mark.parametrize(
    "words",
    [
        "Marta Hollins was rude to me",
        "MARTA HOLLINS WAS RUDE TO ME",
        "marta hollins was rude to me",
        "i spoke to marta and she hung up",
        "hollins hung up on me",
        "Hollins, Marta: not interested in a word I said",
        "It was M. Hollins who rang",
        "It was m hollins who rang",
        "a Mrs Holins told me to go away",
        "Ms. Hollinns never rang back",
        "I complain about Hollisn.",
        "I complain about Márta.",
        "she signs as marta.hollins@opcc.example",
        "the person behind ADVISER-1",
        "Mart\u200ba Hol\u200blins",
        "Ｍａｒｔａ was rude",
    ],
)
def test_a_name_is_recognised_however_it_is_written(words: str) -> None:
    assert staff_named_in([words], STAFF) == {"adviser-1"}


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("Ms OBrien was rude", {"adviser-3"}),
        ("Zoe from your office", {"adviser-3"}),
        ("Mrs Okafor was rude", {"adviser-3"}),
        ("I wrote to ayoung2 and got no answer", {"adviser-4"}),
        ("Mr Young told Devan to leave it", {"adviser-2", "adviser-4"}),
        ("A young officer paid the price, and I pay it too", set()),
        ("I reported my van being broken into six weeks ago. Three messages left.", set()),
        ("", set()),
        ("…!?", set()),
    ],
)
def test_a_name_that_is_also_a_word_counts_where_it_is_written_as_a_name(
    words: str, named: set[str]
) -> None:
    assert staff_named_in([words], STAFF) == named


def test_any_of_the_texts_may_name_somebody() -> None:
    assert staff_named_in(["nothing", "Anna Young"], STAFF) == {"adviser-4"}


@given(
    before=st.text(max_size=30),
    after=st.text(max_size=30),
    at=st.integers(0, 6),
    letter=st.characters(categories=["Ll"], max_codepoint=127),
)
def test_one_wrong_letter_hides_nobody(before: str, after: str, at: int, letter: str) -> None:
    family = "hollins"
    slipped = family[:at] + letter + family[at + 1 :]
    assert "adviser-1" in staff_named_in([f"{before} marta {slipped} {after}"], STAFF)


@given(st.text())
def test_no_text_is_too_strange(words: str) -> None:
    assert staff_named_in([words], STAFF) <= {member.id for member in STAFF}


@pytest.mark.parametrize(
    "words",
    [
        "Dear Ms Hollins,\nThe stick is blue.",
        "Hi Marta,\nthat is fine",
        "Thank you Marta for ringing.",
        "Good morning Marta, I agree. Thanks Marta!",
        "hi marta\nok",
    ],
)
def test_who_greets_or_thanks_their_adviser_by_name_does_not_complain_about_them(
    words: str,
) -> None:
    assert staff_named_in([words], STAFF) == {"adviser-1"}
    assert staff_named_in([without_greetings(words)], STAFF) == set()


@pytest.mark.parametrize(
    "words",
    [
        "Your adviser Marta Hollins shouted at me",
        "Hello, Marta Hollins shouted at me",
        "Dear Marta Hollins,\nMs Hollins was rude to me on the telephone",
        "Thank you for nothing. Hollins put the telephone down on me.",
    ],
)
def test_a_greeting_hides_no_complaint_about_an_adviser(words: str) -> None:
    assert staff_named_in([without_greetings(words)], STAFF) == {"adviser-1"}
