"""What every model keeps to: frozen, tolerant, storable, silent about its input."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy
from pydantic import TypeAdapter, ValidationError

from complaints_contracts import codes
from complaints_contracts.codes import Code
from complaints_contracts.contacts import ContactReceived, MailReturned
from complaints_contracts.event import Event, Instant, Model
from complaints_contracts.examples import examples
from complaints_contracts.forces import ContactRedirected, ForcePerson, RecordAnswered
from complaints_contracts.ops import PersonErased, RecordReleased, ServiceStarted
from complaints_contracts.parts import FileRef, Matter, Reach, Representation, ReviewAsked
from complaints_contracts.registry import EVENTS

CANARY = "Zephaniah"
LISTS = [found for found in vars(codes).values() if isinstance(found, type)]
CODES = [found for found in LISTS if issubclass(found, Code) and found is not Code]


@given(data=st.data())
def test_an_event_cannot_be_changed(events: SearchStrategy[Event], data: DataObject) -> None:
    event = data.draw(events)
    for name in type(event).model_fields:
        with pytest.raises(ValidationError, match="frozen"):
            setattr(event, name, getattr(event, name))


@given(data=st.data())
def test_a_field_nobody_knows_yet_is_ignored(
    events: SearchStrategy[Event], data: DataObject
) -> None:
    event = data.draw(events)
    later = event.model_dump(mode="json") | {"from_the_future": {"deep": [1]}}
    assert type(event).model_validate_json(json.dumps(later), strict=True) == event


SINCE_THE_FIRST_FLOW: dict[str, tuple[str, dict[str, object]]] = {
    "contact.received.v1": (
        "web-two-attachments",
        {
            "declared": None,
            "mentions": [],
            "matters": [],
            "review": None,
            "unread": None,
            "taken_by": None,
            "dated_on": None,
            "force": None,
            "force_reference": None,
        },
    ),
    "triage.contact-sorted.v1": (
        "complaint-with-a-denied-prompt",
        {
            "matter": "1",
            "declared": None,
            "mentions": [],
            "review": None,
            "unread": None,
            "taken_by": None,
            "dated_on": None,
        },
    ),
    "triage.person-erased.v1": ("complainant", {"case_ids": []}),
    "case.opened.v1": ("complaint", {"matter": "1"}),
    "notice.prepared.v1": ("acknowledgement", {"case_id": None, "step_id": None, "dates": []}),
    "notice.sent.v1": ("after-a-lost-answer", {"case_id": None, "step_id": None}),
    "notice.refused.v1": ("no-such-mailbox", {"case_id": None, "step_id": None}),
    "notice.withheld.v1": ("automatic-mail", {"case_id": None, "step_id": None}),
    "notice.returned.v1": ("no-such-mailbox", {"case_id": None, "step_id": None}),
    "force.case-transferred.v1": (
        "call-to-101",
        {"wish": None, "assessed_at": None, "allegations": [], "evidence": [], "messages": []},
    ),
}
"""Messages archived before these fields were added, and how they read now."""


@pytest.mark.parametrize("short", SINCE_THE_FIRST_FLOW)
def test_a_message_older_than_a_field_reads_as_if_it_were_left_out(short: str) -> None:
    name, added = SINCE_THE_FIRST_FLOW[short]
    (old,) = [example for example in examples() if example.name == f"{short}/{name}"]
    assert not set(json.loads(old.value)) & set(added)
    read = EVENTS[f"uk.police-complaints.{short}"].model_validate_json(old.value, strict=True)
    data = read.model_dump(mode="json")
    assert {field: data[field] for field in added} == added
    for person in data.get("persons", ()):
        assert (person["representation"], person["reach"]["interpreter_for"]) == (None, None)
        assert (person["vulnerabilities"], person["restriction"]) == ([], None)
    for file in data.get("attachments", ()):
        assert file["quarantined"] is False


@pytest.mark.parametrize(
    ("part", "least"),
    [
        (Reach, {"preferred": "EMAIL"}),
        (Representation, {"kind": "MP"}),
        (ReviewAsked, {}),
        (ForcePerson, {}),
        (ContactRedirected, {"channel": "FORCE_101", "words": "No name given."}),
    ],
)
def test_what_is_not_known_may_be_left_out(part: type[Model], least: dict[str, object]) -> None:
    assert (
        part.model_validate_json(json.dumps(least), strict=True).model_dump(
            mode="json", exclude_defaults=True
        )
        == least
    )


@pytest.mark.parametrize(
    ("part", "wrong", "kind"),
    [
        (Matter, {"number": "0", "words": ""}, "string_pattern_mismatch"),
        (Matter, {"number": "100", "words": ""}, "string_pattern_mismatch"),
        (ContactRedirected, {"channel": "FORCE_101", "words": ""}, "string_too_short"),
        (ForcePerson, {"name": "n" * 321}, "string_too_long"),
        (ContactReceived, {"mentions": ["not one"]}, "string_pattern_mismatch"),
        (MailReturned, {"status": "550"}, "string_pattern_mismatch"),
        (MailReturned, {"token": "a@b.example"}, "string_pattern_mismatch"),
        (RecordAnswered, {"force": "Cleve land"}, "string_pattern_mismatch"),
        (RecordAnswered, {"record_id": f"{CANARY} was here"}, "string_pattern_mismatch"),
    ],
)
def test_what_is_written_otherwise_than_agreed_is_refused(
    part: type[Model], wrong: dict[str, object], kind: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        part.model_validate_json(json.dumps(wrong), strict=True)
    assert kind in {error["type"] for error in refused.value.errors() if error["loc"][0] in wrong}
    assert CANARY not in str(refused.value)


@pytest.mark.parametrize("code", CODES)
def test_a_code_list_reads_members_it_does_not_know_as_other(code: type[Code]) -> None:
    assert code("FROM_THE_FUTURE").value == "OTHER"
    assert {member.name for member in code} == {member.value for member in code}


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("wrong", [None, 5, ("WEB",)])
def test_what_is_no_text_is_no_code(code: type[Code], wrong: object) -> None:
    with pytest.raises(ValidationError, match="enum"):
        TypeAdapter(code).validate_python(wrong)


@pytest.mark.parametrize(
    ("text", "kind"),
    [("\0", "nul_character"), (f"a{chr(0)}b", "nul_character"), ("\ud800", "lone_surrogate")],
)
def test_nobody_can_make_an_event_with_text_that_postgresql_refuses(text: str, kind: str) -> None:
    with pytest.raises(ValidationError) as refused:
        RecordReleased(speaker="intake", held_id=text)
    assert [(error["loc"], error["type"]) for error in refused.value.errors()] == [
        (("held_id",), kind)
    ]
    for versions in ({"law": text}, {text: "1"}):
        with pytest.raises(ValidationError, match=kind):
            ServiceStarted(speaker="intake", versions=versions)


def test_a_moment_is_kept_in_utc_and_needs_its_offset() -> None:
    moment: TypeAdapter[datetime] = TypeAdapter(Instant)
    read = moment.validate_python("2026-07-01t01:00:00.5+01:00")
    assert (read, read.tzinfo) == (datetime(2026, 7, 1, 0, 0, 0, 500_000, tzinfo=UTC), UTC)
    for wrong in ("2026-07-01T01:00:00", "2026-07-01", "1782864000", 1782864000):
        with pytest.raises(ValidationError):
            moment.validate_python(wrong)


def test_whole_numbers_fit_64_bits() -> None:
    def erased(parts: int) -> PersonErased:
        return PersonErased(speaker="intake", person_id=UUID(int=1), parts=parts)

    assert erased(2**63 - 1).parts == 2**63 - 1
    for parts in (2**63, -(2**63) - 1):
        with pytest.raises(ValidationError, match="over_64_bits"):
            erased(parts)


def test_an_error_never_shows_what_came_in() -> None:
    with pytest.raises(ValidationError) as refused:
        FileRef.model_validate({"sha256": CANARY, "name": f"{CANARY}\0", "size": CANARY})
    assert CANARY not in str(refused.value)
    assert CANARY not in repr(refused.value)


def test_what_keeps_order_on_a_topic_is_never_empty() -> None:
    with pytest.raises(ValidationError, match="too_short"):
        RecordReleased(speaker="", held_id="a")
