"""The assessment gate (R28 to R30, R43, R44, L6, L7, domain 3.2; scenarios S1, S2, S3 and S6)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest
from pydantic import ValidationError

from complaints_law.codes import ListName, load_codes
from complaints_law.criteria import load_criteria
from complaints_law.routes_page import decision_table_page
from complaints_law.routing import (
    Allegation,
    Answer,
    Assessment,
    AssessmentIncomplete,
    Decision,
    Eligibility,
    NoRoute,
    Route,
    RouteTable,
    Wish,
    decide_route,
    load_routes,
)

TABLE = load_routes()
ROUTES = {row.id: row.route for row in TABLE.rows}
PAGE = Path(__file__).parents[2] / "docs" / "decision-table.md"

# Written down from the domain, not read from the table under test.
CRITERIA = ("MF1", "MF2", "MF3", "MF4", "MF5", "MF6", "MF7")
URGENT = {"MF2", "MF3", "MF5", "MF6"}
CONTACT_TYPES = [
    "COMPLAINT",
    "COMPLIMENT",
    "COMMUNITY_CONCERN",
    "MIXED",
    "REVIEW_APPLICATION",
    "STAFF_COMPLAINT",
    "COMPENSATION_CLAIM",
    "RECORDING_REQUEST",
    "WITHDRAWAL",
    "FURTHER_INFO",
    "FOI_SAR",
    "CRIME_OR_EMERGENCY",
    "PCC_CORRESPONDENCE",
    "SPAM_ABUSE",
]
SUBJECTS = [
    "FORCE",
    "CHIEF_CONSTABLE",
    "OTHER_FORCE",
    "OPCC_STAFF",
    "CHIEF_EXECUTIVE",
    "PCC_DPCC",
    "OTHER_BODY",
]
RECORDS = {Route.RECORD, Route.RECORD_URGENTLY}
BY_TYPE = {
    "COMPLIMENT": Route.COMPLIMENT,
    "COMMUNITY_CONCERN": Route.COMMUNITY_CONCERN,
    "REVIEW_APPLICATION": Route.REVIEW,
    "COMPENSATION_CLAIM": Route.SIGNPOST,
    "WITHDRAWAL": Route.WITHDRAWAL,
    "FURTHER_INFO": Route.FURTHER_INFORMATION,
    "FOI_SAR": Route.SIGNPOST,
    "CRIME_OR_EMERGENCY": Route.POLICE_NOW,
    "PCC_CORRESPONDENCE": Route.SIGNPOST,
    "SPAM_ABUSE": Route.SPAM,
}
BY_SUBJECT = {
    "OPCC_STAFF": Route.STAFF_COMPLAINT,
    "CHIEF_EXECUTIVE": Route.STAFF_COMPLAINT,
    "PCC_DPCC": Route.OTHER_BODY,
    "CHIEF_CONSTABLE": Route.OTHER_BODY,
    "OTHER_FORCE": Route.OTHER_BODY,
    "OTHER_BODY": Route.OTHER_BODY,
}
THEIRS = {
    "REVIEW_APPLICATION": set(SUBJECTS) - {"FORCE", "CHIEF_CONSTABLE"},
    "WITHDRAWAL": {"OTHER_FORCE", "PCC_DPCC", "OTHER_BODY"},
    "COMMUNITY_CONCERN": {"OTHER_FORCE", "OTHER_BODY"},
}
"""Whom a contact of the type can be about without being ours to deal with."""


class Rest(NamedTuple):
    """All that the route depends on but the answers."""

    contact_type: str
    subject: str
    eligibility: Eligibility
    wish: Wish

    @property
    def asks(self) -> bool:
        return self.wish is Wish.RECORD or self.contact_type == "RECORDING_REQUEST"


class Outcome(NamedTuple):
    """What one combination came to."""

    row: str
    urgent: bool
    second_look: bool

    @property
    def route(self) -> Route:
        return ROUTES[self.row]


def rests(contact_type: str) -> Iterator[Rest]:
    for subject, eligibility, wish in product(SUBJECTS, Eligibility, Wish):
        yield Rest(contact_type, subject, eligibility, wish)


def allegation(
    number: int = 1,
    category: str = "A1",
    advised: str = "",
    given: Mapping[str, str] | None = None,
    **answers: str,
) -> Allegation:
    """An allegation whose criteria are all "no" but those that are given, either way."""
    every = dict.fromkeys(CRITERIA, "NO") | dict(given or {}) | answers
    return Allegation(
        number=number,
        category=category,
        answers={name: Answer(answer) for name, answer in every.items()},
        advised=frozenset(advised.split()),
    )


def decide(rest: Rest, *allegations: Allegation, table: RouteTable = TABLE) -> Decision:
    return decide_route(Assessment(**rest._asdict(), allegations=allegations), table)


def complaint(wish: Wish = Wish.CONTENT, contact_type: str = "COMPLAINT") -> Rest:
    return Rest(contact_type, "FORCE", Eligibility.ELIGIBLE, wish)


NOTHING = allegation()
ORDINARY = allegation(MF4="YES")
SERIOUS = allegation(MF2="YES")
LEVELS: Mapping[str, Allegation] = {"no": NOTHING, "raised": ORDINARY, "urgent": SERIOUS}


def strictness(answers: tuple[Answer, ...]) -> str:
    open_ones = {name for name, said in zip(CRITERIA, answers, strict=True) if said != "NO"}
    return "urgent" if open_ones & URGENT else "raised" if open_ones else "no"


def expected(rest: Rest, strictest: str) -> Route:
    """The route in the words of the law and the promises, by another road than the table's."""
    if rest.subject == "FORCE":
        return expected_of_our_force(rest, strictest)
    emergency = rest.contact_type == "CRIME_OR_EMERGENCY"
    if emergency and rest.subject == "OTHER_BODY":
        return Route.POLICE_NOW
    serious = strictest != "no" or rest.asks
    if serious or rest.contact_type not in BY_TYPE:
        return BY_SUBJECT[rest.subject]
    if rest.subject in THEIRS.get(rest.contact_type, set()):
        return BY_SUBJECT[rest.subject]
    return BY_TYPE[rest.contact_type]


