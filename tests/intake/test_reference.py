"""References: the check character catches what people get wrong, and nothing can be counted up."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints_intake.domain.reference import (
    ALPHABET,
    BASE,
    CODE_LENGTH,
    LENGTH,
    NotAReference,
    is_sound,
    make_receipt_code,
    make_reference,
    parse_receipt_code,
    parse_reference,
)

numbers = st.lists(st.integers(0, BASE - 1), min_size=LENGTH - 1, max_size=LENGTH - 1)
references = numbers.map(lambda drawn: make_reference("CL", drawn))


def bare(reference: str) -> str:
    return reference.removeprefix("CL").replace("-", "")


def test_the_alphabet_is_a_prime_number_of_characters_nobody_confuses() -> None:
    assert BASE == len(set(ALPHABET)) == 23
    assert all(BASE % n for n in range(2, BASE))
    assert not set(ALPHABET) & set("01AEIOULBSYZV")


def test_a_reference_is_short_and_in_groups() -> None:
    assert make_reference("CL", [0, 1, 2, 3, 4, 5, 6]) == "CL-2345-678M"  # 77 = 3 * 23 + 8


@given(references)
def test_every_single_wrong_character_is_caught(reference: str) -> None:
    right = bare(reference)
    assert is_sound(right)
    for at, was in enumerate(right):
        for other in ALPHABET:
            assert is_sound(right[:at] + other + right[at + 1 :]) == (other == was)


@given(references)
def test_every_two_characters_that_changed_places_are_caught(reference: str) -> None:
    right = bare(reference)
    for one, other in combinations(range(LENGTH), 2):
        swapped = list(right)
        swapped[one], swapped[other] = swapped[other], swapped[one]
        assert is_sound("".join(swapped)) == (right[one] == right[other])


def test_every_pair_of_neighbours_is_told_from_its_swap_at_every_place() -> None:
    for at in range(LENGTH - 2):
        for one in range(BASE):
            for other in range(BASE):
                drawn = [0] * (LENGTH - 1)
                drawn[at], drawn[at + 1] = one, other
                right = bare(make_reference("CL", drawn))
                swapped = right[:at] + right[at + 1] + right[at] + right[at + 2 :]
                assert is_sound(swapped) == (one == other)


@given(references, st.sampled_from(["{}", " {} ", "\t{}\n"]), st.booleans(), st.booleans())
def test_it_is_read_however_it_is_written(
    reference: str, around: str, small: bool, with_prefix: bool
) -> None:
    for joint in ("-", "", " ", " – ", "."):
        written = reference.replace("-", joint) if with_prefix else joint.join(bare(reference))
        written = around.format(written.lower() if small else written)
        assert parse_reference("CL", written) == reference


@pytest.mark.parametrize("written", ["", "CL", "CL-2345-678", "CL-2345-6780", "ß" * 8, "2" * 9])
def test_what_is_no_reference_is_refused_with_what_to_do(written: str) -> None:
    with pytest.raises(NotAReference, match="Compare it"):
        parse_reference("CL", written)


@given(st.binary(min_size=32, max_size=32))
def test_a_receipt_code_is_sound_and_in_groups(secret: bytes) -> None:
    code = make_receipt_code(secret)
    assert len(code) == CODE_LENGTH + 3
    assert is_sound(code.replace("-", ""))
    for written in (code, code.lower(), code.replace("-", ""), f" {code.replace('-', ' ')} "):
        assert parse_receipt_code(written) == code


@pytest.mark.parametrize("written", ["", "2345", "CL-2345-678M", "2" * 15 + "3", "0" * 16])
def test_what_is_no_receipt_code_is_refused_with_what_to_do(written: str) -> None:
    with pytest.raises(NotAReference, match=r"not a receipt code.*Compare it"):
        parse_receipt_code(written)
