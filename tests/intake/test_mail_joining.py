"""What a mail becomes: a contact, a message to one, the same mail again, a report on our own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from intake_service import migrate_intake, settings_for
from mails import ANN, COMPLAINTS, OURS, REVIEWS, STAFF, mail
from post import MONDAY, MX, Post, sorting

from complaints_chassis import operate
from complaints_contracts.codes import Medium, Purpose
from complaints_law.office import load_office
from complaints_local.postgres import DatabaseUrls
from complaints_notifications.domain.facts import NoticeOpened
from complaints_notifications.domain.promise import Promise
from complaints_notifications.letters import Letters

TOKEN = "0123456789abcdef0123456789abcdef"
BEN = "ben.quayle@mail.example"
EVE = "eve.marsh@mail.example"
QUESTIONS = load_office().addresses.questions
"""A mailbox for the same as that for complaints: nothing is declared by it."""


@pytest.fixture
async def post(
    database: Callable[..., Awaitable[DatabaseUrls]], tmp_path: Path
) -> AsyncIterator[Post]:
    urls = await database("intake", migrate_intake)
    async with sorting(settings_for(urls.service, tmp_path)) as found:
        yield found


@pytest.fixture
async def reference(post: Post) -> str:
    """Of the contact that Ann's first mail became."""
    await post.arrive(mail())
    [contact] = await post.contacts()
    found: str = contact["reference"]
    return found


def reply(reference: str, words: str = "He rang at last.", **more: str) -> bytes:
    subject = f"Re: We have your message: reference {reference}"
    return mail(words, **{"subject": subject, "message_id": "2@mail.example", **more})


# A contact


async def test_a_mail_is_a_contact_that_reached_us_when_it_was_kept(post: Post) -> None:
    mail_id = await post.keep(mail())
    post.clock.set(MONDAY + timedelta(hours=9), frozen=True)
    await post.read()
    [contact] = await post.contacts()
    assert contact["contact_id"] == str(mail_id)
    assert contact["received_at"] == "2026-11-09T09:02:00Z"
    assert contact["words"] == "Nobody has rung me back."
    assert contact["title"] == "About the break-in"
    assert (contact["answerable"], contact["declared"], contact["unread"]) == (True, None, None)
    [came] = await post.facts("intake.came-by-mail")
    assert (came["sender"], came["authentication"]) == (ANN, "NONE")
    row = await post.row(mail_id)
    assert (row.became, row.raw, row.contact_id) == ("CONTACT", None, mail_id)
    assert row.subject == contact["persons"][0]["id"]


@pytest.mark.parametrize(
    ("recipients", "to", "declared"),
    [
        ((REVIEWS,), COMPLAINTS, "REVIEW_APPLICATION"),
        ((f"Reviews+spring@{OURS}",), "", "REVIEW_APPLICATION"),
        ((STAFF,), "", "STAFF_COMPLAINT"),
        ((f"archive@{OURS}",), REVIEWS, "REVIEW_APPLICATION"),
        ((f"archive@{OURS}",), f"{REVIEWS}, {COMPLAINTS}", None),
        ((REVIEWS, COMPLAINTS), "", None),
        ((REVIEWS, STAFF), "", None),
        ((COMPLAINTS,), REVIEWS, None),
    ],
)
async def test_the_mailbox_that_a_mail_came_to_says_what_it_is(
    post: Post, recipients: tuple[str, ...], to: str, declared: str | None
) -> None:
    await post.arrive(mail(to=to), *recipients)
    [contact] = await post.contacts()
    assert contact["declared"] == declared


