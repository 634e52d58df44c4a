"""What may be about the same is proposed, with reasons; merged and linked by people (R8)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from complaints_contracts.codes import ContactType, PersonRole, Queue, ReachBy
from complaints_contracts.parts import Person, Reach
from complaints_contracts.triage import ContactSorted

if TYPE_CHECKING:
    from conftest import Casework
    from staffed import Web

Contact = Callable[..., ContactSorted]
WORDS = "I reported my van being broken into at the harbour and nobody has telephoned since March."


def person(**known: str) -> tuple[Person, ...]:
    reach = Reach(preferred=ReachBy.EMAIL)
    return (Person(id=uuid4(), role=PersonRole.COMPLAINANT, reach=reach, **known),)


async def proposed(web: Web, event: ContactSorted, who: str = "team-leader-1") -> list[Any]:
    answer = await web.client.get(f"/api/cases/{event.case_id}/alike", headers=web.bearer(who))
    assert answer.status_code == 200, answer.text
    found: list[Any] = answer.json()
    return found


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ({"email": "Moira@Example.org"}, {"email": "moira@example.ORG"}, ["SAME_EMAIL"]),
        ({"telephone": "+44 7700 900123"}, {"telephone": "07700 900 123"}, ["SAME_TELEPHONE"]),
        ({"name": "Moira  Tansley"}, {"name": "moira tansley"}, ["SAME_NAME"]),
        ({"email": "a@example.org"}, {"email": "b@example.org"}, []),
        ({"name": "[erased]"}, {"name": "[erased]"}, []),
        ({}, {}, []),
    ],
)
async def test_who_is_the_same_person_is_told_by_what_they_told_us(
    casework: Casework,
    web: Web,
    contact: Contact,
    one: dict[str, str],
    other: dict[str, str],
    why: list[str],
) -> None:
    first = contact(persons=person(**one), words="He was rude.")
    second = contact(persons=person(**other), words="The cell was cold.", reference="8A1B-2C3D-E")
    await casework.hear(first, second)
    found = await proposed(web, first)
    assert [each["reasons"] for each in found] == ([why] if why else [])


async def test_the_likeliest_comes_first_with_its_reasons_in_words(
    casework: Casework, web: Web, contact: Contact
) -> None:
    first = contact(persons=person(name="Moira Tansley"), words=WORDS)
    again = contact(
        persons=person(name="M Tansley"),
        words=f"{WORDS} Has anybody read this?",
        reference="8A1B-2C3D-E",
        mentions=(first.reference,),
        received_at=first.received_at + timedelta(days=3),
    )
    namesake = contact(
        persons=person(name="Moira Tansley"), words="He was rude.", reference="9C1B-2C3D-E"
    )
    await casework.hear(first, again, namesake)
    found = await proposed(web, first)
    assert [(each["reference"], each["reasons"]) for each in found] == [
        ("8A1B-2C3D-E", ["NAMES_IT", "SAME_WORDS"]),
        ("9C1B-2C3D-E", ["SAME_NAME"]),
    ]
    assert found[0]["words"] == [
        "One of them names the other’s reference",
        "Most of what one says, the other says in the same words",
    ]
    # Nothing follows from it by itself.
    for event in (first, again, namesake):
        assert (await casework.case(event.contact_id)).status == "LOGGED"


async def test_nobody_learns_of_a_case_that_they_may_not_see(
    casework: Casework, web: Web, contact: Contact
) -> None:
    """L57."""
    first = contact(persons=person(email="m@example.org"))
    theirs = contact(
        persons=person(email="m@example.org"),
        contact_type=ContactType.STAFF_COMPLAINT,
        queue=Queue.STAFF,
        reference="8A1B-2C3D-E",
    )
    await casework.hear(first, theirs)
    assert len(await proposed(web, first)) == 1
    assert await proposed(web, first, "adviser-1") == []
