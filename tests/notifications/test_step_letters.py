"""What the letter about each step says, for two offices, and that it says nothing to strangers."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest
from notices import SECRET, THURSDAY

from complaints_contracts.codes import (
    CaseStatus,
    CaseStep,
    ContactType,
    HandlingOutcome,
    Medium,
    Purpose,
    RecordingReason,
    ReviewBody,
    ReviewLimb,
)
from complaints_law.calendar import load_calendar
from complaints_law.clocks import derive_clock
from complaints_law.errors import LawError
from complaints_law.london import london_day
from complaints_law.office import OfficeProfile, load_office
from complaints_law.procedure import BACK, load_procedure
from complaints_law.rule_sets import ClockKind, load_rule_sets, rule_set_on
from complaints_notifications.data import load_catalogue
from complaints_notifications.domain.catalogue import Catalogue, Required
from complaints_notifications.domain.facts import NoticeOpened, StepToTell
from complaints_notifications.domain.notice import prepare
from complaints_notifications.domain.promise import Law
from complaints_notifications.domain.wording import lines_of
from complaints_notifications.letters import Composed, Letters

CATALOGUE = load_catalogue()
PROCEDURE = load_procedure()
RULES = load_rule_sets()
CALENDAR = load_calendar()
NORTHMOOR = Path(__file__).parents[1] / "law" / "data" / "northmoor.yaml"
NO_COMPLAINT = {
    *(CaseStatus.COMPLIMENT, CaseStatus.CONCERN),
    *(CaseStatus.STAFF_COMPLAINT, CaseStatus.REVIEW_APPLICATION),
}
ADDRESS = "robin@people.example"
REFERENCE, OTHER_REFERENCE = "7K3M-9QX4-D", "4TTB-8W2C-H"
WORDS = "We listened to your call again.\nNobody rang you back.\n\nWe are sorry for that."
WORDS_AT_ONCE = " ".join(WORDS.split())


class House(NamedTuple):
    """An office, with who in it and which force a letter names."""

    office: OfficeProfile
    adviser: str
    force: str

    @property
    def letters(self) -> Letters:
        return Letters(self.office, SECRET)

    @property
    def law(self) -> Law:
        return Law(CALENDAR, RULES, self.office.opening_hours)


HOUSES = {
    "cleveland": House(load_office(), "adviser-1", "cleveland"),
    "northmoor": House(load_office(NORTHMOOR), "case-2", "tarn-valley"),
}


@pytest.fixture(params=HOUSES)
def house(request: pytest.FixtureRequest) -> House:
    return HOUSES[request.param]


def status_after(step: CaseStep) -> CaseStatus:
    taken = PROCEDURE.steps[step]
    if taken.to == BACK:
        return CaseStatus.FORCE_HANDLING
    return CaseStatus(taken.to or min(taken.from_))


def opened(house: House, step: CaseStep, **fields: object) -> NoticeOpened:
    """A notice of a step with everything that it can require, unless `fields` say otherwise."""
    given: dict[str, object] = {
        "step": step,
        "status": status_after(step),
        "at": THURSDAY,
        "person_id": UUID(int=1),
        "words": WORDS,
        "adviser_id": house.adviser,
        "recorded_for": RecordingReason.COMPLAINANT_WISHES,
        "force": house.force,
        "outcome": HandlingOutcome.SERVICE_ACCEPTABLE,
        "review_body": ReviewBody.LPB,
        "review_limb": ReviewLimb.REG_32_D,
        "open_reference": OTHER_REFERENCE,
    }
    return NoticeOpened(
        notice_id=UUID(int=2),
        contact_id=UUID(int=3),
        reference=REFERENCE,
        purpose=Purpose.CASE_STEP,
        at=THURSDAY,
        received_at=THURSDAY - timedelta(days=14),
        made_at=None,
        person_id=UUID(int=1),
        name="Robin Example",
        address=ADDRESS,
        first_contact=Medium.TELEPHONE,
        instead=None,
        case_id=UUID(int=4),
        step_id=UUID(int=5),
        told=StepToTell.model_validate(given | fields),
    )


def composed(house: House, notice: NoticeOpened, at: datetime = THURSDAY) -> Composed:
    return house.letters.compose(notice, house.law.promise(notice, at), ADDRESS, at)


def letter(house: House, step: CaseStep, **fields: object) -> EmailMessage:
    content = composed(house, opened(house, step, **fields)).content
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


class Shown(HTMLParser):
    """What a page shows, and where its links go."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.feed(re.sub("<style>.*</style>", "", page, flags=re.DOTALL))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.words += ["\n"] if tag == "br" else []
        self.links += [value or "" for name, value in attrs if name == "href"]


