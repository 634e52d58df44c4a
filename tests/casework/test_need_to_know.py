"""Who may know of a case and decide on it, and what goes from one case to another (L57, R81)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import pytest
from alembic import command
from asking import allegation, ask, assessed
from httpx import Response
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from complaints_chassis import migrate as migrations
from complaints_contracts.codes import ContactType, Queue, Urgency
from complaints_contracts.triage import ContactSorted, SortingPersonErased
from complaints_law.office import OfficeProfile, Role
from complaints_local.postgres import DatabaseUrls

if TYPE_CHECKING:
    from conftest import Casework
    from staffed import Web

Contact = Callable[..., ContactSorted]
LEADER, SECOND = "team-leader-1", "adviser-4"
ADVISERS = tuple(f"adviser-{number}" for number in range(1, 5))
OTHER = "8A1B-2C3D-E"
SECRET = "Penhallow is looked into, between ourselves"


def with_two_leaders(office: OfficeProfile) -> OfficeProfile:
    both = frozenset({Role.ADVISER, Role.TEAM_LEADER})
    staff = (m.model_copy(update={"roles": both}) if m.id == SECOND else m for m in office.staff)
    return office.model_copy(update={"staff": tuple(staff)})


def name_of(office: OfficeProfile, id: str) -> str:
    return next(member.name for member in office.staff if member.id == id)


async def get(web: Web, path: str, who: str = LEADER) -> Response:
    answer: Response = await web.client.get(path, headers=web.bearer(who))
    return answer


async def totals(web: Web, who: str, *paths: str) -> list[int]:
    return [(await get(web, path, who)).json()["total"] for path in paths]


async def restricted(casework: Casework, contact: Contact, **fields: Any) -> tuple[Any, str]:
    """A restricted case, and an adviser who does not have it."""
    event = contact(reference=OTHER, **fields)
    await casework.hear(event, (assessed(event, allegation("G2")), 2))
    had = (await casework.case(event.contact_id)).adviser_id
    return event, next(one for one in ADVISERS if one != had)


@pytest.mark.parametrize("step", ["LINKED", "MERGED"])
async def test_nobody_writes_to_a_case_that_they_may_not_see(
    casework: Casework, web: Web, contact: Contact, step: str
) -> None:
    hidden, outsider = await restricted(casework, contact)
    event = contact()
    await casework.hear(event)
    before = await casework.facts(hidden.contact_id)
    given = {"step": step, "note": "Related.", "about": str(hidden.case_id)}
    assert (await ask(casework, web, event, "steps", given, outsider)).status_code == 404
    unknown = given | {"about": str(uuid4())}
    assert (await ask(casework, web, event, "steps", unknown, outsider)).status_code == 404
    assert await casework.facts(hidden.contact_id) == before
    assert (await ask(casework, web, event, "steps", given)).status_code == 201
    assert "casework.looked-at" in await casework.facts(hidden.contact_id)


async def test_why_a_restricted_case_is_linked_stays_on_it(
    casework: Casework, web: Web, contact: Contact
) -> None:
    hidden, _ = await restricted(casework, contact)
    event = contact()
    await casework.hear(event)
    given = {"step": "LINKED", "note": SECRET, "about": str(event.case_id)}
    told = await ask(casework, web, hidden, "steps", given | {"words": "We put them together."})
    assert (told.status_code, "words" in told.text) == (422, True)
    assert (await ask(casework, web, hidden, "steps", given)).status_code == 201
    kept = await casework.rows(
        "SELECT stream FROM journal JOIN personal USING (event_id)"
        " WHERE convert_from(bytes, 'UTF8') LIKE '%Penhallow%'"
    )
    assert [row.stream for row in kept] == [f"case:{hidden.case_id}"]
    assert (await casework.facts(event.contact_id))[-1] == "case.moved.v1"


async def merged(
    casework: Casework, web: Web, contact: Contact, **fields: Any
) -> tuple[ContactSorted, ContactSorted, Response]:
    first = contact()
    await casework.hear(first)
    words = fields.pop("words", "The van again.")
    if "{holder}" in words:
        had = (await casework.case(first.contact_id)).adviser_id
        words = words.format(holder=name_of(casework.office, had))
    later = contact(
        reference=OTHER, received_at=first.received_at + timedelta(hours=1), words=words, **fields
    )
    await casework.hear(later)
    given = {"step": "MERGED", "note": "The same.", "about": str(first.case_id)}
    return first, later, await ask(casework, web, later, "steps", given)


async def test_who_is_named_in_a_merged_case_does_not_keep_the_one_that_goes_on(
    casework: Casework, web: Web, contact: Contact
) -> None:
    first, _, answer = await merged(casework, web, contact, words="{holder} laughed at me.")
    assert answer.status_code == 201
    row = await casework.case(first.contact_id)
    assert row.named == [row.adviser_id]
    assert row.next_action == "ALLOCATE"
    assert (await get(web, f"/api/cases/{first.case_id}", row.adviser_id)).status_code == 404


@pytest.mark.parametrize(
    ("urgency", "actions"), [(Urgency.IMMEDIATE, ["LOOK"]), (Urgency.ROUTINE, [])]
)
async def test_somebody_looks_at_once_at_what_was_urgent_in_a_merged_case(
    casework: Casework, web: Web, contact: Contact, urgency: Urgency, actions: list[str]
) -> None:
    first, _, answer = await merged(casework, web, contact, urgency=urgency)
    assert answer.status_code == 201
    rows = await casework.rows(
        "SELECT kind, due_at FROM actions WHERE case_id = :id AND NOT done", id=first.case_id
    )
    assert [(row.kind, row.due_at) for row in rows] == [
        (kind, casework.clock.now()) for kind in actions
    ]


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"name": "Quill Marlow", "email": "MOIRA.Tansley@example.org", "telephone": None}, 201),
        ({"name": "Quill Marlow", "email": None, "telephone": "+44 1632 960184"}, 201),
        ({"name": "moira  tansley-okonjo", "email": "other@example.org", "telephone": None}, 201),
        ({"name": None, "email": None, "telephone": None}, 201),
        ({"name": "Quill Marlow", "email": "quill@example.org", "telephone": "01632 960001"}, 409),
        ({"name": "Quill Marlow", "email": None, "telephone": None}, 409),
    ],
)
async def test_cases_of_two_people_are_not_merged(
    casework: Casework, web: Web, contact: Contact, fields: dict[str, str | None], status: int
) -> None:
    person = contact().persons[0].model_copy(update={"id": uuid4(), **fields})
    _, _, answer = await merged(casework, web, contact, persons=(person,))
    assert (answer.status_code, "Link the cases" in answer.text) == (status, status == 409)


async def test_words_that_a_merged_case_gave_on_go_with_who_wrote_them(
    casework: Casework, web: Web, contact: Contact
) -> None:
    person = contact().persons[0].model_copy(update={"id": uuid4()})
    _, later, answer = await merged(
        casework, web, contact, persons=(person,), words="My passport is ZX-Larkswood"
    )
    assert answer.status_code == 201

    async def kept() -> list[str]:
        rows = await casework.rows(
            "SELECT stream FROM journal JOIN personal USING (event_id)"
            " WHERE convert_from(bytes, 'UTF8') LIKE '%Larkswood%'"
        )
        return sorted({row.stream.partition(":")[0] for row in rows})

    assert await kept() == ["allegations", "case"]
    await casework.hear((erased(later), 2))
    assert await kept() == []


def erased(event: ContactSorted) -> SortingPersonErased:
    return SortingPersonErased(
        contact_id=event.contact_id, case_ids=(event.case_id,), person_id=event.person
    )


async def test_who_is_named_in_a_further_allegation_has_the_case_no_more(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    matter = contact(event.contact_id, matter="2", persons=event.persons)
    await casework.hear((event, 1), (matter, 2))
    had = (await casework.case(event.contact_id)).adviser_id
    words = {"words": f"{name_of(casework.office, had)} shouted at me on the telephone."}
    answer = await ask(casework, web, event, "allegations", words)
    row = await casework.case(event.contact_id)
    assert (answer.status_code, answer.json()["version"]) == (201, row.version)
    assert (row.named, row.next_action) == ([had], "ALLOCATE")
    assert (await casework.case(event.contact_id, "2")).named == [had]


async def test_the_only_team_leader_of_an_office_can_but_give_a_case_that_names_them(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact(words=f"{name_of(casework.office, LEADER)} lied to me.")
    await casework.hear(event, (assessed(event, second_look=True), 2))
    assert (await get(web, f"/api/cases/{event.case_id}")).status_code == 200
    note = {"step": "LOOKED_AGAIN", "note": "All is well."}
    refused = await ask(casework, web, event, "steps", note)
    assert (refused.status_code, refused.json()["rule"]) == (409, "R81")
    assert "A team leader who is not" in refused.json()["detail"]
    had = (await casework.case(event.contact_id)).adviser_id
    other = next(one for one in ADVISERS if one != had)
    given = await ask(casework, web, event, "adviser", {"adviser_id": other, "note": "x"})
    assert given.status_code == 201


async def test_a_team_leader_who_is_named_sees_nothing_while_there_is_another(
    casework: Casework, web: Web, contact: Contact
) -> None:
    casework.use(with_two_leaders(casework.office))
    web.app.state.office = casework.office
    member = web.identity.staff[SECOND]
    leads = web.identity.staff[LEADER].roles
    web.identity.staff[SECOND] = type(member)(member.id, member.name, leads)
    event = contact(contact_type=ContactType.STAFF_COMPLAINT, queue=Queue.STAFF)
    await casework.hear(event)
    lists = ("/api/worklist", "/api/worklist?asked=true", f"/api/cases?reference={event.reference}")
    assert await totals(web, LEADER, *lists) == [1, 1, 1]
    conflict = await ask(casework, web, event, "conflict", {"note": "My cousin."})
    assert conflict.status_code == 201
    assert (await get(web, f"/api/cases/{event.case_id}")).status_code == 404
    given = {"adviser_id": "adviser-1", "note": "x"}
    assert (await ask(casework, web, event, "adviser", given)).status_code == 404
    assert await totals(web, LEADER, *lists) == [0, 0, 0]
    assert await totals(web, SECOND, *lists) == [1, 1, 1]
    await ask(casework, web, event, "conflict", {"note": "Mine too."}, SECOND)
    assert await totals(web, LEADER, *lists) == await totals(web, SECOND, *lists) == [1, 1, 1]
    assert (await ask(casework, web, event, "adviser", given, SECOND)).status_code == 201


async def test_the_same_key_gives_the_same_answer_after_a_conflict(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    row = await casework.case(event.contact_id)
    proof = {"If-Match": f'"{row.version}"', "Idempotency-Key": "k"}

    async def declare(**more: str) -> Response:
        answer: Response = await web.client.post(
            f"/api/cases/{event.case_id}/conflict",
            json={"note": "My cousin."},
            headers=web.bearer(row.adviser_id, **(proof | more)),
        )
        return answer

    assert (await declare(**{"If-Match": '"99"'})).status_code == 400
    first, again = await declare(), await declare()
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert (await declare(**{"Idempotency-Key": "another"})).status_code == 404


async def test_a_conflict_tells_nobody_of_a_case_that_they_may_not_see(
    casework: Casework, web: Web, contact: Contact
) -> None:
    hidden, outsider = await restricted(casework, contact)
    answer = await ask(casework, web, hidden, "conflict", {"note": "x"}, outsider)
    assert answer.status_code == 404


CARE = {
    "email": "safe@post.example",
    "reach": {"preferred": "EMAIL", "needs": ["BSL"], "safe_contact": "Never write home"},
    "representation": {"kind": "SOLICITOR", "consent": "HELD", "scope": "Everything"},
}


async def test_what_is_known_of_a_person_holds_for_every_matter_of_theirs(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    matter = contact(event.contact_id, matter="2", persons=event.persons)
    await casework.hear((event, 1), (matter, 2))
    path = f"persons/{event.person}"
    limits = {"measures": ["NO_CALLS"], "starts_on": "2026-04-02", "review_on": "2026-10-02"}
    assert (await ask(casework, web, event, path, CARE)).status_code == 201
    limited = await ask(
        casework, web, event, f"{path}/restriction", {"stage": "RESTRICTED", **limits}
    )
    assert limited.status_code == 201
    for each in (event, matter):
        [person] = (await get(web, f"/api/cases/{each.case_id}")).json()["persons"]
        assert person["email"] == "safe@post.example"
        assert person["reach"]["safe_contact"] == "Never write home"
        assert person["restriction"]["measures"] == ["NO_CALLS"]
    await ask(casework, web, matter, "steps", {"step": "UPDATED", "words": "News."})
    told = await casework.rows(
        "SELECT 1 FROM journal JOIN personal USING (event_id) WHERE stream = :stream"
        " AND type LIKE '%case.moved%' AND convert_from(bytes, 'UTF8') LIKE '%safe@post%'",
        stream=f"case:{matter.case_id}",
    )
    assert told


async def person_after(
    casework: Casework, web: Web, event: ContactSorted, *given: dict[str, Any]
) -> Any:
    for each in given:
        answer = await ask(casework, web, event, f"persons/{event.person}", each)
        assert answer.status_code == 201, answer.text
    [person] = (await get(web, f"/api/cases/{event.case_id}")).json()["persons"]
    return person


async def test_what_is_left_out_of_how_somebody_is_reached_stays_as_it_is(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    partly = {"reach": {"preferred": "LETTER"}, "representation": {"scope": "The van"}}
    person = await person_after(casework, web, event, CARE, partly)
    assert person["reach"]["preferred"] == "LETTER"
    assert (person["reach"]["safe_contact"], person["reach"]["needs"]) == (
        "Never write home",
        ["BSL"],
    )
    said = person["representation"]
    assert (said["kind"], said["consent"], said["scope"]) == ("SOLICITOR", "HELD", "The van")
    cleared = {"reach": {"safe_contact": None}, "representation": None}
    person = await person_after(casework, web, event, cleared)
    assert (person["reach"]["safe_contact"], person["representation"]) == (None, None)
    without_kind = {"representation": {"scope": "The van"}}
    refused = await ask(casework, web, event, f"persons/{event.person}", without_kind)
    assert (refused.status_code, "`kind`" in refused.text) == (409, True)


@pytest.mark.parametrize(
    "given",
    [
        {"reach": {"safe_contact": "x" * 2001}},
        {"reach": {"interpreter_for": "x" * 3_000}},
        {"reach": {"needs": ["BSL"] * 21}},
        {"reach": {"preferred": None}},
        {"representation": {"kind": "SOLICITOR", "scope": "x" * 255_000}},
        {"representation": {"kind": None}},
        {"address": "x" * 2001},
        {"vulnerabilities": ["CHILD"] * 21},
    ],
)
async def test_what_is_known_of_a_person_is_of_a_size_that_goes_with_every_step(
    casework: Casework, web: Web, contact: Contact, given: dict[str, Any]
) -> None:
    event = contact()
    await casework.hear(event)
    answer = await ask(casework, web, event, f"persons/{event.person}", given)
    assert (answer.status_code, "xxx" in answer.text) == (422, False)
    assert answer.json()["errors"]


async def test_measures_and_methods_are_bounded(
    casework: Casework, web: Web, contact: Contact
) -> None:
    event = contact()
    await casework.hear(event)
    limits = {"measures": ["NO_CALLS"] * 21, "starts_on": "2026-04-02", "review_on": "2026-10-02"}
    path = f"persons/{event.person}/restriction"
    answer = await ask(casework, web, event, path, {"stage": "RESTRICTED", **limits})
    assert answer.status_code == 422
    step = {"step": "RESOLUTION_PROPOSED", "words": "x", "methods": ["APOLOGY"] * 21}
    assert (await ask(casework, web, event, "steps", step)).status_code == 422


@pytest.mark.parametrize("known", [{}, {"name": None, "email": None, "telephone": None}])
async def test_nothing_about_an_erased_person_is_put_on_file_again(
    casework: Casework, web: Web, contact: Contact, known: dict[str, None]
) -> None:
    person = contact().persons[0]
    reach = person.reach.model_copy(update={"safe_contact": None})
    event = contact(persons=(person.model_copy(update={"reach": reach, **known}),))
    await casework.hear(event)
    await casework.hear((erased(event), 2))
    back = {"email": "back@again.example"}
    answer = await ask(casework, web, event, f"persons/{event.person}", back)
    assert (answer.status_code, "was erased" in answer.text) == (409, True)
    assert (
        await casework.rows("SELECT 1 FROM personal WHERE subject = :id", id=str(event.person))
        == []
    )


@pytest.mark.parametrize(
    "path",
    [
        "/api/cases?reference=%00",
        "/api/cases?contact_id=%00",
        "/api/cases?status=%00",
        "/api/worklist?adviser=%00",
        "/api/worklist?queue=%00",
        "/worklist?queue=%00",
        "/worklist?adviser=a%00b",
        "/worklist?reference=%00",
        "/?page=%00",
    ],
)
async def test_an_address_with_a_nul_character_is_a_mistake_of_the_sender(
    web: Web, path: str
) -> None:
    assert (await get(web, path)).status_code == 422


async def test_no_path_has_a_nul_character(web: Web) -> None:
    assert (await get(web, f"/api/cases/{uuid4()}%00")).status_code == 404


COLUMNS = (
    "stream, case_id, version, contact_id, matter, reference, channel, contact_type, queue,"
    " urgency, risks, prompts, received_at, status, is_open, named, acknowledgement,"
    " open_actions, unread_messages"
)


async def test_old_rows_are_restricted_as_soon_as_the_table_can_say_so(
    database: Callable[..., Awaitable[DatabaseUrls]],
) -> None:
    urls = await database("casework")
    engine = create_async_engine(urls.owner)

    def upgrade(connection: Connection) -> None:
        config = migrations._config("complaints_casework")
        config.attributes["connection"] = connection
        command.upgrade(config, "casework_0002")

    async with engine.begin() as connection:
        await connection.run_sync(upgrade)
        for type, named in (("COMPLAINT", "[]"), ("COMPLAINT", '["a"]'), ("STAFF_COMPLAINT", "[]")):
            await connection.execute(
                text(
                    f"INSERT INTO cases ({COLUMNS})"  # noqa: S608
                    " VALUES (:stream, :id, 1, :id, '1', 'AAA', 'WEB', :type, 'STAFF',"
                    " 'ROUTINE', '[]', 0, '2026-01-01T00:00Z', 'LOGGED', true,"
                    " CAST(:named AS jsonb), 'SENT', 0, 0)"
                ),
                {"stream": f"case:{type}{named}", "id": uuid4(), "type": type, "named": named},
            )
    await migrations.migrate(urls.owner, "complaints_casework", "casework")
    async with engine.connect() as connection:
        rows = await connection.execute(
            text("SELECT restricted, touched_at = received_at FROM cases ORDER BY stream")
        )
        assert [tuple(row) for row in rows] == [(True, True), (False, True), (True, True)]
    await engine.dispose()


async def test_cases_are_found_by_what_is_known_of_them(
    casework: Casework, web: Web, contact: Contact
) -> None:
    hidden, outsider = await restricted(casework, contact)
    old = contact(reference="3333-3333-3", received_at=hidden.received_at - timedelta(days=30))
    event = contact()
    await casework.hear(event, old)
    await ask(casework, web, event, "contact-attempts", {"made": True, "how": "TELEPHONE"})

    async def found(query: str, who: str = LEADER) -> set[UUID]:
        answer = await get(web, f"/api/cases?{query}", who)
        assert answer.status_code == 200, answer.text
        return {UUID(case["case_id"]) for case in answer.json()["cases"]}

    assert await found("status=ASSESSING") == {event.case_id}
    assert await found("restricted=true") == {hidden.case_id}
    assert await found("restricted=true", outsider) == set()
    assert await found("overdue=true") == {old.case_id}
    assert await found("overdue=false&restricted=false") == {event.case_id}
    assert await found("unread=true") == set()
    assert await found("unread=false&status=ASSESSING") == {event.case_id}
    day = event.received_at.date()
    assert await found(f"received_from={day}") == {event.case_id, hidden.case_id}
    assert await found(f"received_to={day - timedelta(days=1)}") == {old.case_id}
    assert await found("received_from=0001-01-01&received_to=9999-12-31&page=2") == set()
    assert (await get(web, "/api/cases?page=2")).status_code == 400


async def test_what_waits_for_a_team_leader_is_paged(
    casework: Casework, web: Web, contact: Contact
) -> None:
    asks = {"contact_type": ContactType.STAFF_COMPLAINT, "queue": Queue.STAFF}
    await casework.hear(contact(), *(contact(**asks) for _ in range(52)))
    answer = await get(web, "/api/worklist?asked=true&page=2")
    assert (len(answer.json()["cases"]), answer.json()["total"]) == (2, 52)
    await web.sign_in(LEADER)
    first = await web.client.get("/")
    assert "52 cases wait for a team leader" in first.text
    assert "asked_page=2" in first.text
    second = await web.client.get("/?page=1&asked_page=2")
    assert second.text.count("app-reference") == 2