async def test_references_in_subject_and_text_are_mentioned_and_others_are_not(
    post: Post, reference: str
) -> None:
    words = f"As I wrote ({reference.lower()}), and CL-2222-2223 is no reference."
    await post.arrive(mail(words, message_id="2@mail.example"))
    _, contact = await post.contacts()
    assert contact["mentions"] == [reference]


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (f"{MX}; dmarc=pass header.from=mail.example", "PASS"),
        (f"{MX}; dmarc=none; dkim=pass header.d=mail.example", "PASS"),
        (f"{MX}; spf=pass smtp.mailfrom=x@elsewhere.example", "NONE"),
        (f"{MX} 1; spf=pass; dkim=fail (body hash) header.d=mail.example", "FAIL"),
        (f"{MX}; dkim=pass header.d=mail.example; dmarc=fail", "FAIL"),
        ("mx.elsewhere.example; dmarc=pass", "NONE"),
    ],
)
async def test_only_our_own_mail_server_is_believed_about_a_sender(
    post: Post, said: str, found: str
) -> None:
    await post.arrive(mail(more=f"Authentication-Results: {said}\r\n"))
    [came] = await post.facts("intake.came-by-mail")
    assert came["authentication"] == found


async def test_mail_of_a_machine_is_not_answered(post: Post) -> None:
    await post.arrive(mail(), sender="")
    await post.arrive(mail(subject="Other", more="Precedence: bulk\r\n", message_id="2@x.example"))
    assert [contact["answerable"] for contact in await post.contacts()] == [False, False]


# A message


async def test_a_reply_with_the_reference_joins_its_contact(post: Post, reference: str) -> None:
    quoted = "He rang at last.\r\n\r\nOn 9 November 2026, the team wrote:\r\n> We have it.\r\n"
    row = await post.arrive(reply(reference, quoted, sender="Ann.Holloway@MAIL.example"))
    [contact] = await post.contacts()
    assert (row.became, str(row.contact_id)) == ("MESSAGE", contact["contact_id"])
    [message] = await post.facts("contact.message-added.v1")
    assert message["message_id"] == str(row.mail_id)
    assert message["person_id"] == row.subject == contact["persons"][0]["id"]
    assert (message["reference"], message["automatic"]) == (reference, False)
    assert message["words"] == "He rang at last."
    full = post.run.files.read(message["words_file"]["sha256"]).decode()
    assert full.endswith("> We have it.")
    assert [file["name"] for file in message["attachments"]] == ["original.eml"]


@pytest.mark.parametrize(
    ("writer", "answer_to", "became"),
    [(ANN, BEN, "MESSAGE"), (BEN, ANN, "MESSAGE"), (EVE, BEN, "CONTACT"), (EVE, ANN, "CONTACT")],
)
async def test_who_has_answers_sent_elsewhere_is_known_by_either_address(
    post: Post, writer: str, answer_to: str, became: str
) -> None:
    await post.arrive(mail(more=f"Reply-To: {BEN}\r\n"))
    [contact] = await post.contacts()
    assert contact["persons"][0]["email"] == BEN
    more = {"sender": writer, "more": f"Reply-To: {answer_to}\r\n"}
    assert (await post.arrive(reply(contact["reference"], **more))).became == became


async def test_who_a_forged_mail_says_that_it_is_from_is_nobody_in_its_contact(post: Post) -> None:
    forged = f"Reply-To: {EVE}\r\nAuthentication-Results: {MX}; dmarc=fail\r\n"
    await post.arrive(mail(more=forged))
    [contact] = await post.contacts()
    assert (await post.arrive(reply(contact["reference"]))).became == "CONTACT"


async def test_the_reference_may_stand_in_the_address(post: Post, reference: str) -> None:
    tagged = f"resolution.team+{reference.lower()}@{OURS}"
    row = await post.arrive(mail("More.", message_id="2@mail.example"), tagged)
    assert row.became == "MESSAGE"


@pytest.mark.parametrize(
    "more",
    [
        {"sender": BEN},
        {"subject": "My complaint"},
        {"more": f"Authentication-Results: {MX}; dmarc=fail\r\n"},
        {"more": f"From: {BEN}\r\n"},
    ],
)
async def test_without_reference_and_known_sender_it_is_a_contact_that_mentions_the_other(
    post: Post, reference: str, more: dict[str, str]
) -> None:
    row = await post.arrive(reply(reference, f"About {reference}.", **more))
    assert row.became == "CONTACT"
    _, contact = await post.contacts()
    assert contact["mentions"] == [reference]
    assert await post.facts("contact.message-added.v1") == []