def expected_of_our_force(rest: Rest, strictest: str) -> Route:
    may_not_complain = rest.eligibility is Eligibility.NOT_ELIGIBLE
    if strictest != "no" and may_not_complain and not rest.asks:
        return Route.CONDUCT_MATTER
    if strictest == "urgent":
        return Route.RECORD_URGENTLY
    if strictest == "raised" or rest.asks:
        return Route.RECORD
    if rest.contact_type in BY_TYPE:
        return BY_TYPE[rest.contact_type]
    if rest.contact_type == "STAFF_COMPLAINT":
        return Route.SEEK_VIEWS
    if may_not_complain:
        return Route.COMMUNITY_CONCERN
    return Route.SERVICE_RECOVERY if rest.wish is Wish.CONTENT else Route.SEEK_VIEWS


VECTORS = [
    (
        allegation(given=dict(zip(CRITERIA, said_of_all, strict=True))),
        strictness(said_of_all),
    )
    for said_of_all in product(Answer, repeat=len(CRITERIA))
]


@pytest.mark.parametrize("contact_type", CONTACT_TYPES)
def test_every_combination_gets_the_one_route_that_the_rules_ask_for(contact_type: str) -> None:
    """All 14 x 7 x 3 x 3 x 3^7; what differs only in answers as strict gets the same outcome."""
    tried = 0
    for rest in rests(contact_type):
        outcomes: dict[str, set[Outcome]] = defaultdict(set)
        given = rest._asdict()
        for one, strictest in VECTORS:
            made = decide_route(Assessment(**given, allegations=(one,)), TABLE)
            outcomes[strictest].add(Outcome(made.row, made.urgent, made.second_look))
            tried += 1
        for strictest, several in outcomes.items():
            (outcome,) = several
            assert outcome.route is expected(rest, strictest), (rest, strictest)
            check_the_rules(rest, strictest, outcome)
    assert tried == 7 * 3 * 3 * 3**7


