"""A complaint is recorded, goes to the force, and what the force says comes back to its case."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from asking import NO, allegation, assessed
from httpx import Response
from stepping import Story
from toy import record

from complaints_casework.domain.transfer import LONGEST, WITHDRAWS
from complaints_casework.forces import NOT_TRANSFERRED
from complaints_chassis.receipts import OTHER_CONTENT
from complaints_chassis.record import Record
from complaints_contracts.codes import (
    Adjustment,
    Channel,
    ContactType,
    Criterion,
    CriterionAnswer,
    Queue,
    RestrictionStage,
    Route,
    Urgency,
    Vulnerability,
    Wish,
)
from complaints_contracts.envelope import MAX_VALUE, encode
from complaints_contracts.forces import CaseSupplemented, CaseTransferred
from complaints_contracts.parts import ContactRestriction, FileRef
from complaints_contracts.personal import ERASED, join
from complaints_contracts.registry import EVENTS
from complaints_contracts.triage import (
    AssessedAllegation,
    ContactSorted,
    MatterAssessed,
    MessageSorted,
    SortingPersonErased,
)

if TYPE_CHECKING:
    from conftest import Casework, Web

Contact = Callable[..., ContactSorted]

WHY = "Mr Penhallow said on the telephone that he wants it recorded"
NOTHING: dict[str, Any] = {}
_offsets = count()


async def ask(
    casework: Casework, web: Web, event: ContactSorted, key: str = "k", **body: str
) -> Response:
    row = await casework.case(event.contact_id)
    headers = web.bearer(**{"If-Match": f'"{row.version}"', "Idempotency-Key": key})
    sent = {"reason": "COMPLAINANT_WISHES", "force": "cleveland", "note": WHY, **body}
    path = f"/api/cases/{event.case_id}/recorded-complaint"
    return await web.client.post(path, json=sent, headers=headers)


def said(
    kind: str, case_id: UUID | str, id: str = "", force: str = "cleveland", **fields: object
) -> Record:
    """What a force sends about a case."""
    headers = {
        "ce_specversion": "1.0",
        "ce_id": id or str(uuid4()),
        "ce_type": f"uk.police-complaints.force.{kind}.v1",
        "ce_source": f"/force/{force}/dse",
        "ce_time": "2026-04-20T09:00:00Z",
    }
    return Record(
        topic=f"force.{force}.cases.v1",
        partition=0,
        offset=next(_offsets),
        timestamp=0,
        key=None,
        value=json.dumps({"case_id": str(case_id), **fields}).encode(),
        headers=tuple((name.encode(), text.encode()) for name, text in headers.items()),
    )


async def receipts(casework: Casework) -> list[tuple[str, str | None]]:
    rows = await casework.rows(
        "SELECT record FROM journal WHERE topic LIKE 'force.%.receipts.v1' ORDER BY seq"
    )
    data = [json.loads(row.record)["data"] for row in rows]
    return [(one["outcome"], one["reason"]) for one in data]


async def to_do(casework: Casework, event: ContactSorted) -> list[tuple[str, datetime | None]]:
    rows = await casework.rows(
        "SELECT kind, due_at FROM actions WHERE case_id = :id AND NOT done ORDER BY number",
        id=event.case_id,
    )
    return [(row.kind, row.due_at) for row in rows]


async def handed(casework: Casework, event: ContactSorted) -> list[Any]:
    """What the force was given of a case, as it reads it."""
    rows = await casework.rows(
        "SELECT j.type, j.record, array_agg(p.bytes) AS parts"
        " FROM journal j LEFT JOIN personal p USING (event_id)"
        " WHERE j.stream = :stream AND j.topic IS NOT NULL GROUP BY j.seq ORDER BY j.seq",
        stream=f"transfer:{event.case_id}",
    )
    found = []
    for row in rows:
        parts = {str(n): json.loads(part) for n, part in enumerate(row.parts) if part}
        data = join(json.loads(row.record)["data"], parts)
        found.append(EVENTS[row.type].model_validate_json(json.dumps(data), strict=True))
    return found


def photo(name: str = "door.jpg") -> FileRef:
    return FileRef(sha256="a" * 64, name=name, media_type="image/jpeg", size=3)


def added(event: ContactSorted, **given: Any) -> MessageSorted:
    """A message to a contact, as triage sorts it."""
    fields: dict[str, Any] = {
        "contact_id": event.contact_id,
        "case_id": event.case_id,
        "message_id": uuid4(),
        "person_id": event.person,
        "reference": event.reference,
        "channel": Channel.EMAIL,
        "received_at": event.received_at,
        "words": "And they took my phone.",
        "queue": Queue.RESOLUTION,
        "urgency": Urgency.ROUTINE,
        "prompts_version": "test",
    }
    return MessageSorted(**(fields | given))


def later(
    event: ContactSorted, day: int, *given: AssessedAllegation, **more: Any
) -> MatterAssessed:
    """An assessment of that day in April."""
    at = datetime(2026, 4, day, 9, tzinfo=UTC)
    return assessed(event, *given, assessed_at=at, **more)


def answered(criterion: Criterion, answer: CriterionAnswer) -> dict[Criterion, CriterionAnswer]:
    return NO | {criterion: answer}


async def test_a_recorded_complaint_goes_to_the_force_with_all_it_needs(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact(words="They broke my door.")
    await casework.hear(event)
    answer = await ask(casework, web, event)
    assert answer.status_code == 201
    assert (await casework.case(event.contact_id)).status == "TRANSFERRED"
    [given] = await casework.rows(
        "SELECT j.*, array_agg(p.bytes) AS parts FROM journal j JOIN personal p USING (event_id)"
        " WHERE topic LIKE 'force.%' GROUP BY j.seq"
    )
    assert (given.topic, given.sequence) == ("force.cleveland.transfers.v1", 1)
    data = json.loads(given.record)["data"]
    assert (data["case_id"], data["reference"]) == (str(event.case_id), event.reference)
    assert (data["force"], data["reason_recorded"]) == ("cleveland", "COMPLAINANT_WISHES")
    parts = b"".join(given.parts)
    assert b"They broke my door." in parts
    assert b"Penhallow" not in parts, "why it was recorded stays here"
    shown = (await web.client.get(f"/api/cases/{event.case_id}", headers=web.bearer())).json()
    assert shown["recorded"]["force"] == "cleveland"


@pytest.mark.parametrize(
    "kind",
    [
        NOTHING,
        {"queue": Queue.COMPLIMENTS, "contact_type": ContactType.COMPLIMENT},
        {"queue": Queue.CONCERNS, "contact_type": ContactType.COMMUNITY_CONCERN},
    ],
)
async def test_it_is_recorded_in_whatever_state_but_once(
    casework: Casework, web: Web, contact: Contact, kind: dict[str, Any]
) -> None:
    event = contact(**kind)
    await casework.hear(event)
    if kind:
        compliment = kind["queue"] is Queue.COMPLIMENTS
        what = "forwarded-compliment" if compliment else "noted-concern"
        body = {"passed_to": "x", "no_dissatisfaction": True} if compliment else {"theme": "x"}
        row = await casework.case(event.contact_id)
        headers = web.bearer(**{"If-Match": f'"{row.version}"', "Idempotency-Key": "end"})
        path = f"/api/cases/{event.case_id}/{what}"
        assert (await web.client.post(path, json=body, headers=headers)).status_code == 201
        assert not (await casework.case(event.contact_id)).is_open
    assert (await ask(casework, web, event)).status_code == 201
    assert (await casework.case(event.contact_id)).is_open
    again = await ask(casework, web, event, "other")
    assert (again.status_code, again.json()["rule"]) == (409, "L6")
    assert len(await casework.rows("SELECT 1 FROM journal WHERE topic LIKE 'force.%'")) == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"force": "atlantis"}, "Send one of: cleveland"),
        ({"reason": "BECAUSE"}, "Send one of: COMPLAINANT_WISHES"),
        ({"note": "  "}, ""),
    ],
)
async def test_what_cannot_be_meant_is_refused_with_what_to_send(
    casework: Casework, web: Web, contact: Contact, body: dict[str, str], said: str
) -> None:
    event = contact()
    await casework.hear(event)
    answer = await ask(casework, web, event, **body)
    assert answer.status_code == 422
    assert said in answer.text
    assert (await casework.case(event.contact_id)).status == "LOGGED"


async def test_the_force_accepts_reports_and_decides(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    await ask(casework, web, event)
    casework.clock.set(datetime(2026, 4, 20, 9, 30, tzinfo=UTC), frozen=True)
    id = event.case_id
    await casework.apply([said("transfer-queried", id, question="Which door?")])
    assert [kind for kind, _ in await to_do(casework, event)] == ["ANSWER_FORCE"]
    await casework.apply([said("transfer-accepted", id, force_reference="DSE/2026/77")])
    assert (await casework.case(event.contact_id)).status == "FORCE_HANDLING"
    assert await to_do(casework, event) == []
    await casework.apply([said("progress-reported", id, words="An officer was interviewed.")])
    assert [kind for kind, _ in await to_do(casework, event)] == ["TELL_PROGRESS"]
    decided = {"outcome": "SERVICE_NOT_ACCEPTABLE", "words": "Sorry.", "issued_on": "2026-05-01"}
    casework.clock.set(datetime(2026, 5, 1, 9, 30, tzinfo=UTC), frozen=True)
    await casework.apply([said("outcome-issued", id, **decided)])
    row = await casework.case(event.contact_id)
    assert (row.status, row.is_open) == ("OUTCOME_GIVEN", True)
    # Five working days after Friday 1 May 2026, of which Monday the 4th is a bank holiday (L30).
    assert (await to_do(casework, event))[-1] == (
        "TELL_OUTCOME",
        datetime(2026, 5, 11, 22, 59, tzinfo=UTC),
    )
    assert await receipts(casework) == [("ACCEPTED", None)] * 4
    await web.sign_in("team-leader-1")
    page = (await web.client.get(f"/cases/{id}")).text
    for words in ("Which door?", "DSE/2026/77", "The service was not acceptable, on Friday 1 May"):
        assert words in page


async def test_nothing_a_force_says_twice_counts_twice(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    await ask(casework, web, event)
    report = {"kind": "progress-reported", "case_id": event.case_id, "id": "r1"}
    await casework.apply([said(**report, words="One."), said(**report, words="One.")])
    await casework.apply([said(**report, words="Another.")])
    assert (await casework.facts(event.contact_id)).count("casework.force-reported") == 1
    assert await casework.held() == ["FORKED"]
    accepted, same, other = await receipts(casework)
    assert accepted == same == ("ACCEPTED", None)
    assert other == ("HELD", OTHER_CONTENT)


@pytest.mark.parametrize("theirs", [False, True])
async def test_a_force_may_only_speak_of_what_it_was_given(
    casework: Casework, web: Web, contact: Contact, theirs: bool
) -> None:
    event = contact()
    await casework.hear(event)
    if theirs:
        await ask(casework, web, event)
    id = uuid4() if theirs else event.case_id
    await casework.apply([said("transfer-accepted", id)])
    assert await receipts(casework) == [("HELD", NOT_TRANSFERRED)]
    assert await casework.held() == ["UNREADABLE"]


async def test_what_a_force_says_in_an_order_nobody_expects_is_kept_and_looked_at(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    await ask(casework, web, event)
    decided = {"outcome": "NFA", "words": "No.", "issued_on": "2026-05-01"}
    await casework.apply(
        [
            said("outcome-issued", event.case_id, **decided),
            said("progress-reported", event.case_id, words="Still at it."),
            said("transfer-accepted", event.case_id),
        ]
    )
    assert (await casework.case(event.contact_id)).status == "OUTCOME_GIVEN"
    left = {kind for kind, _ in await to_do(casework, event)}
    assert left == {"TELL_OUTCOME", "TELL_PROGRESS", "LOOK"}
    assert await casework.held() == []


async def test_who_is_erased_is_gone_from_what_the_force_said_too(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    await ask(casework, web, event)
    await casework.apply([said("progress-reported", event.case_id, "r", words="Zebulon agreed.")])
    before = await casework.rows("SELECT bytes FROM personal")
    assert any(b"Zebulon" in row.bytes for row in before)
    gone = SortingPersonErased(contact_id=event.contact_id, person_id=event.person)
    await casework.hear((gone, 2))
    assert await casework.rows("SELECT bytes FROM personal") == []
    await casework.apply([said("progress-reported", event.case_id, "r", words="Zebulon agreed.")])
    assert await casework.held() == []


async def test_the_pack_holds_all_that_the_force_needs(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    person = event.persons[0]
    reach = person.reach.model_copy(update={"needs": (Adjustment.BSL,)})
    restricted = ContactRestriction(
        stage=RestrictionStage.RESTRICTED,
        authorised_by="chief-executive",
        starts_on=event.received_at.date(),
        review_on=event.received_at.date() + timedelta(days=180),
    )
    careful = {
        "reach": reach,
        "vulnerabilities": (Vulnerability.UNDER_18,),
        "restriction": restricted,
    }
    event = event.model_copy(update={"persons": (person.model_copy(update=careful),)})
    await casework.hear(event)
    message = added(event, attachments=(photo(),), words_file=photo("words.txt"))
    await casework.hear((message, 2), (added(event, automatic=True, words="Out of office"), 3))
    advised = allegation(
        answers=answered(Criterion.MF4, CriterionAnswer.NOT_SURE), advised=(Criterion.MF4,)
    )
    await casework.hear((later(event, 2, advised, wish=Wish.RECORD), 4))
    await ask(casework, web, event)
    [pack] = await handed(casework, event)
    assert isinstance(pack, CaseTransferred)
    assert pack.wish is Wish.RECORD
    assert [one.model_dump() for one in pack.allegations] == [advised.model_dump()]
    [told] = pack.messages
    assert {name: getattr(message, name) for name in told.model_dump()} == dict(told)
    [who] = pack.persons
    assert who.reach.needs == (Adjustment.BSL,)
    assert who.reach.safe_contact == "Not before 6 pm, please"
    assert who.vulnerabilities == (Vulnerability.UNDER_18,)
    assert who.restriction is None, "that is for us alone to know (L57)"


async def test_evidence_that_was_asked_for_is_listed_by_the_id_of_its_request(
    story: Story,
) -> None:
    await story.step("EVIDENCE_REQUESTED", words="Keep the video.", force="cleveland")
    await ask(story.casework, story.web, story.event)
    asked, pack = await handed(story.casework, story.event)
    [evidence] = pack.evidence
    assert {name: getattr(asked, name) for name in evidence.model_dump()} == dict(evidence)


@pytest.mark.parametrize("character", ["é", '"', "\U0001f6a8"])
async def test_nothing_is_too_long_to_be_handed_over(
    casework: Casework, web: Web, contact: Contact, character: str
) -> None:
    """The right to be recorded has no limit of size (L6)."""

    def long(most: int) -> str:
        return character * (most // len(character.encode()))

    event = contact(words=long(64 * 1024), attachments=tuple(photo(long(600)) for _ in range(20)))
    await casework.hear(event)
    story = Story(casework, web, event)
    heard = [
        added(event, words=long(64 * 1024), attachments=tuple(photo() for _ in range(20)))
        for _ in range(5)
    ]
    await casework.hear(*((one, 2 + at) for at, one in enumerate(heard)))
    for _ in range(10):
        words = character * 20_000
        await story.step("EVIDENCE_REQUESTED", "team-leader-1", words=words, force="cleveland")
    many = tuple(allegation(number=str(number), words=long(400)) for number in range(3, 100))
    longest = tuple(allegation(number=str(number), words=long(30_000)) for number in (1, 2))
    await casework.hear((later(event, 2, *longest, *many), 7))
    assert await casework.held() == []
    assert (await ask(casework, web, event)).status_code == 201
    found = [one for one in await handed(casework, event) if hasattr(one, "messages")]
    assert isinstance(found[0], CaseTransferred)
    assert found[0].words == event.words
    assert all(isinstance(one, CaseSupplemented) for one in found[1:])
    assert all(len(encode(one.model_dump(mode="json"))) <= MAX_VALUE for one in found)
    given = [each for one in found for each in one.allegations]
    assert [each.words for each in given] == [each.words for each in (*longest, *many)]
    assert [each.words for one in found for each in one.messages] == [one.words for one in heard]
    asked = [each.words for one in found for each in one.evidence]
    assert asked == [character * 20_000] * 10
    await casework.hear((later(event, 2, *longest, *many), 8))
    assert len([one for one in await handed(casework, event) if hasattr(one, "messages")]) == len(
        found
    ), "the same was assessed again"


async def test_words_that_leave_no_room_follow_the_pack(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact(words="w" * LONGEST)
    person = event.persons[0]
    persons = tuple(
        person.model_copy(update={"id": uuid4(), "address": "a" * 42_000}) for _ in range(4)
    )
    await casework.hear(event.model_copy(update={"persons": persons}))
    assert await casework.held() == []
    assert (await ask(casework, web, event)).status_code == 201
    pack, more = await handed(casework, event)
    assert pack.persons == persons
    assert len(pack.words) < LONGEST
    assert event.words.startswith(pack.words)
    [message] = more.messages
    assert (message.message_id, message.words) == (event.contact_id, event.words)
    assert (more.assessed_at, more.allegations) == (None, ())


@pytest.mark.parametrize("criterion", [Criterion.MF2, Criterion.MF3, Criterion.MF5, Criterion.MF6])
@pytest.mark.parametrize("answer", [CriterionAnswer.YES, CriterionAnswer.NOT_SURE])
async def test_who_is_assessed_after_the_transfer_is_told_of_it_and_called_where_it_is_urgent(
    casework: Casework,
    web: Web,
    contact: Contact,
    criterion: Criterion,
    answer: CriterionAnswer,
) -> None:
    event = contact()
    await casework.hear(event)
    await ask(casework, web, event)
    grave = allegation("B4", answers=answered(criterion, answer))
    await casework.hear((later(event, 3, grave, route=Route.RECORD_URGENTLY), 2))
    pack, more = await handed(casework, event)
    assert (pack.urgency, pack.allegations) == (Urgency.ROUTINE, ())
    assert isinstance(more, CaseSupplemented)
    assert (more.urgency, more.wish) == (Urgency.URGENT, Wish.CONTENT)
    assert [one.model_dump() for one in more.allegations] == [grave.model_dump()]
    # Two hours after it was assessed, as the force has to answer what is transferred urgently.
    assert await to_do(casework, event) == [
        ("CALL_FORCE", datetime(2026, 4, 2, 18, 10, tzinfo=UTC))
    ]
    again = later(event, 7, grave, allegation(number="2"), route=Route.RECORD_URGENTLY)
    await casework.hear((again, 3))
    assert [kind for kind, _ in await to_do(casework, event)] == ["CALL_FORCE"], "told once"
    *_, last = await handed(casework, event)
    assert [one.number for one in last.allegations] == ["1", "2"]


async def test_the_force_hears_of_each_assessment_once_and_only_of_what_is_new(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    first = later(event, 2, allegation(), allegation(number="2"))
    await casework.hear((first, 2))
    assert await handed(casework, event) == []
    await ask(casework, web, event)
    await casework.hear((later(event, 3, allegation(), allegation(number="2")), 3))
    assert len(await handed(casework, event)) == 1, "it knows all that"
    await casework.apply([said("transfer-accepted", event.case_id)])
    fewer = later(event, 7, allegation(), wish=Wish.RECORD, route=Route.RECORD)
    sent = record(fewer, 4)
    await casework.apply([sent])
    await casework.apply([sent])
    _, more = await handed(casework, event)
    assert (more.wish, more.urgency) == (Wish.RECORD, Urgency.ROUTINE)
    assert [one.number for one in more.allegations] == ["1"]
    assert await to_do(casework, event) == []
    await casework.hear((later(event, 8, allegation(), wish=Wish.RECORD, route=Route.RECORD), 5))
    assert len(await handed(casework, event)) == 2
    gone = later(event, 9, contact_type=ContactType.COMPLIMENT, wish=Wish.RECORD)
    await casework.hear((gone.model_copy(update={"allegations": ()}), 6))
    *_, none = await handed(casework, event)
    assert (none.allegations, none.assessed_at) == ((), gone.assessed_at)


async def test_where_an_assessment_leads_elsewhere_the_force_is_told_and_somebody_looks(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    await ask(casework, web, event)
    await casework.hear((later(event, 3, allegation(), route=Route.OTHER_BODY), 2))
    assert len(await handed(casework, event)) == 2
    assert [kind for kind, _ in await to_do(casework, event)] == ["LOOK"]


async def test_who_is_erased_is_gone_from_all_that_the_force_was_given(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact(words="Zebulon was there.")
    await casework.hear(event)
    zebulon = added(event, title="Zebulon", words="Zebulon", attachments=(photo("Zebulon.jpg"),))
    await casework.hear((zebulon, 2))
    await ask(casework, web, event)
    await casework.hear((later(event, 3, allegation(words="Zebulon fell.")), 3))
    gone = SortingPersonErased(contact_id=event.contact_id, person_id=event.person)
    await casework.hear((gone, 4))
    assert await casework.rows("SELECT bytes FROM personal") == []
    assert await casework.rows("SELECT 1 FROM journal WHERE record::text LIKE '%Zebulon%'") == []
    pack, more = await handed(casework, event)
    [message] = pack.messages
    assert (message.words, message.attachments[0].name) == (ERASED, ERASED)
    assert [one.words for one in more.allegations] == [ERASED]


async def test_a_withdrawal_is_passed_on_in_words_that_the_force_can_read(story: Story) -> None:
    await ask(story.casework, story.web, story.event)
    await story.step("WITHDRAWAL_PASSED_ON", note="Penhallow sounded relieved")
    *_, asked = await handed(story.casework, story.event)
    assert (asked.kind, asked.words) == ("WITHDRAWAL", WITHDRAWS)