async def test_a_reply_after_its_sender_was_erased_is_heard_as_a_contact(
    post: Post, reference: str
) -> None:
    [contact] = await post.contacts()
    person = contact["persons"][0]["id"]
    await operate.erase(post.run.engine, post.run.book, person, "asked by letter")
    assert (await post.arrive(reply(reference))).became == "CONTACT"


async def test_an_absent_persons_answer_is_added_as_automatic(post: Post, reference: str) -> None:
    raw = mail(
        "I am away until Monday.",
        subject=f"Automatic reply: We have your message: reference {reference}",
        message_id="2@mail.example",
        more="Auto-Submitted: auto-replied\r\n",
    )
    assert (await post.arrive(raw, f"bounces+{TOKEN}@{OURS}", sender="")).became == "MESSAGE"
    [message] = await post.facts("contact.message-added.v1")
    assert message["automatic"] is True


# The same again


async def test_the_same_mail_by_another_way_is_shown_on_its_contact(post: Post) -> None:
    first = await post.arrive(mail())
    post.clock.set(MONDAY + timedelta(days=9), frozen=True)
    again = await post.arrive(b"Received: from elsewhere\r\n" + mail())
    assert (again.became, again.contact_id) == ("DUPLICATE", first.contact_id)
    assert len(await post.contacts()) == 1
    [arrived] = await post.facts("intake.arrived-again")
    assert arrived["mail_id"] == str(again.mail_id)
    assert arrived["at"] == "2026-11-18T09:02:00Z"
    kept = post.run.files.read(arrived["original"]["sha256"])
    assert kept.startswith(b"Received: from elsewhere")


async def test_another_mail_with_the_same_message_id_is_another_contact(post: Post) -> None:
    await post.arrive(mail("One."))
    await post.arrive(mail("Two."))
    assert [contact["words"] for contact in await post.contacts()] == ["One.", "Two."]


@pytest.mark.parametrize(
    ("hours", "became"), [(0.1, "DUPLICATE"), (24, "DUPLICATE"), (25, "CONTACT")]
)
async def test_the_same_words_are_the_same_mail_for_a_day(
    post: Post, hours: float, became: str
) -> None:
    await post.arrive(mail())
    post.clock.set(MONDAY + timedelta(hours=hours), frozen=True)
    row = await post.arrive(mail(message_id="2@mail.example"), QUESTIONS)
    assert row.became == became


@pytest.mark.parametrize("message_id", ["1@mail.example", "2@mail.example"])
@pytest.mark.parametrize("boxes", [(COMPLAINTS, REVIEWS), (REVIEWS, COMPLAINTS)])
async def test_a_copy_to_a_mailbox_for_something_else_is_a_contact_of_its_own(
    post: Post, boxes: tuple[str, str], message_id: str
) -> None:
    await post.arrive(mail(), boxes[0])
    for number in range(2):
        hop = b"Received: by relay %d\r\n" % number
        row = await post.arrive(hop + mail(message_id=message_id), boxes[1])
    assert row.became == "DUPLICATE", "of the second"
    declared = ["REVIEW_APPLICATION" if box == REVIEWS else None for box in boxes]
    assert [contact["declared"] for contact in await post.contacts()] == declared


async def test_the_same_bytes_for_another_mailbox_are_read_for_that_one_too(post: Post) -> None:
    first = await post.arrive(mail())
    assert (await post.arrive(mail())).mail_id == first.mail_id
    copy, review = await post.arrive(mail(), QUESTIONS), await post.arrive(mail(), REVIEWS)
    assert (copy.became, review.became) == ("DUPLICATE", "CONTACT")
    found = [contact["declared"] for contact in await post.contacts()]
    assert found == [None, "REVIEW_APPLICATION"]


async def test_the_same_bytes_for_two_mailboxes_that_still_wait_are_one_mail(post: Post) -> None:
    first, second = await post.keep(mail(), REVIEWS), await post.keep(mail(), COMPLAINTS)
    assert first == second
    await post.read()
    assert [contact["declared"] for contact in await post.contacts()] == [None]


