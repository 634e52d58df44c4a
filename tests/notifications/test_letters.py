"""What an acknowledgement says, and that nobody can make it say or do anything else."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from notices import CALL_BY, SECRET, THURSDAY, Desk, person, received
from sqlalchemy.ext.asyncio import AsyncConnection

from complaints_contracts.codes import (
    Adjustment,
    Consent,
    Medium,
    PersonRole,
    Purpose,
    ReachBy,
    RepresentativeKind,
    Unread,
    WithheldReason,
)
from complaints_contracts.notices import NoticeWithheld
from complaints_contracts.parts import Person, Reach, Representation
from complaints_law.calendar import load_calendar
from complaints_law.office import load_office
from complaints_law.rule_sets import load_rule_sets
from complaints_local.mailbox import Mailbox
from complaints_notifications.domain.addressee import (
    addressee,
    first_contact,
    needs_a_person,
    usable_address,
)
from complaints_notifications.domain.facts import NoticeOpened, ThanksFor
from complaints_notifications.domain.naming import greeting_name, moment_in_words
from complaints_notifications.domain.promise import Law, Promise
from complaints_notifications.letters import Letters

OFFICE = load_office()
LETTERS = Letters(OFFICE, SECRET)
LAW = Law(load_calendar(), load_rule_sets(), OFFICE.opening_hours)
NOTICE = UUID("2f2d86db-ca61-485f-8d29-7026c6e2413f")
HEADERS = [
    "From",
    "Reply-To",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "X-Loop-Id",
    "Content-Language",
    "MIME-Version",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Content-Type",
]
HOSTILE = [
    "Robin\r\nBcc: victim@people.example",
    "Robin\nSubject: You have won",
    "Robin\rX: y",
    "\x00Robin",
    "Robin\u2028Bcc: a@people.example",
    "\u202eelpmaxE niboR",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }} {% include 'x' %}",
    "Robin, Alex <alex@people.example>",
    "Win at https://evil.example now",
    "evil.example",
    "=?utf-8?q?Robin=0D=0ABcc:_a=40b.example?=",
    "=cmd|' /C calc'!A0",
    '"Robin" <robin@people.example>',
    "Robin\x1b[31m",
    "R" * 5000,
    "[erased]",
    "\ud7ff\ufffe",
]
HOSTILE_ADDRESSES = [
    "robin@people.example\r\nBcc: victim@people.example",
    "robin@people.example,alex@people.example",
    "robin@people.example alex@people.example",
    "<robin@people.example>",
    "Robin <robin@people.example>",
    '"robin alex"@people.example',
    "robin@people.example> SIZE=1",
    "robin@[127.0.0.1]",
    "robin@localhost",
    "@people.example",
    "robin@",
    "robin",
    "",
    "röbin@people.example",
    "robin@peoplé.example",
    "robin@people.example\x00",
    "friends:robin@people.example;",
    "robin(comment)@people.example",
    ".robin@people.example",
    "robin..x@people.example",
    "r" * 65 + "@people.example",
    "robin@" + "a." * 130 + "example",
    "[erased]",
    "\u202erobin@people.example",
    "robin@people.example\u2028alex@people.example",
]


def opened(**fields: object) -> NoticeOpened:
    given: dict[str, object] = {
        "notice_id": NOTICE,
        "contact_id": uuid4(),
        "reference": "7K3M-9QX4-D",
        "purpose": Purpose.ACKNOWLEDGEMENT,
        "at": THURSDAY,
        "received_at": THURSDAY,
        "made_at": None,
        "person_id": uuid4(),
        "name": "Robin Example",
        "address": "robin@people.example",
        "first_contact": Medium.TELEPHONE,
        "instead": None,
    }
    return NoticeOpened.model_validate(given | fields)


def parsed(content: bytes) -> EmailMessage:
    message = message_from_bytes(content, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def bodies(message: EmailMessage) -> tuple[str, str]:
    plain, page = message.get_body(("plain",)), message.get_body(("html",))
    assert plain
    assert page
    return plain.get_content(), page.get_content()


class Shown(HTMLParser):
    """What a page shows, and where its links go."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: set[str] = set()
        self.links: list[str] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]


