"""What forces send: read in binary and in structured mode, or refused in words without content."""

from __future__ import annotations

import json
import traceback
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from complaints_contracts.codes import Channel
from complaints_contracts.envelope import MAX_VALUE, Unreadable
from complaints_contracts.foreign import Foreign, decode_foreign, record_id

TOPIC = "force.cleveland.contacts.v1"
CANARY = "Zephaniah"
TYPE = "uk.police-complaints.force.contact-redirected.v1"
STRUCTURED = "application/cloudevents+json"
NOT_JSON = "the value is not JSON as RFC 8259 has it, or nested too deeply"

Headers = dict[str, str | bytes | None]

HEADERS: Headers = {
    "ce_specversion": "1.0",
    "ce_id": "2026/000117",
    "ce_type": TYPE,
    "ce_source": "/force/cleveland/contact-centre",
    "ce_time": "2026-11-02T07:41:09Z",
    "content-type": "application/json",
}
DATA: dict[str, Any] = {
    "channel": "FORCE_101",
    "made_at": "2026-11-01T22:10:00Z",
    "words": f"{CANARY} rang about the door.",
    "persons": [{"name": CANARY, "telephone": "01632 960001"}],
}
WHOLE: dict[str, Any] = {
    "specversion": "1.0",
    "id": "2026/000117",
    "type": TYPE,
    "source": "/force/cleveland/contact-centre",
    "time": "2026-11-02T07:41:09Z",
    "datacontenttype": "application/json",
    "data": DATA,
}


def raw(headers: Headers) -> list[tuple[bytes, bytes | None]]:
    return [(n.encode(), v.encode() if isinstance(v, str) else v) for n, v in headers.items()]


def binary(
    value: bytes | None = None, headers: Headers | None = None, topic: str = TOPIC, **data: object
) -> Foreign:
    """Reads the record in binary mode, with these headers and fields changed."""
    body = json.dumps(DATA | data).encode() if value is None else value
    return decode_foreign(body, raw(HEADERS | (headers or {})), topic)


def structured(content_type: str = STRUCTURED, **attributes: object) -> Foreign:
    """Reads it in structured mode; an attribute that is `...` is left out."""
    whole = {n: v for n, v in (WHOLE | attributes).items() if v is not ...}
    return decode_foreign(json.dumps(whole).encode(), raw({"content-type": content_type}), TOPIC)


def test_binary_mode_is_read() -> None:
    found = binary()
    assert (found.id, found.source, found.force) == (
        "2026/000117",
        "/force/cleveland/contact-centre",
        "cleveland",
    )
    assert found.time == datetime(2026, 11, 2, 7, 41, 9, tzinfo=UTC)
    assert found.event.channel is Channel.FORCE_101
    assert found.event.made_at == datetime(2026, 11, 1, 22, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "content_type",
    [STRUCTURED, f"{STRUCTURED}; charset=utf-8", "Application/CloudEvents+JSON;charset=UTF-8"],
)
def test_structured_mode_says_the_same(content_type: str) -> None:
    assert structured(content_type) == binary()


def test_no_key_no_sequence_and_no_content_type_are_needed() -> None:
    headers = {name: text for name, text in HEADERS.items() if name.startswith("ce_")}
    assert decode_foreign(json.dumps(DATA).encode(), raw(headers), TOPIC) == binary()


def test_the_source_may_be_the_force_itself() -> None:
    assert binary(headers={"ce_source": "/force/cleveland"}).source == "/force/cleveland"


def test_the_digest_goes_by_what_is_said_and_not_by_how_it_is_spaced_or_ordered() -> None:
    other = json.dumps(dict(reversed(DATA.items())), indent=3, ensure_ascii=False).encode()
    assert binary(other).digest == binary().digest
    assert binary(words="something else").digest != binary().digest
    assert binary(not_known_here="something else").digest != binary().digest


