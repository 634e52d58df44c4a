"""The states and steps of a case, against domain 3.1 to 3.4 as they were written down by hand."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from complaints_law.procedure import BACK, By, Procedure, load_procedure
from complaints_law.resources import read_yaml
from complaints_law.rule_sets import Happened, load_rule_sets

PROCEDURE = load_procedure()
SAME = ""
"""Where a step leads that leaves the case where it is."""

# Written down from the domain, not read from the data under test.
SORTED_AS = "LOGGED COMPLIMENT CONCERN STAFF_COMPLAINT REVIEW_APPLICATION OUT_OF_REMIT"
BEFORE_RECOVERY = f"{SORTED_AS} ASSESSING"
IN_RECOVERY = "SR_OPEN SR_PROPOSED"
ENDED = (
    "SR_RESOLVED SR_UNRESOLVED_NFA CLOSED_SR CLOSED_REDIRECTED CLOSED_COMPLIMENT CLOSED_CONCERN"
    " WITHDRAWN"
)
FORCE = "FORCE_HANDLING FORCE_INVESTIGATING FORCE_OTBI"
OPEN_AND_RECORDED = f"RECORDED TRANSFERRED {FORCE} AT_IOPC IOPC_HANDLING SUSPENDED"
NOT_RECORDED = f"{BEFORE_RECOVERY} {IN_RECOVERY} {ENDED} MERGED"
OPEN = f"{BEFORE_RECOVERY} {IN_RECOVERY} RECORDING {OPEN_AND_RECORDED}"

DOMAIN = [
    # 3.1, from the moment a contact has its case
    (BEFORE_RECOVERY, "FOUND_OUT_OF_REMIT", "OUT_OF_REMIT"),
    (BEFORE_RECOVERY, "FOUND_COMPLIMENT", "COMPLIMENT"),
    (BEFORE_RECOVERY, "FOUND_CONCERN", "CONCERN"),  # 3.2 too: who is not eligible
    (BEFORE_RECOVERY, "FOUND_STAFF_COMPLAINT", "STAFF_COMPLAINT"),
    (BEFORE_RECOVERY, "FOUND_REVIEW", "REVIEW_APPLICATION"),
    ("LOGGED", "MERGED", "MERGED"),
    ("OUT_OF_REMIT", "REDIRECTED", "CLOSED_REDIRECTED"),
    ("COMPLIMENT", "COMPLIMENT_FORWARDED", "CLOSED_COMPLIMENT"),
    ("CONCERN", "CONCERN_NOTED", "CLOSED_CONCERN"),
    ("LOGGED", "CONTACTED", "ASSESSING"),
    ("LOGGED", "UNREACHABLE", "ASSESSING"),
    # 3.2
    ("ASSESSING", "CRITERION_MET", "RECORDING"),
    ("ASSESSING", "RECORDING_REQUESTED", "RECORDING"),
    ("ASSESSING", "SERVICE_RECOVERY_STARTED", "SR_OPEN"),
    # 3.3
    ("SR_OPEN", "TASK_SENT", SAME),
    ("SR_OPEN", "TASK_ANSWERED", SAME),
    ("SR_OPEN", "UPDATED", SAME),
    ("SR_OPEN", "SERIOUS_ISSUE_FOUND", "RECORDING"),
    ("SR_OPEN", "CRITERION_MET", "RECORDING"),
    ("SR_OPEN", "RECORDING_REQUESTED", "RECORDING"),
    ("SR_OPEN", "RESOLUTION_PROPOSED", "SR_PROPOSED"),
    ("SR_PROPOSED", "RESOLVED", "SR_RESOLVED"),
    ("SR_PROPOSED", "DISSATISFIED", "RECORDING"),
    ("SR_PROPOSED", "NOT_RESOLVED", "SR_UNRESOLVED_NFA"),
    ("SR_OPEN", "OFFERED", SAME),
    ("SR_OPEN", "NO_ENGAGEMENT", "SR_UNRESOLVED_NFA"),
    ("SR_UNRESOLVED_NFA", "REOPENED", "SR_OPEN"),
    ("SR_OPEN", "TARGET_MISSED", SAME),
    ("SR_RESOLVED", "SURVEYED", "CLOSED_SR"),
    ("CLOSED_SR", "RECORDING_REQUESTED", "RECORDING"),
    # 3.4
    ("RECORDING", "RECORDED", "RECORDED"),
    ("RECORDED", "TRANSFERRED", "TRANSFERRED"),
    ("RECORDED", "TRANSFERRED_URGENTLY", "TRANSFERRED"),
    ("TRANSFERRED", "ACCEPTED", "FORCE_HANDLING"),
    ("TRANSFERRED", "QUERIED", SAME),
    (OPEN, "EVIDENCE_REQUESTED", SAME),
    (OPEN, "EVIDENCE_PRESERVED", SAME),
    ("FORCE_HANDLING", "REFERRED", "AT_IOPC"),
    ("AT_IOPC", "IOPC_LOCAL", "FORCE_HANDLING"),
    ("AT_IOPC", "IOPC_RETURNED", "FORCE_HANDLING"),
    ("AT_IOPC", "IOPC_DIRECTED", "IOPC_HANDLING"),
    ("AT_IOPC", "IOPC_INDEPENDENT", "IOPC_HANDLING"),
    ("FORCE_HANDLING", "INVESTIGATING", "FORCE_INVESTIGATING"),
    ("FORCE_HANDLING", "HANDLED_OTHERWISE", "FORCE_OTBI"),
    (FORCE, "HANDLING_SUSPENDED", "SUSPENDED"),
    (FORCE, "PROGRESS_RECEIVED", SAME),
    (f"{FORCE} SUSPENDED", "UPDATED", SAME),
    (FORCE, "REG_13_RECEIVED", SAME),
    (FORCE, "OUTCOME_ISSUED", "OUTCOME_GIVEN"),
    ("OUTCOME_GIVEN", "OUTCOME_LETTER", SAME),
    (f"{BEFORE_RECOVERY} {IN_RECOVERY} RECORDING", "WITHDRAWAL_SIGNED", "WITHDRAWN"),
    (f"{OPEN_AND_RECORDED} OUTCOME_GIVEN", "WITHDRAWAL_PASSED_ON", SAME),
    (f"{OPEN_AND_RECORDED} OUTCOME_GIVEN", "WITHDRAWAL_INDICATED", SAME),
    (f"{OPEN_AND_RECORDED} OUTCOME_GIVEN", "WITHDRAWAL_LETTER", SAME),
    (f"{OPEN_AND_RECORDED} OUTCOME_GIVEN", "COMPLAINT_CONTINUED", SAME),
    (f"{OPEN_AND_RECORDED} OUTCOME_GIVEN", "WITHDRAWAL_RECORDED", "WITHDRAWN"),
    ("SUSPENDED", "PROCEEDINGS_ENDED", SAME),
    ("SUSPENDED", "RESUMPTION_LETTER", SAME),
    ("SUSPENDED", "HANDLING_RESUMED", BACK),
    ("SUSPENDED", "NOT_RESUMED", "CLOSED_REG41"),
    ("OUTCOME_GIVEN", "REVIEW_PERIOD_OVER", "CLOSED_SCH3"),
]
WIDER = {
    # Criteria go before everything, and who asks is heard, wherever the case is (L6, L7; 6, 2).
    "CRITERION_MET": NOT_RECORDED,
    "SERIOUS_ISSUE_FOUND": NOT_RECORDED,
    "RECORDING_REQUESTED": f"{NOT_RECORDED} RECORDING",
    # What was sorted otherwise may be found to be a complaint, or the same one, after all.
    "FOUND_COMPLAINT": BEFORE_RECOVERY.replace("LOGGED ", "").replace(" ASSESSING", ""),
    "COMPLIMENT_FORWARDED": "LOGGED ASSESSING",
    "CONCERN_NOTED": "LOGGED ASSESSING",
    "MERGED": "ASSESSING",
    "UNMERGED": "MERGED",
    "SET_ASIDE": "LOGGED ASSESSING",
    "LINKED": " ".join(PROCEDURE.states),
    "UNLINKED": " ".join(PROCEDURE.states),
    # Recovery goes on until it is agreed to.
    "TASK_SENT": "SR_PROPOSED",
    "TASK_ANSWERED": "SR_PROPOSED",
    "LOOKED_AGAIN": f"{OPEN} OUTCOME_GIVEN",
    "UPDATED": f"{OPEN} OUTCOME_GIVEN",
    # "Any" state: also what ended may have to be kept.
    "EVIDENCE_REQUESTED": " ".join(PROCEDURE.states),
    "EVIDENCE_PRESERVED": " ".join(PROCEDURE.states),
    # What is for reviews, or for whoever handles complaints about our own staff, is passed on.
    "REDIRECTED": "STAFF_COMPLAINT REVIEW_APPLICATION",
    # Forces do things in an order of their own.
    "QUERIED": FORCE,
    "PROGRESS_RECEIVED": "TRANSFERRED AT_IOPC IOPC_HANDLING SUSPENDED",
    "MUST_BE_REFERRED": f"TRANSFERRED {FORCE} SUSPENDED",
    "REFERRED": "TRANSFERRED FORCE_INVESTIGATING FORCE_OTBI SUSPENDED",
    "INVESTIGATING": "FORCE_OTBI",
    "REG_13_RECEIVED": "SUSPENDED",
    "OUTCOME_ISSUED": "TRANSFERRED AT_IOPC IOPC_HANDLING SUSPENDED",
}
"""From where steps are possible besides, and the steps that the domain implies without a row."""
LEADS_TO = {"FOUND_COMPLAINT": "ASSESSING", "UNMERGED": BACK, "SET_ASIDE": "CLOSED_REDIRECTED"} | {
    name: SAME for name in ("LOOKED_AGAIN", "MUST_BE_REFERRED", "LINKED", "UNLINKED")
}

LETTER = True
WRITTEN = {
    # What is written down of each step: its rule; what it does to clocks at once, and once the
    # person knows of it; what must be said with it; whether they are told of it. People's decisions
    # have their reason in a note (R60), what goes to somebody outside has words (R25).
    # 3.1
    "CONTACTED": ("R19", "", "", ""),  # the SPOC's name is told once, for all matters
    "UNREACHABLE": ("R14", "", "", "", LETTER),
    "FOUND_OUT_OF_REMIT": ("R29", "", "", ""),
    "FOUND_COMPLIMENT": ("R9", "", "", ""),
    "FOUND_CONCERN": ("R10", "", "", ""),
    "FOUND_STAFF_COMPLAINT": ("R86", "", "", ""),
    "FOUND_REVIEW": ("R52", "", "", ""),
    "FOUND_COMPLAINT": ("R28", "", "", ""),
    # Thanks and the reply to a concern go with events of their own.
    "COMPLIMENT_FORWARDED": ("R9", "CLOSED", "", "note"),
    "CONCERN_NOTED": ("R10", "CLOSED", "", "note"),
    "REDIRECTED": ("L17", "CLOSED", "", "note words", LETTER),
    "SET_ASIDE": ("R8", "CLOSED", "", "note"),
    "MERGED": ("R8", "CLOSED", "", "note about", LETTER),  # "one ack naming the reference"
    "UNMERGED": ("R8", "REOPENED", "", "note", LETTER),
    "LINKED": ("R8", "", "", "note about"),
    "UNLINKED": ("R8", "", "", "note about"),
    # 3.2
    "LOOKED_AGAIN": ("R45", "", "", "note"),
    "CRITERION_MET": ("L7", "REOPENED MUST_BE_RECORDED", "", ""),
    "RECORDING_REQUESTED": ("L6", "REOPENED MUST_BE_RECORDED", "", ""),  # who asks need not say why
    "SERVICE_RECOVERY_STARTED": ("R30", "SERVICE_RECOVERY_STARTED", "", "note", LETTER),
    # 3.3
    "TASK_SENT": ("R41", "TASK_SENT", "", "words force"),
    "TASK_ANSWERED": ("R41", "TASK_ANSWERED", "", ""),
    # "Tell C why" and "confirm": the letter of RECORDED does, the same day.
    "SERIOUS_ISSUE_FOUND": ("R35", "REOPENED MUST_BE_RECORDED", "", "note"),
    "RESOLUTION_PROPOSED": ("R38", "", "", "words methods", LETTER),
    "RESOLVED": ("R38", "SERVICE_RECOVERY_ENDED OUTCOME", "OUTCOME_TOLD", "note words", LETTER),
    "DISSATISFIED": ("R34", "MUST_BE_RECORDED", "", "note"),
    "NOT_RESOLVED": ("R34", "SERVICE_RECOVERY_ENDED OUTCOME", "OUTCOME_TOLD", "note words", LETTER),
    "OFFERED": ("R33", "", "OFFERED", "words", LETTER),
    "NO_ENGAGEMENT": (
        *("R34", "SERVICE_RECOVERY_ENDED OUTCOME", "OUTCOME_TOLD"),
        *("note words", LETTER),
    ),
    "REOPENED": ("R33", "REOPENED SERVICE_RECOVERY_STARTED", "", "note"),
    "TARGET_MISSED": ("R36", "", "", "", LETTER),
    "SURVEYED": ("R71", "CLOSED", "", ""),
    # 3.4
    "RECORDED": ("R42", "RECORDED", "", "note recorded_for force", LETTER),  # its copy (L14)
    "TRANSFERRED": ("R46", "TRANSFERRED", "", ""),
    "TRANSFERRED_URGENTLY": ("R42", "TRANSFERRED TRANSFERRED_URGENTLY", "", ""),
    "ACCEPTED": ("R47", "FORCE_ACCEPTED", "", ""),
    "QUERIED": ("R46", "", "", ""),
    "EVIDENCE_REQUESTED": ("L15", "", "", "words force"),
    "EVIDENCE_PRESERVED": ("L15", "", "", ""),
    "MUST_BE_REFERRED": ("L26", "MUST_BE_REFERRED", "", ""),
    "REFERRED": ("L26", "REFERRED RESUMED", "", "", LETTER),
    "IOPC_LOCAL": ("L28", "", "", "", LETTER),
    "IOPC_RETURNED": ("L28", "", "", "", LETTER),
    "IOPC_DIRECTED": ("L28", "IOPC_TOOK_OVER", "", "", LETTER),
    "IOPC_INDEPENDENT": ("L28", "IOPC_TOOK_OVER", "", "", LETTER),
    "INVESTIGATING": ("L18", "INVESTIGATED", "", "", LETTER),
    "HANDLED_OTHERWISE": ("L18", "", "", "", LETTER),
    "HANDLING_SUSPENDED": ("L46", "SUSPENDED", "", "", LETTER),
    "PROCEEDINGS_ENDED": ("L46", "", "", ""),
    "RESUMPTION_LETTER": ("L46", "RESUMPTION_LETTER", "", ""),  # which the force writes
    "HANDLING_RESUMED": ("L46", "RESUMPTION_ANSWERED RESUMED", "", "", LETTER),
    "NOT_RESUMED": ("L46", "RESUMED CLOSED", "", "", LETTER),
    "PROGRESS_RECEIVED": ("L29", "FORCE_REPORTED", "", ""),
    "UPDATED": ("L29", "", "UPDATED", "words", LETTER),
    "REG_13_RECEIVED": ("L30c", "REG_13_LETTER", "", ""),
    "OUTCOME_ISSUED": ("L30", "RESUMED OUTCOME", "", ""),  # of which our letter tells
    "OUTCOME_LETTER": ("L30", "", "OUTCOME_TOLD", "words review_body", LETTER),
    "WITHDRAWAL_SIGNED": ("L44", "CLOSED", "", "note", LETTER),
    "WITHDRAWAL_PASSED_ON": ("L44", "", "", "note", LETTER),
    "WITHDRAWAL_INDICATED": ("L45", "", "", "note"),
    "WITHDRAWAL_LETTER": ("L45", "WITHDRAWAL_LETTER", "", ""),  # which the force writes
    "COMPLAINT_CONTINUED": ("L45", "WITHDRAWAL_ANSWERED", "", ""),
    "WITHDRAWAL_RECORDED": ("L44", "WITHDRAWAL_ANSWERED CLOSED", "", "", LETTER),
    "REVIEW_PERIOD_OVER": ("L33", "CLOSED", "", ""),
}

RECORDED_STATES = set(f"{OPEN_AND_RECORDED} OUTCOME_GIVEN CLOSED_SCH3 CLOSED_REG41".split())
NEVER_LEFT = {"CLOSED_SCH3", "CLOSED_REG41"}


def ends(state: str) -> bool:
    return PROCEDURE.states[state].ended


def leaving(state: str, *by: By) -> dict[str, str]:
    """Where the steps out of a state lead that lead elsewhere."""
    steps = {name: PROCEDURE.steps[name].to for name in PROCEDURE.steps_from(state, by or By)}
    return {name: to for name, to in steps.items() if to not in (None, state)}


@pytest.mark.parametrize(("states", "step", "to"), DOMAIN)
def test_every_row_of_the_domain_is_in_the_data(states: str, step: str, to: str) -> None:
    assert [state for state in states.split() if not PROCEDURE.allows(state, step)] == []
    assert PROCEDURE.steps[step].to == (to or None)


def test_nothing_is_in_the_data_that_was_not_written_down() -> None:
    written: dict[str, set[str]] = {}
    for states, step, _ in DOMAIN:
        written.setdefault(step, set()).update(states.split())
    for step, besides in WIDER.items():
        written.setdefault(step, set()).update(besides.split())
    assert {name: set(step.from_) for name, step in PROCEDURE.steps.items()} == written
    leads = {step: to for _, step, to in DOMAIN} | LEADS_TO
    assert {name: step.to or SAME for name, step in PROCEDURE.steps.items()} == leads


def test_every_step_does_what_was_written_down_of_it() -> None:
    """Its rule, its clocks and what is said with it (3.1 to 3.4; invariant 7 of domain 6)."""
    assert set(PROCEDURE.steps) == set(WRITTEN)
    for name, step in PROCEDURE.steps.items():
        rule, happened, told, needs, *letter = WRITTEN[name]
        assert step.rule == rule, name
        assert step.happened == tuple(map(Happened, happened.split())), name
        assert step.told == tuple(map(Happened, told.split())), name
        assert step.needs == set(needs.split()), name
        assert step.letter is bool(letter), name


def test_every_state_can_be_reached() -> None:
    reached, new = set[str](), {"LOGGED"}
    while new:
        reached |= new
        # A suspended case goes back to one of those from which it can be suspended.
        new = {to for state in new for to in leaving(state).values()} - {BACK, *reached}
    assert reached == set(PROCEDURE.states)


def test_nothing_is_stuck_from_every_state_that_goes_on_an_end_can_be_reached() -> None:
    going_on = {state for state in PROCEDURE.states if not ends(state)}
    leads: set[str] = {state for state in PROCEDURE.states if ends(state)}
    while more := {s for s in going_on - leads if leads & set(leaving(s).values())}:
        leads |= more
    assert going_on <= leads
    assert all(leaving(state) for state in going_on)


def test_what_has_ended_is_left_only_as_the_domain_names() -> None:
    to_recording = {"CRITERION_MET", "SERIOUS_ISSUE_FOUND", "RECORDING_REQUESTED"}
    also = {
        "SR_RESOLVED": {"SURVEYED"},
        "SR_UNRESOLVED_NFA": {"REOPENED"},
    }
    for state in filter(ends, PROCEDURE.states):
        expected = to_recording | also.get(state, set())
        if state == "MERGED":
            expected = to_recording | {"UNMERGED"}
        if state in NEVER_LEFT:
            expected = set()
        assert set(leaving(state)) == expected, state


def test_every_state_has_an_owner_and_words_for_the_public() -> None:
    for name, state in PROCEDURE.states.items():
        assert state.owner == ("reviews" if name == "REVIEW_APPLICATION" else "casework")
        assert state.public.strip() == state.public != ""
        assert not set(state.public) & set("_{}<>")


def test_the_states_of_a_recorded_complaint_are_those_of_the_domain() -> None:
    found = {name for name, state in PROCEDURE.states.items() if state.recorded}
    assert found == RECORDED_STATES


def test_recording_can_be_asked_for_wherever_a_complaint_is_not_recorded() -> None:
    # Invariant 2 of domain 6.
    not_recorded = set(PROCEDURE.states) - RECORDED_STATES
    assert not_recorded == {*NOT_RECORDED.split(), "RECORDING"}
    assert PROCEDURE.steps["RECORDING_REQUESTED"].from_ == not_recorded
    assert {"MERGED", "WITHDRAWN", "CLOSED_SR", "CLOSED_REDIRECTED"} <= not_recorded


def test_only_triage_and_people_of_ours_find_that_something_must_be_recorded() -> None:
    found = {name: step.by for name, step in PROCEDURE.steps.items() if step.to == "RECORDING"}
    assert found == {
        "CRITERION_MET": By.TRIAGE,
        "SERIOUS_ISSUE_FOUND": By.ADVISER,
        "RECORDING_REQUESTED": By.ADVISER,
        "DISSATISFIED": By.ADVISER,
    }


def test_nothing_leads_back_from_recording_to_recovery_or_an_end_without_a_record() -> None:
    # Who withdraws in writing may, as long as no criterion stands in the way (L44).
    assert leaving("RECORDING") == {"RECORDED": "RECORDED", "WITHDRAWAL_SIGNED": "WITHDRAWN"}
    for state in RECORDED_STATES:
        leads = set(leaving(state).values()) - {BACK}
        assert leads <= RECORDED_STATES | {"WITHDRAWN"}, state


def test_only_the_force_says_what_the_force_does() -> None:
    theirs = {"FORCE_HANDLING", *FORCE.split(), "AT_IOPC", "IOPC_HANDLING", "SUSPENDED", BACK}
    for name, step in PROCEDURE.steps.items():
        if step.to in theirs or step.to in ("OUTCOME_GIVEN", "CLOSED_REG41"):
            assert step.by is By.FORCE or name == "UNMERGED", name


def test_what_a_team_leader_alone_decides() -> None:
    found = {name for name, step in PROCEDURE.steps.items() if step.by is By.TEAM_LEADER}
    assert found == {"NO_ENGAGEMENT", "LOOKED_AGAIN", "SET_ASIDE"}


def test_what_ends_a_case_says_so_to_its_clocks() -> None:
    recovered = {"SR_RESOLVED", "SR_UNRESOLVED_NFA"}
    for name, step in PROCEDURE.steps.items():
        if step.to in (None, BACK) or not ends(step.to):
            assert Happened.CLOSED not in step.happened, name
        elif step.to in recovered:
            # The case stays open to the person until they were told, and asked (R71).
            assert {Happened.SERVICE_RECOVERY_ENDED, Happened.OUTCOME} <= set(step.happened)
            assert step.told == (Happened.OUTCOME_TOLD,)
        else:
            assert Happened.CLOSED in step.happened, name


def test_what_leaves_an_end_opens_it_again_for_its_clocks() -> None:
    for state in filter(ends, PROCEDURE.states):
        for name in leaving(state):
            if name != "SURVEYED":
                assert Happened.REOPENED in PROCEDURE.steps[name].happened, (state, name)


def test_decisions_of_people_are_reasoned_or_told() -> None:
    # R60. Who asks for recording need give no reason, and nor need we.
    said = {"note", "words", "methods"}
    for name, step in PROCEDURE.steps.items():
        if step.by in (By.ADVISER, By.TEAM_LEADER) and name != "RECORDING_REQUESTED":
            assert step.needs & said, name
        if step.by in (By.TRIAGE, By.SYSTEM):
            assert not step.needs, name


def test_every_rule_is_one_of_the_domain_and_every_clock_knows_what_happens() -> None:
    assert {step.rule[0] for step in PROCEDURE.steps.values()} == {"R", "L"}
    started = {
        what
        for rules in load_rule_sets()
        for rule in rules.clocks.values()
        for what in (*rule.starts, *rule.met_by, *rule.dropped_by, *rule.counted_from)
    }
    happens = {what for step in PROCEDURE.steps.values() for what in (*step.happened, *step.told)}
    # Suspension changes no clock of a case (domain 6, 6); time taken is counted with and without.
    assert happens - started == {Happened.SUSPENDED, Happened.RESUMED}


@pytest.mark.parametrize("place", ["from", "to"])
def test_a_step_to_a_state_that_is_not_listed_is_refused(place: str) -> None:
    data: Any = read_yaml("procedure.yaml")
    value = "NOWHERE" if place == "to" else ["NOWHERE"]
    data["steps"]["CONTACTED"][place] = value
    with pytest.raises(ValidationError, match="CONTACTED names a state that is not listed"):
        Procedure.model_validate(data)