def check_the_rules(rest: Rest, strictest: str, outcome: Outcome) -> None:
    """What must hold whatever the table says."""
    route, case = outcome.route, (rest, strictest)
    if rest.subject == "FORCE" and strictest != "no":
        assert route in RECORDS | {Route.CONDUCT_MATTER}, case
        if rest.eligibility is not Eligibility.NOT_ELIGIBLE:
            assert route is (Route.RECORD_URGENTLY if strictest == "urgent" else Route.RECORD), case
    if rest.subject == "FORCE" and rest.wish is Wish.RECORD:
        assert route in RECORDS, f"L6: {case}"
    if route is Route.SERVICE_RECOVERY:
        assert strictest == "no", case
        assert rest.subject == "FORCE", case
        assert rest.contact_type in {"COMPLAINT", "MIXED"}, case
        assert rest.eligibility is not Eligibility.NOT_ELIGIBLE, case
        assert rest.wish is Wish.CONTENT, case
    if route is Route.CONDUCT_MATTER:
        assert rest.eligibility is Eligibility.NOT_ELIGIBLE, case
    if route in RECORDS:
        assert rest.subject == "FORCE", case
    if strictest == "urgent":
        assert outcome.urgent, case
    if strictest != "no":
        quiet = {Route.SIGNPOST, Route.SPAM, Route.COMPLIMENT, Route.COMMUNITY_CONCERN}
        assert route not in quiet | {Route.SERVICE_RECOVERY, Route.SEEK_VIEWS}, case
    assert outcome.second_look is (route in RECORDS | {Route.CONDUCT_MATTER}), case


def test_every_row_is_reached_and_every_route_is_taken() -> None:
    made = [
        decide(rest, one)
        for contact_type in CONTACT_TYPES
        for rest in rests(contact_type)
        for one in LEVELS.values()
    ]
    assert {decision.row for decision in made} == {row.id for row in TABLE.rows}
    assert {decision.route for decision in made} == set(Route)


def test_eligibility_that_is_not_sure_is_treated_as_eligible() -> None:
    for contact_type in CONTACT_TYPES:
        for rest in rests(contact_type):
            for one in LEVELS.values():
                sure = rest._replace(eligibility=Eligibility.ELIGIBLE)
                not_sure = rest._replace(eligibility=Eligibility.NOT_SURE)
                assert decide(sure, one) == decide(not_sure, one)


def test_of_two_allegations_the_strictest_decides_in_whatever_order() -> None:
    order = list(LEVELS)
    for contact_type in CONTACT_TYPES:
        for rest in rests(contact_type):
            for first, second in product(order, repeat=2):
                pair = (LEVELS[first], LEVELS[second].model_copy(update={"number": 2}))
                both = decide(rest, *pair)
                alone = decide(rest, LEVELS[max(first, second, key=order.index)])
                assert both.row == alone.row
                assert both.urgent is alone.urgent


def test_a_decision_names_the_answers_that_decided() -> None:
    first = allegation(1, "H1", MF4="NOT_SURE")
    second = allegation(2, "A3")
    made = decide(complaint(), first, second)
    assert made.route is Route.RECORD
    assert [(ground.allegation, ground.criterion, ground.answer) for ground in made.decided_by] == [
        (1, "MF4", Answer.NOT_SURE)
    ]
    third = allegation(3, "B4", MF1="YES", MF3="YES", MF6="NOT_SURE")
    made = decide(complaint(), first, second, third)
    assert made.route is Route.RECORD_URGENTLY
    assert [(ground.allegation, ground.criterion) for ground in made.decided_by] == [
        (3, "MF3"),
        (3, "MF6"),
    ]


def test_a_decision_says_why_by_which_rules_and_with_which_table() -> None:
    made = decide(complaint(), NOTHING)
    row = next(row for row in TABLE.rows if row.id == made.row)
    assert made.table_version == TABLE.version == "1"
    assert (made.rules, made.why) == (row.rules, row.why)
    assert {"L8", "R30"} <= set(made.rules)
    assert made.decided_by == ()