def test_unknown_fields_and_codes_do_not_matter() -> None:
    found = binary(channel="FORCE_FAX", persons=[{"role": "AUNT", "needs": ["SILENCE"]}], new=[1])
    assert found.event.channel is Channel.OTHER
    assert found.event.persons[0].needs == ("OTHER",)


def binary_with(**headers: str | bytes | None) -> tuple[bytes, Headers]:
    return json.dumps(DATA).encode(), HEADERS | headers


def body(value: bytes) -> tuple[bytes, Headers]:
    return value, HEADERS


def field(**changes: object) -> tuple[bytes, Headers]:
    return body(json.dumps(DATA | changes).encode())


def whole(content_type: str = STRUCTURED, **changes: object) -> tuple[bytes, Headers]:
    attributes = {n: v for n, v in (WHOLE | changes).items() if v is not ...}
    return json.dumps(attributes).encode(), {"content-type": content_type}


PLAIN = json.dumps(DATA).encode()
WORDS = {"words": CANARY}

POISON: dict[str, tuple[tuple[bytes | None, Headers], str]] = {
    "plain JSON": (
        (PLAIN, {}),
        "missing headers: ce_specversion, ce_id, ce_type, ce_source, ce_time",
    ),
    "plain JSON of a type": (
        (PLAIN, {"content-type": "application/json", "ce_id": CANARY, "ce_time": CANARY}),
        "missing headers: ce_specversion, ce_type, ce_source",
    ),
    "an empty header": (binary_with(ce_id=""), "missing headers: ce_id"),
    "no value": ((None, HEADERS), "the record has no value"),
    "empty value": (body(b""), NOT_JSON),
    "not JSON": (body(f"Dear {CANARY}".encode()), NOT_JSON),
    "cut short": (body(PLAIN[:-1]), NOT_JSON),
    "not UTF-8": (body(PLAIN.replace(b"rang", b"\xff\xfe")), NOT_JSON),
    "NaN": (body(PLAIN[:-1] + b',"new":NaN}'), NOT_JSON),
    "deep": (body(PLAIN[:-1] + b',"new":' + b"[" * 90_000 + b"]" * 90_000 + b"}"), NOT_JSON),
    "lone surrogate": (body(PLAIN.replace(b"rang", b"\\ud83d")), NOT_JSON),
    "2 MB": (field(words=CANARY * 230_000), f"the value is larger than {MAX_VALUE} bytes"),
    "no words": (field(words=None), "wrong or missing: words (string_type)"),
    "NUL": (field(words=f"{CANARY}\0"), "wrong or missing: words (nul_character)"),
    "several": (
        field(words="", made_at="yesterday", persons=[{"name": "x" * 321}]),
        "wrong or missing: made_at (datetime_format), persons.0.name (string_too_long),"
        " words (string_too_short)",
    ),
    "a list": (body(b"[1]"), "wrong or missing: value (model_type)"),
    "another version": (binary_with(ce_specversion="0.3"), "ce_specversion is not 1.0"),
    "another type": (binary_with(ce_type=f"{TYPE}9 {CANARY}"), "ce_type is not known here"),
    "one of our types": (
        binary_with(ce_type="uk.police-complaints.contact.received.v1"),
        "ce_type is not known here",
    ),
    "no moment": (binary_with(ce_time="2 November, 7.41"), "ce_time is malformed"),
    "local time": (binary_with(ce_time="2026-11-02T07:41:09"), "ce_time is malformed"),
    "another force": (
        binary_with(ce_source="/force/clevelandia/dse"),
        "ce_source names another force",
    ),
    "no force": (
        binary_with(ce_source=f"urn:{CANARY}"),
        "ce_source is neither /force/cleveland nor below /force/cleveland/",
    ),
    "header not UTF-8": (
        binary_with(ce_id=b"\xff"),
        "a header's name or value is not UTF-8 text",
    ),
    "header with NUL": (binary_with(ce_id="1\0"), "a header's name or value holds a NUL character"),
    "header without value": (binary_with(ce_id=None), "a ce_ header has no value"),
    "batch": (
        (json.dumps([WHOLE]).encode(), {"content-type": "application/cloudevents-batch+json"}),
        "batch mode is not read: send each event as a record of its own",
    ),
    "another format": (
        whole("application/cloudevents+avro"),
        "structured mode is read as application/cloudevents+json only",
    ),
    "structured, not JSON": ((CANARY.encode(), {"content-type": STRUCTURED}), NOT_JSON),
    "structured, no value": ((None, {"content-type": STRUCTURED}), "the record has no value"),
    "structured, a list": (
        (json.dumps([CANARY]).encode(), {"content-type": STRUCTURED}),
        "the value is not a JSON object",
    ),
    "structured, missing": (whole(id=..., time=...), "missing attributes: id, time"),
    "structured, a number": (whole(id=117), "id is not text"),
    "structured, NUL": (whole(id="1\0"), "an attribute holds a NUL character"),
    "structured, no data": (whole(data=...), "missing attributes: data"),
    "structured, binary data": (
        whole(data=..., data_base64="e30="),
        "data_base64 is not read: send the event as JSON in data",
    ),
    "structured, text data": (whole(data=CANARY), "wrong or missing: value (model_type)"),
    "structured, bad data": (whole(data=WORDS), "wrong or missing: channel (missing)"),
    "structured, another force": (whole(source="/force/durham"), "source names another force"),
    "structured, another version": (whole(specversion="2.0"), "specversion is not 1.0"),
    "structured, another type": (whole(type=CANARY), "type is not known here"),
    "structured, no moment": (whole(time=CANARY), "time is malformed"),
}