def letter(**fields: object) -> EmailMessage:
    notice = opened(**fields)
    return parsed(
        LETTERS.compose(
            notice, LAW.promise(notice, THURSDAY), "robin@people.example", THURSDAY
        ).content
    )


def shown_words(message: EmailMessage) -> tuple[str, str]:
    """What both parts say, on one line each."""
    plain, page = bodies(message)
    return " ".join(plain.split()), " ".join(" ".join(Shown(page).words).split())


@pytest.mark.parametrize("way", list(Medium))
def test_every_acknowledgement_says_what_it_must(way: Medium) -> None:
    notice = opened(first_contact=way)
    mail = LETTERS.compose(notice, LAW.promise(notice, THURSDAY), "robin@people.example", THURSDAY)
    message = parsed(mail.content)
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert not [part.defects for part in message.walk() if part.defects]
    plain, page = bodies(message)
    shown = Shown(page)
    for words in (plain, " ".join(" ".join(shown.words).split())):
        for wanted in (
            "Dear",
            "Robin Example",
            "7K3M-9QX4-D",
            "by 4:30pm on Wednesday 8 April 2026",
            "01642 301860",
            "Monday to Friday, 8:30am to 4:30pm",
            "999",
            "101",
            "TS17 6QW",
            "resolution.team@cleveland-opcc.example",
            "at any time",
        ):
            assert wanted in words
    assert str(OFFICE.links.privacy_notice) in plain
    assert str(OFFICE.links.iopc_guidance) in plain
    assert {str(OFFICE.links.privacy_notice), str(OFFICE.links.iopc_guidance)} <= set(shown.links)
    assert not shown.tags & {"img", "table", "script", "form", "link"}
    assert '<html lang="en-GB"' in page


def test_its_headers_are_those_of_an_automatic_reply() -> None:
    notice = opened()
    mail = LETTERS.compose(notice, LAW.promise(notice, THURSDAY), "robin@people.example", THURSDAY)
    message = parsed(mail.content)
    assert message.keys() == HEADERS
    assert message["From"] == "Resolution Team <resolution.team@cleveland-opcc.example>"
    assert message["To"] == "robin@people.example"
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["X-Auto-Response-Suppress"] == "All"
    assert message["X-Loop-Id"] == "cleveland-opcc.example"
    assert message["Date"].datetime == THURSDAY
    assert re.fullmatch(r"<[0-9a-f]{32}@cleveland-opcc\.example>", message["Message-ID"])
    assert re.fullmatch(r"bounces\+[0-9a-f]{32}@cleveland-opcc\.example", mail.sender)
    assert max(len(line) for line in mail.content.split(b"\r\n")) <= 78
    assert mail.content.isascii()
    assert b"\n" not in mail.content.replace(b"\r\n", b"")


def test_subject_and_preview_give_nothing_away() -> None:
    notice = opened()
    mail = LETTERS.compose(notice, LAW.promise(notice, THURSDAY), "robin@people.example", THURSDAY)
    message = parsed(mail.content)
    plain, page = bodies(message)
    beginning = " ".join(Shown(page).words)[:400]
    for words in (message["Subject"], message["From"].addresses[0].display_name, plain[:200]):
        assert not re.search("complain|police|officer|crime|misconduct", words, re.IGNORECASE)
    assert not re.search("complain|police", beginning.partition("What happens")[0], re.IGNORECASE)


def test_the_same_notice_gives_the_same_bytes() -> None:
    notice = opened()
    promise = LAW.promise(notice, THURSDAY)
    first, second = (
        LETTERS.compose(notice, promise, "robin@people.example", THURSDAY) for _ in range(2)
    )
    assert first == second
    other = Letters(OFFICE, b"another secret").compose(
        notice, promise, "robin@people.example", THURSDAY
    )
    assert other.message_id != first.message_id