def bodies(message: EmailMessage) -> tuple[str, str]:
    plain, page = message.get_body(("plain",)), message.get_body(("html",))
    assert plain
    assert page
    return _unix(plain.get_content()), _unix(page.get_content())


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n")


def shown(message: EmailMessage) -> tuple[str, str]:
    """What both parts say, on one line each."""
    plain, page = bodies(message)
    return " ".join(plain.split()), " ".join("".join(Shown(page).words).split())


@pytest.mark.parametrize("step", CATALOGUE.steps)
def test_every_letter_says_what_it_must_in_both_parts(house: House, step: CaseStep) -> None:
    message = letter(house, step)
    office, entry = house.office, CATALOGUE.steps[step]
    assert not [part.defects for part in message.walk() if part.defects]
    adviser = next(member for member in office.staff if member.id == house.adviser)
    force = next(force for force in office.forces if force.key == house.force)
    contained = {
        Required.WORDS: [],  # they are in every letter that has some: below
        Required.ADVISER: [],
        Required.FORCE: [force.name, force.professional_standards],
        Required.REVIEW_BODY: [office.name, office.addresses.reviews],
        Required.REVIEW_LIMB: [],  # only where it is the IOPC: below
        Required.OUTCOME: ["The decision is: the service that you were given was acceptable."],
        Required.RECORDED_FOR: ["because you asked for it"],
        Required.ABOUT: [OTHER_REFERENCE],
    }
    for words in shown(message):
        for wanted in (
            REFERENCE,
            office.telephone,
            office.addresses.complaints,
            office.postal_address[-1],
            office.opening_hours_text(),
            office.wording.emergency_advice,
            office.team_name,
            adviser.name,
            adviser.telephone,
            adviser.email,
            *([WORDS_AT_ONCE] if entry.has_words else []),
            *(each for need in entry.requires for each in contained[need]),
        ):
            assert wanted in words
        assert not re.search(r"[{}]|None|\[erased\]|_(day|days)\b", words)
    page = bodies(message)[1]
    assert not {*Shown(page).tags} & {"img", "table", "script", "form", "link"}
    assert f"mailto:{adviser.email}" in Shown(page).links


@pytest.mark.parametrize("step", CATALOGUE.steps)
def test_every_letter_says_that_they_may_ask_for_recording_until_it_is_recorded(
    house: House, step: CaseStep
) -> None:
    """R33: at any time, whatever became of it, but not of what is recorded already, or no
    complaint."""
    for state in PROCEDURE.steps[step].from_:
        after = PROCEDURE.steps[step].to
        status = CaseStatus(after if after and after != BACK else state)
        recorded = PROCEDURE.states[state].recorded or PROCEDURE.states[status].recorded
        for words in shown(letter(house, step, status=status)):
            offered = bool(re.search("record your complaint[^.]*at any time|at any time to", words))
            expected = not (recorded or status is CaseStatus.RECORDING or status in NO_COMPLAINT)
            assert offered is expected, (step, status)


@pytest.mark.parametrize("step", CATALOGUE.steps)
def test_its_headers_give_nothing_away_and_answer_nobody(house: House, step: CaseStep) -> None:
    mail = composed(house, opened(house, step))
    message = letter(house, step)
    office = house.office
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["Reply-To"].addresses[0].addr_spec == office.addresses.complaints
    assert message["X-Loop-Id"] == office.mail.domain
    assert message["Message-ID"] == mail.message_id
    assert message["Date"].datetime == THURSDAY
    assert REFERENCE in message["Subject"]
    assert mail.content.isascii()
    assert max(len(line) for line in mail.content.split(b"\r\n")) <= 78
    plain, page = shown(message)
    start = page.index("Robin Example")
    for words in (message["Subject"], plain[:220], page[start : start + 200]):
        assert not re.search(
            "complain|polic|officer|crime|review|record|IOPC", words, re.IGNORECASE
        )
    sight = plain[: plain.index(REFERENCE)]
    assert WORDS[:10] not in sight


