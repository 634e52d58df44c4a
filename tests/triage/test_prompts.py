"""Where prompts stand, what is denied, and how people write."""

from __future__ import annotations

import pytest

from complaints_contracts.codes import Channel, Criterion, RiskFlag
from complaints_triage.data import load_rules
from complaints_triage.domain.prompts import Prompt
from complaints_triage.domain.sorting import Sorting, sort


def sorted_(words: str) -> Sorting:
    return sort(words, load_rules(), channel=Channel.EMAIL)


def prompts(words: str, criterion: Criterion) -> list[Prompt]:
    return [prompt for prompt in sorted_(words).prompts if prompt.criterion is criterion]


def shown(words: str, criterion: Criterion) -> set[str]:
    return {words[prompt.start : prompt.end] for prompt in prompts(words, criterion)}


def test_a_prompt_shows_the_words_where_they_stand() -> None:
    words = "Caller says officers dragged him from his car and broke his wrist; he has an X-ray."
    assert shown(words, Criterion.MF2) == {"broke his wrist", "X-ray"}


def test_nothing_found_is_no_prompt_and_says_nothing_more() -> None:
    sorting = sorted_("Where is my phone? You have had it since August.")
    assert sorting.prompts == ()
    assert sorting.risks == ()


@pytest.mark.parametrize(
    ("words", "criterion"),
    [
        ("Nobody was hurt.", Criterion.MF2),
        ("there were no injuries thank god", Criterion.MF2),
        ("He did not hit me", Criterion.MF3),
        ("he didn’t hit me", Criterion.MF3),
        ("HE DIDNT HIT ME", Criterion.MF3),
        ("I'm not saying he assaulted me", Criterion.MF3),
        ("I don't think the lad was racist", Criterion.MF4),
        ("without being punched", Criterion.MF3),
    ],
)
def test_a_denial_is_shown_as_denied(words: str, criterion: Criterion) -> None:
    found = prompts(words, criterion)
    assert found
    assert all(prompt.negated for prompt in found)


@pytest.mark.parametrize(
    "words",
    [
        "No, he punched me",
        "I don't know why he punched me",
        "nobody helped when he punched me",
        "I did nothing wrong and he punched me",
        "for no reason he punched me",
        "they would not stop punching me",
        "I can't believe he punched me",
        "it is not true that nobody was punched",
        "He did not explain. He punched me.",
        "there was no warning he punched me",
    ],
)
def test_a_negation_that_belongs_elsewhere_denies_nothing(words: str) -> None:
    assert any(not prompt.negated for prompt in prompts(words, Criterion.MF3))


@pytest.mark.parametrize(
    "words",
    [
        "he assaulted me",
        "HE ASSAULTED ME",
        "he asulted me",
        "he assaultd me",
        "he as\u200bsault\u00aded me",
        "he ａｓｓａｕｌｔｅｄ me",
        "he ássaúlted me",
        "he a\u0301ssaulted me",
        "he “assaulted” me",
        "he 'assaulted' me",
        "he *assaulted* me",
        "he_assaulted_me",
    ],
)
def test_spelling_case_and_marks_do_not_hide_a_word(words: str) -> None:
    assert prompts(words, Criterion.MF3)


def test_offsets_are_those_of_the_text_as_written() -> None:
    words = "ﷺ 😀 ß he as\u200bsaulted me"
    assert shown(words, Criterion.MF3) == {"as\u200bsaulted"}


def test_a_phrase_may_run_over_a_wrapped_line_but_not_over_the_end_of_a_sentence() -> None:
    assert shown("he broke my\r\nwrist", Criterion.MF2) == {"broke my\r\nwrist"}
    assert shown("Something broke. My wrist is fine.", Criterion.MF2) == set()
    assert shown("something broke\n\nwrist watch", Criterion.MF2) == set()


def test_a_mention_of_the_same_kind_is_shown_five_times_at_most() -> None:
    assert len(prompts("He punched me. " * 500, Criterion.MF3)) == 5


def test_many_denials_do_not_use_up_the_place_of_what_is_said() -> None:
    words = "Nobody was punched. " * 20 + "Then he punched me."
    assert [prompt.negated for prompt in prompts(words, Criterion.MF3)] == [True] * 5 + [False]


def test_a_denied_risk_is_shown_but_is_no_risk() -> None:
    sorting = sorted_("I'm not suicidal, just fed up.")
    assert sorting.risks == ()
    assert [(sign.flag, sign.negated) for sign in sorting.risk_signs] == [
        (RiskFlag.SELF_HARM, True)
    ]


def test_every_prompt_can_say_why_and_by_what_rule() -> None:
    rules = load_rules()
    for prompt in sorted_("he broke my arm, called me a liar and left me in the cell").prompts:
        bearing = rules.bearings[prompt.phrase_id]
        assert bearing.why
        assert bearing.source