@pytest.mark.parametrize("kind", POISON)
def test_what_is_wrong_is_said_without_quoting_it(kind: str) -> None:
    (value, headers), reason = POISON[kind]
    with pytest.raises(Unreadable) as caught:
        decode_foreign(value, raw(headers), TOPIC)
    assert str(caught.value) == reason
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_the_event_belongs_on_its_own_topic() -> None:
    with pytest.raises(Unreadable, match=r"belong on force\.cleveland\.contacts\.v1"):
        binary(topic="force.cleveland.cases.v1")


def test_ids_are_found_also_where_the_rest_cannot_be_read() -> None:
    assert record_id(b"rubbish", raw({"CE_ID": "17", "other": b"\xff"})) == "17"
    assert record_id(json.dumps(WHOLE).encode(), raw({"content-type": STRUCTURED})) == "2026/000117"


@pytest.mark.parametrize(
    ("value", "headers"),
    [
        (None, {}),
        (None, {"ce_id": None}),
        (b"", {"ce_id": b"\xff"}),
        (b"", {"ce_id": f"{CANARY} {CANARY}"}),
        (b"", {"ce_id": "1" * 101}),
        (b"rubbish", {"content-type": STRUCTURED, "ce_id": "17"}),
        (b'{"id": 17}', {"content-type": STRUCTURED}),
        (b"", {"content-type": "application/cloudevents-batch+json", "ce_id": "17"}),
    ],
)
def test_what_is_no_id_is_not_given_back(value: bytes | None, headers: Headers) -> None:
    assert record_id(value, raw(headers)) is None


@given(
    st.one_of(st.none(), st.binary(max_size=80), st.sampled_from([PLAIN, PLAIN[:-2], b"{}"])),
    st.lists(
        st.tuples(
            st.sampled_from([n.encode() for n in HEADERS] + [b"\xff", b"x"]),
            st.one_of(st.none(), st.binary(max_size=20), st.just(STRUCTURED.encode())),
        ),
        max_size=8,
    ),
)
def test_whatever_comes_is_read_or_unreadable(
    value: bytes | None, headers: list[tuple[bytes, bytes | None]]
) -> None:
    record_id(value, headers)
    with suppress(Unreadable):
        decode_foreign(value, headers, TOPIC)