@pytest.mark.parametrize("step", CATALOGUE.steps)
def test_without_words_of_anybody_it_is_whole(house: House, step: CaseStep) -> None:
    if Required.WORDS in CATALOGUE.steps[step].requires:
        with pytest.raises(LookupError, match="words"):
            letter(house, step, words=None)
        return
    for words in shown(letter(house, step, words=None)):
        assert not re.search(r"know: [A-Z]|short: |tell you: |about it: ", words)


def test_the_same_notice_gives_the_same_bytes(house: House) -> None:
    for step in CATALOGUE.steps:
        notice = opened(house, step)
        assert composed(house, notice) == composed(house, notice)


@pytest.mark.parametrize(
    ("step", "kind", "day", "in_words"),
    [
        (CaseStep.OUTCOME_LETTER, "REVIEW_PERIOD", date(2026, 4, 29), "Wednesday 29 April 2026"),
        (CaseStep.UPDATED, "NEXT_UPDATE", date(2026, 4, 29), "Wednesday 29 April 2026"),
        (CaseStep.OFFERED, "OFFER", date(2026, 4, 15), "Wednesday 15 April 2026"),
    ],
)
def test_the_date_in_the_letter_is_the_law_s(
    house: House, step: CaseStep, kind: str, day: date, in_words: str
) -> None:
    at = datetime(2026, 4, 1, 9, 30, tzinfo=UTC)
    notice = opened(house, step)
    promise = house.law.promise(notice, at)
    rules = rule_set_on(london_day(notice.received_at), RULES)
    law = derive_clock(ClockKind(kind), at, CALENDAR, rules, house.office.opening_hours)
    [clock] = prepare(notice, promise, THURSDAY).dates
    assert (clock.kind, clock.due_at, clock.do_by) == (kind, law.due_at, law.do_by)
    assert (clock.calendar_version, clock.rules_version) == (CALENDAR.version, rules.version)
    assert law.due_on == day
    mail = house.letters.compose(notice, promise, ADDRESS, at)
    message = message_from_bytes(mail.content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    for words in shown(message):
        assert in_words in words


def test_a_date_that_was_told_does_not_move(house: House) -> None:
    """Domain 6, invariant 8: it is written again from what was prepared, days later."""
    notice = opened(house, CaseStep.OUTCOME_LETTER)
    before = prepare(notice, house.law.promise(notice, THURSDAY), THURSDAY)
    later = house.law.promise(notice, THURSDAY + timedelta(days=5), before)
    assert later.dates == before.dates


def test_only_the_dates_that_a_letter_tells_are_kept(house: House) -> None:
    for step in CATALOGUE.steps:
        notice = opened(house, step, review_body=ReviewBody.NONE)
        kinds = {clock.kind for clock in house.law.promise(notice, THURSDAY).dates}
        told = {"OFFERED": {"OFFER"}, "UPDATED": {"NEXT_UPDATE"}}
        assert kinds == told.get(step, set()), step


def test_beyond_the_calendar_no_letter_makes_a_date_up(house: House) -> None:
    then = datetime(2199, 1, 1, tzinfo=UTC)
    with pytest.raises(LawError):
        composed(house, opened(house, CaseStep.OUTCOME_LETTER), then)


@pytest.mark.parametrize(
    ("body", "said", "unsaid"),
    [
        (
            ReviewBody.LPB,
            ["no right to apply to the Independent Office", "independent adjudicator", "Thursday"],
            ["judicial review", "regulation 32"],
        ),
        (
            ReviewBody.IOPC,
            [
                "body that reviews it is the Independent Office for Police Conduct",
                "It is the IOPC, and not us, that would review it, under regulation 32(d) of the"
                " Police (Complaints and Misconduct) Regulations 2020.",
                "we forward it to the IOPC",
            ],
            ["independent adjudicator", "judicial review", "information-for-police"],
        ),
        (
            ReviewBody.NONE,
            ["no right to apply for a review", "judicial review", "three months", "not advice"],
            ["last day to apply", "How to apply", "HOW TO APPLY"],
        ),
    ],
)
def test_the_outcome_names_who_reviews_it_or_that_nobody_does(
    house: House, body: ReviewBody, said: list[str], unsaid: list[str]
) -> None:
    for words in shown(letter(house, CaseStep.OUTCOME_LETTER, review_body=body)):
        assert not [each for each in said if each not in words]
        assert not [each for each in unsaid if each in words]
        if body is not ReviewBody.NONE:
            force = next(f.name for f in house.office.forces if f.key == house.force)
            for asked in (  # regulation 29(5), L36
                "what your complaint is about",
                "when you made it",
                f"handled it: {force}",
                "when you were told of the outcome: Thursday 2 April 2026",
                "The last day to apply is Thursday 30 April 2026",
            ):
                assert asked in words


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        (RecordingReason.COMPLAINANT_WISHES, "because you asked for it"),
        (RecordingReason.DISSATISFIED_AFTER_INITIAL_HANDLING, "you were not satisfied"),
        (RecordingReason.AA_DECIDES, "it should be looked into formally"),
        (RecordingReason.NATURE_OF_ALLEGATION, "the law requires it where a complaint alleges"),
    ],
)
def test_recording_is_told_with_why_in_public_words_and_offers_a_copy(
    house: House, reason: RecordingReason, said: str
) -> None:
    for words in shown(letter(house, CaseStep.RECORDED, recorded_for=reason)):
        for wanted in (
            said,
            "Schedule 3 to the Police Reform Act 2002",
            "at least once every 28 days",
            "Received by us: Thursday 19 March 2026",
            "Recorded: Thursday 2 April 2026",
            "everything you have added since",
            "You can have a copy of it, free of charge: just ask us",
            "be told whether, and of whom, you can ask for a review",
        ):
            assert wanted in words
        assert reason.value not in words
        assert "your copy" not in words.casefold()