@pytest.mark.parametrize("criterion", CRITERIA)
def test_not_sure_counts_as_yes_until_there_is_advice_on_that_very_answer(criterion: str) -> None:
    unsure = allegation(given={criterion: "NOT_SURE"})
    assert decide(complaint(), unsure).route in RECORDS
    advised = allegation(advised=criterion, given={criterion: "NOT_SURE"})
    assert decide(complaint(), advised).route is Route.SERVICE_RECOVERY
    other = next(name for name in CRITERIA if name != criterion)
    elsewhere = allegation(advised=other, given={criterion: "NOT_SURE"})
    assert decide(complaint(), elsewhere) == decide(complaint(), unsure)
    another_allegation = allegation(2, given={criterion: "NOT_SURE"})
    assert decide(complaint(), advised, another_allegation).route in RECORDS


@pytest.mark.parametrize("criterion", CRITERIA)
def test_advice_does_not_turn_a_yes_into_a_no(criterion: str) -> None:
    assert (
        decide(complaint(), allegation(advised=criterion, given={criterion: "YES"})).route
        in RECORDS
    )


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("contact_type", CONTACT_TYPES)
def test_an_allegation_without_an_answer_is_refused(contact_type: str, criterion: str) -> None:
    answers = {name: answer for name, answer in NOTHING.answers.items() if name != criterion}
    gap = Allegation(number=2, category="A1", answers=answers)
    with pytest.raises(AssessmentIncomplete) as refused:
        decide(complaint(Wish.RECORD, contact_type), NOTHING, gap)
    assert str(refused.value) == (
        f"Allegation 2 has no answer to {criterion}: answer every criterion for it, with "
        '"not sure" where that is so.'
    )


def test_an_answer_to_something_else_is_refused() -> None:
    with pytest.raises(AssessmentIncomplete, match=r"answers a criterion that .* does not have"):
        decide(complaint(), allegation(MF8="YES"))


@pytest.mark.parametrize("contact_type", ["COMPLAINT", "MIXED", "STAFF_COMPLAINT"])
@pytest.mark.parametrize("wish", Wish)
def test_a_complaint_without_an_allegation_is_refused(contact_type: str, wish: Wish) -> None:
    with pytest.raises(AssessmentIncomplete, match="There is no allegation: enter at least one"):
        decide(complaint(wish, contact_type))


def test_other_contacts_need_no_allegation() -> None:
    for contact_type in set(CONTACT_TYPES) - {"COMPLAINT", "MIXED", "STAFF_COMPLAINT"}:
        for rest in rests(contact_type):
            assert decide(rest) == decide(rest, NOTHING)


def test_two_allegations_with_one_number_are_refused() -> None:
    with pytest.raises(AssessmentIncomplete, match="the same number"):
        decide(complaint(), NOTHING, ORDINARY)


@pytest.mark.parametrize(
    ("category", "looked_at"),
    [(f"{letter}1", letter in "FGJ") for letter in "ABDFGHJ"]
    + [("C", False), ("E", False), ("F10", True), ("G6", True), ("K", False), ("L", False)],
)
def test_a_team_leader_looks_at_some_categories_as_well(category: str, looked_at: bool) -> None:
    assert decide(complaint(), NOTHING).second_look is False
    made = decide(complaint(), NOTHING, allegation(2, category))
    assert made.route is Route.SERVICE_RECOVERY
    assert made.second_look is looked_at


@pytest.mark.parametrize("category", ["", "I1", "M", "B0", "b4", "B4 and F6"])
def test_a_category_that_is_none_is_refused(category: str) -> None:
    with pytest.raises(ValidationError):
        allegation(category=category)


def test_an_unknown_contact_type_or_subject_is_refused() -> None:
    with pytest.raises(ValidationError, match="contact_type does not have this code"):
        decide(complaint()._replace(contact_type="COMPLAINTS"), NOTHING)
    with pytest.raises(ValidationError, match="subject does not have this code"):
        decide(complaint()._replace(subject="CLEVELAND_FORCE"), NOTHING)


