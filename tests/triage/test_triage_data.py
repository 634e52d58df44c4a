"""The data that the sorter goes by is complete, used, and refused where it is wrong."""

from __future__ import annotations

import re
from importlib import resources

import pytest
import yaml

from complaints_contracts.codes import ContactType, Criterion, RiskFlag
from complaints_triage.data import compile_rules, load_rules
from complaints_triage.domain.language import fold, slips
from complaints_triage.domain.phrases import parse_pattern

FILES = {
    name: (resources.files("complaints_triage.data") / f"{name}.yaml").read_bytes()
    for name in ("language", "prompts", "types")
}


def compiled(**changed: bytes) -> None:
    files = FILES | changed
    compile_rules(files["language"], files["prompts"], files["types"])


def test_every_criterion_and_every_risk_has_a_phrase() -> None:
    bearings = load_rules().bearings.values()
    criteria = {criterion for bearing in bearings for criterion in bearing.criteria}
    risks = {risk for bearing in bearings for risk in bearing.risks}
    assert criteria == set(Criterion) - {Criterion.OTHER}
    assert risks == set(RiskFlag) - {RiskFlag.OTHER}


def test_every_phrase_bears_on_something() -> None:
    assert all(bearing.criteria or bearing.risks for bearing in load_rules().bearings.values())


def test_every_type_but_the_default_and_mixed_has_signs() -> None:
    kinds = {kind.type for kind in load_rules().kinds}
    assert set(ContactType) - kinds == {
        ContactType.COMPLAINT,
        ContactType.MIXED,
        ContactType.OTHER,
    }


def test_no_criterion_can_be_answered_no() -> None:
    assert not {"NO", "NONE", "NOT_FOUND"} & {criterion.value for criterion in Criterion}


def test_every_list_is_used() -> None:
    patterns = (FILES["prompts"] + FILES["types"]).decode()
    lists = yaml.safe_load(FILES["language"])["lists"]
    assert set(lists) == set(re.findall(r"\$([a-z]+)", patterns)) - {"name"}


def test_every_word_of_the_language_can_be_met_in_a_text() -> None:
    language = yaml.safe_load(FILES["language"])
    variants = {variant for some in language["spellings"].values() for variant in some}
    negation = language["negation"]
    words = variants.union(
        language["spellings"], negation["words"], negation["denials"], negation["breakers"]
    )
    assert not {word for word in words if fold(word) != word or not word.rstrip("*").isalnum()}


@pytest.mark.parametrize("length_of_word", range(6))
def test_short_words_have_no_slips(length_of_word: int) -> None:
    assert slips("punch"[:length_of_word]) == set()


def test_a_slip_is_a_letter_left_out_doubled_or_swapped() -> None:
    assert {"assult", "asssault", "assualt"} <= slips("assault")


def test_a_word_of_the_phrases_is_never_taken_for_a_slip_of_another() -> None:
    assert load_rules().language.respell("scared") == "scared"


@pytest.mark.parametrize(
    "pattern",
    ["", "~3 hit", "hit ~3", "hit ~99 me", "hit $nobody", "can't", "Hit", "x-ray", "hit | me", "*"],
)
def test_a_pattern_that_could_never_be_found_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        parse_pattern(pattern, {})


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("prompts", b'version: "2026.2"', b'version: "2026.3"'),
        ("prompts", b"criteria: [MF1]", b"criteria: [MF8]"),
        ("prompts", b"risks: [SELF_HARM]", b"risks: [SELFHARM]"),
        ("prompts", b"- id: injury\n", b"- id: death\n"),
        ("types", b"queue: STAFF", b"queue: STAF"),
        ("types", b"beside: MIXED", b"besides: MIXED"),
    ],
)
def test_data_that_is_not_well_formed_is_refused(name: str, old: bytes, new: bytes) -> None:
    assert old in FILES[name]
    with pytest.raises(ValueError, match=r"."):
        compiled(**{name: FILES[name].replace(old, new, 1)})


def test_any_change_of_the_data_changes_its_version() -> None:
    changed = FILES["prompts"] + b"# a remark\n"
    other = compile_rules(FILES["language"], changed, FILES["types"])
    assert other.version != load_rules().version
