"""The pages: the list, a review, and the form that says which case it is about."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from complaints_chassis.private import Erased
from complaints_chassis.web import Role
from complaints_contracts.cases import AdviserAllocated, CaseOpened
from complaints_contracts.codes import (
    Channel,
    Consent,
    Medium,
    PersonRole,
    Purpose,
    Queue,
    ReachBy,
    RepresentativeKind,
    ReviewGround,
    Unread,
    Urgency,
)
from complaints_contracts.notices import NoticeRefused, NoticeSent
from complaints_contracts.parts import Person, Reach, Representation, ReviewAsked
from complaints_contracts.registry import EVENTS
from complaints_contracts.reviews import ReviewEvent, review_id
from complaints_contracts.triage import ContactSorted, MessageSorted, SortingPersonErased
from complaints_reviews.domain.facts import FACTS
from complaints_reviews.wording import HAPPENED

if TYPE_CHECKING:
    from conftest import Reviews

Applied = Callable[..., ContactSorted]
Opened = Callable[..., CaseOpened]


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found
    return unescape(found[1])


def text_of(page: str) -> str:
    main = page[page.index("<main") :]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def address(event: ContactSorted) -> str:
    return f"/reviews/{review_id(event.contact_id)}"


async def sign_in(reviews: Reviews) -> None:
    """Signs a browser in, by the whole way round; the client keeps the session."""
    reviews.client.headers["Accept"] = "text/html"
    asked = await reviews.client.get("/")
    granted = await reviews.client.get(f"{asked.headers['location']}&person=adjudicator-1")
    back = await reviews.client.get(granted.headers["location"])
    assert back.status_code == 303


async def read(reviews: Reviews, path: str) -> str:
    page = await reviews.client.get(path)
    assert page.status_code == 200
    return page.text


def form_of(page: str, **fields: str) -> dict[str, str]:
    return {name: field(page, name) for name in ("csrf_token", "version", "once")} | fields


async def test_the_list_shows_what_is_due_and_what_waits_for_a_person(
    reviews: Reviews, applied: Applied, opened: Opened
) -> None:
    await sign_in(reviews)
    assert "Nobody has asked for a review yet" in text_of(await read(reviews, "/"))
    matched, waits = applied(), applied(mentions=(), reference="CL-3333-3333")
    refused = NoticeRefused(
        notice_id=uuid4(),
        contact_id=waits.contact_id,
        reference=waits.reference,
        purpose=Purpose.REVIEW_ACKNOWLEDGEMENT,
        medium=Medium.EMAIL,
        attempts=1,
        instead=Medium.TELEPHONE,
    )
    await reviews.hear(opened(), matched, waits, refused)
    text = text_of(await read(reviews, "/"))
    for said in (
        "2 reviews",
        "CL-7K4M-9QPC",
        "Find its case for review CL-3333-3333 They gave no reference of ours",
        "Mon 13 Apr 2026 5 working days left Telephone them",
        "Fri 15 May 2026 28 working days left",
    ):
        assert said in text


async def test_what_is_urgent_is_at_the_top(reviews: Reviews, applied: Applied) -> None:
    earlier = applied().received_at - timedelta(days=7)
    await reviews.hear(
        applied(reference="CL-3333-3333", received_at=earlier),
        applied(reference="CL-4444-4444", urgency=Urgency.IMMEDIATE, queue=Queue.URGENT),
    )
    await sign_in(reviews)
    page = await read(reviews, "/")
    assert page.index("CL-4444-4444") < page.index("CL-3333-3333")


@pytest.mark.parametrize(
    ("day", "sent", "said"),
    [
        (date(2026, 4, 13), False, "Mon 13 Apr 2026 Today"),
        (date(2026, 4, 14), False, "Mon 13 Apr 2026 Overdue"),
        (date(2026, 4, 14), True, "Mon 13 Apr 2026 Done"),
        (date(2026, 5, 14), True, "Fri 15 May 2026 1 working day left"),
        (date(2026, 5, 16), True, "Fri 15 May 2026 Overdue"),
    ],
)
async def test_a_date_stands_as_the_day_has_it(
    reviews: Reviews, applied: Applied, day: date, sent: bool, said: str
) -> None:
    event = applied()
    await reviews.hear(event)
    if sent:
        notice = NoticeSent(
            notice_id=uuid4(),
            contact_id=event.contact_id,
            reference=event.reference,
            purpose=Purpose.REVIEW_ACKNOWLEDGEMENT,
            medium=Medium.EMAIL,
            attempts=1,
        )
        await reviews.hear(notice)
    reviews.clock.set(event.received_at + (day - event.received_at.date()), frozen=True)
    await sign_in(reviews)
    assert said in text_of(await read(reviews, "/"))


async def test_what_is_acknowledged_as_a_case_has_no_date_to_acknowledge_a_review_by(
    reviews: Reviews, applied: Applied
) -> None:
    event = applied(declared=None, queue=Queue.RESOLUTION)
    await reviews.hear(event)
    await sign_in(reviews)
    for path in ("/", address(event)):
        text = text_of(await read(reviews, path))
        assert "As a case, not as a review" in text
        assert "13 Apr" not in text


async def test_a_date_that_could_not_be_counted_is_said_to_be_missing(
    reviews: Reviews, applied: Applied
) -> None:
    event = applied()
    await reviews.hear(applied(received_at=event.received_at - timedelta(days=365 * 30)))
    await sign_in(reviews)
    assert "No date could be counted" in text_of(await read(reviews, "/"))


async def test_a_review_shows_what_the_adjudicator_needs(
    reviews: Reviews, applied: Applied, opened: Opened
) -> None:
    reach = Reach(preferred=ReachBy.TELEPHONE, safe_contact="My brother must not know.")
    applicant = applied().persons[0].model_copy(update={"reach": reach})
    mp = Person(
        id=uuid4(),
        role=PersonRole.REPRESENTATIVE,
        name="Odile Farrant",
        reach=reach,
        representation=Representation(kind=RepresentativeKind.MP, consent=Consent.REQUESTED),
    )
    event = applied(
        persons=(applicant, mp),
        words="Look at the film.\n<script>alert(1)</script>",
        review=ReviewAsked(
            outcome_on=date(2026, 3, 20),
            grounds=(ReviewGround.EVIDENCE_NOT_CONSIDERED,),
            force_reference="CO/1182/25",
        ),
        channel=Channel.LETTER,
        taken_by="adviser-1",
        dated_on=date(2026, 3, 30),
        unread=Unread.ENCRYPTED,
    )
    case = opened()
    message = MessageSorted(
        contact_id=event.contact_id,
        case_id=event.case_id,
        message_id=uuid4(),
        person_id=event.person,
        reference=event.reference,
        channel=Channel.EMAIL,
        received_at=event.received_at,
        words="Ottoline saw it too.",
        queue=Queue.REVIEWS,
        urgency=Urgency.URGENT,
        prompts_version="test",
    )
    allocated = AdviserAllocated(case_id=case.case_id, adviser_id="adviser-2")
    await reviews.hear(case, (allocated, 2), event, (message, 2))
    await sign_in(reviews)
    page = await read(reviews, address(event))
    assert "<script>alert" not in page
    text = text_of(page)
    for said in (
        "Urgent: somebody has to look at this first",
        "Case CL-7K4M-9QPC",
        "Adviser Devan Pryce",
        "By itself: the reference and the person agree",
        "Outcome given on Friday 20 March 2026",
        "The force’s reference CO/1182/25",
        "My brother must not know.",
        "Acts as Member of Parliament, consent asked for",
        "Ottoline saw it too.",
        "It was encrypted, so nobody has read it yet.",
        "Letter dated Monday 30 March 2026",
        "Taken by Marta Hollins",
        "Acknowledge the application By Monday 13 April 2026; 5 working days left.",
    ):
        assert said in text


async def test_a_case_is_looked_for_by_its_reference_and_matched_with_the_form(
    reviews: Reviews, applied: Applied, opened: Opened
) -> None:
    event, case = applied(mentions=()), opened(persons=(applied().persons[0],))
    second = opened(case.contact_id, matter="2")
    await reviews.hear(event, case, second)
    await sign_in(reviews)
    page = await read(reviews, address(event))
    assert "They gave no reference of ours." in text_of(page)
    assert "This review is about this case" not in page
    found = await read(reviews, f"{address(event)}?reference=+cl+7k4m+9qpc")
    assert "CL-7K4M-9QPC, matter 2" in text_of(found)
    assert "is recognised as a person of this case" in text_of(found)
    form = form_of(found, case_id=str(case.case_id), reason="She told me on the telephone.")
    form["reference"] = "cl 7k4m 9qpc"
    for _ in range(2):  # a double click matches it once
        answer = await reviews.client.post(f"{address(event)}/matches", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, address(event))
    assert (await reviews.facts(event.contact_id)).count("review.matched.v1") == 1
    row = await reviews.review(event.contact_id)
    assert (row.case_id, row.matched_by, row.why) == (case.case_id, "STAFF", None)
    text = text_of(await read(reviews, address(event)))
    assert "Matched By hand Reason She told me on the telephone." in text
    [written] = await reviews.rows("SELECT * FROM journal WHERE type LIKE '%review.matched%'")
    assert (written.actor, written.rule) == ("adjudicator-1", "R49")
    [noted] = await reviews.rows("SELECT * FROM journal WHERE type LIKE '%reasoned%'")
    assert noted.topic is None
    assert b"telephone" not in noted.record


async def test_an_unknown_reference_is_said_to_be_unknown(
    reviews: Reviews, applied: Applied
) -> None:
    event = applied(mentions=())
    await reviews.hear(event)
    await sign_in(reviews)
    text = text_of(await read(reviews, f"{address(event)}?reference=CL-0000-0000"))
    assert "No case with that reference is known here." in text


async def test_a_form_with_something_missing_says_what_and_keeps_the_rest(
    reviews: Reviews, applied: Applied, opened: Opened
) -> None:
    event = applied(persons=(applied().persons[0].model_copy(update={"email": None}),))
    await reviews.hear(event, opened())
    await sign_in(reviews)
    page = await read(reviews, address(event))
    path = f"{address(event)}/matches"
    answer = await reviews.client.post(path, data=form_of(page, reason="kept"))
    assert answer.status_code == 422
    assert "Select the case that this review is about" in answer.text
    assert ">kept</textarea>" in answer.text
    for reason, said in (("", "Say how you know"), ("x" * 1001, "Shorten the reason")):
        answer = await reviews.client.post(
            path, data=form_of(page, case_id=str(uuid4()), reason=reason)
        )
        assert answer.status_code == 422
        assert said in answer.text
    assert (await reviews.review(event.contact_id)).case_id is None


async def test_a_form_from_an_old_page_is_shown_again_with_what_happened(
    reviews: Reviews, applied: Applied, opened: Opened
) -> None:
    event, case = applied(persons=(applied().persons[0],)), opened()
    case = opened(persons=(case.persons[0].model_copy(update={"email": None}),))
    await reviews.hear(event, case)
    await sign_in(reviews)
    first, second = [await read(reviews, address(event)) for _ in range(2)]
    for page, status in ((first, 303), (second, 409)):
        form = form_of(page, case_id=str(case.case_id), reason="I know her hand")
        answer = await reviews.client.post(f"{address(event)}/matches", data=form)
        assert answer.status_code == status
    assert "Since you opened it: matched to its case" in text_of(answer.text)


async def test_whoever_handled_the_case_sees_nothing_of_its_review(
    reviews: Reviews, applied: Applied, opened: Opened
) -> None:
    event, case = applied(), opened()
    allocated = AdviserAllocated(case_id=case.case_id, adviser_id="adjudicator-1")
    other = applied(mentions=(), reference="CL-3333-3333")
    await reviews.hear(case, (allocated, 2), event, other)
    await sign_in(reviews)
    text = text_of(await read(reviews, "/"))
    assert "1 review, " in text
    assert event.reference not in text
    hidden = await reviews.client.get(address(event))
    nowhere = await reviews.client.get(f"/reviews/{uuid4()}")
    assert (hidden.status_code, text_of(hidden.text)) == (404, text_of(nowhere.text))
    found = await read(reviews, f"{address(other)}?reference={case.reference}")
    form = form_of(found, case_id=str(case.case_id), reason="x", reference=case.reference)
    answer = await reviews.client.post(f"{address(other)}/matches", data=form)
    assert answer.status_code == 422
    assert "You handled this case as its adviser" in text_of(answer.text)


async def test_a_form_from_elsewhere_is_refused(reviews: Reviews, applied: Applied) -> None:
    event = applied()
    await reviews.hear(event)
    await sign_in(reviews)
    form = {"version": "3", "once": str(uuid4()), "case_id": str(uuid4()), "reason": "x"}
    answer = await reviews.client.post(f"{address(event)}/matches", data=form)
    assert answer.status_code == 403


async def test_an_erased_person_is_on_no_page(
    reviews: Reviews, applied: Applied, opened: Opened
) -> None:
    event, case = applied(), opened()
    await reviews.hear(event, case)
    await sign_in(reviews)
    page = await read(reviews, f"{address(event)}?reference={case.reference}")
    assert "Moira" in page
    await reviews.hear(
        (SortingPersonErased(contact_id=event.contact_id, person_id=event.person), 2)
    )
    text = text_of(await read(reviews, address(event)))
    assert not [gone for gone in ("Moira", "Tansley", "film of the yard") if gone in text]
    assert "A person was erased What was personal to them is gone" in text


@pytest.mark.parametrize("role", [Role.ADVISER, Role.OPERATIONS])
async def test_others_have_no_access(reviews: Reviews, applied: Applied, role: Role) -> None:
    event = applied()
    await reviews.hear(event)
    for path in ("/", "/cases", address(event), "/api/cases", "/api/reviews"):
        answer = await reviews.client.get(path, headers=reviews.bearer(role))
        assert answer.status_code == 403


async def test_a_team_leader_has_access(reviews: Reviews, applied: Applied) -> None:
    event = applied()
    await reviews.hear(event)
    for path in ("/", "/cases", address(event)):
        answer = await reviews.client.get(path, headers=reviews.bearer(Role.TEAM_LEADER))
        assert answer.status_code == 200


def test_everything_that_can_happen_on_a_review_has_words() -> None:
    published = {type for type, event in EVENTS.items() if issubclass(event, ReviewEvent)}
    private = {fact.type for fact in FACTS} | {Erased.type}
    assert HAPPENED.keys() == published | private