@pytest.mark.parametrize("raw", [b"Subject: Complaint\r\n\r\nRing me.\r\n", b"\xff\x00 nothing"])
async def test_the_same_bytes_from_another_sender_are_another_persons(
    post: Post, raw: bytes
) -> None:
    for sender in (ANN, BEN):
        for _ in range(2):
            assert (await post.arrive(raw, sender=sender)).became == "CONTACT"
    persons = [contact["persons"][0]["email"] for contact in await post.contacts()]
    assert persons == [ANN, BEN]


async def test_a_copy_that_was_passed_on_in_another_name_is_a_copy(post: Post) -> None:
    await post.arrive(mail())
    for number in range(2):
        again = await post.arrive(mail(), sender=f"srs0={number}=ann@relay.example")
        assert again.became == "DUPLICATE"
    assert len(await post.contacts()) == 1


async def test_the_day_does_not_grow_with_every_copy(post: Post) -> None:
    found = []
    for number, hours in enumerate((0, 20, 40, 60, 80)):
        post.clock.set(MONDAY + timedelta(hours=hours), frozen=True)
        found.append((await post.arrive(mail(message_id=f"{number}@x.example"))).became)
    assert found == ["CONTACT", "DUPLICATE", "CONTACT", "DUPLICATE", "CONTACT"]


@pytest.mark.parametrize(
    "other",
    [
        {"sender": BEN},
        {"subject": "Something else"},
        {"words": "Nobody has rung me back!"},
        {"more": f"Reply-To: {BEN}\r\n"},
        {"more": f"Reply-To: Ben Quayle <{ANN}>\r\n"},
        {"more": "In-Reply-To: <1@elsewhere.example>\r\n"},
    ],
)
async def test_what_differs_is_never_taken_for_a_copy(post: Post, other: dict[str, str]) -> None:
    await post.arrive(mail())
    await post.arrive(mail(**{"message_id": "2@mail.example", **other}))
    assert len(await post.contacts()) == 2


async def test_a_reply_sent_to_two_of_our_mailboxes_is_added_once(
    post: Post, reference: str
) -> None:
    first = await post.arrive(reply(reference))
    again = await post.arrive(reply(reference, message_id="3@mail.example"), QUESTIONS)
    assert (first.became, again.became) == ("MESSAGE", "DUPLICATE")
    assert len(await post.facts("contact.message-added.v1")) == 1
    assert len(await post.facts("intake.arrived-again")) == 1


async def test_the_same_answer_to_another_letter_of_ours_is_heard(
    post: Post, reference: str
) -> None:
    for number in (2, 3):
        answer = {
            "message_id": f"{number}@x.example",
            "more": f"In-Reply-To: <{number}@{OURS}>\r\n",
        }
        assert (await post.arrive(reply(reference, "Yes.", **answer))).became == "MESSAGE"
    assert len(await post.facts("contact.message-added.v1")) == 2


# A report on our own


def bounce(to: str, status: str = "5.1.1", action: str = "failed") -> bytes:
    """As mail servers make them (RFC 3464)."""
    return (
        f"From: MAILER-DAEMON@mx.mail.example\r\nTo: {to}\r\nSubject: Undelivered Mail\r\n"
        "MIME-Version: 1.0\r\nAuto-Submitted: auto-replied\r\n"
        "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nIt could not be delivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.mail.example\r\n"
        f"\r\nFinal-Recipient: rfc822; {ANN}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{TOKEN}@{OURS}>\r\n"
        "Subject: We have your message\r\n\r\n--b--\r\n"
    ).encode()


