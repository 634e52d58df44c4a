"""The whole service: from Kafka to the mail server, and what staff see of it."""

from __future__ import annotations

import asyncio
import html
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from intake_service import ByHeader
from notices import SECRET, THURSDAY, Desk, person, received, settings_for
from sqlalchemy.ext.asyncio import AsyncConnection
from toy import record

from complaints_chassis.clock import Clock
from complaints_chassis.web import check_rights
from complaints_contracts.cases import CaseMoved, case_id
from complaints_contracts.codes import (
    CaseStatus,
    CaseStep,
    ContactType,
    Medium,
    ReachBy,
    ReturnKind,
    WithheldReason,
)
from complaints_contracts.contacts import ContactReceived, MailReturned
from complaints_contracts.notices import NoticeWithheld
from complaints_contracts.parts import Reach
from complaints_contracts.topics import topics
from complaints_law.calendar import load_calendar
from complaints_law.rule_sets import load_rule_sets
from complaints_local.broker import MemoryBroker
from complaints_local.mailbox import Mailbox
from complaints_local.postgres import DatabaseUrls
from complaints_notifications.app import create_app
from complaints_notifications.clerk import Clerk
from complaints_notifications.domain.facts import NoticeOpened
from complaints_notifications.domain.promise import Law, Promise
from complaints_notifications.letters import Composed, Letters
from complaints_notifications.post import Post
from complaints_notifications.settings import Settings
from complaints_notifications.worker import Postmaster

ROBIN = "robin@people.example"


class Staff(NamedTuple):
    """The pages and the API of `desk`'s notices."""

    desk: Desk
    http: httpx.AsyncClient

    async def page(self) -> str:
        answer = await self.http.get("/", headers={"who": "adviser", "accept": "text/html"})
        assert answer.status_code == 200
        return " ".join(html.unescape(answer.text).split())


@pytest.fixture
async def staff(desk: Desk) -> AsyncIterator[Staff]:
    """Staff at the desk, signed in by a header."""
    app = create_app(desk.settings, desk.clock)
    app.state.auth = ByHeader()
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://desk.example") as http:
        yield Staff(desk, http)
    await app.state.running.engine.dispose()


async def test_staff_see_tasks_first_and_no_address(
    staff: Staff, smtp: Mailbox, lead: AsyncConnection
) -> None:
    assert "Nobody has been told anything yet." in await staff.page()
    number = "01632 960184"
    careful = Reach(preferred=ReachBy.TELEPHONE, safe_contact="Only ring me at work.")
    smtp.program("alex@people.example", "550 5.1.1 Nobody here")
    await staff.desk.apply(
        received(reference="AAAA"),
        received(person(email="alex@people.example", telephone=number), reference="BBBB"),
        received(person(email=None, address="14 Larkspur Rise"), reference="CCCC"),
        received(anonymous=True, reference="DDDD"),
        received(person(reach=careful), reference="EEEE"),
        received(person(email="alex@home"), reference="FFFF"),
    )
    await staff.desk.work(lead)
    page = await staff.page()
    tasks, _, latest = page.partition("Latest notices")
    names = ("AAAA", "BBBB", "CCCC", "DDDD", "EEEE", "FFFF")
    assert [name for name in names if name in tasks] == ["BBBB", "CCCC", "EEEE", "FFFF"]
    assert "Call them" in tasks
    assert "Write them a letter" in tasks
    assert "Find a way to tell them" in tasks
    assert "Nothing sent: a person must read first how to reach them safely" in tasks
    assert "Read what they told us, then decide how to reach them" in tasks
    assert all(name in latest for name in names)
    assert "Acknowledged by email on 2 April 2026, 5:10pm" in latest
    assert "8 April 2026, 4:30pm" in latest
    assert not [
        words for words in (ROBIN, "Robin Example", number, "Larkspur", "at work") if words in page
    ]


async def test_staff_see_what_came_back_and_what_it_was(
    staff: Staff, smtp: Mailbox, lead: AsyncConnection
) -> None:
    desk = staff.desk
    asks = received(
        person(telephone="01632 960184"),
        reference="AAAA",
        declared=ContactType.REVIEW_APPLICATION,
    )
    await desk.apply(asks, received(person(email="alex@people.example"), reference="BBBB"))
    await desk.work(lead)
    tokens = {row.reference: row.token for row in await desk.rows("SELECT * FROM notices")}
    assert "Acknowledged as an application for a review by email" in await staff.page()
    about = {"contact_id": uuid4(), "received_at": THURSDAY}
    await desk.apply(
        MailReturned(**about, kind=ReturnKind.BOUNCED, status="5.1.1", token=tokens["AAAA"]),
        MailReturned(**about | {"contact_id": uuid4()}, kind="READ", token=tokens["BBBB"]),
    )
    tasks, _, latest = (await staff.page()).partition("Latest notices")
    assert "The mail came back: it did not arrive (5.1.1)" in tasks
    assert "Call them" in tasks
    assert "Review completed by 15 May 2026, 11:59pm" in tasks
    assert "BBBB" not in tasks
    assert "; then a mail system said: it was opened" in latest
    url = f"/api/notices?contact_id={asks.contact_id}"
    [told] = (await staff.http.get(url, headers={"who": "adviser"})).json()
    assert (told["state"], told["returned"], told["returned_status"]) == (
        "RETURNED",
        "BOUNCED",
        "5.1.1",
    )