def test_s1_a_service_matter_is_put_right_without_recording() -> None:
    asked = [allegation(1, "A1"), allegation(2, "A3")]
    assert decide(complaint(Wish.NOT_SAID), *asked).route is Route.SEEK_VIEWS
    made = decide(complaint(Wish.CONTENT), *asked)
    assert (made.route, made.urgent, made.second_look) == (Route.SERVICE_RECOVERY, False, False)


@pytest.mark.parametrize("wish", Wish)
def test_s2_an_alleged_injury_is_recorded_urgently_whatever_the_caller_wants(wish: Wish) -> None:
    force = allegation(1, "B4", MF2="YES", MF3="YES", MF6="YES")
    made = decide(complaint(wish), force, allegation(2, "H5"))
    assert (made.route, made.urgent, made.second_look) == (Route.RECORD_URGENTLY, True, True)
    assert {ground.criterion for ground in made.decided_by} == {"MF2", "MF3", "MF6"}


def test_s3_words_that_may_be_discrimination_are_recorded_though_nothing_formal_is_wanted() -> None:
    asked = [allegation(1, "B1"), allegation(2, "F6", MF4="YES", MF6="YES"), allegation(3, "H3")]
    made = decide(complaint(Wish.CONTENT), *asked)
    assert made.route is Route.RECORD_URGENTLY
    assert "L7" in made.rules
    curt = decide(complaint(Wish.CONTENT), allegation(1, "B1"), allegation(2, "F6"))
    assert (curt.route, curt.second_look) == (Route.SERVICE_RECOVERY, True), "not by the category"


def test_s6_a_claim_is_signposted_and_the_complaint_with_it_recorded_when_she_asks() -> None:
    assert decide(complaint(Wish.NOT_SAID, "COMPENSATION_CLAIM")).route is Route.SIGNPOST
    door = [allegation(1, "B2"), allegation(2, "C")]
    assert decide(complaint(Wish.CONTENT), *door).route is Route.SERVICE_RECOVERY
    made = decide(complaint(Wish.RECORD), *door)
    assert (made.route, made.row) == (Route.RECORD, "record-asked-for")
    assert "L6" in made.rules


def test_the_criteria_are_those_that_are_asked() -> None:
    assert TABLE.criteria == {criterion.id for criterion in load_criteria().criteria}
    assert [entry.code for entry in load_codes(ListName.CONTACT_TYPE).codes] == CONTACT_TYPES
    assert [entry.code for entry in load_codes(ListName.SUBJECT).codes] == SUBJECTS


def test_every_row_names_its_rules_its_source_and_its_reason() -> None:
    for row in TABLE.rows:
        assert all(re.fullmatch(r"[LR]\d+[a-z]?", rule) for rule in row.rules), row.id
        assert re.search(r"\bAct\b|Regulations|[Tt]he office's published", row.source), row.id
        assert row.why.endswith("."), row.id


def test_a_table_with_a_gap_refuses_and_does_not_guess() -> None:
    short = RouteTable.model_validate(dict(TABLE) | {"rows": TABLE.rows[:-1]})
    with pytest.raises(NoRoute, match=re.escape("version 1")):
        decide(complaint(), NOTHING, table=short)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"urgent_criteria": {"MF9"}}, "an urgent criterion is not among the criteria"),
        ({"routes": {"RECORD": "Record it"}}, "every route needs its words"),
        ({"rows": [TABLE.rows[0], TABLE.rows[0]]}, "two rows have the same id"),
        ({"needs_allegation": {"COMPLAINTS"}}, "does not have this code"),
    ],
)
def test_a_table_that_is_not_whole_is_refused(changed: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        RouteTable.model_validate(dict(TABLE) | changed)


def test_the_page_is_what_the_data_prints() -> None:
    assert PAGE.read_text(encoding="utf-8") == decision_table_page(TABLE), (
        "run python -m complaints_law.routes_page docs/decision-table.md"
    )


def test_the_page_has_the_rows_in_their_order() -> None:
    shown = re.findall(r"^\| (\d+) `([a-z-]+)` \|", decision_table_page(TABLE), flags=re.MULTILINE)
    assert shown == [(str(number), row.id) for number, row in enumerate(TABLE.rows, start=1)]