def test_service_recovery_names_its_four_conditions_and_its_aim(house: House) -> None:
    for words in shown(letter(house, CaseStep.SERVICE_RECOVERY_STARTED)):
        for wanted in (
            "no right to a review",  # R32
            "at any time to record your complaint formally",  # R33
            "does not work, your complaint is recorded formally and passed to",  # R34
            "fell short of what it should be, or that somebody's way of working needs to",  # R35
            "within 28 days of the day you first told us",  # R36
        ):
            assert wanted in words
        assert "something serious" not in words


def test_a_missed_aim_is_told_without_a_date_that_nobody_has(house: House) -> None:
    for words in shown(letter(house, CaseStep.TARGET_MISSED)):
        for wanted in (
            "We aim to put things right within 28 days, and we have not done so in your case. We"
            " are sorry. Your complaint stays open, and we go on working on it.",
            "explain what we are waiting for, and to give you a new date.",
        ):
            assert wanted in words


BY_THE_FORCE = [
    *(CaseStep.REFERRED, CaseStep.IOPC_LOCAL, CaseStep.IOPC_RETURNED, CaseStep.IOPC_DIRECTED),
    *(CaseStep.IOPC_INDEPENDENT, CaseStep.INVESTIGATING, CaseStep.HANDLED_OTHERWISE),
    *(CaseStep.HANDLING_SUSPENDED, CaseStep.HANDLING_RESUMED, CaseStep.NOT_RESUMED),
    CaseStep.WITHDRAWAL_RECORDED,
]


@pytest.mark.parametrize("step", [*BY_THE_FORCE, CaseStep.WITHDRAWAL_PASSED_ON])
def test_the_words_of_a_force_and_those_for_it_are_in_no_letter(
    house: House, step: CaseStep
) -> None:
    """L30b: an adviser tells of them what does no harm."""
    for words in shown(letter(house, step)):
        assert WORDS_AT_ONCE[:20] not in words
        assert "asked to tell you" not in words
        asked = "We have asked how it will go about it, and your adviser tells you." in words
        assert asked is (step in {CaseStep.INVESTIGATING, CaseStep.HANDLED_OTHERWISE})


def test_a_withdrawal_that_was_passed_on_is_confirmed(house: House) -> None:
    force = next(f.name for f in house.office.forces if f.key == house.force)
    for words in shown(letter(house, CaseStep.WITHDRAWAL_PASSED_ON, words=None)):
        assert (
            f"We have your signed withdrawal and passed it to {force} on Thursday 2 April 2026. It"
            " decides, and we tell you what it decided." in words
        )


