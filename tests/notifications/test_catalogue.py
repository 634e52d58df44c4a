"""The catalogue of notices says something of every step, and cannot say what does not exist."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from importlib import resources
from typing import Any

import pytest
import yaml

from complaints_contracts.codes import CaseStep
from complaints_law.procedure import load_procedure
from complaints_law.rule_sets import load_rule_sets
from complaints_notifications.data import load_catalogue
from complaints_notifications.domain.catalogue import (
    Catalogue,
    CatalogueError,
    Recording,
    Required,
    read_catalogue,
)

PROCEDURE = load_procedure()
CATALOGUE = load_catalogue()
DATA: dict[str, Any] = yaml.safe_load(
    resources.files("complaints_notifications.data").joinpath("notices.yaml").read_bytes()
)
TELLS: dict[str, str] = {
    "words": Required.WORDS,
    "review_body": Required.REVIEW_BODY,
    "recorded_for": Required.RECORDED_FOR,
    "force": Required.FORCE,
    "about": Required.ABOUT,
}
"""What the procedure asks for with a step, and its letter then has to repeat."""
SILENT = {
    *("FOUND_OUT_OF_REMIT", "FOUND_COMPLIMENT", "FOUND_CONCERN", "FOUND_STAFF_COMPLAINT"),
    *("FOUND_REVIEW", "FOUND_COMPLAINT", "COMPLIMENT_FORWARDED", "CONCERN_NOTED", "REOPENED"),
    *("LINKED", "UNLINKED", "SET_ASIDE"),
    *("TASK_SENT", "TASK_ANSWERED", "LOOKED_AGAIN", "CRITERION_MET"),
    *("SERIOUS_ISSUE_FOUND", "RECORDING_REQUESTED", "DISSATISFIED", "TRANSFERRED"),
    *("TRANSFERRED_URGENTLY", "EVIDENCE_REQUESTED", "EVIDENCE_PRESERVED", "ACCEPTED", "QUERIED"),
    *("PROGRESS_RECEIVED", "MUST_BE_REFERRED", "PROCEEDINGS_ENDED", "RESUMPTION_LETTER"),
    *("REG_13_RECEIVED", "OUTCOME_ISSUED", "REVIEW_PERIOD_OVER"),
    *("WITHDRAWAL_INDICATED", "WITHDRAWAL_LETTER", "COMPLAINT_CONTINUED"),
}
"""The steps that the person learns of in another way, or not at all: listed here on purpose."""


def read(data: object) -> Catalogue:
    return read_catalogue(data, PROCEDURE, load_rule_sets())


def test_every_step_that_the_person_has_to_be_told_of_has_a_letter() -> None:
    told = {name for name, step in PROCEDURE.steps.items() if step.told}
    assert told <= CATALOGUE.steps.keys()


def test_the_steps_that_say_nothing_say_nothing_on_purpose() -> None:
    assert set(CATALOGUE.silent) == SILENT
    assert CATALOGUE.steps.keys() | SILENT == {*CaseStep} - {CaseStep.OTHER}
    assert CATALOGUE.words_for_others == {
        *(CaseStep.TASK_SENT, CaseStep.EVIDENCE_REQUESTED, CaseStep.WITHDRAWAL_PASSED_ON)
    }


def test_what_the_procedure_asks_for_with_a_step_its_letter_requires() -> None:
    for step, entry in CATALOGUE.steps.items():
        needs = PROCEDURE.steps[step].needs
        assert {TELLS[need] for need in needs & TELLS.keys()} <= entry.requires, step


def test_what_is_over_or_with_the_force_offers_no_recording() -> None:
    """R33 is for what is not recorded: a letter that only comes after recording does not say it."""
    for step, entry in CATALOGUE.steps.items():
        before = {PROCEDURE.states[state].recorded for state in PROCEDURE.steps[step].from_}
        if before == {True}:
            assert entry.recording is Recording.NOT, step
        else:
            assert entry.recording is not Recording.NOT, step


@pytest.mark.parametrize("step", CATALOGUE.steps)
def test_no_subject_tells_what_it_is_about(step: CaseStep) -> None:
    subject = CATALOGUE.steps[step].subject
    telling = "complain|polic|officer|crime|force|review|record|withdr|IOPC|investigat|outcome|case"
    assert not re.search(telling, subject, re.IGNORECASE)
    assert "{reference}" in subject


def _subject(data: dict[str, Any]) -> None:
    data["steps"]["UPDATED"]["subject"] = "From {adviser}: {reference}"


def _unknown_step(data: dict[str, Any]) -> None:
    data["steps"]["ESCALATED"] = data["steps"]["UPDATED"]


def _unknown_clock(data: dict[str, Any]) -> None:
    data["steps"]["UPDATED"]["dates"] = ["FORTNIGHT"]


def _clock_of_something_else(data: dict[str, Any]) -> None:
    updated = data["steps"]["UPDATED"]
    updated["dates"] = ["REVIEW_PERIOD"]
    updated["paragraphs"][1] = "Until {review_period_day}."


def _clock_untold(data: dict[str, Any]) -> None:
    data["steps"]["UPDATED"]["paragraphs"].pop(1)


def _unknown_placeholder(data: dict[str, Any]) -> None:
    data["steps"]["UPDATED"]["paragraphs"].append("Dear {nickname}")


def _adviser_who_is_not_required(data: dict[str, Any]) -> None:
    data["steps"]["UPDATED"]["paragraphs"].append("Call {adviser}.")


def _reaching_into_objects(data: dict[str, Any]) -> None:
    data["steps"]["UPDATED"]["paragraphs"].append("{office.__class__}")


def _told_step_without_letter(data: dict[str, Any]) -> None:
    del data["steps"]["UPDATED"]
    data["silent"]["UPDATED"] = "nobody needs it"


def _step_left_out(data: dict[str, Any]) -> None:
    del data["silent"]["ACCEPTED"]


def _step_twice(data: dict[str, Any]) -> None:
    data["silent"]["UPDATED"] = "nobody needs it"


def _body_left_out(data: dict[str, Any]) -> None:
    parts = data["steps"]["OUTCOME_LETTER"]["paragraphs"]
    parts[:] = [p for p in parts if p.get("when", {}).get("review_body") != "NONE"]


def _unknown_body(data: dict[str, Any]) -> None:
    data["steps"]["OUTCOME_LETTER"]["paragraphs"][-1]["when"] = {"review_body": "COURT"}


def _no_place_for_words(data: dict[str, Any]) -> None:
    parts = data["steps"]["RESOLVED"]["paragraphs"]
    parts[:] = [p for p in parts if isinstance(p, str) or "words" not in p]


def _two_places_for_words(data: dict[str, Any]) -> None:
    data["steps"]["RESOLVED"]["paragraphs"].append({"words": "And:"})


def _words_for_others_with_a_place(data: dict[str, Any]) -> None:
    data["words_for_others"].append("UPDATED")


def _outcome_left_out(data: dict[str, Any]) -> None:
    parts = data["steps"]["OUTCOME_LETTER"]["paragraphs"]
    parts[:] = [p for p in parts if p.get("when", {}).get("outcome") != "NFA"]


def _limb_left_out(data: dict[str, Any]) -> None:
    del data["review_limbs"]["REG_32_B"]


def _limb_not_required(data: dict[str, Any]) -> None:
    data["steps"]["OUTCOME_LETTER"]["requires"].remove("review_limb")


def _unknown_exception(data: dict[str, Any]) -> None:
    data["steps"]["UPDATED"]["paragraphs"][1]["unless"] = {"status": "IN_LIMBO"}


def _unknown_need(data: dict[str, Any]) -> None:
    data["steps"]["UPDATED"]["requires"] = ["horoscope"]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_subject, "no placeholder {adviser} here"),
        (_unknown_step, "ESCALATED is not a CaseStep"),
        (_unknown_clock, "FORTNIGHT is not a ClockKind"),
        (_clock_of_something_else, "UPDATED: sending it does not start the clock REVIEW_PERIOD"),
        (_clock_untold, "does not tell its last day"),
        (_unknown_placeholder, "no placeholder {nickname} here"),
        (_adviser_who_is_not_required, "no placeholder {adviser} here"),
        (_reaching_into_objects, "no placeholder {office.__class__} here"),
        (_told_step_without_letter, "UPDATED: the person has to be told of it"),
        (_step_left_out, "listed as silent: ACCEPTED"),
        (_step_twice, "with a letter and without one: UPDATED"),
        (_body_left_out, "nothing for the review_body NONE"),
        (_unknown_body, "COURT is not a ReviewBody"),
        (_no_place_for_words, "requires words, and has no place for them"),
        (_two_places_for_words, "one place for words"),
        (_words_for_others_with_a_place, "words for others go with"),
        (_outcome_left_out, "nothing for the outcome NFA"),
        (_limb_left_out, "no words for REG_32_B"),
        (_limb_not_required, "no placeholder {limb} here"),
        (_unknown_exception, "IN_LIMBO is not a CaseStatus"),
        (_unknown_need, "steps.UPDATED.requires"),
    ],
)
def test_a_catalogue_that_cannot_be_is_refused_with_what_is_wrong(
    spoil: Callable[[dict[str, Any]], None], said: str
) -> None:
    data = copy.deepcopy(DATA)
    read(data)
    spoil(data)
    with pytest.raises(CatalogueError) as refused:
        read(data)
    assert said in str(refused.value)
