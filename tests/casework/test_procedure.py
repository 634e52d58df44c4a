"""The contracts' codes and the procedure's data name the same states and steps."""

from __future__ import annotations

from complaints_casework.domain.case import PROCEDURE
from complaints_casework.domain.steps import Given
from complaints_casework.domain.transfer import REQUESTS
from complaints_casework.wording import MISSING, STEPS
from complaints_contracts.codes import CaseStatus, CaseStep, ForceStep
from complaints_law.procedure import By
from complaints_notifications.data import load_catalogue


def known(codes: type[CaseStatus] | type[CaseStep] | type[ForceStep]) -> set[str]:
    return {code.value for code in codes} - {"OTHER"}


def test_every_state_and_step_of_the_data_has_its_code_and_the_other_way_round() -> None:
    assert known(CaseStatus) == set(PROCEDURE.states)
    assert known(CaseStep) == set(PROCEDURE.steps)


def test_what_a_force_advances_is_a_step_that_is_the_forces() -> None:
    for name in known(ForceStep):
        assert PROCEDURE.steps[name].by is By.FORCE
        assert not PROCEDURE.steps[name].needs
    told_otherwise = {
        "TASK_ANSWERED",
        "EVIDENCE_PRESERVED",
        "ACCEPTED",
        "QUERIED",
        "PROGRESS_RECEIVED",
        "OUTCOME_ISSUED",
    }
    by_force = {name for name, step in PROCEDURE.steps.items() if step.by is By.FORCE}
    assert by_force == known(ForceStep) | told_otherwise


def test_what_a_step_needs_can_be_given_with_it_and_has_its_words() -> None:
    needed = {name for step in PROCEDURE.steps.values() for name in step.needs}
    assert needed <= set(MISSING)
    for step in CaseStep:
        if step is not CaseStep.OTHER:
            assert Given(step).missing == tuple(sorted(PROCEDURE.steps[step].needs))


def test_what_has_a_letter_is_noted_as_told() -> None:
    """But for who they can talk to, once for all matters of a contact, and for the survey."""
    letters = {name for name, step in PROCEDURE.steps.items() if step.letter}
    assert {name for name, step in PROCEDURE.steps.items() if step.told} <= letters
    assert letters == {step.value for step in load_catalogue().steps} - {"CONTACTED", "SURVEYED"}


def test_every_step_has_words_on_the_timeline() -> None:
    assert set(STEPS) == {CaseStep(name) for name in PROCEDURE.steps}


def test_what_asks_something_of_the_force_is_decided_by_people() -> None:
    assert all(PROCEDURE.steps[step].by is By.ADVISER for step in REQUESTS)