@pytest.mark.parametrize("limb", [limb for limb in ReviewLimb if limb is not ReviewLimb.OTHER])
def test_a_review_by_the_iopc_names_its_paragraph_and_explains_only_what_we_know(
    house: House, limb: ReviewLimb
) -> None:
    """L30a: which paragraph of regulation 32; the sources say only what (c) stands for."""
    fields = {"review_body": ReviewBody.IOPC, "review_limb": limb}
    letter_of = limb.value.removeprefix("REG_32_").lower()
    for words in shown(letter(house, CaseStep.OUTCOME_LETTER, **fields)):
        if limb is ReviewLimb.LPB_IS_AA:
            assert "we ourselves are responsible for your complaint" in words
        else:
            assert f"that would review it, under regulation 32({letter_of}) of the" in words
        explained = "it could not be ruled out, from your complaint alone" in words
        assert explained is (limb is ReviewLimb.REG_32_C)


def test_how_to_apply_to_the_iopc_is_the_page_for_the_public_where_there_is_one() -> None:
    fields = {"review_body": ReviewBody.IOPC}
    for house in HOUSES.values():
        links = house.office.links
        page = bodies(letter(house, CaseStep.OUTCOME_LETTER, **fields))[1]
        assert str(links.iopc_guidance) not in Shown(page).links
        if links.iopc_reviews:
            assert str(links.iopc_reviews) in Shown(page).links
        for words in shown(letter(house, CaseStep.OUTCOME_LETTER, **fields)):
            assert ("says on its website how to apply" in words) is bool(links.iopc_reviews)
            assert "send your application to us: we forward it to the IOPC" in words  # L34
    assert [bool(house.office.links.iopc_reviews) for house in HOUSES.values()] == [True, False]


@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        (
            HandlingOutcome.CASE_TO_ANSWER_GROSS,
            "a case to answer for gross misconduct. That is not",
        ),
        (HandlingOutcome.CASE_TO_ANSWER_MISCONDUCT, "a case to answer for misconduct. That is not"),
        (HandlingOutcome.NO_CASE_TO_ANSWER, "there is no case to answer for misconduct."),
        (HandlingOutcome.NFA, "no further action is taken."),
    ],
)
def test_every_outcome_is_named(house: House, outcome: HandlingOutcome, said: str) -> None:
    for words in shown(letter(house, CaseStep.OUTCOME_LETTER, outcome=outcome)):
        assert "A decision has been made on your complaint. The decision is: " in words
        assert said in words


def test_where_the_iopc_tells_them_we_promise_no_update(house: House) -> None:
    """L28: it owes them that; no clock of ours runs."""
    notice = opened(house, CaseStep.UPDATED, status=CaseStatus.IOPC_HANDLING)
    assert house.law.promise(notice, THURSDAY).dates == ()
    for words in shown(letter(house, CaseStep.UPDATED, status=CaseStatus.IOPC_HANDLING)):
        assert "The IOPC keeps you informed from here." in words
        assert "hear from us again" not in words


@pytest.mark.parametrize(
    ("opened_as", "said"),
    [
        (ContactType.COMPLIMENT, "your thanks reach those who earned them"),
        (ContactType.COMMUNITY_CONCERN, "look at what worries you"),
    ],
)
def test_who_praises_or_is_worried_is_not_answered_like_who_complains(
    house: House, opened_as: ContactType, said: str
) -> None:
    first = {"status": CaseStatus.ASSESSING, "opened_as": opened_as}
    for words in shown(letter(house, CaseStep.CONTACTED, **first)):
        assert said in words
        assert not re.search("your complaint|put right|28 days", words)
    for words in shown(letter(house, CaseStep.UPDATED, **first)):
        assert "formally" not in words
    became_one = {"status": CaseStatus.SR_OPEN, "opened_as": opened_as}
    for words in shown(letter(house, CaseStep.UPDATED, **became_one)):
        assert "record your complaint formally" in words
    for words in shown(letter(house, CaseStep.CONTACTED)):
        assert "how it can best be put right" in words


def test_a_letter_to_who_acts_for_somebody_begins_with_that(house: House) -> None:
    said = (
        "We write to you because you act for the person whose complaint has this reference. Where"
        " this letter says “you” or “your complaint”, it means them."
    )
    for step in CATALOGUE.steps:
        for words in shown(letter(house, step, to_representative=True)):
            assert words.index(said) < words.index("straight away.") + 50
        for words in shown(letter(house, step)):
            assert said not in words


