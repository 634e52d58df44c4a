"""Code lists 4.1 to 4.13, and the mandatory criteria."""

import re
from datetime import date

import pytest

from complaints_contracts import codes
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
    ListName.PERSON_ROLE: "COMPLAINANT REPRESENTATIVE INTERESTED_PERSON WITNESS "
    "PERSON_COMPLAINED_OF ANONYMOUS",
    ListName.PERSON_COMPLAINED_OF: "OFFICER SPECIAL POLICE_STAFF PCSO_DESIGNATED VOLUNTEER "
    "CONTRACTOR FORMER UNIDENTIFIED",
    ListName.CONSENT: "NONE REQUESTED HELD NOT_REQUIRED WITHDRAWN",
    ListName.HANDLING_TYPE: "OUTSIDE_SCH3 SCH3_NOT_INVESTIGATED SCH3_INVESTIGATED "
    "SCH3_INVESTIGATED_SPECIAL SCH3_DIRECTED SCH3_INDEPENDENT SCH3_NFA",
    ListName.HANDLING_OUTCOME: "SERVICE_ACCEPTABLE SERVICE_NOT_ACCEPTABLE UNABLE_TO_DETERMINE "
    "NO_CASE_TO_ANSWER CASE_TO_ANSWER_MISCONDUCT CASE_TO_ANSWER_GROSS NFA WITHDRAWN REG41",
    ListName.RECORDING_REASON: "COMPLAINANT_WISHES DISSATISFIED_AFTER_INITIAL_HANDLING AA_DECIDES "
    "NATURE_OF_ALLEGATION",
    ListName.RECOVERY_METHOD: "CUSTOMER_SERVICE INFORMATION_EXPLANATION UPDATE QUESTION_ANSWERED "
    "PROPERTY_RETURN APOLOGY PREVENTION_CONFIRMED SIGNPOST POLICY_LOG",
    ListName.REVIEWED_HANDLING: "PARA_6A PARA_25",
    ListName.REVIEW_OUTCOME: "UPHELD NOT_UPHELD INVALID OUT_OF_TIME WITHDRAWN",
    ListName.REVIEW_INVALIDITY: "NO_RIGHT WRONG_BODY NOT_ELIGIBLE",
    ListName.REVIEW_RECOMMENDATION: "INVESTIGATE REINVESTIGATE REFER_IOPC REMEDY_28ZA PROCEEDINGS "
    "NOTIFY_DPP LEARNING_OBSERVATION",
    ListName.RECOMMENDATION_REPLY: "ACCEPTED PART DECLINED OVERDUE",
    ListName.RESTRICTION_STAGE: "WARNING RESTRICTED UNACCEPTABLE",
    ListName.RESTRICTION_MEASURE: "ONE_CHANNEL ONE_CONTACT SET_TIMES READ_AND_FILE NO_CALLS",
}

ON_THE_WIRE = {
    ListName.CHANNEL: codes.Channel,
    ListName.CONTACT_TYPE: codes.ContactType,
    ListName.SUBJECT: codes.Subject,
    ListName.REPRESENTATIVE: codes.RepresentativeKind,
    ListName.PERSON_ROLE: codes.PersonRole,
    ListName.CONSENT: codes.Consent,
    ListName.ADJUSTMENT: codes.Adjustment,
    ListName.VULNERABILITY: codes.Vulnerability,
    ListName.HANDLING_OUTCOME: codes.HandlingOutcome,
    ListName.RECORDING_REASON: codes.RecordingReason,
    ListName.RECOVERY_METHOD: codes.RecoveryMethod,
    ListName.REVIEW_GROUND: codes.ReviewGround,
    ListName.RESTRICTION_STAGE: codes.RestrictionStage,
    ListName.RESTRICTION_MEASURE: codes.RestrictionMeasure,
}
"""The contracts' enum of each list that has one."""

SAID_OTHERWISE = {
    # They end a case by steps of their own: WITHDRAWAL_RECORDED and NOT_RESUMED.
    ListName.HANDLING_OUTCOME: {"WITHDRAWN", "REG41"},
    # Officers are not named in a contact, and somebody anonymous is not there as a person.
    ListName.PERSON_ROLE: {"PERSON_COMPLAINED_OF", "ANONYMOUS"},
}
"""Codes that no record carries under the enum of their list."""


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


@pytest.mark.parametrize("name", ON_THE_WIRE)
def test_a_code_list_and_its_enum_in_the_contracts_have_the_same_codes(name: ListName) -> None:
    listed = {entry.code for entry in load_codes(name).on(TODAY)} - SAID_OTHERWISE.get(name, set())
    assert listed | {"OTHER"} == {code.value for code in ON_THE_WIRE[name]}


def test_every_list_that_has_an_enum_of_its_name_in_the_contracts_is_compared_with_it() -> None:
    enums = {name for name, one in vars(codes).items() if isinstance(one, type)}
    namesakes = {
        name for name in ListName if name.replace("_", " ").title().replace(" ", "") in enums
    }
    assert namesakes <= ON_THE_WIRE.keys()


def test_the_reasons_for_recording_read_as_in_the_national_bulletin() -> None:
    reasons = load_codes(ListName.RECORDING_REASON)
    assert [reason.label for reason in reasons.on(TODAY)][:3] == [
        "Complainant wishes the complaint to be recorded",
        "Dissatisfaction after initial handling",
        "AA/Body responsible for initial handling decides",
    ]


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
