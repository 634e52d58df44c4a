"""What triage says of contacts: each matter, what is declared, what is added, who is erased."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from toy import record

from complaints_contracts.cases import case_id
from complaints_contracts.codes import Channel, ContactType, ReturnKind, Unread
from complaints_contracts.contacts import (
    ContactPersonErased,
    ContactReceived,
    MailReturned,
    MessageAdded,
)
from complaints_contracts.parts import Matter, ReviewAsked
from complaints_contracts.triage import ContactSorted, MessageSorted, SortingPersonErased

if TYPE_CHECKING:
    from conftest import Triage

Contact = Callable[..., ContactReceived]
TWO = (
    Matter(number="1", words="Nobody rang me back."),
    Matter(number="2", words="The second officer broke my arm."),
)


def added(contact: ContactReceived, **fields: Any) -> MessageAdded:
    given: dict[str, Any] = {
        "contact_id": contact.contact_id,
        "message_id": uuid4(),
        "person_id": contact.person,
        "reference": contact.reference,
        "channel": Channel.EMAIL,
        "received_at": contact.received_at,
        "words": "I forgot to say that he broke my wrist.",
    }
    return MessageAdded(**(given | fields))


async def test_what_is_known_of_a_contact_is_passed_on(triage: Triage, contact: Contact) -> None:
    event = contact(
        declared=ContactType.REVIEW_APPLICATION,
        mentions=("CL-7K4M-9QPC",),
        review=ReviewAsked(force_reference="CO/123/26", outcome_on=date(2026, 3, 12)),
        unread=Unread.EMPTY,
        taken_by="adviser-1",
        dated_on=date(2026, 3, 30),
    )
    await triage.hear(event)
    [told] = await triage.told(event.contact_id)
    assert (told["declared"], told["queue"]) == ("REVIEW_APPLICATION", "REVIEWS")
    assert told["mentions"] == ["CL-7K4M-9QPC"]
    assert told["review"]["outcome_on"] == "2026-03-12"
    assert (told["unread"], told["taken_by"], told["dated_on"]) == (
        "EMPTY",
        "adviser-1",
        "2026-03-30",
    )
    [row] = await triage.rows("SELECT * FROM sortings")
    assert (row.matter, row.declared) == ("1", "REVIEW_APPLICATION")


async def test_each_matter_is_sorted_by_its_own_words(triage: Triage, contact: Contact) -> None:
    event = contact(matters=TWO, words="Both.")
    await triage.hear(event)
    first, second = await triage.told(event.contact_id)
    assert [first["case_id"], second["case_id"]] == [
        str(case_id(event.contact_id, number)) for number in ("1", "2")
    ]
    assert [(m["matter"], m["urgency"]) for m in (first, second)] == [
        ("1", "ROUTINE"),
        ("2", "URGENT"),
    ]
    rows = await triage.rows("SELECT matter, prompts FROM sortings ORDER BY matter")
    assert [row.prompts > 0 for row in rows] == [False, True]


async def test_a_contact_delivered_twice_is_sorted_once(triage: Triage, contact: Contact) -> None:
    event = record(contact(matters=TWO))
    await triage.applier.apply([event, event])
    await triage.applier.apply([event])
    assert len(await triage.rows("SELECT * FROM sortings")) == 2


async def test_words_of_the_title_have_no_place_in_the_words(
    triage: Triage, contact: Contact
) -> None:
    event = contact(title="He broke my arm", words="See the title.")
    await triage.hear(event)
    [told] = await triage.told(event.contact_id)
    assert told["prompts"]
    assert all((prompt["start"], prompt["end"]) == (0, 0) for prompt in told["prompts"])
    parts = await triage.rows("SELECT convert_from(bytes, 'UTF8') AS said FROM personal")
    assert any("broke my arm" in row.said for row in parts)


async def test_a_message_is_looked_at_and_sent_on_to_the_first_case(
    triage: Triage, contact: Contact
) -> None:
    event = contact(matters=TWO)
    message = added(event)
    await triage.hear(event, (message, 2))
    *_, told = await triage.told(event.contact_id)
    assert told["type"] == MessageSorted.type
    assert told["case_id"] == str(case_id(event.contact_id))
    assert (told["queue"], told["urgency"]) == ("RESOLUTION", "URGENT")
    assert {prompt["criterion"] for prompt in told["prompts"]} >= {"MF2"}


def application(contact: Contact, **fields: Any) -> ContactReceived:
    words = "Please review the outcome you sent me."
    return contact(declared=ContactType.REVIEW_APPLICATION, words=words, **fields)


async def test_a_message_goes_with_the_first_matter_that_has_a_case(
    triage: Triage, contact: Contact
) -> None:
    event = application(contact, matters=TWO)
    await triage.hear(event, (added(event), 2))
    first, second, told = await triage.told(event.contact_id)
    assert [matter["queue"] for matter in (first, second)] == ["REVIEWS", "URGENT"]
    assert (told["type"], told["queue"]) == (MessageSorted.type, "URGENT")
    assert told["case_id"] == second["case_id"]


async def test_what_presses_in_a_message_to_reviews_is_a_further_matter_with_a_case(
    triage: Triage, contact: Contact
) -> None:
    event = application(contact)
    message = added(event)
    await triage.hear(event, (message, 2), (message, 3))
    await triage.hear((message, 4))
    first, further, told = await triage.told(event.contact_id)
    assert first["queue"] == "REVIEWS"
    assert (further["type"], further["matter"]) == (ContactSorted.type, "2")
    assert further["case_id"] == str(case_id(event.contact_id, "2"))
    assert (further["contact_type"], further["queue"], further["urgency"]) == (
        "COMPLAINT",
        "URGENT",
        "URGENT",
    )
    assert further.get("declared") is None
    assert [p["id"] for p in further["persons"]] == [str(event.person)]
    assert (told["type"], told["queue"]) == (MessageSorted.type, "REVIEWS")
    assert told["case_id"] == first["case_id"]
    gone = ContactPersonErased(contact_id=event.contact_id, person_id=event.person)
    await triage.hear((added(event), 5), (gone, 6))
    *_, later, erased = await triage.told(event.contact_id)
    assert (later["queue"], later["case_id"]) == ("URGENT", further["case_id"])
    assert erased["case_ids"] == [first["case_id"], further["case_id"]]
    assert await triage.rows("SELECT * FROM personal") == []


async def test_a_further_matter_that_asks_for_a_review_opens_no_second_one(
    triage: Triage, contact: Contact
) -> None:
    event = application(contact)
    words = "I want a review of this outcome: the officer broke my arm."
    await triage.hear(event, (added(event, words=words), 2))
    _, further, _ = await triage.told(event.contact_id)
    assert further["contact_type"] == "COMPLAINT"


async def test_what_is_routine_or_from_a_machine_stays_with_reviews_alone(
    triage: Triage, contact: Contact
) -> None:
    event = application(contact)
    routine = added(event, words="Thank you, I will wait.")
    await triage.hear(event, (routine, 2), (added(event, automatic=True), 3))
    _, *told = await triage.told(event.contact_id)
    assert [(m["type"], m["queue"]) for m in told] == [(MessageSorted.type, "REVIEWS")] * 2


async def test_the_same_message_again_says_nothing_new(triage: Triage, contact: Contact) -> None:
    event = contact()
    message = added(event)
    await triage.hear(event, (message, 2), (message, 3))
    assert [told["type"] for told in await triage.told(event.contact_id)] == [
        ContactSorted.type,
        MessageSorted.type,
    ]


async def test_a_message_that_overtakes_its_contact_waits(triage: Triage, contact: Contact) -> None:
    event = contact()
    await triage.hear((added(event), 2))
    assert await triage.held() == ["BEHIND"]
    await triage.hear(event)
    assert await triage.held() == []
    assert len(await triage.told(event.contact_id)) == 2


async def test_a_message_to_a_contact_that_was_never_sorted_waits(
    triage: Triage, contact: Contact
) -> None:
    await triage.hear((added(contact()), 1))
    assert await triage.held() == ["WAITING"]


async def test_a_message_that_cannot_be_read_costs_itself_only(
    triage: Triage, contact: Contact
) -> None:
    event, other = contact(), contact()
    await triage.hear(event, other)
    poison = replace(record(added(event), 2), value=b"{")
    await triage.applier.apply([poison, record(added(other), 2)])
    assert await triage.held() == ["UNREADABLE"]
    assert len(await triage.told(other.contact_id)) == 2


async def test_returned_mail_is_not_ours_to_sort(triage: Triage, contact: Contact) -> None:
    event = contact()
    back = MailReturned(contact_id=uuid4(), kind=ReturnKind.BOUNCED, received_at=event.received_at)
    await triage.hear(back)
    await triage.hear(event)
    assert await triage.held() == []
    assert await triage.told(back.contact_id) == []
    assert len(await triage.told(event.contact_id)) == 1


async def test_an_erased_person_is_gone_from_every_matter_and_message(
    triage: Triage, contact: Contact
) -> None:
    event = contact(matters=TWO)
    gone = ContactPersonErased(contact_id=event.contact_id, person_id=event.person)
    await triage.hear(event, (added(event), 2), (gone, 3))
    assert await triage.rows("SELECT * FROM personal") == []
    *_, told = await triage.told(event.contact_id)
    assert told["type"] == SortingPersonErased.type
    assert told["case_ids"] == [str(case_id(event.contact_id, number)) for number in ("1", "2")]
