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
    HandlingOutcome,
    Medium,
    Purpose,
    RecordingReason,
    ReviewBody,
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
            WORDS_AT_ONCE,
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
    """R33: at any time, whatever became of it, but not of what is recorded already."""
    for state in PROCEDURE.steps[step].from_:
        after = PROCEDURE.steps[step].to
        status = CaseStatus(after if after and after != BACK else state)
        recorded = PROCEDURE.states[state].recorded or PROCEDURE.states[status].recorded
        for words in shown(letter(house, step, status=status)):
            offered = bool(re.search("record your complaint[^.]*at any time|at any time to", words))
            assert offered is not (recorded or status is CaseStatus.RECORDING), (step, status)


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
    [clock] = prepare(notice, promise).dates
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
    before = prepare(notice, house.law.promise(notice, THURSDAY))
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
            ["body that reviews it is the Independent Office for Police Conduct", "regulation 32"],
            ["independent adjudicator", "judicial review"],
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
        (RecordingReason.AA_DECIDES, "because we decided"),
        (RecordingReason.NATURE_OF_ALLEGATION, "says nothing about whether it happened"),
    ],
)
def test_recording_is_told_with_why_in_public_words_and_with_a_copy(
    house: House, reason: RecordingReason, said: str
) -> None:
    for words in shown(letter(house, CaseStep.RECORDED, recorded_for=reason)):
        for wanted in (
            said,
            "Schedule 3 to the Police Reform Act 2002",
            "at least once every 28 days",
            "Received by us: Thursday 19 March 2026",
            "Recorded: Thursday 2 April 2026",
            "everything that you have added since",
        ):
            assert wanted in words
        assert reason.value not in words


def test_service_recovery_names_its_four_conditions_and_its_aim(house: House) -> None:
    for words in shown(letter(house, CaseStep.SERVICE_RECOVERY_STARTED)):
        for wanted in (
            "no right to a review",  # R32
            "at any time to record your complaint formally",  # R33
            "does not work, your complaint is recorded formally and passed to",  # R34
            "something serious may have gone wrong",  # R35
            "within 28 days",  # R36
        ):
            assert wanted in words


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
