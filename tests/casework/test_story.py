"""A case told on one page, and its clocks day by day."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from asking import NO, allegation, assessed

from complaints_casework.terminal import COLUMNS, clean, named, one_line, table, wrapped
from complaints_chassis.record import Record
from complaints_chassis.web import rights
from complaints_contracts.codes import (
    Criterion,
    CriterionAnswer,
    Route,
    Wish,
)
from complaints_contracts.triage import (
    AssessedAllegation,
    ContactSorted,
    MatterAssessed,
    SortingPersonErased,
)

if TYPE_CHECKING:
    from conftest import Casework, Web

Contact = Callable[..., ContactSorted]
HOSTILE = "</blockquote><script>alert(1)</script>"
_offsets = count(500)


def two(words: str = "They broke my wrist.") -> tuple[AssessedAllegation, AssessedAllegation]:
    """Two allegations: of the first, one answer is not sure and one is cleared."""
    doubts = {
        Criterion.MF2: CriterionAnswer.NOT_SURE,
        Criterion.MF4: CriterionAnswer.NOT_SURE,
    }
    doubted = {"answers": {**NO, **doubts}, "advised": (Criterion.MF4,)}
    return (
        allegation("B2", words=words, **doubted),
        allegation("A1", "2", words="Nobody rang."),
    )


def to_record(event: ContactSorted, words: str = "They broke my wrist.") -> MatterAssessed:
    return assessed(event, *two(words), route=Route.RECORD, wish=Wish.NOT_SAID)


def said(kind: str, case_id: UUID, **fields: object) -> Record:
    """What the force sends about a case."""
    headers = {
        "ce_specversion": "1.0",
        "ce_id": str(uuid4()),
        "ce_type": f"uk.police-complaints.force.{kind}.v1",
        "ce_source": "/force/cleveland/dse",
        "ce_time": "2026-04-20T09:00:00Z",
    }
    return Record(
        topic="force.cleveland.cases.v1",
        partition=0,
        offset=next(_offsets),
        timestamp=0,
        key=None,
        value=json.dumps({"case_id": str(case_id), **fields}).encode(),
        headers=tuple((name.encode(), text.encode()) for name, text in headers.items()),
    )


async def do(casework: Casework, web: Web, event: ContactSorted, what: str, **body: Any) -> None:
    row = await casework.case(event.contact_id)
    headers = web.bearer(
        "team-leader-1", **{"If-Match": f'"{row.version}"', "Idempotency-Key": str(uuid4())}
    )
    path = f"/api/cases/{event.case_id}/{what}"
    answer = await web.client.post(path, json=body, headers=headers)
    assert answer.status_code == 201, answer.text


async def go_through(casework: Casework, web: Web, event: ContactSorted) -> None:
    """From the first call to what the force says, and an update that the person is told of."""
    await casework.hear(event)
    casework.clock.set(datetime(2026, 4, 8, 9, 30, tzinfo=UTC), frozen=True)
    await do(
        casework,
        web,
        event,
        "contact-attempts",
        made=True,
        how="TELEPHONE",
        note=f"She was calm. {HOSTILE}",
    )
    await casework.hear((to_record(event, f"They broke my wrist. {HOSTILE}"), 2))
    recorded = {"reason": "NATURE_OF_ALLEGATION", "force": "cleveland", "note": "The wrist"}
    await do(casework, web, event, "recorded-complaint", **recorded)
    casework.clock.set(datetime(2026, 4, 20, 9, 0, tzinfo=UTC), frozen=True)
    id = event.case_id
    await casework.apply(
        [
            said("transfer-accepted", id, force_reference="CO/99/26"),
            said("progress-reported", id, words=f"The footage was viewed. {HOSTILE}"),
        ]
    )
    await do(casework, web, event, "steps", step="UPDATED", words=f"Dear Moira {HOSTILE}")


def text_of(page: str) -> str:
    main = page[page.index("<main") : page.index("</main>")]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", main)).split())


def days_of(page: str, anchor: str) -> list[list[str]]:
    """The rows of the table of one clock."""
    part = page[page.index(f'id="{anchor}"') :]
    body = part[part.index("<tbody") : part.index("</tbody>")]
    rows = re.findall(r"<tr.*?</tr>", body, re.DOTALL)
    return [
        [unescape(cell) for cell in re.findall(r"<td[^>]*>(.*?)</td>", row, re.DOTALL)]
        for row in rows
    ]


async def test_the_clocks_over_easter_show_which_days_do_not_count(
    casework: Casework, web: Web, contact: Contact
) -> None:
    """S1 (domain 5.1): received on Thursday 2 April 2026, called by Wednesday 8 April."""
    event = contact()
    await casework.hear(event)
    await web.sign_in("team-leader-1")
    page = (await web.client.get(f"/cases/{event.case_id}/clocks")).text
    assert days_of(page, "told-call") == [
        ["Thursday 2 April 2026", "Working day", "Start"],
        ["Friday 3 April 2026", "Good Friday", "–"],
        ["Saturday 4 April 2026", "Weekend", "–"],
        ["Sunday 5 April 2026", "Weekend", "–"],
        ["Monday 6 April 2026", "Easter Monday", "–"],
        ["Tuesday 7 April 2026", "Working day", "1"],
        ["Wednesday 8 April 2026", "Working day", "2"],
    ]
    update = days_of(page, "told-first_update")
    assert (len(update), update[-1]) == (29, ["Thursday 30 April 2026", "Working day", "28"])
    assert update[1] == ["Friday 3 April 2026", "Good Friday", "1"]
    text = text_of(page)
    for words in (
        "Due 8 April 2026, 4:30pm (2 working days left)",
        "Counted in Working days: weekends and bank holidays do not count",
        "Counted in Days: weekends and bank holidays count as well",
        "Rule R12: The Resolution Team's promise to telephone within two working days",
        "Calendar govuk-bank-holidays-0.19, rules 2020-02-01",
        "Told When the case was opened, so it does not move",
    ):
        assert words in text


async def test_the_case_page_leads_to_both(casework: Casework, web: Web, contact: Contact) -> None:
    event = contact()
    await casework.hear(event)
    await web.sign_in("team-leader-1")
    page = (await web.client.get(f"/cases/{event.case_id}")).text
    for what in ("story", "clocks"):
        address = f"/cases/{event.case_id}/{what}"
        assert f'href="{address}"' in page
        assert (await web.client.get(address)).status_code == 200


async def test_the_story_tells_what_happened_in_order(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await go_through(casework, web, event)
    await web.sign_in("team-leader-1")
    page = (await web.client.get(f"/cases/{event.case_id}/story")).text
    text = text_of(page)
    order = [
        "Status The police force is handling your complaint (FORCE_HANDLING)",
        "Next Send the first update, by Thursday 30 April 2026 (8 working days left)",
        "Case opened Reference 7K3M-9QX4-D",
        "What they told us I reported my van being broken into",
        "Complaint logged",
        "First contact made By telephone. She was calm.",
        "Assessed 2 allegations: record.",
        "Allegation 1, category B2: MF2 Death or serious injury, not sure; MF4",
        "and the force’s professional standards say no They broke my wrist.",
        "Allegation 2, category A1: no to every mandatory criterion Nobody rang.",
        "Recorded under Schedule 3 Nature of the allegation. Cleveland Police.",
        "The force has taken it over Its own number for it: CO/99/26.",
        "The force wrote The footage was viewed.",
        "20 April 2026, 10:00am , Cleveland Police, by R47",
        "An update was written What they are to be told Dear Moira",
        "To do",
        "They were not told of this yet, as far as we know: An update was written.",
        "Clocks",
        "Make the first call",
        "The force accepts it",
    ]
    at = 0
    for words in order:
        assert words in text[at:], words
        at += text[at:].index(words)
    leader = next(m.name for m in casework.office.staff if m.id == "team-leader-1")
    assert f"8 April 2026, 10:30am , {leader}, by R12" in text


async def test_what_they_were_told_is_said_to_be_told_once_it_was(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await go_through(casework, web, event)
    headers = web.bearer("team-leader-1")
    case = (await web.client.get(f"/api/cases/{event.case_id}", headers=headers)).json()
    [update] = [each["step_id"] for each in case["untold"] if each["step"] == "UPDATED"]
    await do(casework, web, event, "told", step_id=update, how="EMAIL")
    await web.sign_in("team-leader-1")
    for address in (f"/cases/{event.case_id}", f"/cases/{event.case_id}/story"):
        text = text_of((await web.client.get(address)).text)
        assert "What they were told Dear Moira" in text
        assert "What they are to be told Dear Moira" not in text


async def test_words_that_people_wrote_do_nothing_on_a_page(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact(words=HOSTILE, title=HOSTILE)
    await go_through(casework, web, event)
    await web.sign_in("team-leader-1")
    for what in ("", "/story", "/clocks"):
        page = (await web.client.get(f"/cases/{event.case_id}{what}")).text
        assert "<script>alert" not in page
        if what != "/clocks":
            assert page.count("&lt;script&gt;alert(1)") >= 6


async def test_a_case_is_hidden_from_whom_it_names_and_from_strangers(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact(words="Ms Marta Hollins of your office hung up on me.")
    await casework.hear(event)
    for what in ("story", "clocks"):
        address = f"/cases/{event.case_id}/{what}"
        assert (await web.client.get(address)).status_code in (303, 401)
        named = await web.client.get(address, headers=web.bearer("adviser-1"))
        assert named.status_code == 404
        leader = await web.client.get(address, headers=web.bearer("team-leader-1"))
        assert leader.status_code == 200
        assert (await web.client.get(f"/cases/{uuid4()}/{what}", headers=web.bearer())).is_error
    listed = {line.path: line.right for line in rights(web.app)}
    for what in ("story", "clocks"):
        assert listed[f"/cases/{{case_id}}/{what}"] == listed["/cases/{case_id}"]


async def test_an_erased_person_is_in_no_story(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await go_through(casework, web, event)
    gone = SortingPersonErased(contact_id=event.contact_id, person_id=event.person)
    await casework.hear((gone, 3))
    await web.sign_in("team-leader-1")
    text = text_of((await web.client.get(f"/cases/{event.case_id}/story")).text)
    assert not [w for w in ("Moira", "my van", "wrist.", "calm", "footage", "CO/99") if w in text]
    assert "[erased]" in text


async def test_a_case_whose_dates_could_not_be_counted_has_pages_all_the_same(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact(received_at=datetime(2019, 1, 7, 9, 0, tzinfo=UTC))
    await casework.hear(event)
    await web.sign_in("team-leader-1")
    for what in ("story", "clocks"):
        answer = await web.client.get(f"/cases/{event.case_id}/{what}")
        assert answer.status_code == 200
        assert "No date could be counted" in answer.text


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("\x1b[2Jred \x1b]0;title\x07", r"\x1b[2Jred \x1b]0;title\x07"),
        ("a\rb\x9b31m", r"a\rb\x9b31m"),
        ("\u202eevil\u2066", r"\u202eevil\u2066"),
        ("Zoë O’Connor, £5, 你好", "Zoë O’Connor, £5, 你好"),
    ],
)
def test_what_acts_on_a_terminal_is_shown_by_its_number(words: str, shown: str) -> None:
    assert clean(words) == shown


def test_lines_fit_and_none_looks_like_one_of_ours() -> None:
    words = "word " * 60 + "\n" + "x" * 250 + "\n\n2 April 2026, 5:10pm, Marta Hollins\x0b\x85z"
    lines = [*wrapped(words, "> "), *named([("Name", words), ("Longer name", "")])]
    lines += table(("One", "Two"), [("a\nb", "c")])
    assert all(len(line) <= COLUMNS for line in lines)
    assert all(line.startswith(">") for line in wrapped(words, "> "))
    assert r"a\nb  c" in lines
    assert "\n" not in one_line(words)
