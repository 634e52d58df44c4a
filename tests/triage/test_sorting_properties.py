"""What holds for any text at all."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints_contracts.codes import Channel
from complaints_triage.data import load_rules
from complaints_triage.domain.phrases import Mention
from complaints_triage.domain.prompts import Prompt, RiskSign
from complaints_triage.domain.sorting import Sorting, sort

RULES = load_rules()
_FRAGMENTS = """he did not hit me nobody was hurt broke my wrist cell no died custody , . ; ' -
never punched and but officer lied thanks withdraw fuck kill saying 😀 ｈｉｔ"""
_WORDS = st.sampled_from([*_FRAGMENTS.split(), "\n\n", "\u200b"])
_SENTENCES = st.lists(_WORDS, max_size=25).map(" ".join)
_TEXTS = st.one_of(st.text(max_size=200), _SENTENCES)


def places(sorting: Sorting) -> list[Prompt | RiskSign | Mention]:
    return [*sorting.prompts, *sorting.risk_signs, *sorting.type_reasons]


@given(words=_TEXTS, channel=st.sampled_from(Channel), automatic=st.booleans())
def test_any_text_is_sorted_and_twice_the_same(
    words: str, channel: Channel, automatic: bool
) -> None:
    first = sort(words, RULES, channel=channel, automatic=automatic)
    assert first == sort(words, RULES, channel=channel, automatic=automatic)


@given(words=_TEXTS)
def test_every_place_is_inside_the_text_and_holds_what_was_found(words: str) -> None:
    sorting = sort(words, RULES, channel=Channel.WEB)
    for found in places(sorting):
        assert 0 <= found.start < found.end <= len(words)
        alone = sort(words[found.start : found.end], RULES, channel=Channel.WEB)
        assert found.phrase_id in {other.phrase_id for other in places(alone)}


@given(words=_TEXTS, more=_TEXTS)
def test_more_text_after_it_takes_no_prompt_away(words: str, more: str) -> None:
    before = sort(words, RULES, channel=Channel.WEB)
    after = sort(f"{words}\n\n{more}", RULES, channel=Channel.WEB)
    assert set(before.prompts) <= set(after.prompts)
    assert set(before.risks) <= set(after.risks)


@given(words=_TEXTS, more=_TEXTS)
def test_more_text_before_it_takes_no_criterion_away(words: str, more: str) -> None:
    def raised(text: str) -> set[tuple[str, bool]]:
        found = sort(text, RULES, channel=Channel.WEB).prompts
        return {(prompt.phrase_id, prompt.negated) for prompt in found}

    assert raised(words) <= raised(f"{more}\n\n{words}")


@given(words=_SENTENCES, more=_SENTENCES)
def test_words_joined_on_in_front_may_deny_a_prompt_but_never_hide_it(
    words: str, more: str
) -> None:
    def found(text: str) -> set[str]:
        sorting = sort(text, RULES, channel=Channel.WEB)
        return {prompt.phrase_id for prompt in sorting.prompts}

    assert found(words) <= found(f"{more} {words}")


HOSTILE = {
    "one word": "a",
    "every gap open": "told said officer police custody cell no refused ",
    "nothing but negation": "no not never nobody ",
    "one phrase": "killed ",
    "apostrophes": "a'",
    "blank lines": "\n",
    "invisible": "\u200b",
    "one character that folds to eighteen": "ﷺ",
    "marks": ".,;:!?",
}


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
def test_twice_the_text_takes_about_twice_the_time(unit: str) -> None:
    def seconds(length: int) -> float:
        words = (unit * (length // len(unit) + 1))[:length]
        started = time.process_time()
        sort(words, RULES, channel=Channel.WEB)
        return time.process_time() - started

    quarter = min(seconds(16 * 1024) for _ in range(3))
    whole = min(seconds(64 * 1024) for _ in range(2))
    assert whole < 10 * max(quarter, 0.01)  # 4 where it is linear, 16 where it is quadratic
    assert whole < 20
