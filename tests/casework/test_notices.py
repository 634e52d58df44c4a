"""What became of the acknowledgement, and what an adviser has to do where it did not arrive."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from toy import record

from complaints_contracts.codes import HeldKind, Medium, Purpose, ReturnKind, WithheldReason
from complaints_contracts.notices import (
    NoticeRefused,
    NoticeReturned,
    NoticeSent,
    NoticeWithheld,
)
from complaints_contracts.triage import ContactSorted

if TYPE_CHECKING:
    from conftest import Casework

Contact = Callable[..., ContactSorted]


def about(contact_id: UUID, **more: Any) -> dict[str, Any]:
    given = {"notice_id": uuid4(), "contact_id": contact_id, "reference": "7K3M-9QX4-D"}
    return given | {"purpose": Purpose.ACKNOWLEDGEMENT} | more


def sent(contact_id: UUID, **more: Any) -> NoticeSent:
    return NoticeSent(**about(contact_id, medium=Medium.EMAIL, attempts=1, **more))


def refused(contact_id: UUID, instead: Medium = Medium.TELEPHONE, **more: Any) -> NoticeRefused:
    given = about(contact_id, medium=Medium.EMAIL, attempts=3, instead=instead, **more)
    return NoticeRefused(**given)


def withheld(contact_id: UUID, instead: Medium | None, reason: WithheldReason) -> NoticeWithheld:
    return NoticeWithheld(**about(contact_id, reason=reason, instead=instead))


async def actions(casework: Casework) -> list[tuple[str, str]]:
    return [(r.kind, r.reason) for r in await casework.rows("SELECT * FROM actions")]


async def test_a_sent_acknowledgement_is_noted(casework: Casework, contact: Contact) -> None:
    event = contact()
    await casework.hear(event, sent(event.contact_id))
    assert (await casework.case(event.contact_id)).acknowledgement == "SENT"
    assert await actions(casework) == []


@pytest.mark.parametrize(
    ("medium", "action"),
    [
        (Medium.TELEPHONE, "CALL"),
        (Medium.LETTER, "WRITE"),
        (Medium.EMAIL, "EMAIL"),
        (Medium.AS_ASKED, "READ_FIRST"),
        (Medium.OTHER, "REACH"),
    ],
)
async def test_a_refused_notice_makes_an_action_that_is_due_with_the_call(
    casework: Casework, contact: Contact, medium: Medium, action: str
) -> None:
    event = contact()
    await casework.hear(event, refused(event.contact_id, medium))
    [row] = await casework.rows("SELECT * FROM actions")
    case = await casework.case(event.contact_id)
    assert (row.kind, row.reason, row.due_at) == (action, "NOT_TOLD", case.next_due_at)
    assert (case.acknowledgement, case.open_actions) == ("REFUSED", 1)


@pytest.mark.parametrize(
    ("instead", "reason", "expected"),
    [
        (Medium.LETTER, WithheldReason.NO_ADDRESS, [("WRITE", "NOT_TOLD")]),
        (None, WithheldReason.ANONYMOUS, []),
        (None, WithheldReason.OTHER, [("REACH", "NOT_TOLD")]),
        (Medium.AS_ASKED, WithheldReason.SAFE_CONTACT, [("READ_FIRST", "SAFE_CONTACT")]),
        (None, WithheldReason.SAFE_CONTACT, [("READ_FIRST", "SAFE_CONTACT")]),
    ],
)
async def test_a_withheld_notice_makes_an_action_where_the_person_can_be_told(
    casework: Casework,
    contact: Contact,
    instead: Medium | None,
    reason: WithheldReason,
    expected: list[tuple[str, str]],
) -> None:
    event = contact()
    await casework.hear(event, withheld(event.contact_id, instead, reason))
    assert (await casework.case(event.contact_id)).acknowledgement == "WITHHELD"
    assert await actions(casework) == expected


async def test_a_notice_that_comes_before_its_case_waits_for_it(
    casework: Casework, contact: Contact
) -> None:
    event = contact()
    await casework.hear(refused(event.contact_id))
    assert [r.kind for r in await casework.rows("SELECT kind FROM held")] == [HeldKind.WAITING]
    await casework.hear(event)
    assert await casework.rows("SELECT * FROM held") == []
    assert await actions(casework) == [("CALL", "NOT_TOLD")]


async def test_a_notice_delivered_twice_makes_one_action(
    casework: Casework, contact: Contact
) -> None:
    event = contact()
    notice = record(refused(event.contact_id))
    await casework.hear(event)
    await casework.apply([notice, notice])
    await casework.apply([notice])
    assert len(await actions(casework)) == 1


async def test_a_notice_for_a_purpose_we_do_not_know_is_no_acknowledgement(
    casework: Casework, contact: Contact
) -> None:
    event = contact()
    other = Purpose.OTHER
    await casework.hear(
        event, sent(event.contact_id, purpose=other), refused(event.contact_id, purpose=other)
    )
    assert (await casework.case(event.contact_id)).acknowledgement == "WAITING"
    assert await actions(casework) == [("CALL", "NOT_TOLD")]


def returned(contact_id: UUID, kind: ReturnKind, instead: Medium | None) -> NoticeReturned:
    return NoticeReturned(**about(contact_id, kind=kind, status="5.1.1", instead=instead))


@pytest.mark.parametrize(
    ("kind", "instead", "expected"),
    [
        (ReturnKind.BOUNCED, Medium.TELEPHONE, [("CALL", "NOT_TOLD")]),
        (ReturnKind.BOUNCED, Medium.LETTER, [("WRITE", "NOT_TOLD")]),
        (ReturnKind.BOUNCED, None, []),
        (ReturnKind.DELAYED, None, []),
        (ReturnKind.READ, None, []),
        (ReturnKind.DELIVERED, None, []),
        (ReturnKind.LOOPED, None, []),
        (ReturnKind.OTHER, None, []),
        (ReturnKind.REPORTED, None, [("REACH", "UNWANTED")]),
    ],
)
async def test_what_comes_back_is_noted_and_acted_on_where_it_did_not_arrive(
    casework: Casework,
    contact: Contact,
    kind: ReturnKind,
    instead: Medium | None,
    expected: list[tuple[str, str]],
) -> None:
    event = contact()
    await casework.hear(event, sent(event.contact_id), returned(event.contact_id, kind, instead))
    assert "casework.notice-return-noted" in await casework.facts(event.contact_id)
    outcome = "RETURNED" if instead else "SENT"
    assert (await casework.case(event.contact_id)).acknowledgement == outcome
    assert await actions(casework) == expected


async def test_a_notice_that_came_back_before_it_was_said_to_be_sent_stays_returned(
    casework: Casework, contact: Contact
) -> None:
    event = contact()
    bounced = returned(event.contact_id, ReturnKind.BOUNCED, Medium.TELEPHONE)
    await casework.hear(event, bounced, sent(event.contact_id))
    assert (await casework.case(event.contact_id)).acknowledgement == "RETURNED"


async def test_a_return_that_comes_twice_or_before_its_case_makes_one_action(
    casework: Casework, contact: Contact
) -> None:
    event = contact()
    bounced = record(returned(event.contact_id, ReturnKind.BOUNCED, Medium.TELEPHONE))
    await casework.apply([bounced])
    assert await casework.held() == [HeldKind.WAITING]
    await casework.hear(event)
    await casework.apply([bounced, bounced])
    assert await casework.held() == []
    assert await actions(casework) == [("CALL", "NOT_TOLD")]


async def test_a_thank_you_that_cannot_be_sent_is_for_the_adviser(
    casework: Casework, contact: Contact
) -> None:
    event = contact()
    thanks = withheld(event.contact_id, Medium.LETTER, WithheldReason.NO_ADDRESS)
    await casework.hear(event, thanks.model_copy(update={"purpose": Purpose.THANKS}))
    assert (await casework.case(event.contact_id)).acknowledgement == "WAITING"
    assert await actions(casework) == [("WRITE", "NOT_TOLD")]


async def test_a_notice_of_a_purpose_we_do_not_know_waits_for_no_case(
    casework: Casework, contact: Contact
) -> None:
    event = contact()
    await casework.hear(refused(event.contact_id, purpose=Purpose.OTHER), event)
    assert await casework.held() == []
    assert await actions(casework) == []


@pytest.mark.parametrize("reported", [True, False])
async def test_what_follows_long_after_the_promised_call_is_due_in_a_working_day(
    casework: Casework, contact: Contact, reported: bool
) -> None:
    event = contact()
    thanks = {"purpose": Purpose.THANKS}
    late = (
        returned(event.contact_id, ReturnKind.REPORTED, None)
        if reported
        else refused(event.contact_id, **thanks)
    )
    await casework.hear(event)
    casework.clock.set(casework.clock.now() + timedelta(days=18), frozen=True)
    await casework.hear(late)
    [row] = await casework.rows("SELECT * FROM actions")
    # noted on Monday 20 April 2026; the promised call was due on 8 April
    assert row.due_at.date().isoformat() == "2026-04-21"


async def test_every_matter_knows_of_the_acknowledgement_and_one_asks_for_another_way(
    casework: Casework, contact: Contact
) -> None:
    first = contact()
    id, persons = first.contact_id, first.persons
    second = contact(id, matter="2", persons=persons)
    bounced = returned(id, ReturnKind.BOUNCED, Medium.TELEPHONE)
    await casework.hear(first, (second, 2), sent(id))
    for matter in ("1", "2"):
        assert (await casework.case(id, matter)).acknowledgement == "SENT"
    await casework.hear(bounced)
    await casework.hear((contact(id, matter="3", persons=persons), 3))
    for matter in ("1", "2", "3"):
        assert (await casework.case(id, matter)).acknowledgement == "RETURNED"
    assert await actions(casework) == [("CALL", "NOT_TOLD")]
    [asked] = await casework.rows("SELECT case_id FROM actions")
    assert asked.case_id == first.case_id