def test_what_goes_elsewhere_can_still_be_recorded_and_is_offered_that_once(house: House) -> None:
    for words in shown(letter(house, CaseStep.REDIRECTED)):
        assert "you can ask us at any time to record your complaint formally." in words
        assert "If you want it recorded formally" not in words


def test_words_keep_their_lines_and_nothing_in_them_is_markup(house: House) -> None:
    hostile = 'First <b>line</b> & "more"\r\n{reference} {{ 7 * 7 }}\x1b[31m\rThird\n\n\n<script>'
    plain, page = bodies(letter(house, CaseStep.UPDATED, words=hostile))
    assert 'First <b>line</b> & "more"\n{reference} {{ 7 * 7 }}[31m\nThird\n\n<script>\n' in plain
    assert "First &lt;b&gt;line&lt;/b&gt; &amp;" in page
    assert "<br>{reference} {{ 7 * 7 }}[31m<br>Third</p>" in page
    assert "script" not in Shown(page).tags
    assert "b" not in Shown(page).tags


def test_words_are_read_in_paragraphs_of_lines() -> None:
    assert lines_of("  a \r\nb\u2028c\n \n\n\td\x00\n") == (("  a", "b", "c"), ("\td",))
    assert lines_of("a\x0bb\x0cc") == (("a", "b", "c"),)
    assert lines_of("a\u202eb\u2066c\u2069d\u200fe") == (("abcd\u200fe",),)
    assert lines_of(" \n ") == ()


def test_the_only_force_is_named_and_one_of_several_is_not_guessed() -> None:
    one, two = HOUSES["cleveland"], HOUSES["northmoor"]
    for words in shown(letter(one, CaseStep.SERVICE_RECOVERY_STARTED, force=None)):
        assert "passed to Cleveland Police" in words
    for words in shown(letter(two, CaseStep.SERVICE_RECOVERY_STARTED, force=None)):
        assert "passed to the police force" in words


@pytest.mark.parametrize(
    ("step", "fields", "lacking"),
    [
        (CaseStep.CONTACTED, {"adviser_id": "somebody-who-left"}, "adviser"),
        (CaseStep.RECORDED, {"force": "elsewhere"}, "force"),
        (CaseStep.RECORDED, {"recorded_for": "A_NEW_REASON"}, "recorded_for"),
        (CaseStep.OUTCOME_LETTER, {"review_body": "A_NEW_BODY"}, "review_body"),
        (CaseStep.OUTCOME_LETTER, {"outcome": "A_NEW_OUTCOME"}, "outcome"),
        (CaseStep.OUTCOME_LETTER, {"outcome": None}, "outcome"),
        (
            CaseStep.OUTCOME_LETTER,
            {"review_body": ReviewBody.IOPC, "review_limb": None},
            "review_limb",
        ),
        (
            CaseStep.OUTCOME_LETTER,
            {"review_body": ReviewBody.IOPC, "review_limb": "REG_33_A"},
            "review_limb",
        ),
        (CaseStep.MERGED, {"open_reference": None}, "about"),
        (CaseStep.UPDATED, {"words": " \n"}, "words"),
    ],
)
def test_no_letter_is_written_around_what_is_not_known(
    house: House, step: CaseStep, fields: dict[str, object], lacking: str
) -> None:
    with pytest.raises(LookupError, match=lacking):
        letter(house, step, **fields)


def test_a_subject_may_name_the_team_in_any_script(monkeypatch: pytest.MonkeyPatch) -> None:
    house = HOUSES["cleveland"]
    office = house.office.model_copy(update={"team_name": "Tîm Datrys " * 8})
    data = CATALOGUE.model_dump(mode="json")
    data["steps"]["UPDATED"]["subject"] = "From the {team}: reference {reference}"
    catalogue = Catalogue.model_validate(data)
    monkeypatch.setattr("complaints_notifications.letters.load_catalogue", lambda: catalogue)
    welsh = House(office, house.adviser, house.force)
    message = letter(welsh, CaseStep.UPDATED)
    assert message["Subject"] == f"From the {office.team_name}: reference {REFERENCE}"
    mail = composed(welsh, opened(welsh, CaseStep.UPDATED))
    assert mail.content.isascii()
    assert max(len(line) for line in mail.content.split(b"\r\n")) <= 78
