"""What is written is what is read, and other CloudEvents libraries agree."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from cloudevents.core.bindings.kafka import (
    KafkaMessage,
    from_kafka_event,
    to_binary_event,
    to_structured_event,
)
from cloudevents.core.v1.event import CloudEvent
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import DataObject, SearchStrategy

from complaints_contracts.contacts import ContactPersonErased
from complaints_contracts.data import data_folder
from complaints_contracts.envelope import (
    MAX_SEQUENCE,
    Envelope,
    Unreadable,
    decode,
    encode,
    headers,
)
from complaints_contracts.event import Event
from complaints_contracts.examples import Example, read_example
from complaints_contracts.forces import FORCE_RECEIPTS, ForceRecord
from complaints_contracts.foreign import decode_foreign

FIRST = datetime(1, 1, 2, tzinfo=UTC)
MOMENTS = st.timedeltas(timedelta(0), datetime(9999, 12, 30, tzinfo=UTC) - FIRST)
TRACES = st.from_regex(r"00-[0-9a-f]{32}-[0-9a-f]{16}-01", fullmatch=True)


def _written(envelope: Envelope) -> dict[str, bytes]:
    written = headers(
        id=envelope.id,
        type=envelope.event.type,
        source=envelope.source,
        subject=envelope.event.stream,
        time=envelope.time,
        sequence=envelope.sequence,
        causation=envelope.causation,
        traceparent=envelope.traceparent,
    )
    return {name: value.encode() for name, value in written.items()}


def _drawn(events: SearchStrategy[Event], data: DataObject) -> Envelope:
    return Envelope(
        id=data.draw(st.uuids()),
        source=data.draw(st.from_regex(r"urn:police-complaints:[a-z]{1,20}", fullmatch=True)),
        time=FIRST + data.draw(MOMENTS),
        sequence=data.draw(st.integers(1, MAX_SEQUENCE)),
        event=data.draw(events),
        causation=data.draw(st.none() | st.uuids()),
        traceparent=data.draw(st.none() | TRACES),
    )


@given(data=st.data())
def test_every_event_comes_back_from_the_wire_as_it_was(
    events: SearchStrategy[Event], data: DataObject
) -> None:
    envelope = _drawn(events, data)
    event = envelope.event
    raw = [(name.encode(), value) for name, value in _written(envelope).items()]
    value = encode(event.model_dump(mode="json"))
    assert decode(event.stream.encode(), value, raw, event.topic_name) == envelope


@given(data=st.data())
def test_a_cloudevents_library_reads_what_we_write(
    events: SearchStrategy[Event], data: DataObject
) -> None:
    envelope = _drawn(events, data)
    event = envelope.event
    value = event.model_dump(mode="json")
    read = from_kafka_event(
        KafkaMessage(headers=_written(envelope), key=event.stream, value=encode(value))
    )
    assert read.get_specversion() == "1.0"
    assert read.get_id() == str(envelope.id)
    assert read.get_type() == event.type
    assert read.get_source() == envelope.source
    assert read.get_subject() == event.stream
    assert read.get_time() == envelope.time
    assert read.get_datacontenttype() == "application/json"
    assert read.get_extension("sequence") == str(envelope.sequence)
    assert read.get_extension("causationid") == (
        str(envelope.causation) if envelope.causation else None
    )
    assert read.get_data() == value


def test_a_cloudevents_library_reads_the_archive(example: Example) -> None:
    attributes = {name.decode(): value for name, value in example.headers}
    read = from_kafka_event(KafkaMessage(headers=attributes, key=example.key, value=example.value))
    envelope = decode(example.key, example.value, example.headers, example.topic)
    assert read.get_id() == str(envelope.id)
    assert read.get_time() == envelope.time
    assert read.get_data() == json.loads(example.value)


def test_a_cloudevents_library_reads_what_a_force_sent_as_we_do(sent: Example) -> None:
    attributes = {name.decode(): value for name, value in sent.headers}
    read = from_kafka_event(KafkaMessage(headers=attributes, key=sent.key, value=sent.value))
    record = decode_foreign(sent.value, sent.headers, sent.topic)
    assert (read.get_id(), read.get_source()) == (record.id, record.source)
    assert (read.get_type(), read.get_time()) == (record.event.type, record.time)
    value = json.loads(sent.value)
    assert read.get_data() == value.get("data", value)


@pytest.mark.parametrize("write", [to_binary_event, to_structured_event])
@given(data=st.data())
def test_we_read_what_a_force_writes_with_a_cloudevents_library_in_either_mode(
    write: Callable[[CloudEvent], KafkaMessage],
    redirected: SearchStrategy[ForceRecord],
    data: DataObject,
) -> None:
    record = data.draw(redirected)
    attributes = {
        "specversion": "1.0",
        "id": "DSE-1",
        "type": record.type,
        "source": "/force/cleveland/dse",
        "time": datetime(2026, 11, 2, 7, 41, 9, tzinfo=UTC),
        "datacontenttype": "application/json",
    }
    message = write(CloudEvent(attributes=attributes, data=record.model_dump(mode="json")))
    value = message.value.encode() if isinstance(message.value, str) else message.value
    raw = [
        (name.encode(), text.encode() if isinstance(text, str) else text)
        for name, text in message.headers.items()
    ]
    found = decode_foreign(value, raw, record.topic.format(force="cleveland"))
    assert (found.id, found.event) == ("DSE-1", record)


@pytest.mark.parametrize(
    "topic", [FORCE_RECEIPTS, "force.humberside.receipts.v1", "force.cleveland.contacts.v1"]
)
def test_a_receipt_is_read_from_the_topic_of_its_own_force_only(topic: str) -> None:
    receipt = read_example(data_folder("examples") / "force.record-answered.v1" / "accepted.record")
    own = "force.cleveland.receipts.v1"
    assert decode(receipt.key, receipt.value, receipt.headers, own).event.topic_name == own
    with pytest.raises(Unreadable, match=r"belong on force\.\{force\}\.receipts\.v1"):
        decode(receipt.key, receipt.value, receipt.headers, topic)


@given(data=st.data())
def test_we_read_what_a_cloudevents_library_writes(
    events: SearchStrategy[Event], data: DataObject
) -> None:
    envelope = _drawn(events, data)
    event = envelope.event
    attributes = {
        "specversion": "1.0",
        "id": str(envelope.id),
        "type": event.type,
        "source": envelope.source,
        "time": envelope.time,
        "datacontenttype": "application/json",
        "sequence": str(envelope.sequence),
        "partitionkey": event.stream,
    }
    if envelope.causation:
        attributes["causationid"] = str(envelope.causation)
    sent = to_binary_event(CloudEvent(attributes, event.model_dump(mode="json")))
    assert isinstance(sent.key, str)
    read = decode(
        sent.key.encode(),
        sent.value,
        [(name.encode(), value) for name, value in sent.headers.items()],
        event.topic_name,
    )
    assert (read.id, read.time, read.sequence) == (envelope.id, envelope.time, envelope.sequence)
    assert (read.causation, read.event) == (envelope.causation, event)


EVENT = ContactPersonErased(contact_id=UUID(int=1), person_id=UUID(int=2))
ENVELOPE = Envelope(
    UUID(int=3), "urn:police-complaints:intake", datetime(2026, 7, 1, tzinfo=UTC), 1, EVENT
)


def _read(changed: list[tuple[bytes, bytes | None]]) -> Envelope:
    raw = [(name.encode(), value) for name, value in _written(ENVELOPE).items()]
    value = encode(EVENT.model_dump(mode="json"))
    return decode(EVENT.stream.encode(), value, [*raw, *changed], EVENT.topic_name)


def test_header_names_are_read_in_any_case_and_the_last_of_equals_counts() -> None:
    assert _read([(b"CE_Sequence", b"7")]).sequence == 7


def test_headers_of_others_are_ignored_even_without_a_value() -> None:
    assert _read([(b"b3", None), (b"correlation_id", b"x"), (b"ce_partitionkey", b"y")]) == ENVELOPE


def test_times_with_an_offset_are_the_same_moment_in_utc() -> None:
    read = _read([(b"ce_time", b"2026-07-01T01:00:00+01:00")])
    assert read.time == ENVELOPE.time
    assert read.time.tzinfo is UTC


def test_a_time_is_written_in_utc_whatever_its_offset() -> None:
    summer = timezone(timedelta(hours=1))
    written = headers(
        id=UUID(int=3),
        type=EVENT.type,
        source="urn:police-complaints:intake",
        subject=EVENT.stream,
        time=datetime(2026, 7, 1, 1, tzinfo=summer),
        sequence=1,
        causation=None,
        traceparent=None,
    )
    assert written["ce_time"] == "2026-07-01T00:00:00Z"
    assert list(written) == [
        "ce_specversion",
        "ce_id",
        "ce_type",
        "ce_source",
        "ce_subject",
        "ce_time",
        "ce_dataschema",
        "ce_sequence",
        "content-type",
    ]


def test_a_value_is_compact_utf_8_that_kcat_shows_as_it_is() -> None:
    assert encode({"words": "Nid oedd £5 – 🙁"}) == '{"words":"Nid oedd £5 – 🙁"}'.encode()
