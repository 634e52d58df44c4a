"""What applicants write since, and what became of the acknowledgement."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest

from complaints_contracts.codes import (
    Channel,
    HeldKind,
    Medium,
    Purpose,
    Queue,
    ReturnKind,
    RiskFlag,
    Urgency,
    WithheldReason,
)
from complaints_contracts.notices import (
    NoticeEvent,
    NoticeRefused,
    NoticeReturned,
    NoticeSent,
    NoticeWithheld,
)
from complaints_contracts.triage import ContactSorted, MessageSorted, SortingPersonErased

if TYPE_CHECKING:
    from conftest import Reviews

Applied = Callable[..., ContactSorted]


def message(event: ContactSorted, **fields: Any) -> MessageSorted:
    given: dict[str, Any] = {
        "message_id": uuid4(),
        "person_id": event.person,
        "received_at": event.received_at,
        "channel": Channel.EMAIL,
        "words": "I forgot to say that Ottoline saw it.",
        "queue": Queue.REVIEWS,
        "urgency": Urgency.ROUTINE,
    }
    return MessageSorted(
        contact_id=event.contact_id,
        case_id=event.case_id,
        reference=event.reference,
        prompts_version="test",
        **(given | fields),
    )


def about(contact: UUID, **fields: Any) -> dict[str, Any]:
    return {
        "notice_id": uuid4(),
        "contact_id": contact,
        "reference": "CL-2222-2222",
        "purpose": Purpose.REVIEW_ACKNOWLEDGEMENT,
        **fields,
    }


async def test_what_they_write_again_is_kept_with_the_review_and_counted(
    reviews: Reviews, applied: Applied
) -> None:
    event = applied()
    await reviews.hear(event, (message(event), 2))
    urgent = message(event, urgency=Urgency.IMMEDIATE, risks=(RiskFlag.SELF_HARM,))
    await reviews.hear((urgent, 3))
    row = await reviews.review(event.contact_id)
    assert (row.messages, row.urgency, row.risks) == (2, "IMMEDIATE", ["SELF_HARM"])


async def test_what_a_machine_writes_presses_nobody(reviews: Reviews, applied: Applied) -> None:
    event = applied(urgency=Urgency.URGENT)
    answer = message(event, automatic=True, urgency=Urgency.IMMEDIATE, risks=(RiskFlag.SELF_HARM,))
    await reviews.hear(event, (answer, 2))
    row = await reviews.review(event.contact_id)
    assert (row.messages, row.urgency, row.risks) == (1, "URGENT", [])


async def test_a_message_is_kept_once(reviews: Reviews, applied: Applied) -> None:
    event = applied()
    said = message(event)
    await reviews.hear(event, (said, 2), (said, 2))
    await reviews.hear((said, 3))
    assert (await reviews.review(event.contact_id)).messages == 1


async def test_a_message_before_its_contact_waits(reviews: Reviews, applied: Applied) -> None:
    event = applied()
    await reviews.hear((message(event), 2))
    assert [r.kind for r in await reviews.rows("SELECT kind FROM held")] == [HeldKind.BEHIND]
    await reviews.hear(event)
    assert (await reviews.review(event.contact_id)).messages == 1


async def test_a_message_to_a_contact_without_a_review_is_not_for_us(
    reviews: Reviews, applied: Applied
) -> None:
    event = applied(declared=None, contact_type="COMPLAINT", queue=Queue.RESOLUTION)
    await reviews.hear(event, (message(event, queue=Queue.RESOLUTION), 2))
    assert await reviews.rows("SELECT * FROM held") == []
    assert "Ottoline" not in await reviews.dump()


async def test_a_message_that_nobody_else_has_waits_for_its_review(
    reviews: Reviews, applied: Applied
) -> None:
    event = applied(declared=None, contact_type="COMPLAINT", queue=Queue.REVIEWS)
    await reviews.hear(event, (message(event), 2))
    assert [r.kind for r in await reviews.rows("SELECT kind FROM held")] == [HeldKind.WAITING]


async def test_of_an_erased_person_no_message_is_left(reviews: Reviews, applied: Applied) -> None:
    event = applied()
    await reviews.hear(event, (message(event), 2))
    assert "Ottoline" in await reviews.dump()
    erased = SortingPersonErased(contact_id=event.contact_id, person_id=event.person)
    await reviews.hear((erased, 3))
    assert "Ottoline" not in await reviews.dump()
    assert (await reviews.review(event.contact_id)).messages == 1


NOTICES: dict[str, tuple[Callable[[UUID], NoticeEvent], tuple[str, str | None]]] = {
    "sent": (
        lambda contact: NoticeSent(**about(contact, medium=Medium.EMAIL, attempts=1)),
        ("SENT", None),
    ),
    "refused": (
        lambda contact: NoticeRefused(
            **about(contact, medium=Medium.EMAIL, attempts=1, instead=Medium.TELEPHONE)
        ),
        ("REFUSED", "TELEPHONE"),
    ),
    "withheld, and a way to reach them": (
        lambda contact: NoticeWithheld(
            **about(contact, reason=WithheldReason.NO_ADDRESS, instead=Medium.LETTER)
        ),
        ("WITHHELD", "LETTER"),
    ),
    "withheld for their safety": (
        lambda contact: NoticeWithheld(**about(contact, reason=WithheldReason.SAFE_CONTACT)),
        ("WITHHELD", "AS_ASKED"),
    ),
    "withheld from nobody": (
        lambda contact: NoticeWithheld(**about(contact, reason=WithheldReason.ANONYMOUS)),
        ("WITHHELD", None),
    ),
    "bounced": (
        lambda contact: NoticeReturned(
            **about(contact, kind=ReturnKind.BOUNCED, instead=Medium.TELEPHONE)
        ),
        ("RETURNED", "TELEPHONE"),
    ),
    "bounced, and nobody has to act": (
        lambda contact: NoticeReturned(**about(contact, kind=ReturnKind.BOUNCED)),
        ("WAITING", None),
    ),
    "reported as unwanted": (
        lambda contact: NoticeReturned(**about(contact, kind=ReturnKind.REPORTED)),
        ("REPORTED", "OTHER"),
    ),
    "read": (
        lambda contact: NoticeReturned(**about(contact, kind=ReturnKind.READ)),
        ("WAITING", None),
    ),
}


@pytest.mark.parametrize(("notice", "stands"), NOTICES.values(), ids=NOTICES.keys())
async def test_what_became_of_the_acknowledgement_is_known_and_makes_a_task(
    reviews: Reviews,
    applied: Applied,
    notice: Callable[[UUID], NoticeEvent],
    stands: tuple[str, str | None],
) -> None:
    event = applied()
    await reviews.hear(notice(event.contact_id))
    assert [r.kind for r in await reviews.rows("SELECT kind FROM held")] == [HeldKind.WAITING]
    await reviews.hear(event)
    assert await reviews.rows("SELECT * FROM held") == []
    row = await reviews.review(event.contact_id)
    assert (row.acknowledgement, row.instead) == stands


async def test_one_that_came_back_was_sent_before(reviews: Reviews, applied: Applied) -> None:
    event = applied()
    sent = NoticeSent(**about(event.contact_id, medium=Medium.EMAIL, attempts=1))
    back = NoticeReturned(
        **about(
            event.contact_id,
            notice_id=sent.notice_id,
            kind=ReturnKind.BOUNCED,
            instead=Medium.LETTER,
        )
    )
    await reviews.hear(event, sent, (back, 2))
    await reviews.hear(sent, (back, 2))
    row = await reviews.review(event.contact_id)
    assert (row.acknowledgement, row.instead) == ("RETURNED", "LETTER")
    assert (await reviews.facts(event.contact_id)).count("reviews.acknowledgement-noted") == 2


def sent_and_answers(contact: UUID) -> dict[str, NoticeEvent]:
    """What may be said of one notice."""
    notice = uuid4()
    return {
        "sent": NoticeSent(**about(contact, notice_id=notice, medium=Medium.EMAIL, attempts=1)),
        "bounced": NoticeReturned(
            **about(contact, notice_id=notice, kind=ReturnKind.BOUNCED, instead=Medium.LETTER)
        ),
        "reported": NoticeReturned(**about(contact, notice_id=notice, kind=ReturnKind.REPORTED)),
        "unheeded": NoticeReturned(**about(contact, notice_id=notice, kind=ReturnKind.BOUNCED)),
    }


@pytest.mark.parametrize(
    ("order", "stands"),
    [
        (("bounced", "sent"), ("RETURNED", "LETTER")),
        (("reported", "sent"), ("REPORTED", "OTHER")),
        (("sent", "reported"), ("REPORTED", "OTHER")),
        (("bounced", "reported"), ("RETURNED", "LETTER")),
        (("reported", "bounced", "sent"), ("RETURNED", "LETTER")),
        (("sent", "unheeded"), ("SENT", None)),
    ],
)
@pytest.mark.parametrize("together", [True, False])
async def test_an_answer_stays_known_when_the_notice_is_known_to_be_sent(
    reviews: Reviews,
    applied: Applied,
    order: tuple[str, ...],
    stands: tuple[str, str | None],
    together: bool,
) -> None:
    event = applied()
    said = sent_and_answers(event.contact_id)
    batch = [(said[name], n) for n, name in enumerate(order, start=1)]
    await reviews.hear(event)
    for part in [batch] if together else [[item] for item in batch]:
        await reviews.hear(*part)
    row = await reviews.review(event.contact_id)
    assert (row.acknowledgement, row.instead) == stands


@pytest.mark.parametrize("purpose", [Purpose.ACKNOWLEDGEMENT, Purpose.THANKS, Purpose.OTHER])
async def test_notices_of_other_purposes_are_not_for_us(
    reviews: Reviews, applied: Applied, purpose: Purpose
) -> None:
    event = applied()
    of_nobody = about(uuid4(), medium=Medium.EMAIL, attempts=1, purpose=purpose)
    ours = about(event.contact_id, medium=Medium.EMAIL, attempts=1, purpose=purpose)
    await reviews.hear(event, NoticeSent(**of_nobody), NoticeSent(**ours))
    assert await reviews.rows("SELECT * FROM held") == []
    assert (await reviews.review(event.contact_id)).acknowledgement == "WAITING"