async def test_staff_see_which_step_was_told_and_until_when(
    staff: Staff, smtp: Mailbox, lead: AsyncConnection
) -> None:
    desk = staff.desk
    contact = received(reference="AAAA")
    updated = CaseMoved(
        case_id=case_id(contact.contact_id),
        step_id=uuid4(),
        contact_id=contact.contact_id,
        reference=contact.reference,
        received_at=contact.received_at,
        persons=contact.persons,
        step=CaseStep.UPDATED,
        status=CaseStatus.SR_OPEN,
        at=THURSDAY,
        procedure_version="1",
        words="We are still looking.",
    )
    await desk.apply(contact, updated, *(_untold(updated, number) for number in range(2)))
    await desk.work(lead)
    page = await staff.page()
    assert "Told about “updated” by email on 2 April 2026, 5:10pm" in page
    assert "Last day 30 April 2026" in page
    assert "Nothing sent about “other”: another reason, which a person has to look into" in page
    assert "still looking" not in page
    url = f"/api/notices?contact_id={contact.contact_id}"
    found = (await staff.http.get(url, headers={"who": "adviser"})).json()
    [told] = [one for one in found if one["step"] == "UPDATED"]
    assert (told["step_id"], told["last_day"]) == (str(updated.step_id), "2026-04-30")


def _untold(moved: CaseMoved, number: int) -> CaseMoved:
    """A step that only a later release has a letter for."""
    ids = {"case_id": case_id(moved.contact_id, f"{number + 2}"), "step_id": uuid4()}
    return moved.model_copy(update={**ids, "step": CaseStep.OTHER})


class Unwritable(Letters):
    """Letters of which none can be written."""

    def compose(
        self, opened: NoticeOpened, promise: Promise, recipient: str, at: datetime
    ) -> Composed:
        raise ValueError("no letter")


async def test_a_reason_that_has_no_words_of_its_own_is_not_explained_away(
    staff: Staff, lead: AsyncConnection
) -> None:
    desk = staff.desk
    law = Law(load_calendar(), load_rule_sets(), desk.office.opening_hours)
    clerk = Clerk(desk.book, Unwritable(desk.office, SECRET), law)
    post = Post(desk.settings, desk.office.mail.domain)
    contact = received()
    await desk.apply(contact)
    await Postmaster(desk.engine, desk.clock, clerk, post).step(lead)
    end = (await desk.notice(contact.contact_id)).end
    assert isinstance(end, NoticeWithheld)
    assert (end.reason, end.instead) == (WithheldReason.OTHER, Medium.OTHER)
    tasks, _, _ = (await staff.page()).partition("Latest notices")
    assert "Nothing sent: another reason, which a person has to look into" in tasks
    assert "Find a way to tell them" in tasks


async def test_the_api_tells_of_one_contact(
    staff: Staff, smtp: Mailbox, lead: AsyncConnection
) -> None:
    contact = received()
    await staff.desk.apply(contact, received())
    await staff.desk.work(lead)
    url = f"/api/notices?contact_id={contact.contact_id}"
    [told] = (await staff.http.get(url, headers={"who": "operations"})).json()
    assert (told["state"], told["attempts"], told["sent_at"]) == (
        "SENT",
        1,
        "2026-04-02T16:10:00Z",
    )
    assert (told["call_by"], told["is_task"]) == ("2026-04-08T15:30:00Z", False)


async def test_only_staff_may_look(staff: Staff) -> None:
    contact = received()
    for path in ("/", f"/api/notices?contact_id={contact.contact_id}"):
        assert (await staff.http.get(path)).status_code == 401
        answer = await staff.http.get(path, headers={"who": "adjudicator"})
        assert answer.status_code == 403


def test_every_route_declares_its_right(desk: Desk) -> None:
    check_rights(create_app(desk.settings))


async def test_from_kafka_to_the_mail_server_and_back(
    urls: DatabaseUrls, smtp: Mailbox, kafka: MemoryBroker, tmp_path: Path
) -> None:
    for topic in topics().values():
        await kafka.create_topic(topic.name, topic.partitions)
    settings = Settings(
        **settings_for(urls.service, smtp.host, smtp.port, tmp_path / "files")
        | {"KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap, "kafka_keeps_records": False}
    )
    clock = Clock()
    clock.set(THURSDAY)
    app = create_app(settings, clock)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(app.router.lifespan_context(app))
        producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap)
        await producer.start()
        stack.push_async_callback(producer.stop)
        for number in range(5):
            await _send(producer, received(person(email=f"p{number}@people.example")))
        async with asyncio.timeout(60):
            mails = await smtp.wait_for(5)
    assert {mail.recipients for mail in mails} == {
        (f"p{number}@people.example",) for number in range(5)
    }


async def _send(producer: AIOKafkaProducer, contact: ContactReceived) -> None:
    sent = record(contact)
    await producer.send_and_wait(
        sent.topic,
        sent.value,
        key=sent.key,
        headers=[(name.decode(), value) for name, value in sent.headers],
    )
