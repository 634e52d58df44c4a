"""What machines say about our mail reaches its notice (reliability 2.2, 2.6)."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import NamedTuple
from uuid import uuid4

import pytest
from notices import THURSDAY, Desk, migrate_notifications, person, received
from prometheus_client import REGISTRY
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool
from toy import record

from complaints_contracts.cases import case_id
from complaints_contracts.codes import Medium, ReturnKind
from complaints_contracts.contacts import ContactPersonErased, ContactReceived, MailReturned
from complaints_local.mailbox import Mailbox
from complaints_local.postgres import DatabaseUrls
from complaints_notifications.domain.notice import NoticeState

PHONE = "01632 960184"


def back(kind: ReturnKind = ReturnKind.BOUNCED, **fields: object) -> MailReturned:
    given: dict[str, object] = {
        "contact_id": uuid4(),
        "kind": kind,
        "received_at": THURSDAY,
        "status": "5.1.1",
    }
    return MailReturned.model_validate(given | fields)


class Told(NamedTuple):
    """A contact that was acknowledged; the token and the Message-ID of the mail."""

    contact: ContactReceived
    token: str
    message_id: str


async def told(desk: Desk, smtp: Mailbox, lead: AsyncConnection) -> Told:
    contact = received(person(telephone=PHONE))
    await desk.apply(contact)
    await desk.work(lead)
    mail = smtp.mails()[-1]
    token = mail.sender.removeprefix("bounces+").partition("@")[0]
    return Told(contact, token, str(mail.message["Message-ID"]))


@pytest.mark.parametrize("by", ["token", "Message-ID"])
async def test_a_bounce_makes_a_task_for_a_person(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection, by: str
) -> None:
    contact, token, message_id = await told(desk, smtp, lead)
    theirs = ("<something@people.example>", message_id)
    await desk.apply(back(token=token) if by == "token" else back(message_ids=theirs))
    notice = await desk.notice(contact.contact_id)
    assert notice.state is NoticeState.RETURNED
    assert notice.came_back
    assert (notice.came_back.instead, notice.came_back.status) == (Medium.TELEPHONE, "5.1.1")
    [row] = await desk.rows("SELECT * FROM notices")
    assert (row.state, row.is_task, row.instead) == ("RETURNED", True, "TELEPHONE")
    assert (row.returned, row.returned_status) == ("BOUNCED", "5.1.1")


@pytest.mark.parametrize(
    ("kind", "status", "arrived"),
    [
        (ReturnKind.BOUNCED, "5.1.1", False),
        (ReturnKind.BOUNCED, None, False),
        (ReturnKind.BOUNCED, "5.2.2", True),
        (ReturnKind.BOUNCED, "4.4.7", True),
        (ReturnKind.DELAYED, "4.4.1", True),
        (ReturnKind.DELIVERED, "2.0.0", True),
        (ReturnKind.READ, None, True),
        (ReturnKind.REPORTED, None, True),
        (ReturnKind.LOOPED, None, True),
        (ReturnKind.OTHER, None, True),
        (ReturnKind.OTHER, "5.7.1", False),
    ],
)
async def test_only_what_did_not_arrive_asks_for_somebody(
    desk: Desk,
    smtp: Mailbox,
    lead: AsyncConnection,
    kind: ReturnKind,
    status: str | None,
    arrived: bool,
) -> None:
    contact, token, _ = await told(desk, smtp, lead)
    await desk.apply(back(kind, token=token, status=status))
    notice = await desk.notice(contact.contact_id)
    [report] = notice.returned
    assert (report.kind, report.status) == (kind, status)
    assert report.instead is (None if arrived else Medium.TELEPHONE)
    assert notice.state is (NoticeState.SENT if arrived else NoticeState.RETURNED)


async def test_the_same_report_again_says_nothing_new_and_a_worse_one_does(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contact, token, _ = await told(desk, smtp, lead)
    late = record(back(ReturnKind.DELAYED, token=token, status="4.4.1"))
    await desk.applier.apply([late, late])
    await desk.applier.apply([late])
    await desk.apply(back(ReturnKind.DELAYED, token=token, status="4.4.1"), back(token=token))
    notice = await desk.notice(contact.contact_id)
    assert [report.kind for report in notice.returned] == [ReturnKind.DELAYED, ReturnKind.BOUNCED]


def heard_of_strangers() -> float:
    labels = {"kind": "BOUNCED", "ours": "no"}
    return REGISTRY.get_sample_value("complaints_mail_returned_total", labels) or 0


async def test_a_report_about_no_mail_of_ours_is_counted_and_logged_without_a_word_of_it(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    before = heard_of_strangers()
    report = back(token="ab" * 16, message_ids=("<robin@people.example>",))
    with caplog.at_level(logging.WARNING, "complaints_notifications.handlers"):
        await desk.apply(report)
    assert heard_of_strangers() == before + 1
    [line] = caplog.records
    assert "robin" not in str(vars(line))
    assert vars(line)["report"] == str(report.contact_id)
    assert await desk.rows("SELECT * FROM held") == []


async def test_a_report_that_cannot_be_read_costs_itself_only(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contact, token, _ = await told(desk, smtp, lead)
    poison = replace(record(back(token=token)), value=b"{")
    await desk.applier.apply([poison, record(back(token=token))])
    assert [row.kind for row in await desk.rows("SELECT kind FROM held")] == ["UNREADABLE"]
    assert (await desk.notice(contact.contact_id)).state is NoticeState.RETURNED


async def test_a_bounce_that_overtakes_our_own_knowledge_is_not_forgotten(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    """The report is here before the answer of the mail server that took the mail."""
    contact = received(person(telephone=PHONE))
    await desk.apply(contact)
    await desk.postmaster.step(lead)  # composed and under way, its answer not yet written down
    [row] = await desk.rows("SELECT token FROM notices")
    await desk.apply(back(token=row.token))
    await desk.work(lead)
    notice = await desk.notice(contact.contact_id)
    assert (notice.ledger, notice.state) == (NoticeState.SENT, NoticeState.RETURNED)
    assert len(smtp.mails()) == 1


async def test_a_bounce_to_somebody_who_was_erased_asks_for_nobody(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contact = received(person(telephone=PHONE))
    await desk.apply(contact)
    await desk.work(lead)
    [row] = await desk.rows("SELECT token FROM notices")
    gone = ContactPersonErased(contact_id=contact.contact_id, person_id=contact.person)
    await desk.applier.apply([record(gone, 2)])
    await desk.apply(back(token=row.token))
    notice = await desk.notice(contact.contact_id)
    assert notice.came_back
    assert notice.came_back.instead is None
    [row] = await desk.rows("SELECT state, is_task FROM notices")
    assert (row.state, row.is_task) == ("RETURNED", False)


BEFORE_TOKENS = (
    "DROP TABLE case_references",
    "DROP VIEW mails_with_words",
    "ALTER TABLE mails DROP COLUMN words_of, DROP COLUMN is_step",
    "ALTER TABLE notices DROP COLUMN case_id, DROP COLUMN step_id, DROP COLUMN step,"
    " DROP COLUMN last_day",
    "ALTER TABLE notices DROP COLUMN complete_by, DROP COLUMN token, DROP COLUMN returned,"
    " DROP COLUMN returned_status",
    "UPDATE migrations SET version_num = 'notifications_0001'"
    " WHERE version_num = 'notifications_0003'",
)


async def test_what_was_sent_before_tokens_were_kept_gets_its_own_in_the_migration(
    desk: Desk, smtp: Mailbox, lead: AsyncConnection, urls: DatabaseUrls
) -> None:
    contact, token, _ = await told(desk, smtp, lead)
    gone = ContactPersonErased(contact_id=contact.contact_id, person_id=contact.person)
    await desk.applier.apply([record(gone, 2)])
    await desk.apply(received(anonymous=True))
    await from_before(desk, lead, urls)
    rows = await desk.rows("SELECT token FROM notices ORDER BY token")
    assert [row.token for row in rows] == [token, None]


async def test_the_references_of_cases_from_before_are_known_by_their_contacts(
    desk: Desk, lead: AsyncConnection, urls: DatabaseUrls
) -> None:
    """The events that opened them are read, and are not read again."""
    contact, other = received(), received(reference="4TTB-8W2C-H")
    await desk.apply(contact, other)
    await from_before(desk, lead, urls)
    rows = await desk.rows("SELECT case_id, reference, opened_as FROM case_references")
    assert {tuple(row) for row in rows} == {
        (case_id(each.contact_id), each.reference, None) for each in (contact, other)
    }


async def from_before(desk: Desk, lead: AsyncConnection, urls: DatabaseUrls) -> None:
    """Takes the database back to what it was first, and migrates it."""
    await lead.close()
    owner = create_async_engine(urls.owner, poolclass=NullPool)
    async with owner.begin() as connection:
        for statement in BEFORE_TOKENS:
            await connection.execute(text(statement))
    await migrate_notifications(urls.owner)
    await desk.engine.dispose()  # its connections remember the table as it was
