"""Once for each contact, whatever the mail server does (F14, F15, F16, I2, I3)."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from uuid import uuid4

from notices import CALL_BY, IMPATIENCE, Desk, person, received
from sqlalchemy.ext.asyncio import AsyncConnection
from toy import record

from complaints_contracts.codes import (
    Adjustment,
    ContactType,
    Medium,
    PersonRole,
    Purpose,
    ReachBy,
    WithheldReason,
)
from complaints_contracts.contacts import ContactPersonErased
from complaints_contracts.notices import NoticeRefused, NoticeSent, NoticeWithheld
from complaints_contracts.parts import Reach
from complaints_local.mailbox import Fault, Mailbox
from complaints_notifications.domain.ledger import ReplyKind
from complaints_notifications.domain.notice import NoticeState, notice_id
from complaints_notifications.post import Outgoing, Post
from complaints_notifications.settings import Tls
from complaints_notifications.worker import IN_HAND

ROBIN = "robin@people.example"
ALEX = "alex@people.example"
DO_NOT_CONTACT = Reach(preferred=ReachBy.NOT_AT_ALL)


async def test_a_contact_is_acknowledged_once(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contact = received()
    await desk.apply(contact)
    await desk.work(lead)
    [mail] = smtp.mails()
    notice = await desk.notice(contact.contact_id)
    assert mail.recipients == (ROBIN,)
    assert notice.prepared
    assert notice.prepared.call_by == CALL_BY
    assert notice.end == NoticeSent(
        notice_id=notice_id(contact.contact_id),
        contact_id=contact.contact_id,
        reference="7K3M-9QX4-D",
        purpose=notice.prepared.purpose,
        medium=Medium.EMAIL,
        attempts=1,
        told_at=notice.prepared.written_at,
    )


async def test_a_declared_application_for_a_review_is_acknowledged_as_one(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contact = received(declared=ContactType.REVIEW_APPLICATION)
    again = record(contact, 2)
    await desk.apply(contact)
    await desk.applier.apply([again])
    await desk.work(lead)
    [mail] = smtp.mails()
    assert mail.recipients == (ROBIN,)
    notice = await desk.notice(contact.contact_id, Purpose.REVIEW_ACKNOWLEDGEMENT)
    assert isinstance(notice.end, NoticeSent)
    assert notice.prepared
    assert (notice.prepared.purpose, notice.prepared.call_by) == (
        Purpose.REVIEW_ACKNOWLEDGEMENT,
        None,
    )
    [row] = await desk.rows("SELECT purpose, complete_by FROM notices")
    assert row.complete_by.date().isoformat() == "2026-05-15"
    erased = ContactPersonErased(contact_id=contact.contact_id, person_id=contact.person)
    await desk.applier.apply([record(erased, 3)])
    assert await desk.rows("SELECT * FROM personal") == []


async def test_the_same_event_again_sends_nothing_more(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contact = record(received())
    await desk.applier.apply([contact, contact])
    await desk.work(lead)
    await desk.applier.apply([contact])
    await desk.work(lead)
    assert len(smtp.mails()) == 1


async def test_the_same_contact_under_another_event_id_sends_nothing_more(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contact = received()
    await desk.applier.apply([record(contact, 1), record(contact, 2)])
    await desk.work(lead)
    assert len(smtp.mails()) == 1


async def test_a_bad_record_holds_itself_only(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    good = record(received(person(email=ALEX)))
    bad = record(received())
    await desk.applier.apply([replace(bad, value=b"{"), good])
    await desk.work(lead)
    assert [mail.recipients for mail in smtp.mails()] == [(ALEX,)]
    assert [row.kind for row in await desk.rows("SELECT kind FROM held")] == ["UNREADABLE"]


async def test_an_erasure_that_overtakes_its_contact_waits_for_it(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contact = received()
    erased = ContactPersonErased(contact_id=contact.contact_id, person_id=contact.person)
    await desk.applier.apply([record(erased, 2)])
    await desk.applier.apply([record(contact, 1)])
    await desk.work(lead)
    assert smtp.mails() == []
    assert (await desk.notice(contact.contact_id)).state is NoticeState.CANCELLED


async def test_nobody_is_written_to_who_must_not_be(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    reach = Reach(preferred=ReachBy.LETTER)
    careful = Reach(preferred=ReachBy.TELEPHONE, safe_contact="Only ring me at work.")
    by_phone = Reach(preferred=ReachBy.TELEPHONE, needs=(Adjustment.PHONE_ONLY,))
    silent = Reach(preferred=ReachBy.EMAIL, needs=(Adjustment.WRITTEN_ONLY,))
    number, home = "01632 960184", "14 Larkspur Rise"
    cases = [
        (received(answerable=False), WithheldReason.AUTOMATIC_MAIL, None),
        (received(anonymous=True), WithheldReason.ANONYMOUS, None),
        (received(person(reach=DO_NOT_CONTACT)), WithheldReason.DO_NOT_CONTACT, None),
        (received(anonymous=True, answerable=False), WithheldReason.ANONYMOUS, None),
        (received(person(email=None)), WithheldReason.NO_ADDRESS, Medium.OTHER),
        (received(person(email="robin@people")), WithheldReason.NO_ADDRESS, Medium.OTHER),
        (
            received(person(email="[erased]", telephone="[erased]")),
            WithheldReason.NO_ADDRESS,
            Medium.OTHER,
        ),
        (received(person(email=None), answerable=False), WithheldReason.AUTOMATIC_MAIL, None),
        (
            received(person(email=None, telephone=number, address=home)),
            WithheldReason.NO_ADDRESS,
            Medium.TELEPHONE,
        ),
        (
            received(person(email="", telephone=number, address=home, reach=reach)),
            WithheldReason.NO_ADDRESS,
            Medium.LETTER,
        ),
        (received(person(email=" ", address=home)), WithheldReason.NO_ADDRESS, Medium.LETTER),
        (
            received(person(email=None, telephone=number, reach=silent)),
            WithheldReason.NO_ADDRESS,
            Medium.OTHER,
        ),
        (
            received(person(telephone=number, reach=by_phone)),
            WithheldReason.NO_ADDRESS,
            Medium.TELEPHONE,
        ),
        (
            received(person(telephone=number, reach=careful)),
            WithheldReason.SAFE_CONTACT,
            Medium.AS_ASKED,
        ),
        (
            received(person(reach=Reach(preferred=ReachBy("SEMAPHORE")))),
            WithheldReason.SAFE_CONTACT,
            Medium.AS_ASKED,
        ),
    ]
    await desk.apply(*(contact for contact, _, _ in cases))
    await desk.work(lead)
    assert smtp.mails() == []
    for contact, reason, instead in cases:
        end = (await desk.notice(contact.contact_id)).end
        assert isinstance(end, NoticeWithheld)
        assert (end.reason, end.instead) == (reason, instead)


async def test_a_withheld_notice_keeps_no_address(desk: Desk) -> None:
    await desk.apply(received(answerable=False))
    assert await desk.rows("SELECT * FROM personal") == []
    assert await desk.rows("SELECT * FROM mails") == []


async def test_who_speaks_for_somebody_without_email_is_told(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    speaker = person(role=PersonRole.REPRESENTATIVE, email=ALEX)
    witness = person(role=PersonRole.WITNESS, email="wim@people.example")
    await desk.apply(received(person(email=None), witness, speaker))
    await desk.work(lead)
    assert [mail.recipients for mail in smtp.mails()] == [(ALEX,)]


async def test_mail_to_our_own_mailbox_is_a_loop(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    ours = [desk.office.addresses.complaints.upper(), f"bounces+1@{desk.office.mail.domain}"]
    contacts = [received(person(email=address)) for address in ours]
    await desk.apply(*contacts)
    await desk.work(lead)
    assert smtp.mails() == []
    for contact in contacts:
        end = (await desk.notice(contact.contact_id)).end
        assert isinstance(end, NoticeWithheld)
        assert end.reason is WithheldReason.AUTOMATIC_MAIL


async def test_the_fourth_mail_in_an_hour_is_for_a_person(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contacts = [
        received(person(email=email, telephone="01632 960184"))
        for email in (ROBIN, ROBIN.upper(), ROBIN, ROBIN)
    ]
    await desk.apply(*contacts)
    await desk.work(lead)
    assert len(smtp.mails()) == 3
    end = (await desk.notice(contacts[3].contact_id)).end
    assert isinstance(end, NoticeWithheld)
    assert (end.reason, end.instead) == (WithheldReason.TOO_MANY, Medium.TELEPHONE)
    desk.pass_time(hours=1, seconds=1)
    await desk.apply(received())
    await desk.work(lead)
    assert len(smtp.mails()) == 4


async def test_no_address_gets_more_than_ten_mails_a_day(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    for _ in range(12):
        await desk.apply(received())
        await desk.work(lead)
        desk.pass_time(minutes=31)
    assert len(smtp.mails()) == 10


async def test_a_mail_put_off_is_sent_later_in_order_and_delays_nobody_else(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    smtp.program(ROBIN, "451 4.7.1 Greylisted", "452 4.3.1 Full", "421 4.3.2 Closing")
    await desk.apply(
        received(reference="FIRST"),
        received(reference="SECOND"),
        received(person(email=ALEX), reference="OTHER"),
    )
    await desk.work(lead)
    assert _references(smtp) == ["OTHER"]
    for seconds in (5, 30, 120):
        desk.pass_time(seconds=seconds - 1)
        await desk.work(lead)
        assert _references(smtp) == ["OTHER"]
        desk.pass_time(seconds=1)
        await desk.work(lead)
    assert _references(smtp) == ["OTHER", "FIRST", "SECOND"]
    [first] = await desk.rows("SELECT attempts, uncertain FROM notices WHERE reference = 'FIRST'")
    assert tuple(first) == (4, False)


async def test_a_mail_that_stays_put_off_becomes_a_task_and_is_given_up_after_three_days(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contact = received(person(telephone="01632 960184"))
    smtp.program(ROBIN, *["451 4.7.1 Try later"] * 400)
    await desk.apply(contact)
    states = []
    for hours in (0, 3.9, 0.2, 67.8, 0.2):
        desk.pass_time(hours=hours)
        await desk.work(lead)
        states.append((await desk.notice(contact.contact_id)).state)
    late = [NoticeState.DELAYED] * 2
    assert states == [NoticeState.QUEUED, NoticeState.QUEUED, *late, NoticeState.REFUSED]
    end = (await desk.notice(contact.contact_id)).end
    assert isinstance(end, NoticeRefused)
    assert (end.answer_code, end.instead) == (451, Medium.TELEPHONE)


async def test_a_refused_mail_is_not_tried_again_and_a_person_must_act(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    codes = {"550 5.1.1 Nobody here": 550, "552 5.3.4 Too big": 552, "554 5.7.1 Policy": 554}
    for line, code in codes.items():
        contact = received(person(address="14 Larkspur Rise"))
        smtp.program(ROBIN, line)
        await desk.apply(contact)
        await desk.work(lead)
        end = (await desk.notice(contact.contact_id)).end
        assert isinstance(end, NoticeRefused)
        assert (end.answer_code, end.attempts, end.instead) == (code, 1, Medium.LETTER)
        desk.pass_time(days=1, hours=1)
        await desk.work(lead)
    assert smtp.mails() == []


async def test_a_full_mailbox_passes(desk: Desk, smtp: Mailbox, lead: AsyncConnection) -> None:
    smtp.program(ROBIN, "552 5.2.2 Mailbox full")
    await desk.apply(received())
    await desk.work(lead)
    desk.pass_time(seconds=5)
    await desk.work(lead)
    assert len(smtp.mails()) == 1


async def test_a_hanging_recipient_is_put_off_and_delays_nobody_else(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    desk.postmaster = desk.new_postmaster(IMPATIENCE)
    smtp.program(ROBIN, Fault.HANG)
    others = [received(person(email=f"p{n}@people.example")) for n in range(20)]
    await desk.apply(received(), *others)
    working = asyncio.create_task(desk.work(lead))
    await smtp.wait_for(20)
    assert not working.done()
    await working
    desk.pass_time(seconds=5)
    await desk.work(lead)
    assert len(smtp.mails()) == 21


async def test_after_a_lost_answer_the_same_bytes_go_out_once_more(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contact = received()
    smtp.program(ROBIN, Fault.CLOSE_AFTER_DOT)
    await desk.apply(contact)
    await desk.work(lead)
    desk.pass_time(minutes=9)
    await desk.work(lead)
    assert len(smtp.mails()) == 1
    desk.pass_time(minutes=1)
    await desk.work(lead)
    first, second = smtp.mails()
    assert first.content == second.content
    assert first.message["Message-ID"] == second.message["Message-ID"]
    end = (await desk.notice(contact.contact_id)).end
    assert isinstance(end, NoticeSent)
    assert (end.attempts, end.uncertain) == (2, True)


async def test_nobody_gets_a_third_copy(desk: Desk, smtp: Mailbox, lead: AsyncConnection) -> None:
    contact = received()
    smtp.program(ROBIN, *[Fault.CLOSE_AFTER_DOT] * 5)
    await desk.apply(contact)
    for _ in range(5):
        await desk.work(lead)
        desk.pass_time(minutes=10)
    assert len(smtp.mails()) == 2
    assert isinstance((await desk.notice(contact.contact_id)).end, NoticeRefused)


async def test_mail_waits_while_the_server_is_away(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    await smtp.stop()
    await desk.apply(*(received(person(email=f"p{n}@people.example")) for n in range(40)))
    await desk.work(lead)
    [tried] = await desk.rows("SELECT count(*) AS mails FROM mails WHERE attempts > 0")
    assert tried.mails <= IN_HAND
    await desk.apply(received(person(email=ALEX)))
    await smtp.start()
    desk.pass_time(seconds=35)
    await desk.work(lead)
    assert len(smtp.mails()) == 41


async def test_a_connection_that_ended_is_made_anew(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    await desk.apply(received())
    await desk.work(lead)
    await smtp.stop()
    await smtp.start()
    await desk.apply(received(person(email=ALEX)))
    await desk.work(lead)
    assert len(smtp.mails()) == 2
    assert [row.attempts for row in await desk.rows("SELECT attempts FROM mails")] == [1, 1]


async def test_an_erased_person_is_not_written_to(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contact = received()
    smtp.program(ROBIN, "451 4.7.1 Try later")
    await desk.apply(contact)
    await desk.work(lead)
    erased = ContactPersonErased(contact_id=contact.contact_id, person_id=contact.person)
    await desk.applier.apply([record(erased, 2)])
    desk.pass_time(hours=1)
    await desk.work(lead)
    assert smtp.mails() == []
    assert (await desk.notice(contact.contact_id)).state is NoticeState.CANCELLED
    assert await desk.rows("SELECT * FROM mails") == []
    assert await desk.rows("SELECT * FROM personal") == []


async def test_erasing_somebody_else_in_the_contact_changes_nothing(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contact = received()
    await desk.apply(contact)
    erased = ContactPersonErased(contact_id=contact.contact_id, person_id=uuid4())
    await desk.applier.apply([record(erased, 2)])
    await desk.work(lead)
    assert len(smtp.mails()) == 1


async def test_what_was_sent_stays_told_after_its_person_was_erased(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contact = received()
    await desk.apply(contact)
    await desk.work(lead)
    erased = ContactPersonErased(contact_id=contact.contact_id, person_id=contact.person)
    await desk.applier.apply([record(erased, 2)])
    assert (await desk.notice(contact.contact_id)).state is NoticeState.SENT
    assert await desk.rows("SELECT * FROM mails") == []


async def test_four_hundred_people_are_told_through_four_connections(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    count = 400
    await desk.apply(*(received(person(email=f"p{n}@people.example")) for n in range(count)))
    start = time.perf_counter()
    await desk.work(lead)
    rate = count / (time.perf_counter() - start)
    print(f"{rate:.0f} mails a second")  # the figure is the point
    assert len({mail.recipients for mail in smtp.mails()}) == count
    [sent] = await desk.rows("SELECT count(*) AS n FROM notices WHERE state = 'SENT'")
    assert sent.n == count


def _references(smtp: Mailbox) -> list[str]:
    return [mail.message["Subject"].rpartition(" ")[2] for mail in smtp.mails()]


async def test_no_mail_leaves_unprotected_where_protection_is_set(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    settings = desk.settings.model_copy(update={"smtp_tls": Tls.STARTTLS})
    post = Post(settings, "opcc.example", patience=IMPATIENCE)
    reply = await post.send(Outgoing("bounces@opcc.example", ROBIN, b"Subject: x\r\n\r\nx\r\n"))
    assert reply.kind is ReplyKind.AWAY
    assert smtp.mails() == []
