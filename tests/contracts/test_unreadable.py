"""Poison (F19): whatever comes, `decode` reads it or says `Unreadable`, without its content."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from complaints_contracts.envelope import MAX_VALUE, REQUIRED, Envelope, Unreadable, decode
from complaints_contracts.event import Event
from complaints_contracts.registry import EVENTS

CANARY = "Zephaniah"
CONTACT = "6f0d8a52-3f0e-4c57-9a3b-5d1c7be0a4e1"


@dataclass(frozen=True)
class Record:
    """One Kafka record that can be spoilt."""

    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[bytes, bytes | None], ...]
    topic: str = "complaints.contacts.v1"

    def read(self) -> Envelope:
        return decode(self.key, self.value, self.headers, self.topic)

    def with_value(self, **changes: object) -> Record:
        return replace(self, value=json.dumps(json.loads(self.value or b"") | changes).encode())

    def without_field(self, name: str) -> Record:
        kept = {n: v for n, v in json.loads(self.value or b"").items() if n != name}
        return replace(self, value=json.dumps(kept).encode())

    def with_header(self, name: bytes, value: bytes | None) -> Record:
        return replace(self, headers=(*self.headers, (name, value)))

    def without_header(self, name: str) -> Record:
        return replace(self, headers=tuple(h for h in self.headers if h[0] != name.encode()))


PERSON: dict[str, Any] = {
    "id": "14b8c737-1e42-4074-a5d4-69728723cc2d",
    "role": "COMPLAINANT",
    "name": CANARY,
    "email": f"{CANARY}@example.org",
    "reach": {"preferred": "EMAIL", "safe_contact": CANARY},
}
GOOD = Record(
    key=CONTACT.encode(),
    value=json.dumps(
        {
            "contact_id": CONTACT,
            "reference": "7K3M-9QX4-D",
            "channel": "WEB",
            "received_at": "2026-11-02T07:41:09Z",
            "persons": [PERSON],
            "title": CANARY,
            "words": f"{CANARY} was here",
        }
    ).encode(),
    headers=(
        (b"ce_specversion", b"1.0"),
        (b"ce_id", b"1bfdf574-0219-4626-a630-fdd3275dab9c"),
        (b"ce_type", b"uk.police-complaints.contact.received.v1"),
        (b"ce_source", b"urn:police-complaints:intake"),
        (b"ce_time", b"2026-11-02T07:41:09Z"),
        (b"ce_sequence", b"1"),
        (b"content-type", b"application/json"),
    ),
)
STARTED = Record(
    key=b"intake",
    value=json.dumps({"speaker": "intake", "versions": {CANARY: 1}}).encode(),
    headers=GOOD.with_header(b"ce_type", b"uk.police-complaints.ops.service-started.v1").headers,
    topic="complaints.ops.v1",
)


def _body(value: bytes | None) -> Record:
    return replace(GOOD, value=value)


def _person(**changes: object) -> Record:
    return GOOD.with_value(persons=[PERSON | changes])


NOT_JSON = "the value is not JSON as RFC 8259 has it, or nested too deeply"
WHOLE = json.loads(GOOD.value or b"")
PLAIN = (GOOD.value or b"").rstrip(b"}")

POISON: dict[str, tuple[Record, str]] = {
    "null value": (_body(None), "the record has no value"),
    "empty value": (_body(b""), NOT_JSON),
    "not JSON": (_body(f"Dear Sir, I am {CANARY}".encode()), NOT_JSON),
    "JSON cut short": (_body(PLAIN), NOT_JSON),
    "two JSON values": (_body((GOOD.value or b"") * 2), NOT_JSON),
    "not UTF-8": (_body((GOOD.value or b"").replace(b" was", b"\xff\xfe")), NOT_JSON),
    "UTF-16": (_body((GOOD.value or b"").decode().encode("utf-16")), NOT_JSON),
    "2 MB body": (GOOD.with_value(words=CANARY * 230_000), "the value is larger than 262144 bytes"),
    "one byte too many": (
        _body((GOOD.value or b"") + b" " * (MAX_VALUE + 1 - len(GOOD.value or b""))),
        "the value is larger than 262144 bytes",
    ),
    "100,000 brackets": (_body(b"[" * 100_000), NOT_JSON),
    "100,000 brackets in an unknown field": (
        _body(PLAIN + b',"new":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
        NOT_JSON,
    ),
    "100,000 braces": (_body(b'{"a":' * 50_000), NOT_JSON),
    "NaN": (_body(PLAIN + b',"made_at":NaN}'), NOT_JSON),
    "NaN in an unknown field": (_body(PLAIN + b',"new":NaN}'), NOT_JSON),
    "infinity in an unknown field": (_body(PLAIN + b',"new":-Infinity}'), NOT_JSON),
    "lone high surrogate": (_body(PLAIN + b',"title":"\\ud83d"}'), NOT_JSON),
    "lone low surrogate": (_body(PLAIN + b',"title":"\\ude41"}'), NOT_JSON),
    "surrogate as bytes": (_body(PLAIN + b',"title":"\xed\xa0\xbd"}'), NOT_JSON),
    "a list": (_body(b"[]"), "wrong or missing: value (model_type)"),
    "a text": (_body(f'"{CANARY}"'.encode()), "wrong or missing: value (model_type)"),
    "NUL in text": (GOOD.with_value(words="\0"), "wrong or missing: words (nul_character)"),
    "NUL in an optional text": (
        GOOD.with_value(title=f"{CANARY}\0"),
        "wrong or missing: title (nul_character)",
    ),
    "missing field": (GOOD.without_field("words"), "wrong or missing: words (missing)"),
    "missing fields": (
        GOOD.without_field("words").without_field("channel"),
        "wrong or missing: channel (missing), words (missing)",
    ),
    "wrong type": (GOOD.with_value(words=5), "wrong or missing: words (string_type)"),
    "text for a truth value": (
        GOOD.with_value(anonymous="yes"),
        "wrong or missing: anonymous (bool_type)",
    ),
    "no person": (GOOD.with_value(persons=[]), "wrong or missing: persons (too_short)"),
    "code that is no text": (GOOD.with_value(channel=5), "wrong or missing: channel (enum)"),
    "code that is null": (GOOD.with_value(channel=None), "wrong or missing: channel (enum)"),
    "wrong UUID": (GOOD.with_value(contact_id=CANARY), "contact_id (uuid_parsing)"),
    "time without offset": (
        GOOD.with_value(received_at="2026-11-02T07:41:09"),
        "wrong or missing: received_at (datetime_format)",
    ),
    "time as a number": (
        GOOD.with_value(received_at=1700000000),
        "wrong or missing: received_at (datetime_format)",
    ),
    "time as a number in text": (
        GOOD.with_value(received_at="1700000000"),
        "wrong or missing: received_at (datetime_format)",
    ),
    "time that is none": (
        GOOD.with_value(received_at="2026-02-30T25:61:00Z"),
        "wrong or missing: received_at (datetime_format)",
    ),
    "time before year 1": (
        GOOD.with_value(received_at="0001-01-01T00:00:00+14:00"),
        "wrong or missing: received_at (datetime_range)",
    ),
    "time after year 9999": (
        GOOD.with_value(received_at="9999-12-31T23:59:59-14:00"),
        "wrong or missing: received_at (datetime_range)",
    ),
    "wrong file hash": (
        GOOD.with_value(
            words_file={"sha256": CANARY, "name": CANARY, "media_type": "text/plain", "size": -1}
        ),
        "words_file.sha256 (string_pattern_mismatch), words_file.size (greater_than_equal)",
    ),
    "number over 64 bits": (
        GOOD.with_value(
            words_file={"sha256": "0" * 64, "name": "a", "media_type": "b", "size": 2**63}
        ),
        "wrong or missing: words_file.size (over_64_bits)",
    ),
    "number of 5,000 digits": (_body(PLAIN + b',"new":' + b"9" * 5_000 + b"}"), NOT_JSON),
    "content as the key of a mapping": (STARTED, "wrong or missing: versions (string_type)"),
    "no key": (replace(GOOD, key=None), "the key is not the event's contact_id"),
    "empty key": (replace(GOOD, key=b""), "the key is not the event's contact_id"),
    "wrong key": (replace(GOOD, key=CANARY.encode()), "the key is not the event's contact_id"),
    "key not UTF-8": (replace(GOOD, key=b"\xff"), "the key is not the event's contact_id"),
    "key in capitals": (
        replace(GOOD, key=CONTACT.upper().encode()),
        "the key is not the event's contact_id",
    ),
    "wrong topic": (
        replace(GOOD, topic="complaints.cases.v1"),
        "events of this type belong on complaints.contacts.v1",
    ),
    "unknown type": (GOOD.with_header(b"ce_type", CANARY.encode()), "ce_type is not known here"),
    "unknown version": (
        GOOD.with_header(b"ce_type", b"uk.police-complaints.contact.received.v2"),
        "ce_type is not known here",
    ),
    "CloudEvents of another age": (
        GOOD.with_header(b"ce_specversion", b"0.3"),
        "ce_specversion is not 1.0",
    ),
    "id that is no UUID": (GOOD.with_header(b"ce_id", CANARY.encode()), "ce_id is malformed"),
    "cause that is no UUID": (
        GOOD.with_header(b"ce_causationid", CANARY.encode()),
        "ce_causationid is malformed",
    ),
    "time header that is none": (
        GOOD.with_header(b"ce_time", CANARY.encode()),
        "ce_time is malformed",
    ),
    "time header out of range": (
        GOOD.with_header(b"ce_time", b"0001-01-01T00:00:00+14:00"),
        "ce_time is malformed",
    ),
    "header value not UTF-8": (
        GOOD.with_header(b"ce_source", b"\xff\xfe"),
        "a header's name or value is not UTF-8 text",
    ),
    "header name not UTF-8": (
        GOOD.with_header(b"\xff\xfe", CANARY.encode()),
        "a header's name or value is not UTF-8 text",
    ),
    "header value null": (GOOD.with_header(b"ce_id", None), "a ce_ header has no value"),
    "unknown ce_ header null": (
        GOOD.with_header(f"ce_{CANARY}".encode(), None),
        "a ce_ header has no value",
    ),
    "NUL in a header": (
        GOOD.with_header(b"ce_source", f"{CANARY}\0".encode()),
        "a header's name or value holds a NUL character",
    ),
    "NUL in the name of a header without value": (
        GOOD.with_header(b"ce_\0", None),
        "a ce_ header has no value",
    ),
    "no headers": (replace(GOOD, headers=()), f"missing headers: {', '.join(REQUIRED)}"),
    **{
        f"sequence {text!r}": (
            GOOD.with_header(b"ce_sequence", text.encode()),
            "ce_sequence is malformed",
        )
        for text in ("0", "-1", "+1", "1.0", "01", " 1", "1_0", "٣", "one", "9" * 19, "9" * 9_000)
    },
    **{
        f"{name} missing": (GOOD.without_header(name), f"missing headers: {name}")
        for name in REQUIRED
    },
    **{f"{name} empty": (GOOD.with_header(name.encode(), b""), f"missing headers: {name}")
       for name in REQUIRED},
}  # fmt: skip


def test_the_record_that_is_spoilt_below_is_readable() -> None:
    assert GOOD.read().sequence == 1
    full = (GOOD.value or b"") + b" " * (MAX_VALUE - len(GOOD.value or b""))
    assert _body(full).read().event == GOOD.read().event
    assert STARTED.with_value(versions={}).read().event.stream == "intake"
    assert GOOD.with_header(b"ce_sequence", str(2**63 - 1).encode()).read().sequence == 2**63 - 1


def test_only_a_field_or_a_header_that_is_known_can_be_wrong() -> None:
    spoilt = GOOD.with_value(new={"\0": CANARY}).with_header(b"baggage", CANARY.encode())
    assert spoilt.read() == GOOD.read()


@pytest.mark.parametrize(("record", "reason"), POISON.values(), ids=POISON.keys())
def test_poison_is_unreadable_and_the_reason_says_what_and_nothing_of_the_content(
    record: Record, reason: str
) -> None:
    with pytest.raises(Unreadable) as refused:
        record.read()
    assert str(refused.value).endswith(reason)
    shown = "".join(traceback.format_exception(refused.value)) + repr(refused.value)
    assert CANARY not in shown


def _never_raises_otherwise(read: Callable[[], Envelope]) -> None:
    reason = ""
    try:
        read()
    except Unreadable as unreadable:
        reason = str(unreadable)
    assert CANARY not in reason


RAW_HEADERS = st.lists(st.tuples(st.binary(max_size=20), st.none() | st.binary(max_size=20)))


def _topic(model: type[Event]) -> str:
    return model.topic.format(force="cleveland")


TOPICS = st.sampled_from([*sorted({_topic(model) for model in EVENTS.values()}), "else"])


@given(
    key=st.none() | st.binary(),
    value=st.none() | st.binary(),
    headers=RAW_HEADERS,
    topic=TOPICS,
)
def test_any_bytes_at_all_are_unreadable_at_worst(
    key: bytes | None,
    value: bytes | None,
    headers: Iterable[tuple[bytes, bytes | None]],
    topic: str,
) -> None:
    _never_raises_otherwise(lambda: decode(key, value, headers, topic))


@given(
    name=st.sampled_from([*REQUIRED, "ce_causationid", "traceparent", "content-type"]),
    header=st.binary(max_size=40) | st.text().map(lambda text: text.encode(errors="replace")),
)
@example(name="ce_id", header=b"1_3-" * 9)
@example(name="ce_time", header=b"9999-12-31T23:59:59-23:59")
def test_any_value_of_a_known_header_is_unreadable_at_worst(name: str, header: bytes) -> None:
    _never_raises_otherwise(GOOD.with_header(name.encode(), header).read)


@given(
    at=st.integers(0, len(GOOD.value or b"")),
    cut=st.integers(0, 12),
    inserted=st.binary(max_size=8),
    event_type=st.sampled_from(sorted(EVENTS)),
)
def test_any_damage_to_a_value_is_unreadable_at_worst(
    at: int, cut: int, inserted: bytes, event_type: str
) -> None:
    whole = GOOD.value or b""
    spoilt = replace(GOOD, value=whole[:at] + inserted + whole[at + cut :])
    _never_raises_otherwise(spoilt.read)
    typed = replace(spoilt, topic=_topic(EVENTS[event_type]))
    _never_raises_otherwise(typed.with_header(b"ce_type", event_type.encode()).read)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(event_type=st.sampled_from(sorted(EVENTS)), data=st.data())
def test_any_json_in_any_field_is_unreadable_at_worst(event_type: str, data: st.DataObject) -> None:
    model = EVENTS[event_type]
    value = WHOLE | {name: data.draw(JSON) for name in data.draw(st.sets(
        st.sampled_from(sorted(model.model_fields)), min_size=1, max_size=3))}  # fmt: skip
    record = replace(GOOD, value=json.dumps(value).encode(), topic=_topic(model))
    _never_raises_otherwise(record.with_header(b"ce_type", event_type.encode()).read)
