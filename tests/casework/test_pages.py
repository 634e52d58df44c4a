"""The pages: my work, all work, a case, and the form that records a contact."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest

from complaints_casework.domain.facts import FACTS
from complaints_casework.wording import HAPPENED
from complaints_chassis.private import Erased
from complaints_contracts.cases import CaseEvent
from complaints_contracts.codes import (
    Adjustment,
    Consent,
    ContactType,
    Criterion,
    PersonRole,
    ReachBy,
    RepresentativeKind,
    RiskFlag,
    Unread,
    Urgency,
)
from complaints_contracts.parts import Person, Reach, Representation, ReviewAsked
from complaints_contracts.registry import EVENTS
from complaints_contracts.triage import ContactSorted, Prompt, SortingPersonErased

if TYPE_CHECKING:
    from conftest import Casework, Web

Contact = Callable[..., ContactSorted]
ONLY_ONE = ("adviser-2", "adviser-3", "adviser-4")


@pytest.fixture
def alone(casework: Casework, with_absences: Callable[..., Any]) -> None:
    """Only adviser-1 is present, so every case is theirs."""
    casework.use(with_absences(*ONLY_ONE))


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]+)"', page)
    assert found
    return unescape(found[1])


def text_of(page: str) -> str:
    main = page[page.index("<main") :]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


@pytest.mark.usefixtures("alone")
async def test_my_work_shows_what_is_due_by_when_and_why(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    await web.sign_in()
    page = (await web.client.get("/")).text
    text = text_of(page)
    assert "Make the first call" in text
    assert "Wed 8 Apr 2026, 4:30pm" in text
    assert "2 working days left" in text
    assert f'href="/cases/{event.case_id}#why-call"' in page
    assert 'id="why-call"' in (await web.client.get(f"/cases/{event.case_id}")).text


async def test_the_team_leader_sees_what_waits_for_a_decision(
    casework: Casework, web: Web, contact: Contact, with_absences: Callable[..., Any]
) -> None:
    casework.use(with_absences("adviser-1", *ONLY_ONE))
    event = contact()
    await casework.hear(event)
    await web.sign_in("team-leader-1")
    text = text_of((await web.client.get("/")).text)
    assert "For you to decide" in text
    assert "For the team leader: No adviser was present when the case was opened" in text
    case = text_of((await web.client.get(f"/cases/{event.case_id}")).text)
    assert "Decide who has this case No adviser was present when the case was opened" in case


@pytest.mark.usefixtures("alone")
async def test_a_case_page_shows_words_promises_and_how_to_reach_them_safely(
    casework: Casework, web: Web, contact: Contact
) -> None:
    words = "They dragged me out.\n<script>alert(1)</script> My wrist is broken. Nobody was hurt"
    at = words.index("broken")
    prompt = Prompt(
        criterion=Criterion.MF2, phrase="fracture", words="broken", start=at, end=at + 6
    )
    person = Person(
        id=contact().person,
        role=PersonRole.COMPLAINANT,
        name="Moira Tansley-Okonjo",
        telephone="01632 960184",
        reach=Reach(
            preferred=ReachBy.TELEPHONE,
            needs=(Adjustment.BSL,),
            safe_contact="My brother must not know.",
        ),
    )
    event = contact(
        words=words,
        persons=(person,),
        prompts=(prompt,),
        urgency=Urgency.URGENT,
        risks=(RiskFlag.ADULT_SAFEGUARDING,),
    )
    await casework.hear(event)
    await web.sign_in()
    page = (await web.client.get(f"/cases/{event.case_id}")).text
    assert "<script>alert" not in page
    assert "<mark>broken<" in page
    text = text_of(page)
    for said in (
        "My brother must not know.",
        "Urgent: adult safeguarding",
        "MF2: Death or serious injury",
        "Friday 3 April 2026 Good Friday –",
        "Wednesday 8 April 2026 Working day day 2",
        "Marta Hollins is the single point of contact.",
        "British Sign Language",
    ):
        assert said in text


@pytest.mark.usefixtures("alone")
async def test_a_case_page_shows_who_acts_for_whom_and_what_came_with_it(
    casework: Casework, web: Web, contact: Contact
) -> None:
    agent = Person(
        id=uuid4(),
        role=PersonRole.REPRESENTATIVE,
        name="Alder Voss",
        reach=Reach(preferred=ReachBy.EMAIL, interpreter_for="Kurdish"),
        representation=Representation(
            kind=RepresentativeKind.FRIEND_FAMILY,
            consent=Consent.HELD,
            consent_on=date(2026, 3, 20),
            scope="The break-in only",
        ),
    )
    event = contact(
        declared=ContactType.COMPLAINT,
        mentions=("CL-7K4M-9QPC",),
        taken_by="adviser-2",
        dated_on=date(2026, 3, 30),
        unread=Unread.EMPTY,
        review=ReviewAsked(force_reference="CO/123/26"),
    )
    event = event.model_copy(update={"persons": (*event.persons, agent)})
    await casework.hear(event)
    await web.sign_in()
    page = (await web.client.get(f"/cases/{event.case_id}")).text
    assert 'href="/worklist?reference=CL-7K4M-9QPC"' in page
    text = text_of(page)
    for said in (
        "Acts as Friend or relative",
        "Consent Consent held, Friday 20 March 2026: The break-in only",
        "Interpreter for Kurdish",
        "Declared as Complaint",
        "Taken by Devan Pryce",
        "Date on the letter Monday 30 March 2026",
        "There were no words in it",
        "The force’s reference CO/123/26",
    ):
        assert said in text, said


@pytest.mark.usefixtures("alone")
async def test_a_call_is_recorded_with_the_form(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    await web.sign_in()
    address = f"/cases/{event.case_id}"
    page = (await web.client.get(address)).text
    form = {name: field(page, name) for name in ("csrf_token", "version", "once")}
    form |= {"made": "yes", "how": "TELEPHONE", "note": "She would like an apology."}
    for _ in range(2):  # a double click records it once
        answer = await web.client.post(f"{address}/contact-attempts", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, address)
    assert (await casework.facts(event.contact_id)).count("casework.first-contact-made") == 1
    text = text_of((await web.client.get(address)).text)
    assert "First contact made By telephone. She would like an apology. Marta Hollins," in text


@pytest.mark.usefixtures("alone")
async def test_a_form_with_something_missing_says_what_and_keeps_the_rest(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    await web.sign_in()
    address = f"/cases/{event.case_id}"
    page = (await web.client.get(address)).text
    form = {name: field(page, name) for name in ("csrf_token", "version", "once")}
    answer = await web.client.post(f"{address}/contact-attempts", data=form | {"note": "kept"})
    assert answer.status_code == 422
    assert "Select whether you reached them" in answer.text
    assert ">kept</textarea>" in answer.text


@pytest.mark.usefixtures("alone")
async def test_a_form_from_an_old_page_is_shown_again_with_what_happened(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    await web.sign_in()
    address = f"/cases/{event.case_id}"
    first, second = [(await web.client.get(address)).text for _ in range(2)]
    for page, status in ((first, 303), (second, 409)):
        form = {name: field(page, name) for name in ("csrf_token", "version", "once")}
        form |= {"made": "no", "how": "TELEPHONE", "note": "rang twice"}
        answer = await web.client.post(f"{address}/contact-attempts", data=form)
        assert answer.status_code == status
    assert "Since you opened it: attempt to reach them failed" in text_of(answer.text)
    assert ">rang twice</textarea>" in answer.text
    assert field(answer.text, "version") == "5"


async def test_a_form_from_elsewhere_is_refused(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    await web.sign_in("team-leader-1")
    form = {"made": "yes", "how": "TELEPHONE", "version": "4", "once": str(event.case_id)}
    answer = await web.client.post(f"/cases/{event.case_id}/contact-attempts", data=form)
    assert answer.status_code == 403


@pytest.mark.usefixtures("alone")
async def test_an_erased_person_is_on_no_page(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    await web.sign_in()
    address = f"/cases/{event.case_id}"
    page = (await web.client.get(address)).text
    form = {name: field(page, name) for name in ("csrf_token", "version", "once")}
    form |= {"made": "yes", "how": "TELEPHONE", "note": "Moira wants an apology"}
    await web.client.post(f"{address}/contact-attempts", data=form)
    await casework.hear(
        (SortingPersonErased(contact_id=event.contact_id, person_id=event.person), 2)
    )
    text = text_of((await web.client.get(address)).text)
    for gone in ("Moira", "Tansley", "01632 960184", "my van", "6 pm", "apology"):
        assert gone not in text
    assert "[erased]" in text
    assert "A person was erased" in text


@pytest.mark.usefixtures("alone")
async def test_a_person_is_erased_from_every_case_that_holds_something_of_them(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    other = contact(persons=event.persons)
    await casework.hear(event, other)
    await web.sign_in()
    address = f"/cases/{other.case_id}"
    page = (await web.client.get(address)).text
    form = {name: field(page, name) for name in ("csrf_token", "version", "once")}
    await casework.hear(
        (SortingPersonErased(contact_id=event.contact_id, person_id=event.person), 2)
    )
    assert (await casework.facts(other.contact_id))[-1] == Erased.type
    text = text_of((await web.client.get(address)).text)
    assert not [gone for gone in ("Moira", "Tansley", "my van", "6 pm") if gone in text]
    assert "[erased]" in text
    assert "A person was erased What was personal to them is gone" in text
    form |= {"made": "yes", "how": "TELEPHONE", "note": "Moira wants an apology"}
    answer = await web.client.post(f"{address}/contact-attempts", data=form)
    assert answer.status_code == 409
    assert "Since you opened it: a person was erased" in text_of(answer.text)


def test_everything_that_can_happen_on_a_case_has_words() -> None:
    published = {type for type, event in EVENTS.items() if issubclass(event, CaseEvent)}
    private = {fact.type for fact in FACTS} | {Erased.type}
    assert HAPPENED.keys() == published | private


async def test_all_work_is_chosen_by_queue_adviser_and_reference(
    casework: Casework, web: Web, contact: Contact
) -> None:
    await casework.hear(contact(), contact(reference="2222-2222-2"))
    await web.sign_in("team-leader-1")
    for query, shown in (
        ("", 2),
        ("adviser=unallocated", 0),
        ("queue=RESOLUTION", 2),
        ("reference=2222-2222-2", 1),
    ):
        page = (await web.client.get(f"/worklist?{query}")).text
        assert len(re.findall(r'href="/cases/[^"#]+"', page)) == shown