@settings(deadline=None, max_examples=300)
@given(name=st.one_of(st.sampled_from(HOSTILE), st.text(max_size=80)))
def test_no_name_adds_a_header_or_a_tag(name: str) -> None:
    notice = opened().model_copy(update={"name": name})
    mail = LETTERS.compose(notice, LAW.promise(notice, THURSDAY), "robin@people.example", THURSDAY)
    message = parsed(mail.content)
    plain, page = bodies(message)
    nameless = opened(name=None)
    usual = parsed(
        LETTERS.compose(
            nameless, LAW.promise(nameless, THURSDAY), "robin@people.example", THURSDAY
        ).content
    )
    assert message.keys() == HEADERS
    assert message["To"] == "robin@people.example"
    assert Shown(page).tags - {"bdi"} == Shown(bodies(usual)[1]).tags
    assert plain.count("\n") == bodies(usual)[0].count("\n")
    greeted = greeting_name(name)
    assert plain.startswith(f"Dear {greeted}," if greeted else "Hello,")


@settings(deadline=None, max_examples=300)
@given(address=st.one_of(st.sampled_from(HOSTILE_ADDRESSES), st.text(max_size=80), st.emails()))
def test_no_address_means_more_than_one_recipient(address: str) -> None:
    usable = usable_address(address)
    if usable is None:
        with pytest.raises(ValueError, match="header"):
            LETTERS.compose(opened(), Promise(CALL_BY, "", ""), address, THURSDAY)
        return
    mail = LETTERS.compose(opened(), Promise(CALL_BY, "", ""), usable, THURSDAY)
    message = parsed(mail.content)
    assert message.keys() == HEADERS
    assert [found.addr_spec for found in message["To"].addresses] == [usable]


def test_hostile_addresses_are_for_a_person() -> None:
    assert [address for address in HOSTILE_ADDRESSES if usable_address(address)] == []
    for good in ("o'brien+x@mail.people.example", " robin@people.example ", "a@b.co"):
        assert usable_address(good) == good.strip()


def test_names_of_many_kinds_are_greeted_and_others_are_not() -> None:
    for name in ("Siân O’Brien-Łęcka", "محمد علی", "李小龍", "St. John Smythe", "D'Arcy"):
        assert greeting_name(name) == name
    assert [name for name in HOSTILE if greeting_name(name)] == []
    assert greeting_name(None) is None