async def test_a_bounce_is_a_report_on_the_mail_it_names(post: Post) -> None:
    row = await post.arrive(bounce("x@y.example"), f"bounces+{TOKEN.upper()}@{OURS}", sender="")
    [report] = await post.facts("contact.mail-returned.v1")
    assert (row.became, str(row.contact_id)) == ("RETURNED", report["contact_id"])
    assert report == {
        "contact_id": str(row.mail_id),
        "kind": "BOUNCED",
        "received_at": "2026-11-09T09:02:00Z",
        "token": TOKEN,
        "message_ids": [f"<{TOKEN}@{OURS}>"],
        "status": "5.1.1",
    }
    assert await post.contacts() == []


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (bounce(COMPLAINTS, "4.4.7", "delayed"), "DELAYED"),
        (bounce(COMPLAINTS, "6.6.6"), "BOUNCED"),
        (mail(message_id=f"{TOKEN}@{OURS}", more=f"X-Loop-Id: {OURS.upper()}\r\n"), "LOOPED"),
    ],
)
async def test_reports_and_our_own_mail_are_never_contacts(
    post: Post, raw: bytes, kind: str
) -> None:
    await post.arrive(raw)
    [report] = await post.facts("contact.mail-returned.v1")
    assert (report["kind"], report["token"]) == (kind, None)
    assert report["message_ids"] == [f"<{TOKEN}@{OURS}>"]
    assert await post.contacts() == []


async def test_a_machine_that_answers_the_address_for_bounces_speaks_of_that_mail(
    post: Post,
) -> None:
    raw = mail(
        "Read by nobody.", subject="Ticket opened", more="Auto-Submitted: auto-generated\r\n"
    )
    await post.arrive(raw, f"bounces+{TOKEN}@{OURS}")
    [report] = await post.facts("contact.mail-returned.v1")
    assert (report["kind"], report["token"]) == ("OTHER", TOKEN)


@pytest.mark.parametrize("recipient", [f"bounces+{TOKEN}@{OURS}", f"bounces@{OURS}"])
async def test_a_person_who_answers_the_address_for_bounces_is_heard(
    post: Post, recipient: str
) -> None:
    assert (await post.arrive(mail(), recipient)).became == "CONTACT"


async def test_a_report_is_kept_as_it_came_for_a_while_only(post: Post) -> None:
    raw = bounce(f"bounces+{TOKEN}@{OURS}")
    row = await post.arrive(raw, sender="")
    assert post.run.files.read(row.raw_sha256) == raw
    async with post.run.engine.connect() as connection:
        query = "SELECT kept_until FROM uploads WHERE sha256 = %s"
        found = await connection.exec_driver_sql(query.replace("%s", f"'{row.raw_sha256}'"))
        assert found.scalar_one() == MONDAY + timedelta(days=30)


async def test_nothing_is_kept_of_a_reports_envelope(post: Post) -> None:
    raw = mail("I am away.", subject="Absent", more="Auto-Submitted: auto-replied\r\n")
    row = await post.arrive(raw, f"bounces+{TOKEN}@{OURS}")
    assert row.became == "RETURNED"
    assert (row.raw, row.envelope) == (None, {"sender": None, "recipients": []})
    assert (await post.arrive(raw, f"bounces+{TOKEN}@{OURS}")).mail_id == row.mail_id
    assert len(await post.facts("contact.mail-returned.v1")) == 1


async def test_our_own_acknowledgement_makes_neither_contact_nor_reply(
    post: Post, reference: str
) -> None:
    opened = NoticeOpened(
        notice_id=uuid4(),
        contact_id=uuid4(),
        reference=reference,
        purpose=Purpose.ACKNOWLEDGEMENT,
        at=MONDAY,
        received_at=MONDAY,
        made_at=None,
        person_id=uuid4(),
        first_contact=Medium.TELEPHONE,
        instead=None,
    )
    letters = Letters(load_office(), b"a secret of thirty-two characters")
    ours = letters.compose(opened, Promise(None, "", ""), COMPLAINTS, MONDAY)
    row = await post.arrive(ours.content, sender=ours.sender)
    [report] = await post.facts("contact.mail-returned.v1")
    assert (report["kind"], report["message_ids"]) == ("LOOPED", [ours.message_id])
    assert row.became == "RETURNED"
    assert len(await post.contacts()) == 1
    assert await post.facts("contact.message-added.v1") == []


async def test_another_offices_acknowledgement_is_not_answered(post: Post) -> None:
    await post.arrive(mail(more="X-Loop-Id: elsewhere-opcc.example\r\n"))
    contact: dict[str, Any]
    [contact] = await post.contacts()
    assert contact["answerable"] is False
