"""What people add to their contact reaches the adviser of its case, and is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from toy import record

from complaints_contracts.codes import Channel, Criterion, Queue, RiskFlag, Unread, Urgency
from complaints_contracts.parts import FileRef
from complaints_contracts.triage import (
    ContactSorted,
    MessageSorted,
    Prompt,
    SortingPersonErased,
)
from complaints_law.office import OfficeProfile

if TYPE_CHECKING:
    from conftest import Casework, Web

Contact = Callable[..., ContactSorted]


def message(contact: ContactSorted, **fields: Any) -> MessageSorted:
    given: dict[str, Any] = {
        "contact_id": contact.contact_id,
        "case_id": contact.case_id,
        "message_id": uuid4(),
        "person_id": contact.person,
        "reference": contact.reference,
        "channel": Channel.EMAIL,
        "received_at": contact.received_at + timedelta(hours=1),
        "title": "Re: my van",
        "words": "I forgot: they took my keys too.",
        "queue": contact.queue,
        "urgency": Urgency.ROUTINE,
        "prompts_version": "test",
    }
    return MessageSorted(**(given | fields))


async def test_a_message_is_for_the_adviser_to_read_within_a_day(
    casework: Casework, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event, (message(event), 2))
    assert (await casework.facts(event.contact_id))[-2:] == [
        "casework.message-kept",
        "casework.action-added",
    ]
    [action] = await casework.rows("SELECT * FROM actions")
    row = await casework.case(event.contact_id)
    assert (action.kind, action.reason) == ("READ_MESSAGE", "WROTE_AGAIN")
    assert action.due_at.isoformat() == "2026-04-07T22:59:00+00:00"  # R13, over Easter
    assert (row.unread_messages, row.next_action, row.next_clock) == (1, "READ_MESSAGE", None)
    assert str(row.next_do_by) == "2026-04-07"


async def test_what_a_machine_sent_is_recorded_and_asks_nothing(
    casework: Casework, contact: Contact
) -> None:
    event = contact()
    away = message(event, automatic=True, urgency=Urgency.IMMEDIATE)
    await casework.hear(event, (away, 2))
    row = await casework.case(event.contact_id)
    assert (row.unread_messages, row.open_actions, row.urgency) == (0, 0, "ROUTINE")
    assert (await casework.facts(event.contact_id))[-1] == "casework.message-kept"


async def test_something_serious_in_it_raises_the_urgency_of_the_case(
    casework: Casework, contact: Contact
) -> None:
    event = contact()
    serious = message(event, urgency=Urgency.IMMEDIATE, risks=(RiskFlag.SELF_HARM,))
    await casework.hear(event, (serious, 2), (message(event), 3))
    row = await casework.case(event.contact_id)
    assert (row.urgency, row.risks) == ("IMMEDIATE", ["SELF_HARM"])


async def test_whoever_a_message_names_sees_no_case_of_the_contact_any_more(
    casework: Casework, web: Web, contact: Contact, with_absences: Callable[..., OfficeProfile]
) -> None:
    casework.use(with_absences("adviser-2", "adviser-3", "adviser-4"))
    first = contact()
    second = contact(first.contact_id, matter="2", persons=first.persons)
    name = next(m.name for m in casework.office.staff if m.id == "adviser-1")
    new = message(first, words=f"{name} shouted at me.", title=None)
    again = message(first, title=f"{name} again")
    await casework.hear(first, (second, 2), (new, 3), (new, 4), (again, 5))
    asked = await casework.rows("SELECT * FROM actions WHERE kind = 'ALLOCATE'")
    assert {row.case_id for row in asked} == {first.case_id, second.case_id}
    assert [row.reason for row in asked] == ["HOLDER_NAMED"] * 2
    assert {row.due_at.isoformat() for row in asked} == {"2026-04-07T22:59:00+00:00"}
    for event in (first, second):
        facts = await casework.facts(event.contact_id, event.matter)
        assert facts.count("casework.staff-named") == 1
        address = f"/api/cases/{event.case_id}"
        assert (await web.client.get(address, headers=web.bearer())).status_code == 404
        leader = web.bearer("team-leader-1")
        assert (await web.client.get(address, headers=leader)).status_code == 200
    mine = await web.client.get("/api/worklist?adviser=me", headers=web.bearer())
    assert mine.json()["total"] == 0


async def test_a_message_delivered_twice_is_kept_once(casework: Casework, contact: Contact) -> None:
    event = contact()
    once = message(event)
    again = record(once, 2)
    await casework.hear(event)
    await casework.apply([again, again])
    await casework.apply([again, record(once, 3)])
    assert (await casework.facts(event.contact_id)).count("casework.message-kept") == 1


async def test_a_message_that_overtakes_its_contact_waits_for_it(
    casework: Casework, contact: Contact
) -> None:
    event = contact()
    await casework.hear((message(event), 2))
    assert await casework.held() == ["BEHIND"]
    await casework.hear(event)
    assert await casework.held() == []
    assert (await casework.case(event.contact_id)).unread_messages == 1


async def test_a_message_without_a_case_waits_unless_reviews_has_it(
    casework: Casework, contact: Contact
) -> None:
    lost, elsewhere = contact(), contact(queue=Queue.REVIEWS)
    await casework.hear(message(lost), elsewhere, (message(elsewhere), 2))
    assert await casework.held() == ["WAITING"]
    assert await casework.facts(elsewhere.contact_id) == []


async def test_a_message_that_cannot_be_read_costs_itself_only(
    casework: Casework, contact: Contact
) -> None:
    event, other = contact(), contact()
    await casework.hear(event, other)
    poison = replace(record(message(event), 2), value=b"{")
    await casework.apply([poison, record(message(other), 2)])
    assert await casework.held() == ["UNREADABLE"]
    assert (await casework.case(other.contact_id)).unread_messages == 1


async def test_what_an_erased_person_wrote_since_is_gone(
    casework: Casework, contact: Contact
) -> None:
    event = contact()
    gone = SortingPersonErased(
        contact_id=event.contact_id, person_id=event.person, case_ids=(event.case_id,)
    )
    await casework.hear(event, (message(event), 2), (gone, 3))
    assert await casework.rows("SELECT * FROM personal") == []
    assert (await casework.case(event.contact_id)).unread_messages == 1


async def test_the_page_shows_what_they_wrote_and_a_button_marks_it_as_read(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    words = "They <b>broke</b> my keys"
    prompt = Prompt(criterion=Criterion.MF2, phrase="fracture", words="broke", start=8, end=13)
    photo = FileRef(sha256="a" * 64, name="keys.zip", media_type="x/y", size=9, quarantined=True)
    new = message(
        event, words=words, prompts=(prompt,), attachments=(photo,), unread=Unread.ENCRYPTED
    )
    await casework.hear(event, (new, 2))
    await web.sign_in("team-leader-1")
    address = f"/cases/{event.case_id}"
    work = (await web.client.get("/worklist")).text
    assert "Wrote again" in work
    assert "Read what they wrote since" in work
    page = (await web.client.get(address)).text
    assert "&lt;b&gt;<mark>broke<" in page
    for said in ("Re: my van", "Not read yet", "keys.zip", "Not opened", "It is encrypted"):
        assert said in page
    form = {
        name: unescape(found[1])
        for name in ("csrf_token", "version", "once")
        if (found := re.search(rf'name="{name}" value="([^"]+)"', page))
    }
    read = f"{address}/messages/{new.message_id}/read"
    for _ in range(2):
        assert (await web.client.post(read, data=form)).status_code == 303
    row = await casework.case(event.contact_id)
    assert (row.unread_messages, row.open_actions) == (0, 0)
    [written] = await casework.rows("SELECT * FROM journal WHERE type LIKE '%message-read'")
    assert (written.actor, written.rule) == ("team-leader-1", "R13")
    assert "Not read yet" not in (await web.client.get(address)).text


async def test_a_program_marks_a_message_as_read_once(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    first, second = message(event), message(event)
    await casework.hear(event, (first, 2), (second, 3))
    [row] = await casework.rows("SELECT version FROM cases")

    async def read(id: object, key: str) -> Any:
        headers = web.bearer(**{"If-Match": f'"{row.version}"', "Idempotency-Key": key})
        return await web.client.post(
            f"/api/cases/{event.case_id}/messages/{id}/read", headers=headers
        )

    answer = await read(first.message_id, "k1")
    assert (answer.status_code, answer.json()["recorded"]) == (200, "casework.message-read")
    assert (await read(first.message_id, "k1")).json() == answer.json()
    assert (await read(first.message_id, "k2")).json()["recorded"] is None
    assert (await read(second.message_id, "k1")).status_code == 409  # the key stood for another
    assert (await read(uuid4(), "k3")).status_code == 404
    assert (await casework.case(event.contact_id)).unread_messages == 1