async def test_hostile_names_and_addresses_reach_only_whom_they_should(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    good = [
        received(person(name=name, email=f"p{number}@people.example"))
        for number, name in enumerate(HOSTILE)
        if "\0" not in name
    ]
    bad = [received(person(email=email)) for email in HOSTILE_ADDRESSES if "\0" not in email]
    await desk.apply(*good, *bad)
    await desk.work(lead)
    mails = smtp.mails()
    assert len(mails) == len(good)
    for mail in mails:
        assert mail.message.keys() == HEADERS
        [recipient] = mail.recipients
        assert mail.message["To"] == recipient


def test_a_promise_that_has_passed_is_made_anew() -> None:
    long_ago = THURSDAY - timedelta(days=30)
    assert LAW.promise(opened(made_at=long_ago), THURSDAY).call_by == CALL_BY
    late = LAW.promise(opened(), CALL_BY + timedelta(days=7))
    assert late.call_by == datetime(2026, 4, 17, 15, 30, tzinfo=UTC)
    handed_in = LAW.promise(opened(made_at=THURSDAY - timedelta(days=1)), THURSDAY)
    assert handed_in.call_by == datetime(2026, 4, 7, 15, 30, tzinfo=UTC)
    before_the_rules = opened(made_at=datetime(2019, 5, 1, tzinfo=UTC))
    assert LAW.promise(before_the_rules, THURSDAY).call_by == CALL_BY


def test_beyond_the_calendar_no_date_is_told() -> None:
    then = datetime(2199, 1, 1, tzinfo=UTC)
    notice = opened(at=then, received_at=then)
    promise = LAW.promise(notice, then)
    assert promise.call_by is None
    mail = LETTERS.compose(notice, promise, "robin@people.example", then)
    assert "telephone you as soon as we can" in bodies(parsed(mail.content))[0]


def test_a_moment_is_said_as_people_say_it() -> None:
    assert moment_in_words(CALL_BY) == "4:30pm on Wednesday 8 April 2026"
    noon = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
    assert moment_in_words(noon) == "12pm on Monday 5 January 2026"


def test_who_wants_no_calls_is_promised_none() -> None:
    number, home = "01632 960184", "14 Larkspur Rise"
    written = Reach(preferred=ReachBy.EMAIL, needs=(Adjustment.WRITTEN_ONLY,))
    letters = Reach(preferred=ReachBy.LETTER)
    careful = Reach(preferred=ReachBy.EMAIL, safe_contact="Not before six.")
    assert first_contact(person(telephone=number)) is Medium.TELEPHONE
    assert first_contact(person()) is Medium.EMAIL
    assert first_contact(person(address=home)) is Medium.EMAIL
    assert first_contact(person(telephone=number, reach=written)) is Medium.EMAIL
    assert first_contact(person(telephone=number, address=home, reach=letters)) is Medium.LETTER
    assert first_contact(person(telephone=number, reach=careful)) is Medium.AS_ASKED


def speaker(consent: Consent, **fields: object) -> Person:
    """Somebody who speaks for the complainant."""
    return person(
        role=PersonRole.REPRESENTATIVE,
        representation=Representation(kind=RepresentativeKind.FRIEND_FAMILY, consent=consent),
        **fields,
    )


def test_who_no_longer_speaks_for_somebody_is_not_told() -> None:
    complainant, witness = person(email=None), person(role=PersonRole.WITNESS)
    withdrawn = speaker(Consent.WITHDRAWN)
    assert addressee((withdrawn, complainant)) == complainant
    assert addressee((withdrawn, witness)) is None
    assert addressee((withdrawn,)) is None


@pytest.mark.parametrize("consent", [c for c in Consent if c is not Consent.WITHDRAWN])
def test_only_a_consent_that_we_cannot_read_is_for_a_person(consent: Consent) -> None:
    representative = speaker(consent)
    assert addressee((person(email=None), representative)) == representative
    assert needs_a_person(representative) is (consent is Consent.OTHER)


async def test_consent_decides_who_is_written_to(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    withdrawn = received(
        speaker(Consent.WITHDRAWN, email="alex@people.example"),
        person(email=None, telephone="01632 960184"),
    )
    alone = received(speaker(Consent.WITHDRAWN, email="sam@people.example"))
    unknown = received(speaker(Consent.OTHER, email="jo@people.example"))
    held = received(speaker(Consent.HELD, email="kim@people.example"), person(email=None))
    await desk.apply(withdrawn, alone, unknown, held)
    await desk.work(lead)
    assert [mail.recipients for mail in smtp.mails()] == [("kim@people.example",)]
    for contact, reason, instead in (
        (withdrawn, WithheldReason.NO_ADDRESS, Medium.TELEPHONE),
        (alone, WithheldReason.DO_NOT_CONTACT, None),
        (unknown, WithheldReason.SAFE_CONTACT, Medium.AS_ASKED),
    ):
        end = (await desk.notice(contact.contact_id)).end
        assert isinstance(end, NoticeWithheld)
        assert (end.reason, end.instead) == (reason, instead)


def test_who_asks_for_a_review_is_told_what_a_review_is_and_by_when() -> None:
    message = letter(purpose=Purpose.REVIEW_ACKNOWLEDGEMENT)
    assert message.keys() == HEADERS
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["Reply-To"].addresses[0].addr_spec == OFFICE.addresses.reviews
    for words in shown_words(message):
        for said in (
            "7K3M-9QX4-D",
            "Independent Adjudicator",
            "do not work for the police force",  # R50
            "does not take a fresh look",  # R51
            "no right of appeal",  # R53
            "within 28 working days",  # L42
            "by Friday 15 May 2026",
            "999",
            OFFICE.addresses.reviews,
        ):
            assert said in words
        assert "will telephone you" not in words
        assert "will be the person you deal with" not in words


def test_a_review_that_was_passed_on_is_counted_from_when_it_reached_us() -> None:
    passed_on = opened(
        purpose=Purpose.REVIEW_ACKNOWLEDGEMENT, made_at=THURSDAY - timedelta(days=37)
    )
    promise = LAW.promise(passed_on, THURSDAY)
    assert promise.complete_by == datetime(2026, 5, 15, 22, 59, tzinfo=UTC)
    for words in shown_words(letter(**passed_on.model_dump())):
        assert "by Friday 15 May 2026" in words


def test_a_review_beyond_the_calendar_is_told_no_date() -> None:
    then = datetime(2199, 1, 1, tzinfo=UTC)
    notice = opened(purpose=Purpose.REVIEW_ACKNOWLEDGEMENT, at=then, received_at=then)
    promise = LAW.promise(notice, then)
    assert (promise.call_by, promise.complete_by) == (None, None)
    mail = LETTERS.compose(notice, promise, "robin@people.example", then)
    assert "when you can expect the decision" in bodies(parsed(mail.content))[0]


@pytest.mark.parametrize(
    ("unread", "why"),
    [
        (Unread.ENCRYPTED, "we do not have the key"),
        (Unread.UNREADABLE, "damaged, or in a form that we cannot open"),
        (Unread.EMPTY, "no words in your message"),
        (Unread.OTHER, "damaged, or in a form that we cannot open"),
    ],
)
@pytest.mark.parametrize("purpose", [Purpose.ACKNOWLEDGEMENT, Purpose.REVIEW_ACKNOWLEDGEMENT])
def test_who_sent_what_we_cannot_read_is_told_how_to_send_it_again(
    unread: Unread, why: str, purpose: Purpose
) -> None:
    for words in shown_words(letter(unread=unread, purpose=purpose)):
        assert "we could not read it" in words
        assert why in words
        assert "reply to this email, and write in the email itself" in words
        assert f"telephone us on {OFFICE.telephone}" in words
        assert "it will be read by a person" not in words
    for words in shown_words(letter(unread=unread, thanks_for=ThanksFor.CONCERN)):
        assert "need not do anything more" not in words


@pytest.mark.parametrize(
    ("thanks_for", "said"),
    [
        (ThanksFor.COMPLIMENT, "pass it on so that the people it is about hear it"),
        (ThanksFor.CONCERN, "so that those who plan policing see what matters"),
    ],
)
@pytest.mark.parametrize("way", list(Medium))
def test_who_does_not_complain_is_promised_no_call(
    thanks_for: ThanksFor, said: str, way: Medium
) -> None:
    notice = opened(thanks_for=thanks_for, first_contact=way)
    assert LAW.promise(notice, THURSDAY).call_by is None
    for words in shown_words(letter(thanks_for=thanks_for, first_contact=way)):
        assert said in words
        assert "Reply to this email, and we will handle that as a complaint" in words
        assert "7K3M-9QX4-D" in words
        assert not re.search("somebody from our|will (telephone|write|email)|as soon as", words)
        assert "8 April" not in words


@pytest.mark.parametrize(
    ("thanks_for", "said"),
    [
        (ThanksFor.COMPLIMENT, "passed it on, so that the people it is about hear what you said"),
        (ThanksFor.CONCERN, "together with what other people tell us"),
    ],
)
def test_thanks_are_short_warm_and_leave_the_door_open(thanks_for: ThanksFor, said: str) -> None:
    message = letter(purpose=Purpose.THANKS, thanks_for=thanks_for)
    assert message.keys() == HEADERS
    assert message["Subject"] == "Thank you: reference 7K3M-9QX4-D"
    for words in shown_words(message):
        assert said in words
        assert "please tell us. Reply to this email, and a person will look into it" in words
        assert "will telephone you" not in words
        assert "we will not telephone you about this" in words
        assert "unless you would like us to" in words
    assert len(bodies(message)[0].split()) < 170


@pytest.mark.parametrize("purpose", sorted({*Purpose} - {Purpose.OTHER, Purpose.CASE_STEP}))
def test_no_letter_gives_anything_away_at_its_beginning(purpose: Purpose) -> None:
    message = letter(purpose=purpose, thanks_for=ThanksFor.CONCERN)
    plain, page = bodies(message)
    beginning = " ".join(" ".join(Shown(page).words).split())
    for words in (message["Subject"], message["From"].addresses[0].display_name, plain[:200]):
        assert not re.search("complain|police|officer|crime|review", words, re.IGNORECASE)
    start = beginning.index("Robin Example")
    assert not re.search("complain|police|officer|review", beginning[start:][:200], re.IGNORECASE)


@pytest.mark.parametrize("purpose", [Purpose.OTHER, Purpose.CASE_STEP])
def test_what_has_no_letter_is_not_made_up(purpose: Purpose) -> None:
    with pytest.raises(LookupError):
        letter(purpose=purpose)
