"""Code lists 4.1 to 4.5, 4.7, 4.9, 4.11 and 4.12, and the mandatory criteria."""

import re
from datetime import date

import pytest

from complaints_law.codes import Code, CodeList, ListName, load_codes
from complaints_law.criteria import load_criteria
from complaints_law.errors import UnknownCode

TODAY = date(2026, 4, 2)

# Copied from the domain's lists, not from the data under test.
LISTS = {
    ListName.CHANNEL: "WEB PHONE EMAIL LETTER IN_PERSON FAX FORCE_101 FORCE_STATION FORCE_DSE "
    "FORCE_WEB IOPC MP_COUNCILLOR SOLICITOR SUPPORT_ORG SOCIAL_MEDIA SURVEY_REPLY",
    ListName.CONTACT_TYPE: "COMPLAINT COMPLIMENT COMMUNITY_CONCERN MIXED REVIEW_APPLICATION "
    "STAFF_COMPLAINT COMPENSATION_CLAIM RECORDING_REQUEST WITHDRAWAL FURTHER_INFO FOI_SAR "
    "CRIME_OR_EMERGENCY PCC_CORRESPONDENCE SPAM_ABUSE",
    # FORCE is any office's own force; the domain's list names the first office's.
    ListName.SUBJECT: "FORCE CHIEF_CONSTABLE OTHER_FORCE OPCC_STAFF CHIEF_EXECUTIVE PCC_DPCC "
    "OTHER_BODY",
    ListName.COMPLAINANT_ROLE: "PERSON_TO_WHOM ADVERSELY_AFFECTED WITNESS ON_BEHALF",
    ListName.REPRESENTATIVE: "PARENT_GUARDIAN SOLICITOR FRIEND_FAMILY MP COUNCILLOR ADVOCATE OTHER",
    ListName.ADJUSTMENT: "INTERPRETER BSL LARGE_PRINT BRAILLE EASY_READ AUDIO TEXT_RELAY "
    "HOME_VISIT PREFERRED_TIME WRITTEN_ONLY PHONE_ONLY ADVOCATE EXTRA_TIME OTHER",
    ListName.VULNERABILITY: "UNDER_18 MENTAL_HEALTH LEARNING_DISABILITY DOMESTIC_ABUSE BEREAVED "
    "SAFETY_RISK LITERACY",
    ListName.ALLEGATION_CATEGORY: "A1 A2 A3 A4 B1 B2 B3 B4 B5 B6 B7 B8 B9 C D1 D2 D3 D4 E F1 F2 "
    "F3 F4 F5 F6 F7 F8 F9 F10 G1 G2 G3 G4 G5 G6 H1 H2 H3 H4 H5 J1 J2 J3 K L",
    ListName.ALLEGATION_FACTOR: "ARREST BODY_WORN_VIDEO CALL_HANDLING "
    "CHILD_SEXUAL_ABUSE_OR_EXPLOITATION CUSTODY DOGS DOMESTIC_OR_GENDER_ABUSE FIREARMS FRAUD "
    "HATE_CRIME INVESTIGATION MENTAL_HEALTH MISSING_PERSONS NEIGHBOUR_DISPUTE OFF_DUTY "
    "POLICE_VEHICLES_OR_ROADS PROTEST_OR_PUBLIC_ORDER RESTRAINT_EQUIPMENT SEARCH SEXUAL_OFFENCES "
    "SOCIAL_MEDIA STOP_AND_SEARCH TASER VIOLENCE_AGAINST_WOMEN_AND_GIRLS YOUNG_PERSON",
    ListName.ALLEGATION_OUTCOME: "RESOLVED NOT_RESOLVED_NFA WITHDRAWN MOVED_TO_SCH3",
    ListName.ALLEGATION_ACTION: "EXPLANATION APOLOGY LEARNING_FROM_REFLECTION DEBRIEF "
    "GOODWILL_GESTURE ORGANISATIONAL_LEARNING POLICY_REVIEW REVIEW_OF_INFORMATION_HELD RPRP UPP "
    "MISCONDUCT_MEETING MISCONDUCT_HEARING ACCELERATED_HEARING CRIMINAL_PROCEEDINGS OTHER NFA",
    ListName.REVIEW_GROUND: "OUTCOME HANDLING INFORMATION EVIDENCE_NOT_CONSIDERED "
    "ALLEGATION_MISSED REMEDY",
}


@pytest.mark.parametrize("name", ListName)
def test_a_code_list_has_exactly_the_codes_of_the_domain(name: ListName) -> None:
    code_list = load_codes(name)
    assert code_list.name is name
    assert [entry.code for entry in code_list.on(TODAY)] == LISTS[name].split()


@pytest.mark.parametrize("name", ListName)
def test_every_code_has_one_label_of_its_own(name: ListName) -> None:
    labels = [entry.label for entry in load_codes(name).on(TODAY)]
    assert len(set(labels)) == len(labels)
    assert all(labels)


REWORDED = CodeList(
    name=ListName.CHANNEL,
    version="2",
    codes=(
        Code(code="FAX", label="Fax", valid_from=date(2020, 2, 1), valid_to=date(2026, 6, 30)),
        Code(code="WEB", label="Web form", valid_from=date(2020, 2, 1), valid_to=date(2026, 6, 30)),
        Code(code="WEB", label="Online form", valid_from=date(2026, 7, 1)),
    ),
)


def test_a_label_is_the_one_of_the_day_asked_about() -> None:
    assert REWORDED.label("WEB", date(2026, 6, 30)) == "Web form"
    assert REWORDED.label("WEB", date(2026, 7, 1)) == "Online form"


def test_a_code_that_has_ended_is_offered_no_more_but_still_reads() -> None:
    assert [entry.code for entry in REWORDED.on(date(2026, 7, 1))] == ["WEB"]
    assert REWORDED.label("FAX", date(2026, 6, 30)) == "Fax"


def test_a_code_the_list_does_not_have_that_day_is_refused_with_those_it_has() -> None:
    with pytest.raises(UnknownCode) as refused:
        REWORDED.label("FAX", date(2026, 7, 1))
    assert str(refused.value) == (
        "The code list channel (version 2) does not have this code on 2026-07-01: use one of WEB."
    )
    with pytest.raises(UnknownCode, match="use one of nothing"):
        REWORDED.label("WEB", date(2020, 1, 31))


def test_there_are_seven_mandatory_criteria_and_each_names_its_rules() -> None:
    criteria = load_criteria().criteria
    assert [criterion.id for criterion in criteria] == [f"MF{n}" for n in range(1, 8)]
    for criterion in criteria:
        assert criterion.question.endswith("?")
        assert "R43" in criterion.rules
        assert all(re.fullmatch(r"[LR]\d+[a-z]?", rule) for rule in criterion.rules)
        assert criterion.source
