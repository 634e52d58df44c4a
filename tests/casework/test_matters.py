"""A contact with several matters has several cases, and one person to deal with (R19)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

import pytest

from complaints_contracts.cases import case_id
from complaints_contracts.codes import ContactType, Purpose, Queue, Urgency, WithheldReason
from complaints_contracts.notices import NoticeSent, NoticeWithheld
from complaints_contracts.triage import ContactSorted, SortingPersonErased
from complaints_law.office import OfficeProfile

if TYPE_CHECKING:
    from conftest import Casework, Web

Contact = Callable[..., ContactSorted]


def matters(contact: Contact, *words: str) -> list[tuple[ContactSorted, int]]:
    """One contact with a matter for each of the words, as triage tells them one after another."""
    id = uuid4()
    first = contact(id, words=words[0])
    rest = (
        contact(id, words=said, matter=str(number), persons=first.persons)
        for number, said in enumerate(words[1:], start=2)
    )
    return [(event, at) for at, event in enumerate((first, *rest), start=1)]


async def test_every_matter_has_a_case_with_the_same_adviser(
    casework: Casework, contact: Contact
) -> None:
    contacts = [matters(contact, "Nobody called.", "My bike was lost.", "He swore.") for _ in "123"]
    for one in contacts:
        await casework.hear(*one)
    rows = await casework.rows("SELECT contact_id, matter, adviser_id FROM cases")
    assert Counter(row.contact_id for row in rows) == {one[0][0].contact_id: 3 for one in contacts}
    assert len({(row.contact_id, row.adviser_id) for row in rows}) == 3
    assert sorted(row.matter for row in rows) == ["1", "1", "1", "2", "2", "2", "3", "3", "3"]


async def test_whoever_one_matter_names_has_not_that_one(
    casework: Casework, contact: Contact, with_absences: Callable[..., OfficeProfile]
) -> None:
    casework.use(with_absences("adviser-3", "adviser-4"))
    id = uuid4()
    await casework.hear(contact(id))
    [row] = await casework.rows("SELECT adviser_id FROM cases")
    name = {m.id: m.name for m in casework.office.staff}[row.adviser_id]
    await casework.hear((contact(id, matter="2", words=f"{name} was rude to me"), 2))
    first, second = await casework.case(id), await casework.case(id, "2")
    assert second.adviser_id in {"adviser-1", "adviser-2"} - {row.adviser_id}
    assert first.named == second.named == [row.adviser_id]
    asked = await casework.rows("SELECT case_id, kind, reason FROM actions")
    assert [tuple(a) for a in asked] == [(first.case_id, "ALLOCATE", "HOLDER_NAMED")]


async def test_whoever_the_first_matter_names_has_and_sees_none_of_the_others(
    casework: Casework, web: Web, contact: Contact, with_absences: Callable[..., OfficeProfile]
) -> None:
    casework.use(with_absences("adviser-3", "adviser-4"))
    named = next(m.name for m in casework.office.staff if m.id == "adviser-1")
    both = matters(contact, f"{named} hung up on me.", "My bike was lost.")
    await casework.hear(*both)
    for event, _ in both:
        row = await casework.case(event.contact_id, event.matter)
        assert (row.named, row.adviser_id) == (["adviser-1"], "adviser-2")
        answer = await web.client.get(f"/api/cases/{event.case_id}", headers=web.bearer())
        assert answer.status_code == 404
    assert await casework.rows("SELECT * FROM actions") == []


async def test_who_has_gone_home_is_not_given_the_next_matter(
    casework: Casework, contact: Contact, with_absences: Callable[..., OfficeProfile]
) -> None:
    id = uuid4()
    await casework.hear(contact(id))
    holder = (await casework.case(id)).adviser_id
    casework.use(with_absences(holder))
    await casework.hear((contact(id, matter="2"), 2))
    assert (await casework.case(id, "2")).adviser_id not in (holder, None)


async def test_what_reviews_alone_deals_with_opens_no_case_and_holds_nothing(
    casework: Casework, contact: Contact
) -> None:
    event = contact(
        queue=Queue.REVIEWS,
        contact_type=ContactType.REVIEW_APPLICATION,
        declared=ContactType.REVIEW_APPLICATION,
    )
    about = {
        "notice_id": uuid4(),
        "contact_id": event.contact_id,
        "reference": event.reference,
        "purpose": Purpose.REVIEW_ACKNOWLEDGEMENT,
    }
    sent = NoticeSent(**about, medium="EMAIL", attempts=1)
    withheld = NoticeWithheld(
        **about | {"notice_id": uuid4()}, reason=WithheldReason.NO_ADDRESS, instead="TELEPHONE"
    )
    gone = SortingPersonErased(contact_id=event.contact_id, person_id=event.person)
    await casework.hear(sent, withheld, event, (gone, 2))
    assert await casework.held() == []
    assert await casework.rows("SELECT * FROM cases") == []
    assert await casework.facts(event.contact_id) == []


async def test_an_urgent_application_for_a_review_has_a_case_and_is_told_of_elsewhere(
    casework: Casework, contact: Contact
) -> None:
    event = contact(
        queue=Queue.URGENT,
        urgency=Urgency.URGENT,
        contact_type=ContactType.REVIEW_APPLICATION,
        declared=ContactType.REVIEW_APPLICATION,
    )
    await casework.hear(event)
    row = await casework.case(event.contact_id)
    assert row.acknowledgement == "AS_REVIEW"
    assert row.adviser_id


async def test_who_is_called_about_one_matter_is_called_about_all(
    casework: Casework, web: Web, contact: Contact
) -> None:
    (first, _), (second, _) = both = matters(contact, "Nobody called.", "My bike was lost.")
    await casework.hear(*both, contact())
    version = (await casework.case(first.contact_id, "2")).version
    headers = web.bearer(**{"If-Match": f'"{version}"', "Idempotency-Key": "k"})
    address = f"/api/cases/{second.case_id}/contact-attempts"
    body = {"made": True, "how": "TELEPHONE", "note": "Told her of the Quillmere bus"}
    for _ in range(2):
        answer = await web.client.post(address, json=body, headers=headers)
        assert (answer.status_code, answer.json()["version"]) == (201, version + 2)
    for matter in ("1", "2"):
        row = await casework.case(first.contact_id, matter)
        assert (row.status, row.next_clock) == ("ASSESSING", "FIRST_UPDATE")
        facts = await casework.facts(first.contact_id, matter)
        assert facts.count("casework.first-contact-made") == 1
    other = await casework.rows(
        "SELECT status FROM cases WHERE contact_id <> :id", id=second.contact_id
    )
    assert [row.status for row in other] == ["LOGGED"]
    page = await web.client.get(f"/api/cases/{first.case_id}", headers=web.bearer("team-leader-1"))
    assert "Quillmere" not in page.text
    casework.clock.set(casework.clock.now() + timedelta(days=10), frozen=True)
    await casework.upkeep()
    breached = await casework.rows("SELECT stream FROM journal WHERE type LIKE '%breach-noted'")
    assert len(breached) == 1


@pytest.mark.parametrize("named", [True, False])
async def test_a_person_is_erased_from_the_cases_of_all_matters(
    casework: Casework, contact: Contact, named: bool
) -> None:
    (first, _), (second, _) = both = matters(contact, "Nobody called.", "My bike was lost.")
    await casework.hear(*both)
    ids: tuple[UUID, ...] = (first.case_id, second.case_id) if named else ()
    gone = SortingPersonErased(contact_id=first.contact_id, person_id=first.person, case_ids=ids)
    await casework.hear((gone, 3))
    assert await casework.rows("SELECT * FROM personal") == []
    for matter in ("1", "2"):
        facts = await casework.facts(first.contact_id, matter)
        assert facts[-1] == "case.person-erased.v1"


async def test_the_page_of_a_matter_leads_to_the_others(
    casework: Casework, web: Web, contact: Contact
) -> None:
    (first, _), (second, _) = both = matters(contact, "Nobody called.", "My bike was lost.")
    await casework.hear(*both)
    await web.sign_in("team-leader-1")
    page = (await web.client.get(f"/cases/{second.case_id}")).text
    assert "matter 2" in page
    assert f'href="/cases/{first.case_id}"' in page
    answer = await web.client.get(
        f"/api/cases?contact_id={first.contact_id}", headers=web.bearer("team-leader-1")
    )
    found = {case["matter"]: case["case_id"] for case in answer.json()["cases"]}
    assert found == {n: str(case_id(first.contact_id, n)) for n in ("1", "2")}
