"""Whoever praised somebody, or raised a concern, is thanked once an adviser has read it."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from notices import CALL_BY, THURSDAY, Desk, person, received
from sqlalchemy.ext.asyncio import AsyncConnection
from toy import record

from complaints_contracts.cases import (
    CasePersonErased,
    ComplimentForwarded,
    ConcernNoted,
    case_id,
)
from complaints_contracts.codes import (
    ContactType,
    Medium,
    Purpose,
    ReachBy,
    ReturnKind,
    WithheldReason,
)
from complaints_contracts.contacts import ContactPersonErased, ContactReceived, MailReturned
from complaints_contracts.notices import NoticeSent, NoticeWithheld
from complaints_contracts.parts import Reach
from complaints_local.mailbox import Mailbox
from complaints_notifications.domain.notice import Notice, NoticeState

ROBIN = "robin@people.example"
Ended = ComplimentForwarded | ConcernNoted


def ended(
    contact: ContactReceived,
    kind: type[Ended] = ComplimentForwarded,
    matter: str = "1",
) -> Ended:
    return kind(
        case_id=case_id(contact.contact_id, matter),
        contact_id=contact.contact_id,
        reference=contact.reference,
        received_at=contact.received_at,
        persons=contact.persons,
    )


async def thanks(desk: Desk, contact_id: UUID) -> Notice:
    return await desk.notice(case_id(contact_id), Purpose.THANKS)


@pytest.mark.parametrize(
    ("kind", "words"),
    [(ComplimentForwarded, "something that was done well"), (ConcernNoted, "what worries you")],
)
async def test_an_adviser_who_read_it_has_the_person_thanked_once(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection, kind: type[Ended], words: str
) -> None:
    contact = received()
    event = record(ended(contact, kind))
    await desk.apply(contact)
    await desk.applier.apply([event, event])
    await desk.applier.apply([event, replace(record(ended(contact, kind), 2))])
    await desk.work(lead)
    first, second = smtp.mails()
    assert first.recipients == second.recipients == (ROBIN,)
    assert second.message["Subject"] == f"Thank you: reference {contact.reference}"
    assert second.message["Auto-Submitted"] == "auto-generated"
    plain = second.message.get_body(("plain",))
    assert plain
    assert words in plain.get_content()
    notice = await thanks(desk, contact.contact_id)
    assert isinstance(notice.end, NoticeSent)
    assert notice.end.purpose is Purpose.THANKS
    assert notice.prepared
    assert notice.prepared.call_by is None


@pytest.mark.parametrize(
    ("declared", "call"),
    [
        (ContactType.COMPLIMENT, False),
        (ContactType.COMMUNITY_CONCERN, False),
        (ContactType.COMPLAINT, True),
        (ContactType.MIXED, True),
        (None, True),
    ],
)
async def test_only_who_declares_no_complaint_is_promised_no_call(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection, declared: ContactType | None, call: bool
) -> None:
    contact = received(person(telephone="01632 960184"), declared=declared)
    await desk.apply(contact)
    await desk.work(lead)
    prepared = (await desk.notice(contact.contact_id)).prepared
    assert prepared
    assert prepared.call_by == (CALL_BY if call else None)
    [mail] = smtp.mails()
    plain = mail.message.get_body(("plain",))
    assert plain
    assert ("will telephone you" in plain.get_content()) is call


async def test_several_matters_are_thanked_for_once_for_each_kind(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contact = received()
    await desk.apply(contact, ended(contact), ended(contact, matter="2"))
    await desk.apply(ended(contact, ConcernNoted, "3"))
    await desk.apply(ended(contact, ConcernNoted, "4"), ended(contact, matter="5"))
    await desk.work(lead)
    assert len(smtp.mails()) == 3
    thanked = await desk.rows("SELECT * FROM notices WHERE purpose = 'THANKS'")
    assert [row.state for row in thanked] == ["SENT", "SENT"]


async def test_several_matters_that_nobody_can_be_thanked_for_by_mail_make_one_task(
    desk: Desk,
) -> None:
    contact = received(person(email=None, telephone="01632 960184"))
    await desk.apply(contact, ended(contact), ended(contact, matter="2"))
    [task] = await desk.rows("SELECT * FROM notices WHERE is_task AND purpose = 'THANKS'")
    assert (task.reason, task.instead) == ("NO_ADDRESS", "TELEPHONE")


async def test_thanks_that_overtake_the_contact_wait_for_it(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contact = received()
    await desk.apply(ended(contact))
    assert [row.kind for row in await desk.rows("SELECT kind FROM held")] == ["WAITING"]
    await desk.apply(contact)
    await desk.work(lead)
    assert await desk.rows("SELECT kind FROM held") == []
    assert len(smtp.mails()) == 2


async def test_thanks_that_cannot_be_read_cost_themselves_only(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contact, other = received(), received(person(email="alex@people.example"))
    await desk.apply(contact, other)
    await desk.applier.apply([replace(record(ended(contact)), value=b"{"), record(ended(other))])
    await desk.work(lead)
    assert [row.kind for row in await desk.rows("SELECT kind FROM held")] == ["UNREADABLE"]
    assert len(smtp.mails()) == 3


async def test_nobody_is_thanked_who_must_not_be_written_to(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    careful = Reach(preferred=ReachBy.TELEPHONE, safe_contact="Only ring me at work.")
    home = "14 Larkspur Rise"
    cases = [
        (received(anonymous=True), WithheldReason.ANONYMOUS, None),
        (received(answerable=False), WithheldReason.AUTOMATIC_MAIL, None),
        (
            received(person(reach=Reach(preferred=ReachBy.NOT_AT_ALL))),
            WithheldReason.DO_NOT_CONTACT,
            None,
        ),
        (received(person(reach=careful)), WithheldReason.SAFE_CONTACT, Medium.AS_ASKED),
        (received(person(email=None, address=home)), WithheldReason.NO_ADDRESS, Medium.LETTER),
    ]
    await desk.apply(*(contact for contact, _, _ in cases))
    await desk.apply(*(ended(contact) for contact, _, _ in cases))
    await desk.work(lead)
    assert smtp.mails() == []
    assert await desk.rows("SELECT * FROM mails") == []
    for contact, reason, instead in cases:
        end = (await thanks(desk, contact.contact_id)).end
        assert isinstance(end, NoticeWithheld)
        assert (end.reason, end.instead) == (reason, instead)


async def test_an_address_that_refused_the_acknowledgement_gets_no_thanks(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contact = received(person(telephone="01632 960184"))
    smtp.program(ROBIN, "550 5.1.1 Nobody here")
    await desk.apply(contact)
    await desk.work(lead)
    await desk.apply(ended(contact))
    await desk.work(lead)
    assert smtp.mails() == []
    end = (await thanks(desk, contact.contact_id)).end
    assert isinstance(end, NoticeWithheld)
    assert (end.reason, end.instead) == (WithheldReason.NO_ADDRESS, Medium.TELEPHONE)


@pytest.mark.parametrize(
    ("telephone", "instead"), [("01632 960184", Medium.TELEPHONE), (None, Medium.OTHER)]
)
async def test_who_reported_the_acknowledgement_as_abuse_is_left_to_a_person(
    desk: Desk,
    smtp: Mailbox,
    lead: AsyncConnection,
    telephone: str | None,
    instead: Medium,
) -> None:
    contact = received(person(telephone=telephone))
    await desk.apply(contact)
    await desk.work(lead)
    [row] = await desk.rows("SELECT token FROM notices")
    report = MailReturned(
        contact_id=uuid4(), kind=ReturnKind.REPORTED, received_at=THURSDAY, token=row.token
    )
    await desk.apply(report, ended(contact))
    await desk.work(lead)
    assert len(smtp.mails()) == 1
    end = (await thanks(desk, contact.contact_id)).end
    assert isinstance(end, NoticeWithheld)
    assert (end.reason, end.instead) == (WithheldReason.OTHER, instead)
    [task] = await desk.rows("SELECT purpose FROM notices WHERE is_task")
    assert task.purpose == "THANKS"


@pytest.mark.parametrize(
    ("telephone", "instead"), [("01632 960184", Medium.TELEPHONE), (None, Medium.OTHER)]
)
async def test_thanks_over_the_caps_of_automatic_mail_are_left_to_a_person(
    desk: Desk,
    smtp: Mailbox,
    lead: AsyncConnection,
    telephone: str | None,
    instead: Medium,
) -> None:
    contacts = [received(person(telephone=telephone)) for _ in range(2)]
    await desk.apply(*contacts)
    await desk.work(lead)
    await desk.apply(*(ended(contact) for contact in contacts))
    await desk.work(lead)
    assert len(smtp.mails()) == 3
    states = [(await thanks(desk, contact.contact_id)).state for contact in contacts]
    assert sorted(states) == [NoticeState.SENT, NoticeState.WITHHELD]
    [task] = await desk.rows("SELECT * FROM notices WHERE is_task")
    assert (task.purpose, task.reason, task.instead) == ("THANKS", "TOO_MANY", instead)


@pytest.mark.parametrize("road", ["contacts first", "cases first", "contacts alone before it"])
async def test_an_erased_person_is_not_thanked(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection, road: str
) -> None:
    contact = received()
    event = ended(contact)
    by_intake = record(
        ContactPersonErased(contact_id=contact.contact_id, person_id=contact.person), 2
    )
    by_casework = record(CasePersonErased(case_id=event.case_id, person_id=contact.person), 2)
    await desk.apply(contact)
    await desk.work(lead)
    assert len(smtp.mails()) == 1
    match road:
        case "contacts first":
            await desk.applier.apply([record(event), by_intake, by_casework])
        case "cases first":
            await desk.applier.apply([record(event), by_casework])
            await desk.applier.apply([by_intake])
        case _:
            await desk.applier.apply([by_intake])
            await desk.applier.apply([record(event), by_casework])
    await desk.work(lead)
    assert len(smtp.mails()) == 1
    assert (await thanks(desk, contact.contact_id)).state in (
        NoticeState.CANCELLED,
        NoticeState.WITHHELD,
    )
    assert await desk.rows("SELECT * FROM personal") == []
    assert await desk.rows("SELECT * FROM mails") == []
