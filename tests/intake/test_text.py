"""Normalising what people typed: as little as possible, and always something that can be stored."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints_contracts.codes import PersonRole, ReachBy
from complaints_contracts.event import Model
from complaints_intake.attachments import UNKNOWN, media_type
from complaints_intake.domain.answers import Answers, Step, Who
from complaints_intake.domain.faults import faults, first_open
from complaints_intake.domain.form import submission
from complaints_intake.domain.text import MAX_WORDS_BYTES, beginning, clean, clean_line

anything = st.text(st.characters())  # surrogates and control characters too


class Stored(Model):
    text: str


@given(anything)
def test_whatever_was_typed_can_be_stored_and_stays_as_it_is(text: str) -> None:
    once = clean(text)
    Stored(text=once)
    assert clean(once) == once
    assert "\r" not in once
    assert "\n" not in clean_line(text)


@given(st.text(st.characters(exclude_categories=("C", "Z"))))
def test_ordinary_text_is_not_changed(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  a\r\nb\rc\u2028d \n", "a\nb\nc\nd"),
        ("\0", "\ufffd"),
        ("a\tb", "a\tb"),
        ("\ud83d\ude00", "\ufffd\ufffd"),
        ("naïve 😀 \u202eabc\u2066", "naïve 😀 [U+202E]abc[U+2066]"),
    ],
)
def test_line_ends_and_what_cannot_be_stored(typed: str, kept: str) -> None:
    assert clean(typed) == kept


@given(st.text(st.sampled_from("aé€😀"), max_size=10), st.integers(0, 12))
def test_long_words_are_cut_between_two_characters(end: str, short: int) -> None:
    words = "x" * (MAX_WORDS_BYTES - short) + end
    cut = beginning(words)
    assert words.startswith(cut)
    assert len(cut.encode()) <= MAX_WORDS_BYTES
    assert len(words.encode()) > MAX_WORDS_BYTES or cut == words


TODAY = date(2026, 11, 21)
answers = st.builds(
    Answers,
    words=st.sampled_from(["", "something"]),
    who=st.sampled_from([None, *Who]),
    name=st.sampled_from(["", "Ann"]),
    reach_by=st.sampled_from([None, ReachBy.EMAIL, ReachBy.TELEPHONE, ReachBy.NOT_AT_ALL]),
    email=st.sampled_from(["", "x", "a@b.example"]),
    telephone=st.sampled_from(["", "1", "01632 960001"]),
)


@given(answers)
def test_a_form_can_be_sent_exactly_when_no_page_that_is_asked_has_a_fault(given: Answers) -> None:
    asked = [Step.WHAT_HAPPENED, Step.WHO]
    if given.who is not Who.ANONYMOUS:
        asked += [Step.NAME, Step.CONTACT, Step.SUPPORT]
    open_one = first_open(given, TODAY)
    assert (open_one is None) == (not any(faults(step, given, TODAY) for step in asked))


@given(answers)
def test_who_stays_anonymous_leaves_nothing_of_themselves(given: Answers) -> None:
    unnamed = given.model_copy(update={"who": Who.ANONYMOUS})
    made = submission(unnamed, given.words, None, uuid4(), uuid4(), too_fast=False, prefix="CL")
    (person,) = made.persons
    assert made.anonymous
    assert (person.name, person.email, person.telephone, person.address) == (None,) * 4
    assert person.role is PersonRole.COMPLAINANT
    assert person.reach.preferred is ReachBy.NOT_AT_ALL


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"\xff\xd8\xff\xe0" + bytes(9), "image/jpeg"),
        (b"%PDF-1.7\n", "application/pdf"),
        (b"just words", "text/plain"),
        ("café".encode("latin-1"), "text/plain"),
        (b"a < b, and <not> a page", "text/plain"),
        (b"MZ\x90\x00" + bytes(99), UNKNOWN),
        (b"PK\x03\x04" + bytes(99), UNKNOWN),
        (b" <!DOCTYPE html><html>", UNKNOWN),
        (b"\xef\xbb\xbf<svg onload=alert(1)>", UNKNOWN),
        (b"<?xml version='1.0'?><svg/>", UNKNOWN),
        (bytes(99), UNKNOWN),
    ],
)
def test_what_a_file_is_follows_from_its_content(data: bytes, found: str) -> None:
    assert media_type(data) == found
